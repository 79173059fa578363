"""The queue at work over real stores and buses, in both sizes: offers, time-outs, capacity, absence, and the end of patience."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.schema import Hours, Queue, Settings
from gateway.core.errors import Conflict
from gateway.core.handoff import AgentStatus, CaseStatus, Failure, Reason, Stage, Urgency
from gateway.core.ids import AgentId, QueueName, Thread, WorkerId
from gateway.core.message import Author
from gateway.core.ports import Subscription
from gateway.core.session import CloseReason, State
from gateway.core.signals import StateNow, TypingNow, pack, thread_topic, unpack_thread
from handoff.queue import QueueEngine
from tests.fakes import FrozenClock
from tests.integration.floor import SITE, Floor, open_floor, sid


@pytest.fixture(params=["embedded", "scaled"])
async def floor(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    """A floor of either size: in one process, or over PostgreSQL and Redis."""
    servers = {}
    if request.param == "scaled":
        servers = {"store_url": request.getfixturevalue("postgres_url"), "bus_url": request.getfixturevalue("redis_url")}
    async with open_floor(tmp_path, clock, **servers) as opened:
        yield opened


async def test_a_waiting_session_is_offered_and_the_agent_joins(floor: Floor) -> None:
    amy = await floor.hire("amy")
    await floor.ask_for_a_person("v1", wish="I was charged twice")
    await floor.engine.round()
    assert (await floor.session("v1")).state is State.OFFERED
    session = await floor.desk.accept(amy, sid("v1"))
    assert (session.state, session.agent_id, session.agent_name) == (State.ACTIVE, "amy", "Amy")
    assert await floor.words("v1") == [
        "customer: I was charged twice",
        "system: I am passing you to a colleague. You are number 1 in line.",
        "system: Amy has joined.",
    ]
    assert [line.what for line in await floor.traces("v1")] == ["queued", "offered", "accepted"]


async def test_an_offer_that_times_out_goes_to_the_next_agent(floor: Floor) -> None:
    amy, bob = await floor.hire("amy"), await floor.hire("bob")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    assert await floor.offered_to("v1") == "amy"
    await floor.later(29, amy, bob)
    assert await floor.offered_to("v1") == "amy"
    await floor.later(1, amy, bob)
    assert await floor.offered_to("v1") == "bob"
    assert (await floor.handoff("v1")).passed == ("amy",)
    lines = [(line.what, line.agent_id) for line in await floor.traces("v1")]
    assert lines == [("queued", None), ("offered", "amy"), ("timed_out", "amy"), ("offered", "bob")]


async def test_a_stale_accept_is_refused_with_words_that_say_what_to_do(floor: Floor) -> None:
    amy, bob = await floor.hire("amy"), await floor.hire("bob")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.later(30, amy, bob)
    with pytest.raises(Conflict, match="offered to a colleague now: reload the queue"):
        await floor.desk.accept(amy, sid("v1"))
    await floor.desk.accept(bob, sid("v1"))
    with pytest.raises(Conflict, match="taken by Bob: reload the queue"):
        await floor.desk.accept(amy, sid("v1"))


async def test_a_rejected_offer_goes_to_the_next_agent_at_once(floor: Floor) -> None:
    amy, _ = await floor.hire("amy"), await floor.hire("bob")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.desk.reject(amy, sid("v1"))
    await floor.engine.round()
    assert await floor.offered_to("v1") == "bob"
    with pytest.raises(Conflict, match="not offered to you any more"):
        await floor.desk.reject(amy, sid("v1"))


async def test_when_everyone_has_passed_it_goes_round_again(floor: Floor) -> None:
    amy = await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.desk.reject(amy, sid("v1"))
    await floor.later(29, amy)
    assert await floor.offered_to("v1") is None
    await floor.later(1, amy)
    assert await floor.offered_to("v1") == "amy"
    assert (await floor.handoff("v1")).passed == ()


async def test_the_one_who_waited_longest_is_served_when_an_agent_frees(floor: Floor) -> None:
    amy = await floor.hire("amy")
    for thread in ("v1", "v2", "v3"):
        await floor.ask_for_a_person(thread)
        floor.clock.advance(1)
    await floor.engine.round()
    await floor.desk.accept(amy, sid("v1"))
    await floor.engine.round()
    assert [await floor.offered_to(thread) for thread in ("v2", "v3")] == [None, None]
    await floor.desk.close(amy, sid("v1"), "resolved")
    await floor.engine.round()
    assert [await floor.offered_to(thread) for thread in ("v2", "v3")] == ["amy", None]


async def test_a_second_round_over_the_same_state_changes_nothing(floor: Floor) -> None:
    await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    await floor.ask_for_a_person("v2")
    await floor.engine.round()
    versions = [(await floor.handoff(thread)).version for thread in ("v1", "v2")]
    lines = [len(await floor.traces(thread)) for thread in ("v1", "v2")]
    await floor.engine.round()
    assert [(await floor.handoff(thread)).version for thread in ("v1", "v2")] == versions
    assert [len(await floor.traces(thread)) for thread in ("v1", "v2")] == lines


async def test_why_nobody_gets_it_is_noted_once_for_each_reason(floor: Floor) -> None:
    amy = await floor.hire("amy", status=AgentStatus.BUSY)
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    await floor.engine.round()
    await floor.desk.set_status(amy.id, AgentStatus.AVAILABLE)
    await floor.engine.round()
    assert [(line.what, line.why.get("reason")) for line in await floor.traces("v1")][1:] == [
        ("not_offered", "nobody_available"),
        ("offered", None),
    ]


async def test_the_trace_of_an_offer_says_why_not_the_others(floor: Floor) -> None:
    await floor.hire("amy")
    await floor.hire("bob", status=AgentStatus.AWAY)
    await floor.ask_for_a_person("v1")
    await floor.engine.round()
    why = (await floor.traces("v1"))[-1].why
    assert why == {"rule": "least_loaded", "load": 0.0, "is_new_round": False, "others": {"bob": "not_available"}}


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
        assert "We are back on Tuesday, 11/3, at 09:00 (Asia/Shanghai time)." in (await floor.words("v2"))[-1]


async def test_a_customer_who_left_the_queue_is_not_offered(floor: Floor) -> None:
    await floor.ask_for_a_person("v0")
    await floor.hire("amy")
    before = await floor.ask_for_a_person("v1")
    draft = floor.desk._draft(before)
    draft.close(CloseReason.ABANDONED_IN_QUEUE)  # without its entry: what a bug elsewhere might leave behind
    await floor.commit(draft.changes(), before)
    await floor.engine.round()
    assert (await floor.handoff("v1")).failure is Failure.CANCELLED
    assert await floor.store.open_handoffs() == []


async def test_customers_are_told_their_place_when_it_changes_and_only_then(floor: Floor) -> None:
    amy = await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    floor.clock.advance(1)
    await floor.ask_for_a_person("v2")
    topic = thread_topic(SITE, Thread("v2"))
    subscription = await floor.bus.subscribe(topic)
    await floor.engine.round()
    await floor.engine.round()
    await floor.desk.accept(amy, sid("v1"))
    await floor.engine.round()
    await floor.engine.round()
    assert [told.position for told in await _states(floor, topic, subscription)] == [2, 1]


async def test_only_one_of_two_engines_leads_and_the_other_takes_over(floor: Floor) -> None:
    await floor.hire("amy", capacity_units=2)
    await floor.ask_for_a_person("v1")
    async with running(floor.engine):
        await _until_offered(floor, "v1")
        assert await floor.bus.take("queue", WorkerId("two"), 10) is None
    async with running(floor.another_engine("two")):
        await floor.ask_for_a_person("v2")
        await _until_offered(floor, "v2")
        assert await floor.bus.take("queue", WorkerId("one"), 10) is None


async def test_two_engines_that_both_believe_they_lead_do_not_fill_hands_twice(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    read = floor.store.held_units

    async def meanwhile_another_leads() -> dict[AgentId, int]:
        held = await read()
        monkeypatch.setattr(floor.store, "held_units", read)
        await floor.ask_for_a_person("v2", urgency=Urgency.URGENT)
        await floor.another_engine("two").round()
        return held

    monkeypatch.setattr(floor.store, "held_units", meanwhile_another_leads)
    await floor.engine.round()
    assert [await floor.offered_to(thread) for thread in ("v1", "v2")] == [None, "amy"]


async def test_engines_that_look_at_the_same_moment_offer_once(floor: Floor) -> None:
    await floor.hire("amy", capacity_units=2)
    for thread in ("v1", "v2", "v3"):
        await floor.ask_for_a_person(thread)
    await asyncio.gather(*(floor.another_engine(str(number)).round() for number in range(4)))
    await floor.engine.round()
    assert [[line.what for line in await floor.traces(thread)].count("offered") for thread in ("v1", "v2", "v3")] == [1, 1, 0]


async def test_a_running_engine_offers_as_soon_as_a_customer_waits(floor: Floor) -> None:
    await floor.hire("amy")
    async with running(floor.engine):
        await floor.ask_for_a_person("v1")
        await _until_offered(floor, "v1")


async def test_an_entry_accepted_behind_the_engines_back_is_left_alone(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    amy, _ = await floor.hire("amy"), await floor.hire("bob")
    await floor.ask_for_a_person("v1")
    read = floor.store.open_handoffs

    async def accepted_meanwhile() -> object:
        entries = await read()
        monkeypatch.setattr(floor.store, "open_handoffs", read)
        await floor.desk.accept(amy, sid("v1"))
        return entries

    monkeypatch.setattr(floor.store, "open_handoffs", accepted_meanwhile)
    await floor.engine.round()
    session, handoff = await floor.session("v1"), await floor.handoff("v1")
    assert (session.state, session.agent_id, handoff.stage) == (State.ACTIVE, "amy", Stage.ACCEPTED)


async def test_a_queue_of_its_own_has_agents_of_its_own(tmp_path: Path, clock: FrozenClock) -> None:
    async with open_floor(tmp_path, clock, Settings(queues={"default": Queue(), "refunds": Queue()})) as floor:
        await floor.hire("amy", queues=(QueueName("default"),))
        await floor.hire("bob", queues=(QueueName("refunds"),))
        await floor.ask_for_a_person("v1", queue=QueueName("refunds"))
        await floor.engine.round()
        assert await floor.offered_to("v1") == AgentId("bob")


async def test_the_numbers_for_operators_follow(floor: Floor) -> None:
    await floor.ask_for_a_person("v0")  # nobody is there
    amy = await floor.hire("amy")
    for thread in ("v1", "v2"):
        await floor.ask_for_a_person(thread)
    floor.clock.advance(5)
    await floor.engine.round()
    await floor.desk.accept(amy, sid("v1"))
    await floor.engine.round()
    shown = floor.metrics.exposition().decode().splitlines()
    for line in (
        'frontdesk_handoffs_total{reason="explicit_request"} 3.0', 'frontdesk_cases_total{reason="no_agent"} 1.0',
        "frontdesk_handoff_wait_seconds_sum 5.0", 'frontdesk_queue_length{queue="default"} 1.0', 'frontdesk_agents{status="available"} 1.0',
    ):  # fmt: skip
        assert line in shown


async def test_every_state_of_a_handoff_is_in_the_ledger(floor: Floor) -> None:
    amy = await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    floor.clock.advance(5)
    await floor.engine.round()
    floor.clock.advance(7)
    await floor.desk.accept(amy, sid("v1"))
    floor.clock.advance(11)
    await floor.desk.close(amy, sid("v1"), "resolved")
    ledger = [(line.state.value, (line.ended_at - line.started_at).total_seconds()) for line in await floor.store.intervals(sid("v1"))]
    assert ledger == [("bot", 0.0), ("queued", 5.0), ("offered", 7.0), ("active", 11.0), ("wrap_up", 0.0)]
    assert (await floor.session("v1")).state is State.CLOSED


@asynccontextmanager
async def running(engine: QueueEngine) -> AsyncIterator[None]:
    """The engine at work until the end of the block."""
    task = asyncio.create_task(engine.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _until_offered(floor: Floor, thread: str) -> None:
    async with asyncio.timeout(10):
        while (await floor.session(thread)).state is not State.OFFERED:
            await asyncio.sleep(0.01)


async def _states(floor: Floor, topic: str, subscription: Subscription) -> list[StateNow]:
    """The states with a position that have been signalled so far: what comes before a signal of our own."""
    await floor.bus.signal(topic, pack(TypingNow(Author.SYSTEM, is_on=False)))
    told: list[StateNow] = []
    async with asyncio.timeout(10):
        async for _, payload in subscription:
            signal = unpack_thread(payload)
            if isinstance(signal, TypingNow):
                break
            if isinstance(signal, StateNow) and signal.position is not None:
                told.append(signal)
    return told
