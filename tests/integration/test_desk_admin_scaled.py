"""Two processes over one PostgreSQL and one Redis: what is set in one holds in the other, and both together keep one admin."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from config.schema import Hours, Queue, Settings
from gateway.core.errors import Conflict, Forbidden, FrontdeskError
from gateway.core.handoff import Agent, Role
from handoff.administration import AgentChange
from handoff.opening import OpeningHours
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, open_floor

SETTINGS = Settings(queues={"default": Queue(hours="office")}, hours={"office": Hours()})


@pytest.fixture
async def floors(tmp_path: Path, postgres_url: str, redis_url: str) -> AsyncIterator[tuple[Floor, Floor]]:
    async with AsyncExitStack() as stack:
        opened = [
            await stack.enter_async_context(open_floor(tmp_path, FrozenClock(), SETTINGS, store_url=postgres_url, bus_url=redis_url))
            for _ in range(2)
        ]
        yield opened[0], opened[1]


@asynccontextmanager
async def following(floor: Floor) -> AsyncIterator[OpeningHours]:
    """The hours as this process knows them."""
    opening = OpeningHours(SETTINGS)
    task = asyncio.create_task(opening.follow(floor.store, floor.bus))
    try:
        yield opening
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(25):  # less than what a process would find out by itself
        while not is_so():
            await asyncio.sleep(0.02)


def is_open(opening: OpeningHours, floor: Floor) -> bool:
    calendar = opening.calendar("office")
    assert calendar is not None
    return calendar.is_open(floor.clock.now())


async def test_hours_that_are_set_in_one_process_hold_in_the_other(floors: tuple[Floor, Floor]) -> None:
    here, there = floors
    boss = await here.hire("boss", role=Role.SUPERVISOR)
    async with following(here) as mine, following(there) as theirs:
        await until(lambda: is_open(theirs, there))
        await here.desk.set_hours(boss, "office", {"monday": []}, 0)
        await until(lambda: not is_open(mine, here) and not is_open(theirs, there))
        await there.desk.reset_hours(boss, "office", 1)
        await until(lambda: is_open(mine, here) and is_open(theirs, there))


async def test_of_two_editors_in_two_processes_one_is_told(floors: tuple[Floor, Floor]) -> None:
    boss = await floors[0].hire("boss", role=Role.SUPERVISOR)
    for version in range(6):
        edits = (
            floor.desk.set_hours(boss, "office", {"sunday": [f"{version:02}:00-{place + 12}:00"]}, version)
            for place, floor in enumerate(floors)
        )
        outcomes = await asyncio.gather(*edits, return_exceptions=True)
        refusals = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        assert [(type(one), getattr(one, "code", "")) for one in refusals] == [(type(refusals[0]), "stale")]


async def test_two_admins_who_shut_each_other_out_through_two_processes_leave_one(floors: tuple[Floor, Floor]) -> None:
    async def demote(floor: Floor, actor: Agent, target: Agent) -> FrontdeskError | None:
        try:
            await floor.desk.change_agent(target.id, AgentChange(role=Role.AGENT), actor=actor.id)
        except (Conflict, Forbidden) as refusal:
            return refusal
        return None

    here, there = floors
    for number in range(6):
        one, two = await here.hire(f"one{number}", role=Role.ADMIN), await here.hire(f"two{number}", role=Role.ADMIN)
        outcomes = await asyncio.gather(demote(here, one, two), demote(there, two, one))
        assert sum(outcome is None for outcome in outcomes) == 1
        assert len([agent for agent in await there.store.agents() if agent.role is Role.ADMIN]) == number + 1
