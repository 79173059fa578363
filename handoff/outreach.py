"""What an agent does where a channel lets nothing through: withdraw what is kept, send an approved form, write on another channel.

Another channel means an address that somebody has **verified** to be the same customer's (`Store.identities_of`): what a customer says of
themself reaches nobody. Nothing of one channel is shown on the other; the agent's words stand alone.
"""

from collections.abc import Awaitable, Callable, Mapping

from msgspec import Struct

from config.wechat import WeChat
from gateway.core.changes import Changes, Settled
from gateway.core.contact import AddressKind, Identity, Proof
from gateway.core.draft import Draft
from gateway.core.errors import Conflict, NotFound, Repeat, StaleSession
from gateway.core.handoff import Agent, Handoff, Reason
from gateway.core.ids import AgentId, ChannelName, EventKey, SessionId, Thread, session_id
from gateway.core.message import Message, Status
from gateway.core.parts import Text
from gateway.core.ports import Waiting
from gateway.core.session import Session, State
from gateway.core.signals import DESK, DeskSignal, pack
from handoff import moves, packets, templates
from handoff.acting import TRIES, is_called
from handoff.conversations import Conversations, checked_text, event_key_of
from handoff.entry import channel_type, queue_for
from handoff.telling import signal

ROWS_MAX_COUNT = 200
"""Of a thread's outbox: looked through for the message that is to be withdrawn."""
PROVEN = frozenset(set(Proof) - {Proof.NONE, Proof.TOKEN})
"""How an address must have been verified: the same browser is not yet the same person."""


class Way(Struct, frozen=True, kw_only=True):
    """Another conversation of the same customer, by an address that is verified to be theirs."""

    identity: Identity
    channel: ChannelName
    thread: Thread
    session: Session | None
    """The newest there; None: they have never written there."""


class Outreach(Conversations):
    """Withdraw, notice, ways, reach."""

    async def withdraw(self, agent: Agent, session_id: SessionId, seq: int) -> None:
        """Take back a message that has not gone out. Raises Conflict where it has, is on its way, or may have arrived.

        Safe against delivery: the row is settled under the token that it was read with, and whoever leases it meanwhile has another.
        """
        for _ in range(TRIES):
            session = await self._session(session_id)
            self._check_owner(agent, session)
            row = _withdrawable(await self._store.outgoing_of(session.channel, session.thread, ROWS_MAX_COUNT), session_id, seq)
            settled = _withdrawn(row, agent.id)
            audit = self._audit(agent.id, "message_withdrawn", session_id, seq=seq)
            (outcome,) = await self._store.commit([Changes(settled=(settled,), expects=(session.id, session.version), audits=(audit,))])
            if outcome is None:
                await self._tell_withdrawn(session, settled)
                return
            if not isinstance(outcome, StaleSession):
                raise _on_its_way()
        raise StaleSession("the session keeps changing: reload and try again")

    async def send_notice(self, agent: Agent, session_id: SessionId, template: str, values: Mapping[str, str], cid: str | None) -> Message:
        """Send an approved form, filled in: it goes out where free text may not. The same `cid` again sends nothing new."""
        key = event_key_of("notice", agent, session_id, cid)
        if key is not None and (said := await self._store.messages_by_key([key])):
            return said[0]
        channel = (await self.speaking(agent, session_id)).channel
        part = templates.notice(self._settings, channel, template, values)
        try:
            saying = self._saying(agent, (part,), cid, key)
            return (await self._change(agent, session_id, "session_notice", saying, template=template)).messages[-1]
        except Repeat:
            return (await self._store.messages_by_key([key] if key else []))[0]

    async def ways(self, agent: Agent, session_id: SessionId) -> list[Way]:
        """Where else this agent may write to the session's customer, by verified addresses alone."""
        session = await self.speaking(agent, session_id)
        own = await self._store.identity(session.address)
        if session.is_doubtful or own is None or own.verified_by not in PROVEN:
            return []
        others = await self._store.identities_of(own.contact_id)
        wanted = [one for one in others if one.address != session.address and one.verified_by in PROVEN]
        found = [await self._way(one) for one in wanted]
        return [way for way in found if way is not None and (way.channel, way.thread) != (session.channel, session.thread)]

    async def reach(
        self, agent: Agent, session_id: SessionId, channel: ChannelName, thread: Thread, text: str, cid: str | None
    ) -> tuple[Session, Message]:  # fmt: skip
        """Write to the customer of this session on another thread of theirs, which is the agent's from then on: opened, or taken.

        Raises NotFound where that thread is no way to them, and Conflict where a colleague has it or the agent's hands are full.
        """
        words, key = checked_text(text), event_key_of("reach", agent, session_id, cid)

        async def draft_it() -> tuple[Draft, Session | None]:
            source, way = await self._session(session_id), await self._way_to(agent, session_id, channel, thread)
            draft = self._on(way, source)
            await self._make_mine(draft, way, agent, source)
            await self._saying(agent, (Text(words, markdown=True),), cid, key)(draft, None)
            draft.add("audits", self._audit(agent.id, "session_reached", draft.session.id, reached_from=session_id, channel=channel))
            return draft, way.session

        return await self._write_there(key, draft_it)

    # ---- details ---------------------------------------------------------------------------------------------------------------

    async def _write_there(
        self, key: EventKey | None, draft_it: Callable[[], Awaitable[tuple[Draft, Session | None]]]
    ) -> tuple[Session, Message]:  # fmt: skip
        """Record what is drafted (with the session as it was before), drafted anew until it fits. What `key` has said already stands."""
        if key is not None and (said := await self._store.messages_by_key([key])):
            return await self._session(said[0].session_id), said[0]
        for _ in range(TRIES):
            draft, before = await draft_it()
            changes = draft.changes()
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                await self._tell(before if _is_open(before) else None, changes)
                return draft.session, changes.messages[-1]
            if isinstance(outcome, Repeat):
                said = await self._store.messages_by_key([key] if key else [])
                return await self._session(said[0].session_id), said[0]
            if not isinstance(outcome, StaleSession):
                raise outcome
        raise StaleSession("the session keeps changing: reload and try again")

    async def _tell_withdrawn(self, session: Session, settled: Settled) -> None:
        fates = tuple((seq, settled.status) for seq in (settled.seq, *settled.also))
        told = DeskSignal(
            "message", session_id=session.id, agent_id=session.agent_id, state=session.state, queue=session.queue, fates=fates
        )
        await signal(self._bus, DESK, pack(told))

    async def _way(self, identity: Identity) -> Way | None:
        """Where an address is written to: where it wrote last; an Official Account is known by its app id, also before."""
        known = await self._store.earlier_sessions([identity.address], SessionId(""), 1)
        place = (known[0].channel, known[0].thread) if known else self._place_of(identity)
        if place is None or place[0] not in self._settings.channels or is_called(self._settings, place[0]):
            return None  # whoever is not on the line can't be written to
        newest = await self._store.latest_sessions([place])
        return Way(identity=identity, channel=place[0], thread=place[1], session=newest[0] if newest else None)

    def _place_of(self, identity: Identity) -> tuple[ChannelName, Thread] | None:
        address = identity.address
        for name, configured in self._settings.channels.items():
            if address.kind is AddressKind.OPENID and isinstance(configured, WeChat) and configured.app_id == address.issuer:
                return ChannelName(name), Thread(address.value)
        return None

    async def _way_to(self, agent: Agent, session_id: SessionId, channel: ChannelName, thread: Thread) -> Way:
        for way in await self.ways(agent, session_id):
            if (way.channel, way.thread) == (channel, thread):
                return way
        raise NotFound("this customer has no such verified channel")

    def _on(self, way: Way, source: Session) -> Draft:
        """The session to write in: the one that is open there, else a new episode."""
        last = way.session
        if last is not None and _is_open(last):
            return self._draft(last)
        now, episode, seq = self._clock.now(), last.episode + 1 if last else 1, last.seq if last else 0
        draft = self._draft(
            Session(
                id=session_id(way.channel, way.thread, episode), channel=way.channel, thread=way.thread, episode=episode,
                address=way.identity.address, opened_at=now, state_since=now, seq=seq, first_seq=seq + 1,
                language=last.language if last else source.language, customer_name=last.customer_name if last else None,
                contact_id=way.identity.contact_id if way.identity.verified_by is not Proof.NONE else None,
                customer_read_seq=last.customer_read_seq if last else 0, addressing=last.addressing if last else "",
                addressed_by=last.addressed_by if last else None, is_doubtful=last.is_doubtful if last else False,
                beside=last.beside if last else None,
            )
        )  # fmt: skip
        if last is not None:
            draft.expect(last)
        return draft

    async def _make_mine(self, draft: Draft, way: Way, agent: Agent, source: Session) -> None:
        """Whoever writes has the session."""
        if await self._is_free(draft, agent):
            session = draft.session
            packet = packets.bare(session, channel_type(self._settings, session), await self._spoken(way.session), Reason.REACHED, "")
            queue = queue_for(self._settings, session, source.queue)
            moves.reach(draft, agent, queue, packet, reached_from=source.id, channel=source.channel)

    async def _is_free(self, draft: Draft, agent: Agent) -> bool:
        """Whether a session is the bot's, or nobody's: then there is room for it in the agent's hands.

        What waits in a queue is taken here, what is the agent's own stays so. A colleague's is a Conflict.
        """
        session = draft.session
        if session.state in moves.WITH_AGENT:
            self._check_owner(agent, session)
            return False
        if session.state in moves.WAITING:
            await self._take(draft, await self._handoff_of(session), agent)
            return False
        if session.state is State.WRAP_UP:
            raise Conflict("the session there waits for its wrap-up: close it first", code="wrapping_up")
        await self._make_room(draft, await self._agent(agent.id), 1)
        return True

    async def _handoff_of(self, session: Session) -> Handoff | None:
        return await self._store.handoff(session.handoff_id) if session.handoff_id else None

    async def _spoken(self, session: Session | None) -> list[Message]:
        if session is None or not _is_open(session):
            return []
        return await self._store.session_messages(session.id, max(session.first_seq - 1, session.seq - 50), 50)


def _is_open(session: Session | None) -> bool:
    return session is not None and session.state is not State.CLOSED


def _withdrawable(rows: list[Waiting], session_id: SessionId, seq: int) -> Waiting:
    """The row that carries a message, where nothing of it is on its way. Raises Conflict for all others."""
    for row in rows:
        outgoing = row.outgoing
        if outgoing.session_id == session_id and seq in (outgoing.message.seq, *outgoing.also):
            if row.is_leased or outgoing.parts_begun > outgoing.parts_sent:
                raise _on_its_way()
            return row
    raise Conflict("it has gone out already, or was never on its way: reload", code="not_kept")


def _withdrawn(row: Waiting, by: AgentId) -> Settled:
    outgoing = row.outgoing
    return Settled(
        id=outgoing.id, session_id=outgoing.session_id, seq=outgoing.message.seq, status=Status.REFUSED, token=row.token,
        parts_sent=outgoing.parts_sent, parts_begun=outgoing.parts_begun, attempts=outgoing.attempts, also=outgoing.also,
        detail=f"withdrawn by {by}, {outgoing.parts_sent} parts had gone out (withdrawn)", is_idle=True,
    )  # fmt: skip


def _on_its_way() -> Conflict:
    return Conflict("it is going out this very moment: reload", code="on_its_way")
