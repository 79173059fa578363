"""When to try a message again."""

from datetime import datetime, timedelta
from typing import assert_never

from gateway.core.errors import Rejected, SendError, Shut, TryLater, Uncertain

ATTEMPTS_MAX_COUNT = 8
WAIT_MAX_S = 300
NAMED_WAIT_MAX_S = 3_600
GAPS_S = (60, 120, 300, 600, 1_200, 2_400, 3_600)
"""Of a patient channel, the last one from then on: whoever greylists wants a few minutes, a server that is down for hours is not knocked at
every minute."""
TRIES_MIN_COUNT = 4
FIRST_TRIES = timedelta(hours=1)
"""However old a message is when it goes out at last: a patient channel tries it so often, within about so long."""
LAST_GAP_MIN_S = 60
"""A patient channel's last try is at the very end, unless the one before it was but a moment ago."""
SPREAD = 0.1
"""By how much a gap may grow, so that what failed together does not come back together."""


def next_attempt(
    error: SendError, attempt: int, now: datetime, *, is_idempotent: bool = False, until: datetime | None = None, chance: float = 0.0
) -> datetime | None:
    """When to try again after `attempt` attempts (the one that just failed included), or None to give up.

    Waits 2**attempt s, at most 300 s, unless the peer named a longer wait (RFC 9110, section 10.2.3). Gives up after 8 attempts, or
    when the peer wants to be left alone for more than an hour: by then a chat reply is stale. What was rejected is never repeated, and
    what may have been taken only where a repeat does no harm (`is_idempotent`). Where the channel is shut, only the customer can open it.

    With `until`, a patient channel's: the gaps are `GAPS_S` (and up to a tenth more, by `chance` from 0 to 1), and it goes on until then.
    """
    match error:
        case TryLater():
            return _later(error, attempt, now, until, chance)
        case Uncertain():
            return _later(error, attempt, now, until, chance) if is_idempotent else None
        case Rejected() | Shut():
            return None
        case SendError():
            raise TypeError(f"a SendError is Rejected, Shut, TryLater or Uncertain, not {type(error).__name__}")
        case _:
            assert_never(error)


def patient_until(written_at: datetime, patience_s: float, attempt: int, now: datetime) -> datetime | None:
    """How long a patient channel goes on with a message; None: it is not patient. Who was away for days begins with a few tries."""
    if not patience_s:
        return None
    end = written_at + timedelta(seconds=patience_s)
    return max(end, now + FIRST_TRIES) if attempt < TRIES_MIN_COUNT else end


def _later(error: SendError, attempt: int, now: datetime, until: datetime | None, chance: float) -> datetime | None:
    named_s = error.retry_after_s or 0.0
    if until is not None:
        gap_s = GAPS_S[min(attempt, len(GAPS_S)) - 1] * (1 + SPREAD * chance)
        return _patiently(max(named_s, gap_s), now, until)
    if attempt >= ATTEMPTS_MAX_COUNT or named_s > NAMED_WAIT_MAX_S:
        return None
    return now + timedelta(seconds=max(named_s, min(2**attempt, WAIT_MAX_S)))


def _patiently(wait_s: float, now: datetime, until: datetime) -> datetime | None:
    left_s = (until - now).total_seconds()
    return now + timedelta(seconds=min(wait_s, left_s)) if left_s >= LAST_GAP_MIN_S else None
