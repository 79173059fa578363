"""The queue's engine dies at any moment of a round; another goes on. Nothing is doubled, nothing is forgotten."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway.core.handoff import AgentStatus
from gateway.core.session import State
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, open_floor, sid

CALLS = (
    "open_handoffs",
    "agents",
    "sessions",
    "held_units",
    "commit",
    "recent_waits",
    "session_messages",
    "sessions_in",
    "case_of_session",
)


@pytest.mark.parametrize("is_done_first", [False, True])
async def test_an_engine_that_dies_anywhere_leaves_a_state_that_the_next_one_finishes(
    tmp_path: Path, clock: FrozenClock, is_done_first: bool
) -> None:
    for at in count(1):
        async with open_floor(_folder(tmp_path, at), clock) as floor:
            await _three_to_serve(floor)
            was_cut = await _round_that_dies(floor, at, is_done_first=is_done_first)
            await floor.engine.round()
            await floor.engine.round()
            await _check(floor)
        if not was_cut:
            assert at > 10  # a round makes more calls than that
            return


async def test_a_read_that_is_cancelled_just_as_it_ends_is_cancelled(tmp_path: Path, clock: FrozenClock) -> None:
    async with open_floor(tmp_path, clock) as floor:
        await floor.hire("amy")
        reading = asyncio.create_task(floor.store.agents())
        await asyncio.sleep(0)
        time.sleep(0.2)  # noqa: ASYNC251 - the reader's thread has its result; the loop has not heard of it yet
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading


async def test_an_engine_stops_at_any_moment_when_it_is_told_to(tmp_path: Path, clock: FrozenClock) -> None:
    async with open_floor(tmp_path, clock) as floor:
        for ticks in range(100):
            running = asyncio.create_task(floor.engine.run())
            for _ in range(ticks):
                await asyncio.sleep(0)
            running.cancel()
            async with asyncio.timeout(30):
                await asyncio.gather(running, return_exceptions=True)


async def _three_to_serve(floor: Floor) -> None:
    """One session whose agent has just been disabled, one offer that has expired, one new customer; and one agent with room for two."""
    zoe, amy = await floor.hire("zoe"), await floor.hire("amy")
    await floor.ask_for_a_person("lost")
    await floor.desk.accept(zoe, sid("lost"))
    await floor.desk.disable("zoe", actor="command")
    await floor.ask_for_a_person("slow")
    await floor.engine.round()
    await floor.desk.set_status(amy.id, AgentStatus.AWAY)  # the offer is to be withdrawn
    await floor.hire("bob", capacity_units=2)
    await floor.ask_for_a_person("new")


async def _round_that_dies(floor: Floor, at: int, *, is_done_first: bool) -> bool:
    """Make a round that ends at its `at`-th call on the store; False: it has fewer."""
    with pytest.MonkeyPatch.context() as patch:
        cut_short(floor.store, patch, at, is_done_first=is_done_first)
        try:
            await floor.another_engine("dying").round()
        except asyncio.CancelledError:
            return True
    return False


async def _check(floor: Floor) -> None:
    whom = {thread: await floor.offered_to(thread) for thread in ("lost", "slow", "new")}
    assert list(whom.values()).count("bob") == 2
    for thread, queued in (("lost", 2), ("slow", 1), ("new", 1)):
        lines = [line.what for line in await floor.traces(thread)]
        assert lines.count("queued") == queued
        assert lines.count("withdrawn") == (thread == "slow")
        assert (await floor.session(thread)).state is (State.OFFERED if whom[thread] else State.QUEUED)
    assert (await floor.words("lost")).count("system: Zoe has lost the connection. We are finding you another colleague.") == 1
    assert await floor.store.held_units() == {"bob": 2}


def cut_short(store: object, patch: pytest.MonkeyPatch, at: int, *, is_done_first: bool) -> None:
    """Let the `at`-th call on the store be the last: cancelled before it begins, or right after it is done."""
    calls = count(1)

    def counted(call: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def last_or_not(*given: Any, **named: Any) -> Any:
            is_last = next(calls) == at
            if is_last and not is_done_first:
                raise asyncio.CancelledError
            result = await call(*given, **named)
            if is_last:
                raise asyncio.CancelledError
            return result

        return last_or_not

    for name in CALLS:
        patch.setattr(store, name, counted(getattr(store, name)))


def _folder(parent: Path, at: int) -> Path:
    folder = parent / str(at)
    folder.mkdir()
    return folder
