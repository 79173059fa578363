"""When a message is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.core.errors import Rejected, SendError, Shut, TryLater, Uncertain
from gateway.retry import next_attempt

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def waited_s(error: SendError, attempt: int, *, is_idempotent: bool = False) -> float | None:
    at = next_attempt(error, attempt, NOW, is_idempotent=is_idempotent)
    return None if at is None else (at - NOW).total_seconds()


def test_waits_twice_as_long_after_each_attempt() -> None:
    assert [waited_s(TryLater("busy"), attempt) for attempt in range(1, 8)] == [2, 4, 8, 16, 32, 64, 128]


def test_gives_up_after_eight_attempts() -> None:
    assert waited_s(TryLater("busy"), 8) is None


@pytest.mark.parametrize(("named_s", "expected_s"), [(1.0, 4.0), (60.0, 60.0), (3600.0, 3600.0), (3601.0, None)])
def test_a_longer_wait_that_the_peer_names_is_kept_up_to_an_hour(named_s: float, expected_s: float | None) -> None:
    assert waited_s(TryLater("busy", retry_after_s=named_s), 2) == expected_s


END = NOW + timedelta(hours=48)


def patient_s(error: SendError, attempt: int, *, gone_s: float = 0, is_idempotent: bool = True, chance: float = 0.0) -> float | None:
    """As `waited_s`, of a channel that is patient for 48 hours, `gone_s` of which are over."""
    now = NOW + timedelta(seconds=gone_s)
    at = next_attempt(error, attempt, now, is_idempotent=is_idempotent, until=END, chance=chance)
    return None if at is None else (at - now).total_seconds()


def test_a_patient_channel_waits_longer_and_longer_then_hourly() -> None:
    assert [patient_s(TryLater("greylisted"), attempt) for attempt in range(1, 10)] == [
        60, 120, 300, 600, 1200, 2400, 3600, 3600, 3600,
    ]  # fmt: skip
    assert [patient_s(TryLater("greylisted"), 1, chance=chance) for chance in (0.5, 1.0)] == [63, 66]


def test_a_patient_channel_gives_up_when_its_time_is_over_after_a_last_try_at_the_very_end() -> None:
    tries, at = 0, NOW
    while (following := next_attempt(TryLater("down"), tries + 1, at, until=END)) is not None:
        tries, at = tries + 1, following
    assert (tries, at) == (53, END)
    assert patient_s(TryLater("down"), 60, gone_s=48 * 3600 - 600) == 600
    assert patient_s(TryLater("down"), 60, gone_s=48 * 3600 - 59) is None
    assert patient_s(TryLater("down"), 1, gone_s=50 * 3600) is None


def test_a_patient_channel_keeps_any_longer_wait_that_the_peer_names() -> None:
    assert patient_s(TryLater("busy", retry_after_s=7200), 1) == 7200
    assert patient_s(TryLater("busy", retry_after_s=5), 2) == 120
    assert patient_s(TryLater("busy", retry_after_s=1e6), 2) == 48 * 3600


def test_patience_repeats_neither_what_was_refused_nor_what_may_have_been_taken_where_that_does_harm() -> None:
    assert patient_s(Rejected("no such user"), 1) is None
    assert patient_s(Shut("unreachable"), 1) is None
    assert patient_s(Uncertain("no answer"), 1, is_idempotent=False) is None
    assert patient_s(Uncertain("no answer"), 1) == 60


def test_what_was_rejected_is_never_repeated() -> None:
    assert waited_s(Rejected("wrong address", retry_after_s=1), 1) is None


def test_a_channel_that_is_shut_is_opened_by_its_customer_alone() -> None:
    assert waited_s(Shut("out of count", retry_after_s=1), 1, is_idempotent=True) is None


def test_what_may_have_been_taken_is_repeated_only_where_that_does_no_harm() -> None:
    assert waited_s(Uncertain("no answer"), 1) is None
    assert waited_s(Uncertain("no answer"), 1, is_idempotent=True) == 2


def test_an_error_without_a_kind_is_a_mistake_in_the_channel() -> None:
    with pytest.raises(TypeError, match="Rejected, Shut, TryLater or Uncertain"):
        next_attempt(SendError("?"), 1, NOW + timedelta(0))
