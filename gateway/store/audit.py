"""The audit log: each event's hash covers the one before, so that nothing can be changed, dropped or slipped in unseen."""

import hashlib
from collections.abc import Sequence

from gateway.store.steps import Fetch, Steps, Write

_HEAD = "SELECT id, hash FROM audit_head FOR UPDATE"
_READ_HEAD = "SELECT id, hash FROM audit_head"
_MOVE_HEAD = "UPDATE audit_head SET id = ?, hash = ?"
_INSERT = "INSERT INTO audit (id, body, hash) VALUES (?, ?, ?)"
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


def verify() -> Steps[tuple[int, str | None]]:
    """How many events hold, and what is wrong with the first that does not."""
    ((head_id, head_hash),) = yield Fetch(_READ_HEAD)
    last, previous = 0, ""
    while last < head_id:
        page = yield Fetch(_AFTER, (last,))
        if not page:
            return last, f"event {last + 1} is missing"
        for number, text, stored in page:
            wrong = _wrong(last, number, linked(previous, text.encode()) == stored)
            if wrong is not None:
                return last, wrong
            last, previous = number, stored
            if last == head_id:
                break
    return last, None if previous == head_hash else f"event {last} is not the one that the log's head names"


def _wrong(last: int, number: int, holds: bool) -> str | None:  # noqa: FBT001 - one fact of two
    if number != last + 1:
        return f"event {last + 1} is missing"
    return None if holds else f"event {number} does not match its hash: it or the one before was changed"
