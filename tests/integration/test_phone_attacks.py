"""What callers who mean no good can do to a number, and to those who call it too: over the real channel, middle, record and queue."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.phone.numbers import thread_of
from gateway.core.calls import Topic, TopQuestion
from gateway.core.ids import EntryId
from tests.integration.calls_house import HOTLINE
from tests.integration.phone_house import PhoneHouse, phone_house, until
from tests.peers.phone_line import ScriptedEar

NUMBER = "+8613800138000"


class SmallMenus:
    """One category."""

    async def menu(self, language: str) -> tuple[Topic, ...]:
        titles = {"refund-time": "How long does a refund take?", "refund-way": "How do I get a refund?"}
        questions = tuple(TopQuestion(entry=EntryId(f"entry:{name}"), text=title) for name, title in titles.items())
        return (Topic(id="returns", title="Returns", questions=questions),) if language == "en" else ()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    async with phone_house(
        tmp_path, ear=ScriptedEar(), menus=SmallMenus(), agents={"a07": "sip:107@10.0.0.2"}, dial_prefixes=("+86",), calls_per_minute=100
    ) as opened:
        yield opened


async def test_a_call_whose_answer_nobody_confirms_leaves_nothing_behind(world: PhoneHouse) -> None:
    for place in range(20):
        world.line.rings(f"+86138001380{place:02}", confirms=False)
    await until(lambda: len(world.line.legs) == 20 and all(leg.is_answered for leg in world.line.legs))
    await until(lambda: len(world.channel.live) == 0)
    for place in range(20):
        assert await world.session_of(thread_of(HOTLINE, f"+86138001380{place:02}", "")) is None
    assert await world.house.store.open_handoffs() == []
    assert all(leg.heard == [] for leg in world.line.legs)


async def test_two_who_call_by_one_number_at_once_hear_nothing_of_each_other(world: PhoneHouse) -> None:
    first = world.line.rings(NUMBER)
    await world.hears(first, "For English, press two")
    first.presses("2")
    await world.hears(first, "Returns")
    before = await world.session(NUMBER)
    second = world.line.rings(NUMBER)
    await world.hears(second, "For English, press two")
    after = await world.session(NUMBER)
    assert (after.id, after.call) == (before.id, before.call), "the first one's conversation is still theirs"
    while (other := await world.session_of(thread_of(HOTLINE, NUMBER, "call-2", is_beside=True))) is None:
        await world.later(0.01)
    assert (other.id != after.id, other.address) == (True, after.address)


async def test_who_calls_again_goes_on_where_they_were(world: PhoneHouse) -> None:
    first = world.line.rings(NUMBER)
    await world.hears(first, "For English, press two")
    first.presses("2")
    await world.hears(first, "Returns")
    first.hangs_up()
    await until(lambda: len(world.channel.live) == 0)
    again = world.line.rings(NUMBER)
    await world.hears(again, "Returns")
    assert not any("For English" in words for words in again.heard)


async def test_thousands_of_keys_ask_for_no_thousands_of_things(world: PhoneHouse) -> None:
    caller = world.line.rings(NUMBER)
    await world.hears(caller, "For English, press two")
    caller.presses("2" + "1" * 10_000)
    await until(lambda: any("How long does a refund take" in words for words in caller.heard))
    await world.later(1)
    assert len(await world.messages(NUMBER)) < 100
