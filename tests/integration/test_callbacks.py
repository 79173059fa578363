"""Calling customers back, over the real record: who may, which numbers, and what is told to the channel."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.calls import Wanted
from gateway.core.errors import Conflict, NotFound
from gateway.core.events import CallStage
from gateway.core.handoff import Agent, CaseStatus
from gateway.core.session import Controller, State
from gateway.core.signals import calls_topic, unpack_wanted
from tests.integration.calls_house import HOTLINE, NUMBER, CallsHouse, calls_house, hotline


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[CallsHouse]:
    async with calls_house(tmp_path, hotline(dial_prefixes=("+86", "7"))) as opened:
        yield opened


async def _owed(house: CallsHouse, number: str = NUMBER) -> Agent:
    """An agent with the session of a caller whom we have lost."""
    agent = await house.hire()
    await house.served(agent, number)
    await house.call(CallStage.ENDED, number=number, why="lost")
    return agent


async def _wishes(house: CallsHouse) -> list[Wanted]:
    told: list[Wanted] = []
    real = house.bus.signal

    async def signal(topic: str, payload: bytes) -> None:
        if topic == calls_topic(HOTLINE):
            told.append(unpack_wanted(payload))
        await real(topic, payload)

    house.bus.signal = signal  # type: ignore[method-assign]
    return told


async def test_an_agent_has_the_number_called_that_called(house: CallsHouse) -> None:
    agent, told = await _owed(house), await _wishes(house)
    session = await house.desk.call_back(agent, (await house.session()).id)
    assert [(one.number, one.agent, one.session_id, one.thread) for one in told] == [(NUMBER, "a07", session.id, NUMBER)]
    assert session.call is not None
    assert session.call.asked_at == house.clock.now()
    events = (await house.store.audit(action="session_called")).items
    assert [(one.actor, one.subject) for one in events] == [("a07", session.id)]


async def test_a_wish_is_told_once_until_it_had_time_to_begin(house: CallsHouse) -> None:
    agent, told = await _owed(house), await _wishes(house)
    session_id = (await house.session()).id
    await house.desk.call_back(agent, session_id)
    with pytest.raises(Conflict, match="being called"):
        await house.desk.call_back(agent, session_id)
    house.clock.advance(16)
    await house.desk.call_back(agent, session_id)
    assert len({one.id for one in told}) == 2
    await house.call(CallStage.RINGING, call="out1")
    assert ((await house.session()).call or None).asked_at is None  # type: ignore[union-attr]
    house.clock.advance(60)
    with pytest.raises(Conflict, match="being called"):
        await house.desk.call_back(agent, session_id)
    house.clock.advance(300)
    await house.desk.call_back(agent, session_id)


@pytest.mark.parametrize(
    ("number", "code"),
    [("+12025550123", "number_forbidden"), ("withheld:c1", "number_withheld"), ("reception", "number_withheld"), ("", "number_withheld")],
)
async def test_no_number_is_called_that_the_configuration_does_not_allow(house: CallsHouse, number: str, code: str) -> None:
    agent = await house.hire()
    await house.served(agent, number)
    await house.call(CallStage.AWAY, number=number)
    told = await _wishes(house)
    with pytest.raises(Conflict) as refused:
        await house.desk.call_back(agent, (await house.session(number)).id)
    assert refused.value.code == code
    assert told == []


async def test_what_a_caller_says_their_number_is_is_not_called(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    await house.call(CallStage.CALLBACK, number="+861062000000")
    await house.call(CallStage.ENDED, why="hung_up")
    told = await _wishes(house)
    await house.desk.call_back(agent, (await house.session()).id)
    assert [one.number for one in told] == [NUMBER]


async def test_without_prefixes_nobody_is_called(tmp_path: Path) -> None:
    async with calls_house(tmp_path) as house:
        agent = await _owed(house)
        with pytest.raises(Conflict) as refused:
            await house.desk.call_back(agent, (await house.session()).id)
        assert refused.value.code == "calls_off"


async def test_whoever_is_on_the_line_is_not_called(house: CallsHouse) -> None:
    agent = await house.hire()
    session = await house.served(agent)
    with pytest.raises(Conflict) as refused:
        await house.desk.call_back(agent, session.id)
    assert refused.value.code == "caller_on_line"


async def test_only_the_agent_who_has_the_session_calls(house: CallsHouse) -> None:
    await _owed(house)
    other = await house.hire("a08")
    with pytest.raises(Conflict):
        await house.desk.call_back(other, (await house.session()).id)


async def test_a_case_is_called_from_a_session_that_is_the_agents_then(house: CallsHouse) -> None:
    await house.call()
    await house.says("refund")
    await house.zero()
    await house.call(CallStage.VOICEMAIL, text="please call", confidence=0.5)
    await house.call(CallStage.ENDED, why="by_us")
    case = await house.case()
    assert case is not None
    agent, told = await house.hire(), await _wishes(house)
    session = await house.desk.call_case(agent, case.id)
    assert (session.episode, session.controller, session.agent_id, session.is_doubtful) == (2, Controller.AGENT, agent.id, True)
    assert session.call is not None
    assert (session.call.stage, session.call.number, session.call.wants_callback) == (CallStage.CALLBACK, NUMBER, True)
    assert [one.session_id for one in told] == [session.id]
    now = await house.store.case(case.id)
    assert now is not None
    assert (now.status, now.agent_id) == (CaseStatus.IN_PROGRESS, agent.id)
    await house.call(CallStage.RINGING, call="out1")
    await house.call(CallStage.TALKING, call="out1")
    await house.call(CallStage.ENDED, call="out1", why="hung_up")
    assert (await house.session()).state is State.WRAP_UP


async def test_a_case_that_is_not_there_is_called_by_nobody(house: CallsHouse) -> None:
    from gateway.core.ids import CaseId

    with pytest.raises(NotFound):
        await house.desk.call_case(await house.hire(), CaseId("x"))


async def test_whom_we_have_called_has_not_called_again(house: CallsHouse) -> None:
    agent = await _owed(house)
    await house.desk.call_back(agent, (await house.session()).id)
    await house.call(CallStage.UP, call="back-1")
    assert "(客户再次来电。)" not in await house.words()
    await house.call(CallStage.ENDED, call="back-1", why="lost")
    await house.call(CallStage.UP, call="c3")
    assert "(客户再次来电。)" in await house.words()
