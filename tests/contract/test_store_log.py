"""The durable log under the local bus, which the embedded store is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.bus import LaneEvent, Lease
from gateway.core.ids import Lane, WorkerId
from gateway.store import SqliteStore
from tests.contract.records import later, new_session, turn
from tests.events import said
from tests.fakes import CountedIds, FrozenClock

LANE, OTHER = Lane(3), Lane(4)
ANN, BOB = WorkerId("ann"), WorkerId("bob")
HOUR_S = 3600.0


@pytest.fixture
async def log(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "frontdesk.db", clock=clock)
    await store.open()
    yield store
    await store.close()


async def append(log: SqliteStore, cid: str, lane: Lane = LANE) -> str:
    position = await log.log_append(lane, said("ann", "hello", cid))
    assert position is not None
    return position


async def test_events_are_read_in_the_order_of_their_appends(log: SqliteStore) -> None:
    positions = await asyncio.gather(*(append(log, f"c{number}") for number in range(50)))
    events = await log.log_read(LANE, "", 100)
    assert [event.position for event in events] == positions == sorted(positions)
    assert [event.event.cid for event in events] == [f"c{number}" for number in range(50)]
    assert events[7] == LaneEvent(positions[7], said("ann", "hello", "c7"))


async def test_a_lane_is_read_from_any_place_and_holds_only_its_own(log: SqliteStore) -> None:
    first = await append(log, "one")
    await append(log, "elsewhere", OTHER)
    await append(log, "two")
    await append(log, "three")
    assert [event.event.cid for event in await log.log_read(LANE, first, 1)] == ["two"]
    assert [event.event.cid for event in await log.log_read(LANE, first, 9)] == ["two", "three"]
    assert await log.log_depth(LANE) == 3
    assert await log.log_depth(OTHER) == 1


async def test_a_repeat_has_no_position(log: SqliteStore) -> None:
    results = await asyncio.gather(*(log.log_append(LANE, said("ann", "hello", "same")) for _ in range(5)))
    assert sum(position is not None for position in results) == 1
    assert await log.log_append(LANE, said("ann", "hello", "same")) is None
    assert await log.log_depth(LANE) == 1


async def test_positions_rise_even_when_all_was_trimmed_and_the_process_began_anew(log: SqliteStore) -> None:
    first = await append(log, "one")
    await log.log_trim(LANE, first)
    assert await log.log_depth(LANE) == 0
    await log.close()
    await log.open()
    assert int(await append(log, "two")) > int(first)


async def test_trimming_leaves_what_is_behind_and_other_lanes(log: SqliteStore) -> None:
    await append(log, "one")
    elsewhere = await append(log, "elsewhere", OTHER)
    two = await append(log, "two")
    await append(log, "three")
    await log.log_trim(LANE, two)
    assert [event.event.cid for event in await log.log_read(LANE, "", 9)] == ["three"]
    assert [event.position for event in await log.log_read(OTHER, "", 9)] == [elsewhere]


async def test_a_trimmed_events_key_stays_known_for_48_hours(log: SqliteStore, clock: FrozenClock) -> None:
    await log.log_trim(LANE, await append(log, "one"))
    clock.advance(47 * HOUR_S)
    await log.log_trim(LANE, "")
    assert await log.log_append(LANE, said("ann", "hello", "one")) is None
    clock.advance(2 * HOUR_S)
    await log.log_trim(LANE, "")
    assert await log.log_append(LANE, said("ann", "hello", "one")) is not None


async def test_a_lease_is_held_by_one_and_its_token_rises_with_every_new_holder(log: SqliteStore, clock: FrozenClock) -> None:
    assert await log.log_lease("lane/3", ANN, 10.0, clock.now()) == Lease("lane/3", 1)
    assert await log.log_lease("lane/3", BOB, 10.0, clock.now()) is None
    assert await log.log_lease("lane/4", BOB, 10.0, clock.now()) == Lease("lane/4", 1)
    assert await log.log_lease("lane/3", ANN, 10.0, clock.advance(9)) == Lease("lane/3", 1)
    assert await log.log_lease("lane/3", BOB, 10.0, clock.advance(9)) is None
    assert await log.log_lease("lane/3", BOB, 10.0, clock.advance(1)) == Lease("lane/3", 2)
    assert await log.log_lease("lane/3", ANN, 10.0, clock.now()) is None


async def test_a_lease_given_back_is_free_at_once(log: SqliteStore, clock: FrozenClock) -> None:
    await log.log_lease("queue", ANN, 10.0, clock.now())
    await log.log_give_back("queue", BOB)
    assert await log.log_lease("queue", BOB, 10.0, clock.now()) is None
    await log.log_give_back("queue", ANN)
    assert await log.log_lease("queue", BOB, 10.0, clock.now()) == Lease("queue", 2)


async def test_workers_are_counted_while_they_say_that_they_live(log: SqliteStore, clock: FrozenClock) -> None:
    assert await log.log_announce("turns", ANN, 10.0, clock.now()) == 1
    assert await log.log_announce("turns", BOB, 30.0, clock.now()) == 2
    assert await log.log_announce("turns", BOB, 30.0, clock.now()) == 2
    assert await log.log_announce("delivery", ANN, 30.0, clock.now()) == 1
    assert await log.log_announce("turns", BOB, 30.0, clock.advance(11)) == 1


async def test_whoever_serves_next_need_not_wait_for_dead_leases(tmp_path: Path, clock: FrozenClock, ids: CountedIds) -> None:
    path = tmp_path / "frontdesk.db"
    first = SqliteStore(path, clock=clock, is_serving=True)
    await first.open()
    await first.log_lease("lane/3", ANN, 10.0, clock.now())
    await first.log_announce("turns", ANN, 10.0, clock.now())
    await first.commit([turn(new_session(), "x", ids, is_pushed=True)])
    ((sending, token),) = await first.lease_outgoing(ANN, later(1), 90.0, 10)
    await first.close()
    second = SqliteStore(path, clock=clock, is_serving=True)
    await second.open()
    assert await second.log_lease("lane/3", BOB, 10.0, clock.now()) == Lease("lane/3", 2)
    assert await second.log_announce("turns", BOB, 10.0, clock.now()) == 1
    assert await second.lease_outgoing(BOB, later(2), 90.0, 10) == [(sending, token + 1)]
    await second.close()


async def test_events_and_the_record_share_one_file_and_one_line(log: SqliteStore) -> None:
    position, secret = await asyncio.gather(append(log, "one"), log.put_secret("name", "value"))
    assert (int(position), secret) == (1, "value")
