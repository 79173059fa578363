"""A lost signal of where a session stands costs a moment: the customer sees the agent all the same, the agent the customer's keys."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.draft import Draft
from gateway.core.ids import AgentId, SessionId
from gateway.core.message import Author
from gateway.core.parts import Text
from gateway.core.session import Move
from gateway.core.signals import DESK, Messages, pack, thread_topic, unpack_desk
from gateway.web import chat_repair
from tests.integration.chat_world import SITE, ChatWorld, Client, chat_world
from tests.integration.test_webchat_http import poll

WITH_AGENT = (Move.HAND_OFF, Move.OFFER, Move.ACCEPT)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


async def begun(world: ChatWorld) -> tuple[Client, str]:
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    return client, client.welcome["session"]


async def moved_unheard(world: ChatWorld, session: str, *moves: Move) -> None:
    """The desk's moves, whose signals to the customer are lost."""
    world.bus.is_deaf = True
    await world.move(session, *moves)
    world.bus.is_deaf = False


async def typing_heard(world: ChatWorld, desk: Any) -> str | None:
    async with asyncio.timeout(30):
        async for _, payload in desk:
            if (signal := unpack_desk(payload)).kind == "typing":
                return signal.session_id
    return None


async def test_the_sweep_shows_the_state_that_nobody_told(world: ChatWorld) -> None:
    client, session = await begun(world)
    await moved_unheard(world, session, *WITH_AGENT)
    await world.hub.sweep()
    assert (await client.get("state"))["state"] == "active"
    desk = await world.bus.subscribe(DESK)
    await client.send(type="typing", on=True)
    assert await typing_heard(world, desk) == session


async def test_a_key_pressed_in_the_queue_finds_out_that_somebody_has_accepted(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_repair, "REFRESH_S", 0.0)
    client, session = await begun(world)
    await world.move(session, Move.HAND_OFF)
    await client.get("state")
    await moved_unheard(world, session, Move.OFFER, Move.ACCEPT)
    desk = await world.bus.subscribe(DESK)
    await client.send(type="typing", on=True)
    assert await typing_heard(world, desk) == session
    assert (await client.get("state"))["state"] == "active"


async def test_an_agents_words_tell_that_there_is_an_agent(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_repair, "REFRESH_S", 0.0)
    client, session = await begun(world)
    await moved_unheard(world, session, *WITH_AGENT)
    (before,) = await world.store.sessions([SessionId(session)])
    draft = Draft(before, now=world.deps.clock.now(), ids=world.deps.ids, is_pushed=False)
    draft.say(Author.AGENT, (Text("Hello"),), agent_id=AgentId("a1"), name="07")
    changes = draft.changes()
    assert await world.store.commit([changes]) == [None]
    await world.bus.signal(thread_topic(SITE, before.thread), pack(Messages(changes.messages)))
    assert (await client.get("message"))["text"] == "Hello"
    assert (await client.get("state"))["state"] == "active"


async def test_a_lost_end_still_asks_how_it_was(world: ChatWorld) -> None:
    client, session = await begun(world)
    await moved_unheard(world, session, Move.CLOSE)
    await world.hub.sweep()
    assert (await client.get("state"))["state"] == "closed"
    assert (await client.get("survey"))["session"] == session


async def test_a_hello_does_not_overwrite_what_was_heard_while_it_read(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    client, session = await begun(world)
    (watch,) = world.hub._watches.values()
    latest = world.store.latest_sessions

    async def slow(threads: Any) -> Any:
        found = await latest(threads)  # read before the move, answered after its signal
        monkeypatch.undo()
        await world.move(session, *WITH_AGENT)
        await client.get("state")
        return found

    monkeypatch.setattr(world.store, "latest_sessions", slow)
    await world.visitor(token=client.welcome["token"], last_seq=2)
    assert (watch.state.value, watch.is_with_agent) == ("active", True)


async def test_the_next_session_begins_with_the_bot_also_for_who_was_told_of_the_end(world: ChatWorld) -> None:
    client, session = await begun(world)
    token = client.welcome["token"]
    (watch,) = world.hub._watches.values()
    waiting = asyncio.create_task(poll(world, token, after=2, wait_s=20))
    while not watch.pollers:
        await asyncio.sleep(0.01)
    await client.send(type="end")
    assert (await waiting)["state"]["state"] == "closed"
    await client.say("again", "c2")
    await client.messages(2)
    state = (await poll(world, token, after=2, wait_s=5))["state"]
    assert state["state"] == "bot"
    assert state["session"] != session
