"""The outbox: what is due and who has it, what is kept, and what an answer on the line takes out of its turn."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import structs

from gateway.core.changes import Placed
from gateway.core.ids import ChannelName, EventKey, Thread, WorkerId
from gateway.core.message import Outgoing
from gateway.core.ports import Page, Waiting
from gateway.store.allowance import KEPT
from gateway.store.outbox_writes import IN_PLACE
from gateway.store.rows import micros, moment, outgoing_of, placed_of, thread_key
from gateway.store.steps import Fetch, Row, Steps, Write

_FIRST = (
    "due_at <= ? AND lease_until <= ? AND NOT EXISTS ("  # noqa: S608
    "SELECT 1 FROM outbox AS earlier WHERE earlier.thread_key = outbox.thread_key AND earlier.seq < outbox.seq "
    f"AND earlier.due_at < {KEPT}) AND NOT EXISTS ("
    "SELECT 1 FROM outbox AS sending WHERE sending.thread_key = outbox.thread_key AND sending.seq > outbox.seq "
    f"AND sending.due_at < {KEPT} AND (sending.lease_until > ? OR sending.parts_begun > sending.parts_sent AND sending.due_at > ?)) "
    "ORDER BY due_at, id LIMIT ? FOR UPDATE SKIP LOCKED"
)
"""Of each thread the first row that is not kept, and only while nothing behind it, sent when this one was kept, is on its way."""
_COLUMNS = "id, token, attempts, parts_sent, parts_begun, body"
_DUE = f"SELECT {_COLUMNS} FROM outbox WHERE {_FIRST}"  # noqa: S608 - our words
_DUE_OF = f"SELECT {_COLUMNS} FROM outbox WHERE channel = ? AND {_FIRST}"  # noqa: S608
_DUE_BUT = f"SELECT {_COLUMNS} FROM outbox WHERE NOT channel = ANY(?) AND {_FIRST}"  # noqa: S608
_LEASE = "UPDATE outbox SET token = ?, worker = ?, lease_until = ? WHERE id = ?"
_DEPTH = f"SELECT count(*) FROM outbox WHERE due_at < {KEPT}"  # noqa: S608 - our number
_KEPT_DEPTH = f"SELECT count(*) FROM outbox WHERE due_at = {KEPT}"  # noqa: S608 - our number
_WAITING = "SELECT token, worker, due_at, lease_until, attempts, parts_sent, parts_begun, body FROM outbox"
_OF_THREAD = f"{_WAITING} WHERE thread_key = ? ORDER BY seq LIMIT ?"
_KEPT_ROWS = f"{_WAITING} WHERE id > ? AND +due_at = {KEPT} ORDER BY id LIMIT ?"
"""Walks along the ids, so that a page costs the same however much is kept."""
_PLACED = "SELECT body FROM placed_answer WHERE key = ?"
_COUNT_PLACED = "SELECT count(*) FROM placed_answer WHERE until < ?"
_DROP_PLACED = "DELETE FROM placed_answer WHERE until < ?"


def lease(
    worker: WorkerId, now: datetime, lease_s: float, limit: int, only: ChannelName | None, but: Sequence[ChannelName]
) -> Steps[list[tuple[Outgoing, int]]]:  # fmt: skip
    rows = yield _due(micros(now), limit, only, but)
    until = micros(now + timedelta(seconds=lease_s))
    if rows:
        yield Write(_LEASE, [(token + 1, worker, until, row_id) for row_id, token, *_ in rows])
    return [(_outgoing(*rest), token + 1) for _, token, *rest in rows]


def _due(at: int, limit: int, only: ChannelName | None, but: Sequence[ChannelName]) -> Fetch:
    if only is not None:
        return Fetch(_DUE_OF, (only, at, at, at, at, limit))
    return Fetch(_DUE_BUT, (list(but), at, at, at, at, limit)) if but else Fetch(_DUE, (at, at, at, at, limit))


def depth() -> Steps[int]:
    ((count,),) = yield Fetch(_DEPTH)
    return int(count)


def kept_depth() -> Steps[int]:
    ((count,),) = yield Fetch(_KEPT_DEPTH)
    return int(count)


def of_thread(channel: ChannelName, thread: Thread, limit: int, now: datetime) -> Steps[list[Waiting]]:
    rows = yield Fetch(_OF_THREAD, (thread_key(channel, thread), limit))
    return [_waiting(row, micros(now)) for row in rows]


def old_kept(before: datetime, limit: int, after: str, now: datetime) -> Steps[Page]:
    found = yield Fetch(_KEPT_ROWS, (after, limit))
    rows = [_waiting(row, micros(now)) for row in found]
    old = tuple(row for row in rows if row.outgoing.message.at < before)
    return Page(old, rows[-1].outgoing.id if len(rows) == limit else None)


def placed(key: EventKey) -> Steps[Placed | None]:
    rows = yield Fetch(_PLACED, (key,))
    return placed_of(rows[0][0]) if rows else None


def drop_placed(before: datetime) -> Steps[int]:
    ((count,),) = yield Fetch(_COUNT_PLACED, (micros(before),))
    if count:
        yield Write(_DROP_PLACED, [(micros(before),)])
    return int(count)


def _waiting(row: Row, now_us: int) -> Waiting:
    token, worker, due_us, lease_us, attempts, sent, begun, text = row
    return Waiting(
        _outgoing(attempts, sent, begun, text), token, moment(due_us), lease_us > now_us or begun > sent,
        was_sending=worker not in (None, IN_PLACE),
    )  # fmt: skip


def _outgoing(attempts: int, parts_sent: int, parts_begun: int, text: str) -> Outgoing:
    return structs.replace(outgoing_of(text), attempts=attempts, parts_sent=parts_sent, parts_begun=parts_begun)
