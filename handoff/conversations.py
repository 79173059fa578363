"""What agents do with sessions. Each action checks who asks, is one transaction with its audit event, and is safe to repeat."""

import re
from collections.abc import Sequence

from msgspec import structs

from config.schema import Queue
from gateway.core.changes import Changes
from gateway.core.draft import Draft
from gateway.core.errors import BadInput, Conflict, Forbidden, NotFound, Repeat, TooLarge
from gateway.core.events import CallStage
from gateway.core.handoff import Agent, Handoff, HandoffPacket, Note, Reason, Stage
from gateway.core.ids import AgentId, EventKey, QueueName, SessionId
from gateway.core.message import Author, Message
from gateway.core.parts import MAX_TEXT_BYTES, File, FileRef, Letter, Part, Text
from gateway.core.session import CloseReason, Move, Session, State
from gateway.core.signals import TYPING, TypingAt, TypingNow, pack, thread_topic
from handoff import moves, notices, packets, presence, surveys
from handoff.accounts import Accounts
from handoff.acting import Decide, asks_how_it_was, is_called, is_pushed, is_supervisor, may_see_case
from handoff.carrying import LETTER_MAX_BYTES
from handoff.entry import channel_type, queue_for
from handoff.telling import signal

COMMENT_MAX_CHARS = 2000
LAST_MESSAGES_COUNT = 50
"""What is read of a transcript to bring a packet up to now."""
SPAM = "spam"
DISPOSITIONS = ("resolved", "follow_up", "not_resolved", "no_reply", SPAM)
"""The dispositions that the desk offers; others may be written too."""
_DISPOSITION = re.compile(r"\w[\w .:/-]{0,63}")


class Conversations(Accounts):
    """Accept, reject, speak, pass on, end."""

    async def accept(self, agent: Agent, session_id: SessionId) -> Session:
        """Take the session that is offered to this agent; one that waits in a queue of theirs too, while their hands are not full.

        Raises Conflict where somebody else has it. Repeating it changes nothing.
        """
        taken = await self._session(session_id)
        if taken.agent_id == agent.id and taken.state in moves.WITH_AGENT:
            return taken

        async def decide(draft: Draft, handoff: Handoff | None) -> None:
            await self._take(draft, handoff, agent)

        return _session_of(await self._change(agent, session_id, "session_accepted", decide))

    async def reject(self, agent: Agent, session_id: SessionId) -> None:
        """Give an offer back; the next agent is asked. Nothing happens where it is not (any more) offered to this agent."""

        async def decide(draft: Draft, handoff: Handoff | None) -> None:
            if handoff is None or handoff.stage is not Stage.OFFERED or handoff.agent_id != agent.id:
                raise Conflict("it is not offered to you any more: reload the queue", code="not_offered")
            moves.release(draft, handoff, "rejected", is_passed=True)

        await self._change(agent, session_id, "session_rejected", decide)

    async def speaking(self, agent: Agent, session_id: SessionId) -> Session:
        """The session, for its agent alone. Raises Conflict where the agent may not speak in it."""
        session = await self._session(session_id)
        self._check_owner(agent, session)
        return session

    async def reply(
        self,
        agent: Agent,
        session_id: SessionId,
        text: str,
        cid: str | None = None,
        *,
        files: Sequence[FileRef] = (),
        letter: Letter | None = None,
    ) -> Message:
        """Say something to the customer: words, files or both. The same `cid` again says nothing new and gives the message said before.

        That the files are this conversation's, and that its channel carries them and the `letter`, is the caller's to check.
        """
        most_bytes, key = MAX_TEXT_BYTES if letter is None else LETTER_MAX_BYTES, event_key_of("reply", agent, session_id, cid)
        words = "" if files and not text.strip() else checked_text(text, most_bytes)
        head: tuple[Part, ...] = () if letter is None else (letter,)
        parts: tuple[Part, ...] = head + ((Text(words, markdown=True),) if words else ()) + tuple(map(File, files))
        detail = {"files": len(files)} if files else {}
        if key is not None and (said := await self._store.messages_by_key([key])):
            return said[0]
        try:
            saying = self._saying(agent, parts, cid, key)
            return (await self._change(agent, session_id, "session_reply", saying, **detail)).messages[-1]
        except Repeat:
            return (await self._store.messages_by_key([key] if key else []))[0]

    async def note(self, agent: Agent, session_id: SessionId, text: str) -> Note:
        """Words to colleagues, which the customer never sees."""
        words, note_id = checked_text(text), self._ids.new()

        async def decide(draft: Draft, handoff: Handoff | None) -> None:
            await self._check_may_see(agent, draft.session, handoff)
            draft.add("notes", self._note(agent, draft.session, note_id, words))

        return (await self._change(agent, session_id, "session_note", decide)).notes[0]

    async def typing(self, agent: Agent, session_id: SessionId, *, is_on: bool) -> None:
        """Show the customer that the agent writes, or has stopped."""
        session = await self._session(session_id)
        self._check_owner(agent, session)
        await signal(self._bus, thread_topic(session.channel, session.thread), pack(TypingNow(Author.AGENT, is_on)))
        if is_pushed(self._settings, session.channel):
            await signal(self._bus, TYPING, pack(TypingAt(session.channel, session.thread, is_on)))

    async def read(self, agent: Agent, session_id: SessionId, seq: int) -> None:
        """The agent has read up to `seq`. Going back, or repeating it, changes nothing."""
        session = await self._session(session_id)
        self._check_owner(agent, session)
        if not session.agent_read_seq < min(seq, session.seq):
            return

        async def decide(draft: Draft, _handoff: Handoff | None) -> None:
            self._check_owner(agent, draft.session)
            draft.set(agent_read_seq=max(draft.session.agent_read_seq, min(seq, draft.session.seq)))

        await self._change(agent, session_id, None, decide)

    async def transfer(
        self, agent: Agent, session_id: SessionId, *, queue: QueueName | None = None, to_agent: AgentId | None = None, comment: str = ""
    ) -> Session:
        """Pass the session on: to a queue, or to a colleague who is there (a supervisor may name themself: they take it over at once)."""
        if (queue is None) == (to_agent is None):
            raise BadInput("transfer_target", "either a queue or an agent")
        if queue is not None and queue not in self._settings.queues:
            raise NotFound("no such queue")
        if len(comment) > COMMENT_MAX_CHARS:
            raise TooLarge("transfer_comment", f"{COMMENT_MAX_CHARS} characters at most")

        async def decide(draft: Draft, handoff: Handoff | None) -> None:
            self._check_in_charge(agent, draft.session)
            packet = await self._packet_now(draft.session, handoff, comment)
            if to_agent == agent.id:
                self._check_take_over(agent, draft.session)
                moves.take_over(draft, handoff, agent, packet, self._texts)
            else:
                into = queue or queue_for(self._settings, draft.session, draft.session.queue)
                wanted = await self._colleague(to_agent, into) if to_agent else None
                moves.transfer(draft, handoff, into, self._settings.queues[into], packet, self._texts, wanted=wanted)

        return _session_of(await self._change(agent, session_id, "session_transferred", decide, queue=queue, to_agent=to_agent))

    async def return_to_bot(self, agent: Agent, session_id: SessionId) -> Session:
        """Give the session back to the bot, which begins afresh."""

        async def decide(draft: Draft, handoff: Handoff | None) -> None:
            self._check_in_charge(agent, draft.session)
            if not draft.is_heard:  # whoever is owed a call would be forgotten with the bot
                raise Conflict("nobody is on the line: the bot has nobody to talk to", code="nobody_on_line")
            moves.return_to_bot(draft, handoff, self._texts)

        return _session_of(await self._change(agent, session_id, "session_returned", decide))

    async def hold(self, agent: Agent, session_id: SessionId) -> Session:
        """Ask the customer for a moment's patience; the ledger counts it as hold."""

        async def decide(draft: Draft, _handoff: Handoff | None) -> None:
            self._check_owner(agent, draft.session)
            draft.move(Move.HOLD)
            if draft.is_letter:
                return
            words = self._texts.say(notices.worded("on_hold", is_call=draft.is_call), draft.session.language, name=agent.shown_name)
            draft.say(Author.SYSTEM, (Text(words),))

        return _session_of(await self._change(agent, session_id, "session_held", decide))

    async def resume(self, agent: Agent, session_id: SessionId) -> Session:
        """Go on after a hold."""

        async def decide(draft: Draft, _handoff: Handoff | None) -> None:
            self._check_owner(agent, draft.session)
            draft.move(Move.RESUME)

        return _session_of(await self._change(agent, session_id, "session_resumed", decide))

    async def close(self, agent: Agent, session_id: SessionId, disposition: str) -> Session:
        """End the session with its disposition. The customer is told, and asked how it was. Closing a closed one again is a Conflict."""
        if _DISPOSITION.fullmatch(disposition) is None:
            raise BadInput("disposition", "1 to 64 letters, digits, spaces or _ - . : /")

        async def decide(draft: Draft, handoff: Handoff | None) -> None:
            self._check_in_charge(agent, draft.session)
            if draft.session.state in moves.WITH_AGENT:
                draft.move(Move.END)
                self._say_goodbye(draft, is_asked=disposition != SPAM)
            moves.complete(draft, handoff)
            draft.close(CloseReason.SPAM if disposition == SPAM else CloseReason.RESOLVED, disposition)

        return _session_of(await self._change(agent, session_id, "session_closed", decide, disposition=disposition))

    def _say_goodbye(self, draft: Draft, *, is_asked: bool) -> None:
        """The last words; with the question how it was, where the channel has no form of its own for it.

        By mail there are none: the agent's answer was the last word.
        """
        if draft.is_letter:
            return
        words = self._texts.say(notices.worded("ended", is_call=draft.is_call), draft.session.language)
        if is_asked and asks_how_it_was(self._settings, draft.session.channel):
            surveys.ask(draft, words, self._texts)
        else:
            draft.say(Author.SYSTEM, (Text(words),))

    # ---- who may ---------------------------------------------------------------------------------------------------------------

    def _check_owner(self, agent: Agent, session: Session) -> None:
        """Only whoever has the session speaks in it."""
        if session.agent_id != agent.id or session.state is State.CLOSED:
            raise _not_yours(session, can_take_over=is_supervisor(agent))

    def _check_in_charge(self, agent: Agent, session: Session) -> None:
        """The session's agent; or a supervisor, for a session that some agent has."""
        if not (is_supervisor(agent) and session.agent_id is not None and session.state is not State.CLOSED):
            self._check_owner(agent, session)

    def _check_heard(self, session: Session) -> None:
        """By phone words reach whoever is on the line, and nobody who talks with the agent at this moment."""
        call = session.call
        if call is None and not is_called(self._settings, session.channel):
            return
        if call is None or not call.is_up:
            raise Conflict("nobody is on the line: call back, or write on another channel", code="nobody_on_line")
        if call.stage is CallStage.TALKING:
            raise Conflict("you are talking with the customer: just speak", code="on_the_phone")

    def _check_take_over(self, agent: Agent, session: Session) -> None:
        if session.agent_id == agent.id:
            raise Conflict("you have this session already", code="already_yours")
        if not is_supervisor(agent):
            raise Forbidden("only a supervisor takes a session over")

    async def _check_may_see(self, agent: Agent, session: Session, handoff: Handoff | None) -> None:
        """Raises NotFound, so that nobody learns what exists beyond their right to see it."""
        if may_see(agent, session, handoff):
            return
        case = await self._store.case_of_session(session.id)
        if case is None or not may_see_case(agent, case):
            raise NotFound("no such session")

    # ---- details ---------------------------------------------------------------------------------------------------------------

    def _saying(self, agent: Agent, parts: tuple[Part, ...], cid: str | None, key: EventKey | None) -> Decide:
        """The deed of saying this to the customer, for the session's agent alone."""

        async def decide(draft: Draft, handoff: Handoff | None) -> None:
            self._check_owner(agent, draft.session)
            self._check_heard(draft.session)
            draft.move(Move.AGENT_SPOKE)
            if handoff is not None and moves.is_overdue(draft.session, draft.now):
                moves.miss(draft, handoff)
            draft.set(agent_read_seq=max(draft.session.agent_read_seq, draft.session.seq))
            draft.say(Author.AGENT, parts, agent_id=agent.id, name=agent.shown_name, cid=cid, key=key)
            moves.has_spoken(draft, handoff)

        return decide

    async def _take(self, draft: Draft, handoff: Handoff | None, agent: Agent) -> None:
        """Give a waiting session to this agent: one that is offered to them, or that they pick from the queue themself."""
        if handoff is None or handoff.stage not in (Stage.QUEUED, Stage.OFFERED) or draft.session.state not in moves.WAITING:
            raise _not_waiting(draft.session)
        if handoff.stage is Stage.OFFERED and handoff.agent_id != agent.id:
            if not is_supervisor(agent):
                raise Conflict("it is offered to a colleague now: reload the queue", code="offered_elsewhere")
            handoff = moves.release(draft, handoff, "withdrawn", is_passed=False, by=agent.id)
        if handoff.stage is Stage.QUEUED:
            handoff = await self._reserve(draft, handoff, agent)
        moves.accept(draft, handoff, agent, self._texts)

    async def _make_room(self, draft: Draft, account: Agent, units: int) -> None:
        """Count this session into the agent's hands, who takes it themself. Raises Conflict where they are full."""
        held = await self._store.held_units()
        if presence.free_units(account, held.get(account.id, 0)) < units:
            raise Conflict("your hands are full: end or pass on a session first", code="hands_full")
        draft.add("agents", structs.replace(account, version=account.version + 1, last_assigned_at=draft.now))

    async def _reserve(self, draft: Draft, handoff: Handoff, agent: Agent) -> Handoff:
        """Offer a waiting entry to the agent who picks it from the queue themself, if they may and have room."""
        account = await self._agent(agent.id)
        if not (presence.serves(account, handoff.queue) or is_supervisor(account)):
            raise Forbidden("this queue is not one of yours")
        await self._make_room(draft, account, handoff.units)
        rules = self._settings.queues.get(handoff.queue, Queue())
        return moves.offer(draft, handoff, agent.id, rules.offer_s, handoff.passed, {"rule": "picked"})

    async def _colleague(self, agent_id: AgentId, queue: QueueName) -> AgentId:
        target = await self._agent(agent_id)
        is_there = presence.is_connected(target, self._clock.now()) and target.status in presence.AT_WORK
        if target.is_disabled or not is_there:
            words = f"{target.shown_name} is not there: choose somebody else, or the queue {queue}"
            raise Conflict(words, code="colleague_gone", name=target.shown_name, queue=queue)
        return agent_id

    async def _packet_now(self, session: Session, handoff: Handoff | None, comment: str) -> HandoffPacket:
        after = max(session.first_seq - 1, session.seq - LAST_MESSAGES_COUNT)
        spoken = await self._store.session_messages(session.id, after, LAST_MESSAGES_COUNT)
        window = await self._window(session)
        if handoff is None:
            return packets.bare(session, channel_type(self._settings, session), spoken, Reason.TRANSFER, comment, window)
        return packets.passed_on(handoff.packet, session, spoken, Reason.TRANSFER, comment, window)

    def _note(self, agent: Agent, session: Session, note_id: str, text: str) -> Note:
        return Note(
            id=note_id, session_id=session.id, agent_id=agent.id, agent_name=agent.shown_name, at=self._clock.now(),
            after_seq=session.seq, text=text,
        )  # fmt: skip


def may_see(agent: Agent, session: Session, handoff: Handoff | None) -> bool:
    """Whether the agent may read this session: their own, one offered to them, one that waits in a queue of theirs."""
    if is_supervisor(agent) or session.agent_id == agent.id:
        return True
    if session.state not in moves.WAITING or handoff is None:
        return False
    return handoff.agent_id == agent.id or handoff.wanted_agent == agent.id or presence.serves(agent, handoff.queue)


def _not_waiting(session: Session) -> Conflict:
    if session.agent_name and session.state in moves.WITH_AGENT:
        return Conflict(f"taken by {session.agent_name}: reload the queue", code="taken", name=session.agent_name)
    state = session.state.value
    return Conflict(f"the session is {state}, nobody waits in it any more: reload the queue", code="not_waiting", state=state)


def _not_yours(session: Session, *, can_take_over: bool) -> Conflict:
    if session.state is State.CLOSED:
        return Conflict("the session is closed: reload", code="session_closed")
    if session.agent_name:
        what, code = ("take it over first", "take_over_first") if can_take_over else ("reload", "not_yours")
        return Conflict(f"{session.agent_name} has this session: {what}", code=code, name=session.agent_name)
    if session.state in moves.WAITING:
        return Conflict("the session waits in a queue: accept it first", code="not_accepted", queue=session.queue or "")
    return Conflict("the bot has this session: reload", code="with_bot")


def checked_text(text: str, most_bytes: int = MAX_TEXT_BYTES) -> str:
    """The words without space around them. Raises BadInput for none, TooLarge for too many."""
    words = text.strip()
    if not words:
        raise BadInput("empty_text", "some words")
    if len(words.encode("utf-8", "surrogatepass")) > most_bytes:
        raise TooLarge("text_too_long", f"{most_bytes} bytes of UTF-8 at most")
    return words


def event_key_of(deed: str, agent: Agent, session_id: SessionId, cid: str | None) -> EventKey | None:
    """What makes a repeated deed known. No channel's events have such a key: a channel's name holds no colon."""
    if cid is None:
        return None
    if not 1 <= len(cid) <= 64:
        raise BadInput("cid", "1 to 64 characters")
    return EventKey("/".join((f"desk:{deed}", agent.id, session_id, cid)))


def _session_of(changes: Changes) -> Session:
    assert changes.session is not None
    return changes.session
