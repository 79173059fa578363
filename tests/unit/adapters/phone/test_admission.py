"""Which calls are taken."""

from adapters.phone.admission import BUSY_HERE, NUMBERS_MAX_COUNT, UNAVAILABLE, Admission
from tests.fakes import FrozenClock


def test_more_than_all_lines_are_refused_before_anything_is_counted() -> None:
    clock = FrozenClock()
    admission = Admission(max_count=2, per_minute=1, monotonic=clock.monotonic)
    assert admission.refusal("+8613800138000", 2) == UNAVAILABLE
    assert admission.refusal("+8613800138000", 1) == 0


def test_one_number_may_call_so_often_a_minute() -> None:
    clock = FrozenClock()
    admission = Admission(max_count=50, per_minute=2, monotonic=clock.monotonic)
    assert [admission.refusal("+8613800138000", 0) for _ in range(3)] == [0, 0, BUSY_HERE]
    assert admission.refusal("+8613800138001", 0) == 0
    assert [admission.refusal("", 0) for _ in range(9)] == [0] * 9, "whoever withholds it is nobody in particular"
    clock.advance(60)
    assert admission.refusal("+8613800138000", 0) == 0


def test_callers_are_not_remembered_without_end() -> None:
    admission = Admission(max_count=50, per_minute=2, monotonic=FrozenClock().monotonic)
    for number in range(NUMBERS_MAX_COUNT + 50):
        admission.refusal(f"+86{number}", 0)
    assert len(admission._recent) == NUMBERS_MAX_COUNT
