"""What agents see of sessions, and what they do not."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.errors import Forbidden, NotFound
from gateway.core.handoff import Agent, Role
from gateway.core.ids import QueueName
from gateway.core.session import State
from tests.fakes import FrozenClock
from tests.integration.floor import Floor, open_floor, sid


@pytest.fixture
async def floor(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Floor]:
    async with open_floor(tmp_path, clock) as opened:
        yield opened


@pytest.fixture
async def amy(floor: Floor) -> Agent:
    """An agent who has accepted the customer v1."""
    agent = await floor.hire("amy")
    await floor.ask_for_a_person("v1", wish="I was charged twice")
    await floor.engine.round()
    await floor.desk.accept(agent, sid("v1"))
    return agent


async def test_the_view_holds_everything_that_is_known(floor: Floor, amy: Agent) -> None:
    view = await floor.desk.view(amy, sid("v1"))
    assert view.packet is not None
    assert view.packet.wish == "I was charged twice"
    assert [message.seq for message in view.transcript] == [1, 2, 3]
    assert [line.what for line in view.traces] == ["queued", "offered", "accepted"]
    assert [line.state.value for line in view.intervals] == ["bot", "queued", "offered"]
    assert (view.before, view.case) == (None, None)


async def test_a_long_transcript_comes_in_pieces_without_gaps(floor: Floor, amy: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handoff.reading.TRANSCRIPT_COUNT", 2)
    newest = await floor.desk.view(amy, sid("v1"))
    assert ([message.seq for message in newest.transcript], newest.before) == ([2, 3], 2)
    older = await floor.desk.view(amy, sid("v1"), before=newest.before)
    assert ([message.seq for message in older.transcript], older.before) == ([1], None)


async def test_nobody_sees_a_colleagues_session_but_a_supervisor(floor: Floor, amy: Agent) -> None:
    bob, eve = await floor.hire("bob"), await floor.hire("eve", role=Role.SUPERVISOR)
    for look in (floor.desk.view, floor.desk.seen):
        with pytest.raises(NotFound):
            await look(bob, sid("v1"))
        assert await look(eve, sid("v1"))
    with pytest.raises(NotFound):
        await floor.desk.note(bob, sid("v1"), "let me in")
    with pytest.raises(Forbidden):
        await floor.desk.all_sessions(bob)
    assert [session.agent_id for session in (await floor.desk.all_sessions(eve)).items] == ["amy"]


async def test_an_agent_sees_what_waits_in_their_queues_only(floor: Floor) -> None:
    amy, bob = await floor.hire("amy"), await floor.hire("bob", queues=(QueueName("refunds"),))
    await floor.ask_for_a_person("v1")
    assert [entry.session_id for entry in await floor.desk.queue_view(amy)] == [sid("v1")]
    assert await floor.desk.queue_view(bob) == []
    assert (await floor.desk.view(amy, sid("v1"))).session.state is State.QUEUED
    with pytest.raises(NotFound):
        await floor.desk.view(bob, sid("v1"))


async def test_an_agent_finds_their_own_sessions_after_a_reload(floor: Floor, amy: Agent) -> None:
    assert [session.id for session in (await floor.desk.my_sessions(amy)).items] == [sid("v1")]


async def test_every_change_is_audited_without_a_word_of_the_customer(floor: Floor, amy: Agent) -> None:
    await floor.desk.reply(amy, sid("v1"), "secret words")
    await floor.desk.note(amy, sid("v1"), "secret words")
    await floor.desk.hold(amy, sid("v1"))
    await floor.desk.transfer(amy, sid("v1"), queue=QueueName("default"), comment="secret words")
    events = (await floor.store.audit(limit=50)).items
    assert [event.action for event in reversed(events)] == [
        "session_accepted", "session_reply", "session_note", "session_held", "session_transferred",
    ]  # fmt: skip
    assert "secret" not in str(events)
    assert "charged" not in str(events)
    checked, wrong = await floor.store.verify_audit()
    assert (checked, wrong) == (5, None)
