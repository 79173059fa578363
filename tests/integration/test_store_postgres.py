"""The PostgreSQL store against servers that restart, die, hang, or are not there."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from asyncpg.transaction import Transaction

from config.problems import ConfigError
from gateway.core.changes import Changes
from gateway.core.errors import Busy, Conflict, InDoubt
from gateway.core.ids import Lane, Thread
from gateway.store import postgres
from gateway.store.postgres import PostgresStore
from tests.contract.records import new_session, rows, turn
from tests.events import SITE
from tests.fakes import CountedIds, FrozenClock
from tests.peers.postgres import PostgresServer


@pytest.fixture
async def store(postgres_url: str, clock: FrozenClock) -> AsyncIterator[PostgresStore]:
    opened = PostgresStore(postgres_url, clock=clock, pool_max_count=4)
    await opened.open()
    yield opened
    await opened.close()


async def insist(store: PostgresStore, changes: Changes) -> Conflict | None:
    """Repeat the very same commit until it is through, as a caller may after Busy and InDoubt."""
    while True:
        try:
            (outcome,) = await store.commit([changes])
        except Busy:
            await asyncio.sleep(0.05)
        else:
            return outcome


@pytest.mark.parametrize("mode", ["fast", "kill"])
async def test_a_restart_under_load_loses_and_doubles_nothing(store: PostgresStore, postgres_server: PostgresServer, mode: Any) -> None:
    acknowledged: list[str] = []
    stop = {"fast": postgres_server.stop, "kill": postgres_server.kill}

    async def customer(number: int, ids: CountedIds) -> None:
        for count in range(40):
            name = f"v{number}-{count}"
            await insist(store, turn(new_session(name), "hello", ids))
            acknowledged.append(name)

    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(customer(number, CountedIds(1_800_000_000_000 + number)))
        while len(acknowledged) < 100:
            await asyncio.sleep(0.005)
        await asyncio.to_thread(stop[mode])
        await asyncio.sleep(0.2)
        postgres_server.start()
    assert len(acknowledged) == 800
    assert await rows(store, "SELECT count(*), count(DISTINCT key), max(seq) FROM message WHERE key IS NOT NULL") == [(800, 800, 1)]
    assert await rows(store, "SELECT count(*) FROM message") == [(1600,)]
    assert await rows(store, "SELECT count(*), max(version) FROM session") == [(800, 1)]


async def test_a_commit_cut_off_before_its_answer_is_looked_up(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off(monkeypatch, is_kept=True)
    assert await store.commit([turn(new_session(), "hello", CountedIds())]) == [None]
    assert len(await store.thread_messages(SITE, Thread("ann"), 0, 9)) == 2


async def test_a_commit_cut_off_before_the_server_heard_of_it_is_done_again(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    cut_off(monkeypatch, is_kept=False)
    assert await store.commit([turn(new_session(), "hello", CountedIds())]) == [None]
    assert len(await store.thread_messages(SITE, Thread("ann"), 0, 9)) == 2


async def test_a_commit_that_nobody_can_look_up_is_in_doubt_and_safe_to_repeat(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes = turn(new_session(), "hello", CountedIds())
    monkeypatch.setattr(postgres, "_RESOLVE_S", 0.05)

    async def nobody(*_: object) -> None:
        return None

    with monkeypatch.context() as patch:
        patch.setattr(postgres, "_status", nobody)
        cut_off(patch, is_kept=True)
        with pytest.raises(InDoubt):
            await store.commit([changes])
    (outcome,) = await store.commit([changes])
    assert isinstance(outcome, Conflict)
    assert len(await store.thread_messages(SITE, Thread("ann"), 0, 9)) == 2


def cut_off(patch: pytest.MonkeyPatch, *, is_kept: bool) -> None:
    """Let the connection break during the next COMMIT, once."""
    whole = Transaction.commit
    left = [True]

    async def commit(transaction: Any) -> None:
        if not left:
            await whole(transaction)
            return
        left.clear()
        if is_kept:
            await whole(transaction)
        raise ConnectionResetError

    patch.setattr(Transaction, "commit", commit)


async def test_a_server_that_is_down_is_busy_and_forgiven_when_it_is_back(store: PostgresStore, postgres_server: PostgresServer) -> None:
    await asyncio.to_thread(postgres_server.stop)
    with pytest.raises(Busy):
        await store.commit([turn(new_session(), "hello", CountedIds())])
    with pytest.raises(Busy):
        await store.agents()
    with pytest.raises(Busy):
        await store.claim_lane(Lane(1), 1)
    with pytest.raises(Busy):
        await store.healthy()
    postgres_server.start()
    await store.healthy()
    assert await store.commit([turn(new_session(), "hello", CountedIds())]) == [None]


async def test_opening_without_a_server_is_busy(postgres_url: str, postgres_server: PostgresServer, clock: FrozenClock) -> None:
    await asyncio.to_thread(postgres_server.stop)
    with pytest.raises(Busy):
        await PostgresStore(postgres_url, clock=clock).open()


async def test_a_database_that_is_not_there_is_refused_in_words(postgres_server: PostgresServer, clock: FrozenClock) -> None:
    postgres_server.start()
    with pytest.raises(ConfigError, match="does not let us in"):
        await PostgresStore(postgres_server.url("nowhere"), clock=clock).open()


async def test_a_database_that_forgets_is_refused_in_words(postgres_url: str, postgres_server: PostgresServer, clock: FrozenClock) -> None:
    name = postgres_url.rpartition("/")[2]
    postgres_server.sql(f"ALTER DATABASE {name} SET synchronous_commit = off")
    with pytest.raises(ConfigError, match="synchronous_commit is off"):
        await PostgresStore(postgres_url, clock=clock).open()


async def test_two_processes_that_open_the_same_session_write_it_once(store: PostgresStore, postgres_url: str, clock: FrozenClock) -> None:
    other = PostgresStore(postgres_url, clock=clock)
    await other.open()
    for number in range(20):
        results = await asyncio.gather(
            store.commit([turn(new_session(f"v{number}"), "a", CountedIds(1))]),
            other.commit([turn(new_session(f"v{number}"), "b", CountedIds(2))]),
        )
        assert sorted(type(outcome).__name__ for (outcome,) in results) == ["NoneType", "StaleSession"]
    await other.close()


async def test_what_waits_is_written_before_the_store_closes(postgres_url: str, clock: FrozenClock) -> None:
    store = PostgresStore(postgres_url, clock=clock)
    await store.open()
    ids = CountedIds()
    waiting = [asyncio.create_task(store.commit([turn(new_session(f"v{number}"), "x", ids)])) for number in range(100)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*waiting) == [[None]] * 100
    with pytest.raises(Busy):
        await store.agents()


async def test_who_commits_as_the_last_committers_end_is_not_forgotten(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    both_end, began = asyncio.Event(), 0
    written = store._written

    async def together(pool: Any, batches: Any) -> Any:
        nonlocal began
        began += 1
        if began > 2:
            return await written(pool, batches)
        await both_end.wait()
        return [[None] for _ in batches]

    async def says_two_things() -> None:
        await store.commit([])
        assert await store.commit([turn(new_session(), "hello", CountedIds())]) == [None]

    monkeypatch.setattr(store, "_written", together)
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for count, one in enumerate((says_two_things(), store.commit([])), start=1):
            group.create_task(one)
            while began < count:
                await asyncio.sleep(0)
        both_end.set()
