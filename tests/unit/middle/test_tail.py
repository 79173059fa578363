"""The local bus's tail: in order, without gaps, and honest about what only the log knows."""

from gateway.bus.tail import Outcome, Tail
from gateway.core.bus import LaneEvent
from tests.events import said


def at(position: str) -> LaneEvent:
    return LaneEvent(position, said("v1", f"text {position}"))


def positions(tail: Tail, after: str, limit: int = 100) -> list[str] | None:
    events = tail.read(after, limit)
    return None if events is None else [one.position for one in events]


def opened(known_from: str = "", behind: int = 0) -> Tail:
    tail = Tail(behind)
    tail.caught_up(known_from)
    return tail


def test_events_are_read_in_order_behind_a_position() -> None:
    tail = opened()
    for position in ("1", "2", "9", "10"):
        tail.settle(tail.reserve(), at(position))
    assert positions(tail, "") == ["1", "2", "9", "10"]
    assert positions(tail, "2") == ["9", "10"]
    assert positions(tail, "", limit=2) == ["1", "2"]
    assert positions(tail, "10") == []


def test_a_later_event_is_not_readable_before_an_earlier_one_whose_answer_is_late() -> None:
    tail = opened()
    first, second = tail.reserve(), tail.reserve()
    assert not tail.settle(second, at("2"))
    assert positions(tail, "") == []
    assert tail.settle(first, at("1"))
    assert positions(tail, "") == ["1", "2"]


def test_before_the_first_read_only_the_log_knows() -> None:
    tail = Tail(3)
    assert positions(tail, "") is None
    tail.settle(tail.reserve(), at("4"))
    assert positions(tail, "3") is None
    assert positions(tail, "4") == []


def test_behind_a_lost_answer_the_log_is_asked_until_an_event_behind_it_was_read() -> None:
    tail = opened()
    tail.settle(tail.reserve(), at("1"))
    tail.settle(tail.reserve(), Outcome.UNKNOWN)
    assert positions(tail, "1") is None
    tail.caught_up("1")
    assert positions(tail, "1") is None, "a read cannot prove that the lost one will not be written yet"
    tail.settle(tail.reserve(), at("3"))
    assert positions(tail, "1") is None
    tail.settle(tail.reserve(), at("4"))
    assert positions(tail, "3") == ["4"]


def test_a_repeat_behind_a_lost_answer_is_news() -> None:
    tail = opened()
    tail.settle(tail.reserve(), Outcome.UNKNOWN)
    assert tail.settle(tail.reserve(), Outcome.REPEAT)
    tail.caught_up("1")
    assert positions(tail, "1") == []


def test_an_event_that_a_read_of_the_log_has_already_shown_is_not_shown_again() -> None:
    tail = Tail(0)
    slot = tail.reserve()
    tail.caught_up("5")
    tail.settle(slot, at("5"))
    assert positions(tail, "5") == []


def test_depth_counts_what_waits_and_what_is_on_its_way() -> None:
    tail = opened(behind=2)
    tail.settle(tail.reserve(), at("3"))
    refused, waiting = tail.reserve(), tail.reserve()
    tail.settle(refused, Outcome.REFUSED)
    assert tail.depth == 4
    tail.settle(waiting, at("4"))
    assert tail.trim("3")
    assert tail.depth == 1
    assert positions(tail, "3") == ["4"]


def test_trimming_further_back_than_the_tail_knows_asks_for_a_count() -> None:
    tail = Tail(10)
    tail.settle(tail.reserve(), at("11"))
    tail.settle(tail.reserve(), at("12"))
    assert not tail.trim("4")
    tail.recount(8)
    assert tail.depth == 8
    assert tail.trim("11")
    assert tail.depth == 1
