"""Who is there, and what keeps them from taking a session."""

from datetime import timedelta

import pytest

from gateway.core.handoff import AgentStatus
from gateway.core.ids import QueueName
from handoff import presence
from handoff.accounts import changed_agent
from handoff.presence import Bar
from tests.fakes import START
from tests.unit.handoff.people import DEFAULT, agent


def test_a_desk_is_connected_for_thirty_seconds_after_its_last_heartbeat() -> None:
    assert presence.is_connected(agent("a", seen_at=START - timedelta(seconds=30)), START)
    assert not presence.is_connected(agent("a", seen_at=START - timedelta(seconds=31)), START)
    assert not presence.is_connected(agent("a", seen_at=None), START)


def test_a_goodbye_leaves_five_seconds_to_come_back() -> None:
    gone = agent("a", seen_at=presence.after_goodbye(START))
    assert presence.is_connected(gone, START + timedelta(seconds=5))
    assert not presence.is_connected(gone, START + timedelta(seconds=6))


@pytest.mark.parametrize(
    ("fields", "held", "bar"),
    [
        ({}, 0, None),
        ({}, 3, None),
        ({}, 4, Bar.AT_CAPACITY),
        ({}, 9, Bar.AT_CAPACITY),
        ({"is_disabled": True}, 0, Bar.DISABLED),
        ({"queues": (QueueName("sales"),)}, 0, Bar.OTHER_QUEUE),
        ({"queues": (QueueName("sales"), DEFAULT)}, 0, None),
        ({"seen_at": None}, 0, Bar.NOT_CONNECTED),
        ({"status": AgentStatus.BUSY}, 0, Bar.NOT_AVAILABLE),
        ({"status": AgentStatus.WRAP_UP}, 0, Bar.NOT_AVAILABLE),
    ],
)
def test_what_keeps_an_agent_from_a_session(fields: dict[str, object], held: int, bar: Bar | None) -> None:
    assert presence.bar(agent("a", **fields), DEFAULT, 1, held, START) is bar


@pytest.mark.parametrize(
    ("status", "is_staffing"),
    [
        (AgentStatus.AVAILABLE, True),
        (AgentStatus.BUSY, True),
        (AgentStatus.WRAP_UP, True),
        (AgentStatus.AWAY, False),
        (AgentStatus.OFFLINE, False),
    ],
)
def test_people_at_work_are_worth_waiting_for(status: AgentStatus, is_staffing: bool) -> None:
    assert presence.is_staffing(agent("a", status=status), DEFAULT, START) is is_staffing


def test_chinese_covers_every_chinese_and_no_language_covers_all() -> None:
    assert presence.speaks(agent("a", languages=("zh",)), "zh-TW")
    assert presence.speaks(agent("a", languages=("zh_TW",)), "zh-CN")
    assert presence.speaks(agent("a"), "fr")
    assert not presence.speaks(agent("a", languages=("zh",)), "en")


def test_a_status_that_ends_becomes_a_line_of_the_ledger() -> None:
    later = START + timedelta(seconds=60)
    changes = changed_agent(agent("a"), {"status": AgentStatus.BUSY}, later)
    (line,) = changes.status_intervals
    assert (line.agent_id, line.status, line.started_at, line.ended_at) == ("a", AgentStatus.AVAILABLE, START, later)
    assert (changes.agents[0].version, changes.agents[0].status_since) == (2, later)


def test_the_same_status_again_writes_no_line() -> None:
    changes = changed_agent(agent("a"), {"status": AgentStatus.AVAILABLE, "seen_at": START}, START + timedelta(seconds=60))
    assert changes.status_intervals == ()
    assert changes.agents[0].status_since == START
