"""What keeps the house running: lanes, dead letters, this installation's secrets, channels' notebooks, pages of the audit log."""

import msgspec

from gateway.core.changes import DeadLetter
from gateway.core.errors import Fenced
from gateway.core.handoff import AuditEvent
from gateway.core.ids import Lane
from gateway.core.ports import Page
from gateway.store.paging import cursor, number, page, place
from gateway.store.rows import dead_letter_of
from gateway.store.steps import Fetch, Steps, Write

_LANE = "SELECT token, position FROM lane WHERE lane = ? FOR UPDATE"
_ADD_LANE = "INSERT INTO lane (lane, token, position) VALUES (?, ?, '') ON CONFLICT DO NOTHING"
_CLAIM = "UPDATE lane SET token = ? WHERE lane = ?"
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
_NOTED = "SELECT value FROM notebook WHERE name = ?"
_NOTE_DOWN = "INSERT INTO notebook (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"

_audit_event = msgspec.json.Decoder(AuditEvent).decode


def claim_lane(lane: Lane, token: int) -> Steps[str]:
    yield Write(_ADD_LANE, [(lane, token)])
    ((stored, position),) = yield Fetch(_LANE, (lane,))
    if stored > token:
        raise Fenced(f"lane {lane} has been taken with token {stored}; {token} is an old one")
    yield Write(_CLAIM, [(token, lane)])
    return str(position)


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


def notebook(name: str) -> Steps[str]:
    rows = yield Fetch(_NOTED, (name,))
    return str(rows[0][0]) if rows else ""


def note_down(name: str, value: str) -> Steps[None]:
    yield Write(_NOTE_DOWN, [(name, value)])
