"""The record in memory, driven step by step without a loop or a thread: for properties that want many small records."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gateway.core.changes import Changes
from gateway.core.errors import Conflict
from gateway.store import lite, migrations
from gateway.store.commit import Batch, commit
from gateway.store.plan import plan


@contextmanager
def record() -> Iterator[sqlite3.Connection]:
    """An empty record."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        lite.drive(connection, migrations.migrate("memory", "sqlite"))
        yield connection
    finally:
        connection.close()


def written(connection: sqlite3.Connection, changes: Sequence[Changes]) -> list[Conflict | None]:
    """One caller's batch, and its outcomes."""
    (outcomes,) = lite.drive(connection, commit([Batch([plan(change) for change in changes])]))
    assert isinstance(outcomes, list)
    return outcomes
