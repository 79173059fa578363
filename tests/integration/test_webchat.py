"""A conversation over the socket: what a client sends, what it sees, in what order, how often."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

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
