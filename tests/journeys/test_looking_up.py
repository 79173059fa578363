"""A customer asks where an order is: the program as a whole looks it up, words an answer, and survives dying in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.peers.gateway import Gateway
from tests.peers.outside import Outside, outside
from tests.peers.visitor import Visitor

ENTRIES = r"""
- id: where
  questions: [my parcel please, 我的包裹到哪了]
  action:
    http: {target: orders, path: "/orders/{{slots.order}}"}
    slots:
      - {name: order, type: order_number, pattern: 'A\d{7}', ask: {zh: 请告诉我订单号。, en: Which order number is it?}}
    answer:
      zh: "订单 {{slots.order}} 已发货，预计 {{result.eta | date}} 送达。"
      en: "Order {{slots.order}} is {{result.status}}, due {{result.eta | date}}."
- id: refund
  questions: [when do I get my money back, how long does a refund take]
  answer: {en: "Refunds take 3 to 5 business days after we receive the parcel."}
"""


@pytest.fixture
async def peer() -> AsyncIterator[Outside]:
    async with outside() as running:
        yield running


@pytest.fixture
async def gateway(tmp_path: Path, peer: Outside) -> AsyncIterator[Gateway]:
    more = f"""
[bot.actions.orders]
base_url = "{peer.url}/api"
headers = {{Authorization = "Bearer orders-secret"}}
customer = {{X-Session = "session"}}
[bot.answerer]
base_url = "{peer.url}/v1"
model = "small"
"""
    house = Gateway(tmp_path, more=more)
    with (tmp_path / "knowledge.yaml").open("a") as knowledge:
        knowledge.write(ENTRIES)
    try:
        house.start()
        yield house
    finally:
        house.stop()


def bot_texts(visitor: Visitor) -> list[str]:
    """What was said to the customer, in order."""
    return [message.get("text", "") for _, message in sorted(visitor.messages.items()) if message["author"] != "customer"]


async def test_an_order_is_asked_for_looked_up_and_told_and_a_dying_process_leaves_nobody_waiting(gateway: Gateway, peer: Outside) -> None:
    async with Visitor(gateway.url, "ann") as ann:
        await ann.say("我的包裹到哪了")
        await ann.until(lambda: len(bot_texts(ann)) == 1, "the question for the order number")
        await ann.say("Ａ１２３４５６７")
        await ann.until(lambda: len(bot_texts(ann)) == 2, "the answer")
        assert bot_texts(ann) == ["请告诉我订单号。", "订单 A1234567 已发货，预计 2026年12月1日 送达。"]
        assert [(seen.path, seen.headers["authorization"]) for seen in peer.seen] == [("/api/orders/A1234567", "Bearer orders-secret")]

        peer.answers("A refund takes 3 to 5 business days after we receive the parcel.", "refund")
        await ann.say("how long does the refund take please, I want my money back")
        await ann.until(lambda: len(bot_texts(ann)) == 3, "the worded answer")
        assert bot_texts(ann)[2] == "A refund takes 3 to 5 business days after we receive the parcel."
        peer.answers("A refund takes 1 hour.", "refund")
        await ann.say("so how long does the refund take then")
        await ann.until(lambda: len(bot_texts(ann)) >= 4, "an answer all the same")
        assert all("1 hour" not in text for text in bot_texts(ann))

        peer.hangs()
        asked = len(peer.seen)
        before = len(bot_texts(ann))
        await ann.say("my parcel please A7654321")
        await ann.until(lambda: len(peer.seen) > asked, "the look-up")
        await ann.say("are you there")
        gateway.kill()
        gateway.start()
        await ann.until(lambda: len(bot_texts(ann)) > before, "a person instead of silence", 60)
        assert [frame["seq"] for frame in ann.messages.values()] == sorted(ann.messages)
    assert "A1234567" not in gateway.log()
    assert "orders-secret" not in gateway.log()
