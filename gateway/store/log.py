"""The durable log under the local bus: events in lanes, the keys that make repeats known, leases and who is there. SQLite only.

A position is a number that rises over all lanes, in 16 digits, so that text compares as the numbers do.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec import Struct

from gateway.core.bus import LaneEvent, Lease
from gateway.core.ids import Lane, WorkerId
from gateway.store.outbox_writes import IN_PLACE
from gateway.store.rows import inbound_of, micros
from gateway.store.steps import Fetch, Steps, Write

KEYS_KEPT = timedelta(hours=48)

_KNOWN = "SELECT key FROM log_key WHERE key = ANY(?)"
_MARK = "SELECT last FROM log_mark"
_MOVE_MARK = "UPDATE log_mark SET last = ?"
_ADD_EVENT = "INSERT INTO log_event (lane, id, body) VALUES (?, ?, ?)"
_ADD_KEY = "INSERT INTO log_key (id, at, key) VALUES (?, ?, ?)"
_READ = "SELECT id, body FROM log_event WHERE lane = ? AND id > ? ORDER BY id LIMIT ?"
_TRIM = "DELETE FROM log_event WHERE lane = ? AND id <= ?"
_FORGET = "DELETE FROM log_key WHERE id IN (SELECT id FROM (SELECT id, at FROM log_key ORDER BY id LIMIT 1000) WHERE at < ?)"
_DEPTH = "SELECT count(*) FROM log_event WHERE lane = ?"
_LEASE = "SELECT worker, token, expires_at FROM log_lease WHERE name = ?"
_TAKE = (
    "INSERT INTO log_lease (name, worker, token, expires_at) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (name) DO UPDATE SET worker = excluded.worker, token = excluded.token, expires_at = excluded.expires_at"
)
_GIVE_BACK = "UPDATE log_lease SET worker = '', expires_at = 0 WHERE name = ? AND worker = ?"
_ANNOUNCE = (
    "INSERT INTO log_worker (team, worker, expires_at) VALUES (?, ?, ?) "
    "ON CONFLICT (team, worker) DO UPDATE SET expires_at = excluded.expires_at"
)
_FORGET_GONE = "DELETE FROM log_worker WHERE expires_at <= ?"
_COUNT = "SELECT count(*) FROM log_worker WHERE team = ?"


class Append(Struct, frozen=True):
    """An event to be made durable."""

    lane: Lane
    key: str
    at_us: int
    body: str


def append(events: Sequence[Append]) -> Steps[list[str | None]]:
    """Each event's position, or None for a repeat."""
    known = {key for (key,) in (yield Fetch(_KNOWN, ([event.key for event in events],)))}
    ((last,),) = yield Fetch(_MARK)
    positions: list[str | None] = []
    fresh: list[tuple[int, Append]] = []
    for event in events:
        if event.key in known:
            positions.append(None)
            continue
        last += 1
        known.add(event.key)
        fresh.append((last, event))
        positions.append(_position(last))
    if fresh:
        yield Write(_ADD_EVENT, [(event.lane, number, event.body) for number, event in fresh])
        yield Write(_ADD_KEY, [(number, event.at_us, event.key) for number, event in fresh])
        yield Write(_MOVE_MARK, [(last,)])
    return positions


def read(lane: Lane, after: str, limit: int) -> Steps[list[LaneEvent]]:
    rows = yield Fetch(_READ, (lane, int(after or 0), limit))
    return [LaneEvent(_position(number), inbound_of(text)) for number, text in rows]


def trim(lane: Lane, upto: str, now: datetime) -> Steps[None]:
    """Forget handled events, and some of the keys that are old enough."""
    yield Write(_TRIM, [(lane, int(upto or 0))])
    yield Write(_FORGET, [(micros(now - KEYS_KEPT),)])


def depth(lane: Lane) -> Steps[int]:
    ((count,),) = yield Fetch(_DEPTH, (lane,))
    return int(count)


def lease(name: str, worker: WorkerId, ttl_s: float, now: datetime) -> Steps[Lease | None]:
    holder, token, expires_at = next(iter((yield Fetch(_LEASE, (name,)))), ("", 0, 0))
    if holder != worker:
        if expires_at > micros(now):
            return None
        token += 1
    yield Write(_TAKE, [(name, worker, token, micros(now + timedelta(seconds=ttl_s)))])
    return Lease(name, token)


def give_back(name: str, worker: WorkerId) -> Steps[None]:
    yield Write(_GIVE_BACK, [(name, worker)])


def announce(group: str, worker: WorkerId, ttl_s: float, now: datetime) -> Steps[int]:
    yield Write(_FORGET_GONE, [(micros(now),)])
    yield Write(_ANNOUNCE, [(group, worker, micros(now + timedelta(seconds=ttl_s)))])
    ((count,),) = yield Fetch(_COUNT, (group,))
    return int(count)


def start_alone() -> Steps[None]:
    """Whoever held a lease is gone: this process has just become the only one that serves. Tokens go on rising. What the dead process was
    sending is due again, too; but for answers on the line: their peer may be asking for them anew."""
    yield Write("UPDATE log_lease SET worker = '', expires_at = 0")
    yield Write("UPDATE outbox SET lease_until = 0 WHERE lease_until > 0 AND worker <> ?", [(IN_PLACE,)])
    yield Write("DELETE FROM log_worker")


def nothing() -> Steps[None]:
    """A write that changes nothing, and yet asks the writer and the disk."""
    yield Write("UPDATE log_mark SET last = last")


def _position(number: int) -> str:
    return f"{number:016d}"
