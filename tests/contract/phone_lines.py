"""A driver's line as its contract sees it: everybody on the other side, and what happened to one call."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Literal, Protocol, TypeVar

import numpy as np

from adapters.phone.audio import BYTES_PER_S
from adapters.phone.driver import (
    Driver,
    Leg,
    LegEvent,
    Sound,
    Speech,
)

NUMBER, NAME = "+8613800138000", "张先生"
WORDS = "您的订单已经发出"
PATIENCE_S = 30.0
"""Of real time, for anything at all."""
QUIET = 16
LOUD = b"\x00\x30\x00\xd0"
KEYS = "1234567890*#1155"

Manner = Literal["answers", "rings", "busy", "refuses"]
E = TypeVar("E", bound=LegEvent)


def sound(seconds: float) -> bytes:
    """Something to be heard."""
    return LOUD * int(seconds * BYTES_PER_S / len(LOUD))


def loud_s(pcm: bytes) -> float:
    """How many seconds of it are not silence (which is 8, not 0, once it has been A-law)."""
    samples = np.abs(np.frombuffer(pcm[: len(pcm) // 320 * 320], "<i2").astype(np.int32)).reshape(-1, 160)
    return int((samples.max(axis=1, initial=0) > QUIET).sum()) * 0.02


class Line(Protocol):
    """A driver, and all who are on the other side of it."""

    @property
    def driver(self) -> Driver: ...

    @property
    def phone(self) -> str:
        """An agent's phone, as `bridge` and `dial` want it."""
        ...

    @property
    def elsewhere(self) -> str:
        """Where a caller may be transferred to."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may tell."""
        ...

    async def ready(self) -> bool:
        """Calls can come in."""
        ...

    async def ring(self, number: str, name: str) -> None:
        """Somebody calls."""
        ...

    def is_answered(self) -> bool: ...

    def refused_with(self) -> int | None:
        """The SIP code, or what is nearest to it, with which the call was refused or ended."""
        ...

    def is_on_line(self) -> bool:
        """The caller has not hung up, and was not hung up on."""
        ...

    def heard_s(self) -> float:
        """How many seconds that are not silence the caller has heard (words: by their length)."""
        ...

    async def press(self, keys: str) -> None: ...

    async def say(self, seconds: float) -> None:
        """The caller speaks, and has begun when this returns."""
        ...

    @property
    def lost_max_s(self) -> float:
        """Of half a second that is said: real time loses words on a machine that stands still for a moment."""
        ...

    async def hold(self, *, is_on: bool) -> None: ...

    async def hang_up(self) -> None: ...

    def agent(self, manner: Manner) -> None:
        """What the agent's phone does when it rings."""
        ...

    async def agent_says(self, seconds: float) -> None: ...

    def agent_heard_s(self) -> float: ...

    async def agent_hangs_up(self) -> None: ...

    def elsewhere_takes(self, *, is_taking: bool) -> None:
        """What becomes of a caller who is transferred."""
        ...

    async def lose(self) -> None:
        """What carries the calls dies."""
        ...

    async def pass_time(self, seconds: float) -> None: ...

    def left_behind(self) -> list[str]:
        """What should not be there any more once the driver is closed."""
        ...


class Call:
    """A leg, and all that it has told."""

    def __init__(self, leg: Leg, line: Line) -> None:
        self.leg = leg
        self.line = line
        self.events: list[LegEvent] = []
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async for event in self.leg.events():
            self.events.append(event)

    async def followed(self) -> None:
        """Until it is over."""
        await asyncio.wait({self._task})

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[E], count: int = 1) -> E:
        """The event, once it has come so often."""
        await until(self.line, lambda: len(self.all(kind)) >= count, f"{kind.__name__}, got {self.told}")
        return self.all(kind)[count - 1]

    @property
    def sound(self) -> bytes:
        return b"".join(event.pcm for event in self.all(Sound))

    @property
    def told(self) -> list[LegEvent]:
        return [event for event in self.events if not isinstance(event, Sound)]

    async def say(self, mark: str, seconds: float = 0.2) -> None:
        await self.leg.play(speech(self.line, seconds), mark)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


def speech(line: Line, seconds: float) -> Speech:
    return Speech(text=WORDS, language="zh-CN", pcm=sound(seconds) if line.driver.abilities.raw_audio else None)


async def until(line: Line, holds: Callable[[], bool], what: str) -> None:
    """Time passes until it is so."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await line.pass_time(0.02)
    except TimeoutError:
        raise AssertionError(f"expected {what}") from None


async def spoken(line: Line, *speakers: Callable[[float], Awaitable[None]], until_so: Callable[[], bool], what: str) -> None:
    """They speak, again and again, until it is so."""
    for number in range(int(PATIENCE_S / 0.02)):
        if until_so():
            return
        if number % 30 == 0:
            for say in speakers:
                await say(0.5)
        await line.pass_time(0.02)
    raise AssertionError(f"expected {what}")


async def still(line: Line) -> None:
    """Until the caller hears nothing any more, which what plays on would never let be."""

    async def is_still() -> bool:
        heard_s = line.heard_s()
        await line.pass_time(0.3)
        return line.heard_s() == heard_s

    async with asyncio.timeout(PATIENCE_S):
        while not await is_still():
            pass


@asynccontextmanager
async def taking(line: Line) -> AsyncIterator[asyncio.Queue[Call]]:
    """The driver runs; its calls come here, and are followed until they are over."""
    queue: asyncio.Queue[Call] = asyncio.Queue()
    made: list[Call] = []

    async def take(leg: Leg) -> None:
        call = Call(leg, line)
        made.append(call)
        queue.put_nowait(call)
        await call.followed()

    running = asyncio.create_task(line.driver.run(take))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await line.ready():
                await line.pass_time(0.02)
                await asyncio.sleep(0.001)
        yield queue
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await line.driver.close()
        for call in made:
            await call.stop()


async def rung(line: Line, calls: "asyncio.Queue[Call]") -> Call:
    """Somebody calls, and nobody has answered yet."""
    await line.ring(NUMBER, NAME)
    await until(line, lambda: not calls.empty(), "a call")
    return calls.get_nowait()


async def answered(line: Line, calls: "asyncio.Queue[Call]") -> Call:
    """Somebody has called, and was answered."""
    call = await rung(line, calls)
    await call.leg.answer()
    await until(line, line.is_answered, "the call to be answered")
    return call
