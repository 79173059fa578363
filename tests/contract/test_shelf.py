"""What every shelf keeps, in memory or in Redis: values with an end that all processes of a bus share."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from config.schema import BusSettings
from gateway.bus import open_bus, open_shelf
from gateway.bus.shelf import VALUE_MAX_BYTES, LocalShelf
from gateway.clock import SystemClock
from gateway.core.ports import Shelf
from tests.fakes import FrozenClock
from tests.memory_log import MemoryLog
from tests.peers.redis import RedisServer

SOON_S = 30.0
Make = Callable[[], Awaitable[Shelf]]
"""Another process's."""


@pytest.fixture(params=["memory", "redis", "redis-cluster"])
async def make(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Make]:
    clock = SystemClock()
    opened = []
    local: list[Shelf] = []
    url = {"memory": "local:", "redis": "redis_url", "redis-cluster": "redis_cluster_url"}[request.param]
    url = url if url == "local:" else request.getfixturevalue(url)

    async def make_shelf() -> Shelf:
        if local:  # one process is all there is
            return local[0]
        bus = open_bus(BusSettings(url=url, lanes=4), log=MemoryLog(), clock=clock)
        await bus.open()
        opened.append(bus)
        shelf = open_shelf(bus, clock=clock)
        if isinstance(shelf, LocalShelf):
            local.append(shelf)
        return shelf

    yield make_shelf
    for bus in opened:
        await bus.close()


async def test_what_one_process_puts_there_another_finds(make: Make) -> None:
    ann, bob = await make(), await make()
    assert await bob.get("token/acme") is None
    await ann.put("token/acme", "令牌 1", 60)
    assert await bob.get("token/acme") == "令牌 1"
    await bob.put("token/acme", "令牌 2", 60)
    assert await ann.get("token/acme") == "令牌 2"


async def test_names_do_not_meet(make: Make) -> None:
    shelf = await make()
    for number in range(20):  # of a cluster, all its nodes
        await shelf.put(f"token/{number}", str(number), 60)
    await shelf.drop("token/7")
    await shelf.drop("token/never")
    found = [await shelf.get(f"token/{number}") for number in range(20)]
    assert found == [None if number == 7 else str(number) for number in range(20)]


async def test_a_value_is_gone_after_its_time(make: Make) -> None:
    shelf = await make()
    await shelf.put("short", "x", 0.05)
    await shelf.put("long", "y", 60)
    async with asyncio.timeout(SOON_S):
        while await shelf.get("short") is not None:
            await asyncio.sleep(0.01)
    assert await shelf.get("long") == "y"


async def test_a_value_has_a_size(make: Make) -> None:
    shelf = await make()
    await shelf.put("big", "x" * VALUE_MAX_BYTES, 60)
    with pytest.raises(ValueError, match="at most 65536 bytes"):
        await shelf.put("big", "x" * VALUE_MAX_BYTES + "y", 60)


async def test_memory_holds_so_many_and_lets_go_of_what_has_ended_first(clock: FrozenClock) -> None:
    shelf = LocalShelf(clock, max_count=3)
    await shelf.put("oldest", "1", 60)
    await shelf.put("short", "2", 5)
    await shelf.put("young", "3", 60)
    clock.advance(6)
    await shelf.put("new", "4", 60)
    assert [await shelf.get(name) for name in ("oldest", "short", "young", "new")] == ["1", None, "3", "4"]
    await shelf.put("newer", "5", 60)
    assert [await shelf.get(name) for name in ("oldest", "young", "new", "newer")] == [None, "3", "4", "5"]


async def test_a_redis_that_is_away_is_said_in_time(redis_url: str, redis_server: RedisServer) -> None:
    bus = open_bus(BusSettings(url=redis_url, lanes=4), log=None, clock=SystemClock())
    await bus.open()
    shelf = open_shelf(bus, clock=SystemClock())
    await asyncio.to_thread(redis_server.stop)
    async with asyncio.timeout(SOON_S):
        with pytest.raises(OSError, match="Redis"):
            await shelf.get("x")
    await bus.close()
