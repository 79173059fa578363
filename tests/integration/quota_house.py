"""A house with one channel that counts messages: the real record, the real turns' decisions and the real outbox, and a clock to move."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from config.schema import BusSettings, Settings, WeChat
from config.texts import load_texts
from gateway.bus import open_bus
from gateway.core.allowance import Allowance, Grant, Pocket
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.decision import Ask, Decision, Kind, Lookup
from gateway.core.draft import Draft
from gateway.core.errors import Repeat
from gateway.core.events import Event, Inbound, Left, Said
from gateway.core.handoff import Reason
from gateway.core.ids import AgentId, ChannelName, EntryId, Thread, WorkerId
from gateway.core.message import Author, Message, Status
from gateway.core.parts import Notice, Text, plain_text
from gateway.core.session import CloseReason, Move, Session
from gateway.core.signals import signals_of
from gateway.core.texts import Texts
from gateway.delivery import Delivery
from gateway.episode import Episodes
from gateway.metrics import Metrics
from gateway.store import SqliteStore
from handoff import surveys
from handoff.entry import Entrance
from tests.fakes import CountedIds, FrozenClock
from tests.peers.push_channel import CountedChannel

WE = ChannelName("we")
CUSTOMER = Thread("o1")
AGENT = AgentId("a7")
LONG = "\n\n".join(f"Paragraph {number}: {'word ' * 30}".strip() for number in range(1, 9))
"""Eight messages' worth."""


class Answers:
    """Answers with what it was asked; a long answer, or a person, where the words ask for it."""

    is_quick = True

    async def decide(self, ask: Ask) -> Decision:
        if ask.text == "person":
            return Decision(kind=Kind.HANDOFF, language="en", reason=Reason.EXPLICIT_REQUEST, memory=ask.memory)
        if ask.text == "order":
            lookup = Lookup(entry=EntryId("order"), action="order")
            return Decision(kind=Kind.ANSWER, language="en", lookup=lookup, confidence=1.0, memory=ask.memory)
        text = LONG if ask.text == "long" else f"answer to {ask.text}"
        return Decision(kind=Kind.ANSWER, language="en", text=text, confidence=1.0, memory=ask.memory)


class CountedHouse:
    """What a customer and an agent do, and what became of it."""

    def __init__(self, store: SqliteStore, bus: Bus, clock: FrozenClock, channel: CountedChannel) -> None:
        self.store, self.bus, self.clock, self.channel = store, bus, clock, channel
        self.ids = CountedIds()
        self.texts = Texts(load_texts())
        settings = Settings(channels={WE: WeChat(app_id="wx1", app_secret="s", token="t", mode="plain")})
        entrance = Entrance(store=store, clock=clock, texts=self.texts, settings=settings)
        self.episodes = Episodes(
            store=store, brain=Answers(), door=entrance, channels=MappingProxyType({WE: channel}), texts=self.texts, clock=clock,
            ids=self.ids, settings=settings, metrics=Metrics(with_process=False),
        )  # fmt: skip
        self._events = 0

    def worker(self, name: str = "ann") -> Delivery:
        return Delivery(
            self.store, self.bus, {WE: self.channel}, clock=self.clock, worker=WorkerId(name), metrics=Metrics(with_process=False),
            sleep=self._sleep, poll_s=0.05, drain_s=0.0, texts=self.texts,
        )  # fmt: skip

    async def _sleep(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await asyncio.sleep(0)

    # ---- the customer

    async def says(self, text: str = "hello", *, answer_in_s: float | None = None) -> None:
        """Write, and let the turn answer."""
        self.channel.said(CUSTOMER)
        await self.handle(self.event(Said((Text(text),)), pocket=Pocket.SAID, count=5, lasting_s=48 * 3600, answer_in_s=answer_in_s))

    async def does(self, event: Event) -> None:
        """Tap or follow."""
        self.channel.touched(CUSTOMER)
        await self.handle(self.event(event, pocket=Pocket.TOUCHED, count=3, lasting_s=60))

    async def leaves(self) -> None:
        self.channel.left(CUSTOMER)
        await self.handle(self.event(Left()))

    def event(
        self, event: Event, *, pocket: Pocket | None = None, count: int = 0, lasting_s: float = 0.0, answer_in_s: float | None = None
    ) -> Inbound:
        now = self.clock.now()
        self._events += 1
        grant = Grant(pocket=pocket, count=count, until=now + timedelta(seconds=lasting_s)) if pocket else None
        return Inbound(
            channel=WE, thread=CUSTOMER, key=event_key(WE, str(self._events)), sender=Address(AddressKind.API, WE, CUSTOMER), at=now,
            event=event, grant=grant, answer_by=None if answer_in_s is None else now + timedelta(seconds=answer_in_s),
        )  # fmt: skip

    async def handle(self, inbound: Inbound) -> list[Changes]:
        """One turn, as the lane takes it."""
        session = await self.session()
        made = await self.episodes.handle(session, inbound)
        for changes, outcome in zip(made, await self.store.commit(made), strict=True):
            assert outcome is None or isinstance(outcome, Repeat), outcome
            for topic, payload in signals_of(session, changes) if outcome is None else ():
                await self.bus.signal(topic, payload)
        return made

    # ---- people

    async def moves(self, *moves: Move) -> None:
        draft = await self._draft()
        for move in moves:
            draft.move(move, agent_id=AGENT if move is Move.ACCEPT else draft.session.agent_id)
        await self._commit(draft)

    async def agent_takes_it(self) -> None:
        await self.moves(Move.HAND_OFF, Move.OFFER, Move.ACCEPT)

    async def agent_says(self, text: str) -> None:
        draft = await self._draft()
        draft.say(Author.AGENT, (Text(text),), agent_id=AGENT)
        draft.move(Move.AGENT_SPOKE)
        await self._commit(draft)

    async def bot_and_system_say(self, *words: str) -> None:
        """In one turn."""
        draft = await self._draft()
        for text, author in zip(words, (Author.BOT, Author.SYSTEM), strict=True):
            draft.say(author, (Text(text),))
        await self._commit(draft)

    async def agent_ends_it(self) -> None:
        """With the question how it was, as the desk does."""
        draft = await self._draft()
        draft.move(Move.END)
        surveys.ask(draft, "Goodbye.", self.texts)
        draft.close(CloseReason.RESOLVED)
        await self._commit(draft)

    async def agent_notifies(self) -> None:
        draft = await self._draft()
        draft.say(Author.AGENT, (Notice("shipped", {}, "It is on its way."),), agent_id=AGENT)
        await self._commit(draft)

    async def _draft(self) -> Draft:
        session = await self.session()
        assert session is not None
        return Draft(session, now=self.clock.now(), ids=self.ids, is_pushed=True, is_joined=True)

    async def _commit(self, draft: Draft) -> None:
        assert await self.store.commit([draft.changes()]) == [None]

    # ---- what is on record

    async def session(self) -> Session | None:
        found = await self.store.latest_sessions([(WE, CUSTOMER)])
        return found[0] if found else None

    async def messages(self) -> list[Message]:
        return await self.store.thread_messages(WE, CUSTOMER, 0, 1000)

    async def said(self, *authors: Author) -> list[tuple[str, Status]]:
        """What was said to the customer, and what became of it."""
        wanted = authors or (Author.BOT, Author.AGENT, Author.SYSTEM)
        return [(plain_text(message.parts), message.status) for message in await self.messages() if message.author in wanted]

    async def allowance(self) -> Allowance:
        return await self.store.allowance(WE, CUSTOMER) or Allowance()


@asynccontextmanager
async def open_house(
    folder: Path, clock: FrozenClock, *, is_idempotent: bool = False, reserve_count: int = 1
) -> AsyncIterator[CountedHouse]:
    store = SqliteStore(folder / "record.db", clock=clock)
    await store.open()
    bus = open_bus(BusSettings(), log=store, clock=clock)
    await bus.open()
    try:
        yield CountedHouse(store, bus, clock, CountedChannel(clock, is_idempotent=is_idempotent, reserve_count=reserve_count))
    finally:
        await bus.close()
        await store.close()
