"""An anonymous visitor is identified: from then on the token from before opens nothing, and what it had opened is closed."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from tests.integration.chat_world import JWT_SECRET, ChatWorld, Client, chat_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


@pytest.fixture
async def planter(world: ChatWorld) -> Client:
    """Somebody with a conversation, whose token finds its way into another person's browser."""
    client = await world.visitor()
    await client.say("hi", "c1")
    await client.messages(2)
    return client


async def identify(world: ChatWorld, token: str) -> Client:
    """That person logs in."""
    expires = datetime.now(UTC) + timedelta(minutes=30)
    client = await world.client()
    await client.hello(token=token, identity=jwt.encode({"sub": "user-7", "aud": "site", "exp": expires}, JWT_SECRET, algorithm="HS256"))
    await client.messages(2)
    return client


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **more}


async def test_a_socket_of_the_earlier_token_sees_and_says_nothing_more(world: ChatWorld, planter: Client) -> None:
    victim = await identify(world, planter.welcome["token"])
    assert (await planter.next())["type"] == "bye"
    await victim.say("my card is lost", "c2")
    await victim.messages(2)
    assert await planter.silence() == []
    await planter.say("who are you", "c3")
    assert (await planter.next())["code"] == "hello_first"
    assert await victim.silence() == []


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "events?wait_s=0"), ("POST", "messages"), ("POST", "files?name=a.txt"), ("GET", f"files/{'x' * 32}")]
)
async def test_the_earlier_token_opens_no_address(world: ChatWorld, planter: Client, method: str, path: str) -> None:
    token = planter.welcome["token"]
    await identify(world, token)
    body = json.dumps({"text": "who are you"}).encode() if method == "POST" else None
    async with world.http.request(method, f"{world.site}/{path}", data=body, headers=bearer(token, **{"Idempotency-Key": "c9"})) as answer:
        assert (answer.status, (await answer.json())["code"]) == (403, "token_invalid")


async def test_a_poll_of_the_earlier_token_ends(world: ChatWorld, planter: Client) -> None:
    token = planter.welcome["token"]

    async def poll() -> int:
        async with world.http.get(f"{world.site}/events?after=2&wait_s=20", headers=bearer(token)) as answer:
            return answer.status

    polling = asyncio.create_task(poll())
    while not any(watch.pollers for watch in world.hub._watches.values()):
        await asyncio.sleep(0.01)
    await identify(world, token)
    async with asyncio.timeout(30):
        assert await polling == 403


async def test_a_stream_of_the_earlier_token_ends_without_another_word(world: ChatWorld, planter: Client) -> None:
    token = planter.welcome["token"]
    headers = bearer(token, Accept="text/event-stream")
    async with asyncio.timeout(30), world.http.get(f"{world.site}/events?after=2", headers=headers) as stream:
        await stream.content.readline()
        victim = await identify(world, token)
        await victim.say("my card is lost", "c2")
        await victim.messages(2)
        assert b"my card is lost" not in await stream.content.read()


async def test_the_new_token_goes_on_everywhere(world: ChatWorld, planter: Client) -> None:
    victim = await identify(world, planter.welcome["token"])
    again = await world.visitor(token=victim.welcome["token"], last_seq=2)
    await again.say("still here", "c2")
    assert [m["seq"] for m in await victim.messages(2)] == [3, 4]
    async with world.http.get(f"{world.site}/events?after=2&wait_s=0", headers=bearer(victim.welcome["token"])) as answer:
        assert [event["seq"] for event in (await answer.json())["events"]] == [3, 4]
