"""What every session bus keeps, whatever lies under it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from msgspec import structs

from config.schema import BusSettings
from gateway.bus import lane_of, open_bus
from gateway.bus.mailbox import MAILBOX_MAX_COUNT
from gateway.clock import SystemClock
from gateway.core.bus import Bus, LaneLog, Subscription
from gateway.core.channel import event_key
from gateway.core.errors import Busy
from gateway.core.events import Found, LookedUp
from gateway.core.ids import Lane, SessionId, WorkerId
from gateway.store import SqliteStore
from tests.events import SITE, said
from tests.memory_log import MemoryLog

ANN, BOB = WorkerId("ann"), WorkerId("bob")
SOON_S = 30.0
T = TypeVar("T")
Make = Callable[..., Awaitable[Bus]]
"""Opens another bus over the same log, as a restarted or a second process would."""


@pytest.fixture(params=["memory", "sqlite", "redis", "redis-cluster"])
async def make(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Make]:
    clock = SystemClock()
    opened: list[Bus] = []
    log: LaneLog | None = None
    store = None
    url = "local:"
    match request.param:
        case "memory":
            log = MemoryLog()
        case "sqlite":
            store = log = SqliteStore(tmp_path / "bus.db", clock=clock)
            await store.open()
        case "redis":
            url = request.getfixturevalue("redis_url")
        case "redis-cluster":
            url = request.getfixturevalue("redis_cluster_url")

    async def make_bus(*, lane_max_count: int = 10_000) -> Bus:
        bus = open_bus(BusSettings(url=url, lanes=4, lane_max_count=lane_max_count), log=log, clock=clock)
        await bus.open()
        opened.append(bus)
        return bus

    yield make_bus
    for bus in opened:
        await bus.close()
    if store is not None:
        await store.close()


@pytest.fixture
async def bus(make: Make) -> Bus:
    return await make()


def lane(thread: str, count: int = 4) -> Lane:
    return lane_of(SITE, said(thread, "").thread, count)


async def texts(bus: Bus, thread: str, after: str = "", limit: int = 1000) -> list[str | None]:
    return [one.event.cid for one in await bus.read(lane(thread), after, limit) if one.event.thread == thread]


async def next_of(subscription: Subscription) -> tuple[str, bytes]:
    async with asyncio.timeout(SOON_S):
        return await anext(aiter(subscription))


# ---- lanes ----------------------------------------------------------------------------------------------------------------------


def test_a_thread_has_the_same_lane_for_ever() -> None:
    assert [lane_of(SITE, said(f"v{number}", "").thread, 16) for number in range(5)] == [5, 3, 9, 15, 12]


async def test_events_come_back_in_the_order_in_which_they_were_appended(bus: Bus) -> None:
    for number in range(5):
        assert await bus.append(said("v1", str(number)))
    assert await texts(bus, "v1") == ["0", "1", "2", "3", "4"]


async def test_events_appended_at_once_keep_the_order_of_the_calls(bus: Bus) -> None:
    await asyncio.gather(*(bus.append(said("v1", str(number))) for number in range(300)))
    assert await texts(bus, "v1") == [str(number) for number in range(300)]


async def test_an_event_comes_back_whole(bus: Bus) -> None:
    event = said("v1", "你好 👋")
    await bus.append(event)
    (found,) = await bus.read(lane("v1"), "", 10)
    assert found.event == event


async def test_reading_goes_on_behind_a_position_and_stops_at_the_limit(bus: Bus) -> None:
    await asyncio.gather(*(bus.append(said("v1", str(number))) for number in range(7)))
    first = await bus.read(lane("v1"), "", 3)
    second = await bus.read(lane("v1"), first[-1].position, 3)
    third = await bus.read(lane("v1"), second[-1].position, 3)
    assert [one.event.cid for part in (first, second, third) for one in part] == ["0", "1", "2", "3", "4", "5", "6"]
    assert [len(part) for part in (first, second, third)] == [3, 3, 1]
    assert list(await bus.read(lane("v1"), third[-1].position, 3)) == []


async def test_a_reader_beside_writers_sees_no_gap_and_nothing_twice(bus: Bus) -> None:
    seen: list[str | None] = []

    async def read_all() -> None:
        position = ""
        while len(seen) < 400:
            await bus.wait([lane("v1")], 0.5)
            for one in await bus.read(lane("v1"), position, 7):
                position = one.position
                seen.append(one.event.cid)

    async def write(start: int) -> None:
        for number in range(start, start + 100):
            await bus.append(said("v1", str(number)))

    async with asyncio.timeout(30):
        await asyncio.gather(read_all(), *(write(start) for start in (0, 1000, 2000, 3000)))
    by_writer = [[int(cid or 0) for cid in seen if int(cid or 0) // 1000 == writer] for writer in range(4)]
    assert by_writer == [list(range(writer * 1000, writer * 1000 + 100)) for writer in range(4)]


async def test_second_copy_of_an_event_is_dropped(bus: Bus) -> None:
    assert await bus.append(said("v1", "hello"))
    assert not await bus.append(said("v1", "hello"))
    assert await texts(bus, "v1") == ["hello"]


async def test_of_copies_that_come_at_once_exactly_one_is_new(bus: Bus) -> None:
    outcomes = await asyncio.gather(*(bus.append(said("v1", "hello")) for _ in range(20)))
    assert sum(outcomes) == 1
    assert await texts(bus, "v1") == ["hello"]


async def test_a_copy_is_known_also_when_its_first_was_handled_and_trimmed(bus: Bus) -> None:
    await bus.append(said("v1", "hello"))
    (one,) = await bus.read(lane("v1"), "", 10)
    await bus.trim(lane("v1"), one.position)
    assert not await bus.append(said("v1", "hello"))


async def test_a_full_lane_says_busy_and_keeps_nothing_of_what_it_refused(make: Make) -> None:
    bus = await make(lane_max_count=3)
    outcomes = await asyncio.gather(*(bus.append(said("v1", str(number))) for number in range(5)), return_exceptions=True)
    assert outcomes[:3] == [True, True, True]
    assert [type(one) for one in outcomes[3:]] == [Busy, Busy]
    assert all(one.retry_after_s > 0 for one in outcomes if isinstance(one, Busy))
    found = await bus.read(lane("v1"), "", 10)
    assert [one.event.cid for one in found] == ["0", "1", "2"]
    await bus.trim(lane("v1"), found[0].position)
    assert await bus.append(said("v1", "3")), "refused before, so it is no repeat now"
    assert await texts(bus, "v1") == ["0", "1", "2", "3"][1:]


async def test_a_full_lane_leaves_the_others_open(make: Make) -> None:
    bus = await make(lane_max_count=1)
    other = next(f"v{number}" for number in range(2, 99) if lane(f"v{number}") != lane("v1"))
    await bus.append(said("v1", "a"))
    with pytest.raises(Busy):
        await bus.append(said("v1", "b"))
    assert await bus.append(said(other, "c"))


async def test_depth_counts_what_waits(bus: Bus) -> None:
    await asyncio.gather(*(bus.append(said("v1", str(number))) for number in range(5)))
    found = await bus.read(lane("v1"), "", 10)
    await bus.trim(lane("v1"), found[1].position)
    assert await bus.depth(lane("v1")) == 3


async def test_after_a_restart_reading_goes_on_at_the_committed_position(make: Make) -> None:
    before = await make()
    await asyncio.gather(*(before.append(said("v1", str(number))) for number in range(5)))
    position = (await before.read(lane("v1"), "", 2))[-1].position
    await before.close()
    after = await make()
    assert await texts(after, "v1", position) == ["2", "3", "4"]
    assert not await after.append(said("v1", "4"))
    assert await after.append(said("v1", "5"))
    assert await texts(after, "v1", position) == ["2", "3", "4", "5"]
    assert await after.depth(lane("v1")) == 6


async def test_trimming_never_drops_what_is_not_handled(bus: Bus) -> None:
    await asyncio.gather(*(bus.append(said("v1", str(number))) for number in range(50)))
    found = await bus.read(lane("v1"), "", 100)
    await bus.trim(lane("v1"), found[19].position)
    await bus.trim(lane("v1"), found[9].position)
    await bus.trim(lane("v1"), "")
    assert await texts(bus, "v1") == [str(number) for number in range(20, 50)]


async def test_a_waiting_reader_is_woken_by_an_append(bus: Bus) -> None:
    assert list(await bus.read(lane("v1"), "", 10)) == []
    waiting = asyncio.create_task(bus.wait([lane("v1")], 60))
    await asyncio.sleep(0)
    await bus.append(said("v1", "hello"))
    async with asyncio.timeout(SOON_S):
        await waiting


async def test_an_append_between_the_read_and_the_wait_is_not_missed(bus: Bus) -> None:
    assert list(await bus.read(lane("v1"), "", 10)) == []
    await bus.append(said("v1", "hello"))
    async with asyncio.timeout(SOON_S):
        await bus.wait([lane("v1")], 60)


async def test_waiting_ends_when_its_time_is_over(bus: Bus) -> None:
    await bus.read(lane("v1"), "", 10)
    async with asyncio.timeout(SOON_S):
        await bus.wait([lane("v1")], 0.01)


async def test_a_cancelled_append_leaves_no_hole(bus: Bus) -> None:
    await bus.append(said("v1", "first"))
    cancelled = [asyncio.create_task(bus.append(said("v1", f"c{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    for task in cancelled[::2]:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
    await bus.append(said("v1", "last"))
    found = await texts(bus, "v1")
    assert found[0] == "first"
    assert found[-1] == "last"
    assert [cid for cid in found if cid in {f"c{number}" for number in range(1, 20, 2)}] == [f"c{number}" for number in range(1, 20, 2)]
    assert found == sorted(found, key=lambda cid: -1 if cid == "first" else 99 if cid == "last" else int((cid or "")[1:]))


# ---- leases ---------------------------------------------------------------------------------------------------------------------


async def test_of_two_workers_who_want_a_lease_one_gets_it(make: Make) -> None:
    one, other = await make(), await make()
    leases = await asyncio.gather(*(bus.take("lane-1", worker, 10) for bus, worker in ((one, ANN), (other, BOB)) for _ in range(1)))
    assert sum(lease is not None for lease in leases) == 1


async def test_renewing_a_lease_keeps_its_token(bus: Bus) -> None:
    first = await bus.take("lane-1", ANN, 10)
    assert first is not None
    assert await bus.take("lane-1", ANN, 10) == first
    assert await bus.take("lane-1", BOB, 10) is None


async def test_a_lease_that_ran_out_goes_to_the_next_worker_with_a_higher_token(bus: Bus) -> None:
    first = await bus.take("lane-1", ANN, 0.05)
    second = await until(lambda: bus.take("lane-1", BOB, 10))
    assert first is not None
    assert second.token > first.token
    assert await bus.take("lane-1", ANN, 10) is None


async def test_a_renewed_lease_outlives_its_first_term(bus: Bus) -> None:
    await bus.take("lane-1", ANN, 0.05)
    await bus.take("lane-1", ANN, 10)
    await asyncio.sleep(0.1)
    assert await bus.take("lane-1", BOB, 10) is None


async def test_a_lease_given_back_is_free_at_once_and_only_its_holder_can_do_that(bus: Bus) -> None:
    first = await bus.take("lane-1", ANN, 10)
    await bus.give_back("lane-1", BOB)
    assert await bus.take("lane-1", BOB, 10) is None
    await bus.give_back("lane-1", ANN)
    second = await bus.take("lane-1", BOB, 10)
    assert first is not None
    assert second is not None
    assert second.token > first.token


async def test_tokens_go_on_rising_after_a_restart(make: Make) -> None:
    first = await (await make()).take("lane-1", ANN, 0.01)
    again = await make()
    second = await until(lambda: again.take("lane-1", BOB, 10))
    assert first is not None
    assert second.token > first.token


async def test_workers_who_announce_themselves_are_counted_by_group(bus: Bus) -> None:
    assert await bus.announce("turns", ANN, 10) == 1
    assert await bus.announce("turns", BOB, 10) == 2
    assert await bus.announce("turns", ANN, 10) == 2
    assert await bus.announce("delivery", ANN, 10) == 1


async def test_a_worker_who_falls_silent_is_counted_no_more(bus: Bus) -> None:
    await bus.announce("turns", ANN, 0.02)
    await asyncio.sleep(0.05)
    assert await bus.announce("turns", BOB, 10) == 1


async def until(attempt: Callable[[], Awaitable[T | None]]) -> T:
    """What `attempt` gives as soon as it gives something."""
    async with asyncio.timeout(SOON_S):
        while (found := await attempt()) is None:
            await asyncio.sleep(0.01)
    return found


# ---- signals --------------------------------------------------------------------------------------------------------------------


async def test_signals_of_a_topic_come_in_order_to_everybody_who_listens(bus: Bus) -> None:
    one, other = await bus.subscribe("a"), await bus.subscribe("a", "b")
    await drained(one, other)
    for number in range(3):
        await bus.signal("a", str(number).encode())
    await bus.signal("b", b"\x00\xff")
    assert [await next_of(one) for _ in range(3)] == [("a", b"0"), ("a", b"1"), ("a", b"2")]
    assert [await next_of(other) for _ in range(4)] == [("a", b"0"), ("a", b"1"), ("a", b"2"), ("b", b"\x00\xff")]


async def test_topics_can_be_added_and_removed(bus: Bus) -> None:
    subscription = await bus.subscribe("a")
    await subscription.add("b")
    await subscription.remove("a")
    await drained(subscription)
    await bus.signal("a", b"1")
    await bus.signal("b", b"2")
    assert await next_of(subscription) == ("b", b"2")


async def test_a_signal_that_nobody_hears_hurts_nobody(bus: Bus) -> None:
    await bus.signal("nobody", b"x")


async def test_a_reader_who_is_too_slow_is_told_so(bus: Bus) -> None:
    slow, control = await bus.subscribe("a"), await bus.subscribe("end")
    await drained(slow, control)
    for number in range(MAILBOX_MAX_COUNT + 2):
        await bus.signal("a", str(number).encode())
    await bus.signal("end", b"")
    assert await next_of(control) == ("end", b"")
    assert await next_of(slow) == ("", b"")
    assert await next_of(slow) == ("a", str(MAILBOX_MAX_COUNT + 1).encode())


async def test_a_payload_too_large_to_carry_says_read_again(bus: Bus) -> None:
    subscription = await bus.subscribe("a")
    await drained(subscription)
    await bus.signal("a", b"x" * (64 * 1024 + 1))
    assert await next_of(subscription) == ("", b"")


async def test_a_closed_subscription_ends(bus: Bus) -> None:
    subscription = await bus.subscribe("a")
    await drained(subscription)
    await subscription.close()
    async with asyncio.timeout(SOON_S):
        assert [item async for item in subscription] == []


async def drained(*subscriptions: Subscription) -> None:
    """Nothing may wait before the test begins."""
    for subscription in subscriptions:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(aiter(subscription))


async def test_the_result_of_a_look_up_passes_through_whole_and_once(bus: Bus) -> None:
    result = LookedUp(
        session=SessionId("s1"), id="l1", found=Found.ANSWER, text="寄出 \\*", why={"target": "orders", "status": 200, "ms": 12}
    )
    event = structs.replace(said("ann", "x"), key=event_key(SITE, "looked-up", "l1"), event=result)
    assert (await bus.append(event), await bus.append(event)) == (True, False)
    (read,) = await bus.read(lane("ann"), "", 10)
    assert read.event == event
