"""What may still be sent where the channel counts it."""

from datetime import timedelta

from gateway.core.allowance import Allowance, Grant, Pocket, granted, left, next_pocket, until, window
from tests.fakes import START

NOW = START
IN_A_MINUTE = NOW + timedelta(minutes=1)
IN_TWO_DAYS = NOW + timedelta(hours=48)
BOTH = Allowance(said_count=5, said_until=IN_TWO_DAYS, touched_count=3, touched_until=IN_A_MINUTE, serial=2)


def test_what_the_customer_said_and_touched_adds_up() -> None:
    assert (left(BOTH, NOW), until(BOTH, NOW)) == (8, IN_TWO_DAYS)


def test_what_ends_first_is_spent_first() -> None:
    assert next_pocket(BOTH, NOW) is Pocket.TOUCHED
    assert next_pocket(BOTH, IN_A_MINUTE) is Pocket.SAID
    assert next_pocket(BOTH, IN_TWO_DAYS) is None


def test_a_pocket_is_shut_at_its_very_end() -> None:
    assert left(BOTH, IN_A_MINUTE - timedelta(microseconds=1)) == 8
    assert left(BOTH, IN_A_MINUTE) == 5
    assert left(BOTH, IN_TWO_DAYS) == 0


def test_a_deed_fills_its_own_pocket_anew_and_nothing_else() -> None:
    spent = Allowance(said_count=0, said_until=IN_TWO_DAYS, touched_count=2, touched_until=IN_A_MINUTE, serial=7, why="out_of_count")
    filled = granted(spent, Grant(pocket=Pocket.SAID, count=5, until=IN_TWO_DAYS))
    assert (filled.said_count, filled.touched_count, filled.serial, filled.why) == (5, 2, 8, "")
    touched = granted(spent, Grant(pocket=Pocket.TOUCHED, count=3, until=IN_TWO_DAYS))
    assert (touched.said_count, touched.touched_count, touched.touched_until, touched.serial) == (0, 3, IN_TWO_DAYS, 8)
    assert granted(spent, None) == spent


def test_people_are_told_how_much_and_until_when() -> None:
    assert window(BOTH, 1, NOW) == {"left": 8, "reserve": 1, "until": "2026-11-04T09:30:00+00:00", "why": ""}
    assert window(BOTH, 1, IN_TWO_DAYS) == {"left": 0, "reserve": 1, "until": None, "why": "out_of_window"}
    assert window(None, 1, NOW) == {"left": 0, "reserve": 1, "until": None, "why": "out_of_window"}
    assert window(Allowance(said_count=0, said_until=IN_TWO_DAYS), 1, NOW)["why"] == "out_of_count"
    assert window(Allowance(why="unreachable"), 0, NOW)["why"] == "unreachable"
