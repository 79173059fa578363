"""The outbox over a real store: nothing said twice, nothing out of order, nothing by who has lost the floor."""

import asyncio
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.schema import BusSettings
from gateway.bus import open_bus
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.errors import Busy, Rejected, TryLater, Uncertain
from gateway.core.ids import ChannelName, SessionId, Thread, WorkerId, session_id
from gateway.core.message import Author, Message, Status
from gateway.core.parts import Text
from gateway.core.session import Move, Session
from gateway.core.signals import DESK, OUTBOX, unpack_desk
from gateway.delivery import LEASE_S, Delivery
from gateway.metrics import Metrics
from gateway.store import SqliteStore
from tests.fakes import CountedIds, FrozenClock
from tests.peers.push_channel import PushChannel, texts

PUSH = ChannelName("push")
SOON_S = 30.0


class House:
    """A store, a bus, a channel and the outbox's worker, with a clock that a test moves."""

    def __init__(self, store: SqliteStore, bus: Bus, clock: FrozenClock, ids: CountedIds) -> None:
        self.store, self.bus, self.clock, self.ids = store, bus, clock, ids
        self.channel = PushChannel()
        self.slept: list[float] = []

    def worker(self, name: str = "ann", *, drain_s: float = 0.0) -> Delivery:
        return Delivery(
            self.store, self.bus, {PUSH: self.channel}, clock=self.clock, worker=WorkerId(name), metrics=Metrics(with_process=False),
            sleep=self._sleep, poll_s=0.05, drain_s=drain_s,
        )  # fmt: skip

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.advance(seconds)

    async def say(self, thread: str, *words: str) -> SessionId:
        """The bot says this to a thread's customer, a message each."""
        stored = await self.session(thread)
        address = Address(AddressKind.API, "push", thread)
        now = self.clock.now()
        fresh = Session(
            id=session_id(PUSH, Thread(thread), 1), channel=PUSH, thread=Thread(thread), episode=1, address=address, opened_at=now,
            state_since=now,
        )  # fmt: skip
        draft = Draft(stored or fresh, now=now, ids=self.ids, is_pushed=True)
        for text in words:
            draft.say(Author.BOT, (Text(text),))
        await self.commit(draft.changes())
        return draft.session.id

    async def session(self, thread: str) -> Session | None:
        return await self.store.session(session_id(PUSH, Thread(thread), 1))

    async def hand_off(self, thread: str) -> None:
        session = await self.session(thread)
        assert session is not None
        draft = Draft(session, now=self.clock.now(), ids=self.ids, is_pushed=True)
        draft.move(Move.HAND_OFF)
        await self.commit(draft.changes())

    async def commit(self, changes: Changes) -> None:
        assert await self.store.commit([changes]) == [None]

    async def statuses(self, session: SessionId) -> list[Status]:
        return [message.status for message in await self.messages(session)]

    async def messages(self, session: SessionId) -> list[Message]:
        return await self.store.session_messages(session)


@pytest.fixture
async def house(tmp_path: Path, clock: FrozenClock, ids: CountedIds) -> AsyncIterator[House]:
    store = SqliteStore(tmp_path / "record.db", clock=clock)
    await store.open()
    bus = open_bus(BusSettings(), log=store, clock=clock)
    await bus.open()
    yield House(store, bus, clock, ids)
    await bus.close()
    await store.close()


async def test_messages_go_out_in_order_and_are_settled(house: House) -> None:
    session = await house.say("c1", "one", "two", "three")
    assert await house.worker().send_due() == 3
    assert texts(house.channel) == ["one", "two", "three"]
    assert await house.statuses(session) == [Status.SENT] * 3
    assert await house.store.outbox_depth() == 0


async def test_sessions_do_not_wait_for_each_other(house: House) -> None:
    house.channel.script = [None] * 5
    for number in range(5):
        await house.say(f"c{number}", "hello")
    await killed_while_sending(house, calls=5)
    assert texts(house.channel) == ["hello"] * 5


async def test_a_long_message_goes_out_in_parts_that_fit(house: House) -> None:
    await house.say("c1", "First sentence. Second one. Third.")
    await house.worker().send_due()
    assert texts(house.channel) == ["First sentence.", "Second one. Third."]


async def test_a_message_decided_before_somebody_took_the_floor_is_refused_aloud(house: House) -> None:
    session = await house.say("c1", "the bot's answer")
    await house.hand_off("c1")
    heard = await house.bus.subscribe(DESK)
    await house.worker().send_due()
    assert texts(house.channel) == []
    assert await house.statuses(session) == [Status.REFUSED]
    assert unpack_desk((await anext(aiter(heard)))[1]).session_id == session


async def test_the_floor_is_looked_at_again_before_each_part(house: House) -> None:
    session = await house.say("c1", "First sentence. Second sentence.")
    house.channel.script = [TryLater("later")]
    worker = house.worker()
    await worker.send_due()
    await house.hand_off("c1")
    house.clock.advance(2)
    await worker.send_due()
    assert texts(house.channel) == []
    assert await house.statuses(session) == [Status.REFUSED]


async def test_a_retry_goes_on_behind_the_parts_already_taken(house: House) -> None:
    session = await house.say("c1", "First sentence. Second sentence.")
    house.channel.script = ["m1", TryLater("busy")]
    worker = house.worker()
    await worker.send_due()
    assert texts(house.channel) == ["First sentence."]
    house.clock.advance(2)
    await worker.send_due()
    assert texts(house.channel) == ["First sentence.", "Second sentence."]
    assert await house.statuses(session) == [Status.SENT]


async def test_a_message_waits_behind_the_retry_of_the_one_before_it(house: House) -> None:
    await house.say("c1", "one", "two")
    house.channel.script = [TryLater("busy", retry_after_s=60)]
    worker = house.worker()
    await worker.send_due()
    other = await house.say("c2", "other")
    await worker.send_due()
    assert texts(house.channel) == ["other"]
    assert await house.statuses(other) == [Status.SENT]
    house.clock.advance(59)
    assert await worker.send_due() == 0
    house.clock.advance(1)
    await worker.send_due()
    assert texts(house.channel) == ["other", "one", "two"]


async def test_a_message_that_is_never_taken_is_given_up_aloud(house: House, caplog: pytest.LogCaptureFixture) -> None:
    session = await house.say("c1", "secret words")
    house.channel.script = [TryLater("busy")] * 8
    heard = await house.bus.subscribe(DESK)
    worker = house.worker()
    with caplog.at_level(logging.WARNING):
        for wait_s in (0, 2, 4, 8, 16, 32, 64, 128):
            house.clock.advance(wait_s)
            assert await worker.send_due() == 1
    assert await house.statuses(session) == [Status.FAILED]
    assert house.channel.calls == 8
    told = unpack_desk((await anext(aiter(heard)))[1])
    assert (told.kind, told.session_id) == ("message", session)
    assert "a message did not go out" in caplog.text
    assert "secret words" not in caplog.text


async def test_a_rejected_message_fails_at_once_and_the_next_goes_out(house: House) -> None:
    session = await house.say("c1", "one", "two")
    house.channel.script = [Rejected("blocked", code="45047")]
    await house.worker().send_due()
    assert await house.statuses(session) == [Status.FAILED, Status.SENT]
    assert texts(house.channel) == ["two"]


async def test_what_may_have_been_taken_is_not_sent_again(house: House) -> None:
    session = await house.say("c1", "First sentence. Second sentence.", "next")
    house.channel.script = [Uncertain("the line broke")]
    worker = house.worker()
    await worker.send_due()
    house.clock.advance(1000)
    await worker.send_due()
    assert await house.statuses(session) == [Status.UNCERTAIN, Status.SENT]
    assert house.channel.calls == 2


async def test_an_idempotent_channel_is_asked_again_when_it_is_unclear(house: House) -> None:
    house.channel = PushChannel(is_idempotent=True)
    session = await house.say("c1", "hello")
    house.channel.script = [Uncertain("the line broke")]
    worker = house.worker()
    await worker.send_due()
    house.clock.advance(2)
    await worker.send_due()
    assert await house.statuses(session) == [Status.SENT]
    assert texts(house.channel) == ["hello"]


async def test_a_channel_that_breaks_its_contract_stops_only_its_own_message(house: House) -> None:
    session = await house.say("c1", "hello")
    other = await house.say("c2", "hello")
    house.channel.script = [KeyError("oops")]
    await house.worker().send_due()
    assert sorted([*await house.statuses(session), *await house.statuses(other)]) == [Status.SENT, Status.UNCERTAIN]


async def test_a_channel_that_is_gone_from_the_settings_fails_its_messages(house: House) -> None:
    session = await house.say("c1", "hello")
    worker = Delivery(house.store, house.bus, {}, clock=house.clock, worker=WorkerId("ann"), metrics=Metrics(with_process=False))
    await worker.send_due()
    assert await house.statuses(session) == [Status.FAILED]


@pytest.mark.parametrize(("is_idempotent", "status", "calls"), [(False, Status.UNCERTAIN, 1), (True, Status.SENT, 2)])
async def test_a_worker_killed_between_sending_and_settling_doubles_nothing(
    house: House, is_idempotent: bool, status: Status, calls: int
) -> None:
    house.channel = PushChannel(is_idempotent=is_idempotent)
    session = await house.say("c1", "hello")
    house.channel.script = [None]
    await killed_while_sending(house)
    assert await house.worker("bob").send_due() == 0, "its lease still runs"
    house.clock.advance(LEASE_S)
    assert await house.worker("bob").send_due() == 1
    assert await house.statuses(session) == [status]
    assert texts(house.channel) == ["hello"]
    assert house.channel.calls == calls


async def test_a_worker_killed_behind_the_first_part_leaves_the_second_to_nobody(house: House) -> None:
    session = await house.say("c1", "First sentence. Second sentence.")
    house.channel.script = ["m1", None]
    await killed_while_sending(house, calls=2)
    house.clock.advance(LEASE_S)
    await house.worker("bob").send_due()
    assert texts(house.channel) == ["First sentence.", "Second sentence."]
    assert await house.statuses(session) == [Status.UNCERTAIN]


async def test_a_row_leased_by_a_worker_who_died_before_sending_is_sent_by_the_next(house: House) -> None:
    session = await house.say("c1", "hello")
    assert len(await house.store.lease_outgoing(WorkerId("dead"), house.clock.now(), 30, 10)) == 1
    house.clock.advance(30)
    await house.worker("bob").send_due()
    assert await house.statuses(session) == [Status.SENT]


async def test_two_workers_send_each_message_once(house: House) -> None:
    for number in range(20):
        await house.say(f"c{number}", "one", "two")
    await asyncio.gather(house.worker("ann").send_due(), house.worker("bob").send_due())
    assert len(texts(house.channel)) == 40
    for number in range(20):
        assert texts(house.channel, session_id(PUSH, Thread(f"c{number}"), 1)) == ["one", "two"]


async def test_the_channels_pace_is_kept(house: House) -> None:
    house.channel = PushChannel(parts_per_second=2.0)
    for number in range(3):
        await house.say(f"c{number}", "hello")
    await house.worker().send_due()
    assert house.slept == [0.5, 0.5]


async def test_a_running_worker_is_woken_by_a_signal_and_sees_due_retries_by_itself(house: House) -> None:
    house.channel.script = [TryLater("busy")]
    async with running(house.worker()):
        await house.say("c1", "hello")
        await house.bus.signal(OUTBOX, b"")
        async with asyncio.timeout(SOON_S):
            await house.channel.called.wait()
        async with asyncio.timeout(SOON_S):
            while not texts(house.channel):
                house.clock.advance(1)
                await asyncio.sleep(0.01)


async def test_a_stopping_worker_finishes_what_it_is_sending(house: House) -> None:
    session = await house.say("c1", "First sentence. Second sentence.")
    async with running(house.worker(drain_s=SOON_S)):
        async with asyncio.timeout(SOON_S):
            await house.channel.called.wait()
    assert await house.statuses(session) == [Status.SENT]


async def killed_while_sending(house: House, *, calls: int = 1) -> None:
    """A worker dies while the peer, who has taken the part, has not answered."""
    async with running(house.worker("ann")):
        async with asyncio.timeout(SOON_S):
            while len(texts(house.channel)) < calls:
                await asyncio.sleep(0.01)


class running:  # noqa: N801 - reads as a statement where it is used
    """A worker that runs until the block ends, and is cancelled then."""

    def __init__(self, worker: Delivery) -> None:
        self._worker = worker

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._worker.run())

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def test_a_record_that_can_not_be_asked_for_a_moment_delays_a_message_and_leaves_no_doubt(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The floor is read just before sending, behind the note that a part is about to go out: nothing has gone out then."""
    session = await house.say("c1", "hello")
    read, refusals = house.store.session, [Busy("the record", 2.0)]

    async def away_once(session_id: SessionId) -> Session | None:
        if refusals:
            raise refusals.pop()
        return await read(session_id)

    monkeypatch.setattr(house.store, "session", away_once)
    assert await house.worker().send_due() == 1
    assert await house.statuses(session) == [Status.PENDING]
    house.clock.advance(5.0)
    assert await house.worker("bob").send_due() == 1
    assert texts(house.channel) == ["hello"]
    assert await house.statuses(session) == [Status.SENT]


async def test_where_nobody_counts_nothing_is_asked_and_nothing_is_paid(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def unasked(*_: object) -> None:
        raise AssertionError("a channel that does not count pays for counting")

    for name in ("allowance", "outgoing_of"):
        monkeypatch.setattr(house.store, name, unasked)
    commit, written = house.store.commit, list[Changes]()

    async def noting(batch: list[Changes]) -> object:
        written.extend(batch)
        return await commit(batch)

    await house.say("c1", "First sentence. Second sentence.")
    monkeypatch.setattr(house.store, "commit", noting)
    await house.worker().send_due()
    assert texts(house.channel) == ["First sentence.", "Second sentence."]
    assert [len(changes.settled) for changes in written] == [1, 1, 1], "each part begun, and the end"
    assert not [changes for changes in written if changes.spent or changes.emptied]
