"""The turns worker over the real embedded store and bus: order, exactly once, who holds the lane, and what failure ends in."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from config.schema import Bot, BusSettings, Settings, StoreSettings
from config.texts import load_texts
from gateway.bus import lane_of, open_bus
from gateway.clock import SystemClock
from gateway.core.bus import LaneEvent
from gateway.core.changes import Progress
from gateway.core.channel import Capabilities, Parsed, Raw, Reach, event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.draft import Draft
from gateway.core.errors import Fenced
from gateway.core.events import Ended, Event, Inbound, Rated, Said, Seen
from gateway.core.handoff import Reason
from gateway.core.ids import ChannelName, Lane, RandomIds, Thread, WorkerId
from gateway.core.message import Author, Message, Outgoing, Receipt
from gateway.core.parts import Part, Text, plain_text
from gateway.core.session import CloseReason, Move, Session, State
from gateway.core.texts import Texts
from gateway.episode import Episodes
from gateway.lanes import Lanes
from gateway.metrics import Metrics
from gateway.store import SqliteStore, open_store
from gateway.turns import Turns
from handoff.entry import Entrance

SITE = ChannelName("site")


class ScriptedBrain:
    """Answers with what it was asked; does something else where the words ask for it."""

    is_quick = False

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def decide(self, ask: Ask) -> Decision:
        self.asked.append(ask.text)
        if self.meanwhile is not None:
            meanwhile, self.meanwhile = self.meanwhile, None
            await meanwhile()
        if ask.text == "raise":
            raise RuntimeError("a bug in the brain")
        if ask.text == "sleep":
            await asyncio.sleep(60)
        if ask.text == "person":
            return Decision(kind=Kind.HANDOFF, language="en", reason=Reason.EXPLICIT_REQUEST, memory=ask.memory)
        return Decision(kind=Kind.ANSWER, language="en", text=f"answer to {ask.text}", confidence=1.0, memory=ask.memory)


class Site:
    """A web chat as far as the middle sees it."""

    name = SITE
    type = "webchat"
    capabilities = Capabilities(reach=Reach.PULLED, text_max_bytes=4096)

    def parse(self, raw: Raw) -> Parsed:
        return Parsed()

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        return Receipt()


@dataclass
class Middle:
    """The parts around the worker."""

    store: SqliteStore
    bus: Any
    turns: Turns
    brain: ScriptedBrain
    sent: int = 0
    workers: list[asyncio.Task[None]] = field(default_factory=list)

    async def say(self, event: Event | str, thread: str = "v1", key: str = "") -> Inbound:
        self.sent += 1
        said: Event = Said((Text(event),)) if isinstance(event, str) else event
        inbound = Inbound(
            channel=SITE, thread=Thread(thread), key=event_key(SITE, thread, key or str(self.sent)),
            sender=Address(AddressKind.VISITOR, "site", thread), at=SystemClock().now(), event=said, cid=key or str(self.sent),
        )  # fmt: skip
        await self.bus.append(inbound)
        return inbound

    def start(self, name: str = "worker") -> None:
        self.workers.append(asyncio.create_task(Lanes(self.bus, self.turns.work, worker=WorkerId(name), lease_s=5).run()))

    async def transcript(self, thread: str = "v1") -> list[Message]:
        return await self.store.thread_messages(SITE, Thread(thread), 0, 1000)

    async def session(self) -> Session:
        (session,) = await self.store.latest_sessions([(SITE, Thread("v1"))])
        return session

    async def until(self, count: int, thread: str = "v1") -> list[Message]:
        """Wait for so many messages in a thread."""

        async def are_there() -> bool:
            return len(await self.transcript(thread)) >= count

        await eventually(are_there)
        return await self.transcript(thread)


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(30):
        while not await holds():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def open_middle(
    folder: Path, *, brain: ScriptedBrain | None = None, lookup_s: float = 5.0, deadline_s: float = 20.0
) -> AsyncIterator[Middle]:
    clock, metrics, brain = SystemClock(), Metrics(with_process=False), brain or ScriptedBrain()
    settings = Settings(bot=Bot(deadline_s=deadline_s, lookup_s=lookup_s))
    ids, texts = RandomIds(clock.now_ms), Texts(load_texts())
    store = open_store(StoreSettings(), data_dir=folder, clock=clock)
    assert isinstance(store, SqliteStore)
    await store.open()
    bus = open_bus(BusSettings(lanes=2), log=store, clock=clock)
    await bus.open()
    entrance = Entrance(store=store, clock=clock, texts=texts, settings=settings)
    episodes = Episodes(
        store=store, brain=brain, door=entrance, channels=MappingProxyType({SITE: Site()}), texts=texts, clock=clock, ids=ids,
        settings=settings, metrics=metrics,
    )  # fmt: skip
    middle = Middle(store, bus, Turns(store=store, bus=bus, episodes=episodes, clock=clock, metrics=metrics), brain)
    try:
        yield middle
    finally:
        for worker in middle.workers:
            worker.cancel()
        await asyncio.gather(*middle.workers, return_exceptions=True)
        await bus.close()
        await store.close()


@pytest.fixture
async def middle(tmp_path: Path) -> AsyncIterator[Middle]:
    async with open_middle(tmp_path) as opened:
        yield opened


def told(messages: list[Message]) -> list[tuple[int, str, str, int | None]]:
    return [(m.seq, m.author.value, plain_text(m.parts), m.reply_to) for m in messages]


async def test_a_question_is_answered_and_the_answer_names_it(middle: Middle) -> None:
    middle.start()
    await middle.say("hello")
    assert told(await middle.until(2)) == [(1, "customer", "hello", None), (2, "bot", "answer to hello", 1)]


async def test_a_flood_of_one_customer_is_answered_in_order_once_each(middle: Middle) -> None:
    middle.start()
    for number in range(120):
        await middle.say(f"q{number}")
    messages = await middle.until(240)
    assert [plain_text(m.parts) for m in messages if m.author is Author.CUSTOMER] == [f"q{n}" for n in range(120)]
    assert [plain_text(m.parts) for m in messages if m.author is Author.BOT] == [f"answer to q{n}" for n in range(120)]


async def test_of_a_message_longer_than_ours_the_bot_reads_the_beginning(middle: Middle) -> None:
    middle.start()
    await middle.say(Said((Text("a" * 4000), Text("b" * 4000))))
    await middle.until(2)
    assert middle.brain.asked == ["a" * 4000 + "\n" + "b" * 95]


async def test_second_copy_of_a_message_is_dropped(middle: Middle) -> None:
    middle.start()
    for _ in range(3):
        await middle.say("hello", key="same")
    await middle.say("bye")
    assert len(await middle.until(4)) == 4


async def test_a_copy_that_the_bus_lets_through_is_known_by_the_record(middle: Middle, monkeypatch: pytest.MonkeyPatch) -> None:
    read = middle.bus.read

    async def forgetful(lane: Lane, after: str, limit: int) -> list[LaneEvent]:
        events = await read(lane, after, limit)
        return [*events, *(LaneEvent(item.position, item.event) for item in events)]

    monkeypatch.setattr(middle.bus, "read", forgetful)
    middle.start()
    await middle.say("hello")
    await middle.say("bye")
    await middle.until(4)
    assert [plain_text(m.parts) for m in await middle.transcript()] == ["hello", "answer to hello", "bye", "answer to bye"]


async def test_a_change_made_meanwhile_by_an_agent_is_decided_anew(middle: Middle) -> None:
    middle.start()
    await middle.say("hello")
    await middle.until(2)

    async def agent_takes_it() -> None:
        session = await middle.session()
        draft = Draft(session, now=SystemClock().now(), ids=RandomIds(SystemClock().now_ms), is_pushed=False)
        for move in (Move.HAND_OFF, Move.OFFER, Move.ACCEPT):
            draft.move(move)
        assert await middle.store.commit([draft.changes()]) == [None]

    middle.brain.meanwhile = agent_takes_it
    await middle.say("and now?")
    await middle.until(3)
    await asyncio.sleep(0.2)
    assert told(await middle.transcript())[2:] == [(3, "customer", "and now?", None)], "the bot talked over a person"


async def test_the_old_holder_of_a_lane_writes_nothing_any_more(middle: Middle) -> None:
    lane = Lane(0)
    await middle.store.claim_lane(lane, 5)
    await middle.store.claim_lane(lane, 6)
    with pytest.raises(Fenced):
        await middle.store.commit([], Progress(lane=lane, token=5, position="9"))
    with pytest.raises(Fenced):
        await middle.store.claim_lane(lane, 5)


async def test_two_workers_that_both_believe_they_hold_a_lane_answer_once(middle: Middle) -> None:
    lane = lane_of(SITE, Thread("v1"), 2)
    for token in (1, 2):
        middle.workers.append(asyncio.create_task(middle.turns.work(lane, token)))
    for number in range(40):
        await middle.say(f"q{number}")
    messages = await middle.until(80)
    assert [m.reply_to for m in messages if m.author is Author.BOT] == [m.seq for m in messages if m.author is Author.CUSTOMER]


async def test_two_workers_share_the_lanes_and_one_inherits_them_all(middle: Middle) -> None:
    middle.start("one")
    middle.start("two")
    for number in range(20):
        await middle.say("hello", thread=f"v{number}")
    for number in range(20):
        await middle.until(2, thread=f"v{number}")
    middle.workers.pop(0).cancel()
    for number in range(20):
        await middle.say("again", thread=f"v{number}")
    for number in range(20):
        assert len(await middle.until(4, thread=f"v{number}")) == 4


@pytest.mark.parametrize(("words", "reason"), [("raise", "bot_error"), ("sleep", "bot_timeout")])
async def test_a_bot_that_fails_or_is_late_ends_in_people_and_words(tmp_path: Path, words: str, reason: str) -> None:
    async with open_middle(tmp_path, deadline_s=0.3 if words == "sleep" else 20.0) as middle:
        middle.start()
        await middle.say(words)
        messages = await middle.until(2)
        assert messages[1].reply_to == 1
        session = await middle.session()
        case = await middle.store.case_of_session(session.id)
    assert case is not None
    assert case.packet.reason.value == reason


async def test_a_poisoned_event_is_kept_and_the_lane_goes_on(middle: Middle, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = middle.turns.episodes.handle

    async def poisoned(session: Any, inbound: Inbound) -> Any:
        if inbound.event == Said((Text("poison"),)):
            raise ValueError("secret words of the customer")
        return await handle(session, inbound)

    monkeypatch.setattr(middle.turns.episodes, "handle", poisoned)
    monkeypatch.setattr(middle.turns.episodes, "rescue", poisoned)
    middle.start()
    await middle.say("poison")
    await middle.say("hello")
    assert told(await middle.until(2))[1] == (2, "bot", "answer to hello", 1)
    (letter,) = (await middle.store.dead_letters()).items
    assert "ValueError at test_turns.py" in letter.error
    assert "secret" not in letter.error


async def test_an_event_that_can_not_be_handled_goes_to_people(middle: Middle, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(session: Any, inbound: Inbound) -> Any:
        raise ValueError("a bug of ours")

    monkeypatch.setattr(middle.turns.episodes, "handle", broken)
    middle.start()
    await middle.say("hello")
    messages = await middle.until(2)
    assert (messages[0].author, messages[1].reply_to) == (Author.CUSTOMER, 1)


async def test_what_a_dead_worker_left_is_done_by_the_next_and_nothing_twice(tmp_path: Path) -> None:
    async with open_middle(tmp_path) as first:
        first.start()
        for number in range(30):
            await first.say(f"q{number}")
        await first.until(2)
        first.workers.pop().cancel()
        for number in range(30, 40):
            await first.say(f"q{number}")
    async with open_middle(tmp_path) as second:
        second.start()
        messages = await second.until(80)
    assert [plain_text(m.parts) for m in messages if m.author is Author.BOT] == [f"answer to q{n}" for n in range(40)]


async def test_a_closed_session_is_followed_by_a_new_one_whose_count_goes_on(middle: Middle) -> None:
    middle.start()
    await middle.say("hello")
    await middle.until(2)
    await middle.say(Ended())
    await middle.say("again")
    messages = await middle.until(4)
    assert [m.seq for m in messages] == [1, 2, 3, 4]
    assert messages[0].session_id != messages[2].session_id
    old = await middle.store.session(messages[0].session_id)
    assert old is not None
    assert (old.state, old.close_reason) == (State.CLOSED, CloseReason.BOT_RESOLVED)


async def test_leaving_the_queue_cancels_the_handoff(middle: Middle) -> None:
    middle.start()
    await middle.say("hello")
    await middle.until(2)
    session = await middle.session()
    draft = Draft(session, now=SystemClock().now(), ids=RandomIds(SystemClock().now_ms), is_pushed=False)
    draft.move(Move.HAND_OFF)
    await middle.store.commit([draft.changes()])
    await middle.say(Ended())

    async def is_abandoned() -> bool:
        return (await middle.session()).close_reason is CloseReason.ABANDONED_IN_QUEUE

    await eventually(is_abandoned)


async def test_marks_and_ratings_are_on_record(middle: Middle) -> None:
    middle.start()
    await middle.say("hello")
    await middle.until(2)
    await middle.say(Seen(2))
    await middle.say(Rated(5, "quick"))
    await middle.say("thanks")
    await middle.until(4)
    session = await middle.session()
    assert session.customer_read_seq == 2
