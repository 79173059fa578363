"""Engines of one queue that lead in turn, believe to lead, or look at the same moment: nobody is offered twice, nobody forgotten."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.core.handoff import Stage, Urgency
from gateway.core.ids import AgentId, WorkerId
from gateway.core.session import State
from handoff.queue import QueueEngine
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, floor_of_size, sid


@pytest.fixture(params=["embedded", "scaled"])
async def floor(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    """A floor of either size."""
    async with floor_of_size(request, tmp_path, clock) as opened:
        yield opened


async def test_only_one_of_two_engines_leads_and_the_other_takes_over(floor: Floor) -> None:
    await floor.hire("amy", capacity_units=2)
    await floor.ask_for_a_person("v1")
    async with running(floor.engine):
        await _until_offered(floor, "v1")
        assert await floor.bus.take("queue", WorkerId("two"), 10) is None
    async with running(floor.another_engine("two")):
        await floor.ask_for_a_person("v2")
        await _until_offered(floor, "v2")
        assert await floor.bus.take("queue", WorkerId("one"), 10) is None


async def test_two_engines_that_both_believe_they_lead_do_not_fill_hands_twice(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    read = floor.store.held_units

    async def meanwhile_another_leads() -> dict[AgentId, int]:
        held = await read()
        monkeypatch.setattr(floor.store, "held_units", read)
        await floor.ask_for_a_person("v2", urgency=Urgency.URGENT)
        await floor.another_engine("two").round()
        return held

    monkeypatch.setattr(floor.store, "held_units", meanwhile_another_leads)
    await floor.engine.round()
    assert [await floor.offered_to(thread) for thread in ("v1", "v2")] == [None, "amy"]


async def test_engines_that_look_at_the_same_moment_offer_once(floor: Floor) -> None:
    await floor.hire("amy", capacity_units=2)
    for thread in ("v1", "v2", "v3"):
        await floor.ask_for_a_person(thread)
    await asyncio.gather(*(floor.another_engine(str(number)).round() for number in range(4)))
    await floor.engine.round()
    assert [[line.what for line in await floor.traces(thread)].count("offered") for thread in ("v1", "v2", "v3")] == [1, 1, 0]


async def test_a_running_engine_offers_as_soon_as_a_customer_waits(floor: Floor) -> None:
    await floor.hire("amy")
    async with running(floor.engine):
        await floor.ask_for_a_person("v1")
        await _until_offered(floor, "v1")


async def test_an_entry_accepted_behind_the_engines_back_is_left_alone(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    amy, _ = await floor.hire("amy"), await floor.hire("bob")
    await floor.ask_for_a_person("v1")
    read = floor.store.open_handoffs

    async def accepted_meanwhile() -> object:
        entries = await read()
        monkeypatch.setattr(floor.store, "open_handoffs", read)
        await floor.desk.accept(amy, sid("v1"))
        return entries

    monkeypatch.setattr(floor.store, "open_handoffs", accepted_meanwhile)
    await floor.engine.round()
    session, handoff = await floor.session("v1"), await floor.handoff("v1")
    assert (session.state, session.agent_id, handoff.stage) == (State.ACTIVE, "amy", Stage.ACCEPTED)


@asynccontextmanager
async def running(engine: QueueEngine) -> AsyncIterator[None]:
    """The engine at work until the end of the block."""
    task = asyncio.create_task(engine.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until_offered(floor: Floor, thread: str) -> None:
    async with asyncio.timeout(30):
        while (await floor.session(thread)).state is not State.OFFERED:
            await asyncio.sleep(0.01)
