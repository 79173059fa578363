"""What one event does to its session: who has it is told, the outcome becomes transactions. Reads, never writes."""

from collections.abc import Mapping
from typing import Any, assert_never

from msgspec import structs

from config.schema import Settings
from gateway.bot_turns import BotTurns
from gateway.bounds import Bounds
from gateway.core.changes import Changes
from gateway.core.channel import Channel
from gateway.core.contact import Proof
from gateway.core.draft import Draft
from gateway.core.events import (
    Called,
    Came,
    Ended,
    Fated,
    Fetched,
    Inbound,
    Left,
    LinksWanted,
    LookedUp,
    Played,
    Quiet,
    Rated,
    Remarked,
    Said,
    Seen,
)
from gateway.core.handoff import Reason
from gateway.core.ids import ChannelName, Ids
from gateway.core.message import Message
from gateway.core.parts import Part, plain_text
from gateway.core.ports import Brain, Clock, Store
from gateway.core.session import Controller, Rating, Session
from gateway.core.texts import Texts
from gateway.correspondence import GIST_MAX_CHARS, gist, is_last_word
from gateway.doors import FrontDoor, Wording
from gateway.hearing import hear, proof_of
from gateway.metrics import Metrics
from gateway.posting import Posting
from gateway.questions import Question, asked, why
from gateway.quota import granting
from gateway.routing import Owner, owner
from gateway.scanning import Scans
from gateway.secrecy import Aside
from gateway.telephone import LAST_WORDS_COUNT, Telephone, chosen_language, last_wish
from gateway.tidings import Tidings
from gateway.unlinking import Linked, Unlinking
from gateway.ways import Ways
from handoff import surveys


class Episodes:
    """Turns events into transactions. One for a process; holds no state between calls."""

    def __init__(
        self, *, store: Store, brain: Brain, door: FrontDoor, channels: Mapping[ChannelName, Channel], texts: Texts, clock: Clock,
        ids: Ids, settings: Settings, metrics: Metrics, wording: Wording | None = None, aside: Aside | None = None,
    ) -> None:  # fmt: skip
        """`aside`: where secrets wait for their look-ups, shared with whoever performs them."""
        self._store = store
        self._door = door
        self._texts = texts
        self._clock = clock
        self._settings = settings
        self._bounds = Bounds(store=store, door=door, channels=channels, texts=texts, clock=clock, ids=ids, settings=settings)
        self._scans = Scans(store, texts, settings.gateway.name)
        self._unlinking = Unlinking(store, texts, settings.gateway.name)
        self._tidings = Tidings(store, texts, self._bounds.draft, door.leave, settings.gateway.languages[0])
        self._telephone = Telephone(store=store, texts=texts, bounds=self._bounds, door=door, languages=settings.gateway.languages)
        self._posting = Posting(
            store=store, texts=texts, bounds=self._bounds, ways=Ways(store, clock, settings), clock=clock, settings=settings,
        )  # fmt: skip
        self._bot = BotTurns(
            store=store, brain=brain, door=door, bounds=self._bounds, types={name: channel.type for name, channel in channels.items()},
            texts=texts, clock=clock, settings=settings, metrics=metrics, wording=wording, aside=aside or Aside(),
        )  # fmt: skip

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
                return await self._bot.looked_up(session, inbound, result)
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
            return await self._bot.looked_up(session, inbound, inbound.event, is_rescue=True)
        assert isinstance(inbound.event, Said)
        if inbound.quiet is Quiet.AUTOMATIC:
            return self._bounds.overheard(session, inbound, inbound.event.parts)
        draft, before = await self._bounds.opened(session, inbound)
        heard = hear(draft, inbound, inbound.event.parts)
        if draft.session.controller is Controller.BOT:
            await self._bot.hand_off(draft, heard, self._bot.failed(draft.session, Reason.BOT_ERROR))
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
            await self._bot.spare(draft, heard)
        elif draft.session.looking is None:
            await self._bot.answer(draft, heard, parts)
        else:
            await self._bot.meanwhile(draft, draft.session.looking, heard)
        return [*before, draft.changes()]

    async def _of_call(self, session: Session | None, inbound: Inbound, news: Called | Played | LinksWanted) -> list[Changes]:
        if isinstance(news, LinksWanted):
            return await self._posting.take(session, inbound, news)
        return await self._telephone.take(session, inbound, news)

    async def _tell_people(self, draft: Draft, heard: Message) -> None:
        """Who writes to people waits for them from now on; mere thanks by mail wait for nothing."""
        text = gist(asked(heard).text) if draft.is_letter else ""
        if 0 < len(text) <= GIST_MAX_CHARS and is_last_word(await self._bot.decide(draft, Question(text), None), text):
            return
        await self._door.heard(draft)

    async def _to_a_person(self, draft: Draft, heard: Message, code: str) -> None:
        """They have asked for a person in a way that needs no bot to tell: a key, or words that nobody understood twice."""
        reason = Reason(code) if code in tuple(Reason) else Reason.EXPLICIT_REQUEST
        session, decision = draft.session, self._bot.failed(draft.session, reason)
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
