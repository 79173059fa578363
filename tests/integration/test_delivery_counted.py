"""The outbox where the channel counts messages: what may go goes, the rest is kept, and goes out with the customer's next deed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.allowance import Allowance
from gateway.core.errors import Busy, Rejected, Shut, TryLater, Uncertain
from gateway.core.events import Came
from gateway.core.ids import ChannelName, SessionId, Thread
from gateway.core.message import Author, Status
from gateway.core.session import Session
from gateway.core.signals import DESK, unpack_desk
from gateway.delivery import LEASE_S
from tests.fakes import FrozenClock
from tests.integration.quota_house import LONG, CountedHouse, open_house
from tests.peers.push_channel import Peer, texts

DAYS = 24 * 3600.0
HINT = "\n(to be continued: write anything to read on)"


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[CountedHouse]:
    async with open_house(tmp_path, clock) as opened:
        yield opened


async def test_a_turn_is_paid_for_and_sent(house: CountedHouse) -> None:
    await house.says("hello")
    assert (await house.allowance()).said_count == 5
    await house.worker().send_due()
    assert texts(house.channel) == ["answer to hello"]
    assert (await house.allowance()).said_count == 4
    assert await house.said() == [("answer to hello", Status.SENT)]


async def test_the_bot_talks_until_only_the_reserve_is_left_and_says_that_more_follows(house: CountedHouse) -> None:
    await house.says("long")
    await house.worker().send_due()
    paragraphs = LONG.split("\n\n")
    assert texts(house.channel) == [*paragraphs[:3], paragraphs[3] + HINT]
    assert [status for _, status in await house.said()] == [Status.KEPT]
    assert ((await house.allowance()).said_count, house.channel.refused) == (1, [])


async def test_what_was_kept_goes_out_first_with_the_customers_next_message(house: CountedHouse) -> None:
    await house.says("long")
    await house.worker().send_due()
    await house.says("go on")
    await house.worker().send_due()
    paragraphs = LONG.split("\n\n")
    assert texts(house.channel)[4:] == paragraphs[4:]
    assert await house.said() == [(LONG, Status.SENT), ("answer to go on", Status.KEPT)]
    await house.says("and")
    await house.worker().send_due()
    assert texts(house.channel)[8:] == ["answer to go on", "answer to and"]
    assert house.channel.refused == []


async def test_the_reserve_is_the_agents(house: CountedHouse) -> None:
    await house.says("long")
    await house.worker().send_due()
    await house.agent_takes_it()
    await house.agent_says("I am here.")
    await house.agent_says("One more.")
    await house.worker().send_due()
    assert texts(house.channel)[4:] == ["I am here."]
    assert await house.said(Author.AGENT) == [("I am here.", Status.SENT), ("One more.", Status.KEPT)]
    assert house.channel.refused == []


async def test_a_bots_kept_words_are_refused_once_an_agent_has_the_floor(house: CountedHouse) -> None:
    await house.says("long")
    await house.worker().send_due()
    await house.agent_takes_it()
    await house.agent_says("I am here.")
    await house.says("thanks")
    await house.worker().send_due()
    assert texts(house.channel)[4:] == ["I am here."]
    assert [status for _, status in await house.said()] == [Status.REFUSED, Status.SENT]


async def test_after_the_window_an_agents_words_wait_without_a_call(house: CountedHouse) -> None:
    await house.says("person")
    await house.agent_takes_it()
    await house.worker().send_due()
    house.clock.advance(2 * DAYS)
    heard = await house.bus.subscribe(DESK)
    await house.agent_says("Are you still there?")
    calls = house.channel.calls
    await house.worker().send_due()
    assert house.channel.calls == calls
    assert (await house.said(Author.AGENT)) == [("Are you still there?", Status.KEPT)]
    told = unpack_desk((await anext(aiter(heard)))[1])
    assert (told.kind, told.agent_id, told.fates[0][1]) == ("message", "a7", Status.KEPT)
    await house.says("yes")
    await house.worker().send_due()
    assert texts(house.channel)[-1] == "Are you still there?"
    assert (await house.said(Author.AGENT)) == [("Are you still there?", Status.SENT)]


async def test_a_tap_lets_kept_words_go_too_and_its_minute_is_spent_first(house: CountedHouse) -> None:
    await house.says("long")
    await house.worker().send_due()
    await house.does(Came("tapped"))
    await house.worker().send_due()
    assert len(texts(house.channel)) == 7
    allowance = await house.allowance()
    assert (allowance.touched_count, allowance.said_count) == (0, 1)


async def test_a_channel_that_is_shut_is_asked_once_and_everything_waits(house: CountedHouse) -> None:
    await house.says("hello")
    house.channel.script = [Shut("out of the window", code="out_of_window")]
    worker = house.worker()
    await worker.send_due()
    await house.agent_takes_it()
    await house.agent_says("one")
    await house.agent_says("two")
    house.clock.advance(3600)
    await worker.send_due()
    assert house.channel.calls == 1
    assert [status for _, status in await house.said()] == [Status.KEPT] * 3
    allowance = await house.allowance()
    assert (allowance.said_count, allowance.why) == (0, "out_of_window")
    await house.says("hello?")
    await worker.send_due()
    assert texts(house.channel) == ["one", "two"], "the bot's has lost the floor"


async def test_an_account_that_may_only_answer_keeps_its_words_and_its_allowance(house: CountedHouse) -> None:
    await house.says("hello")
    house.channel.script = [Shut("no permission", code="no_api")]
    await house.worker().send_due()
    assert [status for _, status in await house.said()] == [Status.KEPT]
    assert ((await house.allowance()).said_count, (await house.allowance()).why) == (5, "")


async def test_what_was_certainly_not_taken_costs_nothing(house: CountedHouse) -> None:
    await house.says("hello")
    house.channel.script = [TryLater("busy"), TryLater("busy"), Rejected("wrong type")]
    worker = house.worker()
    for wait_s in (0, 2, 4):
        house.clock.advance(wait_s)
        await worker.send_due()
    assert await house.said() == [("answer to hello", Status.FAILED)]
    assert (await house.allowance()).said_count == 5


async def test_what_may_have_been_taken_is_paid_for_and_said_to_the_desk(house: CountedHouse) -> None:
    await house.says("hello")
    await house.agent_takes_it()
    await house.agent_says("one")
    house.channel.script = [Peer.LOST]
    heard = await house.bus.subscribe(DESK)
    worker = house.worker()
    await worker.send_due()
    house.clock.advance(600)
    await worker.send_due()
    assert texts(house.channel) == ["one"]
    assert await house.said(Author.AGENT) == [("one", Status.UNCERTAIN)]
    assert (await house.allowance()).said_count == 4
    fates = [status for _ in range(2) for _, status in unpack_desk((await anext(aiter(heard)))[1]).fates]
    assert fates == [Status.REFUSED, Status.UNCERTAIN]


async def test_a_repeat_to_a_peer_that_drops_repeats_is_paid_for_once(tmp_path: Path, clock: FrozenClock) -> None:
    async with open_house(tmp_path, clock, is_idempotent=True) as house:
        await house.says("hello")
        house.channel.script = [Peer.LOST, Uncertain("again")]
        worker = house.worker()
        for wait_s in (0, 2, 4):
            house.clock.advance(wait_s)
            await worker.send_due()
        assert await house.said() == [("answer to hello", Status.SENT)]
        assert ((await house.allowance()).said_count, house.channel.refused) == (4, [])


@pytest.mark.parametrize(("is_idempotent", "status"), [(False, Status.UNCERTAIN), (True, Status.SENT)])
async def test_a_worker_killed_while_sending_has_paid_once(tmp_path: Path, clock: FrozenClock, is_idempotent: bool, status: Status) -> None:
    async with open_house(tmp_path, clock, is_idempotent=is_idempotent) as house:
        await house.says("hello")
        house.channel.script = [None]
        dying = asyncio.create_task(house.worker("ann").run())
        async with asyncio.timeout(30):
            await house.channel.called.wait()
            while not texts(house.channel):
                await asyncio.sleep(0.01)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        house.clock.advance(LEASE_S)
        await house.worker("bob").send_due()
        assert await house.said() == [("answer to hello", status)]
        assert (await house.allowance()).said_count == 4


async def test_a_notice_goes_out_where_words_may_not_and_costs_nothing(house: CountedHouse) -> None:
    await house.says("person")
    await house.agent_takes_it()
    await house.worker().send_due()
    house.clock.advance(2 * DAYS)
    await house.agent_says("kept")
    await house.agent_notifies()
    await house.worker().send_due()
    assert house.channel.notices == ["shipped"]
    assert [status for _, status in await house.said(Author.AGENT)] == [Status.KEPT, Status.SENT]


async def test_a_customer_who_has_left_costs_no_call_until_they_come_back(house: CountedHouse) -> None:
    await house.says("hello")
    await house.agent_takes_it()
    await house.leaves()
    await house.agent_says("please come back")
    await house.worker().send_due()
    assert house.channel.calls == 0
    assert (await house.allowance()).why == "unreachable"
    await house.does(Came("followed"))
    await house.worker().send_due()
    assert texts(house.channel) == ["please come back"]


async def test_the_record_being_away_for_a_moment_delays_a_message_and_pays_nothing(
    house: CountedHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    await house.says("hello")
    read, refusals = house.store.session, [Busy("the record", 2.0)]

    async def away_once(session_id: object) -> object:
        if refusals:
            raise refusals.pop()
        return await read(session_id)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(house.store, "session", away_once)
    worker = house.worker()
    await worker.send_due()
    assert (await house.allowance()).said_count == 5
    house.clock.advance(2)
    await worker.send_due()
    assert texts(house.channel) == ["answer to hello"]
    assert (await house.allowance()).said_count == 4


async def test_bot_and_system_of_one_turn_are_one_message_and_share_its_fate(house: CountedHouse) -> None:
    await house.says("hello")
    await house.bot_and_system_say("one", "two")
    worker = house.worker()
    await worker.send_due()
    assert texts(house.channel) == ["answer to hello", "one\n\ntwo"]
    assert [status for _, status in await house.said()] == [Status.SENT] * 3
    house.clock.advance(2 * DAYS)
    await house.bot_and_system_say("three", "four")
    await worker.send_due()
    assert [status for _, status in await house.said()][3:] == [Status.KEPT] * 2


async def test_words_let_go_meanwhile_are_not_overtaken_by_those_behind_them(house: CountedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    await house.says("person")
    await house.agent_takes_it()
    worker = house.worker()
    await worker.send_due()
    house.clock.advance(2 * DAYS)
    await house.agent_says("one")
    await worker.send_due()
    await house.agent_says("two")
    read = house.store.allowance

    async def just_after_a_message(channel: ChannelName, thread: Thread) -> Allowance | None:
        monkeypatch.undo()
        await house.says("here I am")
        return await read(channel, thread)

    monkeypatch.setattr(house.store, "allowance", just_after_a_message)
    await worker.send_due()
    assert texts(house.channel)[-2:] == ["one", "two"]


async def test_what_goes_out_behind_a_new_message_is_counted_to_that_one(house: CountedHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between paying and sending the customer writes again: the peer, too, counts what it takes then to the newer message."""
    await house.says("hello")
    read = house.store.session

    async def just_after_a_message(session_id: SessionId) -> Session | None:
        monkeypatch.undo()
        await house.says("and one thing more")
        return await read(session_id)

    monkeypatch.setattr(house.store, "session", just_after_a_message)
    await house.worker().send_due()
    assert texts(house.channel) == ["answer to hello", "answer to and one thing more"]
    assert (await house.allowance()).said_count == 3
