"""Whatever happens in whatever order, to two calls of one number: nobody who is owed a call is forgotten, and what is told twice is one."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import Conflict, Repeat
from gateway.core.events import CallStage, Played
from gateway.core.handoff import Agent, CaseStatus, Stage
from gateway.core.session import Controller, State
from tests.integration.calls_house import HOTLINE, NUMBER, CallsHouse, calls_house, hotline

CALLS = st.sampled_from(["c1", "c2", "out1"])
ENDS = st.sampled_from(["hung_up", "lost", "failed", "limit", "transferred", "by_us", "busy"])
DEEDS = st.one_of(
    st.tuples(st.just("up"), CALLS, st.just("")),
    st.tuples(st.just("ended"), CALLS, ENDS),
    st.tuples(st.sampled_from(["ringing", "talking", "held", "callback", "voicemail", "away"]), CALLS, st.just("")),
    st.tuples(st.just("missed"), CALLS, st.sampled_from(["no_answer", "broke"])),
    st.tuples(st.sampled_from(["says", "zero", "played", "round", "accept", "call back", "hold", "return"]), st.just("c1"), st.just("")),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=st.lists(DEEDS, min_size=1, max_size=14), is_staffed=st.booleans())
async def test_nobody_is_forgotten_and_nothing_is_done_twice(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, str, str]], is_staffed: bool
) -> None:
    async with calls_house(tmp_path_factory.mktemp("calls"), hotline(dial_prefixes=("+86",))) as house:
        agent = await house.hire() if is_staffed else None
        await house.call()
        for deed, call, why in deeds:
            house.clock.advance(1)
            if await _do(house, agent, deed, call, why):
                before = await house.newest(), await house.messages()
                assert all(isinstance(outcome, Repeat) for outcome in await house.again())
                assert (await house.newest(), await house.messages()) == before
            await _check(house)


async def _do(house: CallsHouse, agent: Agent | None, deed: str, call: str, why: str) -> bool:
    """Do it; whether it was an event of the channel."""
    match deed:
        case "says":
            await house.says("refund")
        case "zero":
            await house.zero()
        case "played":
            await house.hear(Played(seq=2, heard_ms=500, of_ms=900))
        case "round" | "accept" | "call back" | "hold" | "return":
            await _at_the_desk(house, agent, deed)
            return False
        case "voicemail":
            await house.call(CallStage.VOICEMAIL, call, text="call me", confidence=0.5)
        case stage:
            agent_id = agent.id if agent and stage in ("ringing", "talking", "missed") else None
            await house.call(CallStage(stage), call, why=why, agent_id=agent_id)
    return True


async def _at_the_desk(house: CallsHouse, agent: Agent | None, deed: str) -> None:
    session = await house.session()
    try:
        match deed:
            case "round":
                await house.later(1, *([agent] if agent else []))
            case "accept" if agent:
                await house.desk.accept(agent, session.id)
            case "call back" if agent:
                await house.desk.call_back(agent, session.id)
            case "return" if agent:
                await house.desk.return_to_bot(agent, session.id)
            case "hold" if agent:
                await house.desk.hold(agent, session.id)
            case _:
                pass
    except Conflict:
        pass  # what the moment does not allow is refused, and nothing has changed


async def _check(house: CallsHouse) -> None:
    session = await house.session()
    call, case = session.call, await house.store.case_of_session(session.id)
    waiting = [one for one in await house.store.open_handoffs() if one.session_id == session.id]
    assert [message.seq for message in await house.messages()] == list(range(1, session.seq + 1))
    if session.controller is Controller.QUEUE:
        assert call is not None
        assert [(one.id, one.is_callback) for one in waiting] == [(session.handoff_id, not call.is_up)]
        assert waiting[0].stage is (Stage.QUEUED if session.state is State.QUEUED else Stage.OFFERED)
    else:
        assert waiting == []
    if call is not None and call.wants_callback and session.state is State.CLOSED:
        assert case is not None, "who is owed a call has a place, an agent, or a case"
        assert (case.status, case.phone) == (CaseStatus.OPEN, NUMBER)
    if session.controller is Controller.BOT:
        assert call is not None
        assert call.is_up or case is not None, "nobody is left with the bot on a dead line"
    assert (session.channel, session.thread) == (HOTLINE, NUMBER)
