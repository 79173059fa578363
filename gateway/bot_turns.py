"""The bot's part of a turn: the brain is asked, what it decides is said, looked up first, or handed to people. Never writes."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import assert_never

from msgspec import structs

from config.schema import Settings
from gateway import looking
from gateway.bounds import Bounds
from gateway.core.changes import Changes
from gateway.core.decision import PERSON, Ask, Decision, Heard, Kind, Looking, Lookup, Road
from gateway.core.draft import Draft
from gateway.core.events import Inbound, LookedUp
from gateway.core.handoff import Reason
from gateway.core.ids import ChannelName
from gateway.core.message import Author, Message
from gateway.core.parts import Choice, Choices, Part, Text, plain_text
from gateway.core.ports import Brain, Clock, Store
from gateway.core.session import CloseReason, Controller, Session
from gateway.core.texts import Texts
from gateway.correspondence import LIMITED, NO_WORDS, choice_hint, gist, is_last_word, read_by_people, replying, to_a_person, withheld
from gateway.doors import FrontDoor, Wording
from gateway.metrics import Metrics
from gateway.questions import Question, asked, picked, received, why
from gateway.secrecy import Aside, forgetting

log = logging.getLogger(__name__)


class BotTurns:
    """What the bot does with what a customer says. One for a process; holds no state between calls."""

    def __init__(
        self, *, store: Store, brain: Brain, door: FrontDoor, bounds: Bounds, types: Mapping[ChannelName, str], texts: Texts,
        clock: Clock, settings: Settings, metrics: Metrics, wording: Wording | None, aside: Aside,
    ) -> None:  # fmt: skip
        """`types`: of the channels. `aside`: where secrets wait for their look-ups."""
        self._store = store
        self._brain = brain
        self._door = door
        self._bounds = bounds
        self._channel_types = types
        self._texts = texts
        self._clock = clock
        self._settings = settings
        self._metrics = metrics
        self._wording = wording
        self._aside = aside
        self._decisions = {kind: metrics.decisions.labels(kind.value) for kind in Kind}

    # ---- look-ups: see gateway.looking ---------------------------------------------------------------------------------------------

    def _begins_looking(self, draft: Draft, heard: Message | Heard, decision: Decision) -> bool:
        """Whether something has to be looked up before this can be said. Then it is on its way once the turn is committed."""
        lookup = decision.lookup or (self._wording.wanted(decision) if self._wording else None)
        if lookup is None:
            return False
        bot = self._settings.bot
        deadline_s = bot.answerer.deadline_s if lookup.road is Road.ANSWERER else bot.lookup_s
        begun = looking.begun(draft, heard, structs.replace(decision, lookup=lookup), draft.now + timedelta(seconds=deadline_s))
        draft.set(looking=self._aside.put(begun))
        if lookup.road is Road.ACTION and decision.text:
            self._bot_says(draft, heard, decision, Text(decision.text, markdown=True))
        return True

    async def meanwhile(self, draft: Draft, current: Looking, heard: Message) -> None:
        """Something is being looked up: what came meanwhile waits behind it, but for what can't wait."""
        question = asked(heard)
        decision = await self.decide(draft, question, picked(heard)) if question.has_words else None
        if decision is not None and looking.is_urgent(decision):
            draft.set(looking=None, language=decision.language, memory=decision.memory)
            await self.hand_off(draft, heard, decision)
        elif not looking.wait(draft, current, heard):
            draft.set(looking=None)
            await self.hand_off(draft, heard, self.failed(draft.session, Reason.BOT_TIMEOUT))

    async def looked_up(
        self, session: Session | None, inbound: Inbound, result: LookedUp, *, is_rescue: bool = False
    ) -> list[Changes]:  # fmt: skip
        """Say what was found, then answer what came meanwhile. Where nobody waits for it any more, its key alone is kept."""
        current = looking.awaited(session, result)
        if session is None or current is None:
            return [Changes(keys=(inbound.key,), expects=(session.id, session.version))] if session else []
        draft = self._bounds.draft(session, structs.replace(inbound, answer_by=current.answer_by))
        draft.set(looking=None)
        if is_rescue:
            await self.hand_off(draft, current.heard, self.failed(session, Reason.BOT_ERROR))
        else:
            settled = looking.settled(current, result, session.memory, self._texts)
            await self._speak(draft, current.heard, self._withheld(session, settled, looked_up=current.decision.lookup))
            await self._catch_up(draft, current.waiting)
        return [draft.changes()]

    async def _catch_up(self, draft: Draft, waiting: tuple[Heard, ...]) -> None:
        """Answer what waited, until somebody else has the session, or the next look-up begins: the rest waits behind that."""
        for place, heard in enumerate(waiting):
            if draft.session.controller is not Controller.BOT:
                return
            if draft.session.looking is not None:
                draft.set(looking=structs.replace(draft.session.looking, waiting=waiting[place:]))
                return
            await self.answer(draft, heard)

    # ---- the bot's turn --------------------------------------------------------------------------------------------------------

    async def answer(self, draft: Draft, heard: Message | Heard, told: tuple[Part, ...] | None = None) -> None:
        """`told`: what was said before anything of it was masked; the bot alone has it, and remembers it not."""
        session, question = draft.session, asked(Heard(heard.seq, heard.parts if told is None else told))
        if draft.is_letter:
            question = structs.replace(question, text=gist(question.text))
        if not question.has_words and not picked(heard):
            await self._take_wordless(draft, heard)
            return
        if session.memory.awaits_contact and await self._took_contact(draft, question.text):
            return
        started_s = self._clock.monotonic()
        decision = await self.decide(draft, question, picked(heard))
        self._metrics.bot_seconds.observe(self._clock.monotonic() - started_s)
        self._decisions[decision.kind].inc()
        if told is not None and told != heard.parts:
            decision = forgetting(decision, session.memory, question.text)
        draft.set(language=decision.language, memory=decision.memory)
        decision = read_by_people(heard.parts, decision)
        if draft.is_letter and is_last_word(decision, question.text):
            self._let_rest(draft, heard)
            return
        decision = self._withheld(session, replying(session, decision, self._settings))
        if not self._begins_looking(draft, heard, decision):
            await self._speak(draft, heard, decision)

    def _withheld(self, session: Session, decision: Decision, *, looked_up: Lookup | None = None) -> Decision:
        """See `withheld`. Who has asked aloud is told why a person comes to it."""
        kept = withheld(session, decision, looked_up=looked_up)
        if kept is decision or session.call is None:
            return kept
        return structs.replace(kept, lead=self._texts.say("call.unproven", kept.language))

    def _let_rest(self, draft: Draft, heard: Message | Heard) -> None:
        """Thanks by mail need no mail. Where they are all that an episode begins with, it is over: the matter was settled before."""
        if heard.seq == draft.session.first_seq:
            draft.close(CloseReason.RESOLVED)

    async def spare(self, draft: Draft, heard: Message) -> None:
        """Whoever writes may be a program that answers programs: people get it with what the bot makes of it, and nothing is said."""
        question = asked(heard)
        decision = await self.decide(draft, question, None) if question.has_words else self.failed(draft.session, Reason.LOOP_DETECTED)
        draft.set(language=decision.language, looking=None)
        await self.hand_off(draft, heard, to_a_person(decision, Reason.LOOP_DETECTED, LIMITED))

    async def _take_wordless(self, draft: Draft, heard: Message | Heard) -> None:
        """Without words there is nothing to decide. Who has sent a mail of pictures is not asked to write another one: people look."""
        if draft.is_letter:
            await self.hand_off(draft, heard, structs.replace(self.failed(draft.session, Reason.LOW_CONFIDENCE), trigger=NO_WORDS))
        else:
            self._say_cannot_read(draft, heard)

    async def _speak(self, draft: Draft, heard: Message | Heard, decision: Decision) -> None:
        draft.set(memory=decision.memory)
        match decision.kind:
            case Kind.CHITCHAT if draft.is_letter:
                self._bot_says(draft, heard, decision, Choices(decision.text, ()))
            case Kind.ANSWER | Kind.CHITCHAT:
                self._bot_says(draft, heard, decision, Text(decision.text, markdown=True), *self._choices(draft, decision, decision.prompt))
            case Kind.CLARIFY if "offered" in decision.detail:
                self._bot_says(draft, heard, decision, Text(decision.text, markdown=True))
            case Kind.CLARIFY:
                self._bot_says(draft, heard, decision, *self._choices(draft, decision, decision.text))
            case Kind.HANDOFF:
                await self.hand_off(draft, heard, decision)
            case unknown:
                assert_never(unknown)

    async def decide(self, draft: Draft, question: Question, picked: str | None) -> Decision:
        session = draft.session
        ask = Ask(
            text=question.text, subject=question.subject, is_letter=draft.is_letter, picked=picked, memory=session.memory,
            languages=self._settings.gateway.languages, language=session.language if session.version else None,
            channel_type=self._channel_types[session.channel], today=draft.now.date().isoformat(),
        )  # fmt: skip
        try:
            if self._brain.is_quick:
                return await self._brain.decide(ask)
            async with asyncio.timeout(self._settings.bot.deadline_s):
                return await self._brain.decide(ask)
        except TimeoutError:
            log.warning("the bot missed its deadline", extra={"session": session.id})
            return self.failed(session, Reason.BOT_TIMEOUT)
        except Exception as error:  # whatever a brain raises, the customer gets a person and not silence
            log.exception("the bot failed", extra={"session": session.id})
            self._metrics.errors.labels("bot", type(error).__name__).inc()
            return self.failed(session, Reason.BOT_ERROR)

    def failed(self, session: Session, reason: Reason) -> Decision:
        return Decision(kind=Kind.HANDOFF, language=session.language, reason=reason, trigger=reason.value, memory=session.memory)

    async def hand_off(self, draft: Draft, heard: Message | Heard, decision: Decision) -> None:
        draft.answering(heard.seq, why(decision))
        await self._door.enter(draft, plain_text(heard.parts), decision)

    def _bot_says(self, draft: Draft, heard: Message | Heard, decision: Decision, *parts: Text | Choices) -> None:
        draft.answering(heard.seq, why(decision))
        draft.say(Author.BOT, parts, name=self._bot_name(decision.language))

    def _choices(self, draft: Draft, decision: Decision, text: str) -> tuple[Choices, ...]:
        """What to pick from, under these words; nothing where there is nothing to pick."""
        if not decision.choices:
            return (Choices(text, ()),) if text else ()
        return (Choices(text, decision.choices, self._texts.say(choice_hint(draft.session, self._settings), decision.language)),)

    def _say_cannot_read(self, draft: Draft, heard: Message | Heard) -> None:
        """A file, a spoken message or a place without words: say so, and offer a person."""
        language = draft.session.language
        person = Choice(PERSON, self._texts.say("turn.person", language))
        draft.answering(heard.seq, {"decision": Kind.CLARIFY.value, "trigger": "no words"})
        draft.say(Author.BOT, (Choices(self._texts.say(received(heard), language), (person,)),), name=self._bot_name(language))

    def _bot_name(self, language: str) -> str:
        return self._settings.bot.name or self._texts.say("turn.bot_name", language)

    async def _took_contact(self, draft: Draft, text: str) -> bool:
        case = await self._store.case_of_session(draft.session.id)
        draft.answering(draft.session.seq, {"decision": "contact"})
        return case is not None and self._door.take_contact(draft, case, text)
