"""The embedded store against processes that die, disks that fill and others that hold the file."""

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from config.problems import ConfigError
from config.schema import StoreSettings
from gateway.core.changes import Changes
from gateway.core.errors import Busy, Conflict, InDoubt
from gateway.core.ids import Lane, Thread
from gateway.store import SqliteStore, open_store, writer
from gateway.store.steps import Fetch, Steps
from tests.contract.records import agent, audit_event, new_session, rows, turn
from tests.events import SITE, said
from tests.fakes import CountedIds, FrozenClock

LANE = Lane(0)
ROOT = Path(__file__).parents[2]


@pytest.fixture
async def store(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore(tmp_path / "data" / "frontdesk.db", clock=clock)
    await opened.open()
    yield opened
    await opened.close()


def child(script: str, *args: str) -> subprocess.Popen[str]:
    """Another process of ours."""
    command = [sys.executable, "-c", textwrap.dedent(script), *args]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


WRITES_FOR_EVER = """
    import asyncio, sys
    from pathlib import Path
    from gateway.store import SqliteStore
    from gateway.core.ids import Lane
    from tests.contract.records import new_session, turn
    from tests.events import said
    from tests.fakes import CountedIds, FrozenClock

    async def writer(store, ids, number):
        for count in range(1_000_000):
            name = f"{number}-{count}"
            await store.log_append(Lane(0), said("ann", "hello", name))
            print("event", name, flush=True)
            assert await store.commit([turn(new_session(name), "hello", ids)]) == [None]
            print("turn", name, flush=True)

    async def main():
        store = SqliteStore(Path(sys.argv[1]), clock=FrozenClock(), is_serving=True)
        await store.open()
        await asyncio.gather(*(writer(store, CountedIds(1_800_000_000_000 + number), number) for number in range(20)))

    asyncio.run(main())
"""


async def test_what_was_acknowledged_before_kill_9_is_there_after(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "frontdesk.db"
    process = child(WRITES_FOR_EVER, str(path))
    assert process.stdout is not None
    said_lines = [await asyncio.to_thread(process.stdout.readline) for _ in range(2_000)]
    process.send_signal(signal.SIGKILL)
    rest, _ = await asyncio.to_thread(process.communicate)
    told = [line.split() for line in [*said_lines, *rest.splitlines()] if len(line.split()) == 2]
    store = SqliteStore(path, clock=clock, is_serving=True)
    await store.open()
    logged = {event.event.cid for event in await store.log_read(LANE, "", 1_000_000)}
    assert {name for kind, name in told if kind == "event"} <= logged
    for name in [name for kind, name in told if kind == "turn"]:
        assert [message.seq for message in await store.thread_messages(SITE, Thread(name), 0, 9)] == [1, 2]
    assert await rows(store, "SELECT id FROM session WHERE (SELECT count(*) FROM message WHERE session_id = session.id) <> 2") == []
    await store.close()


async def test_a_full_disk_refuses_and_writes_nothing_then_goes_on(store: SqliteStore, ids: CountedIds) -> None:
    connection = store._connection
    assert connection is not None
    ((pages,),) = connection.execute("PRAGMA page_count").fetchall()
    connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    session = new_session()
    with pytest.raises(Busy, match="the disk is full"):
        await store.commit([turn(session, "x" * 50_000, ids)])
    with pytest.raises(Busy, match="the disk is full"):
        await store.log_append(LANE, said("ann", "x" * 50_000))
    assert await store.latest_sessions([(SITE, Thread("ann"))]) == []
    assert await store.log_depth(LANE) == 0
    connection.execute("PRAGMA max_page_count = 1000000")
    assert await store.commit([turn(session, "x" * 50_000, ids)]) == [None]
    assert await store.log_append(LANE, said("ann", "x" * 50_000)) is not None


async def test_a_file_that_another_process_holds_for_too_long_is_busy(store: SqliteStore, ids: CountedIds) -> None:
    connection = store._connection
    assert connection is not None
    connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy):
        await store.commit([turn(new_session(), "x", ids)])
    other.execute("ROLLBACK")
    other.close()
    assert await store.commit([turn(new_session(), "x", ids)]) == [None]


async def test_a_full_line_refuses_at_once(store: SqliteStore, ids: CountedIds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "LINE_MAX_COUNT", 3)
    results = await asyncio.gather(
        *(store.commit([turn(new_session(f"v{number}"), "x", ids)]) for number in range(5)), return_exceptions=True
    )
    assert [type(result) for result in results] == [list, list, list, Busy, Busy]
    assert len(await store.latest_sessions([(SITE, Thread(f"v{number}")) for number in range(5)])) == 3


async def test_what_one_turn_of_the_loop_submits_is_one_transaction(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    assert store._checkpoints is not None
    groups: list[None] = []
    monkeypatch.setattr(store._checkpoints, "wrote", lambda: groups.append(None))
    positions = await asyncio.gather(*(store.log_append(LANE, said("ann", "hello", f"m{number}")) for number in range(100)))
    assert positions == [f"{number:016d}" for number in range(1, 101)]
    assert len(groups) == 1


async def test_more_than_a_group_holds_is_written_in_order(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "HANDED_MAX_COUNT", 3)
    monkeypatch.setattr(writer, "GROUP_MAX_COUNT", 7)
    positions = await asyncio.gather(*(store.log_append(LANE, said("ann", "hello", f"m{number}")) for number in range(40)))
    assert positions == [f"{number:016d}" for number in range(1, 41)]


async def test_a_write_that_was_called_off_before_its_turn_is_not_written(store: SqliteStore, ids: CountedIds) -> None:
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    first = asyncio.create_task(store.commit([turn(new_session("first"), "x", ids)]))
    await asyncio.to_thread(_until_taken, store)
    second = asyncio.create_task(store.commit([turn(new_session("second"), "x", ids)]))
    await asyncio.sleep(0)
    second.cancel()
    other.execute("ROLLBACK")
    other.close()
    assert await first == [None]
    await asyncio.gather(second, return_exceptions=True)
    assert await store.commit([turn(new_session("third"), "x", ids)]) == [None]
    found = await store.latest_sessions([(SITE, Thread(name)) for name in ("first", "second", "third")])
    assert sorted(session.thread for session in found) == ["first", "third"]


async def test_a_disk_that_hangs_leaves_callers_in_doubt_not_waiting(
    store: SqliteStore, ids: CountedIds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "DEADLINE_S", 0.05)
    monkeypatch.setattr(writer, "LOOK_EVERY_S", 0.02)
    changes = turn(new_session(), "x", ids)
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(InDoubt):
        await store.commit([changes])
    other.execute("ROLLBACK")
    other.close()
    monkeypatch.setattr(writer, "DEADLINE_S", 10.0)
    (outcome,) = await store.commit([changes])
    assert isinstance(outcome, Conflict | None)
    assert len(await store.thread_messages(SITE, Thread("ann"), 0, 9)) == 2


def _until_taken(store: SqliteStore) -> None:
    line = store._line()._line
    while not line.empty():
        pass


async def test_what_waits_is_written_before_the_store_closes(tmp_path: Path, clock: FrozenClock, ids: CountedIds) -> None:
    store = SqliteStore(tmp_path / "frontdesk.db", clock=clock)
    await store.open()
    waiting = [asyncio.create_task(store.commit([turn(new_session(f"v{number}"), "x", ids)])) for number in range(100)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*waiting) == [[None]] * 100
    with pytest.raises(Busy):
        await store.commit([turn(new_session("late"), "x", ids)])
    with pytest.raises(Busy):
        await store.agents()


async def test_only_one_process_serves_and_the_other_is_told_what_to_do(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "frontdesk.db"
    serving = SqliteStore(path, clock=clock, is_serving=True)
    await serving.open()
    with pytest.raises(ConfigError, match=rf"another process \(number {os.getpid()}\) serves .* Stop that one first"):
        await SqliteStore(path, clock=clock, is_serving=True).open()
    await serving.close()
    again = SqliteStore(path, clock=clock, is_serving=True)
    await again.open()
    await again.close()


async def test_a_command_writes_beside_the_process_that_serves(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "frontdesk.db"
    serving = SqliteStore(path, clock=clock, is_serving=True)
    await serving.open()
    command = SqliteStore(path, clock=clock)
    await command.open()
    adds = Changes(agents=(agent("ann"),), audits=(audit_event(1),))
    assert await command.commit([adds]) == [None]
    assert await serving.commit([Changes(audits=(audit_event(2),))]) == [None]
    await command.close()
    assert [someone.name for someone in await serving.agents()] == ["ann"]
    assert await serving.verify_audit() == (2, None)
    await serving.close()


OPENS = """
    import asyncio, sys
    from pathlib import Path
    from gateway.store import SqliteStore
    from tests.fakes import FrozenClock

    async def main():
        store = SqliteStore(Path(sys.argv[1]), clock=FrozenClock())
        await store.open()
        await store.put_secret("opened", "yes")
        await store.close()

    asyncio.run(main())
"""


async def test_processes_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    path = tmp_path / "frontdesk.db"
    processes = [child(OPENS, str(path)) for _ in range(4)]
    ends = [await asyncio.to_thread(process.communicate) for process in processes]
    assert [errors for _, errors in ends] == [""] * 4
    with closing(sqlite3.connect(path)) as opened:
        versions = opened.execute("SELECT version FROM schema_version ORDER BY version").fetchall()
    assert versions == [(1,), (2,), (3,), (4,), (5,), (6,), (7,), (8,), (9,)]


async def test_the_file_is_for_its_owners_eyes_only(store: SqliteStore) -> None:
    await store.put_secret("signing", "value")
    assert {stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.glob("frontdesk.db*")} == {0o600}


async def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path, clock: FrozenClock) -> None:
    path = tmp_path / "frontdesk.db"
    path.write_text("not a database, but long enough to look like one at first sight" * 10)
    with pytest.raises(ConfigError, match="can't be opened"):
        await SqliteStore(path, clock=clock).open()


def test_a_url_names_the_file(tmp_path: Path, clock: FrozenClock) -> None:
    def path_of(url: str) -> Path:
        store = open_store(StoreSettings(url=url), data_dir=tmp_path, clock=clock)
        assert isinstance(store, SqliteStore)
        return store.path

    assert path_of("sqlite:///data/frontdesk.db") == tmp_path / "frontdesk.db"
    assert path_of("sqlite:///other/x%20y.db") == Path("other/x y.db")
    assert path_of("sqlite:////srv/x.db") == Path("/srv/x.db")


@pytest.mark.parametrize("url", ["", "sqlite://", "sqlite:///", "mysql://localhost/x", "data/frontdesk.db"])
def test_a_url_of_another_kind_is_refused(url: str, tmp_path: Path, clock: FrozenClock) -> None:
    with pytest.raises(ConfigError, match="expected sqlite:///PATH or postgresql://"):
        open_store(StoreSettings(url=url), data_dir=tmp_path, clock=clock)


async def test_a_search_that_takes_long_keeps_nobody_else_waiting(store: SqliteStore, ids: CountedIds) -> None:
    may_end = threading.Event()

    def long() -> Steps[str]:
        may_end.wait(30)
        yield Fetch("SELECT 1")
        return "done"

    searching = asyncio.create_task(store._look_through(long()))
    async with asyncio.timeout(30):
        for number in range(5):
            assert await store.commit([turn(new_session(f"v{number}"), "x", ids)]) == [None]
            assert await store.session(new_session(f"v{number}").id) is not None
        assert not searching.done()
        may_end.set()
        assert await searching == "done"
