"""What a call does to its session: it opens it, keeps it, or leaves it behind with a number to call back. Reads, never writes.

    UP         opens the session, or joins the one that runs: whoever calls again while they wait keeps their place
    CALLBACK   } the place in the queue is kept; where there is none, one is taken, or a case is opened
    VOICEMAIL  }
    MISSED     the agent's phone failed: back to the queue, in the old place
    ENDED      the bot's and the queue's sessions are over; an agent's is to be wrapped up. Where it was we who failed (`OURS`) nobody is
               forgotten: the session stays, to be called back

What comes late, of a call that another one has followed, is on record and changes nothing.
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import structs

from gateway.bounds import Bounds
from gateway.call_steps import OURS, concerns, following
from gateway.core.changes import Changes, Fate
from gateway.core.decision import Decision, Kind
from gateway.core.draft import Draft
from gateway.core.events import Called, CallStage, Inbound, Played
from gateway.core.handoff import CALL_RECORD, CaseStatus, Reason, Stage, Trace
from gateway.core.ids import HandoffId
from gateway.core.message import Author, Message, Status
from gateway.core.parts import File, Part, Pick, Spoken, Text, plain_text
from gateway.core.ports import Store
from gateway.core.session import Call, CloseReason, Controller, Move, Session, State
from gateway.core.texts import Texts, nearest
from gateway.doors import FrontDoor
from gateway.hearing import hear, note_sender, proof_of
from gateway.routing import Owner, owner
from gateway.secrecy import masked

STAGED = "call_stage"
"""The trace of each stage of a call but its end (`CALL_RECORD`)."""
FACTS_MAX_BYTES = 4_096
LAST_WORDS_COUNT = 20


class Telephone:
    """Turns the news of calls into transactions. One for a process; holds no state between calls."""

    def __init__(self, *, store: Store, texts: Texts, bounds: Bounds, door: FrontDoor, languages: tuple[str, ...]) -> None:
        """Agents read the first of the `languages`."""
        self._store = store
        self._texts = texts
        self._bounds = bounds
        self._door = door
        self._languages = languages

    async def take(self, newest: Session | None, inbound: Inbound, news: Called | Played) -> list[Changes]:
        """The transactions that the news asks for; its key is kept in any case."""
        return await (self.called(newest, inbound, news) if isinstance(news, Called) else self.played(newest, inbound, news))

    async def called(self, newest: Session | None, inbound: Inbound, called: Called) -> list[Changes]:
        """What a stage of a call asks for."""
        is_over = owner(newest) is Owner.NEW_EPISODE
        if newest is None or (is_over and self._begins(newest, called)):
            if called.stage not in _OPENS:
                return [Changes(keys=(inbound.key,), expects=(newest.id, newest.version) if newest else None)]
            draft, before = await self._bounds.opened(newest, inbound)
        else:
            draft, before = self._bounds.draft(newest, inbound), []
        if concerns(draft.session.call, called):
            await self._step(draft, inbound, called)
        else:
            self._trace(draft, called, is_late=True)
        if all(message.key != inbound.key for message in draft.messages):
            draft.add("keys", inbound.key)
        return [*before, draft.changes()]

    def _begins(self, last: Session, called: Called) -> bool:
        """Whether a call that finds its thread's session over begins another one."""
        return called.stage in (CallStage.VOICEMAIL, CallStage.CALLBACK) or (
            concerns(last.call, called) and not (last.call is not None and last.call.id == called.call)
        )

    async def _step(self, draft: Draft, inbound: Inbound, called: Called) -> None:
        before, now = draft.session.call, following(draft.session.call, called, draft.now)
        proof = proof_of(inbound)
        if called.stage is CallStage.UP and proof is not None:
            note_sender(draft, inbound)
        draft.set(call=now)
        chosen_language(draft, inbound, self._languages)
        self._trace(draft, called)
        match called.stage:
            case CallStage.UP:
                self._up(draft, before)
            case CallStage.CALLBACK | CallStage.VOICEMAIL:
                await self._call_back(draft, inbound, called)
            case CallStage.MISSED:
                await self._missed(draft, called)
            case CallStage.AWAY:
                self._remark(draft, "away", number=now.number, why=self._why(called))
                await self._owe(draft, await self._last_words(draft), Reason.CALL_LOST, called.stage.value)
            case CallStage.ENDED:
                await self._ended(draft, called, before)
            case CallStage.RINGING | CallStage.TALKING | CallStage.HELD:
                pass
        if draft.session.controller is Controller.QUEUE:
            await self._keep_place(draft)
        elif draft.session.controller is Controller.BOT and now.is_over:
            draft.close(CloseReason.EXPIRED)  # nobody is on the line, and a case has what is left to do

    # ---- what a stage asks for ---------------------------------------------------------------------------------------------------

    def _up(self, draft: Draft, before: Call | None) -> None:
        """Whoever calls again joins what runs; they need not be called back any more."""
        is_anew = before is not None and not before.is_up and draft.session.call is not None and draft.session.call.id != before.id
        is_ours = before is not None and before.asked_at is not None  # an agent wanted them to be called
        if is_anew and not is_ours and draft.session.controller in (Controller.QUEUE, Controller.AGENT):
            self._remark(draft, "joined")

    async def _call_back(self, draft: Draft, inbound: Inbound, called: Called) -> None:
        """They want to be called back. Whoever has a place keeps it; else there is a case, or they get one of both."""
        wish = await self._last_words(draft)
        if parts := _voicemail(called):
            wish = plain_text(hear(draft, inbound, parts).parts) or wish
        else:
            self._remark(draft, "callback", number=draft.session.call.number if draft.session.call else "")
        await self._owe(draft, wish, Reason.EXPLICIT_REQUEST, called.stage.value)

    async def _owe(self, draft: Draft, wish: str, reason: Reason, trigger: str) -> None:
        """They are owed a call: whoever has no place with people gets one, or a case."""
        if draft.session.controller is Controller.BOT:
            await self._to_people(draft, wish, reason, trigger)

    async def _missed(self, draft: Draft, called: Called) -> None:
        session, call = draft.session, draft.session.call
        if session.controller is not Controller.AGENT or called.agent_id not in (None, session.agent_id) or call is None:
            return
        name, why = session.agent_name or "", self._why(called)
        if not call.is_up:
            self._remark(draft, "not_rung", name=name, why=why)
            return
        self._remark(draft, "missed", name=name, why=why)
        await self._door.back_in_line(draft, "broke" if called.why in ("broke", "hung_up") else "missed")

    async def _ended(self, draft: Draft, called: Called, before: Call | None) -> None:
        if called.file is not None:
            draft.remark((File(called.file, self._say("recording")),), what="call_recording")
        self._still_owe(draft)
        is_owed = draft.session.call is not None and draft.session.call.wants_callback
        if is_owed and not (before is not None and (before.wants_callback or before.was_owed)):
            self._remark(draft, "lost", number=draft.session.call.number if draft.session.call else "")
        match draft.session.controller:
            case Controller.BOT:
                await self._ended_with_bot(draft, is_owed=is_owed)
            case Controller.QUEUE if not is_owed:
                await self._door.leave(draft)
                draft.close(CloseReason.ABANDONED_IN_QUEUE)
            case Controller.AGENT if not is_owed:
                self._left_agent(draft, called)
            case _:
                pass

    def _still_owe(self, draft: Draft) -> None:
        """Whoever was promised a call, looked in and hung up again in the queue keeps the promise."""
        call = draft.session.call
        if call is not None and call.was_owed and not call.wants_callback and draft.session.controller is Controller.QUEUE:
            draft.set(call=structs.replace(call, stage=CallStage.CALLBACK))
            self._remark(draft, "callback", number=call.number)

    async def _ended_with_bot(self, draft: Draft, *, is_owed: bool) -> None:
        memory = draft.session.memory
        if is_owed:
            await self._to_people(draft, await self._last_words(draft), Reason.CALL_LOST, CALL_RECORD)
            return
        is_answered = bool(memory.entries) and memory.misses == 0
        draft.close(CloseReason.BOT_RESOLVED if is_answered else CloseReason.ABANDONED_BY_CUSTOMER)

    def _left_agent(self, draft: Draft, called: Called) -> None:
        """An agent to whose phone the caller was handed over talks to them still, where we don't see it: they end it themself."""
        if called.why == "transferred":
            self._remark(draft, "transferred", name=draft.session.agent_name or "")
            return
        self._remark(draft, "lost_unknown" if called.why in OURS else "hung_up" if called.why == "hung_up" else "over")
        draft.move(Move.END)

    # ---- the ways to people ------------------------------------------------------------------------------------------------------

    async def _to_people(self, draft: Draft, wish: str, reason: Reason, trigger: str) -> None:
        """A place in the queue, or a case; one that is open already has the number, or gets it."""
        case = await self._store.case_of_session(draft.session.id)
        if case is not None and case.status is not CaseStatus.RESOLVED:
            number = draft.session.call.number if draft.session.call else ""
            draft.add("cases", structs.replace(case, phone=case.phone or number or None, version=case.version + 1))
            return
        session = draft.session
        await self._door.enter(
            draft, wish, Decision(kind=Kind.HANDOFF, language=session.language, reason=reason, trigger=trigger, memory=session.memory)
        )

    async def _keep_place(self, draft: Draft) -> None:
        """Whoever is on the line waits for an agent, whoever is not waits for a call: in the same place."""
        is_callback, handoff_id = not draft.is_heard, draft.session.handoff_id
        if handoff_id is None or any(entry.id == handoff_id for entry in draft.changes().handoffs):
            return  # it was made by this very step
        handoff = await self._store.handoff(handoff_id)
        if handoff is not None and handoff.stage in (Stage.QUEUED, Stage.OFFERED) and handoff.is_callback is not is_callback:
            draft.put_handoff(handoff, is_callback=is_callback, waits_since=handoff.waits_since if is_callback else draft.now)

    async def _last_words(self, draft: Draft) -> str:
        """The last that the customer has said in this session, but for choices."""
        session = draft.session
        after = max(session.first_seq - 1, session.seq - LAST_WORDS_COUNT)
        return last_wish(await self._store.session_messages(session.id, after, LAST_WORDS_COUNT))

    # ---- words and traces --------------------------------------------------------------------------------------------------------

    def _remark(self, draft: Draft, what: str, **values: str) -> None:
        draft.remark((Text(self._say(what, **values)),), what=f"call_{what}")

    def _say(self, what: str, **values: str) -> str:
        return self._texts.say(f"call.remark.{what}", self._languages[0], **values)

    def _why(self, called: Called) -> str:
        key = f"call.why.{called.why}"
        known = key if key in self._texts.catalogue(self._languages[0]) else "call.why.failed"
        return self._texts.say(known, self._languages[0])

    def _trace(self, draft: Draft, called: Called, *, is_late: bool = False) -> None:
        session = draft.session
        what = CALL_RECORD if called.stage is CallStage.ENDED else STAGED
        told = {"call": called.call, "stage": called.stage.value, "why": called.why, **({"is_late": True} if is_late else {})}
        draft.add(
            "traces",
            Trace(
                handoff_id=session.handoff_id or HandoffId(""), session_id=session.id, at=draft.now, what=what,
                agent_id=called.agent_id or session.agent_id, why={**bounded(called.facts), **told},
            ),
        )  # fmt: skip

    def late_words(self, newest: Session, inbound: Inbound, parts: tuple[Part, ...]) -> list[Changes] | None:
        """What was understood only when the caller had hung up and their session was over: on record there, and no conversation begins
        with it. None: it is no such thing."""
        if newest.state is not State.CLOSED or newest.call is None or not newest.call.is_over:
            return None
        draft = self._bounds.draft(newest, inbound)
        draft.overhear(inbound, masked(parts, is_asked=False), late=True)
        return [draft.changes()]

    # ---- what was heard ----------------------------------------------------------------------------------------------------------

    async def played(self, newest: Session | None, inbound: Inbound, played: Played) -> list[Changes]:
        """How much of a message the caller has heard, noted with it. Heard to its end, it was delivered."""
        expects = (newest.id, newest.version) if newest is not None else None
        message = await self._spoken(inbound, played.seq)
        heard_ms, of_ms = max(0, min(played.heard_ms, played.of_ms)), max(0, played.of_ms)
        if message is None or heard_ms <= message.why.get("heard", {}).get("ms", -1):
            return [Changes(keys=(inbound.key,), expects=expects)]
        amended = structs.replace(message, why={**message.why, "heard": {"ms": heard_ms, "of_ms": of_ms}})
        fate = Fate(session_id=message.session_id, seq=message.seq, status=Status.DELIVERED)
        fates = (fate,) if heard_ms == of_ms and message.status is Status.SENT else ()
        return [Changes(keys=(inbound.key,), expects=expects, amended=(amended,), fates=fates)]

    async def _spoken(self, inbound: Inbound, seq: int) -> Message | None:
        found = await self._store.thread_messages(inbound.channel, inbound.thread, seq - 1, 1)
        return found[0] if found and found[0].seq == seq and found[0].author is not Author.CUSTOMER else None


_OPENS = frozenset({CallStage.UP, CallStage.CALLBACK, CallStage.VOICEMAIL})
"""The stages that a session begins with: the caller is there, or has left something."""


def last_wish(messages: list[Message]) -> str:
    """The last that the customer has said in words, spoken or typed; "" where they only chose."""
    wishes = (
        plain_text(message.parts)
        for message in reversed(messages)
        if message.author is Author.CUSTOMER and not all(isinstance(part, Pick) and part.id == "person" for part in message.parts)
    )
    return next(filter(None, wishes), "")


def chosen_language(draft: Draft, inbound: Inbound, languages: tuple[str, ...]) -> None:
    """Note the language that the caller has chosen by a key."""
    if draft.is_call and inbound.visit.locale:
        draft.set(language=nearest(inbound.visit.locale, languages))


def bounded(facts: Mapping[str, Any]) -> dict[str, Any]:
    """A call record's facts; of more than FACTS_MAX_BYTES nothing is kept but that there were."""
    if len(msgspec.msgpack.encode(dict(facts))) > FACTS_MAX_BYTES:
        return {"facts": "too_large"}
    return dict(facts)


def _voicemail(called: Called) -> tuple[Part, ...]:
    """What was left behind, as parts; nothing where nothing was."""
    words = (Spoken(text=called.text, confidence=called.confidence, audio=called.file),) if called.text else ()
    return (*words, *((File(called.file),) if called.file is not None else ()))
