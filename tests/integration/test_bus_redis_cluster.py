"""The session bus on a Redis Cluster whose masters die, whose slots move, and whose replicas take over."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from config.problems import ConfigError
from config.schema import BusSettings
from gateway.bus import lane_of, open_bus
from gateway.bus.redis_append import stream
from gateway.clock import SystemClock
from gateway.core.bus import Bus, Subscription
from gateway.core.errors import Busy
from gateway.core.ids import Lane, WorkerId
from tests.events import SITE, said
from tests.peers.redis_cluster import RedisCluster

LANES = 8
SOON_S = 30.0
THREADS = tuple(
    next(f"v{number}" for number in range(999) if lane_of(SITE, said(f"v{number}", "").thread, LANES) == lane) for lane in range(LANES)
)
"""A thread for each lane."""


@pytest.fixture
async def bus(redis_cluster_url: str) -> AsyncIterator[Bus]:
    bus = new_bus(redis_cluster_url)
    await bus.open()
    yield bus
    await bus.close()


@pytest.fixture
def followed() -> Iterator[RedisCluster]:
    """A cluster whose masters have a replica each, the first one two."""
    cluster = RedisCluster(replica_count=4)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


def new_bus(url: str) -> Bus:
    return open_bus(BusSettings(url=url, lanes=LANES), log=None, clock=SystemClock())


async def patiently(bus: Bus, thread: str, text: str) -> bool:
    """Append as a sender does who comes again when told so."""
    while True:
        try:
            return await bus.append(said(thread, text))
        except Busy:
            await asyncio.sleep(0.05)


async def written_while(bus: Bus, harm: Callable[[Callable[[], int]], Awaitable[None]]) -> dict[str, list[str]]:
    """What was acknowledged, by thread, while a writer wrote to each lane and harm was done; `harm` is told how to count it."""
    acknowledged: dict[str, list[str]] = {thread: [] for thread in THREADS}
    is_over = asyncio.Event()

    async def write(thread: str) -> None:
        while not is_over.is_set():
            text = f"{thread}-{len(acknowledged[thread])}"
            await patiently(bus, thread, text)
            acknowledged[thread].append(text)

    async def do_harm() -> None:
        await harm(lambda: sum(map(len, acknowledged.values())))
        is_over.set()

    async with asyncio.timeout(60):
        await asyncio.gather(do_harm(), *map(write, THREADS))
    return acknowledged


async def on_the_bus(bus: Bus) -> dict[str, list[str | None]]:
    return {thread: [one.event.cid for one in await bus.read(Lane(lane), "", 100_000)] for lane, thread in enumerate(THREADS)}


async def more(count: Callable[[], int], by: int) -> None:
    """Returns when so many more are acknowledged."""
    start = count()
    while count() < start + by:
        await asyncio.sleep(0.005)


def test_the_lanes_of_these_tests_live_on_every_master(redis_cluster_url: str, redis_cluster: RedisCluster) -> None:
    assert {redis_cluster.home(stream(Lane(lane))) for lane in range(LANES)} == {0, 1, 2}


async def test_nothing_acknowledged_is_lost_and_nothing_doubled_when_a_master_is_killed_under_load(
    bus: Bus, redis_cluster: RedisCluster
) -> None:
    async def harm(count: Callable[[], int]) -> None:
        await more(count, 100)
        redis_cluster.masters[1].kill()
        await asyncio.sleep(0.03)
        await more(count, 100)  # the other masters' lanes go on
        redis_cluster.masters[1].start()
        await patiently(bus, THREADS[victim], "afterwards")
        await more(count, 100)

    victim = next(lane for lane in range(LANES) if redis_cluster.home(stream(Lane(lane))) == 1)
    acknowledged = await written_while(bus, harm)
    found = await on_the_bus(bus)
    found[THREADS[victim]].remove("afterwards")
    assert found == acknowledged


async def test_a_lane_moves_to_another_master_while_events_flow(bus: Bus, redis_cluster: RedisCluster) -> None:
    seen: list[str | None] = []
    moved: list[int] = []
    home = redis_cluster.home(stream(Lane(3)))

    async def harm(count: Callable[[], int]) -> None:
        await more(count, 200)
        for target in ((home + 1) % 3, home):
            moved.append(await asyncio.to_thread(redis_cluster.move, stream(Lane(3)), target))
            assert redis_cluster.home(stream(Lane(3))) == target
            await more(count, 200)

    async def read_along() -> None:
        position = ""
        while True:
            await bus.wait([Lane(3)], 0.2)
            for one in await bus.read(Lane(3), position, 50):
                position = one.position
                seen.append(one.event.cid)

    reading = asyncio.create_task(read_along())
    acknowledged = await written_while(bus, harm)
    async with asyncio.timeout(SOON_S):
        while len(seen) < len(acknowledged[THREADS[3]]):
            await asyncio.sleep(0.01)
    reading.cancel()
    assert min(moved) > 10, "the stream and its keys went along"
    assert seen == acknowledged[THREADS[3]]
    assert await on_the_bus(bus) == acknowledged


async def test_a_lane_half_way_between_two_masters_is_read_and_takes_events_again_once_it_has_arrived(
    bus: Bus, redis_cluster: RedisCluster
) -> None:
    key = stream(Lane(3))
    home = redis_cluster.home(key)
    neighbour = THREADS[next(lane for lane in range(LANES) if lane != 3 and redis_cluster.home(stream(Lane(lane))) == home)]
    await bus.append(said(THREADS[3], "one"))
    with redis_cluster.moving(key, (home + 1) % 3) as moved_count:
        assert moved_count == 2
        assert [one.event.cid for one in await bus.read(Lane(3), "", 10)] == ["one"]
        repeat, new = asyncio.create_task(bus.append(said(THREADS[3], "one"))), asyncio.create_task(bus.append(said(THREADS[3], "two")))
        async with asyncio.timeout(SOON_S):
            assert [await bus.append(said(neighbour, str(number))) for number in range(20)] == [True] * 20
        assert not new.done()
    assert (await repeat, await new) == (False, True)
    redis_cluster.move(key, home)
    assert [one.event.cid for one in await bus.read(Lane(3), "", 10)] == ["one", "two"]


async def test_a_lease_moves_with_its_slot(bus: Bus, redis_cluster: RedisCluster) -> None:
    key = "{fd:lease:lane-1}:holder"
    home = redis_cluster.home(key)
    first = await bus.take("lane-1", WorkerId("ann"), 60)
    with redis_cluster.moving(key, (home + 1) % 3):
        assert await bus.take("lane-1", WorkerId("ann"), 60) == first
    assert await bus.take("lane-1", WorkerId("bob"), 60) is None
    await bus.give_back("lane-1", WorkerId("ann"))
    redis_cluster.move(key, home)
    second = await bus.take("lane-1", WorkerId("bob"), 60)
    assert first is not None
    assert second is not None
    assert second.token > first.token


async def test_a_master_that_is_away_holds_up_only_its_own_lanes(bus: Bus, redis_cluster: RedisCluster) -> None:
    homes = [redis_cluster.home(stream(Lane(lane))) for lane in range(LANES)]
    redis_cluster.masters[2].kill()
    tasks = [asyncio.create_task(bus.append(said(thread, "x"))) for thread in THREADS]
    stuck = [task for task, home in zip(tasks, homes, strict=True) if home == 2]
    async with asyncio.timeout(SOON_S):
        assert all(await asyncio.gather(*(task for task in tasks if task not in stuck)))
    assert not any(task.done() for task in stuck)
    await bus.healthy()
    assert all(isinstance(outcome, Busy) for outcome in await asyncio.gather(*stuck, return_exceptions=True))


async def test_subscribers_outlive_the_node_that_they_listened_at(bus: Bus, redis_cluster: RedisCluster) -> None:
    subscription = await bus.subscribe("a")
    for server in redis_cluster.masters:
        server.restart(is_killed=True)
        async with asyncio.timeout(SOON_S):
            while await heard(bus, subscription) != ("a", b"again"):
                pass


async def heard(bus: Bus, subscription: Subscription) -> tuple[str, bytes]:
    """The next thing that is heard; called out again and again, because a signal may be lost."""
    await bus.signal("a", b"again")
    try:
        async with asyncio.timeout(0.2):
            return await anext(aiter(subscription))
    except TimeoutError:
        return ("", b"")


async def test_a_listener_is_told_of_the_loss_when_its_node_dies(bus: Bus, redis_cluster: RedisCluster) -> None:
    subscription = await bus.subscribe("a")
    for server in redis_cluster.masters:
        server.kill()
    redis_cluster.start()
    async with asyncio.timeout(SOON_S):
        assert await anext(aiter(subscription)) == ("", b"")


async def test_every_node_that_has_forgotten_the_scripts_is_taught_again(bus: Bus, redis_cluster: RedisCluster) -> None:
    for server in redis_cluster.masters:
        server.command("SCRIPT FLUSH")
    assert await asyncio.gather(*(bus.append(said(thread, "one")) for thread in THREADS)) == [True] * LANES


async def test_a_cluster_of_which_one_master_may_evict_lanes_is_refused(redis_cluster_url: str, redis_cluster: RedisCluster) -> None:
    redis_cluster.masters[2].command("CONFIG SET maxmemory-policy allkeys-lru")
    bus = new_bus(redis_cluster_url)
    try:
        with pytest.raises(ConfigError, match="noeviction"):
            await bus.open()
    finally:
        redis_cluster.masters[2].command("CONFIG SET maxmemory-policy noeviction")
    await bus.close()


async def test_a_database_that_a_cluster_does_not_have_is_refused_by_name(redis_cluster_url: str) -> None:
    bus = new_bus(redis_cluster_url.removesuffix("0") + "3")
    with pytest.raises(ConfigError, match="expected database 0"):
        await bus.open()
    await bus.close()


@pytest.mark.timeout(90)
async def test_a_replica_that_takes_over_has_all_that_was_acknowledged(followed: RedisCluster) -> None:
    bus = new_bus(followed.url)
    await bus.open()

    async def harm(count: Callable[[], int]) -> None:
        await more(count, 300)
        followed.masters[1].kill()
        await patiently(bus, THREADS[victim], "afterwards")
        await more(count, 300)

    victim = next(lane for lane in range(LANES) if followed.home(stream(Lane(lane))) == 1)
    acknowledged = await written_while(bus, harm)
    found = await on_the_bus(bus)
    found[THREADS[victim]].remove("afterwards")
    assert found == acknowledged
    await bus.close()


async def test_an_event_is_acknowledged_when_a_replica_has_it_and_without_one_once_the_cluster_has_given_the_replica_up(
    followed: RedisCluster,
) -> None:
    bus = new_bus(followed.url)
    await bus.open()
    lane = next(lane for lane in range(LANES) if followed.home(stream(Lane(lane))) == 2)
    thread, replica = THREADS[lane], followed.replicas[2]
    assert await bus.append(said(thread, "one"))
    with replica.paused():
        waiting = asyncio.create_task(bus.append(said(thread, "two")))
        repeat = asyncio.create_task(bus.append(said(thread, "one")))
        await asyncio.wait([waiting, repeat], timeout=0.3)
        assert not waiting.done()
        assert not repeat.done()
    async with asyncio.timeout(SOON_S):
        assert (await waiting, await repeat) == (True, False)
        replica.kill()
        await patiently(bus, thread, "three")
    assert [one.event.cid for one in await bus.read(Lane(lane), "", 10)] == ["one", "two", "three"]
    await bus.close()
