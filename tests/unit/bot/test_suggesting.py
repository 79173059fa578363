"""Questions that only people could answer become entries to review."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bot.entries import Entry
from bot.masking import masked
from bot.suggesting import Suggested, Unanswered, suggest
from gateway.core.ids import EntryId, SessionId
from tests.events import AT

ENTRIES = (
    Entry(id=EntryId("refund"), questions=("退款多久到账", "退款什么时候到"), answer={"zh": "三天"}),
    Entry(id=EntryId("invoice"), questions=("How do I get an invoice?",), answer={"en": "In the app."}),
)


def asked(*texts: str, replies: tuple[str, ...] = (), reason: str = "low_confidence", entry: str | None = None) -> list[Unanswered]:
    return [
        Unanswered(
            text=text, session_id=SessionId(f"{text}-{number}"), seq=1, at=AT + timedelta(minutes=number), reason=reason, replies=replies,
            entry=EntryId(entry) if entry else None,
        )
        for number, text in enumerate(texts)
    ]  # fmt: skip


def groups(found: Suggested) -> list[tuple[str, int]]:
    return [(one.question, one.count) for one in found.suggestions]


def test_questions_about_one_thing_are_one_suggestion() -> None:
    found = suggest(
        asked("可以用花呗付款吗", "能用花呗付款吗？", "支持花呗付款吗", "猫粮保质期多久", "Do you ship to Japan?", "do you ship to japan"),
        ENTRIES,
    )
    assert groups(found) == [("能用花呗付款吗？", 3), ("Do you ship to Japan?", 2)]
    first = found.suggestions[0]
    assert sorted(first.questions) == ["可以用花呗付款吗", "支持花呗付款吗", "能用花呗付款吗？"]
    assert (first.session_count, first.reasons) == (3, {"low_confidence": 3})
    assert (found.questions, found.grouped, found.single, found.known, found.no_question) == (6, 5, 1, 0, 0)


def test_what_the_knowledge_base_holds_by_now_and_what_is_no_question_is_counted_and_left_out() -> None:
    found = suggest(asked("请问退款多久到账？", "转人工", "你好", "?", "谢谢", "x" * 400), ENTRIES, count_min=1)
    assert (groups(found), found.known, found.no_question) == ([], 1, 5)


def test_a_group_near_an_entry_is_told_as_another_way_to_ask_it() -> None:
    (one,) = suggest(asked("退款多久能到账啊", "退款多久才到账"), ENTRIES).suggestions
    assert one.near is not None
    assert (one.near.entry, one.near.title, one.near.is_variant) == ("refund", "退款多久到账", True)
    (far,) = suggest(asked("可以用花呗付款吗", "能用花呗付款吗"), ENTRIES).suggestions
    assert far.near is None or not far.near.is_variant


def test_what_an_agent_named_goes_before_what_looks_alike() -> None:
    (one,) = suggest(asked("可以用花呗付款吗", "能用花呗付款吗", entry="invoice"), ENTRIES).suggestions
    assert one.near is not None
    assert (one.near.entry, one.near.is_variant) == ("invoice", True)


def test_an_entry_whose_answer_agents_gave_is_the_nearest() -> None:
    entries = (*ENTRIES, Entry(id=EntryId("pay"), questions=("怎么付钱",), answer={"zh": "结算时选择花呗即可，也支持微信。"}))
    (one,) = suggest(asked("月光族能行吗", "月光族能行吗？", replies=("您好", "结算时选择花呗即可，也支持微信哦")), entries).suggestions
    assert one.near is not None
    assert (one.near.entry, one.near.is_variant) == ("pay", True)


def test_an_agents_answer_is_proposed_and_a_greeting_is_none() -> None:
    replies = ("您好，我是坐席 07，很高兴为您服务", "请稍等", "支持的，结算时选择花呗即可，电话 13812345678。")
    found = suggest(asked("可以用花呗付款吗", "能用花呗付款吗", replies=replies), ENTRIES)
    ((answer),) = found.suggestions[0].answers
    assert (answer.text, answer.count) == ("支持的，结算时选择花呗即可，电话 <number>。", 2)


def test_the_same_questions_give_the_same_ids() -> None:
    first = suggest(asked("可以用花呗付款吗", "能用花呗付款吗"), ENTRIES)
    assert first == suggest(reversed(asked("可以用花呗付款吗", "能用花呗付款吗")), ENTRIES)
    assert first.suggestions[0].id.startswith("new-")


def test_nothing_asked_suggests_nothing_and_an_empty_knowledge_base_is_no_hindrance() -> None:
    assert suggest([], ENTRIES).suggestions == ()
    assert suggest(asked("花呗付款可以吗", "花呗付款可以吗"), ()).suggestions[0].near is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我的手机13812345678改了", "我的手机<number>改了"),
        ("order AB-20261101-77 is late", "order <number> is late"),
        ("订单号2026110100012呢", "订单号<number>呢"),
        ("call +1 (415) 555-0132 now", "call <number> now"),
        ("write to a.b+c@example.co.uk please", "write to <email> please"),
        ("看https://x.example/a?token=1，谢谢", "看<link>，谢谢"),
        ("我叫王小明，退款呢", "我叫<name>，退款呢"),
        ("my name is Jane Doe", "my name is <name>"),
        ("7天无理由 iPhone15 多少钱 100元", "7天无理由 iPhone15 多少钱 100元"),
        ("two\nlines", "two lines"),
    ],
)
def test_what_could_name_a_customer_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(st.text(max_size=400))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)


class ByTopic:
    """An encoder that knows what a text is about by one word in it."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        topics = [("花呗", "huabei"), ("日本", "japan"), ("退款", "refund")]
        known = [next((n for n, words in enumerate(topics) if any(word in text for word in words)), len(topics)) for text in texts]
        return np.eye(len(topics) + 1, dtype=np.float32)[known]


def test_questions_in_two_languages_are_one_suggestion_where_an_encoder_knows_them() -> None:
    texts = ("可以用花呗付款吗", "is huabei accepted", "do you send to Japan", "日本能寄吗")
    assert suggest(asked(*texts), ENTRIES).suggestions == ()
    found = suggest(asked(*texts), ENTRIES, ByTopic())
    assert sorted(one.count for one in found.suggestions) == [2, 2]
    (near,) = [one.near for one in suggest(asked("refund when", "when refund"), ENTRIES, ByTopic()).suggestions]
    assert near is not None
    assert (near.entry, near.similarity, near.is_variant) == ("refund", 1.0, True)
