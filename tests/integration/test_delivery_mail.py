"""The outbox of a channel like mail: a message is one thing, tried again for days, and slow without being in anybody's way."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec import structs

from config.schema import BusSettings
from gateway.bus import open_bus
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.channel import Channel
from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.errors import Rejected, TryLater, Uncertain
from gateway.core.ids import ChannelName, SessionId, Thread, WorkerId, session_id
from gateway.core.message import Author, Message, Status
from gateway.core.parts import Letter, Part, Text, Together
from gateway.core.session import Session
from gateway.core.signals import DESK, unpack_desk
from gateway.delivery import LEASE_S, Delivery
from gateway.metrics import Metrics
from gateway.permits import SETTLE_S
from gateway.store import SqliteStore
from tests.fakes import CountedIds, FrozenClock
from tests.peers.mail_channel import MailChannel
from tests.peers.push_channel import Peer, PushChannel, texts

MAIL, PUSH = ChannelName("mail"), ChannelName("push")
SOON_S = 30.0
HOUR_S = 3600.0
GREYLISTED = TryLater("Greylisted, please try again later", code="451 4.7.1")


class Office:
    """A store, a bus, a mailbox and a chat, with a clock that a test moves."""

    def __init__(self, store: SqliteStore, bus: Bus, clock: FrozenClock, ids: CountedIds) -> None:
        self.store, self.bus, self.clock, self.ids = store, bus, clock, ids
        self.mail, self.push = MailChannel(), PushChannel()

    def worker(self, name: str = "ann") -> Delivery:
        channels: dict[ChannelName, Channel] = {MAIL: self.mail, PUSH: self.push}
        return Delivery(
            self.store, self.bus, channels, clock=self.clock, worker=WorkerId(name), metrics=Metrics(with_process=False),
            poll_s=0.05, drain_s=0.0, concurrency=4,
        )  # fmt: skip

    async def say(self, thread: str, *parts: Part, author: Author = Author.BOT, channel: ChannelName = MAIL) -> SessionId:
        """A message of so many parts."""
        name = session_id(channel, Thread(thread), 1)
        now = self.clock.now()
        session = await self.store.session(name) or Session(
            id=name, channel=channel, thread=Thread(thread), episode=1, address=Address(AddressKind.EMAIL, "", f"{thread}@example.net"),
            opened_at=now, state_since=now,
        )  # fmt: skip
        draft = Draft(session, now=now, ids=self.ids, is_pushed=True, is_joined=channel == MAIL)
        draft.say(author, parts)
        assert await self.store.commit([draft.changes()]) == [None]
        return name

    async def fate(self, session: SessionId, seq: int = 1) -> tuple[Status, str]:
        message = await self.message(session, seq)
        return message.status, (await self.store.message_details(session, [seq])).get(seq, "")

    async def message(self, session: SessionId, seq: int = 1) -> Message:
        (found,) = [message for message in await self.store.session_messages(session) if message.seq == seq]
        return found

    async def send_after(self, worker: Delivery, seconds: float) -> int:
        self.clock.advance(seconds)
        return await worker.send_due()


@pytest.fixture
async def office(tmp_path: Path, clock: FrozenClock, ids: CountedIds) -> AsyncIterator[Office]:
    store = SqliteStore(tmp_path / "record.db", clock=clock)
    await store.open()
    bus = open_bus(BusSettings(), log=store, clock=clock)
    await bus.open()
    yield Office(store, bus, clock, ids)
    await bus.close()
    await store.close()


async def test_a_message_goes_out_whole_under_one_id(office: Office) -> None:
    letter = Letter(subject="Your order", cc=("b@example.net",))
    session = await office.say("a", letter, Text("**Hello**. " * 10, markdown=True), Text("Regards"), author=Author.AGENT)
    office.mail.script = ["<m1@example.com>"]
    office.mail.detail = "c@example.net: 550 no such user"
    await office.worker().send_due()
    assert office.mail.whole == [(session, Together((letter, Text("**Hello**. " * 10, markdown=True), Text("Regards"))))]
    assert await office.fate(session) == (Status.SENT, "c@example.net: 550 no such user")
    found = await office.store.message_at_channel(MAIL, "<m1@example.com>")
    assert found is not None
    assert found.seq == 1


async def test_what_bot_and_system_say_in_one_turn_is_one_message(office: Office) -> None:
    session = await office.store.session(await office.say("a", Text("one"), Text("two")))
    assert session is not None
    draft = Draft(session, now=office.clock.now(), ids=office.ids, is_pushed=True, is_joined=True)
    draft.say(Author.BOT, (Text("three"),))
    draft.say(Author.SYSTEM, (Text("four"),))
    await office.store.commit([draft.changes()])
    await office.worker().send_due()
    assert texts(office.mail) == ["one\n\ntwo", "three\n\nfour"]
    assert [message.status for message in await office.store.session_messages(session.id)] == [Status.SENT] * 3


async def test_a_message_that_says_nothing_troubles_nobody(office: Office) -> None:
    session = await office.say("a", Letter(subject="x"), Text("  "), author=Author.AGENT)
    await office.worker().send_due()
    assert office.mail.calls == 0
    assert await office.fate(session) == (Status.SENT, "")


async def test_a_delay_is_told_with_its_reason_and_forgotten_once_it_has_gone_out(office: Office) -> None:
    session = await office.say("a", Text("hello"))
    office.mail.script = [GREYLISTED]
    heard = await office.bus.subscribe(DESK)
    worker = office.worker()
    await worker.send_due()
    assert await office.fate(session) == (Status.PENDING, "delayed: Greylisted, please try again later (451 4.7.1)")
    told = unpack_desk((await anext(aiter(heard)))[1])
    assert (told.kind, told.session_id, told.fates) == ("message", session, ((1, Status.PENDING),))
    (waiting,) = await office.store.outgoing_of(MAIL, Thread("a"), 10)
    assert waiting.due_at == office.clock.now() + timedelta(seconds=60)
    assert await office.send_after(worker, 59) == 0
    assert await office.send_after(worker, 1) == 1
    assert await office.fate(session) == (Status.SENT, "")


async def test_a_message_is_tried_for_two_days_and_then_given_up(office: Office) -> None:
    session = await office.say("a", Text("hello"))
    office.mail.script = [GREYLISTED] * 100
    worker, tries = office.worker(), 0
    for wait_s in (0, 60, 120, 300, 600, 1200, 2400, *[HOUR_S] * 50):
        tries += await office.send_after(worker, wait_s)
    assert tries == office.mail.calls == 54
    assert await office.fate(session) == (
        Status.FAILED, "Greylisted, please try again later (451 4.7.1), after 54 attempts",
    )  # fmt: skip


async def test_who_was_away_for_days_does_not_give_up_at_the_first_no(office: Office) -> None:
    session = await office.say("a", Text("hello"))
    office.mail.script = [GREYLISTED] * 10
    worker = office.worker()
    for wait_s in (72 * HOUR_S, 60, 120, 300, HOUR_S):
        await office.send_after(worker, wait_s)
    assert office.mail.calls == 4
    assert (await office.fate(session))[0] is Status.FAILED


async def test_a_refused_message_fails_at_once_in_the_peers_words(office: Office) -> None:
    session = await office.say("a", Text("hello"))
    office.mail.script = [Rejected("No such user", code="550")]
    await office.worker().send_due()
    assert await office.fate(session) == (Status.FAILED, "No such user (550)")


async def test_a_delayed_message_holds_back_its_thread_and_nobody_else(office: Office) -> None:
    await office.say("a", Text("one"))
    office.mail.script = [GREYLISTED]
    worker = office.worker()
    await worker.send_due()
    await office.say("a", Text("two"))
    await office.say("b", Text("other"))
    await worker.send_due()
    assert texts(office.mail) == ["other"]
    await office.send_after(worker, 60)
    assert texts(office.mail) == ["other", "one", "two"]


async def test_a_peer_that_is_away_is_asked_by_one_message_at_a_time_and_all_go_out_when_it_is_back(office: Office) -> None:
    """Thousands may wait: none of them knocks by itself, and none waits an hour once the peer is there again."""
    away = TryLater("connection refused", is_general=True)
    office.mail.script = [away] * 5
    worker = office.worker()
    for number in range(6):
        await office.say(f"c{number}", Text("hello"))
    await worker.send_due()
    assert office.mail.calls == 2, "as many as may be on their way at once"
    assert [await office.send_after(worker, wait_s) for wait_s in (4, 1, 10)] == [0, 1, 1]
    assert await office.send_after(worker, 20) == 1
    assert (office.mail.calls, texts(office.mail)) == (5, [])
    await office.send_after(worker, 40)
    assert texts(office.mail) == ["hello"] * 6
    assert office.mail.calls == 11


async def test_a_peer_that_says_later_to_one_message_is_there_for_the_others(office: Office) -> None:
    office.mail.script = [TryLater("away", is_general=True), TryLater("away", is_general=True), GREYLISTED]
    worker = office.worker()
    for number in range(3):
        await office.say(f"c{number}", Text("hello"))
    await worker.send_due()
    await office.send_after(worker, 5)
    assert texts(office.mail) == ["hello"] * 2


async def test_a_slow_peer_has_places_of_its_own_and_holds_up_no_chat(office: Office) -> None:
    office.mail.script = [None] * 10
    for number in range(10):
        await office.say(f"c{number}", Text("a mail"))
    worker = asyncio.create_task(office.worker().run())
    async with asyncio.timeout(SOON_S):
        while office.mail.running < 2:
            await asyncio.sleep(0.01)
        await office.say("p", Text("a chat"), channel=PUSH)
        while not texts(office.push):
            await asyncio.sleep(0.01)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert office.mail.most_at_once == 2


async def test_a_message_on_its_way_to_a_slow_peer_is_nobody_elses_until_its_time_is_over(office: Office) -> None:
    session = await office.say("a", Text("hello"))
    office.mail.script = [None]
    worker = asyncio.create_task(office.worker().run())
    async with asyncio.timeout(SOON_S):
        while office.mail.running < 1:
            await asyncio.sleep(0.01)
    assert await office.send_after(office.worker("bob"), LEASE_S) == 0
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert await office.send_after(office.worker("bob"), office.mail.capabilities.send_s - LEASE_S + SETTLE_S) == 1
    assert await office.fate(session) == (Status.SENT, "")
    assert (texts(office.mail), office.mail.calls) == (["hello"], 2)


async def test_what_may_have_been_taken_is_handed_over_three_times_at_most(office: Office) -> None:
    """Its peer drops a repeat, but who reads mail in two programs may see two."""
    session = await office.say("a", Text("hello"))
    office.mail.script = [Peer.LOST] * 5
    worker = office.worker()
    for wait_s in (0, 60, 120, 300, HOUR_S):
        await office.send_after(worker, wait_s)
    assert office.mail.calls == 3
    assert await office.fate(session) == (Status.UNCERTAIN, "the line broke")


async def test_doubt_after_many_delays_is_still_asked_about_again(office: Office) -> None:
    session = await office.say("a", Text("hello"))
    office.mail.script = [GREYLISTED, GREYLISTED, GREYLISTED, Uncertain("the line broke")]
    worker = office.worker()
    for wait_s in (0, 60, 120, 300, 600):
        await office.send_after(worker, wait_s)
    assert office.mail.calls == 5
    assert await office.fate(session) == (Status.SENT, "")


@pytest.mark.parametrize(("author", "goes_out"), [(Author.BOT, False), (Author.SYSTEM, False), (Author.AGENT, True)])
async def test_whoever_takes_the_floor_silences_programs_and_takes_back_no_colleagues_mail(
    office: Office, author: Author, goes_out: bool
) -> None:  # fmt: skip
    session = await office.say("a", Text("hello"), author=author)
    office.mail.script = [GREYLISTED]
    worker = office.worker()
    await worker.send_due()
    stored = await office.store.session(session)
    assert stored is not None
    taken = structs.replace(stored, floor=stored.epoch + 1, version=stored.version + 1)
    assert await office.store.commit([Changes(session=taken)]) == [None]
    await office.send_after(worker, 60)
    assert (await office.fate(session))[0] is (Status.SENT if goes_out else Status.REFUSED)
    assert texts(office.mail) == (["hello"] if goes_out else [])
