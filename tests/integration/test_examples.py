"""The examples do what they say."""

import asyncio
import runpy
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from config.schema import Consent, FormField
from gateway.core.errors import Busy
from gateway.web.chat_sockets import SOCKETS
from tests.integration.chat_world import ChatWorld, chat_world

EXAMPLE = runpy.run_path(str(Path(__file__).resolve().parents[2] / "examples" / "webchat_client.py"))
ChatClient, print_message = EXAMPLE["ChatClient"], EXAMPLE["print_message"]


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


async def until(shown: list[dict[str, Any]], count: int) -> None:
    async with asyncio.timeout(30):
        while len(shown) < count:
            await asyncio.sleep(0.01)


async def test_the_client_loses_nothing_and_doubles_nothing(world: ChatWorld) -> None:
    shown: list[dict[str, Any]] = []
    client = ChatClient(world.site, shown.append)
    running = asyncio.create_task(client.run())
    world.bus.refuses = Busy("lane 1", 0.1)
    await client.say(text="q0")
    await asyncio.sleep(0.2)
    world.bus.refuses = None
    await until(shown, 2)
    for number in range(1, 6):
        await client.say(text=f"q{number}")
        for ws in list(world.app[SOCKETS]._open.values()):
            assert ws._req is not None
            assert ws._req.transport is not None
            ws._req.transport.abort()
        await until(shown, 2 * number + 2)
    running.cancel()
    await asyncio.wait([running])
    assert [frame["seq"] for frame in shown] == list(range(1, 13))
    assert [frame["text"] for frame in shown if frame["author"] == "customer"] == [f"q{number}" for number in range(6)]
    assert client.outbox == {}


async def test_the_client_answers_a_form_before_it_speaks(tmp_path: Path) -> None:
    consent = Consent(version="2026-11", text={"en": "I agree."})
    async with chat_world(tmp_path, consent=consent, form=(FormField(name="email", required=True),)) as world:
        shown: list[dict[str, Any]] = []
        client = ChatClient(world.site, shown.append, {"email": "lin@example.com", "consent": "2026-11"})
        running = asyncio.create_task(client.run())
        await client.say(text="hi")
        await until(shown, 3)
        running.cancel()
        await asyncio.wait([running])
        assert shown[0] == {"author": "form", "text": "2026-11 I agree. email*"}
        assert [frame["text"] for frame in shown[1:]] == ["hi", "echo: hi"]
        assert client.outbox == {}


async def test_the_client_prints_choices_with_numbers(world: ChatWorld, capsys: pytest.CaptureFixture[str]) -> None:
    shown: list[dict[str, Any]] = []
    client = ChatClient(world.site, shown.append)
    running = asyncio.create_task(client.run())
    await client.say(text="choose")
    await until(shown, 2)
    running.cancel()
    await asyncio.wait([running])
    for frame in shown:
        print_message(frame)
    assert capsys.readouterr().out.splitlines()[-3:] == ["Assistant: Which one?", "  1. A refund", "  2. A person"]
