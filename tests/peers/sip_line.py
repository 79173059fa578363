"""The SIP driver as the tests have it: running, and each call that comes handed out with all that happened to it."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from msgspec import convert

from adapters.phone.driver import Ended, Leg, LegEvent, Sound, Speech, Take
from adapters.phone.sip.driver import SipDriver
from adapters.phone.tools import Tools
from config.phone import Phone
from gateway.core.ids import ChannelName
from tests.peers.processes import free_port
from tests.peers.sip_caller import HOST

WAIT_S = 30.0
NO_WORD: Mapping[str, bytes] = {}
"""Nobody waits for a last word when a line is closed."""


class Taken:
    """A call that came, or that we made: its leg, and what happened to it."""

    def __init__(self, leg: Leg) -> None:
        self.leg = leg
        self.events: list[LegEvent] = []
        self.sound = bytearray()
        self._news = asyncio.Condition()

    async def follow(self) -> None:
        async for event in self.leg.events():
            async with self._news:
                if isinstance(event, Sound):
                    self.sound += event.pcm
                else:
                    self.events.append(event)
                self._news.notify_all()

    async def until(self, is_so: Callable[["Taken"], bool]) -> None:
        async with asyncio.timeout(WAIT_S), self._news:
            while not is_so(self):
                await self._news.wait()

    async def sees(self, event: LegEvent) -> None:
        """Until this has happened."""
        await self.until(lambda taken: event in taken.events)

    async def ended(self) -> Ended:
        await self.until(lambda taken: any(isinstance(event, Ended) for event in taken.events))
        last = self.events[-1]
        assert isinstance(last, Ended)
        return last

    async def play(self, pcm: bytes, mark: str) -> None:
        await self.leg.play(Speech(text="", language="en", pcm=pcm), mark)


class SipLine:
    """The driver, and the calls that it took."""

    def __init__(self, driver: SipDriver, port: int) -> None:
        self.driver = driver
        self.port = port
        self._calls: asyncio.Queue[Taken] = asyncio.Queue()

    async def take(self, leg: Leg) -> None:
        taken = Taken(leg)
        self._calls.put_nowait(taken)
        await taken.follow()

    async def next(self) -> Taken:
        async with asyncio.timeout(WAIT_S):
            return await self._calls.get()

    @property
    def waiting_count(self) -> int:
        return self._calls.qsize()

    async def up(self, restarts_count: int = 0) -> None:
        """Until the worker takes calls."""
        async with asyncio.timeout(WAIT_S):
            while not (self.driver.health.is_up and self.driver.health.facts["restarts"] >= restarts_count):
                await asyncio.sleep(0.02)


def tools() -> Tools:
    """What this driver takes of them."""
    clock = SimpleNamespace(monotonic=time.monotonic)
    nothing: Any = None
    return Tools(
        secret=b"", clock=cast("Any", clock), data_dir=Path(), public_url="", shelf=nothing, notebook=nothing, bus=nothing, files=nothing,
        languages=("en",),
    )  # fmt: skip


@asynccontextmanager
async def sip_line(
    *, port: int = 0, rtp_timeout_s: int = 60, sip: dict[str, Any] | None = None, take: Take | None = None,
    last_words: Mapping[str, bytes] = NO_WORD, **settings: Any,
) -> AsyncIterator[SipLine]:  # fmt: skip
    """Until the end of the block. `take`: who takes the calls instead."""
    port = port or free_port()
    phone = convert({"sip": {"listen": f"{HOST}:{port}", "rtp_ports": "30000-39998", **(sip or {})}, "type": "phone", **settings}, Phone)
    line = SipLine(SipDriver(ChannelName("phone"), phone, tools(), rtp_timeout_s=rtp_timeout_s, last_words=last_words), port)
    running = asyncio.create_task(line.driver.run(take or line.take))
    try:
        await line.up()
        yield line
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
