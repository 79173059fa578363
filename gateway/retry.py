"""When to try a message again."""

from datetime import datetime, timedelta
from typing import assert_never

from gateway.core.errors import Rejected, SendError, Shut, TryLater, Uncertain

ATTEMPTS_MAX_COUNT = 8
WAIT_MAX_S = 300
NAMED_WAIT_MAX_S = 3_600


def next_attempt(error: SendError, attempt: int, now: datetime, *, is_idempotent: bool = False) -> datetime | None:
    """When to try again after `attempt` attempts (the one that just failed included), or None to give up.

    Waits 2**attempt s, at most 300 s, unless the peer named a longer wait (RFC 9110, section 10.2.3). Gives up after 8 attempts, or
    when the peer wants to be left alone for more than an hour: by then a chat reply is stale. What was rejected is never repeated, and
    what may have been taken only where a repeat does no harm (`is_idempotent`). Where the channel is shut, only the customer can open it.
    """
    match error:
        case TryLater():
            return _later(error, attempt, now)
        case Uncertain():
            return _later(error, attempt, now) if is_idempotent else None
        case Rejected() | Shut():
            return None
        case SendError():
            raise TypeError(f"a SendError is Rejected, Shut, TryLater or Uncertain, not {type(error).__name__}")
        case _:
            assert_never(error)


def _later(error: SendError, attempt: int, now: datetime) -> datetime | None:
    named_s = error.retry_after_s or 0.0
    if attempt >= ATTEMPTS_MAX_COUNT or named_s > NAMED_WAIT_MAX_S:
        return None
    return now + timedelta(seconds=max(named_s, min(2**attempt, WAIT_MAX_S)))
