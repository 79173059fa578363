"""The sign that somebody writes: shown seldom enough, by one process, gone when the answer goes."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.core.ids import Thread, WorkerId
from gateway.core.signals import TYPING, TypingAt, pack
from gateway.in_place import Silence
from gateway.metrics import Metrics
from gateway.typing_signs import TypingSigns
from tests.integration.line_world import PASSIVE_S, PUSH, SOON_S, LineWorld, line_world, outcome

ON, OFF = ("ann", True), ("ann", False)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[LineWorld]:
    async with line_world(tmp_path) as made:
        yield made


@asynccontextmanager
async def showing(world: LineWorld, name: str = "w") -> AsyncIterator[TypingSigns]:
    signs = TypingSigns(world.bus, {PUSH: world.channel}, clock=world.clock, worker=WorkerId(name), metrics=Metrics(with_process=False))
    running = asyncio.create_task(signs.run())
    await until(lambda: TYPING in world.bus._topics)  # type: ignore[attr-defined]
    await world.bus.take("other", WorkerId(name), 1)  # the lease that was asked for before is there
    yield signs
    running.cancel()
    await asyncio.wait([running])


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not is_so():
            await asyncio.sleep(0.005)


async def tell(world: LineWorld, *, is_on: bool) -> None:
    await world.bus.signal(TYPING, pack(TypingAt(PUSH, Thread("ann"), is_on)))
    await asyncio.sleep(0.01)


async def test_a_sign_is_shown_once_while_it_lasts_and_taken_back(world: LineWorld) -> None:
    async with showing(world):
        for _ in range(3):
            await tell(world, is_on=True)
            await world.clock.pass_by(4)
        await until(lambda: world.channel.typing == [ON])
        await world.clock.pass_by(4)
        await tell(world, is_on=True)
        await until(lambda: world.channel.typing == [ON, ON])
        await tell(world, is_on=False)
        await until(lambda: world.channel.typing == [ON, ON, OFF])
        await tell(world, is_on=True)
        assert world.channel.typing == [ON, ON, OFF]
        await world.clock.pass_by(5)
        await tell(world, is_on=True)
        await until(lambda: world.channel.typing == [ON, ON, OFF, ON])


async def test_a_late_answer_shows_the_sign_until_it_goes(world: LineWorld) -> None:
    async with showing(world):
        inbound = world.inbound()
        push = await world.push(inbound)
        await world.clock.pass_by(PASSIVE_S)
        assert await outcome(push) is Silence.LATE
        await until(lambda: world.channel.typing == [ON])
        await world.turn(inbound, "here it is")
        await until(lambda: world.channel.typing == [ON, OFF])


async def test_one_process_shows_it(world: LineWorld) -> None:
    async with showing(world, "one"), showing(world, "two"):
        await tell(world, is_on=True)
        await until(lambda: ON in world.channel.typing)
        assert world.channel.typing == [ON]


async def test_a_channel_that_fails_to_show_it_harms_nobody(world: LineWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []

    async def broken(outgoing_to: str, *, is_on: bool) -> None:
        calls.append(is_on)
        raise RuntimeError("no such thing")

    monkeypatch.setattr(world.channel, "show_typing", broken)
    async with showing(world):
        await tell(world, is_on=True)
        await tell(world, is_on=False)
        await until(lambda: calls == [True, False])
