"""Where a customer stands, and how long it honestly takes."""

from datetime import timedelta
from typing import Any

from gateway.core.handoff import Handoff
from gateway.core.ids import QueueName
from handoff.waiting import Estimate, estimate, in_order, position, positions
from tests.fakes import START
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
    assert positions([entry("b", waited_s=10), entry("a", waited_s=20)], START) == {"a": 1, "b": 2}


def test_one_point_of_priority_is_one_minute_of_waiting() -> None:
    assert positions([entry("old", waited_s=59), entry("urgent", priority=1)], START) == {"urgent": 1, "old": 2}
    assert positions([entry("old", waited_s=61), entry("urgent", priority=1)], START) == {"old": 1, "urgent": 2}


def test_each_queue_counts_for_itself() -> None:
    sales = QueueName("sales")
    assert positions([entry("a", waited_s=9), entry("b", queue=sales), entry("c")], START) == {"a": 1, "b": 1, "c": 2}


def test_a_newcomer_stands_behind_those_of_its_own_queue_only() -> None:
    line = [entry("a", waited_s=5), entry("b", waited_s=4), entry("c", waited_s=3, queue=QueueName("sales"))]
    assert position(entry("new"), line, START) == 3


def test_no_priority_outranks_two_hours_of_waiting() -> None:
    line = [entry("patient", waited_s=7201), entry("important", priority=100_000)]
    assert positions(line, START) == {"patient": 1, "important": 2}


def test_a_mail_in_time_waits_behind_every_chat_and_the_one_due_first_goes_first() -> None:
    line = [_mail("evening", 180), _mail("noon", 60), entry("chat", waited_s=0)]
    assert [one.id for one in in_order(line, START)] == ["chat", "noon", "evening"]


def test_a_late_mail_goes_before_chats_that_have_waited_less_than_it_is_late() -> None:
    line = [entry("long", waited_s=301), entry("short", waited_s=299), _mail("late", -5), _mail("later", -4)]
    assert [one.id for one in in_order(line, START)] == ["long", "late", "short", "later"]


def test_however_late_mails_are_a_chat_that_has_waited_for_ten_minutes_goes_first() -> None:
    line = [_mail("yesterday", -1440), _mail("today", -120), entry("chat", waited_s=601)]
    assert [one.id for one in in_order(line, START)] == ["chat", "yesterday", "today"]


def test_urgency_moves_the_moment_at_which_a_mail_counts_as_late() -> None:
    line = [entry("chat", waited_s=60), _mail("urgent", 40, priority=45)]
    assert [one.id for one in in_order(line, START)] == ["urgent", "chat"]


def _mail(name: str, due_in_minutes: float, **fields: Any) -> Handoff:
    return entry(name, waited_s=3600, due_at=START + timedelta(minutes=due_in_minutes), **fields)
