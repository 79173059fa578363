"""What one event does to its session: the brain is asked, the outcome becomes transactions. Reads, never writes."""

import asyncio
import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, assert_never

from msgspec import structs

from config.schema import Settings
from gateway import looking
from gateway.bounds import Bounds
from gateway.core.changes import Changes
from gateway.core.channel import Channel
from gateway.core.contact import Proof
from gateway.core.decision import PERSON, Ask, Decision, Heard, Kind, Looking, Road
from gateway.core.draft import Draft
from gateway.core.handoff import Reason
from gateway.core.ids import ChannelName, Ids
from gateway.core.message import (
    Author,
    Called,
    Came,
    Choice,
    Choices,
    Ended,
    Fated,
    Fetched,
    Inbound,
    Left,
    LinksWanted,
    LookedUp,
    Message,
    Part,
    Played,
    Quiet,
    Rated,
    Remarked,
    Said,
    Seen,
    Text,
    plain_text,
)
from gateway.core.ports import Brain, Clock, Store
from gateway.core.session import CloseReason, Controller, Rating, Session
from gateway.core.texts import Texts
from gateway.correspondence import (
    GIST_MAX_CHARS,
    LIMITED,
    NO_WORDS,
    choice_hint,
    gist,
    is_last_word,
    read_by_people,
    replying,
    to_a_person,
    withheld,
)
from gateway.doors import FrontDoor, Wording
from gateway.hearing import hear, proof_of
from gateway.metrics import Metrics
from gateway.posting import Posting
from gateway.questions import Question, asked, picked, received, why
from gateway.quota import granting
from gateway.routing import Owner, owner
from gateway.scanning import Scans
from gateway.secrecy import Aside, forgetting
from gateway.telephone import LAST_WORDS_COUNT, Telephone, chosen_language, last_wish
from gateway.tidings import Tidings
from gateway.unlinking import Linked, Unlinking
from gateway.ways import Ways
from handoff import surveys

log = logging.getLogger(__name__)


class Episodes:
    """Turns events into transactions. One for a process; holds no state between calls."""

    def __init__(
        self, *, store: Store, brain: Brain, door: FrontDoor, channels: Mapping[ChannelName, Channel], texts: Texts, clock: Clock,
        ids: Ids, settings: Settings, metrics: Metrics, wording: Wording | None = None, aside: Aside | None = None,
    ) -> None:  # fmt: skip
        """`aside`: where secrets wait for their look-ups, shared with whoever performs them."""
        self._store = store
        self._brain = brain
        self._door = door
        self._channel_types = {name: channel.type for name, channel in channels.items()}
        self._texts = texts
        self._clock = clock
        self._settings = settings
        self._metrics = metrics
        self._wording = wording
        self._aside = aside or Aside()
        self._bounds = Bounds(store=store, door=door, channels=channels, texts=texts, clock=clock, ids=ids, settings=settings)
        self._scans = Scans(store, texts, settings.gateway.name)
        self._unlinking = Unlinking(store, texts, settings.gateway.name)
        self._tidings = Tidings(store, texts, self._bounds.draft, door.leave, settings.gateway.languages[0])
        self._telephone = Telephone(store=store, texts=texts, bounds=self._bounds, door=door, languages=settings.gateway.languages)
        self._posting = Posting(
            store=store, texts=texts, bounds=self._bounds, ways=Ways(store, clock, settings), clock=clock, settings=settings,
        )  # fmt: skip
        self._decisions = {kind: metrics.decisions.labels(kind.value) for kind in Kind}

    async def handle(self, session: Session | None, inbound: Inbound) -> list[Changes]:
        """The transactions that `inbound` asks for, in order; none where it changes nothing. `session`: its thread's newest.

        Repeating it with the same session gives the same effect; what is on record already is the store's to refuse.
        """
        return granting(inbound, await self._handle(session, inbound), self._clock.now())

    async def rescue(self, session: Session | None, inbound: Inbound) -> list[Changes]:
        """What to do where `handle` failed with words, or with the result of a look-up: hand the session to people, without the brain."""
        return granting(inbound, await self._rescue(session, inbound), self._clock.now())

    async def _handle(self, session: Session | None, inbound: Inbound) -> list[Changes]:
        match inbound.event:
            case Said(parts=parts) if inbound.quiet is Quiet.AUTOMATIC:
                return self._bounds.overheard(session, inbound, parts)
            case Said(parts=parts):
                return await self._rated_in_words(session, inbound, parts) or await self._said(session, inbound, parts)
            case Rated() as rated:
                return await self._rated(session, inbound, rated)
            case Ended():
                return await self._bounds.ended(session, inbound)
            case Seen(seq=seq):
                return self._seen(session, inbound, seq)
            case LookedUp() as result:
                return await self._looked_up(session, inbound, result)
            case Came() as came:
                return await self._came(session, inbound, came)
            case (Called() | Played() | LinksWanted()) as news:
                return await self._of_call(session, inbound, news)
            case (Left() | Fated() | Fetched() | Remarked()) as news:
                return await self._tidings.take(session, inbound, news)
            case unknown:
                assert_never(unknown)

    async def _rescue(self, session: Session | None, inbound: Inbound) -> list[Changes]:
        if isinstance(inbound.event, LookedUp):
            return await self._looked_up(session, inbound, inbound.event, is_rescue=True)
        assert isinstance(inbound.event, Said)
        if inbound.quiet is Quiet.AUTOMATIC:
            return self._bounds.overheard(session, inbound, inbound.event.parts)
        draft, before = await self._bounds.opened(session, inbound)
        heard = hear(draft, inbound, inbound.event.parts)
        if draft.session.controller is Controller.BOT:
            await self._hand_off(draft, heard, self._failed(draft.session, Reason.BOT_ERROR))
        else:
            await self._door.heard(draft)
        return [*before, draft.changes()]

    # ---- what the customer can do ----------------------------------------------------------------------------------------------

    async def _said(self, session: Session | None, inbound: Inbound, parts: tuple[Any, ...]) -> list[Changes]:
        if session is not None and (late := self._telephone.late_words(session, inbound, parts)) is not None:
            return late
        if self._unlinking.is_asked(inbound, parts) and proof_of(inbound) is not Proof.NONE:
            linked = await self._unlinking.linked(inbound.sender)
            if linked is not None:
                return await self._unlinked(session, inbound, parts, linked)
            done = await self._unlinking.caught_up(session, inbound)
            if done is not None:
                return done
        draft, before = await self._bounds.opened(session, inbound)
        heard = hear(draft, inbound, parts)
        chosen_language(draft, inbound, self._settings.gateway.languages)
        if owner(draft.session) is not Owner.BOT:
            await self._tell_people(draft, heard)
        elif inbound.person:
            await self._to_a_person(draft, heard, inbound.person)
        elif inbound.quiet is Quiet.LIMITED:
            await self._spare(draft, heard)
        elif draft.session.looking is None:
            await self._answer(draft, heard, parts)
        else:
            await self._meanwhile(draft, draft.session.looking, heard)
        return [*before, draft.changes()]

    async def _of_call(self, session: Session | None, inbound: Inbound, news: Called | Played | LinksWanted) -> list[Changes]:
        if isinstance(news, LinksWanted):
            return await self._posting.take(session, inbound, news)
        return await self._telephone.take(session, inbound, news)

    async def _tell_people(self, draft: Draft, heard: Message) -> None:
        """Who writes to people waits for them from now on; mere thanks by mail wait for nothing."""
        text = gist(asked(heard).text) if draft.is_letter else ""
        if 0 < len(text) <= GIST_MAX_CHARS and is_last_word(await self._decide(draft, Question(text), None), text):
            return
        await self._door.heard(draft)

    async def _to_a_person(self, draft: Draft, heard: Message, code: str) -> None:
        """They have asked for a person in a way that needs no bot to tell: a key, or words that nobody understood twice."""
        reason = Reason(code) if code in tuple(Reason) else Reason.EXPLICIT_REQUEST
        session, decision = draft.session, self._failed(draft.session, reason)
        draft.set(looking=None)
        draft.answering(heard.seq, why(decision))
        after = max(session.first_seq - 1, session.seq - LAST_WORDS_COUNT)
        spoken = await self._store.session_messages(session.id, after, LAST_WORDS_COUNT)
        await self._door.enter(draft, last_wish([*spoken, heard]) or plain_text(heard.parts), decision)

    async def _unlinked(self, session: Session | None, inbound: Inbound, parts: tuple[Any, ...], linked: Linked) -> list[Changes]:
        """The words that undo a link are no question to anybody; an agent who is there reads them. Whom the channel names beside the
        sender is asked about another time: nothing is joined by the turn that parts."""
        draft, before = await self._bounds.opened(session, structs.replace(inbound, also=()))
        heard = hear(draft, inbound, parts)
        others = await self._unlinking.undo(draft, heard, inbound, linked)
        return [*before, draft.changes(), *others]

    async def _rated(self, newest: Session | None, inbound: Inbound, rated: Rated) -> list[Changes]:
        """The session that the customer was asked about, be it not the newest any more; another thread's is not rated."""
        session = newest
        if rated.session is not None and (newest is None or newest.id != rated.session):
            session = await self._store.session(rated.session)
        if session is None or (session.channel, session.thread) != (inbound.channel, inbound.thread):
            return []
        rating = Rating(
            session_id=session.id, score=rated.score, comment=rated.comment, at=self._clock.now(), key=inbound.key,
            agent_id=session.agent_id,
        )  # fmt: skip
        return [Changes(ratings=(rating,), expects=(session.id, session.version))]

    async def _rated_in_words(self, newest: Session | None, inbound: Inbound, parts: tuple[Part, ...]) -> list[Changes]:
        """Where the words are the answer to how it was, they are that and nothing else: no conversation begins with them."""
        rated = surveys.answered(newest, parts, self._texts, self._clock.now())
        made = await self._rated(newest, inbound, rated) if rated is not None else []
        if not made or newest is None or newest.controller in (Controller.QUEUE, Controller.AGENT):
            return made
        draft = self._bounds.draft(newest, inbound)
        surveys.thanks(draft, self._texts)
        draft.add("ratings", *made[0].ratings)
        return [draft.changes()]

    def _seen(self, session: Session | None, inbound: Inbound, seq: int) -> list[Changes]:
        if session is None or not session.customer_read_seq < seq <= session.seq:
            return []
        draft = self._bounds.draft(session, inbound)
        draft.set(customer_read_seq=seq)
        return [draft.changes()]

    async def _came(self, session: Session | None, inbound: Inbound, came: Came) -> list[Changes]:
        """Who shows a code of ours is told what became of it, in a conversation that this opens where there is none."""
        if not came.code:
            return await self._tidings.take(session, inbound, came)
        draft, before = await self._bounds.opened(session, inbound)
        maker = await self._scans.take(draft, inbound, came.code)
        return [*before, draft.changes(), *maker]

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

    async def _meanwhile(self, draft: Draft, current: Looking, heard: Message) -> None:
        """Something is being looked up: what came meanwhile waits behind it, but for what can't wait."""
        question = asked(heard)
        decision = await self._decide(draft, question, picked(heard)) if question.has_words else None
        if decision is not None and looking.is_urgent(decision):
            draft.set(looking=None, language=decision.language, memory=decision.memory)
            await self._hand_off(draft, heard, decision)
        elif not looking.wait(draft, current, heard):
            draft.set(looking=None)
            await self._hand_off(draft, heard, self._failed(draft.session, Reason.BOT_TIMEOUT))

    async def _looked_up(
        self, session: Session | None, inbound: Inbound, result: LookedUp, *, is_rescue: bool = False
    ) -> list[Changes]:  # fmt: skip
        """Say what was found, then answer what came meanwhile. Where nobody waits for it any more, its key alone is kept."""
        current = looking.awaited(session, result)
        if session is None or current is None:
            return [Changes(keys=(inbound.key,), expects=(session.id, session.version))] if session else []
        draft = self._bounds.draft(session, structs.replace(inbound, answer_by=current.answer_by))
        draft.set(looking=None)
        if is_rescue:
            await self._hand_off(draft, current.heard, self._failed(session, Reason.BOT_ERROR))
        else:
            settled = looking.settled(current, result, session.memory, self._texts)
            await self._speak(draft, current.heard, withheld(session, settled, looked_up=current.decision.lookup))
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
            await self._answer(draft, heard)

    # ---- the bot's turn --------------------------------------------------------------------------------------------------------

    async def _answer(self, draft: Draft, heard: Message | Heard, told: tuple[Part, ...] | None = None) -> None:
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
        decision = await self._decide(draft, question, picked(heard))
        self._metrics.bot_seconds.observe(self._clock.monotonic() - started_s)
        self._decisions[decision.kind].inc()
        if told is not None and told != heard.parts:
            decision = forgetting(decision, session.memory, question.text)
        draft.set(language=decision.language, memory=decision.memory)
        decision = read_by_people(heard.parts, decision)
        if draft.is_letter and is_last_word(decision, question.text):
            self._let_rest(draft, heard)
            return
        decision = withheld(session, replying(session, decision, self._settings))
        if not self._begins_looking(draft, heard, decision):
            await self._speak(draft, heard, decision)

    def _let_rest(self, draft: Draft, heard: Message | Heard) -> None:
        """Thanks by mail need no mail. Where they are all that an episode begins with, it is over: the matter was settled before."""
        if heard.seq == draft.session.first_seq:
            draft.close(CloseReason.RESOLVED)

    async def _spare(self, draft: Draft, heard: Message) -> None:
        """Whoever writes may be a program that answers programs: people get it with what the bot makes of it, and nothing is said."""
        question = asked(heard)
        decision = await self._decide(draft, question, None) if question.has_words else self._failed(draft.session, Reason.LOOP_DETECTED)
        draft.set(language=decision.language, looking=None)
        await self._hand_off(draft, heard, to_a_person(decision, Reason.LOOP_DETECTED, LIMITED))

    async def _take_wordless(self, draft: Draft, heard: Message | Heard) -> None:
        """Without words there is nothing to decide. Who has sent a mail of pictures is not asked to write another one: people look."""
        if draft.is_letter:
            await self._hand_off(draft, heard, structs.replace(self._failed(draft.session, Reason.LOW_CONFIDENCE), trigger=NO_WORDS))
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
                await self._hand_off(draft, heard, decision)
            case unknown:
                assert_never(unknown)

    async def _decide(self, draft: Draft, question: Question, picked: str | None) -> Decision:
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
            return self._failed(session, Reason.BOT_TIMEOUT)
        except Exception as error:  # whatever a brain raises, the customer gets a person and not silence
            log.exception("the bot failed", extra={"session": session.id})
            self._metrics.errors.labels("bot", type(error).__name__).inc()
            return self._failed(session, Reason.BOT_ERROR)

    def _failed(self, session: Session, reason: Reason) -> Decision:
        return Decision(kind=Kind.HANDOFF, language=session.language, reason=reason, trigger=reason.value, memory=session.memory)

    async def _hand_off(self, draft: Draft, heard: Message | Heard, decision: Decision) -> None:
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
