"""Where a customer stands, and how long it honestly takes."""

from gateway.core.ids import QueueName
from handoff.waiting import Estimate, estimate, position, positions
from tests.unit.handoff.people import entry


def test_four_waits_are_too_few_to_say_anything() -> None:
    assert estimate([60, 60, 60, 60]) is None


def test_half_wait_less_than_the_median_and_nine_of_ten_less_than_p90() -> None:
    assert estimate([10, 20, 30, 40, 50, 60, 70, 80, 90, 100]) == Estimate(50, 90)


def test_somebody_who_has_waited_is_compared_with_those_who_waited_longer() -> None:
    assert estimate([10, 20, 130, 140, 150, 160, 170], waited_s=100) == Estimate(50, 70)


def test_nothing_is_said_to_somebody_who_waits_longer_than_anybody_did() -> None:
    assert estimate([10, 20, 30, 40, 50], waited_s=60) is None


def test_no_waiting_at_all_is_a_wait_too() -> None:
    assert estimate([0, 0, 0, 0, 0]) == Estimate(0, 0)


def test_positions_count_from_one_by_waiting_time() -> None:
    assert positions([entry("b", waited_s=10), entry("a", waited_s=20)]) == {"a": 1, "b": 2}


def test_one_point_of_priority_is_one_minute_of_waiting() -> None:
    assert positions([entry("old", waited_s=59), entry("urgent", priority=1)]) == {"urgent": 1, "old": 2}
    assert positions([entry("old", waited_s=61), entry("urgent", priority=1)]) == {"old": 1, "urgent": 2}


def test_each_queue_counts_for_itself() -> None:
    sales = QueueName("sales")
    assert positions([entry("a", waited_s=9), entry("b", queue=sales), entry("c")]) == {"a": 1, "b": 1, "c": 2}


def test_a_newcomer_stands_behind_those_of_its_own_queue_only() -> None:
    line = [entry("a", waited_s=5), entry("b", waited_s=4), entry("c", waited_s=3, queue=QueueName("sales"))]
    assert position(entry("new"), line) == 3


def test_no_priority_outranks_two_hours_of_waiting() -> None:
    line = [entry("patient", waited_s=7201), entry("important", priority=100_000)]
    assert positions(line) == {"patient": 1, "important": 2}
