"""Calling customers back: an agent asks, the channel calls them first and then the customer.

Only the record and the configuration say whom: the number is the one that called (the session's own address), and it must begin as
`dial_prefixes` allows. That such a number proves nothing takes nothing from this: whoever answers there is who has the number.
"""

from datetime import datetime, timedelta

from msgspec import structs

from config.phone import Phone
from gateway.core.calls import Wanted
from gateway.core.contact import Address, AddressKind, Identity, Proof, contact_of
from gateway.core.draft import Draft
from gateway.core.errors import Conflict, NotFound, StaleSession
from gateway.core.events import CallStage
from gateway.core.handoff import Agent, Case, CaseStatus, Handoff
from gateway.core.ids import CaseId, SessionId, derived
from gateway.core.session import Call, Session
from gateway.core.signals import calls_topic, pack
from handoff import moves
from handoff.acting import TRIES
from handoff.answering import Answering
from handoff.entry import queue_for
from handoff.outreach import Way
from handoff.telling import signal

UNDER_WAY = timedelta(seconds=15)
"""How long a wish to call is given to begin; then the agent may ask again."""
STANDS = timedelta(minutes=1)
"""How long a wish is made come true whose signal was lost. Nobody's phone rings later, when they have turned to somebody else."""
RINGS_AT_MOST = timedelta(minutes=5)
"""Of which nothing is heard for so long, that call is not under way: two phones ring two minutes each at most."""
DIGITS_MIN_COUNT, DIGITS_MAX_COUNT = 3, 15
"""The longest is E.164's."""


class Callbacks(Answering):
    """Call the customer of a session, or of a case."""

    async def call_back(self, agent: Agent, session_id: SessionId) -> Session:
        """Have the customer of this agent's session called now. Raises Conflict where that can't be."""

        async def decide(draft: Draft, handoff: Handoff | None) -> None:
            self._check_owner(agent, draft.session)
            self._ask_for_call(draft, handoff, agent)

        changes = await self._change(agent, session_id, "session_called", decide)
        assert changes.session is not None
        await self._want(changes.session, agent)
        return changes.session

    async def call_case(self, agent: Agent, case_id: CaseId) -> Session:
        """Have the customer of a case called now, in a session that is the agent's from then on: opened or taken; so is the case."""
        for _ in range(TRIES):
            case = await self.case(agent, case_id)
            self._check_workable(agent, case)
            source = await self._session(case.session_id)
            found = await self._store.latest_sessions([(source.channel, source.thread)])
            before = found[0] if found and found[0].closed_at is None else None
            draft = await self._to_call(agent, case, source, found[0] if found else source)
            changes = draft.changes()
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                await self._tell(before, changes)
                await self._want(draft.session, agent)
                return draft.session
            if not isinstance(outcome, StaleSession):
                raise outcome
        raise StaleSession("the session keeps changing: reload and try again")

    async def _to_call(self, agent: Agent, case: Case, source: Session, newest: Session) -> Draft:
        if not isinstance(self._settings.channels.get(source.channel), Phone):
            raise NotFound("this case did not come by phone")
        own = Identity(address=source.address, contact_id=contact_of(source.address), verified_by=Proof.NONE, at=source.opened_at)
        draft = self._on(Way(identity=own, channel=source.channel, thread=source.thread, session=newest), source)
        draft.set(is_doubtful=newest.is_doubtful, contact_id=newest.contact_id)
        if await self._is_free(draft, agent):
            cases = tuple(dict.fromkeys((*case.packet.open_cases, case.id)))
            packet = structs.replace(case.packet, seq=draft.session.seq, open_cases=cases)
            queue = queue_for(self._settings, draft.session, case.queue or source.queue)
            moves.reach(draft, agent, queue, packet, what="case_called", case=case.id)
        self._ask_for_call(draft, None, agent)
        draft.add("cases", structs.replace(case, status=CaseStatus.IN_PROGRESS, agent_id=agent.id, version=case.version + 1))
        draft.add("audits", self._audit(agent.id, "case_called", case.id, session=draft.session.id))
        return draft

    def _ask_for_call(self, draft: Draft, handoff: Handoff | None, agent: Agent) -> None:
        number = self._number(draft.session)
        call = draft.session.call
        if call is None:
            call = Call(id=draft.ids.new(), stage=CallStage.CALLBACK, since=draft.now, began_at=draft.now, number=number)
        elif call.is_up:
            raise Conflict("the customer is on the line", code="caller_on_line")
        elif is_calling(call, draft.now):
            raise Conflict("the customer is being called just now", code="calling")
        draft.set(call=structs.replace(call, number=call.number or number, asked_at=draft.now))
        if handoff is not None:
            moves.trace(draft, handoff, "call_wanted", agent.id)

    def _number(self, session: Session) -> str:
        """The number that may be called. Raises Conflict where none may."""
        channel, number = self._settings.channels.get(session.channel), called_number(session.address)
        if not isinstance(channel, Phone) or not channel.dial_prefixes:
            raise Conflict("this channel calls nobody back: see dial_prefixes", code="calls_off")
        if not number:
            raise Conflict("the number is withheld", code="number_withheld")
        if not number.startswith(channel.dial_prefixes):
            raise Conflict("this number is outside of what may be called: see dial_prefixes", code="number_forbidden")
        return number

    async def _want(self, session: Session, agent: Agent) -> None:
        if (wish := wish_of(session, agent)) is not None:
            await signal(self._bus, calls_topic(session.channel), pack(wish))


def wish_of(session: Session, agent: Agent) -> Wanted | None:
    """The wish that stands in a session, told by its agent or read from the record: the same one. None: none does."""
    call = session.call
    if call is None or call.asked_at is None or session.agent_id != agent.id:
        return None
    return Wanted(
        channel=session.channel, thread=session.thread, session_id=session.id, number=called_number(session.address), agent_id=agent.id,
        agent=agent.name, id=derived("wish", session.id, call.asked_at.isoformat()),
    )  # fmt: skip


def called_number(address: Address) -> str:
    """The number of a caller, where it is one that can be dialled; "" for names of softphones and those who withhold it."""
    digits = address.value.removeprefix("+")
    is_number = address.kind is AddressKind.PHONE and digits.isascii() and digits.isdecimal()
    return address.value if is_number and DIGITS_MIN_COUNT <= len(digits) <= DIGITS_MAX_COUNT else ""


def is_calling(call: Call, now: datetime) -> bool:
    """Whether a call to the customer is under way, or was asked for a moment ago."""
    is_dialling = call.is_dialling and now - call.since < RINGS_AT_MOST
    return is_dialling or (call.asked_at is not None and now - call.asked_at < UNDER_WAY)
