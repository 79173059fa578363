"""Entries with an action: what they need is asked for, one thing at a time, and read out of what was said."""

import pytest

from bot import Bot, Entry
from bot.action_forms import read
from bot.triage import Triager
from config.schema import Triage
from gateway.core.decision import PERSON, Decision, Kind
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId
from gateway.core.session import BotMemory
from tests.unit.bot.shop import TEXTS, ask

ORDER = {
    "name": "order",
    "type": "order_number",
    "pattern": r"A\d{7}",
    "ask": {"zh": "请问订单号是多少？", "en": "Which order number?"},
    "tries": 1,
}
ENTRIES = (
    Entry(
        id=EntryId("where"),
        questions=("我的订单到哪了", "订单什么时候送到", "where is my order", "track my order"),
        action={"http": {"target": "orders", "path": "/{{slots.order}}"}, "slots": [ORDER], "answer": {"en": "{{result.status}}"}},
    ),
    Entry(
        id=EntryId("swap"),
        questions=("我想换一个尺码", "i want to swap the size"),
        action={
            "http": {"target": "orders", "path": "/{{slots.order}}/swap/{{slots.size}}"},
            "slots": [
                ORDER,
                {
                    "name": "size", "type": "choice", "ask": {"zh": "换成哪个尺码？", "en": "To which size?"},
                    "options": [
                        {"value": "s", "words": ["小号"], "text": {"zh": "小号", "en": "small"}},
                        {"value": "l", "text": {"zh": "大号", "en": "large"}},
                    ],
                },
            ],
            "answer": {"en": "ok"},
        },
    ),
    Entry(id=EntryId("refund"), questions=("退款多久到账", "how long does a refund take"), answer={"zh": "3天。", "en": "3 days."}),
)  # fmt: skip


@pytest.fixture(scope="module")
def errand_bot() -> Bot:
    return Bot(ENTRIES, texts=TEXTS)


def talk(bot: Bot, *said: str, memory: BotMemory | None = None) -> Decision:
    """The last decision of a conversation; "!id" taps a choice."""
    decision: Decision | None = None
    for text in said:
        picked = text[1:] if text.startswith("!") else None
        decision = bot.decide(ask("" if picked else text, picked=picked, memory=memory or BotMemory(), today="2026-11-22"))
        memory = decision.memory
    assert decision is not None
    return decision


def slots_of(decision: Decision) -> dict[str, str]:
    assert decision.kind is Kind.ANSWER
    assert decision.lookup is not None
    return decision.lookup.slots


@pytest.mark.parametrize(
    "said",
    [
        ("订单A1234567到哪了，我的订单到哪了",),
        ("我的订单到哪了", "A1234567"),
        ("where is my order", "it is a 123 4567"),
        ("我的订单到哪了", "是Ａ１２３４５６７谢谢"),
        ("我的订单到哪了", "不知道", "A1234567"),
        ("我的订单到哪了", "退款多久到账", "我的订单到哪了 A1234567"),
        ("我的订单到哪了", "你好", "A1234567"),
    ],
)
def test_the_look_up_comes_as_soon_as_the_order_is_known(errand_bot: Bot, said: tuple[str, ...]) -> None:
    decision = talk(errand_bot, *said)
    assert slots_of(decision) == {"order": "A1234567"}
    assert decision.lookup is not None
    assert (decision.lookup.entry, decision.lookup.action, decision.memory.asking) == ("where", "orders", "")


def test_what_is_missing_is_asked_for_in_the_customers_language(errand_bot: Bot) -> None:
    decision = talk(errand_bot, "我的订单到哪了")
    assert (decision.kind, decision.entry, decision.text) == (Kind.CLARIFY, "where", "请问订单号是多少？")
    assert talk(errand_bot, "where is my order").text == "Which order number?"
    assert (decision.memory.asking, decision.memory.action, decision.memory.asked_count) == ("order", "where", 1)


def test_it_is_asked_for_again_so_often_and_then_a_person_is(errand_bot: Bot) -> None:
    again = talk(errand_bot, "我的订单到哪了", "12345")
    assert again.text.splitlines() == [TEXTS.say("bot.slot_again", "zh-CN"), "请问订单号是多少？"]
    last = talk(errand_bot, "我的订单到哪了", "12345", "777")
    assert (last.kind, last.reason, last.entry, last.memory.asking) == (Kind.HANDOFF, Reason.CLARIFY_FAILED, "where", "")


def test_one_thing_is_asked_for_at_a_time_and_what_is_known_is_not_asked_for(errand_bot: Bot) -> None:
    choose = talk(errand_bot, "我想换一个尺码", "A1234567")
    assert (choose.text, [choice.id for choice in choose.choices]) == ("换成哪个尺码？", ["slot:s", "slot:l"])
    for answer in ("!slot:l", "大号", "2", "第二个"):
        assert slots_of(talk(errand_bot, answer, memory=choose.memory)) == {"order": "A1234567", "size": "l"}
    assert slots_of(talk(errand_bot, "我想换一个尺码", "A1234567 小号")) == {"order": "A1234567", "size": "s"}


def test_an_order_that_was_told_earlier_is_known(errand_bot: Bot) -> None:
    assert slots_of(talk(errand_bot, "where is my order", memory=BotMemory(slots={"order": "A7654321"}))) == {"order": "A7654321"}
    other = talk(errand_bot, "where is my order A1111111", memory=BotMemory(slots={"order": "A7654321"}))
    assert slots_of(other) == {"order": "A1111111"}


def test_the_same_is_asked_of_another_order(errand_bot: Bot) -> None:
    assert slots_of(talk(errand_bot, "我的订单到哪了 A1234567", "那A7654321呢")) == {"order": "A7654321"}


def test_of_two_orders_none_is_guessed(errand_bot: Bot) -> None:
    decision = talk(errand_bot, "where is my order", "A1234567 or A7654321")
    assert decision.kind is Kind.CLARIFY
    assert decision.text.splitlines()[0] == TEXTS.say("bot.slot_several", "en")


@pytest.mark.parametrize("words", ["算了", "不查了", "never mind", "cancel"])
def test_whoever_calls_it_off_is_let_go(errand_bot: Bot, words: str) -> None:
    decision = talk(errand_bot, "where is my order", words)
    assert (decision.kind, decision.trigger, decision.memory.asking) == (Kind.CHITCHAT, "cancelled", "")


@pytest.mark.parametrize("words", ["转人工", "agent please", f"!{PERSON}"])
def test_whoever_wants_a_person_gets_one(errand_bot: Bot, words: str) -> None:
    assert talk(errand_bot, "where is my order", words).reason is Reason.EXPLICIT_REQUEST


def test_another_question_is_answered_and_the_errand_is_not_lost(errand_bot: Bot) -> None:
    decision = talk(errand_bot, "我的订单到哪了", "退款多久到账")
    assert (decision.kind, decision.entry) == (Kind.ANSWER, "refund")


def test_a_choice_tapped_takes_the_number_from_the_question_before_it(errand_bot: Bot) -> None:
    memory = BotMemory(offered=("entry:where", PERSON), last_question="A1234567 包裹 到哪")
    assert slots_of(talk(errand_bot, "!entry:where", memory=memory)) == {"order": "A1234567"}


def test_what_is_looked_up_is_judged_by_the_question_and_not_by_the_number() -> None:
    bot = Bot(ENTRIES, texts=TEXTS, judge=Triager(ENTRIES, settings=Triage(), areas={}, encoder=None))
    asked = talk(bot, "我的订单到哪了", "A1234567")
    assert asked.triage is not None
    assert (asked.triage.kind, slots_of(asked)) == ("question", {"order": "A1234567"})
    given_up = talk(bot, "我的订单到哪了", "12345", "777")
    assert given_up.triage == asked.triage


# ---- secrets -------------------------------------------------------------------------------------------------------------------------

PIN = {"name": "pin", "type": "number", "pattern": r"\d{4}", "ask": {"en": "Your PIN?", "zh": "请输入密码"}, "secret": True, "tries": 1}
BALANCE = Entry(
    id=EntryId("balance"),
    questions=("what is my balance", "我的余额是多少"),
    action={"http": {"target": "bank", "path": "/{{slots.order}}/{{slots.pin}}"}, "slots": [ORDER, PIN], "answer": {"en": "ok"}},
)


@pytest.fixture(scope="module")
def secret_bot() -> Bot:
    return Bot((BALANCE,), texts=TEXTS)


def test_a_secret_is_asked_for_last_and_looked_up_but_not_remembered(secret_bot: Bot) -> None:
    asking = talk(secret_bot, "what is my balance", "A1234567")
    assert (asking.text, asking.memory.asking, asking.memory.asks_secret) == ("请输入密码", "pin", True)
    told = talk(secret_bot, "4711", memory=asking.memory)
    assert told.lookup is not None
    assert (told.lookup.slots, told.lookup.secret) == ({"order": "A1234567", "pin": "4711"}, ("pin",))
    assert told.memory.slots == {"order": "A1234567"}


def test_a_secret_is_never_guessed_from_what_was_said_before(secret_bot: Bot) -> None:
    decision = talk(secret_bot, "what is my balance, order A1234567, 4711")
    assert (decision.lookup, decision.memory.asking, decision.memory.asks_secret) == (None, "pin", True)


def test_asking_for_what_is_no_secret_says_so(secret_bot: Bot) -> None:
    assert talk(secret_bot, "what is my balance").memory.asks_secret is False


@pytest.mark.parametrize(
    ("slots", "trouble"),
    [
        ([PIN, ORDER], "expected at most one secret slot, the last"),
        ([PIN | {"secret": "perhaps"}], "expected true or false"),
        ([{"name": "size", "type": "choice", "ask": {"en": "?"}, "options": ["s"], "secret": True}], "expected no choice"),
    ],
)
def test_a_secret_that_can_not_be_kept_is_found_before_the_start(slots: list[dict[str, object]], trouble: str) -> None:
    action, troubles = read(EntryId("x"), {"http": {"target": "bank", "path": "/"}, "slots": slots, "answer": {"en": "ok"}})
    assert action is None
    assert [message for _, message in troubles if message.startswith(trouble)]
