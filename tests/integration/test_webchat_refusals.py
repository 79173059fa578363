"""Bad input: every kind gets a clear error, and nothing is lost by it."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import jwt
import pytest

from gateway.web import chat_hub, chat_socket
from tests.integration.chat_world import JWT_SECRET, ChatWorld, chat_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path, origins=("https://www.example.com",)) as running:
        yield running


def signed(secret: str = JWT_SECRET, *, minutes: float = 30, **claims: Any) -> str:
    expires = datetime.now(UTC) + timedelta(minutes=minutes)
    return jwt.encode({"sub": "user-7", "aud": "site", "exp": expires, **claims}, secret, algorithm="HS256")


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("{", "bad_json"),
        ("[]", "bad_frame"),
        ('{"no": "type"}', "bad_frame"),
        ('{"type": "message", "text": "x"}', "bad_frame"),
        ('{"type": "message", "cid": "c 1", "text": "x"}', "bad_frame"),
        ('{"type": "message", "cid": "c1"}', "empty_message"),
        ('{"type": "message", "cid": "c1", "text": " \\n\\u0000 "}', "empty_message"),
        ('{"type": "message", "cid": "c1", "choice": "a", "file": "b"}', "bad_message"),
        ('{"type": "message", "cid": "c1", "file": "nothing-like-this"}', "no_such_file"),
        ('{"type": "message", "cid": "c1", "text": "\\ud800"}', "bad_json"),
        (json.dumps({"type": "message", "cid": "c1", "text": "好" * 1366}), "text_too_large"),
        ('{"type": "rate", "score": 6}', "bad_frame"),
        ('{"type": "read", "seq": -1}', "bad_frame"),
    ],
)
async def test_a_bad_frame_gets_an_error_and_the_socket_lives(world: ChatWorld, frame: str, code: str) -> None:
    client = await world.visitor()
    await client.ws.send_str(frame)
    error = await client.next()
    assert (error["type"], error["code"]) == ("error", code)
    assert error["text"]
    assert error["expected"]
    await client.say("hi", "c1")
    assert (await client.get("ack"))["cid"] == "c1"


async def test_an_error_names_the_message_that_it_is_about(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.say("x" * 5000, "c9")
    assert (await client.next())["cid"] == "c9"


async def test_errors_speak_the_clients_language(world: ChatWorld) -> None:
    client = await world.visitor(locale="zh-Hant-TW")
    await client.say("", "c1")
    assert (await client.next())["text"] == "訊息內容為空。"


async def test_unknown_types_and_unknown_fields_are_ignored(world: ChatWorld) -> None:
    client = await world.visitor(colour="blue")
    await client.send(type="dance")
    await client.send(type="message", cid="c1", text="hi", mood="good")
    assert (await client.next())["type"] == "ack"


async def test_nothing_is_said_before_hello(world: ChatWorld) -> None:
    client = await world.client()
    await client.say("hi", "c1")
    error = await client.next()
    assert (error["code"], error["cid"]) == ("hello_first", "c1")
    await client.hello()
    await client.say("hi", "c1")
    assert (await client.get("ack"))["seq"] == 1


async def test_a_frame_over_the_limit_is_named_and_ends_the_socket_with_1009(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.ws.send_str(json.dumps({"type": "message", "cid": "c1", "text": "x" * 70_000}))
    error = await client.next()
    assert (error["code"], error["cid"]) == ("frame_too_large", "c1")
    async with asyncio.timeout(30):
        assert (await client.ws.receive()).type is aiohttp.WSMsgType.CLOSE
    assert client.ws.close_code == 1009


async def test_a_frame_beyond_all_measure_is_not_even_read(world: ChatWorld) -> None:
    client = await world.visitor()
    await client.ws.send_str(json.dumps({"type": "message", "cid": "c1", "text": "x" * 300_000}))
    async with asyncio.timeout(30):
        assert (await client.ws.receive()).type is aiohttp.WSMsgType.CLOSE
    assert client.ws.close_code == 1009


async def test_who_only_talks_nonsense_is_hung_up_on(tmp_path: Path) -> None:
    async with chat_world(tmp_path, messages_per_10s=2) as world:
        client = await world.visitor()
        for _ in range(11):
            await client.ws.send_str("{")
        answers = [(await client.next())["code"] for _ in range(11)]
        assert answers == ["bad_json"] * 11
        assert (await client.ws.receive()).type is aiohttp.WSMsgType.CLOSE
        assert client.ws.close_code == 1008


@pytest.mark.parametrize("flood", ['{"type": "ping"}', '{"type": "dance"}', '{"type": "read", "seq": 0}', b"a ping of WebSocket's own"])
async def test_who_only_makes_noise_is_hung_up_on(world: ChatWorld, monkeypatch: pytest.MonkeyPatch, flood: str | bytes) -> None:
    monkeypatch.setattr(chat_socket, "SMALL_MAX_COUNT", 20)
    client = await world.visitor()  # a hello is one of them
    for _ in range(20):
        await (client.ws.send_str(flood) if isinstance(flood, str) else client.ws.ping(flood))
    async with asyncio.timeout(30):
        while (await client.ws.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
    assert client.ws.close_code == 1008


async def test_a_forged_token_is_refused_and_a_new_conversation_may_begin(world: ChatWorld) -> None:
    client = await world.client()
    token = (await (await world.visitor()).hello())["token"]
    for forged in (token[:-2] + ("AA" if token[-2:] != "AA" else "BB"), token.replace("v1.", "v2."), "v1.e30.AAAA", "x", "é", "\ud800"):
        await client.ws.send_str(json.dumps({"type": "hello", "token": forged, "locale": "en"}))
        error = await client.next()
        assert error["code"] == ("bad_json" if forged == "\ud800" else "token_invalid")
    assert (await client.hello())["resumed"] is False


async def test_a_conversation_can_t_be_opened_with_another_site_s_token(world: ChatWorld) -> None:
    from adapters.webchat.tokens import Tokens, Visitor
    from gateway.core.ids import ChannelName, Thread
    from tests.integration.chat_world import SECRET

    other = Tokens(SECRET).issue(Visitor(site=ChannelName("other"), id=Thread("v1"), issued_at=datetime.now(UTC)))
    client = await world.client()
    await client.send(type="hello", token=other)
    assert (await client.next())["code"] == "token_invalid"


@pytest.mark.parametrize(
    ("identity", "code"),
    [
        (lambda: signed(minutes=-2), "identity_expired"),
        (lambda: signed(minutes=90), "identity_invalid"),
        (lambda: signed("another secret of thirty-two bytes!!"), "identity_invalid"),
        (lambda: signed(aud="other"), "identity_invalid"),
        (lambda: signed(sub=""), "identity_invalid"),
        (lambda: jwt.encode({"sub": "u", "aud": "site"}, JWT_SECRET, algorithm="HS256"), "identity_invalid"),
        (lambda: jwt.encode({"sub": "u", "aud": "site", "exp": 9e9}, "", algorithm="none"), "identity_invalid"),
        (lambda: "not.a.jwt", "identity_invalid"),
    ],
)
async def test_an_identity_that_does_not_hold_is_refused(world: ChatWorld, identity: Callable[[], str], code: str) -> None:
    """Signed when the test runs: hours may lie between that and the collecting of tests."""
    client = await world.client()
    await client.send(type="hello", identity=identity())
    assert (await client.next())["code"] == code
    assert (await client.hello())["state"] == "bot"


async def test_identifying_keeps_the_conversation_and_retires_the_old_token(world: ChatWorld) -> None:
    anonymous = await world.visitor()
    await anonymous.say("hi", "c1")
    await anonymous.messages(2)
    old = anonymous.welcome["token"]
    named = await world.visitor(token=old, identity=signed(), last_seq=2)
    assert named.welcome["session"] == anonymous.welcome["session"]
    assert (named.welcome["resumed"], named.welcome["seq"]) == (True, 2)
    assert named.welcome["token"] != old
    thief = await world.client()
    await thief.send(type="hello", token=old)
    assert (await thief.next())["code"] == "token_invalid"
    await thief.send(type="hello", token=old, identity=signed(sub="user-8"))
    assert (await thief.next())["code"] == "token_invalid"
    again = await world.visitor(token=named.welcome["token"])
    assert again.welcome["session"] == anonymous.welcome["session"]
    retry = await world.visitor(token=old, identity=signed(), last_seq=2)
    assert retry.welcome["session"] == anonymous.welcome["session"]


async def test_a_user_finds_the_same_conversation_on_another_device(world: ChatWorld) -> None:
    phone = await world.visitor(identity=signed())
    await phone.say("hi", "c1")
    await phone.messages(2)
    laptop = await world.visitor(identity=signed())
    assert [m["seq"] for m in await laptop.messages(2)] == [1, 2]
    assert laptop.welcome["session"] == phone.welcome["session"]


async def test_another_user_on_the_same_browser_gets_a_conversation_of_their_own(world: ChatWorld) -> None:
    first = await world.visitor(identity=signed())
    await first.say("private", "c1")
    await first.messages(2)
    second = await world.visitor(token=first.welcome["token"], identity=signed(sub="user-8"), last_seq=2)
    assert (second.welcome["resumed"], second.welcome["seq"]) == (False, 0)
    assert await second.silence(0.05) == []


async def test_an_unknown_site_is_404(world: ChatWorld) -> None:
    for path in ("ws", "events", "files/x"):
        async with world.http.get(f"{world.url}/chat/nowhere/{path}") as response:
            assert response.status == 404
            assert (await response.json(content_type="application/problem+json"))["code"] == "not_found"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://www.example.com", "null", "http://[", "https://www.example.com.evil.example"]
)
async def test_a_page_of_another_origin_is_refused(world: ChatWorld, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await world.client(headers={"Origin": origin})
    assert refused.value.status == 403
    headers = {"Origin": origin, "Idempotency-Key": "c1"}
    async with world.http.post(f"{world.site}/messages", json={"text": "hi"}, headers=headers) as response:
        assert response.status == 403
        assert "Access-Control-Allow-Origin" not in response.headers
    async with world.http.options(f"{world.site}/messages", headers={"Origin": origin}) as response:
        assert response.status == 403


async def test_a_listed_origin_our_own_and_none_at_all_are_let_in(world: ChatWorld) -> None:
    for headers in ({"Origin": "https://www.example.com"}, {"Origin": world.url}, {"Origin": "http://help.example.com"}, {}):
        client = await world.client(headers=headers)
        assert (await client.hello())["state"] == "bot"


async def test_too_many_messages_are_told_to_wait_and_then_go_through(tmp_path: Path) -> None:
    async with chat_world(tmp_path, messages_per_10s=3) as world:
        client = await world.visitor()
        for number in range(4):
            await client.say("hi", f"c{number}")
        error = await client.get("error")
        assert (error["code"], error["cid"]) == ("rate_limited", "c3")
        assert 0 < error["retry_after_s"] <= 10
        headers = {"Authorization": f"Bearer {client.welcome['token']}", "Idempotency-Key": "c9"}
        async with world.http.post(f"{world.site}/messages", json={"text": "hi"}, headers=headers) as response:
            assert response.status == 429
            assert int(response.headers["Retry-After"]) >= 1


async def test_an_address_can_t_begin_conversations_without_end(tmp_path: Path) -> None:
    async with chat_world(tmp_path, sessions_per_hour=2) as world:
        known = (await world.visitor()).welcome["token"]
        await world.visitor()
        third = await world.client()
        await third.send(type="hello")
        error = await third.next()
        assert (error["code"], error["retry_after_s"]) == ("rate_limited", pytest.approx(1800, abs=5))
        assert (await third.hello(token=known))["type"] == "welcome"


async def test_over_the_number_of_sockets_nobody_is_let_in(tmp_path: Path) -> None:
    async with chat_world(tmp_path, sockets_max_count=1) as world:
        await world.visitor()
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await world.client()
        assert refused.value.status == 503


async def test_no_log_line_holds_a_token_or_a_customers_words(world: ChatWorld, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    client = await world.visitor()
    world.bus.refuses = RuntimeError("words of the customer: mellifluous")
    await client.say("mellifluous", "c1")
    await client.next()
    await client.ws.send_str('{"type": "message", "text": "mellifluous"}')
    await client.next()
    assert "mellifluous" not in caplog.text
    assert client.welcome["token"] not in caplog.text


async def test_a_full_house_puts_out_who_has_never_said_hello(tmp_path: Path) -> None:
    async with chat_world(tmp_path, sockets_max_count=2) as world:
        guest, silent = await world.visitor(), await world.client()
        newcomer = await world.visitor()
        assert (await silent.ws.receive()).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR, aiohttp.WSMsgType.CLOSE)
        for client, cid in ((guest, "c1"), (newcomer, "c1")):
            await client.say("hi", cid)
            assert (await client.get("ack"))["cid"] == cid


async def test_one_token_can_not_take_the_room_of_all(world: ChatWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat_hub, "FOLLOWERS_MAX_COUNT", 2)
    first = await world.visitor()
    token = first.welcome["token"]
    await world.visitor(token=token)
    third = await world.client()
    await third.send(type="hello", token=token)
    error = await third.next()
    assert (error["code"], error["retry_after_s"]) == ("rate_limited", 5.0)
    async with world.http.get(f"{world.site}/events?wait_s=0", headers={"Authorization": f"Bearer {token}"}) as answer:
        assert answer.status == 429
    await first.ws.close()
    await third.hello(token=token)
    await world.visitor()
