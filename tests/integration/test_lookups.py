"""Answers that need a look-up: the lane goes on, the customer's order holds, and every look-up ends in words or with people."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway import lookups
from gateway.bus import lane_of
from gateway.clock import SystemClock
from gateway.core.decision import Ask, Decision, Kind, Looking, Lookup, Road
from gateway.core.events import Ended, Found, LookedUp
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId, Thread, WorkerId
from gateway.core.message import Author, Message
from gateway.core.parts import Choices, plain_text
from gateway.core.session import Session, State
from gateway.core.signals import TypingNow, thread_topic, unpack_thread
from gateway.lookups import LateLookups, Lookups
from gateway.metrics import Metrics
from tests.integration.test_turns import SITE, Middle, ScriptedBrain, open_middle

LOOKUP_S = 0.4


class Asking(ScriptedBrain):
    """Looks up whatever begins with `find`."""

    async def decide(self, ask: Ask) -> Decision:
        if not ask.text.startswith("find"):
            return await super().decide(ask)
        self.asked.append(ask.text)
        lookup = Lookup(entry=EntryId("where"), action="orders", slots={"order": ask.text})
        return Decision(
            kind=Kind.ANSWER,
            language="en",
            entry=EntryId("where"),
            confidence=0.99,
            lookup=lookup,
            memory=structs.replace(ask.memory, slots=lookup.slots),
        )


@dataclass
class Orders:
    """A system that answers when it is let, what it is told to."""

    gate: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[str] = field(default_factory=list)

    async def ask(self, session: Session, current: Looking) -> LookedUp:
        lookup = current.decision.lookup
        assert lookup is not None
        order = lookup.slots["order"]
        self.asked.append(order)
        if order == "find raise":
            raise RuntimeError("a bug on the road")
        await self.gate.wait()
        if order == "find nothing":
            return LookedUp(session=session.id, id=current.id, found=Found.NOTHING, text="not known", asks="order")
        if order == "find person":
            return LookedUp(session=session.id, id=current.id, found=Found.PERSON, reason="stolen")
        return LookedUp(session=session.id, id=current.id, found=Found.ANSWER, text=f"found {order}", why={"status": 200})


@dataclass
class House:
    middle: Middle
    road: Orders
    late: LateLookups
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self, name: str = "worker") -> "House":
        """A process: its own look-ups, over the same record."""
        middle = self.middle
        performing = Lookups(
            bus=middle.bus, roads={Road.ACTION: self.road}, clock=SystemClock(), metrics=Metrics(with_process=False), drain_s=0.1
        )
        middle.turns = replace(middle.turns, lookups=performing)
        middle.start(name)
        self.tasks.append(asyncio.create_task(performing.run()))
        return self


@pytest.fixture
async def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    async with opened(tmp_path, monkeypatch) as one:
        yield one


def opened(folder: Path, monkeypatch: pytest.MonkeyPatch, lookup_s: float = LOOKUP_S) -> Any:
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def opening() -> AsyncIterator[House]:
        monkeypatch.setattr(lookups, "GRACE_S", 0.05)
        monkeypatch.setattr(lookups, "EVERY_S", 0.05)
        async with open_middle(folder, brain=Asking(), lookup_s=lookup_s) as middle:
            late = LateLookups(store=middle.store, bus=middle.bus, clock=SystemClock(), worker=WorkerId("late"))
            house = House(middle, Orders(), late)
            try:
                yield house
            finally:
                for task in house.tasks:
                    task.cancel()
                await asyncio.gather(*house.tasks, return_exceptions=True)

    return opening()


def said(messages: list[Message]) -> list[tuple[str, str, int | None]]:
    return [(m.author.value, plain_text(m.parts), m.reply_to) for m in messages]


async def test_the_answer_comes_when_it_was_looked_up_and_nobody_else_waits(house: House) -> None:
    house.start()
    await house.middle.say("find A1")
    await house.middle.say("hello", thread="v2")
    assert said(await house.middle.until(2, "v2"))[1] == ("bot", "answer to hello", 1)
    assert said(await house.middle.transcript()) == [("customer", "find A1", None)]
    house.road.gate.set()
    messages = await house.middle.until(2)
    assert said(messages)[1] == ("bot", "found find A1", 1)
    assert messages[1].why["lookup"] == {"road": "action", "found": "answer", "status": 200}
    assert (await house.middle.session()).looking is None


async def test_what_comes_meanwhile_is_answered_behind_it_in_order(house: House) -> None:
    house.start()
    for text in ("find A1", "second", "find A3", "fourth"):
        await house.middle.say(text)
    await house.middle.until(4)
    house.road.gate.set()
    messages = await house.middle.until(8)
    assert said(messages)[4:] == [
        ("bot", "found find A1", 1), ("bot", "answer to second", 2), ("bot", "found find A3", 3), ("bot", "answer to fourth", 4),
    ]  # fmt: skip
    assert house.road.asked == ["find A1", "find A3"]


async def test_a_wish_for_a_person_does_not_wait(house: House) -> None:
    house.start()
    await house.middle.say("find A1")
    await house.middle.say("person")
    messages = await house.middle.until(3)
    assert [m.author for m in messages] == [Author.CUSTOMER, Author.CUSTOMER, Author.BOT]
    handoff = await handoff_of(house)
    assert handoff.packet.reason is Reason.EXPLICIT_REQUEST
    house.road.gate.set()
    await house.middle.say("thanks")
    assert all("found" not in plain_text(m.parts) for m in await house.middle.until(5))


async def handoff_of(house: House) -> Any:
    case = await house.middle.store.case_of_session((await house.middle.session()).id)
    assert case is not None
    return case


@pytest.mark.parametrize(("text", "reason", "trigger"), [("find late", "lookup_failed", "late"), ("find raise", "lookup_failed", "error")])
async def test_a_look_up_that_fails_ends_with_people_who_are_told_why(house: House, text: str, reason: str, trigger: str) -> None:
    house.start()
    await house.middle.say(text)
    await house.middle.until(2)
    packet = (await handoff_of(house)).packet
    assert (packet.reason.value, packet.trigger, packet.wish) == (reason, trigger, text)
    assert packet.slots == {"order": text}


async def test_what_is_for_people_goes_to_people(house: House) -> None:
    house.start().road.gate.set()
    await house.middle.say("find person")
    await house.middle.until(2)
    packet = (await handoff_of(house)).packet
    assert (packet.reason, packet.trigger) == (Reason.BUSINESS_RULE, "stolen")


async def test_what_is_not_known_there_is_asked_for_again(house: House) -> None:
    house.start().road.gate.set()
    await house.middle.say("find nothing")
    (_, answer) = await house.middle.until(2)
    (part,) = answer.parts
    assert isinstance(part, Choices)
    assert (part.text, [option.id for option in part.options]) == ("not known", ["person"])
    memory = (await house.middle.session()).memory
    assert (memory.asking, memory.asked_count, memory.action) == ("order", 1, "where")


async def test_more_than_a_few_messages_behind_a_look_up_are_for_people(house: House) -> None:
    house.start()
    await house.middle.say("find A1")
    for number in range(11):
        await house.middle.say(f"more {number}")
    messages = await house.middle.until(13)
    assert (messages[-1].author, messages[-1].reply_to) == (Author.BOT, 12)
    assert (await handoff_of(house)).packet.reason is Reason.BOT_TIMEOUT


async def test_the_customer_sees_that_something_is_being_written(house: House) -> None:
    watching = await house.middle.bus.subscribe(thread_topic(SITE, Thread("v1")))
    house.start()
    await house.middle.say("find A1")
    seen: list[bool] = []
    async with asyncio.timeout(30):
        async for _, payload in watching:
            signal = unpack_thread(payload)
            if isinstance(signal, TypingNow):
                assert signal.author is Author.BOT
                seen.append(signal.is_on)
                house.road.gate.set()
            if len(seen) == 2:
                break
    assert seen == [True, False]
    await watching.close()


async def test_a_result_that_nobody_waits_for_is_dropped(house: House) -> None:
    house.start()
    await house.middle.say("find A1")
    await house.middle.until(1)
    await house.middle.say(Ended())
    await house.middle.say("hello again")
    await house.middle.until(3)
    house.road.gate.set()
    await house.middle.say("and again")
    assert said(await house.middle.until(5))[1:] == [
        ("customer", "hello again", None), ("bot", "answer to hello again", 2),
        ("customer", "and again", None), ("bot", "answer to and again", 4),
    ]  # fmt: skip


STEPS = {"store": ("claim_lane", "latest_sessions", "commit", "case_of_session"), "bus": ("read", "trim", "signal", "append")}


@pytest.mark.parametrize("is_done_first", [False, True])
async def test_a_process_that_dies_anywhere_leaves_an_answer_or_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_done_first: bool
) -> None:
    for at in count(1):
        folder = tmp_path / str(at)
        folder.mkdir()
        async with opened(folder, monkeypatch, 0.15) as house:
            await house.middle.say("find A1")
            await house.middle.say("second")
            house.road.gate.set()
            was_cut = await process_that_dies(house, at, is_done_first=is_done_first)
            house.start("next")
            house.tasks.append(asyncio.create_task(house.late.run()))
            await house.middle.say("third")
            messages = await house.middle.until(6)
            await house.late.look()
        customers = [plain_text(m.parts) for m in messages if m.author is Author.CUSTOMER]
        assert customers == ["find A1", "second", "third"]
        replies = [(m.reply_to, plain_text(m.parts)) for m in messages if m.author is not Author.CUSTOMER]
        assert [reply_to for reply_to, _ in replies] == [seq for seq, m in enumerate(messages, 1) if m.author is Author.CUSTOMER]
        assert replies[0][1] == "found find A1" or "number" in replies[0][1]
        assert replies[1][1] == "answer to second"
        if not was_cut:
            assert at > 9  # a process takes more steps than that
            return


async def process_that_dies(house: House, at: int, *, is_done_first: bool) -> bool:
    """A process with its look-ups, until its `at`-th step; False: there was nothing left to do before that."""
    middle, died, steps = house.middle, asyncio.Event(), count(1)
    with pytest.MonkeyPatch.context() as patch:

        def counted(step: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            async def last_or_not(*given: Any, **named: Any) -> Any:
                number = next(steps)
                if died.is_set() or (number == at and not is_done_first):
                    died.set()
                    raise asyncio.CancelledError
                result = await step(*given, **named)
                if number == at:
                    died.set()
                    raise asyncio.CancelledError
                return result

            return last_or_not

        for part, names in STEPS.items():
            for name in names:
                patch.setattr(getattr(middle, part), name, counted(getattr(getattr(middle, part), name)))
        performing = Lookups(
            bus=middle.bus, roads={Road.ACTION: house.road}, clock=SystemClock(), metrics=Metrics(with_process=False), drain_s=5
        )
        turns = replace(middle.turns, lookups=performing)
        working = asyncio.create_task(turns.work(lane_of(SITE, Thread("v1"), 2), 1))
        dying = asyncio.create_task(died.wait())
        answered = asyncio.create_task(until_answered(house))
        await asyncio.wait([dying, answered], return_when=asyncio.FIRST_COMPLETED)
        died.set()  # nothing of this process does anything from here on
        for task in (working, dying, answered, *performing._pending):
            task.cancel()
        await asyncio.gather(working, dying, answered, *performing._pending, return_exceptions=True)
        return not answered.done() or answered.cancelled()


async def until_answered(house: House) -> None:
    session = None
    while session is None or session.looking is not None or session.seq < 4:
        await asyncio.sleep(0.01)
        sessions = await house.middle.store.sessions_in((State.BOT,))
        session = next(iter(sessions.items), None)
