"""A database of an older program is brought forward, whole or not at all; one of a newer program is left alone."""

import asyncio
import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from msgspec import structs

from config.problems import ConfigError
from config.schema import StoreSettings
from gateway.core.changes import Changes, Fate
from gateway.core.ids import Thread, WorkerId
from gateway.core.message import Status
from gateway.core.parts import Text
from gateway.store import Record, lite, migrations, open_store, pg
from gateway.store.rows import address_key, body, micros, thread_key
from gateway.store.steps import postgres_text
from tests.contract.conftest import fresh_url_of
from tests.contract.counted import kept, said
from tests.contract.records import address, case, new_session, rows, turn
from tests.events import SITE
from tests.fakes import CountedIds, FrozenClock


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_url_of(request, tmp_path)


def store_at(url: str, clock: FrozenClock) -> Record:
    return open_store(StoreSettings(url=url), data_dir="unused", clock=clock)


async def execute(url: str, statements: Sequence[tuple[str, tuple[Any, ...]]], *, upto: int | None = None) -> None:
    """Bring an empty database to a version of the past, and run statements in it."""
    if url.startswith("sqlite"):
        await asyncio.to_thread(_execute_sqlite, Path(url.removeprefix("sqlite:///")), statements, upto)
        return
    connection = await asyncpg.connect(url)
    try:
        if upto is not None:
            await pg.drive(connection, migrations.migrate(url, "postgres", upto))
        for sql, args in statements:
            await connection.execute(postgres_text(sql), *args)
    finally:
        await connection.close()


def _execute_sqlite(path: Path, statements: Sequence[tuple[str, tuple[Any, ...]]], upto: int | None) -> None:
    connection = lite.connect(path)
    if upto is not None:
        lite.drive(connection, migrations.migrate(str(path), "sqlite", upto))
    for sql, args in statements:
        connection.execute(sql, args)
    connection.close()


def old_rows() -> list[tuple[str, tuple[Any, ...]]]:
    """A conversation as version 1 kept it: the channel's ids beside the message."""
    changes = turn(new_session(), "how long?", CountedIds())
    session = changes.session
    assert session is not None
    columns = "id, thread_key, episode, address, opened_at, state, seq, version, body"
    add_session = f"INSERT INTO session ({columns}) VALUES (?, ?, 1, ?, ?, 'bot', 2, 1, ?)"
    key, opened_at = thread_key(SITE, session.thread), micros(session.opened_at)
    statements: list[tuple[str, tuple[Any, ...]]] = [
        (add_session, (session.id, key, address_key(address("ann")), opened_at, body(session)))
    ]
    for message, ids in zip(changes.messages, ([], ["wx-1", "wx-2"]), strict=True):
        statements.append((
            "INSERT INTO message (session_id, seq, key, status, channel_ids, body) VALUES (?, ?, ?, 'sent', ?, ?)",
            (message.session_id, message.seq, message.key, json.dumps(ids), body(message)),
        ))  # fmt: skip
    return statements


async def test_a_database_of_version_1_is_brought_forward_with_all_it_holds(url: str, clock: FrozenClock) -> None:
    await execute(url, old_rows(), upto=1)
    store = store_at(url, clock)
    await store.open()
    assert [message.seq for message in await store.thread_messages(SITE, Thread("ann"), 0, 9)] == [1, 2]
    for channel_message_id in ("wx-1", "wx-2"):
        found = await store.message_at_channel(SITE, channel_message_id)
        assert found is not None
        assert found.seq == 2
    (session,) = await store.latest_sessions([(SITE, Thread("ann"))])
    assert await store.commit([turn(session, "and then?", CountedIds(1))]) == [None]
    await store.close()


def waiting_rows() -> list[tuple[str, tuple[Any, ...]]]:
    """The last words of one session and the first of the next, both on their way, as version 1 kept them."""
    columns = "id, thread_key, episode, address, opened_at, state, seq, version, body"
    waiting = "id, session_id, seq, channel, due_at, attempts, parts_sent, parts_begun, body"
    statements: list[tuple[str, tuple[Any, ...]]] = []
    for episode, seq in ((1, 0), (2, 2)):
        changes = turn(new_session(episode=episode, seq=seq), "how long?", CountedIds(episode), is_pushed=True)
        (session, (outgoing,)) = changes.session, changes.outgoing
        assert session is not None
        key, opened_at = thread_key(SITE, session.thread), micros(session.opened_at)
        statements.append((
            f"INSERT INTO session ({columns}) VALUES (?, ?, ?, ?, ?, 'bot', ?, 1, ?)",
            (session.id, key, episode, address_key(address("ann")), opened_at, session.seq, body(session)),
        ))  # fmt: skip
        statements.append((
            f"INSERT INTO outbox ({waiting}) VALUES (?, ?, ?, 'site', 0, 0, 0, 0, ?)",
            (outgoing.id, session.id, outgoing.message.seq, body(outgoing)),
        ))  # fmt: skip
    return statements


async def test_what_was_on_its_way_keeps_the_order_of_its_thread(url: str, clock: FrozenClock) -> None:
    await execute(url, waiting_rows(), upto=2)
    store = store_at(url, clock)
    await store.open()
    ((outgoing, token),) = await store.lease_outgoing(WorkerId("w"), clock.now(), 30, 10)
    assert outgoing.message.seq == 2
    assert await store.commit([Changes(settled=(kept(outgoing, token, 0),))]) == [None]
    assert (await store.outbox_depth(), await store.kept_depth()) == (1, 1)
    assert await store.commit([Changes(allowed=(said(),))]) == [None]
    ((outgoing, _),) = await store.lease_outgoing(WorkerId("w"), clock.now(), 30, 10)
    assert outgoing.message.seq == 2
    await store.close()


async def test_old_messages_may_be_amended_and_share_a_fate(url: str, clock: FrozenClock) -> None:
    await execute(url, old_rows(), upto=1)
    store = store_at(url, clock)
    await store.open()
    asked, answer = await store.thread_messages(SITE, Thread("ann"), 0, 9)
    amended = structs.replace(asked, parts=(Text("how long, please?"),))
    fate = Fate(session_id=answer.session_id, seq=2, status=Status.FAILED, detail="blocked")
    assert await store.commit([Changes(amended=(amended,), fates=(fate,))]) == [None]
    assert await store.thread_messages(SITE, Thread("ann"), 0, 9) == [amended, structs.replace(answer, status=Status.FAILED)]
    await store.close()


async def test_old_audit_events_and_cases_are_found_by_what_is_asked_for_now(url: str, clock: FrozenClock) -> None:
    old = case(1, session_id=new_session().id)
    await execute(
        url,
        [
            *old_rows()[:1],
            (
                "INSERT INTO audit (id, body, hash) VALUES (1, ?, '')",
                ('{"action":"agent.add","actor":"command","detail":{"x":"\\u0000"}}',),
            ),
            (
                "INSERT INTO service_case (id, session_id, status, opened_at, version, body) VALUES (?, ?, 'open', 0, 1, ?)",
                (old.id, old.session_id, body(old)),
            ),
        ],
        upto=1,
    )
    store = store_at(url, clock)
    await store.open()
    assert await rows(store, "SELECT actor, action FROM audit") == [("command", "agent.add")]
    assert [found.session.id for found in (await store.search("C-1")).items] == [new_session().id]
    await store.close()


async def test_an_interrupted_migration_leaves_the_old_state(url: str, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    await execute(url, old_rows(), upto=1)
    whole = migrations.statements

    def broken(version: int, dialect: migrations.Dialect) -> list[str]:
        return [*whole(version, dialect), "INSERT INTO a_table_that_is_not_there VALUES (1)"]

    with monkeypatch.context() as patch:
        patch.setattr(migrations, "statements", broken)
        with pytest.raises(Exception, match=r"no such table|refused"):
            await store_at(url, clock).open()
    await execute(url, [("UPDATE message SET channel_ids = channel_ids", ())])
    store = store_at(url, clock)
    await store.open()
    assert await store.message_at_channel(SITE, "wx-1") is not None
    await store.close()


async def test_a_newer_database_is_refused_in_words(url: str, clock: FrozenClock) -> None:
    store = store_at(url, clock)
    await store.open()
    await store.close()
    await execute(url, [("INSERT INTO schema_version (version) VALUES (99)", ())])
    with pytest.raises(ConfigError, match=r"at version 99, this program knows only up to 9.*Run the newer program"):
        await store_at(url, clock).open()


async def test_stores_that_open_at_once_migrate_once(url: str, clock: FrozenClock) -> None:
    stores = [store_at(url, clock) for _ in range(4)]
    await asyncio.gather(*(store.open() for store in stores))
    versions = await rows(stores[0], "SELECT version FROM schema_version ORDER BY version")
    assert versions == [(number,) for number in range(1, 10)]
    await asyncio.gather(*(store.close() for store in stores))


async def test_migrations_are_numbered_without_gaps() -> None:
    names = sorted(path.name for path in Path(migrations.__file__).parent.glob("*.sql"))
    assert [int(name.split("_")[0]) for name in names] == list(range(1, migrations.latest() + 1))


async def test_both_engines_have_the_same_tables_but_for_the_log(tmp_path: Path, postgres_url: str, clock: FrozenClock) -> None:
    sqlite_path = tmp_path / "frontdesk.db"
    for url in (f"sqlite:///{sqlite_path}", postgres_url):
        store = store_at(url, clock)
        await store.open()
        await store.close()
    with closing(sqlite3.connect(sqlite_path)) as lite:
        lite_tables = {name for (name,) in lite.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection = await asyncpg.connect(postgres_url)
    pg_tables = {name for (name,) in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
    await connection.close()
    assert lite_tables - pg_tables == {"log_event", "log_key", "log_mark", "log_lease", "log_worker"}
    assert pg_tables - lite_tables == set()
