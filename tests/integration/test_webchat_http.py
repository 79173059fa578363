"""The fallback for blocked sockets: messages by POST, reading on by long poll and by event stream."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.core.errors import Busy
from gateway.core.session import Move
from gateway.web import chat_feed, chat_http
from tests.integration.chat_world import ChatWorld, chat_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


async def post(world: ChatWorld, cid: str, token: str | None = None, status: int = 200, **body: Any) -> dict[str, Any]:
    headers = {"Idempotency-Key": cid, **({"Authorization": f"Bearer {token}"} if token else {})}
    async with world.http.post(f"{world.site}/messages", json=body, headers=headers) as response:
        assert response.status == status
        answer: dict[str, Any] = await response.json(content_type=None)
        return answer


async def poll(world: ChatWorld, token: str, **query: Any) -> dict[str, Any]:
    async with world.http.get(f"{world.site}/events", params=query, headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.status == 200
        answer: dict[str, Any] = await response.json()
        return answer


async def test_a_first_message_makes_a_visitor_and_is_answered_when_on_record(world: ChatWorld) -> None:
    sent = await post(world, "c1", text="hi")
    assert (sent["cid"], sent["seq"]) == ("c1", 1)
    assert sent["session"]
    heard = await poll(world, sent["token"], after=0, wait_s=5)
    assert heard["events"][0]["text"] == "hi"


async def test_the_same_message_again_changes_nothing(world: ChatWorld) -> None:
    first = await post(world, "c1", text="hi")
    assert await post(world, "c1", first["token"], text="hi") == first
    await post(world, "c2", first["token"], text="ho")
    heard = await poll(world, first["token"], after=0, wait_s=5)
    assert [e["text"] for e in heard["events"] if e["author"] == "customer"] == ["hi", "ho"]


async def test_a_poll_waits_for_what_comes(world: ChatWorld) -> None:
    sent = await post(world, "c1", text="hi")
    while (last := await poll(world, sent["token"], after=0, wait_s=5))["seq"] < 2:
        pass
    waiting = asyncio.create_task(poll(world, sent["token"], after=last["seq"], wait_s=20))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await post(world, "c2", sent["token"], text="ho")
    heard = await waiting
    assert (heard["events"][0]["seq"], heard["events"][0]["text"]) == (3, "ho")


async def test_a_poll_with_nothing_to_tell_ends_in_its_time(world: ChatWorld) -> None:
    client = await world.visitor()
    heard = await poll(world, client.welcome["token"], after=0, wait_s=1)
    assert (heard["events"], heard["seq"], heard["state"]["state"]) == ([], 0, "bot")
    assert heard["state"]["session"] == client.welcome["session"]


async def test_a_poll_ends_when_the_session_moves(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    waiting = asyncio.create_task(poll(world, client.welcome["token"], after=2, wait_s=20))
    await asyncio.sleep(0.1)
    await world.move(client.welcome["session"], Move.HAND_OFF)
    assert (await waiting)["state"] == {"type": "state", "state": "queued", "session": client.welcome["session"]}


async def test_hello_over_http_gives_what_the_socket_gives(world: ChatWorld) -> None:
    async with world.http.post(f"{world.site}/hello", json={"locale": "en"}) as response:
        welcome = await response.json()
    assert (welcome["type"], welcome["seq"], welcome["state"], welcome["resumed"]) == ("welcome", 0, "bot", False)
    await post(world, "c1", welcome["token"], text="hi")
    async with world.http.post(f"{world.site}/hello", headers={"Authorization": f"Bearer {welcome['token']}"}) as response:
        again = await response.json()
    assert (again["resumed"], again["session"]) == (True, welcome["session"])


async def test_an_event_stream_resumes_from_the_last_event_id(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    headers = {"Authorization": f"Bearer {client.welcome['token']}", "Accept": "text/event-stream", "Last-Event-ID": "1"}
    async with world.http.get(f"{world.site}/events", headers=headers) as response:
        assert response.content_type == "text/event-stream"
        events = _events(response)
        assert (await anext(events))["text"] == "echo: hi"
        assert (await anext(events))["state"] == "bot"
        await client.say("ho", "c2")
        assert [(await anext(events))["seq"] for _ in range(2)] == [3, 4]


async def _events(response: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    while line := await response.content.readline():
        if line.startswith(b"data: "):
            yield json.loads(line[6:])


async def test_an_event_stream_stays_warm(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_feed, "HEARTBEAT_S", 0.05)
    client = await world.visitor()
    headers = {"Authorization": f"Bearer {client.welcome['token']}", "Accept": "text/event-stream"}
    async with world.http.get(f"{world.site}/events", headers=headers) as response:
        lines = [await response.content.readline() for _ in range(4)]
    assert lines[2] == b": still here\n"


async def test_what_is_not_on_record_in_time_is_503_and_safe_to_repeat(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_http, "COMMIT_S", 0.2)
    client = await world.visitor()
    token = client.welcome["token"]
    late = await post(world, "c1", token, 503, text="slow")
    assert late["code"] == "busy"
    monkeypatch.setattr(chat_http, "COMMIT_S", 20.0)
    world.brain.go.set()
    await client.get("message")
    assert (await post(world, "c1", token, text="slow"))["seq"] == 1


async def test_a_full_bus_is_503_with_retry_after(world: ChatWorld) -> None:
    token = (await world.visitor()).welcome["token"]
    world.bus.refuses = Busy("lane 1", 3)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "c1"}
    async with world.http.post(f"{world.site}/messages", json={"text": "hi"}, headers=headers) as response:
        assert (response.status, response.headers["Retry-After"]) == (503, "3")


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({}, b'{"text": "hi"}', 400, "no_cid"),
        ({"Idempotency-Key": "a b"}, b'{"text": "hi"}', 400, "bad_message"),
        ({"Idempotency-Key": "c1"}, b"{", 400, "bad_json"),
        ({"Idempotency-Key": "c1"}, b'{"text": 1}', 400, "bad_message"),
        ({"Idempotency-Key": "c1"}, b"{}", 400, "empty_message"),
        ({"Idempotency-Key": "c1"}, b'{"text": "' + b"x" * 5000 + b'"}', 413, "text_too_large"),
        ({"Idempotency-Key": "c1"}, b'{"text": "' + b"x" * 300_000 + b'"}', 413, "too_large"),
        ({"Idempotency-Key": "c1", "Authorization": "Bearer forged"}, b'{"text": "hi"}', 403, "token_invalid"),
    ],
)
async def test_a_bad_post_is_a_problem(world: ChatWorld, headers: dict[str, str], body: bytes, status: int, code: str) -> None:
    async with world.http.post(f"{world.site}/messages", data=body, headers=headers) as response:
        assert response.status == status
        assert (await response.json(content_type="application/problem+json"))["code"] == code


async def test_reading_asks_for_a_token_in_the_header(world: ChatWorld) -> None:
    token = (await world.visitor()).welcome["token"]
    async with world.http.get(f"{world.site}/events", params={"token": token}) as response:
        assert response.status == 401
    async with world.http.get(f"{world.site}/events?after=x", headers={"Authorization": f"Bearer {token}"}) as response:
        assert response.status == 400


async def test_an_allowed_page_may_read_answers_and_problems(tmp_path: Path) -> None:
    async with chat_world(tmp_path, origins=("https://www.example.com",)) as world:
        headers = {"Origin": "https://www.example.com", "Access-Control-Request-Method": "POST"}
        async with world.http.options(f"{world.site}/messages", headers=headers) as response:
            assert response.status == 204
            assert response.headers["Access-Control-Allow-Origin"] == "https://www.example.com"
            assert "Idempotency-Key" in response.headers["Access-Control-Allow-Headers"]
            assert "Access-Control-Allow-Credentials" not in response.headers
        async with world.http.post(f"{world.site}/messages", headers=headers) as response:
            assert response.status == 400
            assert response.headers["Access-Control-Allow-Origin"] == "https://www.example.com"
            assert response.headers["Vary"] == "Origin"


async def test_the_end_of_a_session_is_told_once_and_then_the_next_one_is_named(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    waiting = asyncio.create_task(poll(world, client.welcome["token"], after=2, wait_s=20))
    await asyncio.sleep(0.1)
    await client.send(type="end")
    assert (await waiting)["state"]["state"] == "closed"
    after = (await poll(world, client.welcome["token"], after=2, wait_s=0))["state"]
    again = await world.visitor(token=client.welcome["token"], last_seq=2)
    assert (after["state"], after["session"]) == ("bot", again.welcome["session"])
    assert again.welcome["session"] != client.welcome["session"]
