"""A thread as its call leg follows it, over the real record: every message once and in order, whatever becomes of the signals."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.schema import BusSettings
from gateway.bus import open_bus
from gateway.bus.mailbox import Mailbox
from gateway.core.calls import News, Standing, Wanted
from gateway.core.errors import Busy
from gateway.core.events import CallStage
from gateway.core.ids import AgentId, SessionId, Thread
from gateway.core.message import Message
from gateway.core.parts import plain_text
from gateway.core.session import Controller, State
from gateway.core.signals import StateNow, calls_topic, pack, thread_topic
from gateway.following import PLACE_EVERY, Following
from gateway.standings import Standings
from tests.integration.calls_house import HOTLINE, NUMBER, CallsHouse, calls_house, hotline

THREAD = Thread(NUMBER)
TOPIC = thread_topic(HOTLINE, THREAD)


@dataclass
class Wire:
    """A bus of which a test says what becomes of each signal: told, told twice, lost aloud as both buses lose (a marker), lost in silence
    as a broken line loses, or the line ends."""

    fate: str = "told"
    topics: dict[str, set[Mailbox]] = field(default_factory=dict)
    is_away: bool = False

    async def signal(self, topic: str, payload: bytes) -> None:
        for box in list(self.topics.get(topic, ())):
            if self.fate in ("told", "twice"):
                box.put(topic, payload)
            if self.fate == "twice":
                box.put(topic, payload)
            if self.fate == "lost":
                box.lose()
            if self.fate == "ended":
                box.shut()

    async def subscribe(self, *topics: str) -> "_Line":
        if self.is_away:
            raise Busy("the bus", 1.0)
        return _Line(self.topics, topics)


class _Line:
    def __init__(self, table: dict[str, set[Mailbox]], topics: tuple[str, ...]) -> None:
        self._table, self._topics, self._box = table, topics, Mailbox()
        for topic in topics:
            table.setdefault(topic, set()).add(self._box)

    def __aiter__(self) -> Mailbox:
        return self._box

    async def add(self, topic: str) -> None:
        self._table.setdefault(topic, set()).add(self._box)

    async def remove(self, topic: str) -> None:
        self._table.get(topic, set()).discard(self._box)

    async def close(self) -> None:
        for topic in self._topics:
            self._table[topic].discard(self._box)
        self._box.shut()


class Reader:
    """A leg: takes what comes as it comes."""

    def __init__(self, news: AsyncIterator[News]) -> None:
        self.got: list[News] = []
        self._task = asyncio.create_task(self._read(news))

    async def _read(self, news: AsyncIterator[News]) -> None:
        async for one in news:
            self.got.append(one)

    @property
    def seqs(self) -> list[int]:
        return [one.seq for one in self.got if isinstance(one, Message)]

    @property
    def standing(self) -> Any:
        """The newest; before there is one, nothing that any test waits for."""
        return next((one for one in reversed(self.got) if isinstance(one, Standing)), Mock(spec=Standing))

    async def until(self, condition: Any) -> None:
        async with asyncio.timeout(30):
            while not condition():
                await asyncio.sleep(0.002)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def never(_: float) -> None:
    """The watch does not look by itself: the test says when."""
    await asyncio.Event().wait()


def following(house: CallsHouse, sleep: Any = never) -> Following:
    return Following(HOTLINE, house.store, house.bus, Standings(house.store, house.clock, house.settings), sleep=sleep)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[CallsHouse]:
    async with calls_house(tmp_path) as opened:
        yield opened


async def test_a_leg_hears_where_it_stands_and_then_every_message_in_order(house: CallsHouse) -> None:
    await house.call()
    await house.says("one")
    async with following(house).follow(THREAD, 0) as news:
        leg = Reader(news)
        await leg.until(lambda: leg.seqs == [1, 2])
        assert isinstance(leg.got[0], Standing)
        assert (leg.got[0].state, leg.got[0].seq, leg.got[0].call and leg.got[0].call.id) == (State.BOT, 2, "c1")
        await house.says("two")
        await leg.until(lambda: leg.standing.seq == 4)
        assert [plain_text(one.parts) for one in leg.got if isinstance(one, Message)] == ["one", "answer to one", "two", "answer to two"]
        assert isinstance(leg.got[-1], Standing), "where it stands comes behind the messages that changed it"
        await leg.stop()


async def test_a_leg_that_comes_back_hears_only_what_it_has_not_heard(house: CallsHouse) -> None:
    await house.call()
    await house.says("one")
    async with following(house).follow(THREAD, 1) as news:
        leg = Reader(news)
        await leg.until(lambda: leg.seqs == [2])
        await leg.stop()


async def test_a_leg_may_follow_a_thread_that_nobody_has_opened_yet(house: CallsHouse) -> None:
    async with following(house).follow(THREAD, 0) as news:
        leg = Reader(news)
        assert await following(house).standing(THREAD) is None
        await house.call()
        await house.says("one")
        await leg.until(lambda: leg.seqs == [1, 2])
        await leg.stop()


async def test_a_signal_lost_in_silence_is_found_by_the_next_look(house: CallsHouse) -> None:
    wire = Wire(fate="silent")
    house.bus = wire  # type: ignore[assignment]
    await house.call()
    mine = following(house)
    async with mine.follow(THREAD, 0) as news:
        leg = Reader(news)
        await leg.until(lambda: bool(leg.got))
        await house.says("one")
        await mine.look()
        await leg.until(lambda: leg.seqs == [1, 2])
        await leg.stop()


async def test_idle_calls_cost_one_reading_a_look_and_nothing_of_their_own(house: CallsHouse) -> None:
    numbers = [f"+861380013800{digit}" for digit in range(5)]
    for number in numbers:
        await house.call(number=number)
    mine = following(house)
    readings: list[int] = []
    real = house.store.latest_sessions

    async def counted(threads: Any) -> Any:
        readings.append(len(threads))
        return await real(threads)

    async with asyncio.TaskGroup() as group:
        legs: list[Reader] = []
        done = asyncio.Event()

        async def follow(number: str) -> None:
            async with mine.follow(Thread(number), 0) as news:
                legs.append(leg := Reader(news))
                await done.wait()
                await leg.stop()

        for number in numbers:
            group.create_task(follow(number))
        while len(legs) < 5 or not all(leg.got for leg in legs):
            await asyncio.sleep(0.002)
        house.store.latest_sessions = counted  # type: ignore[method-assign]
        await mine.look()
        await asyncio.sleep(0)
        assert readings == [5]
        done.set()


async def test_remarks_between_agents_are_not_for_the_callers_ear(house: CallsHouse) -> None:
    agent = await house.hire()
    await house.served(agent)
    async with following(house).follow(THREAD, 0) as news:
        leg = Reader(news)
        await leg.until(lambda: leg.standing.controller is Controller.AGENT)
        await house.call(CallStage.TALKING)
        await house.call(CallStage.ENDED, why="lost")
        await house.call(call="c2")
        await house.says("here I am again")
        await leg.until(lambda: leg.seqs[-1:] == [(leg.standing.seq)])
        remarks = [one.seq for one in await house.messages() if one.why.get("is_remark")]
        assert remarks
        assert not set(remarks) & set(leg.seqs)
        await leg.stop()


async def test_the_agent_is_told_by_login_name_and_by_what_customers_hear(house: CallsHouse) -> None:
    await house.served(await house.hire())
    standing = await following(house).standing(THREAD)
    assert standing is not None
    assert (standing.controller, standing.agent, standing.agent_name, standing.position) == (Controller.AGENT, "a07", "Agent 07", None)


async def test_a_place_in_the_line_is_known_at_once_and_kept_up(house: CallsHouse) -> None:
    await house.hire(capacity_units=0)
    for number in ("+12025550123", NUMBER):
        await house.call(number=number)
        await house.zero(number)
        house.clock.advance(1)
    mine = following(house)
    async with mine.follow(THREAD, 0) as news:
        leg = Reader(news)
        await leg.until(lambda: bool(leg.got))
        assert leg.standing.position == 2, "read from the record: its signal was told before anybody listened"
        await house.bus.signal(TOPIC, pack(StateNow((await house.session()).id, State.QUEUED, position=1, eta_s=40)))
        await leg.until(lambda: (leg.standing.position, leg.standing.eta_s) == (1, 40))
        await house.call(CallStage.ENDED, number="+12025550123", why="hung_up")
        house.clock.advance(10)
        for _ in range(PLACE_EVERY):
            await mine.look()
        await leg.until(lambda: (leg.standing.position, leg.standing.eta_s) == (1, None))
        await leg.stop()


async def test_a_team_that_goes_home_changes_where_a_silent_call_stands(tmp_path: Path) -> None:
    from config.schema import Hours, Queue, Settings

    week: dict[str, Any] = dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), ("09:00-18:00",))
    rules = Settings(
        channels=hotline().channels, queues={"default": Queue(hours="office")}, hours={"office": Hours(timezone="UTC", **week)}
    )
    async with calls_house(tmp_path, rules) as house:
        await house.call()
        mine = following(house)
        async with mine.follow(THREAD, 0) as news:
            leg = Reader(news)
            await leg.until(lambda: bool(leg.got))
            assert leg.standing.is_open
            house.clock.advance(9 * 3600)
            await mine.look()
            await leg.until(lambda: not leg.standing.is_open)
            await leg.stop()


async def test_the_number_of_an_open_case_is_told(house: CallsHouse) -> None:
    await house.call()
    await house.zero()
    case, standing = await house.case(), await following(house).standing(THREAD)
    assert case is not None
    assert standing is not None
    assert standing.case_number == case.number


async def test_a_bus_that_is_away_leaves_the_looks(house: CallsHouse) -> None:
    house.bus = Wire(is_away=True)  # type: ignore[assignment]
    mine = following(house, sleep=lambda s: asyncio.sleep(s / 100))
    async with mine.follow(THREAD, 0) as news:
        leg = Reader(news)
        newest = await house.newest()
        assert newest is None
        house.bus = Wire()  # type: ignore[assignment]
        await house.call()
        await house.says("one")
        await leg.until(lambda: leg.seqs == [1, 2])
        await leg.stop()


async def test_a_wish_to_call_somebody_is_told_once(house: CallsHouse) -> None:
    wire = Wire(fate="twice")
    house.bus = wire  # type: ignore[assignment]
    wish = Wanted(
        channel=HOTLINE, thread=THREAD, session_id=SessionId("s1"), number=NUMBER, agent_id=AgentId("a07"), agent="a07", id="w1"
    )  # fmt: skip
    wishes = following(house, sleep=lambda s: asyncio.sleep(s / 1000)).wanted()
    first = asyncio.ensure_future(anext(wishes))
    while not wire.topics.get(calls_topic(HOTLINE)):
        await asyncio.sleep(0.001)
    await wire.signal(calls_topic(HOTLINE), pack(wish))
    assert await first == wish
    second = asyncio.ensure_future(anext(wishes))
    for box in list(wire.topics[calls_topic(HOTLINE)]):
        box.shut()
    while not wire.topics.get(calls_topic(HOTLINE)):
        await asyncio.sleep(0.001)
    from msgspec import structs

    await wire.signal(calls_topic(HOTLINE), pack(structs.replace(wish, id="w2")))
    assert (await second).id == "w2", "a line that ended was taken up again"
    await wishes.aclose()  # type: ignore[attr-defined]


async def test_a_wish_whose_signal_was_lost_is_found_in_the_record(tmp_path: Path) -> None:
    async with calls_house(tmp_path, hotline(dial_prefixes=("+86",))) as house:
        agent = await house.hire()
        await house.served(agent)
        await house.call(CallStage.ENDED, why="lost")
        session_id = (await house.session()).id
        await house.desk.call_back(agent, session_id)
        wishes = following(house, sleep=lambda s: asyncio.sleep(s / 1000)).wanted()
        wish = await anext(wishes)
        assert (wish.session_id, wish.number, wish.agent, wish.thread) == (session_id, NUMBER, "a07", THREAD)
        house.clock.advance(16)
        await house.desk.call_back(agent, session_id)
        again = await anext(wishes)
        assert again.id != wish.id, "each wish is told once, by its signal or by the record"
        await wishes.aclose()  # type: ignore[attr-defined]
        standings = Standings(house.store, house.clock, house.settings)
        assert await standings.wishes(HOTLINE) == [again]
        await house.call(CallStage.RINGING, call=f"back-{again.id}")
        assert await standings.wishes(HOTLINE) == [], "it is under way"


async def test_nobody_is_called_for_a_wish_of_long_ago(tmp_path: Path) -> None:
    async with calls_house(tmp_path, hotline(dial_prefixes=("+86",))) as house:
        agent = await house.hire()
        await house.served(agent)
        await house.call(CallStage.ENDED, why="lost")
        await house.desk.call_back(agent, (await house.session()).id)
        house.clock.advance(61)
        assert await Standings(house.store, house.clock, house.settings).wishes(HOTLINE) == []


FATES = st.sampled_from(["told", "twice", "lost", "silent", "ended"])
DEEDS = st.lists(st.tuples(st.sampled_from(["says", "zero", "held", "lost", "again"]), FATES, st.booleans()), min_size=1, max_size=12)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(deeds=DEEDS, begins_behind=st.booleans())
async def test_whatever_becomes_of_signals_a_leg_hears_all_of_it_once_and_in_order(
    tmp_path_factory: pytest.TempPathFactory, deeds: list[tuple[str, str, bool]], begins_behind: bool
) -> None:
    async with calls_house(tmp_path_factory.mktemp("calls")) as house:
        await house.hire(capacity_units=0)
        wire = Wire()
        house.bus = wire  # type: ignore[assignment]
        await house.call()
        mine = following(house, sleep=lambda s: asyncio.sleep(s / 500))
        async with mine.follow(THREAD, 0) as news:
            leg = Reader(news)
            if begins_behind:
                await leg.until(lambda: bool(leg.got))
            for number, (deed, wire.fate, pauses) in enumerate(deeds):
                await _do(house, deed, f"c{number}")
                if pauses:
                    await asyncio.sleep(0.003)
            expected = [one.seq for one in await house.messages() if not one.why.get("is_remark")]
            session = await house.session()
            await leg.until(lambda: leg.seqs == expected and bool(leg.got))
            await leg.until(lambda: (leg.standing.seq, leg.standing.call) == (session.seq, session.call))
            await leg.stop()


async def _do(house: CallsHouse, deed: str, call: str) -> None:
    if deed == "says":
        await house.says("words")
    if deed == "zero":
        await house.zero()
    if deed == "held":
        await house.call(CallStage.HELD, call=((await house.session()).call or None).id)  # type: ignore[union-attr]
    if deed == "lost":
        await house.call(CallStage.ENDED, call=((await house.session()).call or None).id, why="lost")  # type: ignore[union-attr]
    if deed == "again":
        await house.call(call=call)


async def test_over_redis_a_leg_hears_of_news_by_its_signals(house: CallsHouse, redis_url: str) -> None:
    bus = open_bus(BusSettings(url=redis_url, require_durable=False), log=None, clock=house.clock)
    await bus.open()
    try:
        house.bus = bus
        await house.call()
        mine = following(house)
        async with mine.follow(THREAD, 0) as news:
            leg = Reader(news)
            await leg.until(lambda: bool(leg.got))
            await house.says("one")
            await leg.until(lambda: leg.seqs == [1, 2])
            await house.says("two")
            await leg.until(lambda: leg.seqs == [1, 2, 3, 4] and leg.standing.seq == 4)
            await leg.stop()
    finally:
        await bus.close()
