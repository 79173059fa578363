"""What an agent is told of a channel that counts: in every case why nothing is left, and a code for what did not arrive."""

from datetime import timedelta

import pytest

from gateway.core.allowance import Allowance
from gateway.web.desk_windows import trouble, window_now
from tests.fakes import START

LATER = START + timedelta(hours=2)


def shut(allowance: Allowance | None, *, may_call: bool = True) -> tuple[int, str | None, str]:
    told = window_now(allowance, 1, START, may_call=may_call)
    return told["left"], told["until"], told["why"]


def test_what_is_left_is_told_with_its_end() -> None:
    told = window_now(Allowance(said_count=3, said_until=LATER), 1, START, may_call=True)
    assert told == {"left": 3, "reserve": 1, "until": LATER.isoformat(), "why": ""}


def test_nothing_left_always_has_its_reason() -> None:
    assert shut(Allowance(said_count=0, said_until=LATER)) == (0, None, "out_of_count")
    assert shut(Allowance(said_count=3, said_until=START)) == (0, None, "out_of_window")
    assert shut(None) == (0, None, "out_of_window")
    assert shut(Allowance(said_until=LATER, why="unreachable")) == (0, None, "unreachable")
    assert shut(Allowance(said_count=3, said_until=LATER), may_call=False) == (0, None, "no_api")


@pytest.mark.parametrize(
    ("detail", "code"),
    [
        ("part 1 of 2: the text is too long for the platform (45002)", "45002"),
        ("part 1 of 1: the platform is busy (-1), after 8 attempts", "-1"),
        ("out_of_window: the 48 hours since the customer's last message are over (45015)", "45015"),
        ("out_of_count", "out_of_count"),
        ("templatesendjobfinish: failed:user block", "user_block"),
        ("templatesendjobfinish: failed: system failed", "system_failed"),
        ("WeCom could not deliver it: the company is not verified (fail_type 8)", "fail_type_8"),
        ("withdrawn by a7, 0 parts had gone out (withdrawn)", "withdrawn"),
        ("kept for 90 days; the customer did not come back (not_back)", "not_back"),
        ("decided under epoch 1, the floor is 2; 0 of 1 parts went out", ""),
        ("part 1 of 1 was on its way when its worker stopped", ""),
    ],
)
def test_a_reason_has_the_code_that_the_page_has_words_for(detail: str, code: str) -> None:
    assert trouble(detail) == {"code": code, "detail": detail}


def test_nothing_said_is_no_trouble() -> None:
    assert trouble("") is None
