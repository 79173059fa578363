"""The turns worker where things happen at the same time: agents, timers and customers on one session, crashes between two commits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.bus import lane_of
from gateway.clock import SystemClock
from gateway.core.changes import Changes
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.draft import Draft
from gateway.core.errors import Conflict
from gateway.core.events import Ended, Inbound, Rated, Said, Seen, Visit
from gateway.core.handoff import Agent, AgentStatus, Role
from gateway.core.ids import AgentId, Lane, RandomIds, Thread, WorkerId
from gateway.core.message import Author
from gateway.core.parts import Text, plain_text
from gateway.core.session import CloseReason, Move, Session, State
from gateway.store.steps import Fetch, Steps
from tests.integration.test_turns import SITE, Middle, eventually, open_middle

CLOCK = SystemClock()


@pytest.fixture
async def middle(tmp_path: Path) -> AsyncIterator[Middle]:
    async with open_middle(tmp_path) as opened:
        yield opened


def draft_of(session: Session) -> Draft:
    return Draft(session, now=CLOCK.now(), ids=RandomIds(CLOCK.now_ms), is_pushed=False)


async def agent_serves(middle: Middle, *, says: str | None = None, is_closing: bool = False) -> None:
    """An agent takes the session, beside the worker; what they say and do is one transaction."""
    draft = draft_of(await middle.session())
    for move in (Move.HAND_OFF, Move.OFFER):
        draft.move(move)
    draft.move(Move.ACCEPT, agent_id=AgentId("amy"), agent_name="Amy")
    if says is not None:
        draft.move(Move.AGENT_SPOKE)
        draft.say(Author.AGENT, (Text(says),), agent_id=AgentId("amy"))
    if is_closing:
        draft.close(CloseReason.RESOLVED, "resolved")
    assert await middle.store.commit([draft.changes()]) == [None]


async def ratings(middle: Middle) -> list[tuple[Any, ...]]:
    def steps() -> Steps[list[tuple[Any, ...]]]:
        return [tuple(row) for row in (yield Fetch("SELECT score, agent_id FROM rating"))]

    return await middle.store._read(steps())


async def has_heard(middle: Middle, key: str) -> None:
    """Wait for a later event of the same lane: everything before it is handled then."""
    await middle.say("done?", thread="v1", key=key)

    async def is_there() -> bool:
        return any(plain_text(m.parts) == "done?" and m.cid == key for m in await middle.transcript())

    await eventually(is_there)


def before_commit(middle: Middle, patch: pytest.MonkeyPatch, act: Callable[[], Awaitable[None]]) -> None:
    """Let somebody else be faster, once: between the worker's decision and its commit."""
    commit = middle.store.commit
    acts = [act]

    async def late(batch: Sequence[Changes], progress: Any = None) -> list[Conflict | None]:
        if progress is not None and batch and acts:
            await acts.pop()()
        return await commit(batch, progress)

    patch.setattr(middle.store, "commit", late)


async def test_what_a_customer_says_after_ending_waits_for_what_they_said_before(middle: Middle, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words, the end and new words in one batch, and an agent who is faster: the second session must not come before the first ends."""
    middle.start()
    await middle.say("hello")
    await middle.until(2)
    for worker in middle.workers:
        worker.cancel()
    await asyncio.gather(*middle.workers, return_exceptions=True)

    async def agent_is_faster() -> None:
        await agent_serves(middle, says="Amy here")

    before_commit(middle, monkeypatch, agent_is_faster)
    await middle.say("first")
    await middle.say(Ended())
    await middle.say("second")
    middle.start()
    messages = await middle.until(7)
    assert [(m.seq, plain_text(m.parts)) for m in messages] == [
        (1, "hello"), (2, "answer to hello"), (3, "Amy here"), (4, "first"), (5, "The customer has ended the conversation."),
        (6, "second"), (7, "answer to second"),
    ]  # fmt: skip
    assert len({m.session_id for m in messages[:5]}) == 1
    assert messages[5].session_id != messages[4].session_id


async def test_a_read_mark_for_an_agents_words_is_noted_though_the_customer_said_nothing_since(middle: Middle) -> None:
    middle.start()
    await middle.say("hello")
    await middle.until(2)
    await agent_serves(middle, says="Amy here")
    await middle.say(Seen(3))
    await has_heard(middle, "later")
    assert (await middle.session()).customer_read_seq == 3


async def test_a_rating_is_about_the_agent_who_served_though_the_customer_said_nothing_since(middle: Middle) -> None:
    middle.start()
    await middle.say("hello")
    await middle.until(2)
    await agent_serves(middle, says="Amy here", is_closing=True)
    await middle.say(Rated(5))
    await has_heard(middle, "later")
    assert await ratings(middle) == [(5, "amy")]


async def test_an_end_that_is_read_twice_does_not_end_the_next_session(middle: Middle, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies between the first commit of a batch and the second, which one stale session made necessary."""
    lane = lane_of(SITE, Thread("v1"), 2)
    other = next(f"w{n}" for n in range(99) if lane_of(SITE, Thread(f"w{n}"), 2) == lane)
    middle.start()
    await middle.say("hello", thread=other)
    await middle.say("hello")
    await middle.until(2)
    await middle.until(2, thread=other)
    commit, is_dying = middle.store.commit, True

    async def dies_behind_it(batch: Sequence[Changes], progress: Any = None) -> list[Conflict | None]:
        nonlocal is_dying
        if progress is None or not is_dying or len(batch) < 4:
            return await commit(batch, progress)
        is_dying = False
        refused = [structs.replace(batch[0], expects=(batch[0].session.id, 99)) if batch[0].session else batch[0], *batch[1:]]
        await commit(refused, progress)
        raise OSError("killed")

    for worker in middle.workers:
        worker.cancel()
    await asyncio.gather(*middle.workers, return_exceptions=True)
    monkeypatch.setattr(middle.store, "commit", dies_behind_it)
    await middle.say("from another", thread=other)
    await middle.say("first")
    await middle.say(Ended())
    await middle.say("second")
    middle.start()
    await middle.until(4, thread=other)
    await has_heard(middle, "later")
    messages = await middle.transcript()
    assert not is_dying
    assert [plain_text(m.parts) for m in messages if m.author is Author.CUSTOMER] == ["hello", "first", "second", "done?"]
    second, last = messages[-4], messages[-2]
    assert second.session_id == last.session_id, "the second session was ended by an end that came before it"


async def test_what_the_record_refuses_goes_to_people_and_holds_up_nobody(middle: Middle) -> None:
    decide = middle.brain.decide

    async def odd(ask: Ask) -> Decision:
        if ask.text == "odd":
            return Decision(kind=Kind.ANSWER, language="en", text="half a character: \ud800", memory=ask.memory)
        return await decide(ask)

    middle.brain.decide = odd  # type: ignore[method-assign]  # a brain that says what no encoder takes
    for text in ("one", "odd", "two"):
        await middle.say(text, thread=text)
    middle.start()
    for text in ("one", "odd", "two"):
        messages = await middle.until(2, thread=text)
        assert messages[1].reply_to == 1
    (session,) = await middle.store.latest_sessions([(SITE, Thread("odd"))])
    case = await middle.store.case_of_session(session.id)
    assert case is not None
    assert case.packet.reason.value == "bot_error"
    assert (await middle.store.dead_letters()).items == ()


async def test_what_not_even_people_can_have_is_kept_alone(middle: Middle, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = middle.store.commit

    async def refusing(batch: Sequence[Changes], progress: Any = None) -> list[Conflict | None]:
        if any(plain_text(message.parts) == "poison" for changes in batch for message in changes.messages):
            raise ValueError("secret words of the customer")
        return await commit(batch, progress)

    monkeypatch.setattr(middle.store, "commit", refusing)
    for number in range(5):
        await middle.say("poison" if number == 2 else f"q{number}", thread=f"v{number}")
    middle.start()
    for number in (0, 1, 3, 4):
        await middle.until(2, thread=f"v{number}")

    async def is_kept() -> bool:
        return bool((await middle.store.dead_letters()).items)

    await eventually(is_kept)
    (letter,) = (await middle.store.dead_letters()).items
    assert letter.event.event == Said((Text("poison"),))
    assert "secret" not in letter.error


@pytest.mark.parametrize("event", [Ended(), Rated(1)])
async def test_an_end_or_a_rating_that_can_not_be_handled_is_kept(
    middle: Middle, monkeypatch: pytest.MonkeyPatch, event: Ended | Rated
) -> None:
    async def broken(session: Any, inbound: Any) -> Any:
        raise ValueError("a bug of ours")

    monkeypatch.setattr(middle.turns.episodes, "handle", broken)
    await middle.say(event)
    middle.start()

    async def is_kept() -> bool:
        return bool((await middle.store.dead_letters()).items)

    await eventually(is_kept)


async def test_trouble_long_past_does_not_slow_down_the_next_recovery(middle: Middle, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    now_s, runs = 0.0, 0

    class Later(SystemClock):
        def monotonic(self) -> float:
            return now_s

    async def no_pause(seconds: float) -> None:
        pauses.append(seconds)

    async def claim(lane: Lane, token: int) -> str:
        nonlocal now_s, runs
        runs += 1
        now_s += 3600.0 if runs > 8 else 0.0
        if runs > 10:
            raise asyncio.CancelledError
        raise OSError("away")

    turns = type(middle.turns)(
        store=middle.store, bus=middle.bus, episodes=middle.turns.episodes, clock=Later(), metrics=middle.turns.metrics
    )
    monkeypatch.setattr("gateway.turns.asyncio.sleep", no_pause)
    monkeypatch.setattr(middle.store, "claim_lane", claim)
    with pytest.raises(asyncio.CancelledError):
        await turns.work(Lane(0), 1)
    assert max(pauses[5:8]) > 1.0
    assert max(pauses[8:]) <= 0.1


async def test_a_session_that_began_to_wrap_up_is_closed_by_the_next_words_or_not_at_all(
    middle: Middle, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The agent writes the disposition at the very moment in which the customer comes back."""
    middle.start()
    await middle.say("hello")
    await middle.until(2)
    await agent_serves(middle, says="Amy here")
    await middle.say(Ended())
    await middle.until(4)

    async def agent_closes() -> None:
        draft = draft_of(await middle.session())
        draft.close(CloseReason.RESOLVED, "follow_up")
        assert await middle.store.commit([draft.changes()]) == [None]

    before_commit(middle, monkeypatch, agent_closes)
    await middle.say("one more thing")
    messages = await middle.until(6)
    assert [m.seq for m in messages] == [1, 2, 3, 4, 5, 6]
    old = await middle.store.session(messages[0].session_id)
    assert old is not None
    assert (old.state, old.disposition) == (State.CLOSED, "follow_up")


async def test_a_customer_who_leaves_the_queue_leaves_a_line_in_the_trace(middle: Middle) -> None:
    now = CLOCK.now()
    amy = Agent(
        id=AgentId("amy"), name="amy", shown_name="Amy", role=Role.AGENT, password_hash="", created_at=now, status_since=now,
        status=AgentStatus.AVAILABLE, seen_at=now, version=1,
    )  # fmt: skip
    assert await middle.store.commit([Changes(agents=(amy,))]) == [None]
    middle.start()
    await middle.say("person")
    await middle.until(2)
    session = await middle.session()
    assert session.state is State.QUEUED
    await middle.say(Ended())

    async def is_over() -> bool:
        return (await middle.session()).state is State.CLOSED

    await eventually(is_over)
    assert [line.what for line in await middle.store.traces(session.id)] == ["queued", "failed"]
    assert (await middle.store.traces(session.id))[1].why == {"failure": "cancelled"}
    assert await middle.store.open_handoffs() == []


async def test_a_worker_that_stops_says_goodbye_so_that_the_others_take_more_at_once(middle: Middle) -> None:
    middle.start("one")
    await middle.say("hello")
    await middle.until(2)
    worker = middle.workers.pop()
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    assert await middle.bus.announce("turns", WorkerId("two"), 5) == 1
    assert await middle.bus.take("lane:0", WorkerId("two"), 5) is not None


async def test_a_returning_customer_keeps_what_is_known_of_them(middle: Middle) -> None:
    """A site's own user opens a second session: what colleagues have learned of them since the first stays."""
    jo = Address(AddressKind.SITE_USER, "site", "jo")

    async def says(text: str, key: str) -> None:
        inbound = Inbound(
            channel=SITE, thread=Thread("v1"), key=event_key(SITE, "v1", key), sender=jo, at=CLOCK.now(), event=Said((Text(text),)),
            visit=Visit(name="Jo"),
        )  # fmt: skip
        await middle.bus.append(inbound)

    middle.start()
    await says("hello", "a")
    await middle.until(2)
    session = await middle.session()
    assert session.contact_id is not None
    contact = await middle.store.contact(session.contact_id)
    assert contact is not None
    learned = structs.replace(contact, email="jo@example.com", is_vip=True)
    assert await middle.store.commit([Changes(contacts=(learned,))]) == [None]
    await middle.say(Ended())
    await says("again", "b")
    await middle.until(4)
    assert (await middle.session()).episode == 2
    assert (await middle.session()).contact_id == contact.id
    assert await middle.store.contact(contact.id) == learned
