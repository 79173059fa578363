"""The audit log: each event's hash covers the one before, so that nothing can be changed, dropped or slipped in unseen."""

import hashlib
from collections.abc import Sequence

from gateway.store.steps import Fetch, Steps, Write

_HEAD = "SELECT id, hash FROM audit_head FOR UPDATE"
_READ_HEAD = "SELECT id, hash FROM audit_head"
_MOVE_HEAD = "UPDATE audit_head SET id = ?, hash = ?"
_INSERT = "INSERT INTO audit (id, body, hash) VALUES (?, ?, ?)"
_HASH = "SELECT hash FROM audit WHERE id = ?"
_AFTER = "SELECT id, body, hash FROM audit WHERE id > ? ORDER BY id LIMIT 1000"


def linked(previous: str, event: bytes) -> str:
    """The hash of an event (canonical JSON: all keys sorted) behind the one with the hash `previous`."""
    return hashlib.sha256(previous.encode() + event).hexdigest()


def append(events: Sequence[bytes]) -> Steps[None]:
    """Chain these events to the last, in a transaction; its lock on the head lets one writer in at a time."""
    ((last, previous),) = yield Fetch(_HEAD)
    rows = []
    for event in events:
        last, previous = last + 1, linked(previous, event)
        rows.append((last, event.decode(), previous))
    yield Write(_INSERT, rows)
    yield Write(_MOVE_HEAD, [(last, previous)])


def verify(after: int = 0, limit: int | None = None) -> Steps[tuple[int, str | None]]:
    """The number of the last event that holds, and what is wrong with the one behind it.

    Begins behind event `after`, whose hash is taken as it stands, and ends after about `limit` events (None: at the head).
    """
    ((head_id, head_hash),) = yield Fetch(_READ_HEAD)
    last, previous = after, (yield from _hash_of(after))
    if previous is None:
        return after - 1, f"event {after} is missing"
    end = head_id if limit is None else min(head_id, after + limit)
    while last < end:
        page = yield Fetch(_AFTER, (last,))
        if not page:
            return last, f"event {last + 1} is missing"
        for number, text, stored in page:
            wrong = _wrong(last, number, linked(previous, text.encode()) == stored)
            if wrong is not None:
                return last, wrong
            last, previous = number, stored
            if last == end:
                break
    is_right = last < head_id or previous == head_hash
    return last, None if is_right else f"event {last} is not the one that the log's head names"


def _hash_of(number: int) -> Steps[str | None]:
    """What the event behind `number` is chained to; None where there is no such event."""
    if number == 0:
        return ""
    rows = yield Fetch(_HASH, (number,))
    return rows[0][0] if rows else None


def _wrong(last: int, number: int, holds: bool) -> str | None:  # noqa: FBT001 - one fact of two
    if number != last + 1:
        return f"event {last + 1} is missing"
    return None if holds else f"event {number} does not match its hash: it or the one before was changed"
