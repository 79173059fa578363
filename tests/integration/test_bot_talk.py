"""The bot's conversation through the gateway: choices that are tapped or said, follow-ups, verdicts; and what is kept of its reasons."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot import Bot
from gateway.core.decision import Ask, Decision
from gateway.core.ids import SessionId
from gateway.core.message import Author
from tests.integration.chat_world import ChatWorld, Client, chat_world
from tests.unit.bot.shop import shop_bot


class ShopBrain:
    """The bot of a small shop, as the gateway asks it."""

    is_quick = True

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    async def decide(self, ask: Ask) -> Decision:
        return self._bot.decide(ask)


@pytest.fixture(scope="module")
def brain() -> ShopBrain:
    return ShopBrain(shop_bot())


@pytest.fixture
async def world(tmp_path: Path, brain: ShopBrain) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path, thinks=brain) as running:
        yield running


async def answer(client: Client, cid: str, **frame: Any) -> dict[str, Any]:
    """What comes back to one message."""
    await client.send(type="message", cid=cid, **frame)
    _, said = await client.messages(2)
    return said


async def test_did_you_mean_has_buttons_and_takes_a_tap_a_number_and_words(world: ChatWorld) -> None:
    for number, picked in enumerate(({"choice": "entry:member-renew"}, {"text": "②"}, {"text": "第二个"}, {"text": "续会员"})):
        client = await world.visitor()
        asked = await answer(client, "c1", text="会员怎么办理")
        assert [choice["id"] for choice in asked["choices"]] == ["entry:member-join", "entry:member-renew", "person"]
        assert (await answer(client, f"c2-{number}", **picked))["text"] == "在会员中心续。"


async def test_a_conversation_goes_on_from_turn_to_turn(world: ChatWorld) -> None:
    client = await world.visitor()
    assert (await answer(client, "c1", text="How much is shipping?"))["text"] == "Free from 99."
    both = await answer(client, "c2", text="No, I meant how do I cancel my order? Also, my dog is sick, what should I do?")
    assert both["text"].startswith("Cancel it on the order page.\nI have no sure answer about “my dog is sick, what should I do?”.")
    assert [choice["id"] for choice in both["choices"]] == ["person"]
    thanked = await answer(client, "c3", text="thanks, that helped")
    assert thanked["text"] == "You're welcome. Is there anything else I can help with?"
    (session,) = await world.store.sessions([SessionId(client.welcome["session"])])
    assert (session.memory.entries, session.memory.rejected, session.memory.helped) == (
        ("shipping-cost", "cancel-order"), ("shipping-cost",), ("cancel-order",),
    )  # fmt: skip


async def test_the_record_says_why(world: ChatWorld) -> None:
    client = await world.visitor()
    await answer(client, "c1", text="how long does it take until my refund is there")
    await answer(client, "c2", text="Do you offer free shipping? And how do I cancel an order?")
    one, several = [
        message.why
        for message in await world.store.session_messages(SessionId(client.welcome["session"]), 0, 10)
        if message.author is Author.BOT
    ]
    assert one["candidates"][0][:1] == ["refund-time"]
    assert {"threshold", "features", "variants"} <= set(one)
    assert several["entries"] == ["shipping-cost", "cancel-order"]
    assert [piece[1] for piece in several["segments"]] == ["shipping-cost", "cancel-order"]
