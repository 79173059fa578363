"""A conversation over the socket: what a client sends, what it sees, in what order, how often."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.core.errors import Busy
from gateway.core.message import Author
from gateway.core.session import Move
from gateway.core.signals import ReadNow, TypingNow, pack, thread_topic, unpack_desk
from gateway.web import chat, chat_hub, chat_socket
from gateway.web.chat_sockets import SOCKETS
from gateway.web.chat_watch import Watch
from tests.integration.chat_world import ChatWorld, chat_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


async def test_a_message_is_acknowledged_echoed_and_answered(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    ack = await client.next()
    own = await client.next()
    answer = await client.next()
    assert (ack["type"], ack["cid"], ack["seq"]) == ("ack", "c1", 1)
    assert (own["type"], own["author"], own["cid"], own["text"], own["seq"]) == ("message", "customer", "c1", "hi", 1)
    assert (answer["author"], answer["text"], answer["reply_to"], answer["seq"]) == ("bot", "echo: hi", 1, 2)
    assert "why" not in answer
    assert ack["at"] == own["at"]


async def test_a_second_copy_gets_the_same_ack_and_is_recorded_once(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    first = await client.get("ack")
    await client.messages(2)
    await client.say("hi", "c1")
    assert await client.get("ack") == first
    assert await client.silence() == []


async def test_a_copy_over_http_gets_the_same_seq_and_time(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    ack = await client.get("ack")
    headers = {"Authorization": f"Bearer {client.welcome['token']}", "Idempotency-Key": "c1"}
    async with world.http.post(f"{world.site}/messages", json={"text": "hi"}, headers=headers) as response:
        sent = await response.json()
    assert (sent["cid"], sent["seq"], sent["at"]) == ("c1", ack["seq"], ack["at"])


async def test_two_copies_at_once_on_two_sockets_are_both_acknowledged(world: ChatWorld) -> None:
    one = await world.visitor()
    two = await world.visitor(token=one.welcome["token"])
    await asyncio.gather(one.say("hi", "c1"), two.say("hi", "c1"))
    assert (await one.get("ack"))["seq"] == (await two.get("ack"))["seq"] == 1


async def test_two_tabs_show_the_same_conversation(world: ChatWorld) -> None:
    one = await world.visitor()
    two = await world.visitor(token=one.welcome["token"])
    assert two.welcome["session"] == one.welcome["session"]
    await one.say("hi", "c1")
    assert [m["text"] for m in await two.messages(2)] == ["hi", "echo: hi"]
    assert [m["text"] for m in await one.messages(2)] == ["hi", "echo: hi"]
    assert not [frame for frame in two.seen if frame["type"] == "ack"]


async def test_a_returning_client_gets_exactly_what_it_missed(world: ChatWorld) -> None:
    one = await world.visitor()
    for number in range(5):
        await one.say(f"q{number}", f"c{number}")
    await one.messages(10)
    async with await world.client() as two:
        welcome = await two.hello(token=one.welcome["token"], last_seq=7)
        assert (welcome["resumed"], welcome["seq"]) == (True, 10)
        assert [m["seq"] for m in await two.messages(3)] == [8, 9, 10]
        assert await two.silence() == []


async def test_a_long_absence_is_made_up_for_page_by_page(world: ChatWorld) -> None:
    one = await world.visitor()
    for number in range(130):
        await one.say(f"q{number}", f"c{number}")
    await one.messages(260)
    two = await world.visitor(token=one.welcome["token"], last_seq=0)
    assert [m["seq"] for m in await two.messages(260)] == list(range(1, 261))
    three = await world.visitor(token=one.welcome["token"])
    assert [m["seq"] for m in await three.messages(200)] == list(range(61, 261))


async def test_replay_and_live_messages_meet_without_gap_or_repeat(world: ChatWorld) -> None:
    one = await world.visitor()
    for number in range(60):
        await one.say(f"q{number}", f"c{number}")
    await one.messages(3)
    late = [await world.client() for _ in range(6)]
    await asyncio.gather(*(client.hello(token=one.welcome["token"], last_seq=3) for client in late))
    for number in range(60, 90):
        await one.say(f"q{number}", f"c{number}")
    for client in late:
        assert [m["seq"] for m in await client.messages(177)] == list(range(4, 181))
        assert await client.silence(0.05) == []


async def test_lost_signals_cost_a_moment_and_no_message(world: ChatWorld) -> None:
    client = await world.visitor()
    world.bus.is_deaf = True
    await client.say("hi", "c1")
    ack = await client.get("ack", timeout_s=5)
    assert (ack["cid"], ack["seq"]) == ("c1", 1)
    assert [m["text"] for m in await client.messages(2)] == ["hi", "echo: hi"]


async def test_a_gap_in_the_signals_is_filled_from_the_record(world: ChatWorld) -> None:
    one = await world.visitor()
    two = await world.visitor(token=one.welcome["token"])
    world.bus.is_deaf = True
    headers = {"Authorization": f"Bearer {one.welcome['token']}", "Idempotency-Key": "c1"}
    async with world.http.post(f"{world.site}/messages", json={"text": "unheard"}, headers=headers) as response:
        assert (await response.json())["seq"] == 1
    world.bus.is_deaf = False
    await one.say("heard", "c2")
    assert [m["seq"] for m in await two.messages(4)] == [1, 2, 3, 4]


async def test_the_sweep_finds_what_no_signal_told(world: ChatWorld) -> None:
    one = await world.visitor()
    two = await world.visitor(token=one.welcome["token"])
    world.bus.is_deaf = True
    await one.say("hi", "c1")
    await one.get("ack")
    await world.hub.sweep()
    assert [m["seq"] for m in await two.messages(2)] == [1, 2]


async def test_choices_are_offered_and_picked(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("choose", "c1")
    question = (await client.messages(2))[1]
    assert question["choices"] == [{"id": "refund", "text": "A refund"}, {"id": "person", "text": "A person"}]
    await client.send(type="message", cid="c2", choice="refund", text="A refund")
    own, answer = await client.messages(2)
    assert (own["text"], answer["text"]) == ("A refund", "echo: refund")


async def test_waiting_for_a_person_is_shown_and_survives_a_reload(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    await world.move(client.welcome["session"], Move.HAND_OFF)
    assert await client.next() == {"type": "state", "state": "queued", "session": client.welcome["session"]}
    again = await world.visitor(token=client.welcome["token"], last_seq=2)
    assert again.welcome["state"] == "queued"


async def test_an_ended_conversation_asks_how_it_was_and_the_next_one_is_another_session(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    await client.send(type="end")
    assert (await client.get("state"))["state"] == "closed"
    survey = await client.get("survey")
    assert (survey["session"], survey["text"]) == (client.welcome["session"], "How was this conversation?")
    await client.send(type="rate", score=5, comment="fine")
    await client.say("again", "c2")
    own = await client.get("message")
    assert own["seq"] == 3
    assert own["session"] != client.welcome["session"]


async def test_typing_is_told_to_agents_only_while_there_is_one(world: ChatWorld) -> None:
    desk = await world.bus.subscribe("desk")
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    await client.send(type="typing", on=True)
    await client.send(type="ping")
    assert (await client.next())["type"] == "pong"
    await world.move(client.welcome["session"], Move.HAND_OFF, Move.OFFER, Move.ACCEPT)
    await client.get("state")
    await client.send(type="typing", on=True)
    heard = await anext(aiter(desk))
    while unpack_desk(heard[1]).kind == "session":
        heard = await anext(aiter(desk))
    typing = unpack_desk(heard[1])
    assert (typing.kind, typing.session_id, typing.is_on) == ("typing", client.welcome["session"], True)


async def test_a_signal_of_typing_or_reading_reaches_the_customer(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    (own, _) = await client.messages(2)
    (session,) = await world.store.sessions([own["session"]])
    topic = thread_topic(session.channel, session.thread)
    await world.bus.signal(topic, pack(TypingNow(Author.AGENT, is_on=True)))
    await world.bus.signal(topic, pack(ReadNow(Author.AGENT, 1)))
    assert await client.next() == {"type": "typing", "author": "agent", "on": True}
    assert await client.next() == {"type": "read", "seq": 1}


async def test_reading_marks_the_record(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    await client.send(type="read", seq=99)
    await client.send(type="read", seq=2)
    await client.say("again", "c2")
    own = (await client.messages(2))[0]
    (session,) = await world.store.sessions([own["session"]])
    assert session.customer_read_seq == 2


async def test_a_full_bus_is_told_and_nothing_is_accepted(world: ChatWorld) -> None:
    client = await world.visitor()
    world.bus.refuses = Busy("lane 1", 3)
    await client.say("hi", "c1")
    error = await client.next()
    assert (error["type"], error["code"], error["cid"], error["retry_after_s"]) == ("error", "busy", "c1", 3.0)
    world.bus.refuses = None
    await client.say("hi", "c1")
    assert (await client.get("ack"))["seq"] == 1


async def test_a_broken_store_is_told_and_the_socket_lives(world: ChatWorld) -> None:
    client = await world.visitor()
    world.bus.refuses = OSError("the disk is gone")
    await client.say("hi", "c1")
    assert (await client.next())["code"] == "busy"
    world.bus.refuses = RuntimeError("a bug")
    await client.say("hi", "c1")
    assert (await client.next())["code"] == "internal"


async def test_everybody_is_told_when_we_go(tmp_path: Path) -> None:
    async with chat_world(tmp_path) as world:
        clients = [await world.visitor() for _ in range(3)]
        going = asyncio.create_task(chat.say_bye(world.app))
        byes = [await client.next() for client in clients]
        assert {bye["type"] for bye in byes} == {"bye"}
        assert len({bye["retry_after_s"] for bye in byes}) == 3
        for client in clients:
            assert (await client.ws.receive()).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        await going
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await world.client()
        assert refused.value.status == 503


async def test_whoever_waits_over_http_is_answered_when_we_go(world: ChatWorld) -> None:
    headers = {"Authorization": f"Bearer {(await world.visitor()).welcome['token']}"}
    waiting = asyncio.create_task(world.http.get(f"{world.site}/events?wait_s=25", headers=headers))
    async with world.http.get(f"{world.site}/events", headers={**headers, "Accept": "text/event-stream"}) as stream:
        await stream.content.readline()
        await chat.say_bye(world.app)
        async with asyncio.timeout(10):  # less than they would have waited
            await stream.content.read()
            async with await waiting as poll:
                assert (await poll.json())["events"] == []


async def test_a_client_that_does_not_read_is_dropped_and_resumes(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_socket, "BUFFER_MAX_BYTES", 0)
    lazy = await world.visitor()
    lazy.ws._response.connection.transport.pause_reading()  # type: ignore[union-attr]  # the connection is open
    active = await world.visitor(token=lazy.welcome["token"])
    text = "x" * 4000
    async with asyncio.timeout(30):
        for number in range(2000):
            if len(world.app[SOCKETS]) < 2:
                break
            await active.say(text, f"c{number}")
            await active.messages(2)
    monkeypatch.undo()
    assert len(world.app[SOCKETS]) == 1


async def test_a_second_hello_on_the_same_socket_begins_anew(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    other = await client.hello()
    assert (other["seq"], other["resumed"]) == (0, False)
    await client.say("new", "c1")
    assert (await client.get("ack"))["seq"] == 1


async def test_a_subscription_that_breaks_is_made_anew(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_hub, "RESUBSCRIBE_S", 0.05)
    client = await world.visitor()
    monkeypatch.setattr(Watch, "hear", None)  # what is heard can't be shown ...
    await client.say("hi", "c1")
    assert await client.silence(0.2) == []
    monkeypatch.undo()  # ... until it can
    world.hub._subscription.mailbox._items = None  # type: ignore[union-attr]  # the line itself breaks
    await client.say("ho", "c2")
    assert [m["seq"] for m in await client.messages(4)] == [1, 2, 3, 4]
