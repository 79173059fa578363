"""No question to the record reads a whole table, however long it grows."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from gateway.store import (
    SqliteStore,
    allowance,
    audit,
    commit,
    desk,
    hits,
    links,
    log,
    marks,
    outbox,
    outbox_writes,
    plan,
    running,
    search,
    sessions,
)
from gateway.store.lite import connect
from gateway.store.steps import sqlite_text
from tests.fakes import FrozenClock

SHORT_TABLES = {"agent", "audit_head", "canned_reply", "log_mark", "log_worker", "login", "outbox", "setting"}
"""Tables that stay short, or that are asked as a whole: all agents, all canned replies, the outbox's depth."""
LIMITED = {log._FORGET}
"""Walks along the first thousand rows and no further."""
PIECES = {"handed_off", "had", "only_cases"}
"""Parts of a question that end after a given number of rows."""
SHORT_INDEXES = {"handoff_waiting", "handoff_held"}
"""Indexes over nothing but what is open now."""


def statements() -> Iterator[str]:
    """Every statement of the modules that ask and write."""
    modules: tuple[ModuleType, ...] = (
        allowance, audit, commit, desk, hits, links, log, marks, outbox, outbox_writes, plan, running, search, sessions,
    )  # fmt: skip
    for module in modules:
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, str) and value not in LIMITED and re.match(r"SELECT|UPDATE|DELETE|INSERT", value):
                yield value
    for table in plan.TABLES:
        yield from (table.guard, table.update, table.touch, table.delete)


@pytest.fixture
async def database(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Path]:
    store = SqliteStore(tmp_path / "frontdesk.db", clock=clock)
    await store.open()
    yield store.path
    await store.close()


def test_there_are_statements_to_look_at() -> None:
    assert len(list(statements())) > 60


@pytest.mark.parametrize("statement", list(statements()))
def test_no_statement_reads_a_whole_table(statement: str, database: Path) -> None:
    connection = connect(database, is_reader=True)
    sql = sqlite_text(statement)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?")).fetchall()
    connection.close()
    scans = [detail for *_, detail in rows if detail.startswith("SCAN") and "json_each" not in detail]
    whole = [detail for detail in scans if detail.split()[1] not in SHORT_TABLES | PIECES and detail.split()[-1] not in SHORT_INDEXES]
    assert whole == []


@pytest.mark.parametrize("statement", [allowance.LET_GO, outbox_writes.GUARD_THREADS])
def test_what_a_grant_lets_go_is_found_by_its_thread(statement: str, database: Path) -> None:
    """However much is kept for others."""
    connection = connect(database, is_reader=True)
    sql = sqlite_text(statement)
    rows = connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?")).fetchall()
    connection.close()
    assert not [detail for *_, detail in rows if "outbox_by_due" in detail]


@pytest.mark.parametrize("statement", [outbox._DUE, outbox._DUE_OF, outbox._DUE_BUT])
def test_what_is_due_is_found_by_its_time(statement: str, database: Path) -> None:
    """However many mails wait for tomorrow's try: they lie behind what is looked at."""
    connection = connect(database, is_reader=True)
    sql = sqlite_text(statement)
    details = [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {sql}", (None,) * sql.count("?"))]
    connection.close()
    assert details[0] == "SEARCH outbox USING INDEX outbox_by_due (due_at<?)"
    assert [detail for detail in details if detail.startswith("SCAN") and "json_each" not in detail] == []
