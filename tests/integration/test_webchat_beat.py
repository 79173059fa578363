"""A client that has gone without a word is noticed; one that is only silent stays."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from gateway.web.chat_sockets import SOCKETS
from tests.integration.chat_world import ChatWorld, chat_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


def beat(world: ChatWorld, after_s: float) -> None:
    """Let so much time have passed since the client came."""
    world.app[SOCKETS].beat(world.deps.clock.monotonic() + after_s)


async def test_a_client_that_does_not_answer_a_ping_is_dropped(world: ChatWorld) -> None:
    client = await world.client(autoping=False)
    await client.hello()
    for after_s in (13, 26):
        beat(world, after_s)
    assert (await client.ws.receive(timeout=30)).type is aiohttp.WSMsgType.PING
    assert len(world.app[SOCKETS]) == 1
    beat(world, 39)
    assert (await client.ws.receive(timeout=30)).type in (aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR)


async def test_a_silent_client_that_answers_pings_stays(world: ChatWorld) -> None:
    client = await world.client(autoping=False)
    await client.hello()
    for after_s in (13, 26, 39, 52, 65, 78):
        beat(world, after_s)
        if after_s % 26 == 0:
            assert (await client.ws.receive(timeout=30)).type is aiohttp.WSMsgType.PING
            await client.ws.pong()
            await client.send(type="ping")  # its answer shows that the pong before it has arrived too
            await client.ws.receive(timeout=30)
    await client.say("still here", "c1")
    assert (await client.ws.receive_json(timeout=30))["type"] == "ack"


async def test_a_client_may_ping_us_in_websockets_own_way(world: ChatWorld) -> None:
    client = await world.client(autoping=False)
    await client.ws.ping(b"are you there")
    pong = await client.ws.receive(timeout=30)
    assert (pong.type, pong.data) == (aiohttp.WSMsgType.PONG, b"are you there")
