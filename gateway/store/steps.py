"""How the record is said once for both engines: a function yields what it wants from the database and gets the rows sent back.

Such a function decides and does no input or output; an engine drives it, SQLite's in a thread and PostgreSQL's on the loop. SQL is
written with `?`, and with four words that only one engine knows and `sqlite_text` and `postgres_text` translate:

    column = ANY(?)    one of a list; the argument is a Python list
    FOR UPDATE         lock the rows until the transaction ends (SQLite has one writer: nothing to lock)
    SKIP LOCKED        pass over rows that somebody else has locked
    CONTAINS(a, ?)     the text a, its ASCII letters lowered, holds the argument
"""

import re
from collections.abc import Generator, Sequence
from functools import cache
from typing import Any, TypeVar

from msgspec import Struct

from gateway.core.errors import Busy, FrontdeskError

Row = tuple[Any, ...]
T = TypeVar("T")

_CONTAINS = re.compile(r"CONTAINS\((.+?), \?\)")


class Fetch(Struct, frozen=True):
    """A query; all its rows are sent back."""

    sql: str
    args: tuple[Any, ...] = ()


class Write(Struct, frozen=True):
    """One statement for many rows; nothing is sent back."""

    sql: str
    rows: Sequence[tuple[Any, ...]] = ((),)


Steps = Generator[Fetch | Write, list[Row], T]


class StatementFailed(FrontdeskError):
    """The database refused one statement; the transaction can go on from a savepoint."""


class Duplicate(StatementFailed):
    """A row with this key is there already."""


def busy(words: str, retry_after_s: float) -> Busy:
    """A Busy in its own words, where what it is about is not "full"."""
    error = Busy(words, retry_after_s)
    error.args = (f"{words}; try again in {retry_after_s:g} s",)
    return error


def guarded(steps: Steps[T], name: str) -> Steps[T]:
    """The same steps inside a savepoint: whatever they raise, their rows are taken back first."""
    yield Write(f"SAVEPOINT {name}")
    try:
        result = yield from steps
    except Exception:
        yield Write(f"ROLLBACK TO SAVEPOINT {name}")
        yield Write(f"RELEASE SAVEPOINT {name}")
        raise
    yield Write(f"RELEASE SAVEPOINT {name}")
    return result


@cache
def sqlite_text(sql: str) -> str:
    """The statement as SQLite reads it; a list is handed over as JSON."""
    sql = sql.replace("= ANY(?)", "IN (SELECT value FROM json_each(?))")
    sql = _CONTAINS.sub(r"instr(lower(\1), ?) > 0", sql)
    return sql.replace(" FOR UPDATE", "").replace(" SKIP LOCKED", "")


@cache
def postgres_text(sql: str) -> str:
    """The statement as PostgreSQL reads it, its arguments numbered."""
    numbers = iter(range(1, 1000))
    sql = _CONTAINS.sub(r"strpos(lower(\1), ?) > 0", sql)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql)
