"""What keeps the house running: lanes, the outbox, dead letters, this installation's secrets, pages of the audit log."""

from datetime import datetime, timedelta

import msgspec

from gateway.core.changes import DeadLetter
from gateway.core.errors import Fenced
from gateway.core.handoff import AuditEvent
from gateway.core.ids import Lane, WorkerId
from gateway.core.message import Outgoing
from gateway.core.ports import Page
from gateway.store.paging import cursor, number, page, place
from gateway.store.rows import dead_letter_of, micros, outgoing_of
from gateway.store.steps import Fetch, Steps, Write

_LANE = "SELECT token, position FROM lane WHERE lane = ? FOR UPDATE"
_ADD_LANE = "INSERT INTO lane (lane, token, position) VALUES (?, ?, '') ON CONFLICT DO NOTHING"
_CLAIM = "UPDATE lane SET token = ? WHERE lane = ?"
_DUE = (
    "SELECT id, token, attempts, parts_sent, parts_begun, body FROM outbox WHERE due_at <= ? AND lease_until <= ? AND NOT EXISTS ("
    "SELECT 1 FROM outbox AS earlier WHERE earlier.thread_key = outbox.thread_key AND earlier.seq < outbox.seq) "
    "ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED"
)
_LEASE = "UPDATE outbox SET token = ?, worker = ?, lease_until = ? WHERE id = ?"
_DEPTH = "SELECT count(*) FROM outbox"
_LETTERS = "SELECT at, id, body FROM dead_letter WHERE (at, id) > (?, ?) ORDER BY at, id LIMIT ?"
_LETTER = "SELECT body FROM dead_letter WHERE id = ? FOR UPDATE"
_READ_LETTER = "SELECT body FROM dead_letter WHERE id = ?"
_DROP_LETTER = "DELETE FROM dead_letter WHERE id = ?"
_AUDIT = "SELECT id, body FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?"
_AUDIT_OF = "SELECT id, body FROM audit WHERE actor = ? AND id < ? ORDER BY id DESC LIMIT ?"
_AUDIT_ON = "SELECT id, body FROM audit WHERE action = ? AND id < ? ORDER BY id DESC LIMIT ?"
_AUDIT_OF_ON = "SELECT id, body FROM audit WHERE actor = ? AND action = ? AND id < ? ORDER BY id DESC LIMIT ?"
_PUT_SECRET = "INSERT INTO secret (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING"  # noqa: S105 - a statement
_SECRET = "SELECT value FROM secret WHERE name = ?"  # noqa: S105 - a statement

_audit_event = msgspec.json.Decoder(AuditEvent).decode


def claim_lane(lane: Lane, token: int) -> Steps[str]:
    yield Write(_ADD_LANE, [(lane, token)])
    ((stored, position),) = yield Fetch(_LANE, (lane,))
    if stored > token:
        raise Fenced(f"lane {lane} has been taken with token {stored}; {token} is an old one")
    yield Write(_CLAIM, [(token, lane)])
    return str(position)


def lease_outgoing(worker: WorkerId, now: datetime, lease_s: float, limit: int) -> Steps[list[tuple[Outgoing, int]]]:
    rows = yield Fetch(_DUE, (micros(now), micros(now), limit))
    until = micros(now + timedelta(seconds=lease_s))
    if rows:
        yield Write(_LEASE, [(token + 1, worker, until, row_id) for row_id, token, *_ in rows])
    return [(_outgoing(*rest), token + 1) for _, token, *rest in rows]


def outbox_depth() -> Steps[int]:
    ((count,),) = yield Fetch(_DEPTH)
    return int(count)


def dead_letters(limit: int, after: str) -> Steps[Page]:
    rows = yield Fetch(_LETTERS, (*place(after), limit + 1))
    return page(rows, limit, lambda row: dead_letter_of(row[2]), cursor)


def dead_letter(letter_id: str) -> Steps[DeadLetter | None]:
    rows = yield Fetch(_READ_LETTER, (letter_id,))
    return dead_letter_of(rows[0][0]) if rows else None


def drop_dead_letter(letter_id: str) -> Steps[bool]:
    rows = yield Fetch(_LETTER, (letter_id,))
    yield Write(_DROP_LETTER, [(letter_id,)])
    return bool(rows)


def audit_page(limit: int, after: str, actor: str | None, action: str | None) -> Steps[Page]:
    wanted = tuple(value for value in (actor, action) if value is not None)
    sql = _AUDIT_OF_ON if len(wanted) == 2 else _AUDIT_OF if actor is not None else _AUDIT_ON if action is not None else _AUDIT
    rows = yield Fetch(sql, (*wanted, number(after, 2**62), limit + 1))
    return page(rows, limit, lambda row: _audit_event(row[1]), lambda row: str(row[0]))


def put_secret(name: str, value: str) -> Steps[str]:
    yield Write(_PUT_SECRET, [(name, value)])
    ((kept,),) = yield Fetch(_SECRET, (name,))
    return str(kept)


def _outgoing(attempts: int, parts_sent: int, parts_begun: int, text: str) -> Outgoing:
    return msgspec.structs.replace(outgoing_of(text), attempts=attempts, parts_sent=parts_sent, parts_begun=parts_begun)
