"""What a commit does to the outbox: rows added, settled, kept, placed on the line and let go; and who may do it."""

from collections.abc import Iterable, Iterator
from typing import Any

from msgspec import Struct, field

from gateway.core.changes import NEW_ROW, Placed, PlacedRow, Settled
from gateway.core.errors import Conflict
from gateway.core.message import Outgoing, Status
from gateway.store.allowance import AT_ONCE, KEPT, LET_GO
from gateway.store.rows import body, micros, thread_key

ADD = (
    "INSERT INTO outbox (id, session_id, seq, channel, thread_key, due_at, attempts, parts_sent, parts_begun, body) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_THREAD_KEY, _DUE_US = 4, 5
"""Their places in a row of ADD."""
_COLUMNS = "id, token, channel, thread_key, seq, due_at, lease_until, parts_sent, parts_begun"
GUARD = f"SELECT {_COLUMNS} FROM outbox WHERE id = ANY(?) ORDER BY id FOR UPDATE"  # noqa: S608 - our words
GUARD_THREADS = (
    f"SELECT {_COLUMNS} FROM outbox WHERE id = ANY(?) OR thread_key = ANY(?) OR (thread_key = ANY(?) AND +due_at = {KEPT}) "  # noqa: S608
    "ORDER BY id FOR UPDATE"
)
"""Rows by their ids, all of some threads', and what others keep."""
THREADS = "SELECT DISTINCT thread_key FROM outbox WHERE id = ANY(?)"
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
IN_PLACE = "in place"
"""The worker of a row that an answer on the line has, or had last; one that has been placed from its beginning has none."""
_PLACE = (
    f"UPDATE outbox SET token = ?, worker = '{IN_PLACE}', lease_until = ?, due_at = ?, parts_begun = parts_sent + 1 "  # noqa: S608 - our word
    "WHERE id = ?"
)

PLACED_GUARD = "SELECT body FROM placed_answer WHERE key = ANY(?)"
PUT_PLACED = (
    "INSERT INTO placed_answer (key, until, body) VALUES (?, ?, ?) "
    "ON CONFLICT (key) DO UPDATE SET until = excluded.until, body = excluded.body"
)

OrderedRow = tuple[str, str, tuple[Any, ...]]
"""(what it is about, statement, row)."""
AddedRow = tuple[Any, ...]
"""A row of ADD."""


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


class Standing(Struct):
    """The outbox as the guards see it, as far as it is asked for."""

    rows: dict[str, Row] = field(default_factory=dict)
    given: dict[str, Placed] = field(default_factory=dict)
    """Answers on the line, by their event."""
    is_in_order: bool = False
    """Somebody places an answer: what is added counts too, so that nothing is overtaken."""
    keeping: set[str] = field(default_factory=set)
    """Threads that may have rows which wait for a grant. Those that a grant is for are held, so that there are no others."""
    by_thread: dict[str, dict[str, Row]] = field(default_factory=dict)

    def put(self, row: Row) -> None:
        """This row stands."""
        self.rows[row.id] = self.by_thread.setdefault(row.thread_key, {})[row.id] = row
        if row.due_us == KEPT:
            self.keeping.add(row.thread_key)

    def note_added(self, rows: Iterable[tuple[str, tuple[Any, ...]]]) -> None:
        """A row that is kept from its beginning is let go by the next grant too."""
        self.keeping.update(row[_THREAD_KEY] for sql, row in rows if sql == ADD and row[_DUE_US] == KEPT)

    def note_let_go(self, ordered: Iterable[OrderedRow]) -> None:
        """A grant has let go what its thread's customer was kept waiting for."""
        for _, sql, values in ordered:
            if sql == LET_GO:
                due_us, key = values
                for row in self.by_thread.get(key, {}).values():
                    row.due_us = due_us if row.due_us == KEPT else row.due_us

    def refusal(self, settled: Iterable[Settled], placed: Iterable[Placed], adding: Iterable[AddedRow]) -> Conflict | None:
        """Why this can't be written; None: it may."""
        for one in settled:
            row = self.rows.get(one.id)
            if row is None or row.token != one.token:
                return Conflict(f"outbox row {one.id} is gone, or no longer has token {one.token}")
            if one.is_idle and row.parts_begun > row.parts_sent:
                return Conflict(f"outbox row {one.id} is on its way")
            if one.while_kept and row.due_us != KEPT:
                return Conflict(f"outbox row {one.id} is kept no more")
        for answer in placed:
            if refusal := self._refused_placing(answer, {row.id: row for row in map(_row, adding)}):
                return refusal
        return None

    def take(self, settled: Iterable[Settled], placed: Iterable[Placed], adding: Iterable[AddedRow]) -> None:
        """From here on, this counts as stored."""
        for one in settled:
            self._note_settled(one)
        if self.is_in_order:
            for row in map(_row, adding):
                self.put(row)
        for answer in placed:
            self._note_placed(answer)

    def _refused_placing(self, answer: Placed, adding: dict[str, Row]) -> Conflict | None:
        ids = [row.id for row in answer.rows]
        before = self.given.get(answer.key)
        if before is not None and [row.id for row in before.rows] != ids:
            return Conflict("this event has been given another answer")
        for placing in answer.rows:
            if not self._may_place(placing, answer, adding):
                return Conflict(f"outbox row {placing.id} is somebody else's, or gone")
        if self._overtakes(answer, {*ids, *answer.passed}, adding):
            return Conflict("something that comes before it waits to be sent")
        return None

    def _may_place(self, placing: PlacedRow, answer: Placed, adding: dict[str, Row]) -> bool:
        row = self.rows.get(placing.id)
        if placing.token == NEW_ROW:
            return row is None and placing.id in adding
        key = thread_key(answer.channel, answer.thread)
        return row is not None and row.token == placing.token and row.thread_key == key and not row.is_busy(micros(answer.at))

    def _overtakes(self, answer: Placed, taken: set[str], adding: dict[str, Row]) -> bool:
        """Whether something waits before it. A kept row does not; but what is kept goes on the line before what is said now."""
        key, last = thread_key(answer.channel, answer.thread), max((placing.seq for placing in answer.rows), default=0)
        may_pass = all(placing.token != NEW_ROW for placing in answer.rows)
        return any(
            row.thread_key == key and row.seq < last and row.id not in taken and not (may_pass and row.due_us == KEPT)
            for row in (*self.by_thread.get(key, {}).values(), *adding.values())
        )

    def _note_settled(self, settled: Settled) -> None:
        row = self.rows.get(settled.id)
        if row is None:
            return
        if settled.retry_at is None:
            del self.rows[row.id], self.by_thread[row.thread_key][row.id]
            return
        row.due_us, row.lease_us = micros(settled.retry_at), 0
        row.parts_sent, row.parts_begun = settled.parts_sent, settled.parts_begun
        if row.due_us == KEPT:
            self.keeping.add(row.thread_key)

    def _note_placed(self, answer: Placed) -> None:
        until = micros(answer.until)
        for placing in answer.rows:
            if placing.token != NEW_ROW:
                row = self.rows[placing.id]
                row.token, row.due_us, row.lease_us, row.parts_begun = row.token + 1, until, until, row.parts_sent + 1
        self.given[answer.key] = answer


def added(outgoing: Outgoing, placed: tuple[Placed, ...]) -> AddedRow:
    """The row of ADD. One that an answer on the line has from its beginning is due when that is over, with a part begun."""
    message, begun, due_at = outgoing.message, outgoing.parts_begun, outgoing.due_at or outgoing.message.at
    if placed and (until := next((answer.until for answer in placed for row in answer.rows if row.id == outgoing.id), None)):
        begun, due_at = outgoing.parts_sent + 1, until
    return (
        outgoing.id, outgoing.session_id, message.seq, outgoing.channel, thread_key(outgoing.channel, outgoing.thread),
        micros(due_at), outgoing.attempts, outgoing.parts_sent, begun, body(outgoing),
    )  # fmt: skip


def touched(settled: Iterable[Settled], answers: Iterable[Placed], ordered: Iterable[OrderedRow]) -> list[str]:
    """The rows that are named."""
    named = [one.id for one in settled] + [row.id for answer in answers for row in answer.rows]
    return named + [key for key, sql, _ in ordered if sql == RELEASE]


def _row(values: AddedRow) -> Row:
    row_id, _, seq, channel, key, due_us, _, parts_sent, parts_begun, _ = values
    return Row(row_id, 0, channel, key, seq, due_us, 0, parts_sent, parts_begun)


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


def place(answer: Placed) -> Iterator[OrderedRow]:
    """An answer's rows are leased to it, each with a part begun."""
    key, until = thread_key(answer.channel, answer.thread), micros(answer.until)
    for row in answer.rows:
        if row.token != NEW_ROW:
            yield key, _PLACE, (row.token + 1, until, until, row.id)


def placed_row(answer: Placed) -> tuple[Any, ...]:
    """The row of PUT_PLACED."""
    return (answer.key, micros(answer.until), body(answer))


def message_key(session_id: str, seq: int) -> str:
    """What writes about one message are ordered by."""
    return f"{session_id}\x1f{seq}"
