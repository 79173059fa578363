"""Calls that are lost, too many, cut short, or come while the record is away."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.phone.driver import Abilities
from adapters.phone.live import Line
from gateway.core.calls import Wanted
from gateway.core.events import CallStage
from gateway.core.session import CloseReason, State
from gateway.core.signals import calls_topic, pack
from tests.integration.calls_house import HOTLINE
from tests.integration.phone_house import PhoneHouse, phone_house, until
from tests.integration.phone_steps import (
    PHONE,
    SmallMenus,
    accepted,
    reaches,
    stage_of,
    waiting,
)
from tests.peers.phone_line import TURN_BASED, ScriptedEar


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    async with phone_house(
        tmp_path, ear=ScriptedEar(), menus=SmallMenus(), agents={"a07": PHONE}, dial_prefixes=("+86",), calls_per_minute=100
    ) as opened:
        yield opened


async def test_a_call_that_the_line_loses_is_owed_a_call(world: PhoneHouse) -> None:
    await world.house.hire()
    caller = await waiting(world)
    caller.is_lost()
    await reaches(world, CallStage.CALLBACK)
    assert (await world.session()).state in (State.QUEUED, State.OFFERED)


async def test_a_process_that_stops_or_dies_leaves_nobody_behind(tmp_path: Path) -> None:
    async with phone_house(tmp_path, ear=ScriptedEar()) as world:
        await world.house.hire()
        await waiting(world)
        page = await world.house.store.notebook("phone/hotline/calls")
        assert "+8613800138000" in page
    async with phone_house(tmp_path) as world:
        assert (await world.session()).state is State.QUEUED, "stopped in order, it has told"
        assert await stage_of(world) is CallStage.CALLBACK


async def test_who_was_on_the_line_when_the_process_died_is_owed_a_call(tmp_path: Path) -> None:
    left = '[{"call":"killed-1","number":"+8613800138000","dialled":"95001","began_ms":1}]'
    async with phone_house(tmp_path) as world:
        await world.house.hire()
        caller = world.line.rings(call="killed-1")
        await world.hears(caller, "您好")
        world.channel.live.forget()  # as another process would know nothing of it
        await world.house.store.note_down("phone/hotline/calls", left)
        world.is_away = True
        await world.channel.live.recall()
        await world.channel.live.begin(Line("new-2", "+8613800138002", "95001", 2))
        assert "killed-1" in await world.house.store.notebook("phone/hotline/calls"), "not forgotten for the calls that come in now"
        world.is_away = False
        await reaches(world, CallStage.CALLBACK)
        await until(lambda: not world.channel.live.owes_word)
        assert await world.channel.live.tell_lost(world.accept) == 0, "once"


async def test_a_call_back_that_the_process_before_had_begun_is_not_begun_again(world: PhoneHouse) -> None:
    agent = await world.house.hire()
    await waiting(world)
    await accepted(world, agent)
    session = await world.session()
    wish = Wanted(
        channel=HOTLINE, thread=session.thread, session_id=session.id, number="+8613800138000", agent_id=agent.id, agent="a07", id="w1"
    )
    left = '[{"call":"back-w1","number":"+8613800138000","dialled":"","began_ms":1}]'
    await world.house.store.note_down("phone/hotline/calls", left)
    world.is_away = True  # its end is not told yet
    await world.channel.live.recall()
    dialled = list(world.line.dialled)
    await world.house.bus.signal(calls_topic(HOTLINE), pack(wish))
    await world.later(1)
    assert world.line.dialled == dialled


async def test_a_caller_whom_the_next_process_takes_on_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.phone.channel.TAKEN_OVER_S", 5.0)
    monkeypatch.setattr("adapters.phone.leg.STOP_S", 0.2)  # what is told of a forgotten call is not written any more
    left = '[{"call":"killed-1","number":"+8613800138000","dialled":"95001","began_ms":1}]'
    async with phone_house(tmp_path, abilities=Abilities(raw_audio=True, outlives=True)) as world:
        await world.hears(world.line.rings(call="killed-1"), "您好")
        world.channel.live.forget()  # as another process would know nothing of it
        world.channel._calls.clear()
        await world.house.store.note_down("phone/hotline/calls", left)
        await world.channel.live.recall()
        await world.hears(world.line.rings(call="taken-on-2"), "您好")
        await world.later(4)
        assert world.channel.live.owes_word
        await world.later(2)
        await until(lambda: not world.channel.live.owes_word)
        call = (await world.session()).call
        assert call is not None
        assert (call.id, call.stage) == ("taken-on-2", CallStage.UP)


async def test_more_calls_than_are_taken_hear_that_all_lines_are_busy(tmp_path: Path) -> None:
    async with phone_house(tmp_path, calls_max_count=2, calls_per_minute=2) as world:
        first, second = world.line.rings("+8613800138001"), world.line.rings("+8613800138002")
        await world.hears(first, "您好")
        await world.hears(second, "您好")
        third = world.line.rings("+8613800138003")
        await until(lambda: third.leg.rejected == 503)
        first.hangs_up()
        second.hangs_up()
        await until(lambda: len(world.channel.live) == 0)
        again = world.line.rings("+8613800138001")
        await world.hears(again, "您好")
        again.hangs_up()
        await until(lambda: len(world.channel.live) == 0)
        fourth = world.line.rings("+8613800138001")
        await until(lambda: fourth.leg.rejected == 486)


async def test_fifty_calls_at_once_are_each_answered(tmp_path: Path) -> None:
    async with phone_house(tmp_path, ear=ScriptedEar(), languages=("en",)) as world:
        callers = [world.line.rings(f"+86138001380{n:02}") for n in range(50)]
        for caller in callers:
            await world.hears(caller, "Tell me in a few words")
        for n, caller in enumerate(callers):
            caller.says(f"question {n}")
        for n, caller in enumerate(callers):
            await world.hears(caller, "answer to question")
            assert [said for said in caller.heard if said.startswith("answer")] == [f"answer to question {_said(n)}"]


def _said(number: int) -> str:
    from adapters.phone.speaking.aloud import aloud

    return aloud(f"question {number}", "en").parts[0].removeprefix("question ")


async def test_a_line_that_takes_turns_is_told_whose_turn_it_is_behind_all_that_is_said(tmp_path: Path) -> None:
    async with phone_house(tmp_path, abilities=TURN_BASED, menus=SmallMenus()) as world:
        agent = await world.house.hire("a08")
        caller = world.line.rings()
        await until(lambda: caller.leg.did[-1:] == ["hear speech"])
        caller.presses("2")
        await world.hears(caller, "Tell me in a few words")
        await until(lambda: caller.leg.did[-1] == "hear speech")
        caller.says("refund")
        await world.hears(caller, "answer to refund")
        await until(lambda: caller.leg.did[-1] == "hear speech")
        caller.stays_silent()
        await until(lambda: sum("Anything else?" in said for said in caller.heard) == 2)
        await until(lambda: caller.leg.did[-1] == "hear speech")
        caller.presses("0")
        await world.hears(caller, "To be called back")
        await until(lambda: caller.leg.did[-1] == "music on")
        caller.presses("2")
        await until(lambda: caller.leg.did[-1] == "take message 120")
        assert caller.leg.did[-2].startswith("play Please leave your message")
        caller.presses("#")
        await world.hears(caller, "did not hear a message")
        await until(lambda: caller.leg.did[-1] == "music on")
        await accepted(world, agent)
        await world.hears(caller, "You can simply speak")
        await until(lambda: caller.leg.did[-1] == "hear speech")


async def test_a_key_into_what_we_say_silences_it_and_nothing_of_it_comes_later(tmp_path: Path) -> None:
    async with phone_house(tmp_path, menus=SmallMenus()) as world:
        caller = world.line.rings(is_by_hand=True)
        await until(lambda: "play For English, press two." in caller.leg.did)
        world.voice.gate = asyncio.Event()  # the voice is slow from here on, and half of what is to be said is not made yet
        caller.presses("2")
        await until(lambda: "flush" in caller.leg.did)
        caller.presses("1")
        await until(lambda: caller.leg.did.count("flush") == 2)
        world.voice.gate.set()
        await until(lambda: any(did.startswith("play How long") for did in caller.leg.did))
        last = max(place for place, did in enumerate(caller.leg.did) if did == "flush")
        assert next(did for did in caller.leg.did[last:] if did.startswith("play")) == "play Returns"
        assert not [did for did in caller.leg.did if "For Returns" in did], "the menu was overtaken before it was made"


async def test_how_much_of_an_answer_was_heard_is_on_record_where_a_key_cut_it_short(tmp_path: Path) -> None:
    async with phone_house(tmp_path, menus=SmallMenus(), languages=("en",)) as world:
        caller = world.line.rings(is_by_hand=True)
        await until(lambda: any(did.startswith("play For Returns") for did in caller.leg.did))
        caller.presses("11")
        await until(lambda: any(did.startswith("play answer to") for did in caller.leg.did))
        caller.listens(300)
        caller.presses("#")
        for _ in range(4_000):
            answers = [message for message in await world.messages() if "heard" in message.why]
            if answers:
                break
            await world.later(0.01)
        assert answers[0].why["heard"]["ms"] == 300
        assert answers[0].why["heard"]["of_ms"] > 1_000


async def test_a_record_that_is_away_is_said_and_the_call_goes_on_when_it_is_back(tmp_path: Path) -> None:
    async with phone_house(tmp_path, menus=SmallMenus(), languages=("en",)) as world:
        caller = world.line.rings()
        await world.hears(caller, "Returns")
        world.is_away = True
        caller.presses("11")
        await until(lambda: world.refused_count > 0)
        for _ in range(30):
            await world.later(1)
            if [said for said in caller.heard if said.startswith("Things are a little slow")]:
                break
        world.is_away = False
        await world.later(3)
        await world.hears(caller, "answer to How long does a refund take?")


async def test_a_call_that_ends_while_the_record_is_away_is_over_once_that_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.phone.leg.LAST_S", 0.05)
    async with phone_house(tmp_path) as world:
        await world.house.hire()
        caller = await waiting(world)
        world.is_away = True
        caller.hangs_up()
        await until(lambda: len(world.channel.live) == 0)
        async with asyncio.timeout(30):  # whoever comes behind us knows it too
            while '"why":"hung_up"' not in await world.house.store.notebook("phone/hotline/calls"):
                await asyncio.sleep(0.01)
        world.is_away = False
        for _ in range(400):
            await world.later(0.5)
            if (await world.session()).close_reason is CloseReason.ABANDONED_IN_QUEUE:
                break
        assert (await world.session()).close_reason is CloseReason.ABANDONED_IN_QUEUE
