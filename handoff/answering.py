"""Answering a case where the customer asked: a chat that is still theirs has no need of an email, and a mail is answered in its thread.

Only where the channel takes words of our own accord (`is_counted`, and mailboxes): whoever asked in the chat of a website has perhaps left
it, and would not see them.
"""

from msgspec import structs

from gateway.core.changes import Draft
from gateway.core.contact import Identity, Proof, contact_of
from gateway.core.errors import NotFound
from gateway.core.handoff import Agent, Case, CaseStatus
from gateway.core.ids import CaseId, SessionId
from gateway.core.message import Message, Text
from gateway.core.session import Session
from handoff import moves
from handoff.acting import is_counted, writes_letters
from handoff.casework import Casework
from handoff.conversations import checked_text, event_key_of
from handoff.entry import queue_for
from handoff.outreach import Outreach, Way


class Answering(Outreach, Casework):
    """Write to the customer of a case."""

    async def answer_case(self, agent: Agent, case_id: CaseId, text: str, cid: str | None) -> tuple[Session, Message]:
        """Write to a case's customer in the chat where they asked; the session there is the agent's from then on: opened, or taken.

        The case becomes theirs and stays unresolved. Raises NotFound where that channel takes no such words, and Conflict where a colleague
        has the session or the case, or the agent's hands are full. The same `cid` again says nothing new.
        """
        words, key = checked_text(text), event_key_of("answer", agent, SessionId(case_id), cid)

        async def draft_it() -> tuple[Draft, Session | None]:
            case = await self.case(agent, case_id)
            self._check_workable(agent, case)
            source = await self._session(case.session_id)
            way = await self._way_back(source)
            draft = self._on(way, source)
            await self._answer_here(draft, agent, case, source)
            await self._saying(agent, (Text(words, markdown=True),), cid, key)(draft, None)
            draft.add("cases", structs.replace(case, status=CaseStatus.IN_PROGRESS, agent_id=agent.id, version=case.version + 1))
            draft.add("audits", self._audit(agent.id, "case_answered", case.id, session=draft.session.id))
            return draft, way.session

        return await self._write_there(key, draft_it)

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
