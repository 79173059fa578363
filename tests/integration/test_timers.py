"""What happens because time has passed, over the real record."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.changes import Changes
from gateway.core.draft import Draft
from gateway.core.handoff import AgentStatus
from gateway.core.ids import ChannelName, WorkerId
from gateway.core.session import CloseReason, Move, State
from gateway.timers import Timers
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, open_floor, sid


@pytest.fixture
async def floor(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    async with open_floor(tmp_path, clock) as opened:
        yield opened


def timers_of(floor: Floor, **idle_s_of: float) -> Timers:
    return Timers(
        store=floor.store, bus=floor.bus, clock=floor.clock, ids=floor.ids, worker=WorkerId("t"), idle_s=3600, wrap_up_s=900,
        idle_s_of={ChannelName(name): idle_s for name, idle_s in idle_s_of.items()},
    )  # fmt: skip


async def left_by_its_customer(floor: Floor, thread: str) -> None:
    """An agent has the session, and its customer ends it: what is left is the disposition."""
    agent = await floor.hire("amy")
    await floor.ask_for_a_person(thread)
    await floor.desk.accept(agent, sid(thread))
    session = await floor.session(thread)
    draft = Draft(session, now=floor.clock.now(), ids=floor.ids, is_pushed=False)
    draft.move(Move.END)
    await floor.commit(draft.changes(), session)


async def test_a_forgotten_disposition_gives_the_agents_hands_back(floor: Floor, clock: FrozenClock) -> None:
    await left_by_its_customer(floor, "v1")
    assert await floor.store.held_units() == {"amy": 1}
    clock.advance(901)
    assert await timers_of(floor).close_forgotten() == 1
    session = await floor.session("v1")
    assert (session.state, session.close_reason, session.disposition) == (State.CLOSED, CloseReason.RESOLVED, None)
    assert await floor.store.held_units() == {}
    event = (await floor.store.audit()).items[0]
    assert (event.actor, event.action, event.subject) == ("system", "session_closed", sid("v1"))
    assert event.detail == {"agent": "amy", "why": "wrap_up_forgotten"}
    assert [line.state.value for line in await floor.store.intervals(sid("v1"))][-1] == "wrap_up"


async def test_an_agent_has_their_time_for_the_disposition(floor: Floor, clock: FrozenClock) -> None:
    await left_by_its_customer(floor, "v1")
    clock.advance(899)
    assert await timers_of(floor).close_forgotten() == 0
    assert (await floor.session("v1")).state is State.WRAP_UP


async def test_what_the_agent_writes_at_that_very_moment_wins(floor: Floor, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch) -> None:
    await left_by_its_customer(floor, "v1")
    clock.advance(901)
    sessions_in = floor.store.sessions_in

    async def beaten(*given: object, **named: object) -> object:
        page = await sessions_in(*given, **named)  # type: ignore[arg-type]  # passed on as it came
        agent = await floor.store.agent_by_name("amy")
        assert agent is not None
        await floor.desk.close(agent, sid("v1"), "follow_up")
        return page

    monkeypatch.setattr(floor.store, "sessions_in", beaten)
    assert await timers_of(floor).close_forgotten() == 0
    assert (await floor.session("v1")).disposition == "follow_up"


async def test_a_bots_session_without_a_word_for_too_long_is_closed_and_others_are_not(floor: Floor, clock: FrozenClock) -> None:
    await floor.ask_for_a_person("alone")  # nobody is there: it stays with the bot, which waits for an address
    clock.advance(3000)
    await floor.ask_for_a_person("fresh")
    clock.advance(700)
    assert await timers_of(floor).close_idle() == 1
    assert (await floor.session("alone")).close_reason is CloseReason.EXPIRED
    assert (await floor.session("fresh")).state is State.BOT


async def test_a_channel_whose_customers_take_days_to_write_again_has_its_own_patience(floor: Floor, clock: FrozenClock) -> None:
    await floor.ask_for_a_person("alone")
    clock.advance(7 * 86_400 - 1)
    assert await timers_of(floor, site=7 * 86_400).close_idle() == 0
    assert await timers_of(floor, site=7 * 86_400, mail=60).close_idle() == 0
    clock.advance(2)
    assert await timers_of(floor, site=7 * 86_400).close_idle() == 1


async def test_an_answer_by_mail_that_nobody_writes_back_to_is_closed_after_days(floor: Floor, clock: FrozenClock) -> None:
    agent = await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    await floor.desk.accept(agent, sid("v1"))
    await floor.desk.reply(agent, sid("v1"), "Hello")
    clock.advance(7 * 86_400 + 1)
    assert await timers_of(floor).close_answered() == 0
    assert await timers_of(floor, site=7 * 86_400 + 2).close_answered() == 0
    assert await timers_of(floor, site=7 * 86_400).close_answered() == 1
    session = await floor.session("v1")
    assert (session.state, session.close_reason) == (State.CLOSED, CloseReason.RESOLVED)
    assert await floor.store.held_units() == {}


async def test_an_entry_whose_session_does_not_wait_leaves_the_queue_with_a_line_in_its_trace(floor: Floor) -> None:
    await floor.hire("amy")
    await floor.ask_for_a_person("v1")
    session = await floor.session("v1")
    draft = Draft(session, now=floor.clock.now(), ids=floor.ids, is_pushed=False)
    draft.close(CloseReason.SPAM)
    await floor.commit(Changes(session=draft.session), session)
    await floor.engine.round()
    line = (await floor.traces("v1"))[-1]
    assert (line.what, line.why) == ("failed", {"failure": "cancelled", "reason": "not_waiting"})


async def test_an_odd_session_does_not_end_the_timers(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    rounds: list[float] = []

    async def broken(*_: object, **__: object) -> None:
        raise ValueError("a row that can't be read")

    async def pause(seconds: float) -> None:
        rounds.append(seconds)
        if len(rounds) == 3:
            raise asyncio.CancelledError

    monkeypatch.setattr(floor.store, "sessions_in", broken)
    monkeypatch.setattr("gateway.timers.asyncio.sleep", pause)
    with pytest.raises(asyncio.CancelledError):
        await timers_of(floor).run()
    assert rounds == [30.0, 30.0, 30.0]


async def test_after_an_hour_of_silence_whoever_waited_is_told_and_has_a_case(floor: Floor, clock: FrozenClock) -> None:
    """The process was down for more than the longest wait: the first round of the next one leaves nobody in the queue."""
    await floor.hire("amy", status=AgentStatus.BUSY)
    for thread in ("v1", "v2"):
        await floor.ask_for_a_person(thread)
        assert (await floor.session(thread)).state is State.QUEUED
    clock.advance(3700)
    await floor.another_engine("next").round()
    for thread in ("v1", "v2"):
        session = await floor.session(thread)
        assert (session.state, session.memory.awaits_contact) == (State.BOT, True)
        case = await floor.store.case_of_session(session.id)
        assert case is not None
        assert case.number in (await floor.words(thread))[-1]
    assert await floor.store.open_handoffs() == []
