"""Whom an agent has left, or nobody takes: back to the queue in good time, or to the bot with a case."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.schema import Hours, Queue, Settings
from gateway.core.handoff import AgentStatus, CaseStatus, Failure, Reason, Stage
from gateway.core.session import State
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, floor_of_size, open_floor, sid


@pytest.fixture(params=["embedded", "scaled"])
async def floor(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    """A floor of either size."""
    async with floor_of_size(request, tmp_path, clock) as opened:
        yield opened


async def test_an_offer_to_a_closed_browser_is_withdrawn_before_it_expires(floor: Floor) -> None:
    amy, bob = await floor.hire("amy"), await floor.hire("bob")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.desk.disconnect(amy.id)
    await floor.later(4, bob)
    assert await floor.offered_to("v1") == "amy"  # it may be a page that reloads
    await floor.later(2, bob)
    assert await floor.offered_to("v1") == "bob"
    assert (await floor.handoff("v1")).passed == ()


async def test_a_page_that_reloads_keeps_its_offer(floor: Floor) -> None:
    amy, _ = await floor.hire("amy"), await floor.hire("bob")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.desk.disconnect(amy.id)
    floor.clock.advance(2)
    await floor.desk.heartbeat(amy.id)
    await floor.later(10, amy)
    assert await floor.offered_to("v1") == "amy"


async def test_an_agent_who_turns_away_loses_the_offer(floor: Floor) -> None:
    amy, _ = await floor.hire("amy"), await floor.hire("bob")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.desk.set_status(amy.id, AgentStatus.AWAY)
    await floor.engine.round()
    assert await floor.offered_to("v1") == "bob"


async def test_a_session_whose_agent_is_gone_goes_back_to_the_front_of_the_queue(floor: Floor) -> None:
    amy, bob = await floor.hire("amy"), await floor.hire("bob", status=AgentStatus.BUSY)
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.desk.accept(amy, sid("v1"))
    await floor.engine.round()
    await floor.later(89, bob)
    assert (await floor.session("v1")).state is State.ACTIVE
    await floor.later(1, bob)
    session, handoff = await floor.session("v1"), await floor.handoff("v1")
    assert (session.state, session.agent_id) == (State.QUEUED, None)
    assert (handoff.reason, handoff.priority, handoff.packet.wish) == (Reason.AGENT_GONE, 60.0, "a person please")
    assert (await floor.words("v1"))[-1] == "system: Amy has lost the connection. We are finding you another colleague."
    gone = await floor.store.agent(amy.id)
    assert gone is not None
    assert (gone.status, gone.seen_at) == (AgentStatus.OFFLINE, None)
    assert await floor.store.held_units() == {}
    await floor.desk.set_status(bob.id, AgentStatus.AVAILABLE)
    await floor.engine.round()
    assert await floor.offered_to("v1") == "bob"


async def test_after_a_restart_agents_have_time_to_come_back(floor: Floor) -> None:
    amy = await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.desk.accept(amy, sid("v1"))
    floor.clock.advance(600)  # nobody was watching
    fresh = floor.another_engine("two")
    await fresh.round()
    assert (await floor.session("v1")).state is State.ACTIVE
    floor.clock.advance(90)
    await fresh.round()
    assert (await floor.session("v1")).state is State.QUEUED


async def test_a_disabled_agents_sessions_go_back_at_once(floor: Floor) -> None:
    amy = await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.desk.accept(amy, sid("v1"))
    await floor.desk.disable("amy", actor="command")
    await floor.engine.round()
    assert (await floor.session("v1")).state is State.QUEUED


async def test_whom_nobody_takes_in_time_gets_a_case_and_the_bot_back(tmp_path: Path, clock: FrozenClock) -> None:
    async with open_floor(tmp_path, clock, Settings(queues={"default": Queue(max_wait_s=120)})) as floor:
        amy = await floor.hire("amy", status=AgentStatus.BUSY)
        await floor.ask_for_a_person("v1", wish="I was charged twice")
        await floor.later(119, amy)
        assert (await floor.session("v1")).state is State.QUEUED
        await floor.later(1, amy)
        session, handoff, case = await floor.session("v1"), await floor.handoff("v1"), await floor.store.case_of_session(sid("v1"))
        assert case is not None
        assert (session.state, session.memory.awaits_contact) == (State.BOT, True)
        assert (handoff.stage, handoff.failure) == (Stage.FAILED, Failure.EXPIRED)
        assert (case.subject, case.status, case.reason) == ("I was charged twice", CaseStatus.OPEN, "expired")
        assert f"Your case number is {case.number}" in (await floor.words("v1"))[-1]


async def test_when_the_last_agent_goes_home_nobody_is_left_waiting(floor: Floor) -> None:
    amy = await floor.hire("amy", status=AgentStatus.BUSY)
    await floor.ask_for_a_person("v1")
    await floor.desk.set_status(amy.id, AgentStatus.OFFLINE)
    await floor.later(1, amy)
    await floor.later(89, amy)
    assert (await floor.session("v1")).state is State.QUEUED
    await floor.later(1, amy)
    assert (await floor.handoff("v1")).failure is Failure.NO_AGENT


async def test_with_nobody_there_a_case_is_opened_at_once_and_contact_details_are_taken(floor: Floor) -> None:
    await floor.ask_for_a_person("v1")
    session = await floor.session("v1")
    assert (session.state, session.memory.awaits_contact) == (State.BOT, True)
    await floor.say("v1", "wang@example.com")
    case = await floor.store.case_of_session(sid("v1"))
    assert case is not None
    assert case.email == "wang@example.com"
    assert (await floor.words("v1"))[-1] == f"bot: Thank you. Case {case.number}: we will get back to you at wang@example.com."
    assert not (await floor.session("v1")).memory.awaits_contact


async def test_out_of_hours_a_case_is_opened_although_agents_are_there(tmp_path: Path, clock: FrozenClock) -> None:
    settings = Settings(queues={"default": Queue(hours="office")}, hours={"office": Hours()})
    assert clock.now() == datetime(2026, 11, 2, 9, 30, tzinfo=UTC)  # Monday 17:30 in Shanghai
    async with open_floor(tmp_path, clock, settings) as floor:
        await floor.hire("amy")
        await floor.ask_for_a_person("v1")
        assert (await floor.session("v1")).state is State.QUEUED
        clock.advance(1800)
        await floor.ask_for_a_person("v2")
        assert (await floor.session("v2")).state is State.BOT
        assert "We are back on Tuesday, 11/3, at 09:00 (Beijing time)." in (await floor.words("v2"))[-1]
