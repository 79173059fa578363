"""One entry, or one agent, that can't be handled holds up nobody else: it is said, counted, and tried again later."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.errors import Busy
from gateway.core.handoff import AgentStatus, Stage
from gateway.core.ids import AgentId
from gateway.core.session import State
from handoff import moves
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, open_floor, sid


@pytest.fixture
async def floor(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    async with open_floor(tmp_path, clock) as opened:
        yield opened


def counted(floor: Floor, error: str) -> float:
    """How often this error was counted against the queue."""
    return float(floor.metrics.errors.labels("queue", error)._value.get())


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Call it with a session's id: from then on offering that one raises. Call it without, and it is well again."""
    offer, sick = moves.offer, set[str]()

    def refuse(draft: Any, *given: Any, **more: Any) -> Any:
        if draft.session.id in sick:
            raise KeyError("secret words of a customer")
        return offer(draft, *given, **more)

    monkeypatch.setattr(moves, "offer", refuse)

    def switch(session_id: str = "") -> None:
        sick.clear()
        sick.add(session_id)

    return switch


async def test_an_entry_that_can_not_be_offered_does_not_keep_the_next_from_being_served(
    floor: Floor, poison: Any, caplog: pytest.LogCaptureFixture
) -> None:
    amy = await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    floor.clock.advance(1)
    await floor.ask_for_a_person("v2")
    poison(sid("v1"))
    await floor.engine.round()
    await floor.engine.round()
    assert (await floor.session("v1")).state is State.QUEUED
    assert await floor.offered_to("v2") == "amy"
    assert counted(floor, "KeyError") == 1
    assert [record.message for record in caplog.records] == ["a queue entry can't be handled"]
    assert "secret" not in caplog.text

    poison()
    await floor.desk.reject(amy, sid("v2"))
    await floor.later(31, amy)
    assert await floor.offered_to("v1") == "amy"


async def test_one_that_can_not_even_be_written_fails_alone(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    await floor.hire("amy", capacity_units=2)
    for thread in ("v1", "v2"):
        await floor.ask_for_a_person(thread)
    commit = floor.store.commit

    async def refuse(batch: Any, progress: Any = None) -> Any:
        if any(changes.session is not None and changes.session.id == sid("v1") for changes in batch):
            raise TypeError("can't be encoded")
        return await commit(batch, progress)

    monkeypatch.setattr(floor.store, "commit", refuse)
    await floor.engine.round()
    await floor.engine.round()  # the agent's row was written after the other offer: it goes out in the next
    assert [(await floor.handoff(thread)).stage for thread in ("v1", "v2")] == [Stage.QUEUED, Stage.OFFERED]
    assert counted(floor, "TypeError") == 1


async def test_a_record_that_can_not_be_asked_ends_the_round_as_ever(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    await floor.hire("amy")
    await floor.ask_for_a_person("v1")

    async def full(*_: Any) -> Any:
        raise Busy("the record", 1)

    monkeypatch.setattr(floor.store, "commit", full)
    with pytest.raises(Busy):
        await floor.engine.round()


async def test_an_absent_agents_session_that_can_not_be_taken_leaves_the_others_to_be_taken(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    agents = [await floor.hire(name) for name in ("amy", "bob")]
    for thread in ("v1", "v2"):
        await floor.ask_for_a_person(thread)
        await floor.engine.round()
        holder = await floor.offered_to(thread)
        await floor.desk.accept(next(agent for agent in agents if agent.id == holder), sid(thread))
    transfer, holder = moves.transfer, (await floor.session("v1")).agent_id

    def refuse(draft: Any, *given: Any, **more: Any) -> Any:
        if draft.session.id == sid("v1"):
            raise KeyError("broken")
        return transfer(draft, *given, **more)

    monkeypatch.setattr(moves, "transfer", refuse)
    await floor.later(91)
    assert (await floor.session("v1")).agent_id == holder
    assert (await floor.session("v2")).state is State.QUEUED
    for agent in agents:
        stored = await floor.store.agent(AgentId(agent.id))
        assert stored is not None
        assert stored.status is AgentStatus.OFFLINE
