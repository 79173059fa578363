"""The same program over Redis Streams and PostgreSQL: what that costs, and what a second worker process brings."""

import time

import psutil

from bench.backlog import drained_s, fill_redis, private_servers, redis_depth
from bench.result import Result
from bench.servers import frontdesk, load, say, spread
from tests.peers.redis import RedisServer

SHARING_S = 2.0
"""By then the workers have shared out the lanes: they look every third of a lease, which is two seconds here."""


def turns_redis(*, connections: int = 1_000, seconds: float = 5.0, backlog: int = 20_000) -> Result:
    """Durable turns over sockets through a web process and a worker, against the one process of the local size, per cpu-s of the
    gateway's own processes: Redis' and PostgreSQL's time is not counted.

    What two workers bring is measured on a backlog, where only workers have work: twice the turns per cpu-s of their processes with two,
    over those with one. That is what two get done with a core each; on few cores the clock can't show it, because Redis and PostgreSQL
    want them too. The clock's figures stand beside it.
    """
    with frontdesk() as server:
        local = load(server, kind="chat", connections=connections, seconds=seconds)
    with private_servers() as (cache, database):
        say("sockets over Redis and PostgreSQL ...")
        with spread(database.url(database.new_database()), cache.url, workers=1, is_pinned=True) as (server, _):
            ours = load(server, kind="chat", connections=connections, seconds=seconds)
        drains = []
        for workers in (1, 2):
            say(f"{backlog:,} events for {workers} worker processes ...")
            drains.append(_drain(cache, database.url(database.new_database()), workers, backlog))
    ratio, (one, two) = ours["per_cpu_s"] / local["per_cpu_s"], drains
    gain = 2 * two["per_cpu_s"] / one["per_cpu_s"]
    return Result(
        name="turns_redis", against="the local size, per cpu-s of the gateway", ratio=ratio, must=">= 0.5, x1.7", goal=">= 0.8, x1.9",
        is_met=ratio >= 0.5 and gain >= 1.7, figures={
            "turns_per_s": ours["per_s"], "turns_per_cpu_s": ours["per_cpu_s"], "local_per_cpu_s": local["per_cpu_s"],
            "p50_ms": ours["p50_ms"], "p99_ms": ours["p99_ms"], "two_workers_gain": gain, "one_drains_per_cpu_s": one["per_cpu_s"],
            "two_drain_per_cpu_s": two["per_cpu_s"], "one_drains_per_s": one["per_s"], "two_drain_per_s": two["per_s"],
            "gain_by_the_clock": two["per_s"] / one["per_s"], "cores": psutil.cpu_count() or 0,
        },
    )  # fmt: skip


def _drain(cache: RedisServer, store_url: str, workers: int, count: int) -> dict[str, float]:
    """A backlog put before so many worker processes: it grows far faster than they get done with it."""
    cache.flush()
    with spread(store_url, cache.url, workers=workers, is_pinned=False) as (_, server):
        time.sleep(SHARING_S)
        before, started = server.cpu_s(), time.perf_counter()
        fill_redis(cache.url, count)
        took_s = drained_s(lambda: redis_depth(cache.url), started)
        return {"per_s": count / took_s, "per_cpu_s": count / (server.cpu_s() - before)}
