"""The queue at work over real stores and buses, in both sizes: offers, time-outs, capacity, absence, and the end of patience."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.schema import Queue, Settings
from gateway.core.bus import Subscription
from gateway.core.errors import Conflict
from gateway.core.handoff import AgentStatus, Failure
from gateway.core.ids import AgentId, QueueName, Thread
from gateway.core.message import Author
from gateway.core.session import CloseReason, State
from gateway.core.signals import StateNow, TypingNow, pack, thread_topic, unpack_thread
from tests.fakes import FrozenClock
from tests.integration.floor import SITE, Floor, floor_of_size, open_floor, sid


@pytest.fixture(params=["embedded", "scaled"])
async def floor(request: pytest.FixtureRequest, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    """A floor of either size."""
    async with floor_of_size(request, tmp_path, clock) as opened:
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


async def _states(floor: Floor, topic: str, subscription: Subscription) -> list[StateNow]:
    """The states with a position that have been signalled so far: what comes before a signal of our own."""
    await floor.bus.signal(topic, pack(TypingNow(Author.SYSTEM, is_on=False)))
    told: list[StateNow] = []
    async with asyncio.timeout(30):
        async for _, payload in subscription:
            signal = unpack_thread(payload)
            if isinstance(signal, TypingNow):
                break
            if isinstance(signal, StateNow) and signal.position is not None:
                told.append(signal)
    return told
