"""The same conversation over the scaled bus: Redis carries the events and the signals."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integration.chat_world import ChatWorld, chat_world


@pytest.fixture
async def world(tmp_path: Path, redis_url: str) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path, bus_url=redis_url) as running:
        yield running


async def test_two_tabs_follow_one_conversation(world: ChatWorld) -> None:
    one = await world.visitor()
    two = await world.visitor(token=one.welcome["token"])
    for number in range(20):
        await one.say(f"q{number}", f"c{number}")
    for client in (one, two):
        assert [m["seq"] for m in await client.messages(40)] == list(range(1, 41))
    assert len([frame for frame in one.seen if frame["type"] == "ack"]) == 20


async def test_a_message_posted_is_answered_and_repeated_safely(world: ChatWorld) -> None:
    headers = {"Idempotency-Key": "c1", "Authorization": f"Bearer {(await world.visitor()).welcome['token']}"}
    answers = []
    for _ in range(2):
        async with world.http.post(f"{world.site}/messages", json={"text": "hi"}, headers=headers) as response:
            answers.append(await response.json())
    assert answers[0] == answers[1]
    assert answers[0]["seq"] == 1


async def test_who_comes_back_while_messages_flow_misses_none(world: ChatWorld) -> None:
    one = await world.visitor()
    await one.say("q0", "c0")
    await one.messages(2)
    late = [await world.client() for _ in range(5)]

    async def talk() -> None:
        for number in range(1, 40):
            await one.say(f"q{number}", f"c{number}")

    await asyncio.gather(talk(), *(client.hello(token=one.welcome["token"], last_seq=2) for client in late))
    for client in late:
        assert [m["seq"] for m in await client.messages(78)] == list(range(3, 81))
