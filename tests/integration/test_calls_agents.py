"""A caller with an agent, and an agent who calls a customer back: what becomes of their session, whatever becomes of the phones."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.errors import Conflict
from gateway.core.events import CallStage
from gateway.core.handoff import Reason
from gateway.core.session import Controller, State
from tests.integration.calls_house import CallsHouse, calls_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[CallsHouse]:
    async with calls_house(tmp_path) as opened:
        yield opened


async def test_hanging_up_on_an_agent_leaves_them_the_wrap_up(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    await house.call(CallStage.RINGING, agent_id=agent.id)
    await house.call(CallStage.TALKING, agent_id=agent.id)
    await house.call(CallStage.ENDED, why="hung_up")
    session = await house.session()
    assert (session.state, session.agent_id) == (State.WRAP_UP, agent.id)
    assert (await house.words())[-1] == "(客户已挂机。)"


async def test_an_agent_who_hangs_up_first_reads_that_the_call_is_over(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    await house.call(CallStage.TALKING, agent_id=agent.id)
    await house.call(CallStage.ENDED, why="by_agent")
    assert (await house.words())[-1] == "(通话已结束。)"


async def test_an_agents_phone_that_is_not_answered_puts_the_caller_back_in_the_old_place(house: CallsHouse) -> None:
    agent, other = await house.hire(), await house.hire("a08", capacity_units=0)
    await house.served(agent)
    asked_at = (await house.handoff()).requested_at
    await house.call(number="+12025550123")
    await house.zero("+12025550123")
    house.clock.advance(25)
    await house.call(CallStage.MISSED, why="no_answer", agent_id=agent.id)
    session, handoff = await house.session(), await house.handoff()
    assert (session.state, handoff.requested_at, handoff.passed, handoff.reason) == (
        State.QUEUED, asked_at, (agent.id,), Reason.CALL_MISSED,
    )  # fmt: skip
    assert (await house.words())[-1] == (
        "system: I am sorry, my colleague can't come to the phone. You are still number 1 in line. Please stay on the line."
    )
    assert session.call is not None
    assert session.call.is_up
    assert other.id != agent.id


async def test_a_phone_of_somebody_who_has_the_session_no_more_changes_nothing(house: CallsHouse) -> None:
    agent, other = await house.hire(), await house.hire("a08")
    session = await house.served(agent)
    await house.desk.transfer(agent, session.id, to_agent=other.id)
    await house.later(1, agent, other)
    await house.desk.accept(other, session.id)
    await house.call(CallStage.MISSED, why="no_answer", agent_id=agent.id)
    now = await house.session()
    assert (now.controller, now.agent_id) == (Controller.AGENT, other.id)


async def test_a_call_that_we_lose_leaves_the_agent_with_a_number_to_call(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    await house.call(CallStage.TALKING)
    await house.call(CallStage.ENDED, why="lost")
    session = await house.session()
    assert (session.controller, session.call and session.call.stage) == (Controller.AGENT, CallStage.CALLBACK)


async def test_whom_a_transfer_has_taken_from_us_stays_with_their_agent(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    await house.call(CallStage.ENDED, why="transferred")
    session = await house.session()
    assert (session.controller, session.call and session.call.stage) == (Controller.AGENT, CallStage.ENDED)


# ---- calling back --------------------------------------------------------------------------------------------------------------------


async def _to_be_called(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    await house.call(CallStage.ENDED, why="lost")


async def test_a_call_of_ours_reaches_the_customer_and_ends_as_any(house: CallsHouse) -> None:
    await _to_be_called(house)
    await house.call(CallStage.RINGING, call="out1")
    ringing = await house.session()
    assert ringing.call is not None
    assert (ringing.call.is_dialling, ringing.call.is_up) == (True, False)
    await house.call(CallStage.TALKING, call="out1")
    talking = await house.session()
    assert talking.call is not None
    assert (talking.call.is_dialling, talking.call.is_up) == (False, True)
    await house.call(CallStage.ENDED, call="out1", why="hung_up")
    assert (await house.session()).state is State.WRAP_UP


@pytest.mark.parametrize(
    ("stages", "left_as"),
    [
        ([(CallStage.RINGING, ""), (CallStage.MISSED, "no_answer")], CallStage.CALLBACK),
        ([(CallStage.RINGING, ""), (CallStage.ENDED, "no_answer")], CallStage.AWAY),
        ([(CallStage.RINGING, ""), (CallStage.AWAY, "busy"), (CallStage.ENDED, "busy")], CallStage.AWAY),
        ([(CallStage.AWAY, "forbidden")], CallStage.AWAY),
        ([(CallStage.RINGING, ""), (CallStage.ENDED, "lost")], CallStage.CALLBACK),
    ],
)
async def test_a_call_of_ours_that_reaches_nobody_leaves_the_session_with_its_agent(
    house: CallsHouse, stages: list[tuple[CallStage, str]], left_as: CallStage
) -> None:
    await _to_be_called(house)
    for stage, why in stages:
        await house.call(stage, call="out1", why=why)
    session = await house.session()
    assert (session.controller, session.call and session.call.stage) == (Controller.AGENT, left_as)


# ---- patience ------------------------------------------------------------------------------------------------------------------------


async def test_whoever_comes_back_after_a_long_talk_or_a_long_time_is_not_given_up_for_it(house: CallsHouse) -> None:
    agent, other = await house.hire(), await house.hire("a08", capacity_units=0)
    await house.served(agent)
    await house.call(CallStage.TALKING, agent_id=agent.id)
    await house.later(7_000, agent, other)
    await house.call(CallStage.MISSED, why="broke", agent_id=agent.id)
    await house.later(1, other)
    assert (await house.session()).state is State.QUEUED
    await house.call(CallStage.CALLBACK)
    await house.call(CallStage.ENDED, why="by_us")
    await house.later(7_000, other)
    await house.call(call="c2")
    await house.later(1, other)
    session = await house.session()
    assert (session.episode, session.state, session.call and session.call.is_up) == (1, State.QUEUED, True)
    await house.later(7_000, other)
    assert (await house.session()).state is State.BOT, "nobody sits on a line for ever: they are told, and have a case"
    assert await house.case() is not None


async def test_the_bot_is_not_given_a_session_whose_caller_is_gone(house: CallsHouse) -> None:
    agent = await house.hire()
    session = await house.served(agent)
    await house.call(CallStage.ENDED, why="lost")
    with pytest.raises(Conflict) as refused:
        await house.desk.return_to_bot(agent, session.id)
    assert refused.value.code == "nobody_on_line"
