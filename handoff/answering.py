"""Answering a case where the customer asked: a chat that is still theirs has no need of an email, and a mail is answered in its thread.

Only where the channel takes words of our own accord (`is_counted`, and mailboxes). Whoever asked in the chat of a website has perhaps left
it, and would not see them: they get a mail, where they left an address and we have a mailbox. It begins a thread of its own, and whoever
answers there is nobody we know: they have the address, which a visitor had typed.
"""

from collections.abc import Callable

from msgspec import structs

from gateway.core.contact import Address, AddressKind, Identity, Proof, contact_of
from gateway.core.draft import Draft
from gateway.core.errors import NotFound
from gateway.core.handoff import Agent, Case, CaseStatus
from gateway.core.ids import CaseId, ChannelName, SessionId, Thread, derived
from gateway.core.message import Message
from gateway.core.parts import Letter, Text
from gateway.core.session import Session
from handoff import moves
from handoff.acting import is_counted, writes_letters
from handoff.casework import Casework
from handoff.conversations import checked_text, event_key_of
from handoff.entry import queue_for
from handoff.outreach import Outreach, Way


class Answering(Outreach, Casework):
    """Write to the customer of a case."""

    async def answer_case(
        self, agent: Agent, case_id: CaseId, text: str, cid: str | None, head: Callable[[Session], Letter] | None = None
    ) -> tuple[Session, Message]:
        """Write to a case's customer in the chat where they asked, or by mail; the session there is the agent's from then on, opened or
        taken.

        The case becomes theirs and stays unresolved. Raises NotFound where neither is possible, and Conflict where a colleague
        has the session or the case, or the agent's hands are full. The same `cid` again says nothing new. `head`: what a mail in this
        session is headed by.
        """
        words, key = checked_text(text), event_key_of("answer", agent, SessionId(case_id), cid)

        async def draft_it() -> tuple[Draft, Session | None]:
            case = await self.case(agent, case_id)
            self._check_workable(agent, case)
            source = await self._session(case.session_id)
            way = self._way_by_mail(case, await self._latest(case)) if self._is_mailed(case) else await self._way_back(source)
            draft = self._on(way, source)
            if way.identity.verified_by is Proof.NONE and way.session is None:
                draft.set(is_doubtful=True)
            await self._answer_here(draft, agent, case, source)
            await self._saying(agent, (*self._head(draft, case, head), Text(words, markdown=True)), cid, key)(draft, None)
            draft.add("cases", structs.replace(case, status=CaseStatus.IN_PROGRESS, agent_id=agent.id, version=case.version + 1))
            draft.add("audits", self._audit(agent.id, "case_answered", case.id, session=draft.session.id))
            return draft, way.session

        return await self._write_there(key, draft_it)

    def _is_mailed(self, case: Case) -> bool:
        """Whether it is answered by a mail, because the chat where it was asked takes no words of our own accord."""
        is_chat = not (is_counted(self._settings, case.channel) or writes_letters(self._settings, case.channel))
        return is_chat and bool(case.email) and self._mailbox(case) is not None

    def _mailbox(self, case: Case) -> ChannelName | None:
        """The mailbox that a case is answered from: its queue's, else the first."""
        names = [name for name in map(ChannelName, self._settings.channels) if writes_letters(self._settings, name)]
        return next((name for name in names if self._settings.channels[name].queue == case.queue), names[0] if names else None)

    def _way_by_mail(self, case: Case, newest: Session | None) -> Way:
        mailbox = self._mailbox(case)
        assert mailbox is not None
        address = Address(AddressKind.EMAIL, "", (case.email or "").lower())
        identity = Identity(address=address, contact_id=contact_of(address), verified_by=Proof.NONE, at=case.opened_at)
        return Way(identity=identity, channel=mailbox, thread=thread_of(case), session=newest)

    async def _latest(self, case: Case) -> Session | None:
        found = await self._store.latest_sessions([(self._mailbox(case) or case.channel, thread_of(case))])
        return found[0] if found else None

    def _head(self, draft: Draft, case: Case, head: Callable[[Session], Letter] | None) -> tuple[Letter, ...]:
        """What a mail is headed by. The subject of a thread that we begin is the case's number, because nobody knows yet who reads it."""
        if not draft.is_letter:
            return ()
        letter = head(draft.session) if head is not None else Letter()
        if letter.subject or draft.session.addressing:
            return (letter,) if head is not None else ()
        return (structs.replace(letter, subject=self._texts.say("email.case_subject", draft.session.language, number=case.number)),)

    async def _way_back(self, source: Session) -> Way:
        """The thread in which the case was opened, as it stands now."""
        identity = await self._store.identity(source.address)
        is_mail = writes_letters(self._settings, source.channel)
        if is_mail and (source.is_doubtful or identity is None):  # where to answer is known, though not whose it is
            identity = Identity(address=source.address, contact_id=contact_of(source.address), verified_by=Proof.NONE, at=source.opened_at)
        if identity is None or not (is_mail or is_counted(self._settings, source.channel)):
            raise NotFound("the channel of this case takes no words of one's own accord")
        newest = await self._store.latest_sessions([(source.channel, source.thread)])
        return Way(identity=identity, channel=source.channel, thread=source.thread, session=newest[0] if newest else None)

    async def _answer_here(self, draft: Draft, agent: Agent, case: Case, source: Session) -> None:
        """Whoever answers has the session, with what the case says of it."""
        if await self._is_free(draft, agent):
            session = draft.session
            cases = tuple(dict.fromkeys((*case.packet.open_cases, case.id)))
            packet = structs.replace(case.packet, seq=session.seq, open_cases=cases)
            moves.reach(
                draft, agent, queue_for(self._settings, session, case.queue or source.queue), packet, what="case_answered", case=case.id
            )


def thread_of(case: Case) -> Thread:
    """The thread in which a case is answered by mail, in the form that mailboxes give theirs."""
    return Thread(derived("case by mail", case.id)[:16].lower())
