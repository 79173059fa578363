"""Who gets which waiting session, and why."""

from datetime import timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from gateway.core.handoff import Agent, AgentStatus, Handoff
from gateway.core.ids import AgentId, HandoffId, QueueName
from handoff.picking import Offer, Plan, Rule, Wait, pick, verdicts
from tests.fakes import START
from tests.unit.handoff.people import agent, entry

A, B = AgentId("a"), AgentId("b")


def pairs(plan: Plan) -> list[tuple[str, str]]:
    return [(offer.handoff_id, offer.agent_id) for offer in plan.offers]


def test_who_has_waited_longest_is_served_first() -> None:
    plan = pick([entry("new"), entry("old", waited_s=30)], [agent("a", capacity_units=1)], {}, START)
    assert pairs(plan) == [("old", "a")]
    assert plan.waits == {"new": Wait.ALL_AT_CAPACITY}


def test_the_least_loaded_agent_gets_the_next_one() -> None:
    plan = pick([entry("x")], [agent("a"), agent("b")], {A: 2, B: 1}, START)
    assert pairs(plan) == [("x", "b")]


def test_load_is_a_share_of_capacity() -> None:
    plan = pick([entry("x")], [agent("a", capacity_units=2), agent("b", capacity_units=8)], {A: 1, B: 3}, START)
    assert pairs(plan) == [("x", "b")]


def test_of_two_equally_loaded_the_longest_idle_one_is_asked() -> None:
    earlier, later = START - timedelta(minutes=9), START - timedelta(minutes=1)
    agents = [agent("a", last_assigned_at=later), agent("b", last_assigned_at=earlier)]
    assert pairs(pick([entry("x")], agents, {}, START)) == [("x", "b")]


def test_work_is_spread_over_everybody() -> None:
    plan = pick([entry("x", waited_s=2), entry("y", waited_s=1)], [agent("a"), agent("b")], {}, START)
    assert pairs(plan) == [("x", "a"), ("y", "b")]


def test_an_agent_of_another_queue_is_not_asked() -> None:
    plan = pick([entry("x")], [agent("a", queues=(QueueName("sales"),))], {}, START)
    assert plan == Plan((), {entry("x").id: Wait.NOBODY_THERE})


def test_a_closed_browser_is_not_asked_whatever_its_status_says() -> None:
    gone = agent("a", seen_at=START - timedelta(seconds=31))
    assert pick([entry("x")], [gone], {}, START).waits == {"x": Wait.NOBODY_THERE}


def test_a_disabled_agent_is_not_asked() -> None:
    assert pick([entry("x")], [agent("a", is_disabled=True)], {}, START).waits == {"x": Wait.NOBODY_THERE}


def test_busy_agents_are_a_reason_to_wait() -> None:
    assert pick([entry("x")], [agent("a", status=AgentStatus.BUSY)], {}, START).waits == {"x": Wait.NOBODY_AVAILABLE}


def test_the_wanted_agent_comes_before_a_less_loaded_one() -> None:
    plan = pick([entry("x", wanted_agent=A)], [agent("a"), agent("b")], {A: 3}, START)
    assert plan.offers == (Offer(entry("x").id, A, Rule.WANTED, 0.75),)


def test_a_wanted_agent_with_full_hands_is_waited_for_a_minute() -> None:
    agents, held = [agent("a"), agent("b")], {A: 4}
    assert pick([entry("x", waited_s=59, wanted_agent=A)], agents, held, START).waits == {"x": Wait.WAITS_FOR_WANTED}
    assert pairs(pick([entry("x", waited_s=60, wanted_agent=A)], agents, held, START)) == [("x", "b")]


def test_a_wanted_agent_who_is_gone_is_not_waited_for() -> None:
    agents = [agent("a", seen_at=None), agent("b")]
    assert pairs(pick([entry("x", wanted_agent=A)], agents, {}, START)) == [("x", "b")]


def test_a_wanted_agent_of_another_queue_may_take_it() -> None:
    agents = [agent("a", queues=(QueueName("sales"),))]
    assert pairs(pick([entry("x", wanted_agent=A)], agents, {}, START)) == [("x", "a")]


def test_whoever_speaks_the_language_comes_first() -> None:
    agents = [agent("a", languages=("en",)), agent("b", languages=("zh-TW",))]
    plan = pick([entry("x", language="zh-CN")], agents, {B: 3}, START)
    assert plan.offers == (Offer(entry("x").id, B, Rule.LANGUAGE, 0.75),)


def test_the_language_is_waited_for_a_minute_and_then_anyone_may_help() -> None:
    agents, held = [agent("a", languages=("en",)), agent("b", languages=("zh",))], {B: 4}
    assert pick([entry("x", waited_s=59)], agents, held, START).waits == {"x": Wait.WAITS_FOR_LANGUAGE}
    assert pairs(pick([entry("x", waited_s=60)], agents, held, START)) == [("x", "a")]


def test_where_nobody_speaks_the_language_anyone_helps_at_once() -> None:
    assert pairs(pick([entry("x", language="fr")], [agent("a", languages=("en",))], {}, START)) == [("x", "a")]


def test_who_passed_is_skipped() -> None:
    plan = pick([entry("x", passed=(A,), offered_at=START)], [agent("a"), agent("b")], {B: 3}, START)
    assert pairs(plan) == [("x", "b")]


def test_who_passed_stays_skipped_while_others_are_only_busy() -> None:
    plan = pick([entry("x", passed=(A,), offered_at=START)], [agent("a"), agent("b")], {B: 4}, START)
    assert plan.waits == {"x": Wait.FREE_ONES_PASSED}


def test_when_everyone_has_passed_it_goes_round_again_after_a_rest() -> None:
    entered = entry("x", waited_s=90, passed=(A, B), offered_at=START - timedelta(seconds=29))
    assert pick([entered], [agent("a"), agent("b")], {}, START).waits == {"x": Wait.ALL_PASSED}
    rested = structs.replace(entered, offered_at=START - timedelta(seconds=30))
    (offer,) = pick([rested], [agent("a"), agent("b")], {}, START).offers
    assert (offer.agent_id, offer.is_new_round) == ("a", True)


def test_a_big_entry_goes_to_whoever_has_room_for_it() -> None:
    agents = [agent("a", capacity_units=2), agent("b", capacity_units=10)]
    plan = pick([entry("big", waited_s=9, units=3), entry("small")], agents, {B: 6}, START)
    assert pairs(plan) == [("big", "b"), ("small", "a")]


def test_an_entry_nobody_has_room_for_does_not_hold_up_the_line() -> None:
    plan = pick([entry("big", waited_s=9, units=9), entry("small")], [agent("a")], {}, START)
    assert pairs(plan) == [("small", "a")]
    assert plan.waits == {"big": Wait.ALL_AT_CAPACITY}


def test_an_agent_without_capacity_gets_nothing() -> None:
    assert pick([entry("x")], [agent("a", capacity_units=0)], {}, START).waits == {"x": Wait.ALL_AT_CAPACITY}


def test_why_not_the_others_is_told_for_everybody() -> None:
    agents = [
        agent("idle"), agent("full"), agent("away", status=AgentStatus.AWAY), agent("gone", seen_at=None), agent("passed"),
        agent("english", languages=("en",)), agent("sales", queues=(QueueName("sales"),)),
    ]  # fmt: skip
    told = verdicts(entry("x", passed=(AgentId("passed"),)), agents, {AgentId("full"): 4}, START)
    assert told == {
        "idle": "could",
        "full": "at_capacity",
        "away": "not_available",
        "gone": "not_connected",
        "passed": "passed",
        "english": "other_language",
    }


QUEUES = [QueueName("default"), QueueName("sales")]
AGENTS = st.lists(
    st.builds(
        lambda name, capacity, status, queues, languages: agent(
            name, capacity_units=capacity, status=status, queues=tuple(queues), languages=tuple(languages)
        ),
        st.sampled_from("abcdef"),
        st.integers(0, 3),
        st.sampled_from([AgentStatus.AVAILABLE, AgentStatus.AVAILABLE, AgentStatus.BUSY]),
        st.lists(st.sampled_from(QUEUES), max_size=1),
        st.lists(st.sampled_from(["zh", "en"]), max_size=1),
    ),
    max_size=6,
    unique_by=lambda one: one.id,
)
ENTRIES = st.lists(
    st.builds(
        lambda name, waited, queue, units, language, priority, passed: entry(
            str(name),
            waited_s=waited,
            queue=queue,
            units=units,
            language=language,
            priority=priority,
            passed=tuple(passed),
            offered_at=START,
        ),
        st.integers(0, 99),
        st.integers(0, 300),
        st.sampled_from(QUEUES),
        st.integers(1, 2),
        st.sampled_from(["zh-CN", "en"]),
        st.integers(-3, 3),
        st.lists(st.sampled_from([A, B]), unique=True, max_size=2),
    ),
    max_size=20,
    unique_by=lambda one: one.id,
)
HELD = st.dictionaries(st.sampled_from([AgentId(name) for name in "abcdef"]), st.integers(0, 4))


@given(ENTRIES, AGENTS, HELD)
def test_capacity_is_never_exceeded_and_nobody_is_forgotten(entries: list[Handoff], agents: list[Agent], held: dict[AgentId, int]) -> None:
    plan = pick(entries, agents, held, START)
    units = {one.id: one.units for one in entries}
    for one in agents:
        given_units = sum(units[offer.handoff_id] for offer in plan.offers if offer.agent_id == one.id)
        assert given_units == 0 or held.get(one.id, 0) + given_units <= one.capacity_units
    assert sorted([offer.handoff_id for offer in plan.offers] + list(plan.waits)) == sorted(units)


@given(ENTRIES, AGENTS, HELD, st.randoms(use_true_random=False))
def test_the_same_values_in_any_order_give_the_same_plan(
    entries: list[Handoff], agents: list[Agent], held: dict[AgentId, int], random: Random
) -> None:
    plan = pick(entries, agents, held, START)
    random.shuffle(entries)
    random.shuffle(agents)
    assert pick(entries, agents, held, START) == plan


@given(ENTRIES, AGENTS, HELD)
def test_nobody_waits_while_somebody_able_stands_idle(entries: list[Handoff], agents: list[Agent], held: dict[AgentId, int]) -> None:
    plan = pick(entries, agents, held, START)
    taken = {offer.agent_id: sum(1 for other in plan.offers if other.agent_id == offer.agent_id) for offer in plan.offers}
    for one in entries:
        if one.id in plan.waits and one.units == 1 and not one.passed and one.requested_at < START - timedelta(seconds=60):
            for able in agents:
                idle = able.id not in taken and held.get(able.id, 0) < able.capacity_units
                assert not (idle and able.status is AgentStatus.AVAILABLE and (not able.queues or one.queue in able.queues))


def test_with_one_agent_and_endless_newcomers_of_high_priority_everybody_is_served_in_time() -> None:
    now, line, served_after_s = START, [entry("patient", now=START, priority=0)], None
    for minute in range(300):
        now = START + timedelta(minutes=minute)
        line.append(entry(f"vip{minute}", now=now, priority=45))
        (offer,) = pick(line, [agent("a", capacity_units=1, seen_at=now)], {}, now).offers
        line = [one for one in line if one.id != offer.handoff_id]
        if offer.handoff_id == "patient":
            served_after_s = (now - START).total_seconds()
            break
    assert served_after_s == 45 * 60


def test_mails_leave_a_hand_free_for_the_chat_and_a_single_hand_takes_them_all_the_same() -> None:
    soon = START + timedelta(hours=4)
    mails = [entry(f"m{number}", due_at=soon) for number in range(4)]
    two_hands = pick(mails, [agent("amy", capacity_units=3)], {}, START)
    assert [offer.handoff_id for offer in two_hands.offers] == ["m0", "m1"]
    assert two_hands.waits[HandoffId("m2")] is Wait.ALL_AT_CAPACITY
    assert pick([*mails, entry("chat")], [agent("amy", capacity_units=3)], {AgentId("amy"): 2}, START).offers[0].handoff_id == "chat"
    assert len(pick(mails, [agent("bob", capacity_units=1)], {}, START).offers) == 1
