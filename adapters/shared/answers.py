"""What a peer's HTTP answer says of a message that it was handed."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from gateway.core.errors import Rejected, TryLater, Uncertain

WAIT_MAX_S = 3600.0
"""The longest Retry-After that we follow; a peer that says more has made a mistake."""


def judge(status: int, retry_after: str | None, now: datetime, *, peer: str) -> None:
    """What an answer's status says of the message. Returns when it was taken; raises Rejected, TryLater or Uncertain.

    410 means that the peer wants no more of it (Standard Webhooks, "Endpoint disabled"). A 5xx other than 503 may have come after the
    message was taken.
    """
    code = str(status)
    if 200 <= status < 300:
        return
    if status in (408, 425, 429, 503):
        raise TryLater(f"{peer} asks to come again", code=code, retry_after_s=wait_s(retry_after, now))
    if status >= 500:
        raise Uncertain(f"{peer} failed", code=code)
    raise Rejected(f"{peer} refused the message", code=code)


def wait_s(retry_after: str | None, now: datetime) -> float | None:
    """Seconds in a Retry-After, a number or a date (RFC 9110, section 10.2.3); None for none, or for nonsense."""
    if not retry_after:
        return None
    if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 10:
        return min(WAIT_MAX_S, float(retry_after))
    try:
        at = parsedate_to_datetime(retry_after)
    except (ValueError, OverflowError):  # the latter: a year or a zone beyond all calendars
        return None
    wait = (at if at.tzinfo else at.replace(tzinfo=UTC)) - now
    return min(max(wait, timedelta()) / timedelta(seconds=1), WAIT_MAX_S)
