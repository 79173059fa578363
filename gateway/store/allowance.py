"""What may still be sent where a channel counts it: filled, spent and emptied by one statement each, so that no writer has to read first.

Whoever touches a thread's allowance holds its row first (`hold`), and rows are held in one order. So a grant and the keeping of a message
take turns on both engines: the one that comes second sees what the first has done, and no message is kept that a grant should have let go.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from gateway.core.allowance import Allowance, Grant, Pocket
from gateway.core.changes import KEPT_UNTIL, Allowed, Changes, Spent
from gateway.core.ids import ChannelName, Thread
from gateway.store.rows import micros, moment, thread_key
from gateway.store.steps import Fetch, Steps

KEPT = micros(KEPT_UNTIL)

HOLD = (
    "INSERT INTO allowance (thread_key, said_count, said_serial, touched_count, touched_serial, serial, why) "
    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (thread_key) DO UPDATE SET serial = allowance.serial"
)
_SAID = "UPDATE allowance SET said_count = ?, said_until = ?, said_serial = serial + 1, serial = serial + 1, why = '' WHERE thread_key = ?"
_TOUCHED = (
    "UPDATE allowance SET touched_count = ?, touched_until = ?, touched_serial = serial + 1, serial = serial + 1, why = '' "
    "WHERE thread_key = ?"
)
_LEFT = (
    "UPDATE allowance SET said_count = 0, said_until = NULL, said_serial = serial + 1, touched_count = 0, touched_until = NULL, "
    "touched_serial = serial + 1, serial = serial + 1, why = ? WHERE thread_key = ?"
)
_SPEND_SAID = "UPDATE allowance SET said_count = said_count - ? WHERE thread_key = ? AND said_serial <= ?"
_SPEND_TOUCHED = "UPDATE allowance SET touched_count = touched_count - ? WHERE thread_key = ? AND touched_serial <= ?"
_EMPTY = (
    "UPDATE allowance SET said_count = 0, said_until = NULL, touched_count = 0, touched_until = NULL, why = ? "
    "WHERE thread_key = ? AND serial = ?"
)
LET_GO = f"UPDATE outbox SET due_at = ? WHERE thread_key = ? AND +due_at = {KEPT}"  # noqa: S608 - our number
_OF_THREADS = (
    "SELECT thread_key, said_count, said_until, touched_count, touched_until, serial, why FROM allowance WHERE thread_key = ANY(?)"
)

AT_ONCE = 0
"""`due_at` of what need not wait."""


def of_threads(threads: Sequence[tuple[ChannelName, Thread]]) -> Steps[dict[tuple[ChannelName, Thread], Allowance]]:
    """The allowances of these threads; those that were never granted anything are left out."""
    keys = {thread_key(*thread): thread for thread in threads}
    found = {keys[key]: _allowance(*held) for key, *held in (yield Fetch(_OF_THREADS, (list(keys),)))}
    return {thread: held for thread, held in found.items() if held.serial or held.why}  # the rest were held once, to be written


def _allowance(said_count: int, said_until: int | None, touched_count: int, touched_until: int | None, serial: int, why: str) -> Allowance:
    return Allowance(
        said_count=said_count, said_until=None if said_until is None else moment(said_until),
        touched_count=touched_count, touched_until=None if touched_until is None else moment(touched_until), serial=serial, why=why,
    )  # fmt: skip


def threads(changes: Changes) -> Iterator[str]:
    """The threads whose allowances are touched."""
    for allowed in changes.allowed:
        yield thread_key(allowed.channel, allowed.thread)
    for spent in changes.spent:
        yield thread_key(spent.channel, spent.thread)
    for emptied in changes.emptied:
        yield thread_key(emptied.channel, emptied.thread)


def held(keys: Iterable[str]) -> list[tuple[Any, ...]]:
    """Rows of HOLD, in the order in which every writer holds them."""
    return [(key, 0, 0, 0, 0, 0, "") for key in sorted(keys)]


def rows(changes: Changes) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    """What is written while the rows are held: (thread, statement, row)."""
    for allowed in changes.allowed:
        yield from _allowed(allowed)
    for spent in changes.spent:
        yield thread_key(spent.channel, spent.thread), *_spent(spent)
    for emptied in changes.emptied:
        key = thread_key(emptied.channel, emptied.thread)
        yield key, _EMPTY, (emptied.why, key, emptied.serial)


def _allowed(allowed: Allowed) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    key = thread_key(allowed.channel, allowed.thread)
    if allowed.grant is None:
        yield key, _LEFT, (allowed.why, key)
        return
    yield key, *_filled(allowed.grant, key)
    yield key, LET_GO, (AT_ONCE if allowed.release_at is None else micros(allowed.release_at), key)


def _filled(grant: Grant, key: str) -> tuple[str, tuple[Any, ...]]:
    return (_SAID if grant.pocket is Pocket.SAID else _TOUCHED), (grant.count, micros(grant.until), key)


def _spent(spent: Spent) -> tuple[str, tuple[Any, ...]]:
    sql = _SPEND_SAID if spent.pocket is Pocket.SAID else _SPEND_TOUCHED
    return sql, (spent.count, thread_key(spent.channel, spent.thread), spent.serial)
