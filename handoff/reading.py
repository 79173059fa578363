"""What agents see: the queue, their sessions, and one session with everything that is known about it."""

from collections.abc import Sequence

from msgspec import Struct, structs

from gateway.core.contact import Address, Proof
from gateway.core.desk import FilledForm, Found
from gateway.core.errors import Forbidden, NotFound
from gateway.core.handoff import Agent, Case, EarlierSession, Handoff, HandoffPacket, Note, Trace
from gateway.core.ids import ContactId, SessionId
from gateway.core.message import Author, Message
from gateway.core.ports import Page, Store
from gateway.core.session import Interval, Rating, Session, State
from handoff import presence
from handoff.accounts import Accounts
from handoff.acting import is_supervisor, may_see_case
from handoff.belonging import belonging
from handoff.conversations import may_see
from handoff.entry import EARLIER_COUNT, in_a_line
from handoff.waiting import in_order

TRANSCRIPT_COUNT = 200
UNREAD_MAX_COUNT = 100
FORMS_MAX_COUNT = 10
HELD_MAX_COUNT = 100
"""Of an agent's open sessions: looked at to see whether an earlier one is of a customer of theirs."""
WITHHELD_MAX_COUNT = 20
"""How often one search goes on behind what the agent may not read (any more)."""
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
    rating: Rating | None
    forms: tuple[FilledForm, ...]
    """What the customer has filled in, newest first."""


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
        await self._check_may_read(agent, session, handoff, case)
        packet = handoff.packet if handoff else case.packet if case else None
        end = min(before or session.seq + 1, session.seq + 1)
        start = max(session.first_seq, end - TRANSCRIPT_COUNT)
        theirs = await belonging(store, session)
        earlier = await store.earlier_sessions(theirs.addresses(session), session_id, EARLIER_COUNT)
        ratings = await store.ratings([session_id, *(one.id for one in earlier)])
        return SessionView(
            session=session, handoff=handoff, packet=packet, before=start if start > session.first_seq else None,
            transcript=tuple(await store.session_messages(session_id, start - 1, end - start)) if end > start else (),
            notes=tuple(await store.notes(session_id)), traces=tuple(await store.traces(session_id)),
            intervals=tuple(await store.intervals(session_id)), case=case,
            earlier=tuple(_scored(in_a_line(one), ratings.get(one.id)) for one in earlier), rating=ratings.get(session_id),
            forms=tuple(await store.forms(session.address, FORMS_MAX_COUNT)),
        )  # fmt: skip

    async def seen(self, agent: Agent, session_id: SessionId) -> Session:
        """The session as it stands, for an agent who may see it. Raises NotFound, also for one that they have no right to see."""
        session = await self._session(session_id)
        await self._check_may_read(agent, session)
        return session

    async def search(self, agent: Agent, text: str, *, limit: int, after: str = "") -> Page:
        """Sessions of theirs (a supervisor's are all) that hold every word of the text; see `Store.search`. Only what they may read.

        What is withheld is passed over as if it did not match: a page that ended there would tell that the words stand in it.
        """
        found: list[Found] = []
        customers, place = _Customers(self._store, agent), after
        for _ in range(WITHHELD_MAX_COUNT):
            page = await self._store.search(
                text, agent_id=None if is_supervisor(agent) else agent.id, limit=limit - len(found), after=place
            )  # fmt: skip
            readable = [one for one in page.items if await self._may_read(agent, one.session, customers=customers)]
            found += readable
            if page.next is None or len(readable) == len(page.items):
                return Page(tuple(found), page.next)
            place = page.next
        return Page(tuple(found), place)

    async def queue_view(self, agent: Agent) -> list[Handoff]:
        """Everything that waits in the agent's queues (a supervisor's are all), or is offered to them, in the order of the line.

        Shows that their desk is there.
        """
        await self.heartbeat(agent.id)
        entries = in_order(await self._store.open_handoffs(), self._clock.now())
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

    async def _check_may_read(self, agent: Agent, session: Session, handoff: Handoff | None = None, case: Case | None = None) -> None:
        """Raises NotFound, so that nobody learns what exists beyond their right to see it."""
        if not await self._may_read(agent, session, handoff, case):
            raise NotFound("no such session")

    async def _may_read(
        self, agent: Agent, session: Session, handoff: Handoff | None = None, case: Case | None = None,
        *, customers: "_Customers | None" = None,
    ) -> bool:  # fmt: skip
        """Whether the agent may read this session: by `may_see`, by its case, or because they have this very customer just now."""
        if may_see(agent, session, None):
            return True
        handoff = handoff or (await self._store.handoff(session.handoff_id) if session.handoff_id else None)
        if may_see(agent, session, handoff):
            return True
        case = case or await self._store.case_of_session(session.id)
        if case is not None and may_see_case(agent, case):
            return True
        return await (customers or _Customers(self._store, agent)).include(session)

    async def _unread(self, session: Session, newest: Message | None) -> int:
        if newest is None or newest.seq <= session.agent_read_seq:
            return 0
        if newest.seq == session.agent_read_seq + 1:
            return int(_is_news(newest))
        start = max(session.agent_read_seq, session.first_seq - 1)
        spoken = await self._store.session_messages(session.id, start, UNREAD_MAX_COUNT)
        return sum(map(_is_news, spoken))


class _Customers:
    """Whom an agent has just now: read once, however many sessions are judged by it."""

    def __init__(self, store: Store, agent: Agent) -> None:
        self._store = store
        self._agent = agent
        self._held: Sequence[Session] | None = None
        self._contacts: dict[Address, ContactId | None] = {}

    async def include(self, session: Session) -> bool:
        """Whether the agent has a later session of the same address, or of the same contact by links that somebody has checked."""
        if self._held is None:
            self._held = (await self._store.sessions_in(OPEN_STATES, agent_id=self._agent.id, limit=HELD_MAX_COUNT)).items
        later = [one for one in self._held if one.opened_at >= session.opened_at and not one.is_doubtful]
        if any(one.address == session.address for one in later):
            return True
        contact = await self._contact_of(session) if later else None
        return contact is not None and any([await self._contact_of(one) == contact for one in later])

    async def _contact_of(self, session: Session) -> ContactId | None:
        """Whose the address is, if somebody has checked it: what a customer says of themself opens nobody's sessions."""
        if session.address not in self._contacts:
            identity = await self._store.identity(session.address)
            is_checked = identity is not None and identity.verified_by is not Proof.NONE
            self._contacts[session.address] = identity.contact_id if identity is not None and is_checked else None
        return self._contacts[session.address]


def _is_news(message: Message) -> bool:
    """Whether its agent should have read it: what a program wrote in the customer's name may wait."""
    return message.author is Author.CUSTOMER and "automatic" not in message.why


def _scored(earlier: EarlierSession, rating: Rating | None) -> EarlierSession:
    return structs.replace(earlier, score=rating.score) if rating else earlier


def sees_entry(agent: Agent, entry: Handoff) -> bool:
    """Whether the agent sees this entry in the line: it is offered to them, or waits in a queue of theirs; a supervisor sees all."""
    return is_supervisor(agent) or entry.agent_id == agent.id or presence.serves(agent, entry.queue)
