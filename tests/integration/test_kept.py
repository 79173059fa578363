"""What is kept for customers who never come back is given up in the end, and people are told."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.ids import WorkerId
from gateway.core.message import Author, Status
from gateway.core.signals import DESK, unpack_desk
from gateway.timers import Timers
from tests.fakes import FrozenClock
from tests.integration.quota_house import CountedHouse, open_house
from tests.peers.push_channel import texts

DAYS = 24 * 3600.0
WORDS = "Are you still there?"


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[CountedHouse]:
    async with open_house(tmp_path, clock) as opened:
        await opened.says("person")
        await opened.agent_takes_it()
        await opened.worker().send_due()
        clock.advance(2 * DAYS)
        await opened.agent_says(WORDS)
        await opened.worker().send_due()
        assert await opened.said(Author.AGENT) == [(WORDS, Status.KEPT)]
        yield opened


def timers_of(house: CountedHouse) -> Timers:
    return Timers(
        store=house.store, bus=house.bus, clock=house.clock, ids=house.ids, worker=WorkerId("t"), idle_s=1e9, wrap_up_s=1e9
    )  # fmt: skip


async def test_after_a_quarter_what_is_kept_fails_in_words_and_the_desk_is_told(
    house: CountedHouse, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def pause(_: float) -> None:
        raise asyncio.CancelledError

    monkeypatch.setattr("gateway.timers.asyncio.sleep", pause)
    clock.advance(90 * DAYS + 1)
    heard = await house.bus.subscribe(DESK)
    with pytest.raises(asyncio.CancelledError):
        await timers_of(house).run()
    assert await house.said(Author.AGENT) == [(WORDS, Status.FAILED)]
    told = unpack_desk((await anext(aiter(heard)))[1])
    (seq, status) = told.fates[0]
    assert (told.kind, told.agent_id, status) == ("message", "a7", Status.FAILED)
    assert told.session_id is not None
    details = await house.store.message_details(told.session_id, [seq])
    assert details == {seq: "kept for 90 days; the customer did not come back (not_back)"}
    assert await house.store.kept_depth() == 0


async def test_until_then_it_waits(house: CountedHouse, clock: FrozenClock) -> None:
    clock.advance(90 * DAYS - 1)
    assert await timers_of(house).kept.end_old() == 0
    assert await house.said(Author.AGENT) == [(WORDS, Status.KEPT)]


async def test_who_comes_back_at_that_very_moment_reads_it(
    house: CountedHouse, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    clock.advance(91 * DAYS)
    old_kept = house.store.old_kept

    async def beaten(*given: object) -> object:
        page = await old_kept(*given)  # type: ignore[arg-type]  # passed on as it came
        await house.says("I am back")
        return page

    monkeypatch.setattr(house.store, "old_kept", beaten)
    assert await timers_of(house).kept.end_old() == 0
    await house.worker().send_due()
    assert texts(house.channel)[-1] == WORDS
    assert await house.said(Author.AGENT) == [(WORDS, Status.SENT)]


async def test_each_round_looks_at_few_and_the_next_one_goes_on(
    house: CountedHouse, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr("gateway.kept.ROUND_COUNT", 1)
    await house.agent_says("Hello?")
    await house.worker().send_due()
    clock.advance(89 * DAYS)
    kept = timers_of(house).kept
    assert [await kept.end_old() for _ in range(3)] == [0, 0, 0]
    clock.advance(2 * DAYS)
    assert [await kept.end_old() for _ in range(3)] == [1, 1, 0]
    assert [status for _, status in await house.said(Author.AGENT)] == [Status.FAILED, Status.FAILED]
