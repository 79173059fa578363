"""Calls through the real channel, middle, record, queue and desk: what a caller hears, and what is on record."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.calls import Wanted
from gateway.core.events import CallStage
from gateway.core.handoff import Stage
from gateway.core.message import Author
from gateway.core.parts import File, Keyed, Pick, Spoken
from gateway.core.session import CloseReason, State
from gateway.core.signals import calls_topic, pack
from tests.integration.calls_house import HOTLINE
from tests.integration.phone_house import PhoneHouse, phone_house, until
from tests.integration.phone_steps import PHONE, SmallMenus, accepted, by_customer, comes_to, handoff_of, is_told, reaches, waiting
from tests.peers.phone_line import ScriptedEar


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    async with phone_house(
        tmp_path, ear=ScriptedEar(), menus=SmallMenus(), agents={"a07": PHONE}, dial_prefixes=("+86",), calls_per_minute=100
    ) as opened:
        yield opened


async def test_a_caller_presses_keys_asks_aloud_and_hears_the_answer(world: PhoneHouse) -> None:
    caller = world.line.rings(name="张")
    await world.hears(caller, "For English, press two")
    caller.presses("2")
    await world.hears(caller, "Tell me in a few words")
    caller.says("refund")
    await world.hears(caller, "answer to refund")
    await world.hears(caller, "Anything else?")
    caller.presses("#1")
    await world.hears(caller, "How long does a refund take")
    caller.presses("1")
    await world.hears(caller, "answer to How long does a refund take?")
    caller.hangs_up()
    await comes_to(world, State.CLOSED)
    session = await world.session()
    assert (session.close_reason, session.language) == (CloseReason.BOT_RESOLVED, "en")
    assert by_customer(await world.messages()) == [
        Spoken(text="refund", confidence=0.9),
        Pick(id="entry:refund-time", text="How long does a refund take?", keys="1"),
    ]
    answers = [message for message in await world.messages() if message.author is Author.BOT]
    assert answers[0].why["heard"]["ms"] == answers[0].why["heard"]["of_ms"], "what was heard of it is on record"
    record = (await world.house.store.traces(session.id))[-1]
    assert record.why["way"] == ["en", "speech", "returns", "entry:refund-time"]


async def test_zero_leads_into_the_queue_and_the_agents_phone_is_connected(world: PhoneHouse) -> None:
    agent = await world.house.hire()
    world.line.phones[PHONE] = "answers"
    caller = await waiting(world)
    assert caller.leg.is_music
    place = next(n for n, said in enumerate(caller.heard) if said.startswith("I am connecting you with a colleague."))
    assert caller.heard[place + 1].startswith("To be called back")
    assert by_customer(await world.messages()) == [Pick(id="person", text="Talk to a person", keys="0")]
    await accepted(world, agent)
    await reaches(world, CallStage.TALKING)
    assert caller.leg.is_bridged
    heard = len(caller.heard)
    await world.later(60)
    assert len(caller.heard) == heard, "nobody is talked over"
    session_id = (await world.session()).id
    await world.house.desk.hold(agent, session_id)
    await world.hears(caller, "is looking into it")
    assert (caller.leg.is_bridged, caller.leg.is_music) == (True, True)
    await world.house.desk.resume(agent, session_id)
    while caller.leg.is_music:
        await world.later(0.1)
    assert (caller.leg.is_bridged, caller.leg.did[-1]) == (True, "music off")
    caller.hangs_up()
    await comes_to(world, State.WRAP_UP, State.CLOSED)


async def test_an_agents_phone_that_does_not_answer_leaves_the_caller_in_their_place(world: PhoneHouse) -> None:
    agent = await world.house.hire()
    world.line.phones[PHONE] = "busy"
    caller = await waiting(world)
    asked_at = (await handoff_of(world)).requested_at
    await accepted(world, agent)
    await world.hears(caller, "can't come to the phone")
    handoff = await handoff_of(world)
    assert (handoff.stage, handoff.requested_at) == (Stage.QUEUED, asked_at)
    assert caller.leg.is_music


async def test_whoever_wants_a_call_back_keeps_their_place_and_is_called(world: PhoneHouse) -> None:
    agent = await world.house.hire()
    world.line.phones[PHONE] = world.line.phones["+8613800138000"] = "answers"
    caller = await waiting(world)
    caller.presses("1")
    await until(lambda: caller.leg.is_over)
    await reaches(world, CallStage.CALLBACK)
    assert (await world.session()).state in (State.QUEUED, State.OFFERED)
    await accepted(world, agent)
    session = await world.session()
    wish = Wanted(channel=HOTLINE, thread=session.thread, session_id=session.id, number="+8613800138000", agent_id=agent.id, agent="a07",
                  id="w1")  # fmt: skip
    await world.house.bus.signal(calls_topic(HOTLINE), pack(wish))
    await reaches(world, CallStage.TALKING)
    assert world.line.dialled == [PHONE], "the agent first"
    assert '"call":"back-w1"' in await world.house.store.notebook("phone/hotline/calls"), "a process that dies now leaves both behind"
    leg = world.line.legs[-1]
    assert leg.did[:2] == ["play 您有一通回电，正在拨打客户的电话，请稍等。", "bridge +8613800138000"]
    leg.other_parts("hung_up")
    await reaches(world, CallStage.ENDED)


async def test_nobody_is_called_back_outside_of_what_the_configuration_allows(world: PhoneHouse) -> None:
    agent = await world.house.hire()
    await waiting(world)
    await accepted(world, agent)
    session = await world.session()
    wish = Wanted(
        channel=HOTLINE, thread=session.thread, session_id=session.id, number="+12025550123", agent_id=agent.id, agent="a07", id="w2"
    )
    await world.house.bus.signal(calls_topic(HOTLINE), pack(wish))
    await world.later(1)
    assert world.line.dialled == []


async def test_a_message_after_the_tone_is_kept_with_its_words(world: PhoneHouse) -> None:
    await world.house.hire()
    caller = await waiting(world)
    caller.presses("2")
    await until(lambda: caller.leg.taking)
    caller.leaves_message("please call me back")
    await world.hears(caller, "we have your message")
    await reaches(world, CallStage.VOICEMAIL)
    words, file = by_customer(await world.messages())[-2:]
    assert isinstance(words, Spoken)
    assert isinstance(file, File)
    assert (words.text, file.file.mime) == ("please call me back", "audio/wav")


async def test_who_calls_again_while_they_wait_is_in_their_place_at_once(world: PhoneHouse) -> None:
    await world.house.hire()
    caller = await waiting(world)
    caller.presses("1")
    await until(lambda: caller.leg.is_over)
    await reaches(world, CallStage.CALLBACK)
    again = world.line.rings()
    await world.hears(again, "To be called back")
    assert not [said for said in again.heard if "For English" in said]
    await reaches(world, CallStage.UP)


async def test_an_agent_without_a_phone_writes_and_the_caller_speaks(world: PhoneHouse) -> None:
    agent = await world.house.hire("a08")
    caller = await waiting(world)
    await accepted(world, agent)
    await world.hears(caller, "My colleague answers in writing")
    session = await world.session()
    await world.house.desk.reply(agent, session.id, "What is your order number?")
    await world.hears(caller, "What is your order number?")
    caller.says("one two three")
    await is_told(world, Spoken(text="one two three", confidence=0.9))
    caller.presses("123#")
    await is_told(world, Keyed("123"))


async def test_who_is_passed_on_to_an_agent_without_a_phone_hears_what_that_one_writes(world: PhoneHouse) -> None:
    first = await world.house.hire()
    world.line.phones[PHONE] = "answers"
    caller = await waiting(world)
    await accepted(world, first)
    await reaches(world, CallStage.TALKING)
    second = await world.house.hire("a08")
    session = await world.session()
    await world.house.desk.transfer(first, session.id, to_agent=second.id)
    await reaches(world, CallStage.UP)
    assert not caller.leg.is_bridged
    await world.house.desk.accept(second, session.id)
    await world.house.desk.reply(second, session.id, "What is your order number?")
    await world.hears(caller, "What is your order number?")
