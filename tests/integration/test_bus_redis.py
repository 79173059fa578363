"""The session bus and a Redis that restarts, forgets, or was never fit for it."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator

import pytest

from config.problems import ConfigError
from config.schema import BusSettings
from gateway.bus import lane_of, open_bus
from gateway.clock import SystemClock
from gateway.core.bus import Bus, Subscription
from gateway.core.errors import Busy
from gateway.core.ids import Lane, WorkerId
from tests.events import SITE, said
from tests.peers.redis import RedisServer

LANES = 2
SOON_S = 30.0


@pytest.fixture
async def bus(redis_url: str) -> AsyncIterator[Bus]:
    bus = new_bus(redis_url)
    await bus.open()
    yield bus
    await bus.close()


@pytest.fixture
def forgetful() -> Iterator[RedisServer]:
    server = RedisServer(is_durable=False)
    try:
        server.start()
        yield server
    finally:
        server.remove()


def new_bus(url: str, *, require_durable: bool = True, lanes: int = LANES) -> Bus:
    return open_bus(BusSettings(url=url, lanes=lanes, require_durable=require_durable), log=None, clock=SystemClock())


def lane(thread: str) -> Lane:
    return lane_of(SITE, said(thread, "").thread, LANES)


async def restarted(server: RedisServer) -> None:
    """`kill -9`, a moment in which everybody notices, and a start. Not from a thread: a server ends with the thread that started it."""
    server.kill()
    await asyncio.sleep(0.03)
    server.start()


async def patiently(bus: Bus, thread: str, text: str) -> bool:
    """Append as a sender does who comes again when told so."""
    while True:
        try:
            return await bus.append(said(thread, text))
        except Busy:
            await asyncio.sleep(0.05)


async def test_nothing_acknowledged_is_lost_and_nothing_doubled_when_redis_is_killed_under_load(
    bus: Bus, redis_server: RedisServer
) -> None:
    acknowledged: list[list[str]] = [[] for _ in range(8)]

    is_over = asyncio.Event()

    async def write(writer: int) -> None:
        while not is_over.is_set():
            text = f"{writer}-{len(acknowledged[writer])}"
            await patiently(bus, "v1", text)
            acknowledged[writer].append(text)

    async def kill() -> None:
        for _ in range(3):
            count = sum(map(len, acknowledged))
            while sum(map(len, acknowledged)) < count + 100:
                await asyncio.sleep(0.005)
            await restarted(redis_server)
        is_over.set()

    async with asyncio.timeout(60):
        await asyncio.gather(kill(), *(write(writer) for writer in range(8)))
    found = [one.event.cid or "" for one in await bus.read(lane("v1"), "", 10_000)]
    assert [[cid for cid in found if cid.startswith(f"{writer}-")] for writer in range(8)] == acknowledged
    assert len(found) == sum(map(len, acknowledged)) > 300


async def test_subscriptions_recover_from_a_restart_and_say_that_something_was_lost(bus: Bus, redis_server: RedisServer) -> None:
    subscription = await bus.subscribe("a")
    await restarted(redis_server)
    assert await next_of(subscription) == ("", b"")
    await bus.signal("a", b"again")
    while (item := await next_of(subscription)) == ("", b""):
        pass
    assert item == ("a", b"again")


async def test_a_waiting_reader_is_woken_after_a_restart(bus: Bus, redis_server: RedisServer) -> None:
    await bus.read(lane("v1"), "", 10)
    waiting = asyncio.create_task(bus.wait([lane("v1")], 60))
    await restarted(redis_server)
    async with asyncio.timeout(SOON_S):
        await waiting


async def test_leases_survive_a_restart_and_their_tokens_a_loss_of_everything(bus: Bus, redis_server: RedisServer) -> None:
    first = await bus.take("lane-1", WorkerId("ann"), 60)
    await restarted(redis_server)
    assert await bus.take("lane-1", WorkerId("bob"), 60) is None
    redis_server.flush()
    await asyncio.sleep(0.002)  # tokens follow Redis's clock, in milliseconds
    second = await bus.take("lane-1", WorkerId("bob"), 60)
    assert first is not None
    assert second is not None
    assert second.token > first.token


async def test_a_redis_that_was_wiped_does_not_block_a_lane(bus: Bus, redis_server: RedisServer) -> None:
    await bus.append(said("v1", "before"))
    redis_server.flush()
    await bus.append(said("v1", "after"))
    found = await bus.read(lane("v1"), "99999999999999-0", 10)
    assert [one.event.cid for one in found] == ["after"]
    await bus.trim(lane("v1"), "99999999999999-0")
    assert await bus.depth(lane("v1")) == 1, "a position of another stream trims nothing"


async def test_scripts_that_redis_has_forgotten_are_taught_again(bus: Bus, redis_server: RedisServer) -> None:
    await bus.append(said("v1", "one"))
    redis_server.command("SCRIPT FLUSH")
    assert await bus.append(said("v1", "two"))
    redis_server.command("SCRIPT FLUSH")
    assert await bus.take("lane-1", WorkerId("ann"), 1)


async def test_without_redis_an_append_is_told_to_come_again_within_its_deadline(bus: Bus, redis_server: RedisServer) -> None:
    redis_server.kill()
    async with asyncio.timeout(SOON_S):
        with pytest.raises(Busy):
            await bus.append(said("v1", "one"))
        with pytest.raises(OSError, match="Redis"):
            await bus.healthy()
    redis_server.start()
    await patiently(bus, "v1", "one")
    assert [one.event.cid for one in await bus.read(lane("v1"), "", 10)] == ["one"]


async def test_a_redis_out_of_memory_says_busy(bus: Bus, redis_server: RedisServer) -> None:
    redis_server.command("CONFIG SET maxmemory 1")
    try:
        with pytest.raises(Busy, match="memory"):
            await bus.append(said("v1", "one"))
    finally:
        redis_server.command("CONFIG SET maxmemory 0")
    assert await bus.append(said("v1", "one"))


async def test_an_append_whose_answer_was_lost_is_repeated_as_a_success(redis_url: str, redis_server: RedisServer) -> None:
    cut = Cut(redis_server.port)
    async with cut as port:
        bus = new_bus(f"redis://127.0.0.1:{port}/0")
        await bus.open()
        await bus.append(said("v1", "first"))
        cut.swallow_answer_to = b"EVALSHA"
        assert await bus.append(said("v1", "second")), "its own work, found again, is no repeat"
        assert cut.swallowed == 1
        assert [one.event.cid for one in await bus.read(lane("v1"), "", 10)] == ["first", "second"]
        await bus.close()


async def test_a_redis_that_forgets_is_refused(forgetful: RedisServer) -> None:
    bus = new_bus(forgetful.url)
    with pytest.raises(ConfigError, match="appendonly yes"):
        await bus.open()
    await bus.close()


async def test_a_redis_that_forgets_may_be_used_knowingly(forgetful: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    bus = new_bus(forgetful.url, require_durable=False)
    with caplog.at_level(logging.WARNING):
        await bus.open()
    await bus.close()
    assert "Redis is not safe" in caplog.text


async def test_a_redis_that_syncs_every_second_is_called_out(
    redis_url: str, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    redis_server.command("CONFIG SET appendfsync everysec")
    bus = new_bus(redis_url)
    try:
        with caplog.at_level(logging.WARNING):
            await bus.open()
    finally:
        redis_server.command("CONFIG SET appendfsync always")
    await bus.close()
    assert "appendfsync is not `always`" in caplog.text


async def test_a_redis_that_may_evict_lanes_is_refused(redis_url: str, redis_server: RedisServer) -> None:
    redis_server.command("CONFIG SET maxmemory-policy allkeys-lru")
    bus = new_bus(redis_url)
    try:
        with pytest.raises(ConfigError, match="noeviction"):
            await bus.open()
    finally:
        redis_server.command("CONFIG SET maxmemory-policy noeviction")
    await bus.close()


async def test_another_number_of_lanes_is_refused(bus: Bus, redis_url: str) -> None:
    other = new_bus(redis_url, lanes=LANES + 1)
    with pytest.raises(ConfigError, match="expected 2"):
        await other.open()
    await other.close()


async def next_of(subscription: Subscription) -> tuple[str, bytes]:
    async with asyncio.timeout(SOON_S):
        return await anext(aiter(subscription))


class Cut:
    """A line to Redis that can lose one answer and break, as lines do."""

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._tasks: set[asyncio.Task[None]] = set()
        self.swallow_answer_to: bytes | None = None
        self.swallowed = 0

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        there, to_redis = await asyncio.open_connection("127.0.0.1", self._target_port)
        back = asyncio.create_task(self._copy(there, writer))
        try:
            while data := await reader.read(65536):
                wanted = self.swallow_answer_to
                if wanted is not None and wanted in data:
                    back.cancel()
                    await asyncio.gather(back, return_exceptions=True)
                    to_redis.write(data)
                    await there.read(65536)
                    self.swallow_answer_to = None
                    self.swallowed += 1
                    return
                to_redis.write(data)
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            back.cancel()
            to_redis.close()
            writer.close()
            self._tasks.discard(task)

    async def _copy(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
        target.close()
