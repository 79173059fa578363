"""Where an episode begins, and how its customer ends it. Reads, never writes."""

from collections.abc import Mapping

from config.schema import Settings
from gateway.core.changes import Changes
from gateway.core.channel import Channel, Reach
from gateway.core.contact import Proof
from gateway.core.draft import Draft
from gateway.core.events import Inbound
from gateway.core.ids import AgentId, ChannelName, Ids, session_id
from gateway.core.message import Author
from gateway.core.parts import Part, Text
from gateway.core.ports import Clock, Store
from gateway.core.session import CloseReason, Controller, Move, Session, State
from gateway.core.texts import Texts, nearest
from gateway.doors import FrontDoor
from gateway.hearing import note_sender, overhear, proof_of
from gateway.knowing import know
from gateway.routing import Owner, owner


class Bounds:
    """Begins and ends episodes. One for a process; holds no state between calls."""

    def __init__(
        self, *, store: Store, door: FrontDoor, channels: Mapping[ChannelName, Channel], texts: Texts, clock: Clock, ids: Ids,
        settings: Settings,
    ) -> None:  # fmt: skip
        self._store = store
        self._door = door
        self._texts = texts
        self._clock = clock
        self._ids = ids
        self._languages = settings.gateway.languages
        able = {name: channel.capabilities for name, channel in channels.items()}
        self._pushed = frozenset(name for name, can in able.items() if can.reach is Reach.PUSHED)
        self._joined = frozenset(name for name, can in able.items() if can.is_counted or can.is_whole)
        self._letters = frozenset(name for name, can in able.items() if can.letters)

    def draft(self, session: Session, inbound: Inbound) -> Draft:
        """The session's next version."""
        return Draft(
            session, now=self._clock.now(), ids=self._ids, is_pushed=session.channel in self._pushed,
            is_joined=session.channel in self._joined, is_letter=session.channel in self._letters, answer_by=inbound.answer_by,
            grant=inbound.grant,
        )  # fmt: skip

    async def opened(self, session: Session | None, inbound: Inbound) -> tuple[Draft, list[Changes]]:
        """A draft of the session that the words belong to, and the transaction that ends the one before, if it was still wrapping up."""
        if session is not None and owner(session) is not Owner.NEW_EPISODE:
            draft = self.draft(session, inbound)
            if inbound.proof in (Proof.DMARC, Proof.CHANNEL) and (session.is_doubtful or session.contact_id is None):
                await know(self._store, draft, inbound)
            return draft, []
        before = []
        if session is not None and session.controller is Controller.SURVEY:
            ending = self.draft(session, inbound)
            await self._door.leave(ending)
            ending.close(CloseReason.RESOLVED)
            before = [ending.changes()]
            session = ending.session
        draft = self._begun(session, inbound)
        await know(self._store, draft, inbound)
        return draft, before

    def overheard(self, session: Session | None, inbound: Inbound, parts: tuple[Part, ...]) -> list[Changes]:
        """What a program wrote is on record, and nobody is woken: beside whatever goes on, else in an episode of its own, which is over."""
        if session is not None and session.state is not State.CLOSED:
            draft = self.draft(session, inbound)
            overhear(draft, inbound, parts)
            return [draft.changes()]
        draft = self._begun(session, inbound)
        note_sender(draft, inbound)
        overhear(draft, inbound, parts)
        draft.close(CloseReason.SPAM)
        return [draft.changes()]

    async def ended(self, session: Session | None, inbound: Inbound) -> list[Changes]:
        """The customer has ended it. Its key is kept, also where there is nothing to end: read twice, it must not end a session that
        came after it."""
        if session is None:
            return []
        if session.controller in (Controller.NOBODY, Controller.SURVEY):
            return [Changes(keys=(inbound.key,), expects=(session.id, session.version))]
        draft = self.draft(session, inbound)
        draft.add("keys", inbound.key)
        match session.controller:
            case Controller.BOT:
                draft.close(CloseReason.BOT_RESOLVED if session.memory.misses == 0 else CloseReason.ABANDONED_BY_CUSTOMER)
            case Controller.QUEUE:
                await self._door.leave(draft)
                draft.close(CloseReason.ABANDONED_IN_QUEUE)
            case Controller.AGENT:
                draft.say(Author.SYSTEM, (Text(self._texts.say("turn.customer_left", session.language)),))
                draft.move(Move.END)
        return [draft.changes()]

    def _begun(self, last: Session | None, inbound: Inbound) -> Draft:
        draft = self.draft(self._new_session(last, inbound), inbound)
        if last is not None:
            draft.expect(last)
        return draft

    def _new_session(self, last: Session | None, inbound: Inbound) -> Session:
        now, episode, seq = self._clock.now(), last.episode + 1 if last else 1, last.seq if last else 0
        locale = inbound.visit.locale or (last.language if last else None)
        answered_by, agent_id = answered(last) if inbound.channel in self._letters else (None, None)
        return Session(
            id=session_id(inbound.channel, inbound.thread, episode), channel=inbound.channel, thread=inbound.thread, episode=episode,
            address=inbound.sender, opened_at=now, state_since=now, seq=seq, first_seq=seq + 1, page=inbound.visit.page,
            language=nearest(locale, self._languages) if locale else self._languages[0], customer_name=inbound.visit.name,
            contact_id=last.contact_id if last and proof_of(inbound) is not Proof.NONE else None,
            customer_read_seq=last.customer_read_seq if last else 0, addressing=last.addressing if last else "",
            addressed_by=last.addressed_by if last else None, beside=inbound.beside or (last.beside if last else None),
            answered_by=answered_by, answered_agent_id=agent_id, call=last.call if last and last.call and last.call.is_up else None,
        )  # fmt: skip


def answered(last: Session | None) -> tuple[Author | None, AgentId | None]:
    """Who had answered the customer before this episode began, and which agent it was. Nobody's episodes in between change nothing."""
    if last is None:
        return None, None
    if last.agent_id is not None:
        return Author.AGENT, last.agent_id
    return (Author.BOT, None) if last.memory.entries else (last.answered_by, last.answered_agent_id)
