"""What a call does to its session, over the real record, queue and desk: it opens it, keeps its place, and leaves nobody in silence."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.events import CallStage, Played, Visit
from gateway.core.handoff import Reason, Stage
from gateway.core.ids import FileId
from gateway.core.message import Status
from gateway.core.parts import File, FileRef, Pick, Spoken
from gateway.core.session import CloseReason, State
from tests.integration.calls_house import NUMBER, CallsHouse, calls_house

VOICE = FileRef(id=FileId("f1"), name="message.wav", mime="audio/wav", size_bytes=16_000, sha256="0" * 64)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[CallsHouse]:
    async with calls_house(tmp_path) as opened:
        yield opened


# ---- with the bot --------------------------------------------------------------------------------------------------------------------


async def test_a_call_opens_a_session_before_anything_is_said(house: CallsHouse) -> None:
    await house.call(dialled="4001", visit=Visit(locale="en"))
    session = await house.session()
    assert session.state is State.BOT
    assert session.call is not None
    assert (session.call.stage, session.call.number, session.call.dialled, session.call.is_up) == (CallStage.UP, NUMBER, "4001", True)
    assert session.language == "en"
    assert session.is_doubtful, "the number that calls proves nothing"
    assert await house.words() == []


async def test_whoever_hangs_up_behind_an_answer_was_helped_by_the_bot(house: CallsHouse) -> None:
    await house.call()
    await house.says("refund")
    await house.call(CallStage.ENDED, why="hung_up", facts={"seconds": 31})
    session = await house.session()
    assert (session.state, session.close_reason) == (State.CLOSED, CloseReason.BOT_RESOLVED)
    record = (await house.store.traces(session.id))[-1]
    assert (record.what, record.why) == ("call", {"seconds": 31, "call": "c1", "stage": "ended", "why": "hung_up"})


async def test_whoever_hangs_up_at_the_greeting_has_left(house: CallsHouse) -> None:
    await house.call()
    await house.call(CallStage.ENDED, why="hung_up")
    assert (await house.session()).close_reason is CloseReason.ABANDONED_BY_CUSTOMER


async def test_a_second_call_of_the_same_number_is_a_new_episode_of_the_same_thread(house: CallsHouse) -> None:
    await house.call()
    await house.call(CallStage.ENDED, why="hung_up")
    await house.call(call="c2")
    session = await house.session()
    assert (session.episode, session.state, session.call and session.call.id) == (2, State.BOT, "c2")


async def test_a_call_that_our_side_lost_is_owed_a_call(house: CallsHouse) -> None:
    await house.hire()
    await house.call()
    await house.says("refund")
    await house.call(CallStage.ENDED, why="lost")
    session, handoff = await house.session(), await house.handoff()
    assert (session.state, handoff.stage, handoff.reason, handoff.is_callback) == (State.QUEUED, Stage.QUEUED, Reason.CALL_LOST, True)
    assert session.call is not None
    assert (session.call.stage, session.call.wants_callback) == (CallStage.CALLBACK, True)
    assert (await house.words())[-1] == f"(与客户的线路中断，请回拨 {NUMBER}。)", "nobody is told who is not there"


async def test_a_lost_call_becomes_a_case_with_its_number_where_nobody_is_there(house: CallsHouse) -> None:
    await house.call()
    await house.says("refund")
    await house.call(CallStage.ENDED, why="lost")
    case, session = await house.case(), await house.session()
    assert case is not None
    assert (case.phone, session.state, session.close_reason) == (NUMBER, State.CLOSED, CloseReason.EXPIRED)
    assert case.packet.wish == "refund"


async def test_a_lost_call_without_a_number_can_only_end(house: CallsHouse) -> None:
    await house.call(number="")
    await house.call(CallStage.ENDED, number="", why="lost")
    assert (await house.session("")).close_reason is CloseReason.ABANDONED_BY_CUSTOMER


# ---- on the way to people ------------------------------------------------------------------------------------------------------------


async def test_zero_goes_to_people_without_asking_the_bot(house: CallsHouse) -> None:
    await house.hire()
    await house.call()
    await house.says("I am locked out")
    await house.zero()
    handoff = await house.handoff()
    assert (handoff.reason, handoff.packet.wish) == (Reason.IVR_ZERO_OUT, "I am locked out")
    assert [ask.text for ask in house.brain.asked] == ["I am locked out"]
    assert (await house.words())[-1] == "system: I am connecting you with a colleague. You are number 1 in line."
    assert handoff.packet.constraints["call"]["number"] == NUMBER


async def test_not_understood_twice_goes_to_people_even_without_words(house: CallsHouse) -> None:
    await house.hire()
    await house.call(visit=Visit(locale="en"))
    await house.says(Spoken(text="", confidence=0.0), person="clarify_failed")
    assert (await house.handoff()).reason is Reason.CLARIFY_FAILED


async def test_hanging_up_in_the_line_leaves_it(house: CallsHouse) -> None:
    await house.hire(capacity_units=0)
    await house.call()
    await house.zero()
    await house.call(CallStage.ENDED, why="hung_up")
    assert (await house.session()).close_reason is CloseReason.ABANDONED_IN_QUEUE
    assert await house.store.open_handoffs() == []


@pytest.mark.parametrize("leaves", ["callback", "voicemail", "lost"])
async def test_whoever_is_to_be_called_back_keeps_the_place(house: CallsHouse, leaves: str) -> None:
    agent = await house.hire(capacity_units=0)
    await house.call()
    await house.zero()
    asked_at = (await house.handoff()).requested_at
    house.clock.advance(60)
    if leaves == "callback":
        await house.call(CallStage.CALLBACK)
    if leaves == "voicemail":
        await house.call(CallStage.VOICEMAIL, file=VOICE, text="please call", confidence=0.7)
    await house.call(CallStage.ENDED, why="lost" if leaves == "lost" else "by_us")
    session, handoff = await house.session(), await house.handoff()
    assert (session.state, handoff.requested_at, handoff.is_callback) == (State.QUEUED, asked_at, True)
    assert session.call is not None
    assert session.call.wants_callback
    await house.later(7200, agent)
    assert (await house.session()).state is State.QUEUED, "who hangs on to a promise is not given up for waiting"


async def test_a_voicemail_is_in_the_transcript_as_words_and_sound(house: CallsHouse) -> None:
    await house.hire(capacity_units=0)
    await house.call()
    await house.zero()
    await house.call(CallStage.VOICEMAIL, file=VOICE, text="please call", confidence=0.7)
    said = (await house.messages())[-1]
    assert said.parts == (Spoken(text="please call", confidence=0.7, audio=VOICE), File(VOICE))


async def test_whoever_calls_again_joins_their_place(house: CallsHouse) -> None:
    agent = await house.hire(capacity_units=0)
    await house.call()
    await house.zero()
    await house.call(CallStage.CALLBACK)
    await house.call(CallStage.ENDED, why="by_us")
    before = await house.handoff()
    house.clock.advance(30)
    await house.call(call="c2")
    session, handoff = await house.session(), await house.handoff()
    assert (session.episode, handoff.id, handoff.requested_at, handoff.is_callback) == (1, before.id, before.requested_at, False)
    assert session.call is not None
    assert (session.call.id, session.call.earlier, session.call.is_up) == ("c2", ("c1",), True)
    await house.call(CallStage.ENDED, call="c1", why="lost")
    assert (await house.session()).call == session.call, "what comes late of the call before changes nothing"
    await house.later(1, agent)


async def test_who_was_promised_a_call_and_only_looks_in_is_promised_it_still(house: CallsHouse) -> None:
    await house.hire(capacity_units=0)
    await house.call()
    await house.zero()
    await house.call(CallStage.CALLBACK)
    await house.call(CallStage.ENDED, why="by_us")
    before = await house.handoff()
    await house.call(call="c2")
    await house.call(CallStage.ENDED, call="c2", why="hung_up")
    session, handoff = await house.session(), await house.handoff()
    assert (session.state, handoff.id, handoff.requested_at) == (State.QUEUED, before.id, before.requested_at)
    assert (session.call and session.call.wants_callback, handoff.is_callback) == (True, True), "also where it was somebody else who called"


async def test_out_of_reach_a_voicemail_goes_to_the_case_that_is_open(house: CallsHouse) -> None:
    await house.call(visit=Visit(locale="en"))
    await house.zero()
    case = await house.case()
    assert case is not None
    assert (await house.words())[-1] == (
        "bot: I am sorry, no colleague is available just now. "
        f"Your case number is {case.number}. We will call you back at the number that you are calling from."
    )
    await house.call(CallStage.VOICEMAIL, file=VOICE)
    await house.call(CallStage.ENDED, why="by_us")
    after, session = await house.case(), await house.session()
    assert after is not None
    assert (after.id, after.phone, session.close_reason) == (case.id, NUMBER, CloseReason.EXPIRED)


# ---- how much was heard --------------------------------------------------------------------------------------------------------------


async def test_how_much_of_an_answer_was_heard_is_kept_with_it(house: CallsHouse) -> None:
    await house.call()
    await house.says("refund")
    await house.hear(Played(seq=2, heard_ms=900, of_ms=4000))
    cut = (await house.messages())[1]
    assert (cut.why["heard"], cut.status) == ({"ms": 900, "of_ms": 4000}, Status.SENT)
    await house.hear(Played(seq=2, heard_ms=4000, of_ms=4000))
    await house.hear(Played(seq=2, heard_ms=100, of_ms=4000))
    whole = (await house.messages())[1]
    assert (whole.why["heard"], whole.status) == ({"ms": 4000, "of_ms": 4000}, Status.DELIVERED)
    assert whole.why["decision"] == "answer"


async def test_what_is_no_message_of_ours_is_not_heard(house: CallsHouse) -> None:
    await house.call()
    await house.says(Pick(id="e1", text="Refunds", keys="3"))
    for seq in (1, 99, 0):
        await house.hear(Played(seq=seq, heard_ms=1, of_ms=2))
    assert "heard" not in (await house.messages())[0].why


# ---- hold ----------------------------------------------------------------------------------------------------------------------------


async def test_a_caller_who_holds_comes_back_to_where_they_were(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    await house.call(CallStage.TALKING)
    await house.call(CallStage.HELD)
    held = await house.session()
    assert held.call is not None
    assert (held.call.stage, held.call.is_up) == (CallStage.HELD, True)
    await house.call(CallStage.UP)
    back = await house.session()
    assert (back.call and back.call.stage) is CallStage.TALKING
