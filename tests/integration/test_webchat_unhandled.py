"""A message that nobody could handle: its sender is told, and told the same when it is sent again."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.episode import Episodes
from tests.integration.chat_world import ChatWorld, chat_world


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path) as running:
        yield running


async def test_what_could_not_be_handled_is_refused_again_at_once_under_its_cid_and_new_words_go_through(
    world: ChatWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> None:
        raise RuntimeError("a defect")

    client = await world.visitor()
    monkeypatch.setattr(Episodes, "handle", fails)
    monkeypatch.setattr(Episodes, "rescue", fails)
    await client.say("hi", "c1")
    first = await client.get("error", timeout_s=30)
    assert (first["code"], first["cid"]) == ("refused", "c1")
    monkeypatch.undo()
    await client.say("hi", "c1")
    assert await client.get("error") == first
    headers = {"Authorization": f"Bearer {client.welcome['token']}", "Idempotency-Key": "c1"}
    async with world.http.post(f"{world.site}/messages", json={"text": "hi"}, headers=headers) as response:
        assert (response.status, (await response.json(content_type=None))["code"]) == (400, "refused")
    await client.say("hi", "c2")
    assert (await client.get("ack"))["cid"] == "c2"
