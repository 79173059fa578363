"""Which lanes a worker holds, whatever becomes of the bus and of its colleagues."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.core.bus import Lease
from gateway.core.ids import Lane, WorkerId
from gateway.lanes import Lanes


class ScriptedBus:
    """As much of a bus as leases need: who else is there, and which lanes are theirs."""

    lane_count = 4

    def __init__(self) -> None:
        self.live_count = 1
        self.others: set[str] = set()
        self.is_away = False
        self.given_back: list[str] = []
        self.goodbyes = 0

    async def announce(self, group: str, worker: WorkerId, ttl_s: float) -> int:
        self.goodbyes += ttl_s == 0
        if self.is_away:
            raise OSError("away")
        return self.live_count

    async def take(self, name: str, worker: WorkerId, ttl_s: float) -> Lease | None:
        return None if name in self.others else Lease(name, 7)

    async def give_back(self, name: str, worker: WorkerId) -> None:
        self.given_back.append(name)


class Works:
    """What runs on which lane."""

    def __init__(self) -> None:
        self.running: set[Lane] = set()
        self.starts = 0

    async def work(self, lane: Lane, token: int) -> None:
        self.starts += 1
        self.running.add(lane)
        try:
            await asyncio.Event().wait()
        finally:
            self.running.discard(lane)


@asynccontextmanager
async def balanced(bus: Any, works: Works) -> AsyncIterator[Any]:
    """Yields what makes the next round; the lanes are let go of at the end."""
    lanes = Lanes(bus, works.work, worker=WorkerId("me"), lease_s=1000)
    async with asyncio.TaskGroup() as tasks:

        async def rounds() -> None:
            await lanes._balance(tasks)
            await asyncio.sleep(0)

        yield rounds
        for task in lanes._held.values():
            task.cancel()
    await lanes._give_all_back()


async def test_alone_it_works_on_all_of_them_once() -> None:
    bus, works = ScriptedBus(), Works()
    async with balanced(bus, works) as rounds:
        await rounds()
        await rounds()
        assert (works.running, works.starts) == ({0, 1, 2, 3}, 4)
    assert works.running == set()
    assert sorted(bus.given_back) == ["lane:0", "lane:1", "lane:2", "lane:3"]
    assert bus.goodbyes == 1


async def test_a_colleague_who_comes_gets_half_and_what_is_let_go_has_stopped_before() -> None:
    bus, works = ScriptedBus(), Works()
    async with balanced(bus, works) as rounds:
        await rounds()
        bus.live_count = 2
        await rounds()
        assert works.running == {0, 1}
        assert bus.given_back == ["lane:3", "lane:2"]
        bus.others = {"lane:2", "lane:3"}
        await rounds()
        assert (works.running, works.starts) == ({0, 1}, 4)


async def test_while_the_bus_is_away_the_lanes_are_kept() -> None:
    bus, works = ScriptedBus(), Works()
    async with balanced(bus, works) as rounds:
        await rounds()
        bus.is_away = True
        await rounds()
        assert works.running == {0, 1, 2, 3}


async def test_a_lane_that_another_has_taken_meanwhile_is_left_at_once() -> None:
    bus, works = ScriptedBus(), Works()
    async with balanced(bus, works) as rounds:
        await rounds()
        bus.others = {"lane:1"}
        await rounds()
        assert works.running == {0, 2, 3}


async def test_work_that_ended_because_it_was_fenced_out_begins_anew_where_the_lease_is_ours() -> None:
    bus, works = ScriptedBus(), Works()

    async def fenced_once(lane: Lane, token: int) -> None:
        if works.starts < bus.lane_count:
            works.starts += 1
            return
        await Works.work(works, lane, token)

    works.work = fenced_once  # type: ignore[method-assign]  # a worker that finds its token too old
    async with balanced(bus, works) as rounds:
        await rounds()
        assert works.running == set()
        await rounds()
        assert works.running == {0, 1, 2, 3}
