"""Pushes whose peer waits on the line, over a real store and bus; the test decides when turns are committed and how time passes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from config.schema import BusSettings
from config.texts import load_texts
from gateway.attention import Watch
from gateway.bus import open_bus
from gateway.core.allowance import Grant, Pocket
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, EventKey, Thread, WorkerId, session_id
from gateway.core.message import Author, Message, Status
from gateway.core.parts import Part, Text
from gateway.core.session import Session
from gateway.core.signals import signals_of
from gateway.core.texts import Texts
from gateway.delivery import Delivery
from gateway.in_place import Answer, InPlace, Silence
from gateway.metrics import Metrics
from gateway.quota import granting
from gateway.store import SqliteStore
from tests.fakes import CountedIds, FrozenClock
from tests.peers.line_channel import LineChannel
from tests.peers.push_channel import texts

PUSH = ChannelName("push")
PASSIVE_S = 1.5
SOON_S = 30.0


class Time(FrozenClock):
    """A frozen clock whose steps wake those who wait for them."""

    def __init__(self) -> None:
        super().__init__()
        self._step = asyncio.Event()

    async def pass_by(self, seconds: float) -> None:
        self.advance(seconds)
        step, self._step = self._step, asyncio.Event()
        step.set()
        await asyncio.sleep(0)

    async def pause(self, watch: Watch, seconds: float) -> bool:
        until, coming = self.now() + timedelta(seconds=seconds), watch.coming()
        while not coming.done() and self.now() < until:
            step: asyncio.Future[Any] = asyncio.ensure_future(self._step.wait())
            try:
                await asyncio.wait([coming, step], return_when=asyncio.FIRST_COMPLETED)
            finally:
                step.cancel()
        return watch.take_news()


class LineWorld:
    """One thread's customer, a store, a bus, a channel with a line."""

    def __init__(self, store: SqliteStore, bus: Bus, clock: Time) -> None:
        self.store, self.bus, self.clock, self.ids = store, bus, clock, CountedIds()
        self.channel = LineChannel()
        self.is_there = True
        self.in_place = self.process()
        self._tasks: list[asyncio.Task[None]] = []

    def process(self) -> InPlace:
        """Another process that places answers."""
        return InPlace(
            store=self.store, bus=self.bus, clock=self.clock, metrics=Metrics(with_process=False), texts=Texts(load_texts()),
            pause=self.clock.pause, drain_s=1.0,
        )  # fmt: skip

    async def start(self, in_place: InPlace) -> None:
        await in_place.open()
        self._tasks.append(asyncio.create_task(in_place.run()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        await self.in_place.close()

    def inbound(self, key: str = "m1", text: str = "hello?", **fields: Any) -> Inbound:
        now = self.clock.now()
        values: dict[str, Any] = {
            "event": Said((Text(text),)), "answer_by": now + timedelta(seconds=PASSIVE_S),
            "grant": Grant(pocket=Pocket.SAID, count=5, until=now + timedelta(hours=48)),
        }  # fmt: skip
        return Inbound(
            channel=PUSH, thread=Thread("ann"), key=EventKey(f"push/{key}"), sender=Address(AddressKind.API, "push", "ann"), at=now,
            **values | fields,
        )  # fmt: skip

    async def push(self, inbound: Inbound, *, by: InPlace | None = None, is_alone: bool = False) -> "asyncio.Task[Answer | Silence]":
        """The peer's call, begun: it waits for its answer."""
        accepted = asyncio.Event()

        async def accept(event: Inbound) -> bool:
            is_new = await self.bus.append(event)
            accepted.set()
            return is_new

        asking = (by or self.in_place).answer(self.channel, inbound, accept, lambda: self.is_there, is_alone=is_alone)
        task = asyncio.create_task(asking)
        async with asyncio.timeout(SOON_S):
            await accepted.wait()
        return task

    async def turn(
        self, inbound: Inbound, *words: str | Part, is_signalled: bool = True, here: InPlace | None = None, **looking: Any
    ) -> Session:
        """The bot's turn about the event, committed and told. `here`: it runs in the process of whoever is on the line."""
        before = await self.session()
        draft = Draft(
            before or self._fresh(inbound), now=self.clock.now(), ids=self.ids, is_pushed=True, is_joined=True,
            answer_by=inbound.answer_by, grant=inbound.grant,
        )  # fmt: skip
        draft.hear(inbound, inbound.event.parts if isinstance(inbound.event, Said) else ())
        for word in words:
            draft.say(Author.BOT, (Text(word) if isinstance(word, str) else word,))
        draft.set(**looking)
        (changes,) = granting(inbound, [draft.changes()], self.clock.now())
        if here is not None:
            offered = here.offer(inbound, changes)
            outcomes = await self.store.commit([offered])
            here.decided(offered, is_written=outcomes == [None])
            if outcomes == [None]:
                return draft.session
        await self.tell(before, changes, is_signalled=is_signalled)
        return draft.session

    async def tell(self, before: Session | None, changes: Changes, *, is_signalled: bool = True) -> None:
        """Commit, and say so."""
        await self.commit(changes)
        if is_signalled:
            for topic, payload in signals_of(before, changes):
                await self.bus.signal(topic, payload)

    async def commit(self, changes: Changes) -> None:
        assert await self.store.commit([changes]) == [None]

    async def session(self) -> Session | None:
        return await self.store.session(session_id(PUSH, Thread("ann"), 1))

    def delivery(self) -> Delivery:
        async def sleep(seconds: float) -> None:
            self.clock.advance(seconds)

        return Delivery(
            self.store, self.bus, {PUSH: self.channel}, clock=self.clock, worker=WorkerId("sender"), metrics=Metrics(with_process=False),
            sleep=sleep, poll_s=0.05, drain_s=0.0, texts=Texts(load_texts()),
        )  # fmt: skip

    async def settled(self) -> None:
        """What is known to be written, or lost, is on record."""
        await self.in_place.settling.flush()

    async def given_back(self) -> None:
        """Every row that an answer has leased is free again."""
        async with asyncio.timeout(SOON_S):
            while any(row.is_leased for row in await self.store.outgoing_of(PUSH, Thread("ann"), 10)):
                await self.settled()

    async def statuses(self) -> list[Status]:
        """Of what we have said, in order."""
        return [message.status for message in await self.said()]

    async def said(self) -> list[Message]:
        messages = await self.store.thread_messages(PUSH, Thread("ann"), 0, 100)
        return [message for message in messages if message.author is not Author.CUSTOMER]

    def _fresh(self, inbound: Inbound) -> Session:
        now = self.clock.now()
        return Session(
            id=session_id(PUSH, inbound.thread, 1), channel=PUSH, thread=inbound.thread, episode=1, address=inbound.sender, opened_at=now,
            state_since=now, language="en",
        )  # fmt: skip


@asynccontextmanager
async def line_world(folder: Path) -> AsyncIterator[LineWorld]:
    clock = Time()
    store = SqliteStore(folder / "record.db", clock=clock)
    await store.open()
    bus = open_bus(BusSettings(), log=store, clock=clock)
    await bus.open()
    world = LineWorld(store, bus, clock)
    await world.start(world.in_place)
    yield world
    await world.stop()
    await bus.close()
    await store.close()


async def given(task: "asyncio.Task[Answer | Silence]") -> Answer:
    """The answer that a push got."""
    answer = await outcome(task)
    assert isinstance(answer, Answer), f"expected an answer, got {answer}"
    return answer


async def outcome(task: "asyncio.Task[Answer | Silence]") -> Answer | Silence:
    async with asyncio.timeout(SOON_S):
        return await task


async def sent(world: LineWorld) -> list[str]:
    """What delivery sends when it looks now."""
    before = len(world.channel.taken)
    await world.delivery().send_due()
    return list(texts(world.channel))[before:]
