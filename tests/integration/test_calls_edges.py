"""The edges of calls: what is counted, said for the ear, trusted, told too late, or never told at all."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from config.schema import Hours, Queue, Settings
from gateway.core.contact import Proof
from gateway.core.decision import Decision, Kind
from gateway.core.events import CallStage, Visit
from gateway.core.ids import ContactId, FileId, WorkerId
from gateway.core.memory import BotMemory
from gateway.core.parts import FileRef, Keyed, Spoken
from gateway.core.session import CloseReason, State
from gateway.timers import Timers
from tests.integration.calls_house import NUMBER, CallsHouse, calls_house, hotline

VOICE = FileRef(id=FileId("f1"), name="message.wav", mime="audio/wav", size_bytes=16_000, sha256="0" * 64)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[CallsHouse]:
    async with calls_house(tmp_path) as opened:
        yield opened


async def test_a_call_that_is_over_is_counted_with_how_it_ended(house: CallsHouse) -> None:
    await house.call()
    await house.call(CallStage.ENDED, why="hung_up", facts={"seconds": 42.5})
    await house.call(call="c2")
    await house.call(CallStage.ENDED, call="c2", why="a word nobody knows", facts={"way": "x" * 9_000})
    told = house.metrics.exposition().decode()
    assert 'frontdesk_calls_total{channel="hotline",why="hung_up"} 1.0' in told
    assert 'frontdesk_calls_total{channel="hotline",why="other"} 1.0' in told
    assert 'frontdesk_call_seconds_sum{channel="hotline"} 42.5' in told
    record = (await house.store.traces((await house.session()).id))[-1]
    assert record.why["facts"] == "too_large"


async def test_who_talks_with_an_agent_is_not_taken_from_them_because_a_desk_is_closed(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    await house.call(CallStage.TALKING)
    await house.later(3600)
    assert (await house.session()).agent_id == agent.id
    await house.call(CallStage.ENDED, why="lost")
    await house.later(1)
    assert (await house.session()).state is State.QUEUED


async def test_whom_nobody_can_call_back_before_closing_gets_a_case(house: CallsHouse) -> None:
    agent = await house.hire(capacity_units=0)
    await house.call()
    await house.zero()
    await house.call(CallStage.CALLBACK)
    await house.call(CallStage.ENDED, why="by_us")
    await house.later(3600)  # the agent's desk is gone meanwhile
    await house.later(3600)
    case, session = await house.case(), await house.session()
    assert case is not None
    assert (case.phone, session.close_reason, agent.id) == (NUMBER, CloseReason.EXPIRED, "a07")


async def test_trusted_numbers_are_contacts_and_others_are_not(house: CallsHouse) -> None:
    await house.call(proof=Proof.CHANNEL)
    known = await house.session()
    assert (known.is_doubtful, known.contact_id is not None) == (False, True)
    contact = await house.store.contact(known.contact_id or ContactId(""))
    assert contact is not None
    assert contact.phone == NUMBER
    await house.call(number="+12025550123")
    other = await house.session("+12025550123")
    assert (other.is_doubtful, other.contact_id) == (True, None)


async def test_who_asks_for_what_is_theirs_hears_why_a_person_comes_to_it(house: CallsHouse) -> None:
    asks = Decision(kind=Kind.CLARIFY, language="en", text="Which order?", memory=BotMemory(asking="order", action="order"))
    house.brain.says = {"where is my order": asks}
    why = "To protect your account, a colleague has to make sure who you are before we can go into this."
    await house.call()
    await house.says("where is my order")
    assert (await house.words())[-1].startswith(f"bot: {why}\nI am sorry, no colleague is available just now. Your case number is ")
    await house.hire()
    await house.call(call="c2", number="+8613800138001")
    await house.says("where is my order", number="+8613800138001")
    assert (await house.words("+8613800138001"))[-1] == f"system: {why}\nI am connecting you with a colleague. You are number 1 in line."


async def test_the_language_that_a_caller_has_chosen_is_the_sessions(house: CallsHouse) -> None:
    await house.call()
    assert (await house.session()).language == "zh-CN"
    await house.call(visit=Visit(locale="zh-TW"))
    assert (await house.session()).language == "zh-TW"
    await house.zero()
    assert (await house.session()).language == "en"


async def test_who_goes_on_talking_when_the_agent_has_ended_is_in_a_new_episode_on_the_same_call(house: CallsHouse) -> None:
    agent = await house.hire()
    session = await house.served(agent)
    await house.desk.close(agent, session.id, "resolved")
    await house.says("one more thing")
    again = await house.session()
    assert (again.episode, again.state, again.call and again.call.id) == (2, State.BOT, "c1")
    await house.call(CallStage.ENDED, why="hung_up")
    assert (await house.session()).state is State.CLOSED


async def test_the_end_of_a_call_whose_session_is_over_is_noted_there(house: CallsHouse) -> None:
    agent = await house.hire()
    session = await house.served(agent)
    await house.desk.close(agent, session.id, "resolved")
    assert (await house.words())[-1] == "system: Thank you for talking to us."
    await house.call(CallStage.ENDED, why="by_us", file=VOICE)
    now = await house.session()
    assert (now.episode, now.state, now.call and now.call.stage, now.call and now.call.recording) == (
        1, State.CLOSED, CallStage.ENDED, VOICE,
    )  # fmt: skip


async def test_closed_hours_are_said_for_the_ear(tmp_path: Path) -> None:
    week: dict[str, Any] = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("12:00-18:00",))
    rules = Settings(
        channels=hotline().channels, queues={"default": Queue(hours="office")}, hours={"office": Hours(timezone="Asia/Shanghai", **week)}
    )  # fmt: skip
    async with calls_house(tmp_path, rules) as house:
        house.clock.advance(3600)  # half past six in the evening there
        await house.call()
        await house.zero()
        told = (await house.words())[-1]
        assert told.startswith("bot: I am sorry, our team is not there at the moment. We are back on Tuesday at 12:00, Beijing time.")


async def test_words_understood_only_behind_the_hang_up_begin_no_conversation(house: CallsHouse) -> None:
    await house.call()
    await house.call(CallStage.ENDED, why="hung_up")
    await house.says("refund")
    session = await house.session()
    assert (session.episode, session.state) == (1, State.CLOSED)
    assert await house.words() == ["customer: refund"]
    assert house.brain.asked == []


async def test_who_said_nothing_that_is_a_word_does_not_hear_about_a_file(house: CallsHouse) -> None:
    await house.call()
    await house.says(Spoken(text="", confidence=0.1))
    assert (await house.words())[-1] == "bot: Sorry, I did not catch that. Please say it in other words."


async def test_who_withholds_the_number_may_key_in_where_to_call(house: CallsHouse) -> None:
    anonymous = "withheld:c1"
    await house.call(number=anonymous)
    await house.zero(anonymous)
    case = await house.case(anonymous)
    assert case is not None
    assert (await house.words(anonymous))[-1].endswith(
        f"Your case number is {case.number}. Please give me a phone number where we can reach you."
    )
    await house.says(Keyed("13800138000"), number=anonymous)
    now = await house.case(anonymous)
    assert now is not None
    assert now.phone == NUMBER
    assert (await house.words(anonymous))[-1] == f"bot: Thank you. We have noted the number {NUMBER}, and will call you back."


async def test_silence_on_the_line_is_no_end_and_a_forgotten_call_is_not_kept_for_ever(house: CallsHouse) -> None:
    timers = Timers(
        store=house.store, bus=house.bus, clock=house.clock, ids=house.ids, worker=WorkerId("one"), idle_s=1800, wrap_up_s=900
    )  # fmt: skip
    await house.call()
    house.clock.advance(7_200)
    assert await timers.close_idle() == 0
    house.clock.advance(86_400)
    assert await timers.close_idle() == 1
