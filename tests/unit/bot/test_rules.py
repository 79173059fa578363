"""A wish for a person, anger and small talk are told apart from questions."""

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from bot.normalize import TextNormalizer
from bot.rules import Topic, WordRules
from tests.unit.bot.phrases import ANGER, CHAT, GOODBYES, GREETINGS, NOT_ANGER, NOT_CHAT, NOT_PERSON, PERSON, THANKS
from tests.unit.bot.spoiling import in_traditional

PROBES = Path(os.environ.get("FRONTDESK_DATA", Path(__file__).resolve().parents[3].parent / "shared" / "data")) / "faq" / "shop_probes.yaml"


def topic(normalizer: TextNormalizer, text: str) -> Topic | None:
    rules, plain = WordRules(), normalizer.plain(text)
    hit = rules.person(plain) or rules.anger(plain) or rules.smalltalk(plain)
    return hit.topic if hit else None


@pytest.mark.parametrize(
    "text",
    [
        "转人工", "人工", "人工客服", "转人工客服", "真人", "找客服", "zrg", "轉人工", "转人工转人工转人工", "我要人工服务",
        "有没有真人", "快给我转人工！！！",
        "帮我接一下人工客服谢谢", "我要找你们经理", "我要投诉，找人工", "不要机器人回复我", "客服在吗", "怎么转人工",
        "能不能让真人来处理",
        "agent", "real person", "human", "representative", "talk to someone", "I want to speak to an agent",
        "can i talk to a real person please",
        "connect me to customer service", "operator", "let me talk to your manager", "I don't want to talk to a bot",
        "please call me back", "for this I'd like a real person", "talk to me like a human, get me a person",
    ],
)  # fmt: skip
def test_a_wish_for_a_person_is_recognised(normalizer: TextNormalizer, text: str) -> None:
    assert topic(normalizer, text) is Topic.PERSON


@pytest.mark.parametrize(
    "text",
    [
        "这个手表是人工打磨的吗", "周末有客服吗", "客服电话是多少", "不用转人工", "我不想转人工", "别转人工了", "人工费多少钱",
        "支持人工智能吗", "快递员态度很差",
        "Is customer service available on weekends?", "how do I become a sales agent", "remove a person from my policy",
        "add someone to my insurance",
        "what name do you call me", "do i need to speak to a representative to change my pin?", "I don't want to talk to an agent",
        "how many people are in a group order", "is there a person limit",
    ],
)  # fmt: skip
def test_people_in_a_question_are_no_wish_for_a_person(normalizer: TextNormalizer, text: str) -> None:
    assert topic(normalizer, text) is not Topic.PERSON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("什么垃圾公司", Topic.ANGER),
        ("我要去315投诉你们", Topic.ANGER),
        ("you are useless", Topic.ANGER),
        ("垃圾袋多少钱", None),
        ("妈妈的生日礼物", None),
        ("你好", Topic.GREETING),
        ("hello there, good morning", Topic.GREETING),
        ("你好怎么退货", None),
        ("hi where is my order", None),
        ("好的谢谢", Topic.THANKS),
        ("great, that helped", Topic.THANKS),
        ("no thanks, cancel it", None),
        ("再见", Topic.GOODBYE),
        ("ok bye", Topic.GOODBYE),
        ("你是机器人吗", Topic.BOT),
        ("are you a bot or a real person", Topic.BOT),
        ("讲个笑话", Topic.SMALLTALK),
        ("how are you", Topic.SMALLTALK),
        ("how are you going to ship it", None),
    ],
)
def test_small_talk_is_only_the_whole_message(normalizer: TextNormalizer, text: str, expected: Topic | None) -> None:
    assert topic(normalizer, text) is expected


@pytest.mark.parametrize(
    ("phrases", "expected"),
    [
        (PERSON, {Topic.PERSON}),
        (ANGER, {Topic.ANGER}),
        (GREETINGS, {Topic.GREETING}),
        (THANKS, {Topic.THANKS, Topic.GOODBYE, Topic.SMALLTALK}),
        (GOODBYES, {Topic.GOODBYE, Topic.THANKS}),
        (CHAT, {Topic.BOT, Topic.SMALLTALK, Topic.GREETING}),
        (NOT_PERSON, {None}),
        (NOT_ANGER, {None}),
        (NOT_CHAT, {None}),
    ],
    ids=["person", "anger", "greetings", "thanks", "goodbyes", "chat", "no person", "no anger", "no chat"],
)
def test_what_customers_say_beside_questions_is_recognised(
    normalizer: TextNormalizer, phrases: tuple[str, ...], expected: set[Topic | None]
) -> None:
    assert [phrase for phrase in phrases if topic(normalizer, phrase) not in expected] == []


def test_in_traditional_characters_as_well(normalizer: TextNormalizer) -> None:
    said = {Topic.PERSON: PERSON, Topic.ANGER: ANGER, Topic.GREETING: GREETINGS}
    assert [
        phrase for kind, phrases in said.items() for phrase in phrases if topic(normalizer, in_traditional(phrase, Random(0))) is not kind
    ] == []


def probes() -> dict[str, Any]:
    if not PROBES.exists():
        pytest.skip(f"the public probes are not at {PROBES}")
    found: dict[str, Any] = yaml.safe_load(PROBES.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize(
    ("group", "expected"),
    [
        ("human", {Topic.PERSON}),
        ("abuse", {Topic.ANGER}),
        ("greet", {Topic.GREETING}),
        ("thanks", {Topic.THANKS}),
        ("chitchat", {Topic.BOT, Topic.SMALLTALK}),
        ("human_negative", {None}),
        ("oos", {None}),
    ],
)
def test_every_public_probe_is_recognised(normalizer: TextNormalizer, group: str, expected: set[Topic | None]) -> None:
    texts = [text for some in probes()[group].values() for text in some]
    assert [text for text in texts if topic(normalizer, text) not in expected] == []


@pytest.mark.parametrize(
    "text",
    [
        "我想要" * 400,
        "在吗" * 600 + "x",
        "转" + "一个" * 600,
        "谢谢了" * 400 + "x",
        "i want to " * 400 + "x",
        "thank you so much " * 2 + "zzz",
        "a" * 4096,
    ],
    ids=lambda text: text[:8],
)
def test_no_message_stalls_the_rules(normalizer: TextNormalizer, text: str) -> None:
    assert topic(normalizer, text) is None  # the test's own deadline is the bound: a pattern that backtracks would take minutes
