"""Agents who are gone: their running sessions go back to the queue, and nobody stays "available" who is not there."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from config.schema import Queue
from gateway.core.draft import Draft
from gateway.core.errors import StaleSession
from gateway.core.events import CallStage
from gateway.core.handoff import Agent, AgentStatus, Reason
from gateway.core.ids import AgentId, QueueName
from gateway.core.session import CloseReason, Session, State
from gateway.core.signals import DESK, DeskSignal, pack
from handoff import moves, packets, presence
from handoff.accounts import changed_agent
from handoff.acting import Acting, writes_letters
from handoff.conversations import LAST_MESSAGES_COUNT
from handoff.entry import channel_type, queue_for
from handoff.telling import signal

PAGE_COUNT = 100
"""Sessions of one agent that are looked at in one round; the rest come in the next."""
HELD = (*moves.WITH_AGENT, State.WRAP_UP)


class Absence(Acting):
    """Watches presence. It counts from its own start: while nobody was watching, nobody could be seen."""

    _watching_since: datetime | None = None
    _present: frozenset[AgentId] = frozenset()

    async def tend(self, agents: Sequence[Agent], held: Mapping[AgentId, int], now: datetime) -> None:
        """Do what the absence of agents asks for by now."""
        self._watching_since = self._watching_since or now
        await self._tell_lapsed(agents, now)
        for agent in agents:
            if agent.is_disabled or not presence.is_connected(agent, now):
                await self._spared("an absent agent", self._tend_absent(agent, held.get(agent.id, 0), now))

    async def _tell_lapsed(self, agents: Sequence[Agent], now: datetime) -> None:
        present = frozenset(agent.id for agent in agents if presence.is_connected(agent, now))
        for agent_id in self._present - present:
            await signal(self._bus, DESK, pack(DeskSignal("presence", agent_id=agent_id)))
        self._present = present

    async def _tend_absent(self, agent: Agent, held: int, now: datetime) -> None:
        absent_s = self._absent_s(agent, now)
        limits = [queue.agent_gone_s for queue in self._settings.queues.values()]
        if held and absent_s >= min(limits):
            for session in await self._in_hand(agent):
                if absent_s >= self._rules(session.queue).agent_gone_s:
                    await self._spared("an absent agent's session", self._take_from(session))
        if agent.seen_at is not None and absent_s >= max(limits):
            await self._mark_gone(agent, now)

    async def _in_hand(self, agent: Agent) -> list[Session]:
        """What waits for the agent. A mail whose customer has the word does not, however long the agent is away, and there may be many;
        nor does a caller who talks with them."""
        found: list[Session] = []
        after: str | None = ""
        while after is not None and len(found) < PAGE_COUNT:
            page = await self._store.sessions_in(HELD, agent_id=agent.id, limit=PAGE_COUNT, after=after)
            found += [one for one in page.items if not self._rests(one)]
            after = page.next
        return found

    def _rests(self, session: Session) -> bool:
        if session.call is not None and session.call.stage is CallStage.TALKING:
            return True  # they talk on the phone, whatever has become of the desk
        return session.state is State.WAITING_CUSTOMER and writes_letters(self._settings, session.channel)

    def _absent_s(self, agent: Agent, now: datetime) -> float:
        if agent.is_disabled:
            return float("inf")
        since = max(filter(None, (agent.seen_at, self._watching_since)))
        return (now - since).total_seconds()

    async def _take_from(self, session: Session) -> None:
        """Back to the queue; one that only waited for its disposition is closed. Somebody else's change comes first: next round, then."""
        handoff = await self._store.handoff(session.handoff_id) if session.handoff_id else None
        draft = self._draft(session)
        if session.state is State.WRAP_UP:
            moves.complete(draft, handoff)
            draft.close(CloseReason.RESOLVED)
        else:
            await self._requeue(draft, session)
        changes = draft.changes()
        (outcome,) = await self._store.commit([changes])
        if outcome is None:
            await self._tell(session, changes)
        elif not isinstance(outcome, StaleSession):
            raise outcome

    async def _requeue(self, draft: Draft, session: Session) -> None:
        handoff = await self._store.handoff(session.handoff_id) if session.handoff_id else None
        after = max(session.first_seq - 1, session.seq - LAST_MESSAGES_COUNT)
        spoken = await self._store.session_messages(session.id, after, LAST_MESSAGES_COUNT)
        window = await self._window(session)
        if handoff is None:
            packet = packets.bare(session, channel_type(self._settings, session), spoken, Reason.AGENT_GONE, "", window)
        else:
            packet = packets.passed_on(handoff.packet, session, spoken, Reason.AGENT_GONE, "", window)
        queue = queue_for(self._settings, session, session.queue)
        wanted = session.agent_id if draft.is_letter else None  # whoever writes by mail can wait for them until they are back
        moves.transfer(draft, handoff, queue, self._settings.queues[queue], packet, self._texts, wanted=wanted)
        draft.add("audits", self._audit("system", "session_requeued", session.id, agent=session.agent_id))

    async def _mark_gone(self, agent: Agent, now: datetime) -> None:
        audit = self._audit("system", "agent_gone", agent.id, status=agent.status.value)
        changes = changed_agent(agent, {"seen_at": None, "status": AgentStatus.OFFLINE}, now, audit)
        (outcome,) = await self._store.commit([changes])
        if outcome is None:  # else they have come back at this very moment
            await self._tell(None, changes)

    def _rules(self, queue: QueueName | None) -> Queue:
        return self._settings.queues.get(queue or "", Queue())
