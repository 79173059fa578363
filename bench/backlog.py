"""A hundred thousand events wait when the program starts: how fast they become answers, from the local log and from Redis."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import redis
from msgspec import structs

from bench.clients import QUESTIONS
from bench.result import Result
from bench.servers import Server, say
from config.schema import BusSettings
from gateway.bus import open_bus
from gateway.clock import SystemClock
from gateway.core.bus import Bus, LaneLog
from gateway.core.events import Inbound
from gateway.store.sqlite import SqliteStore
from tests.events import said
from tests.peers.gateway import AS_INSTALLED, Gateway
from tests.peers.postgres import PostgresServer
from tests.peers.redis import RedisServer

LANES = 4  # as many as tests.peers.gateway configures
VISITORS = 1_000
BATCH_COUNT = 1_000
DRAIN_MAX_S = 120.0
"""A backlog that is not drained by then counts as drained then."""
_AT_ONCE = 2_000


def recovery_backlog(*, count: int = 100_000) -> Result:
    """From a program that starts cold on a backlog to its last answer committed, against reading and forgetting the same events in
    batches of a thousand with nothing done about them. The ratio is the worse one of the two logs'."""
    local_s, local_cpu_s, local_limit_s = _local(count)
    redis_s, redis_cpu_s, redis_limit_s = _over_redis(count)
    ratio = min(local_limit_s / local_s, redis_limit_s / redis_s)
    return Result(
        name="recovery_backlog", against="the log's own drain, nothing done", ratio=ratio, must=">= 0.05", goal=">= 0.15",
        is_met=ratio >= 0.05, figures={
            "local_s": local_s, "local_limit_s": local_limit_s, "local_per_s": count / local_s, "local_per_cpu_s": count / local_cpu_s,
            "redis_s": redis_s, "redis_limit_s": redis_limit_s, "redis_per_s": count / redis_s, "redis_per_cpu_s": count / redis_cpu_s,
            "events": count,
        },
    )  # fmt: skip


def events(count: int) -> Iterator[Inbound]:
    """Questions of many visitors in turn, no visitor asking the same thing twice in a row."""
    now, width = datetime.now(UTC), min(VISITORS, count)
    for number in range(count):
        visitor, turn = number % width, number // width
        event = said(f"visitor-{visitor}", QUESTIONS[(visitor + turn) % len(QUESTIONS)], f"c{visitor}-{turn}")
        yield structs.replace(event, at=now)


async def fill(bus: Bus, count: int) -> None:
    """Append so many events, many at once; every one is durable on return."""
    coming = events(count)
    while batch := list(islice(coming, _AT_ONCE)):
        await asyncio.gather(*(bus.append(event) for event in batch))


def fill_redis(url: str, count: int) -> None:
    """A backlog in Redis."""
    asyncio.run(_fill(url, None, count))


def redis_depth(url: str) -> int:
    """Events that wait in Redis."""
    with redis.Redis.from_url(url) as client:
        lengths: list[int] = [client.xlen(_stream(lane)) for lane in range(LANES)]
    return sum(lengths)


def drained_s(depth: Callable[[], int], started: float, max_s: float = DRAIN_MAX_S) -> float:
    """Seconds from `started` until nothing waits any more."""
    while depth() > 0 and time.perf_counter() - started < max_s:
        time.sleep(0.05)
    return time.perf_counter() - started


@contextmanager
def private_servers() -> Iterator[tuple[RedisServer, PostgresServer]]:
    """A Redis that syncs every write, and a PostgreSQL, both gone afterwards."""
    cache, database = RedisServer(), PostgresServer()
    try:
        cache.start()
        database.start()
        yield cache, database
    finally:
        cache.remove()
        database.remove()


def _local(count: int) -> tuple[float, float, float]:
    """(seconds, seconds of processor time, seconds of the limit)."""
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), program=AS_INSTALLED)
        path = Path(folder) / "data" / "frontdesk.db"
        say(f"{count:,} events into the local log ...")
        asyncio.run(_fill("local:", path, count))
        limit_s = _local_limit_s(path)
        say("draining the local log ...")
        started = time.perf_counter()
        gateway.start()
        try:
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as reader:
                took_s = drained_s(lambda: _one(reader, "SELECT EXISTS (SELECT 1 FROM log_event)"), started)
                used_s = Server(gateway.port, [gateway.pid()]).cpu_s()
                assert _one(reader, "SELECT count(*) FROM message") == 2 * count, "not every question has its answer"
        finally:
            gateway.stop()
    return took_s, used_s, limit_s


def _over_redis(count: int) -> tuple[float, float, float]:
    """The same over Redis; the processor time is the gateway's own."""
    with private_servers() as (cache, database), tempfile.TemporaryDirectory() as folder:
        say(f"{count:,} events into Redis ...")
        fill_redis(cache.url, count)
        limit_s = _redis_limit_s(cache.url)
        gateway = Gateway(Path(folder), program=AS_INSTALLED, store_url=database.url(database.new_database()), bus_url=cache.url)
        say("draining Redis ...")
        started = time.perf_counter()
        gateway.start()
        try:
            took_s = drained_s(lambda: redis_depth(cache.url), started)
            used_s = Server(gateway.port, [gateway.pid()]).cpu_s()
        finally:
            gateway.stop()
    return took_s, used_s, limit_s


async def _fill(url: str, path: Path | None, count: int) -> None:
    async with _log(path) as log:
        settings = BusSettings(url=url, lanes=LANES, lane_max_count=count)
        bus = open_bus(settings, log=log, clock=SystemClock())
        await bus.open()
        try:
            await fill(bus, count)
        finally:
            await bus.close()


@asynccontextmanager
async def _log(path: Path | None) -> AsyncIterator[LaneLog | None]:
    if path is None:
        yield None
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    store = SqliteStore(path, clock=SystemClock())
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def _local_limit_s(path: Path) -> float:
    """Reading and deleting all events of a copy of the log, a durable commit for every batch."""
    copy = path.with_name("limit.db")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy, isolation_level=None)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode = WAL")
        target.execute("PRAGMA synchronous = FULL")
        started = time.perf_counter()
        for lane in range(LANES):
            while rows := target.execute(
                "SELECT id, body FROM log_event WHERE lane = ? ORDER BY id LIMIT ?", (lane, BATCH_COUNT)
            ).fetchall():
                target.execute("DELETE FROM log_event WHERE lane = ? AND id <= ?", (lane, rows[-1][0]))
        took_s = time.perf_counter() - started
    copy.unlink()
    return took_s


def _redis_limit_s(url: str) -> float:
    """Reading and trimming all events of a copy of the streams; every trim is synced, as this Redis is set up."""
    with redis.Redis.from_url(url) as client:
        for lane in range(LANES):
            client.copy(_stream(lane), f"{_stream(lane)}:copy")
        started = time.perf_counter()
        for lane in range(LANES):
            _drain_stream(client, f"{_stream(lane)}:copy")
        return time.perf_counter() - started


def _drain_stream(client: redis.Redis, name: str) -> None:
    while entries := client.xrange(name, "-", "+", BATCH_COUNT):
        last = entries[-1][0]
        assert isinstance(last, bytes)
        ms, _, seq = last.decode().partition("-")
        client.xtrim(name, minid=f"{ms}-{int(seq) + 1}", approximate=False)


def _stream(lane: int) -> str:
    return f"{{fd:lane:{lane}}}:events"


def _one(connection: sqlite3.Connection, sql: str) -> int:
    ((value,),) = connection.execute(sql)
    return int(value)
