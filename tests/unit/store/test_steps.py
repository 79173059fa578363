"""Statements in two dialects, and savepoints around steps."""

import pytest

from gateway.store import migrations
from gateway.store.steps import Duplicate, Fetch, Steps, Write, guarded, postgres_text, sqlite_text


def test_a_list_becomes_json_for_sqlite() -> None:
    assert sqlite_text("SELECT id FROM t WHERE id = ANY(?) AND x > ? FOR UPDATE SKIP LOCKED") == (
        "SELECT id FROM t WHERE id IN (SELECT value FROM json_each(?)) AND x > ?"
    )


def test_arguments_are_numbered_for_postgres() -> None:
    assert postgres_text("SELECT id FROM t WHERE id = ANY(?) AND x > ? FOR UPDATE") == (
        "SELECT id FROM t WHERE id = ANY($1) AND x > $2 FOR UPDATE"
    )


def one_write() -> Steps[str]:
    yield Write("INSERT")
    return "done"


def test_guarded_steps_are_released_when_they_end_well() -> None:
    steps = guarded(one_write(), "x")
    assert [step.sql for step in steps] == ["SAVEPOINT x", "INSERT", "RELEASE SAVEPOINT x"]


def test_guarded_steps_are_taken_back_before_their_error_goes_on() -> None:
    steps = guarded(one_write(), "x")
    assert [next(steps).sql, steps.send([]).sql] == ["SAVEPOINT x", "INSERT"]
    assert steps.throw(Duplicate("key")).sql == "ROLLBACK TO SAVEPOINT x"
    assert steps.send([]).sql == "RELEASE SAVEPOINT x"
    with pytest.raises(Duplicate, match="key"):
        steps.send([])


def test_each_dialect_gets_its_own_words() -> None:
    lite = "\n".join(migrations.statements(1, "sqlite"))
    pg = "\n".join(migrations.statements(1, "postgres"))
    assert ("WITHOUT ROWID" in lite, "WITHOUT ROWID" in pg) == (True, False)
    assert ("GENERATED ALWAYS AS IDENTITY" in lite, "GENERATED ALWAYS AS IDENTITY" in pg) == (False, True)
    assert ("log_event" in lite, "log_event" in pg) == (True, False)
    for word in ("CLUSTERED", "RISING", "EACH_TEXT", "THREAD_AT"):
        assert word not in lite + pg
    assert "actor TEXT GENERATED ALWAYS AS (json_extract(body, '$.actor')) VIRTUAL" in "\n".join(migrations.statements(4, "sqlite"))
    assert "TAKEN_FROM" not in "\n".join(migrations.statements(4, "postgres"))


def test_migrating_tells_which_versions_were_new() -> None:
    assert finished(migrations.migrate("here", "sqlite"), stored=[(1,)]) == [2, 3, 4, 5, 6, 7, 8, 9]
    assert finished(migrations.migrate("here", "sqlite"), stored=[(number,) for number in range(1, 10)]) == []


def finished(steps: Steps[list[int]], stored: list[tuple[int]]) -> list[int]:
    """The steps' result in a database that answers every question with `stored`."""
    step = next(steps)
    try:
        while True:
            step = steps.send(list(stored) if isinstance(step, Fetch) else [])
    except StopIteration as done:
        fresh: list[int] = done.value
    return fresh
