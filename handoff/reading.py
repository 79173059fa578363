"""What agents see: the queue, their sessions, and one session with everything that is known about it."""

from collections.abc import Sequence

from msgspec import Struct

from gateway.core.errors import Forbidden, NotFound
from gateway.core.handoff import Agent, Case, EarlierSession, Handoff, HandoffPacket, Note, Trace
from gateway.core.ids import SessionId
from gateway.core.message import Author, Message
from gateway.core.ports import Page
from gateway.core.session import Interval, Session, State
from handoff import presence
from handoff.accounts import Accounts
from handoff.acting import is_supervisor, may_see_case
from handoff.conversations import may_see
from handoff.entry import EARLIER_COUNT, in_a_line
from handoff.waiting import rank

TRANSCRIPT_COUNT = 200
UNREAD_MAX_COUNT = 100
OPEN_STATES = (State.ACTIVE, State.WAITING_CUSTOMER, State.ON_HOLD, State.WRAP_UP)


class SessionView(Struct, frozen=True, kw_only=True):
    """One session with everything about it."""

    session: Session
    handoff: Handoff | None
    packet: HandoffPacket | None
    """None for a session that was never handed off."""
    transcript: tuple[Message, ...]
    """The newest TRANSCRIPT_COUNT messages (before `before`), in order."""
    before: int | None
    """What to ask for next for the messages above these; None: there are none."""
    notes: tuple[Note, ...]
    traces: tuple[Trace, ...]
    intervals: tuple[Interval, ...]
    case: Case | None
    earlier: tuple[EarlierSession, ...]


class Tail(Struct, frozen=True, kw_only=True):
    """The end of a session: what its line in a list shows."""

    last: Message | None
    unread: int
    """Messages of the customer that its agent has not read, UNREAD_MAX_COUNT at most."""


class Reading(Accounts):
    """Looking, with the right to look checked."""

    async def view(self, agent: Agent, session_id: SessionId, before: int | None = None) -> SessionView:
        """One session; `before`: the transcript above this seq. Raises NotFound, also for one that the agent has no right to see."""
        session, store = await self._session(session_id), self._store
        handoff = await store.handoff(session.handoff_id) if session.handoff_id else None
        case = await store.case_of_session(session_id)
        if not may_see(agent, session, handoff) and not (case and may_see_case(agent, case)):
            raise NotFound("no such session")
        packet = handoff.packet if handoff else case.packet if case else None
        end = min(before or session.seq + 1, session.seq + 1)
        start = max(session.first_seq, end - TRANSCRIPT_COUNT)
        return SessionView(
            session=session, handoff=handoff, packet=packet, before=start if start > session.first_seq else None,
            transcript=tuple(await store.session_messages(session_id, start - 1, end - start)) if end > start else (),
            notes=tuple(await store.notes(session_id)), traces=tuple(await store.traces(session_id)),
            intervals=tuple(await store.intervals(session_id)), case=case,
            earlier=tuple(map(in_a_line, await store.earlier_sessions(session.address, session_id, EARLIER_COUNT))),
        )  # fmt: skip

    async def seen(self, agent: Agent, session_id: SessionId) -> Session:
        """The session as it stands, for an agent who may see it. Raises NotFound, also for one that they have no right to see."""
        session = await self._session(session_id)
        handoff = await self._store.handoff(session.handoff_id) if session.handoff_id else None
        if not may_see(agent, session, handoff):
            case = await self._store.case_of_session(session_id)
            if case is None or not may_see_case(agent, case):
                raise NotFound("no such session")
        return session

    async def queue_view(self, agent: Agent) -> list[Handoff]:
        """Everything that waits in the agent's queues (a supervisor's are all), or is offered to them, in the order of the line.

        Shows that their desk is there.
        """
        await self.heartbeat(agent.id)
        entries = sorted(await self._store.open_handoffs(), key=rank)
        return [entry for entry in entries if sees_entry(agent, entry)]

    async def my_sessions(self, agent: Agent, states: Sequence[State] = OPEN_STATES, *, limit: int = 50, after: str = "") -> Page:
        """The agent's own sessions in these states, oldest first. Shows that their desk is there."""
        await self.heartbeat(agent.id)
        return await self._store.sessions_in(states or OPEN_STATES, agent_id=agent.id, limit=limit, after=after)

    async def all_sessions(self, agent: Agent, states: Sequence[State] = OPEN_STATES, *, limit: int = 50, after: str = "") -> Page:
        """Everybody's sessions in these states, for supervisors."""
        if not is_supervisor(agent):
            raise Forbidden("only a supervisor sees everybody's sessions")
        return await self._store.sessions_in(states or OPEN_STATES, limit=limit, after=after)

    async def tails(self, sessions: Sequence[Session]) -> dict[SessionId, Tail]:
        """How each of these sessions ends. They are the reader's to see: the lists above give no others."""
        newest = {message.session_id: message for message in await self._store.newest_messages([session.id for session in sessions])}
        return {
            session.id: Tail(last=newest.get(session.id), unread=await self._unread(session, newest.get(session.id)))
            for session in sessions
        }  # fmt: skip

    async def _unread(self, session: Session, newest: Message | None) -> int:
        if newest is None or newest.seq <= session.agent_read_seq:
            return 0
        if newest.seq == session.agent_read_seq + 1:
            return int(newest.author is Author.CUSTOMER)
        start = max(session.agent_read_seq, session.first_seq - 1)
        spoken = await self._store.session_messages(session.id, start, UNREAD_MAX_COUNT)
        return sum(message.author is Author.CUSTOMER for message in spoken)


def sees_entry(agent: Agent, entry: Handoff) -> bool:
    """Whether the agent sees this entry in the line: it is offered to them, or waits in a queue of theirs; a supervisor sees all."""
    return is_supervisor(agent) or entry.agent_id == agent.id or presence.serves(agent, entry.queue)
