"""The answer on the line where its turn runs in the same process: it is placed in the turn's own transaction, or by who waits."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from gateway.core.changes import Changes
from gateway.core.errors import InDoubt
from gateway.core.ids import EventKey
from gateway.core.message import Message, Status
from gateway.in_place import Silence
from tests.integration.line_world import LineWorld, given, line_world, outcome, sent


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[LineWorld]:
    async with line_world(tmp_path) as made:
        yield made


async def test_a_turn_of_the_same_process_places_its_answer_itself(world: LineWorld) -> None:
    inbound = world.inbound()
    first, repeat = await world.push(inbound), await world.push(inbound)
    await world.turn(inbound, "hi", here=world.in_place)
    (row,) = await world.store.outgoing_of(inbound.channel, inbound.thread, 9)
    assert (row.token, row.is_leased) == (0, True)
    answer = await given(first)
    assert (answer.is_repeat, answer.reply.body) == (False, b"1793611800 ann: hi")
    world.in_place._attention._heard("", b"")  # the other one asks the record
    assert (await given(repeat)).reply.body == answer.reply.body
    answer.written(world.clock.now())
    await world.settled()
    await world.clock.pass_by(60)
    assert (await world.statuses(), await sent(world)) == ([Status.SENT], [])


async def test_what_its_turn_could_not_place_is_taken_behind_it(world: LineWorld) -> None:
    await world.turn(world.inbound("m0"), "not yet sent", is_signalled=False)
    inbound = world.inbound("m1")
    push = await world.push(inbound)
    await world.turn(inbound, "hi", here=world.in_place)
    assert (await given(push)).reply.body.endswith(b": not yet sent\n\nhi")


async def test_an_answer_placed_for_a_peer_that_was_cut_off_goes_back(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    commit = world.store.commit

    async def cutting(batch: list[Changes], progress: None = None) -> list[object]:
        push.cancel()
        await asyncio.wait([push])
        return list(await commit(batch, progress))

    world.store.commit = cutting  # type: ignore[assignment, method-assign]
    await world.turn(inbound, "hi", here=world.in_place)
    world.store.commit = commit  # type: ignore[method-assign]
    await world.given_back()
    assert (await given(await world.push(inbound))).is_repeat


async def test_an_answer_that_came_as_its_peer_was_cut_off_goes_back(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    await world.turn(inbound, "hi", here=world.in_place)
    push.cancel()
    with pytest.raises(asyncio.CancelledError):
        await push
    await world.given_back()
    await world.clock.pass_by(16)
    assert await sent(world) == ["hi"]


async def test_a_turn_whose_commit_is_unclear_has_its_answer_found_by_who_waits(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    commit = world.store.commit

    async def unclear(batch: list[Changes], progress: None = None) -> list[object]:
        await commit(batch, progress)
        return [InDoubt("the store")]

    world.store.commit = unclear  # type: ignore[assignment, method-assign]
    with pytest.raises(AssertionError):
        await world.turn(inbound, "hi", here=world.in_place)
    world.store.commit = commit  # type: ignore[method-assign]
    answer = await given(push)
    assert (answer.is_repeat, answer.reply.body) == (True, b"1793611800 ann: hi")


async def test_a_peer_that_has_gone_is_given_nothing(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    world.is_there = False
    await world.turn(inbound, "hi")
    assert await outcome(push) is Silence.GONE
    await world.clock.pass_by(2)
    assert await sent(world) == ["hi"]


async def test_a_turn_that_is_told_while_the_record_is_read_is_not_missed(world: LineWorld) -> None:
    inbound = world.inbound()
    push = await world.push(inbound)
    (watch,) = (watch for watches in world.in_place._attention._watches.values() for watch in watches)
    reading = world.store.messages_by_key

    async def slow(keys: Sequence[EventKey]) -> list[Message]:
        found = await reading(keys)
        await world.turn(inbound, "hi")
        while not watch.is_decided:
            await asyncio.sleep(0)
        return found

    world.store.messages_by_key = slow  # type: ignore[method-assign]
    watch.doubt()
    assert (await given(push)).reply.body.endswith(b": hi")
