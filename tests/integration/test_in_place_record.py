"""The answer on the line while the record is unclear, full, or slower than its peer."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.changes import Changes
from gateway.core.errors import Busy, InDoubt
from gateway.in_place import Silence
from tests.integration.line_world import PASSIVE_S, LineWorld, given, line_world, outcome, sent


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[LineWorld]:
    async with line_world(tmp_path) as made:
        yield made


async def test_an_unclear_commit_is_no_answer_and_the_repeat_finds_out(world: LineWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    commit = world.store.commit

    async def unclear(batch: list[Changes], progress: None = None) -> list[None]:
        outcomes = await commit(batch, progress)
        if batch[0].placed:
            raise InDoubt("the store")
        return outcomes  # type: ignore[return-value]

    monkeypatch.setattr(world.store, "commit", unclear)
    await world.turn(inbound, "hi")
    with pytest.raises(InDoubt):
        await outcome(push)
    monkeypatch.undo()
    await world.clock.pass_by(5)
    assert (await given(await world.push(inbound))).reply.body.endswith(b": hi")


async def test_a_record_that_takes_nothing_now_leaves_the_answer_to_delivery(world: LineWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "hi", is_signalled=False)

    async def full(batch: list[Changes], progress: None = None) -> list[None]:
        raise Busy("the store", 1.0)

    monkeypatch.setattr(world.store, "commit", full)
    await world.clock.pass_by(PASSIVE_S)
    assert await outcome(push) is Silence.LATE
    monkeypatch.undo()
    await world.clock.pass_by(0.5)
    assert await sent(world) == ["hi"]


async def test_who_is_cut_off_while_placing_gives_the_answer_back(world: LineWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    commit, is_placing, may_go = world.store.commit, asyncio.Event(), asyncio.Event()

    async def slow(batch: list[Changes], progress: None = None) -> list[object]:
        if batch[0].placed:
            is_placing.set()
            await may_go.wait()
        return list(await commit(batch, progress))

    monkeypatch.setattr(world.store, "commit", slow)
    await world.turn(inbound, "hi")
    await is_placing.wait()
    push.cancel()
    with pytest.raises(asyncio.CancelledError):
        await push
    may_go.set()
    while await world.store.placed(inbound.key) is None:
        await asyncio.sleep(0)
    await world.given_back()
    await world.clock.pass_by(5)
    assert await sent(world) == []
    await world.clock.pass_by(11)
    assert await sent(world) == ["hi"]
