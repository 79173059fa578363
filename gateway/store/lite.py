"""How SQLite is opened, driven through steps, and understood when it fails."""

import os
import re
import sqlite3
from collections.abc import Generator, Sequence
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Literal, TypeVar

from msgspec import json

from gateway.core.errors import Busy, InDoubt
from gateway.store.steps import Duplicate, Fetch, Row, StatementFailed, Write, busy, sqlite_text

T = TypeVar("T")

_WIDTHS = (64, 16, 4)
"""Rows of one INSERT; few enough widths that all their statements stay prepared."""
_INSERT = re.compile(r"(INSERT INTO .*? VALUES )(\([?, ]+\))(.*)", re.DOTALL)
_BUSY_MS = 5_000
_SHARED_PRAGMAS = ("temp_store = MEMORY", "mmap_size = 67108864")
_READER_PRAGMAS = (*_SHARED_PRAGMAS, "cache_size = -2000", "query_only = ON")
_WRITER_PRAGMAS = (
    *_SHARED_PRAGMAS,
    "cache_size = -16000",
    "journal_mode = WAL",
    "wal_autocheckpoint = 3000",
    "journal_size_limit = 134217728",
)
"""A serving process checkpoints beside its writer (see checkpoints.py); these 3,000 pages (12 MB) are for commands. The log file is kept
as long as a loaded one grows: cutting it and growing it anew costs more than the room."""


def connect(path: Path, *, synchronous: Literal["full", "normal"] = "full", is_reader: bool = False) -> sqlite3.Connection:
    """A connection that any one thread at a time may use. A new file is for its owner's eyes only: it holds secrets."""
    if not is_reader and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256, timeout=_BUSY_MS / 1000)
    try:
        for pragma in _READER_PRAGMAS if is_reader else (*_WRITER_PRAGMAS, f"synchronous = {synchronous}"):
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def drive(connection: sqlite3.Connection, steps: Generator[Fetch | Write, list[Row], T]) -> T:
    """Run steps to their end. A refused statement is raised inside them first; what is wrong with the whole database goes straight up."""
    try:
        step = next(steps)
        while True:
            try:
                rows = _run(connection, step)
            except (sqlite3.IntegrityError, sqlite3.OperationalError, sqlite3.DataError, sqlite3.ProgrammingError) as error:
                step = steps.throw(_refusal(error))
            else:
                step = steps.send(rows)
    except StopIteration as done:
        result: T = done.value
        return result


def is_locked(error: sqlite3.Error) -> bool:
    """Another connection holds the file just now."""
    return getattr(error, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def translated(error: sqlite3.Error) -> Exception:
    """What a failure of the whole database means to callers: nothing was written, or nobody knows."""
    if is_locked(error):
        return busy("another process writes to the database", 1.0)
    match getattr(error, "sqlite_errorname", ""):
        case "SQLITE_FULL":
            return Busy("the disk", 5.0)
        case "SQLITE_READONLY" | "SQLITE_CANTOPEN" | "SQLITE_NOMEM":
            return busy("the database takes no writes", 5.0)
        case name if name.startswith("SQLITE_IOERR"):
            return InDoubt("the disk")
        case _:
            return error


def _run(connection: sqlite3.Connection, step: Fetch | Write) -> list[Row]:
    if isinstance(step, Fetch):
        args = [json.encode(arg).decode() if type(arg) is list else arg for arg in step.args]
        return connection.execute(sqlite_text(step.sql), args).fetchall()
    rest = _insert_many(connection, step) if len(step.rows) >= _WIDTHS[-1] else step.rows
    if len(rest) == 1:
        connection.execute(sqlite_text(step.sql), rest[0])
    elif rest:
        connection.executemany(sqlite_text(step.sql), rest)
    return []


def _insert_many(connection: sqlite3.Connection, step: Write) -> Sequence[tuple[Any, ...]]:
    """Insert rows many to a statement; the ones that are left over.

    `executemany` lets go of the interpreter's lock and takes it again for each row, and every time may wait for the busy event loop.
    """
    rows, done_count = step.rows, 0
    for width in _WIDTHS:
        wide = _widened(step.sql, width)
        while wide is not None and len(rows) - done_count >= width:
            connection.execute(wide, list(chain.from_iterable(rows[done_count : done_count + width])))
            done_count += width
    return rows[done_count:]


@cache
def _widened(sql: str, width: int) -> str | None:
    """The same INSERT for so many rows; None for any other statement."""
    insert = _INSERT.fullmatch(sqlite_text(sql))
    return f"{insert[1]}{', '.join([insert[2]] * width)}{insert[3]}" if insert else None


def _refusal(error: sqlite3.Error) -> Exception:
    match getattr(error, "sqlite_errorname", ""):
        case "SQLITE_CONSTRAINT_PRIMARYKEY" | "SQLITE_CONSTRAINT_UNIQUE" | "SQLITE_CONSTRAINT_ROWID":
            return Duplicate(str(error))
        case "SQLITE_CONSTRAINT_NOTNULL" | "SQLITE_CONSTRAINT_CHECK" | "SQLITE_TOOBIG" | "SQLITE_MISMATCH" | "SQLITE_ERROR":
            return StatementFailed(str(error))
        case "":
            return StatementFailed(str(error))
        case _:
            raise error
