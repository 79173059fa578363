"""Whatever order commits come in and whichever of them collide, the record stays whole. Both engines."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.schema import StoreSettings
from gateway.core.changes import Changes
from gateway.core.errors import Conflict
from gateway.core.ids import Thread
from gateway.core.session import Session
from gateway.store import Record, open_store
from tests.contract.conftest import url_of
from tests.contract.records import new_session, rows, tamper, turn
from tests.events import SITE
from tests.fakes import CountedIds, FrozenClock

# One plan: writers, each a list of commits, each commit a batch of (thread, event number, how many versions it is behind).
BATCHES = st.lists(
    st.lists(st.tuples(st.sampled_from(["ann", "bob"]), st.integers(0, 12), st.integers(0, 1)), min_size=1, max_size=4), max_size=4
)
PLANS = st.lists(BATCHES, min_size=1, max_size=3)
Batch = list[tuple[str, int, int]]


async def run_writer(store: Record, batches: Sequence[Batch], ids: CountedIds) -> list[Changes]:
    """Commit like a worker that reads, decides and writes, sometimes from what it read too long ago; what went through."""
    written = []
    for batch in batches:
        changes = await decided(store, batch, ids)
        outcomes = await store.commit(changes)
        assert all(outcome is None or isinstance(outcome, Conflict) for outcome in outcomes)
        written += [change for change, outcome in zip(changes, outcomes, strict=True) if outcome is None]
    return written


async def decided(store: Record, batch: Batch, ids: CountedIds) -> list[Changes]:
    current = {str(session.thread): session for session in await store.latest_sessions([(SITE, Thread(name)) for name, _, _ in batch])}
    changes = []
    for thread, number, behind in batch:
        session = new_session(thread) if behind else current.get(thread, new_session(thread))
        change = turn(session, "x", ids, cid=f"c{number}")
        assert change.session is not None
        current[thread] = change.session
        changes.append(change)
    return changes


async def check(store: Record, written: Sequence[Changes]) -> None:
    """All of each Changes that went through is there, and nothing else."""
    expected: dict[str, list[Changes]] = {}
    for change in written:
        assert change.session is not None
        expected.setdefault(str(change.session.thread), []).append(change)
    for thread in ("ann", "bob"):
        changes = sorted(expected.get(thread, []), key=version)
        messages = await store.thread_messages(SITE, Thread(thread), 0, 1000)
        assert [message.seq for message in messages] == list(range(1, len(messages) + 1))
        assert messages == [message for change in changes for message in change.messages]
        assert [version(change) for change in changes] == list(range(1, len(changes) + 1))
        kept = await store.latest_sessions([(SITE, Thread(thread))])
        assert kept == ([changes[-1].session] if changes else [])
    keys = [key for (key,) in await rows(store, "SELECT key FROM message WHERE key IS NOT NULL")]
    assert len(keys) == len(set(keys)) == len(written)


def version(change: Changes) -> int:
    session: Session | None = change.session
    assert session is not None
    return session.version


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    return url_of(request, tmp_path)


@given(plan=PLANS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_interleaved_commits_leave_no_gap_no_double_and_nothing_half_written(url: str, tmp_path: Any, plan: list[list[Batch]]) -> None:
    async def story() -> None:
        store = open_store(StoreSettings(url=url), data_dir=tmp_path, clock=FrozenClock())
        await store.open()
        try:
            await empty(store)
            ids = CountedIds()
            written = await asyncio.gather(*(run_writer(store, batches, ids) for batches in plan))
            await check(store, [change for writer in written for change in writer])
        finally:
            await store.close()

    asyncio.run(story())


async def empty(store: Record) -> None:
    for table in ("session", "message"):
        await tamper(store, f"DELETE FROM {table}")
