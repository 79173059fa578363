"""The outbox: what is due and who has it, what is kept, and what an answer on the line takes out of its turn."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from gateway.core.changes import NEW_ROW, Placed, PlacedRow, Settled
from gateway.core.errors import Conflict
from gateway.core.ids import ChannelName, EventKey, Thread, WorkerId
from gateway.core.message import Outgoing, Status
from gateway.core.ports import Waiting
from gateway.store.allowance import AT_ONCE, KEPT
from gateway.store.rows import body, micros, moment, outgoing_of, placed_of, thread_key
from gateway.store.steps import Fetch, Steps, Write

_DUE = (
    "SELECT id, token, attempts, parts_sent, parts_begun, body FROM outbox WHERE due_at <= ? AND lease_until <= ? AND NOT EXISTS ("  # noqa: S608
    "SELECT 1 FROM outbox AS earlier WHERE earlier.thread_key = outbox.thread_key AND earlier.seq < outbox.seq "
    f"AND earlier.due_at < {KEPT}) AND NOT EXISTS ("
    "SELECT 1 FROM outbox AS sending WHERE sending.thread_key = outbox.thread_key AND sending.seq > outbox.seq "
    f"AND sending.due_at < {KEPT} AND (sending.lease_until > ? OR sending.parts_begun > sending.parts_sent AND sending.due_at > ?)) "
    "ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED"
)
"""Of each thread the first row that is not kept, and only while nothing behind it, sent when this one was kept, is on its way."""
_LEASE = "UPDATE outbox SET token = ?, worker = ?, lease_until = ? WHERE id = ?"
_DEPTH = f"SELECT count(*) FROM outbox WHERE due_at < {KEPT}"  # noqa: S608 - our number
_KEPT_DEPTH = f"SELECT count(*) FROM outbox WHERE due_at = {KEPT}"  # noqa: S608 - our number
_OF_THREAD = (
    "SELECT token, due_at, lease_until, attempts, parts_sent, parts_begun, body FROM outbox WHERE thread_key = ? ORDER BY seq LIMIT ?"
)

_COLUMNS = "id, token, channel, thread_key, seq, due_at, lease_until, parts_sent, parts_begun"
GUARD = f"SELECT {_COLUMNS} FROM outbox WHERE id = ANY(?) ORDER BY id FOR UPDATE"  # noqa: S608 - our words
GUARD_THREADS = f"SELECT {_COLUMNS} FROM outbox WHERE id = ANY(?) OR thread_key = ANY(?) ORDER BY id FOR UPDATE"  # noqa: S608 - our words
_SETTLE = "DELETE FROM outbox WHERE id = ?"
_RESCHEDULE = "UPDATE outbox SET due_at = ?, attempts = ?, parts_sent = ?, parts_begun = ?, lease_until = 0 WHERE id = ?"
_KEEP = (
    "UPDATE outbox SET due_at = CASE WHEN "  # noqa: S608 - our numbers
    "coalesce((SELECT allowance.serial FROM allowance WHERE allowance.thread_key = outbox.thread_key), 0) = ? "
    f"THEN {KEPT} ELSE {AT_ONCE} END, attempts = ?, parts_sent = ?, parts_begun = ?, lease_until = 0 WHERE id = ?"
)
_STATUS = "UPDATE message SET status = ?, detail = ? WHERE session_id = ? AND seq = ?"
_STATUS_WITH = "UPDATE message SET status = ?, detail = ?, sent_with = ? WHERE session_id = ? AND seq = ?"
RELEASE = f"UPDATE outbox SET due_at = {AT_ONCE} WHERE id = ? AND lease_until = 0 AND parts_begun = parts_sent AND due_at < {KEPT}"  # noqa: S608
_PLACE = "UPDATE outbox SET token = ?, worker = 'in place', lease_until = ?, due_at = ?, parts_begun = parts_sent + 1 WHERE id = ?"

PLACED_GUARD = "SELECT body FROM placed_answer WHERE key = ANY(?)"
PUT_PLACED = (
    "INSERT INTO placed_answer (key, until, body) VALUES (?, ?, ?) "
    "ON CONFLICT (key) DO UPDATE SET until = excluded.until, body = excluded.body"
)
_PLACED = "SELECT body FROM placed_answer WHERE key = ?"
_COUNT_PLACED = "SELECT count(*) FROM placed_answer WHERE until < ?"
_DROP_PLACED = "DELETE FROM placed_answer WHERE until < ?"

OrderedRow = tuple[str, str, tuple[Any, ...]]
"""(what it is about, statement, row)."""


class Row(Struct):
    """An outbox row as the guards see it: as it is stored, and as what was let through leaves it."""

    id: str
    token: int
    channel: str
    thread_key: str
    seq: int
    due_us: int
    lease_us: int
    parts_sent: int
    parts_begun: int

    def is_busy(self, at_us: int) -> bool:
        """Somebody has it, or has left it with a part on its way."""
        return self.lease_us > at_us or self.parts_begun > self.parts_sent


# ---- reading and leasing


def lease(worker: WorkerId, now: datetime, lease_s: float, limit: int) -> Steps[list[tuple[Outgoing, int]]]:
    at = micros(now)
    rows = yield Fetch(_DUE, (at, at, at, at, limit))
    until = micros(now + timedelta(seconds=lease_s))
    if rows:
        yield Write(_LEASE, [(token + 1, worker, until, row_id) for row_id, token, *_ in rows])
    return [(_outgoing(*rest), token + 1) for _, token, *rest in rows]


def depth() -> Steps[int]:
    ((count,),) = yield Fetch(_DEPTH)
    return int(count)


def kept_depth() -> Steps[int]:
    ((count,),) = yield Fetch(_KEPT_DEPTH)
    return int(count)


def of_thread(channel: ChannelName, thread: Thread, limit: int, now: datetime) -> Steps[list[Waiting]]:
    rows = yield Fetch(_OF_THREAD, (thread_key(channel, thread), limit))
    return [
        Waiting(_outgoing(attempts, sent, begun, text), token, moment(due_us), lease_us > micros(now) or begun > sent)
        for token, due_us, lease_us, attempts, sent, begun, text in rows
    ]


def placed(key: EventKey) -> Steps[Placed | None]:
    rows = yield Fetch(_PLACED, (key,))
    return placed_of(rows[0][0]) if rows else None


def drop_placed(before: datetime) -> Steps[int]:
    ((count,),) = yield Fetch(_COUNT_PLACED, (micros(before),))
    if count:
        yield Write(_DROP_PLACED, [(micros(before),)])
    return int(count)


def _outgoing(attempts: int, parts_sent: int, parts_begun: int, text: str) -> Outgoing:
    return structs.replace(outgoing_of(text), attempts=attempts, parts_sent=parts_sent, parts_begun=parts_begun)


# ---- what a commit does to it


def refused_settling(settled: Settled, row: Row | None) -> Conflict | None:
    """Why this can't be written; None: it may."""
    if row is not None and row.token == settled.token:
        return None
    return Conflict(f"outbox row {settled.id} is gone, or no longer has token {settled.token}")


def refused_placing(answer: Placed, rows: Mapping[str, Row], before: Placed | None) -> Conflict | None:
    """Why this can't be written; None: it may. `rows`: at least all of the thread's; `before`: what was given to the same event."""
    ids = [row.id for row in answer.rows]
    if before is not None and [row.id for row in before.rows] != ids:
        return Conflict("this event has been given another answer")
    key, at_us = thread_key(answer.channel, answer.thread), micros(answer.at)
    for placing in answer.rows:
        if not _may_place(placing, rows.get(placing.id), key, at_us):
            return Conflict(f"outbox row {placing.id} is somebody else's, or gone")
    taken, last = {*ids, *answer.passed}, max((placing.seq for placing in answer.rows), default=0)
    may_pass = KEPT if all(placing.token != NEW_ROW for placing in answer.rows) else KEPT + 1  # what is kept goes on the line first
    if any(row.thread_key == key and row.seq < last and row.due_us < may_pass and row.id not in taken for row in rows.values()):
        return Conflict("something that comes before it waits to be sent")
    return None


def _may_place(placing: PlacedRow, row: Row | None, key: str, at_us: int) -> bool:
    if placing.token == NEW_ROW:
        return row is None
    return row is not None and row.token == placing.token and row.thread_key == key and not row.is_busy(at_us)


def settle(settled: Settled, row: Row) -> Iterator[OrderedRow]:
    """What a settled row and its messages become."""
    counts = (settled.attempts, settled.parts_sent, settled.parts_begun, settled.id)
    if settled.retry_at is None:
        yield row.thread_key, _SETTLE, (settled.id,)
    elif is_kept(settled):
        yield row.thread_key, _KEEP, (settled.serial, *counts)
    else:
        yield row.thread_key, _RESCHEDULE, (micros(settled.retry_at), *counts)
    yield message_key(settled.session_id, settled.seq), _STATUS, (settled.status.value, settled.detail, settled.session_id, settled.seq)
    for seq in settled.also:
        values = (settled.status.value, settled.detail, settled.seq, settled.session_id, seq)
        yield message_key(settled.session_id, seq), _STATUS_WITH, values


def is_kept(settled: Settled) -> bool:
    """It waits for a grant, unless one has come since."""
    return settled.status is Status.KEPT and settled.retry_at is not None and settled.serial is not None


def note_settled(settled: Settled, rows: dict[str, Row]) -> None:
    """From here on, this counts as stored."""
    if settled.retry_at is None:
        rows.pop(settled.id, None)
    elif (row := rows.get(settled.id)) is not None:
        row.due_us, row.lease_us = micros(settled.retry_at), 0
        row.parts_sent, row.parts_begun = settled.parts_sent, settled.parts_begun


def place(answer: Placed) -> Iterator[OrderedRow]:
    """An answer's rows are leased to it, each with a part begun."""
    key, until = thread_key(answer.channel, answer.thread), micros(answer.until)
    for row in answer.rows:
        if row.token != NEW_ROW:
            yield key, _PLACE, (row.token + 1, until, until, row.id)


def note_placed(answer: Placed, rows: dict[str, Row]) -> None:
    """From here on, this counts as stored."""
    until, key = micros(answer.until), thread_key(answer.channel, answer.thread)
    for placing in answer.rows:
        if placing.token == NEW_ROW:
            rows[placing.id] = Row(placing.id, NEW_ROW, answer.channel, key, placing.seq, until, 0, 0, 0)
        row = rows[placing.id]
        row.token, row.due_us, row.lease_us = row.token + 1, until, until
        row.parts_begun = row.parts_sent + 1


def placed_row(answer: Placed) -> tuple[Any, ...]:
    """The row of PUT_PLACED."""
    return (answer.key, micros(answer.until), body(answer))


def message_key(session_id: str, seq: int) -> str:
    """What writes about one message are ordered by."""
    return f"{session_id}\x1f{seq}"
