"""A wish for a person in words that no rule knows, and all that is none."""

from collections.abc import Sequence

import pytest

from bot import Bot
from bot.encoder import Floats
from bot.wishing import Wished
from gateway.core.decision import Ask, Kind
from gateway.core.handoff import Reason

LANGUAGES = ("zh-CN", "zh-TW", "en")


@pytest.mark.parametrize(
    "text",
    [
        "could one of your colleagues give me a ring", "put me through to the billing department", "我不跟程序说话，接线员呢",
        "让懂业务的同事打电话给我", "拜託轉給真人處理",
        "The parcel was left in the rain and the box is wet. Nobody rang the bell. Could a member of staff give me a call about it?",
    ],
)  # fmt: skip
def test_it_is_heard(text: str, bot: Bot) -> None:
    decision = bot.decide(Ask(text=text, languages=LANGUAGES))
    assert (decision.kind, decision.reason) == (Kind.HANDOFF, Reason.EXPLICIT_REQUEST)


@pytest.mark.parametrize(
    "text",
    [
        "remove someone from my policy", "are you a real person", "can my wife pick up the parcel", "no need to connect me to an agent",
        "我不需要专员联系", "周末有客服吗", "客服电话是多少", "怎么把订单转给朋友", "昨天客服说今天能到", "可以請別人代領嗎", "hello",
    ],
)  # fmt: skip
def test_it_is_not_imagined(text: str, bot: Bot) -> None:
    assert bot.decide(Ask(text=text, languages=LANGUAGES)).reason is not Reason.EXPLICIT_REQUEST


def test_the_record_says_that_it_was_learned(bot: Bot) -> None:
    decision = bot.decide(Ask(text="could one of your colleagues give me a ring", languages=LANGUAGES))
    assert decision.detail["rule"] == "person.learned"
    assert decision.detail["p"] >= 0.85


class Counting:
    """An encoder that is only counted."""

    name = "counting"

    def __init__(self) -> None:
        self.count = 0

    def encode(self, texts: Sequence[str]) -> Floats:
        self.count += len(texts)
        raise AssertionError("nobody should have asked")


def test_what_has_no_room_for_the_wish_is_not_encoded() -> None:
    wished = Wished(outcomes=None, encoder=Counting())  # type: ignore[arg-type]  # neither is used
    assert wished.share("how long does delivery take") == 0.0
    assert wished.share("退货 要 多久") == 0.0
