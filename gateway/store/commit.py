"""The one way to write the record: judge what is stored, then write every Changes that holds, in as few statements as there are kinds.

Guards are read in bulk and locked; a Changes that was let through counts as stored for those behind it in the batch. Nothing is
written for one that is refused.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from gateway.core.changes import Progress, Settled
from gateway.core.errors import Conflict, Fenced, Repeat, StaleSession
from gateway.core.ids import EventKey
from gateway.store import allowance, audit, outbox_writes
from gateway.store.ordered import Ordered
from gateway.store.outbox_writes import Row, Standing
from gateway.store.plan import AGENT, SESSION, TABLES, Planned, Table, Versioned
from gateway.store.rows import placed_of, thread_key
from gateway.store.steps import Duplicate, Fetch, Steps, Write, guarded

_LANES = "SELECT lane, token FROM lane WHERE lane = ANY(?) ORDER BY lane FOR UPDATE"
_MOVE = (
    "INSERT INTO lane (lane, token, position) VALUES (?, ?, ?) "
    "ON CONFLICT (lane) DO UPDATE SET token = excluded.token, position = excluded.position"
)
_NAMES = "SELECT name_key, id FROM agent WHERE name_key = ANY(?)"
_CHANNEL_ID = "INSERT INTO channel_message (channel, channel_message_id, session_id, seq) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"

Outcomes = list[Conflict | None]


class Batch(Struct, frozen=True):
    """One caller's commit."""

    planned: Sequence[Planned]
    progress: Progress | None = None


class _Stored:
    """What the guards are judged by: what is stored, and what this transaction is about to store."""

    def __init__(self) -> None:
        self.versions: dict[tuple[Table, str], int] = {}
        self.first_column: dict[tuple[Table, str], Any] = {}
        self.keys: set[str] = set()
        self.names: dict[str, str] = {}
        self.outbox = Standing()
        self.lanes: dict[int, int] = {}

    def refusal(self, planned: Planned) -> Conflict | None:
        """Why this can't be written; None: it may."""
        if any(key in self.keys for _, key in planned.keys):
            return Repeat("this event is on record already")
        if planned.expects is not None and self.versions.get((SESSION, planned.expects[0]), 0) != planned.expects[1]:
            return StaleSession(f"session {planned.expects[0]} is not at version {planned.expects[1]} any more")
        seen: dict[tuple[Table, str], int] = {}
        for row in planned.versioned:
            place = (row.table, row.id)
            stored = seen.get(place, self.versions.get(place, 0))
            if row.version != stored + (row.row is not None) or row.version == 0:
                return StaleSession(f"{row.table.name} {row.id} is at version {stored}; {row.version} does not follow it")
            if row.unique_name is not None and self.names.get(row.unique_name, row.id) != row.id:
                return Conflict("this name is taken")
            seen[place] = row.leaves
        if planned.settled or planned.placed:
            return self.outbox.refusal(planned.settled, planned.placed, planned.adding())
        return None

    def take(self, planned: Planned) -> None:
        """From here on, this counts as stored."""
        self.keys.update(key for _, key in planned.keys)
        for row in planned.versioned:
            self.versions[row.table, row.id] = row.leaves
            if row.unique_name is not None:
                self.names[row.unique_name] = row.id
        if planned.threads:
            self.outbox.note_let_go(planned.ordered)
        if planned.settled or self.outbox.is_in_order:
            self.outbox.take(planned.settled, planned.placed, planned.adding())

    def fence(self, progress: Progress | None) -> Fenced | None:
        """Why the lane's holder may not write; None: it may. A token above the stored one is a newer holder's."""
        if progress is None or progress.token >= self.lanes.get(progress.lane, 0):
            return None
        return Fenced(f"lane {progress.lane} has been taken with token {self.lanes[progress.lane]}; {progress.token} is an old one")


class _Chain:
    """What one caller's Changes build on: where one was refused, those behind it that follow it are refused too.

    The versions alone do not tell: a refused step from 1 to 2, and somebody else's step from 1 to 2, look the same to a step from 2 to 3.
    """

    def __init__(self) -> None:
        self._refused: set[str] = set()

    def broken(self, planned: Planned) -> StaleSession | None:
        """Why this can't be written: it was made upon what has been refused."""
        if not self._refused or self._refused.isdisjoint(_builds_on(planned)):
            return None
        return StaleSession("what this follows was refused")

    def note(self, planned: Planned, refusal: Conflict | None) -> Conflict | None:
        """Remember and pass on what became of it."""
        if refusal is not None:
            self._refused.update(_builds_on(planned))
        return refusal


def _builds_on(planned: Planned) -> set[str]:
    expected = {planned.expects[0]} if planned.expects is not None else set()
    return {row.id for row in planned.versioned} | expected


class _Rows:
    """The rows to write, by statement."""

    def __init__(self) -> None:
        self.groups: dict[str, list[tuple[Any, ...]]] = {}
        self.versioned: dict[tuple[Table, str], Versioned] = {}
        self.audits: list[bytes] = []
        self.ordered = Ordered()

    def add(self, planned: Planned, stored: _Stored) -> None:
        for sql, row in planned.rows:
            self._add(sql, row)
        for versioned in planned.versioned:
            self.versioned[versioned.table, versioned.id] = versioned
        for settled in planned.settled:
            self._settle(settled, stored.outbox.rows[settled.id])
        if planned.ordered or planned.placed:
            self._add_ordered(planned, stored)
        self.audits.extend(planned.audits)

    def move(self, progress: Progress) -> None:
        self._add(_MOVE, (progress.lane, progress.token, progress.position))

    def finish(self, first_columns: dict[tuple[Table, str], Any]) -> Steps[None]:
        """The statements: of each versioned row only its last version, added where nothing is stored yet."""
        for place, versioned in self.versioned.items():
            table, row = versioned.table, versioned.row
            if row is None:
                self._add(table.delete, (versioned.id,))
            elif place not in first_columns:
                self._add(table.insert, row)
            elif first_columns[place] == row[0]:
                self._add(table.touch, row[1 : table.changing_count + 1])
            else:
                self._add(table.update, row[: table.changing_count + 1])
        for group in self.groups.items():
            yield Write(*group)
        yield from self.ordered.writes()

    def _settle(self, settled: Settled, row: Row) -> None:
        for ordered in outbox_writes.settle(settled, row):
            self.ordered.add(*ordered)
        for channel_message_id in settled.channel_message_ids:
            self._add(_CHANNEL_ID, (row.channel, channel_message_id, settled.session_id, settled.seq))

    def _add_ordered(self, planned: Planned, stored: _Stored) -> None:
        """What nobody keeps need not be let go."""
        for answer in planned.placed:
            for ordered in outbox_writes.place(answer):
                self.ordered.add(*ordered)
            self._add(outbox_writes.PUT_PLACED, outbox_writes.placed_row(answer))
        for key, sql, row in planned.ordered:
            if sql != allowance.LET_GO or key in stored.outbox.keeping or planned.settled:
                self.ordered.add(key, sql, row)

    def _add(self, sql: str, row: tuple[Any, ...]) -> None:
        self.groups.setdefault(sql, []).append(row)


def commit(batches: Sequence[Batch]) -> Steps[list[Outcomes | Conflict]]:
    """Write many callers' batches in order; for each its outcomes, or Fenced where its lane has been lost.

    Fails with StatementFailed where the guards can't foresee what the database refuses: then everything must be taken back.
    """
    stored = yield from _read([planned for batch in batches for planned in batch.planned], [batch.progress for batch in batches])
    first_columns = dict(stored.first_column)
    rows = _Rows()
    results = [_judge(batch, stored, rows) for batch in batches]
    yield from rows.finish(first_columns)
    if rows.audits:
        yield from audit.append(rows.audits)
    return results


def commit_apart(batch: Batch) -> Steps[Outcomes | Conflict]:
    """The same for one caller whose batch holds something that the database refuses: each Changes is tried alone.

    A row that is there already makes its Changes a Conflict. Whatever else fails, fails the whole batch.
    """
    fenced = (yield from _read([], [batch.progress])).fence(batch.progress)
    if fenced is not None:
        return fenced
    outcomes: Outcomes = []
    chain = _Chain()
    for planned in batch.planned:
        outcomes.append(chain.note(planned, chain.broken(planned) or (yield from _alone(planned))))
    if batch.progress is not None and not any(outcomes):
        yield from commit([Batch((), batch.progress)])
    return outcomes


def _alone(planned: Planned) -> Steps[Conflict | None]:
    try:
        results = yield from guarded(commit([Batch((planned,))]), "alone")
    except Duplicate as error:
        return Conflict(f"a row is on record already: {error}")
    outcome = results[0]
    assert isinstance(outcome, list)
    return outcome[0]


def _judge(batch: Batch, stored: _Stored, rows: _Rows) -> Outcomes | Conflict:
    fenced = stored.fence(batch.progress)
    if fenced is not None:
        return fenced
    outcomes: Outcomes = []
    chain = _Chain()
    for planned in batch.planned:
        refusal = chain.note(planned, stored.refusal(planned) or chain.broken(planned))
        if refusal is None:
            stored.outbox.note_added(planned.rows)
            rows.add(planned, stored)
            stored.take(planned)
        outcomes.append(refusal)
    if batch.progress is not None and not any(outcomes):
        rows.move(batch.progress)
    return outcomes


def _read(planned: Sequence[Planned], progress: Sequence[Progress | None]) -> Steps[_Stored]:
    """Everything that the guards ask for, in one query of each kind, always in the same order of tables so that no two writers
    wait for each other."""
    stored = _Stored()
    lanes = sorted({item.lane for item in progress if item is not None})
    if lanes:
        stored.lanes = dict((yield Fetch(_LANES, (list(lanes),))))
    ids_by_table = _guarded_ids(planned)
    for table in TABLES:
        if table in ids_by_table:
            for row_id, version, first_column in (yield Fetch(table.guard, (list(ids_by_table[table]),))):
                stored.versions[table, row_id] = version
                stored.first_column[table, row_id] = first_column
    yield from _read_keys(planned, stored)
    return stored


def _guarded_ids(planned: Sequence[Planned]) -> dict[Table, set[str]]:
    ids: defaultdict[Table, set[str]] = defaultdict(set)
    for item in planned:
        for row in item.versioned:
            ids[row.table].add(row.id)
        if item.expects is not None:
            ids[SESSION].add(item.expects[0])
    return ids


def _read_keys(planned: Sequence[Planned], stored: _Stored) -> Steps[None]:
    keys: dict[str, list[str]] = {}
    for item in planned:
        for sql, key in item.keys:
            keys.setdefault(sql, []).append(key)
    for sql, asked in keys.items():
        stored.keys.update(key for (key,) in (yield Fetch(sql, (asked,))))
    names = [row.unique_name for item in planned for row in item.versioned if row.table is AGENT]
    if names:
        stored.names = dict((yield Fetch(_NAMES, (names,))))
    yield from _read_outbox(planned, stored)


def _read_outbox(planned: Sequence[Planned], stored: _Stored) -> Steps[None]:
    """Hold what is held of allowances and of the outbox, in one order for all writers: first the threads', then the rows.

    What a grant lets go is among these rows: while the thread is held, nobody keeps another.
    """
    touching = [item for item in planned if item.settled or item.placed or item.ordered]
    if not touching:
        return
    settled = [one for item in touching for one in item.settled]
    answers = [answer for item in touching for answer in item.placed]
    granted = {thread for item in touching for thread in item.threads}
    keeping = [one.id for one in settled if outbox_writes.is_kept(one)]
    kept = {thread for (thread,) in (yield Fetch(outbox_writes.THREADS, (keeping,)))} if keeping else set()
    if granted or kept:
        yield Write(allowance.HOLD, allowance.held(granted | kept))
    ids = outbox_writes.touched(settled, answers, (ordered for item in touching for ordered in item.ordered))
    guard = Fetch(outbox_writes.GUARD, (ids,))
    if answers or granted:
        placing = {thread_key(answer.channel, answer.thread) for answer in answers}
        guard = Fetch(outbox_writes.GUARD_THREADS, (ids, list(placing), list(granted)))
    rows = (yield guard) if ids or granted else []
    for row in rows:
        stored.outbox.put(Row(*row))
    if answers:
        yield from _read_answers([answer.key for answer in answers], stored)


def _read_answers(keys: list[EventKey], stored: _Stored) -> Steps[None]:
    given = [placed_of(text) for (text,) in (yield Fetch(outbox_writes.PLACED_GUARD, (keys,)))]
    stored.outbox.given = {answer.key: answer for answer in given}
    stored.outbox.is_in_order = True
