"""A driver with a cloud in front of it, and whoever follows its calls: the test itself."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

from adapters.phone.driver import Ended, Hearing, Leg, LegEvent, Speech
from adapters.phone.tools import Tools
from adapters.phone.twiml.driver import TwimlDriver, open_twiml
from adapters.phone.twiml.line import Pace
from config.phone import Phone, Twiml
from gateway.bus.mailbox import Mailbox
from gateway.bus.shelf import LocalShelf
from gateway.core.channel import Raw
from gateway.core.errors import Busy
from gateway.core.ids import ChannelName
from tests.fakes import FrozenClock
from tests.peers.twiml.call import CloudCall
from tests.peers.twiml.cloud import PUBLIC, TOKEN, Cloud, Got

SECRET = b"s" * 32
QUICK = Pace(patience_s=0.3, waiting_s=0.05, settle_s=0.01, asking_s=1, taped_s=1, recording_s=1)
"""Nothing in a test thinks for seconds."""


class Board:
    """Signals of several processes, in one."""

    def __init__(self) -> None:
        self.readers: dict[str, set[Mailbox]] = {}
        self.failures = 0
        """So many subscriptions fail."""

    async def signal(self, topic: str, payload: bytes) -> None:
        for mailbox in tuple(self.readers.get(topic, ())):
            mailbox.put(topic, payload)

    async def subscribe(self, *topics: str) -> "Reading":
        if self.failures:
            self.failures -= 1
            raise Busy("the bus", 1)
        mailbox = Mailbox()
        for topic in topics:
            self.readers.setdefault(topic, set()).add(mailbox)
        return Reading(self, mailbox)


@dataclass
class Reading:
    board: Board
    mailbox: Mailbox

    def __aiter__(self) -> AsyncIterator[tuple[str, bytes]]:
        return aiter(self.mailbox)

    async def close(self) -> None:
        for readers in self.board.readers.values():
            readers.discard(self.mailbox)


@dataclass(eq=False)
class Followed:
    """A call as its follower has it."""

    leg: Leg
    seen: list[LegEvent] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _read_count: int = 0

    async def follow(self) -> None:
        async for event in self.leg.events():
            self.seen.append(event)
            self.news.set()

    async def next(self) -> LegEvent:
        """The next event that the test has not looked at."""
        async with asyncio.timeout(30):
            while len(self.seen) <= self._read_count:
                self.news.clear()
                await self.news.wait()
        self._read_count += 1
        return self.seen[self._read_count - 1]

    async def ended(self) -> Ended:
        """The last event."""
        while not isinstance(event := await self.next(), Ended):
            pass
        return event


@dataclass(eq=False)
class Rig:
    """One process: its driver, and the calls that it takes."""

    driver: TwimlDriver
    clock: FrozenClock
    board: Board
    taken: asyncio.Queue[Followed] = field(default_factory=asyncio.Queue)

    async def take(self, leg: Leg) -> None:
        followed = Followed(leg)
        self.taken.put_nowait(followed)
        await followed.follow()

    async def call(self) -> Followed:
        """The next call that was taken."""
        async with asyncio.timeout(30):
            return await self.taken.get()

    async def door(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Got:
        """The web process, without HTTP."""
        raw = Raw(
            body=body, received_at_ms=self.clock.now_ms(), method=method, path=urlsplit(target).path, headers=headers,
            query={name: values[0] for name, values in parse_qs(urlsplit(target).query).items()}, context={"target": target},
        )  # fmt: skip
        reply = await self.driver.webhook(raw)
        return Got(reply.status, reply.content_type, reply.body)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Rig"]:
        """Taking calls."""
        work = asyncio.create_task(self.driver.run(self.take))
        await asyncio.sleep(0)
        try:
            yield self
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
            await self.driver.close()


def rig(
    *, clock: FrozenClock | None = None, board: Board | None = None, shelf: LocalShelf | None = None, pace: Pace = QUICK,
    twiml: Twiml | None = None, music: str = "", **settings: Any,
) -> Rig:  # fmt: skip
    """A driver that talks to nobody yet."""
    clock, board = clock or FrozenClock(), board or Board()
    nothing = cast("Any", None)
    tools = Tools(
        secret=SECRET, clock=clock, data_dir=Path(), public_url=PUBLIC, shelf=shelf or LocalShelf(clock), notebook=nothing, bus=board,
        files=nothing, languages=("zh-CN", "en"),
    )  # fmt: skip
    chosen = Phone(driver="twiml", twiml=twiml or Twiml(auth_token=TOKEN, account=""), hold_music=music, **settings)
    return Rig(open_twiml(ChannelName("hotline"), chosen, tools, pace=pace), clock, board)


def cloud_of(one: Rig) -> Cloud:
    """A cloud whose webhooks come to this process."""
    return Cloud(one.door, one.clock)


def speech(text: str, language: str = "en") -> Speech:
    """Words that the cloud speaks."""
    return Speech(text=text, language=language)


async def ring(one: Rig, cloud: Cloud, *said: str, hearing: Hearing | None = None, **extra: str) -> tuple[Followed, CloudCall]:
    """Somebody calls, hears this, and is listened to."""
    ringing = asyncio.create_task(cloud.ring(**extra))
    call = await one.call()
    for number, text in enumerate(said, start=1):
        await call.leg.play(speech(text), f"m{number}")
    await call.leg.hear(hearing or KEY)
    return call, await ringing


KEY = Hearing(keys_max_count=1, silence_s=6)
WORDS = Hearing(speech=True, keys_max_count=1, silence_s=6, language="zh-CN", hints=("退款", "物流, 快递"))
