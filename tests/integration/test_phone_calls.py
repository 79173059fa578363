"""Calls through the real channel, middle, record, queue and desk: what a caller hears, and what is on record."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.phone.driver import Abilities
from adapters.phone.live import Line
from gateway.core.calls import Topic, TopQuestion, Wanted
from gateway.core.events import CallStage
from gateway.core.handoff import Agent, Handoff, Stage
from gateway.core.ids import EntryId
from gateway.core.message import Author, Message
from gateway.core.parts import File, Keyed, Pick, Spoken
from gateway.core.session import CloseReason, State
from gateway.core.signals import calls_topic, pack
from tests.integration.calls_house import HOTLINE
from tests.integration.phone_house import PhoneHouse, phone_house, until
from tests.peers.phone_line import TURN_BASED, Caller, ScriptedEar

PHONE = "sip:107@10.0.0.2"


class SmallMenus:
    """Two categories."""

    async def menu(self, language: str) -> tuple[Topic, ...]:
        titles = {"refund-time": "How long does a refund take?", "refund-way": "How do I get a refund?"}
        questions = tuple(TopQuestion(entry=EntryId(f"entry:{name}"), text=title) for name, title in titles.items())
        return (Topic(id="returns", title="Returns", questions=questions),) if language == "en" else ()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[PhoneHouse]:
    async with phone_house(
        tmp_path, ear=ScriptedEar(), menus=SmallMenus(), agents={"a07": PHONE}, dial_prefixes=("+86",), calls_per_minute=100
    ) as opened:
        yield opened


async def stage_of(world: PhoneHouse) -> CallStage | None:
    call = (await world.session()).call
    return call.stage if call else None


async def comes_to(world: PhoneHouse, *states: State) -> None:
    """Until the caller's session is in one of these."""
    for _ in range(4_000):
        if (await world.session()).state in states:
            return
        await until(lambda: True)
        await world.later(0.01)
    raise AssertionError(f"expected {states}, got {(await world.session()).state}")


async def reaches(world: PhoneHouse, stage: CallStage) -> None:
    for _ in range(4_000):
        if await stage_of(world) is stage:
            return
        await world.later(0.01)
    raise AssertionError(f"expected {stage}, got {await stage_of(world)}")


async def waiting(world: PhoneHouse, keys: str = "20") -> Caller:
    """A caller in the queue."""
    caller = world.line.rings()
    await world.hears(caller, "For English, press two")
    caller.presses(keys)
    await world.hears(caller, "To be called back")
    return caller


async def offered(world: PhoneHouse, agent: Agent) -> None:
    await world.house.desk.heartbeat(agent.id)
    await world.house.engine.round()


async def accepted(world: PhoneHouse, agent: Agent) -> None:
    await offered(world, agent)
    await world.house.desk.accept(agent, (await world.session()).id)


async def handoff_of(world: PhoneHouse) -> Handoff:
    handoff_id = (await world.session()).handoff_id
    assert handoff_id is not None
    handoff = await world.house.store.handoff(handoff_id)
    assert handoff is not None
    return handoff


async def is_told(world: PhoneHouse, part: object) -> None:
    for _ in range(4_000):
        if by_customer(await world.messages())[-1:] == [part]:
            return
        await world.later(0.01)
    raise AssertionError(f"expected {part}, got {by_customer(await world.messages())}")


def by_customer(messages: list[Message]) -> list[object]:
    return [part for message in messages if message.author is Author.CUSTOMER for part in message.parts]


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
