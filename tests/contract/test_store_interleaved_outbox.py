"""Grants, sendings, keepings and answers on the line in whatever order: each message goes out once, none is kept for ever. Both engines."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.schema import StoreSettings
from gateway.core.changes import KEPT_UNTIL, Changes
from gateway.core.ids import OutboxId, Thread, WorkerId
from gateway.core.message import Outgoing, Status
from gateway.store import Record, open_store
from tests.contract.conftest import url_of
from tests.contract.counted import kept, left, placed, said, said_by_bot, spent
from tests.contract.records import later, settled, tamper
from tests.events import SITE
from tests.fakes import CountedIds, FrozenClock

THREADS = ("ann", "bob")
DEEDS = st.tuples(
    st.sampled_from(["grant", "grant", "grant", "leave", "send", "keep", "keep", "keep", "later", "die", "place", "lose", "die in place"]),
    st.sampled_from(THREADS),
)
PLANS = st.lists(st.lists(DEEDS, min_size=2, max_size=9), min_size=3, max_size=5)
LEASE_S = 300.0


class Story:
    """Several workers over one store, and what they have sent."""

    def __init__(self, store: Record, ids: CountedIds, clock: FrozenClock) -> None:
        self.store, self.ids, self.clock = store, ids, clock
        self.sent: dict[str, list[int]] = {thread: [] for thread in THREADS}
        self.kept: dict[OutboxId, int] = {}
        self.ever_kept: set[tuple[str, int]] = set()

    async def run(self, deeds: Sequence[tuple[str, str]], worker: str) -> None:
        for deed, thread in deeds:
            match deed:
                case "grant":
                    await self.commit(Changes(allowed=(said(thread, at_s=self.now_s(), release_s=self.now_s()),)))
                case "leave":
                    await self.commit(Changes(allowed=(left(thread),)))
                case "place" | "lose" | "die in place":
                    await self.place(deed, thread)
                case _:
                    await self.deliver(deed, worker)

    async def deliver(self, deed: str, worker: str) -> None:
        serials = {thread: await self.serial(thread) for thread in THREADS}  # as late as a slow worker might know them
        for outgoing, token in await self.store.lease_outgoing(WorkerId(worker), self.clock.now(), LEASE_S, 1):
            await self.end(deed, outgoing, token, serials[outgoing.thread])

    async def end(self, deed: str, outgoing: Outgoing, token: int, serial: int) -> None:
        """Do with a leased row what a worker of this fate does."""
        if outgoing.parts_begun > outgoing.parts_sent:
            await self.commit(Changes(settled=(settled(outgoing, token, Status.UNCERTAIN),)))
            return
        thread = str(outgoing.thread)
        if deed == "keep":
            self.ever_kept.add((thread, outgoing.message.seq))
            if await self.commit(Changes(settled=(kept(outgoing, token, serial),))):
                self.kept[outgoing.id] = serial
            return
        begun = settled(outgoing, token, Status.PENDING, retry_at=later(self.now_s() + LEASE_S), parts_begun=1)
        if not await self.commit(Changes(settled=(begun,), spent=(spent(1, serial, thread=thread),))) or deed == "die":
            return
        if deed == "later":
            again = settled(outgoing, token, Status.PENDING, retry_at=self.clock.now(), attempts=1)
            assert await self.commit(Changes(settled=(again,), spent=(spent(-1, serial, thread=thread),)))
            return
        self.sent[thread].append(outgoing.message.seq)
        assert await self.commit(Changes(settled=(settled(outgoing, token),)))

    async def place(self, deed: str, thread: str) -> None:
        waiting = [row for row in await self.store.outgoing_of(SITE, Thread(thread), 9) if row.due_at < KEPT_UNTIL]
        if not waiting or waiting[0].is_leased:
            return
        row = waiting[0]
        answer = placed(f"site/{row.outgoing.id}", row, at_s=self.now_s(), thread=Thread(thread), until=later(self.now_s() + LEASE_S))
        if not await self.commit(Changes(placed=(answer,))) or deed == "die in place":
            return
        if deed == "place":
            self.sent[thread].append(row.outgoing.message.seq)
        retry_at = None if deed == "place" else self.clock.now()
        status = Status.SENT if deed == "place" else Status.PENDING
        assert await self.commit(Changes(settled=(settled(row.outgoing, row.token + 1, status, retry_at=retry_at),)))

    async def commit(self, changes: Changes) -> bool:
        (outcome,) = await self.store.commit([changes])
        return outcome is None

    async def serial(self, thread: str) -> int:
        allowance = await self.store.allowance(SITE, Thread(thread))
        return allowance.serial if allowance else 0

    def now_s(self) -> float:
        return (self.clock.now() - later(0)).total_seconds()


async def check_kept(story: Story) -> None:
    """Where the last that happened is a grant, nothing is kept that was kept before it; no pocket holds more than it was filled with."""
    for thread in THREADS:
        allowance = await story.store.allowance(SITE, Thread(thread))
        if allowance is None or allowance.why:
            continue
        assert allowance.said_count <= 5
        rows = await story.store.outgoing_of(SITE, Thread(thread), 99)
        assert [
            story.kept[row.outgoing.id] for row in rows if row.due_at == KEPT_UNTIL and story.kept[row.outgoing.id] != allowance.serial
        ] == []


async def check_all_goes_out(story: Story, said_count: int) -> None:
    """Once leases have ended and the customers come again, nothing is left behind."""
    story.clock.advance(2 * LEASE_S)
    await story.run([("grant", "ann"), ("grant", "bob")], "last")
    for _ in range(2 * said_count + 1):
        await story.deliver("send", "last")
    assert (await story.store.outbox_depth(), await story.store.kept_depth()) == (0, 0)
    for thread, seqs in story.sent.items():
        never_kept = [seq for seq in seqs if (thread, seq) not in story.ever_kept]
        assert never_kept == sorted(never_kept)
        assert len(seqs) == len(set(seqs))
        statuses = {message.seq: message.status for message in await story.store.last_messages(SITE, Thread(thread), 99)}
        assert {seq for seq, status in statuses.items() if seq % 2 == 0 and status is not Status.UNCERTAIN} == set(seqs)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Any) -> str:
    return url_of(request, tmp_path)


@given(plan=PLANS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_whatever_comes_between_each_message_goes_out_once(url: str, tmp_path: Any, plan: list[list[tuple[str, str]]]) -> None:
    async def told() -> None:
        clock, ids = FrozenClock(), CountedIds()
        store = open_store(StoreSettings(url=url), data_dir=tmp_path, clock=clock)
        await store.open()
        try:
            for table in ("session", "message", "outbox", "allowance", "placed_answer"):
                await tamper(store, f"DELETE FROM {table}")
            story = Story(store, ids, clock)
            clock.advance(1)
            for thread in THREADS:
                await said_by_bot(store, ids, "one", "two", "three", thread=thread)
            await asyncio.gather(*(story.run(deeds, f"w{number}") for number, deeds in enumerate(plan)))
            await check_kept(story)
            await check_all_goes_out(story, 6)
        finally:
            await store.close()

    asyncio.run(told())
