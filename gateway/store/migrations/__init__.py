"""The schema, brought forward: `0001_*.sql`, `0002_*.sql` ... in order, each once, all that are missing in one transaction.

The files are written for both engines with the few words of `_WORDS`; a statement under `-- sqlite only` is for that one alone.
Both engines take back a schema change with its transaction, so an interrupted migration leaves what was there before.
"""

import re
from importlib import resources
from typing import Literal

from config.problems import ConfigError, Problem
from gateway.store.steps import Fetch, Steps, Write

Dialect = Literal["sqlite", "postgres"]

_WORDS: dict[Dialect, dict[str, str]] = {
    "sqlite": {
        r"\) CLUSTERED": ") WITHOUT ROWID",
        r"RISING": "INTEGER PRIMARY KEY",
        r"EACH_TEXT\(([\w.]+)\) AS (\w+)": r"json_each(\1) AS \2",
        r"THREAD_AT\(([\w.]+)\)": r"instr(\1, char(31))",
        r"TAKEN_FROM\((\w+), (\w+)\)": r"GENERATED ALWAYS AS (json_extract(\1, '$.\2')) VIRTUAL",
    },
    "postgres": {
        r"\) CLUSTERED": ")",
        r"RISING": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        r"EACH_TEXT\(([\w.]+)\) AS (\w+)": r"json_array_elements_text(\1::json) AS \2(value)",
        r"THREAD_AT\(([\w.]+)\)": r"strpos(\1, chr(31))",
        r"TAKEN_FROM\((\w+), (\w+)\)": r"""GENERATED ALWAYS AS (substring(\1 from '"\2":"([^"\\\\]*)"')) STORED""",
        r" TEXT\b": ' TEXT COLLATE "C"',
        r" BLOB\b": " BYTEA",
    },
}
"""CLUSTERED: rows lie in the order of their key. RISING: a number that grows with every row. EACH_TEXT: a JSON list as rows. THREAD_AT:
where a thread key's channel ends. TAKEN_FROM: a column that always says what the body says under this key (the first of its name, a
plain word), so that it can't be told to say anything else; PostgreSQL's own reading of JSON would refuse a whole row for a customer's NUL
under another key. Text is ordered by code point in both."""

_TABLE = "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)"


def latest() -> int:
    """The version that this program writes."""
    return len(_files())


def statements(version: int, dialect: Dialect) -> list[str]:
    """What brings a database from `version - 1` to `version`."""
    text = resources.files(__name__).joinpath(_files()[version - 1]).read_text("utf-8")
    wanted = [piece for piece in text.split(";\n") if dialect == "sqlite" or "-- sqlite only" not in piece]
    return [statement for piece in wanted if (statement := _in_dialect(piece, dialect))]


def migrate(where: str, dialect: Dialect, upto: int | None = None) -> Steps[list[int]]:
    """Bring the schema forward, inside a transaction that nobody else migrates beside; the versions that were new.

    Raises ConfigError for a database that a newer program has written.
    """
    yield Write(_TABLE)
    current = max((version for (version,) in (yield Fetch("SELECT version FROM schema_version"))), default=0)
    check_not_newer(where, current)
    fresh = list(range(current + 1, (upto or latest()) + 1))
    for version in fresh:
        for statement in statements(version, dialect):
            yield Write(statement)
        yield Write("INSERT INTO schema_version (version) VALUES (?)", [(version,)])
    return fresh


def check_not_newer(where: str, current: int) -> None:
    """Raises ConfigError for a database that a newer program has written."""
    if current > latest():
        raise ConfigError([
            Problem(
                where,
                f"the database is at version {current}, this program knows only up to {latest()}: a newer one has written it. "
                "Run the newer program, or go back to the backup made before the upgrade.",
            )
        ])  # fmt: skip


def _files() -> list[str]:
    return sorted(entry.name for entry in resources.files(__name__).iterdir() if entry.name.endswith(".sql"))


def _in_dialect(piece: str, dialect: Dialect) -> str:
    sql = re.sub(r"--.*", "", piece).strip()
    for word, meaning in _WORDS[dialect].items():
        sql = re.sub(word, meaning, sql)
    return sql
