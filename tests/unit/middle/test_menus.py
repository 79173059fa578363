"""What a menu offers to whoever can't type, from a knowledge base."""

from typing import Any

from bot.entries import Entry
from bot.replies import Replies
from bot.scripts import ScriptTables
from gateway.core.calls import Topic
from gateway.core.ids import EntryId
from gateway.menus import QUESTIONS_MAX_COUNT, named, topics_of

REPLIES = Replies(ScriptTables())


def entry(name: str, category: str | None = "payment", **fields: Any) -> Entry:
    given: dict[str, Any] = {"questions": (f"{name}?",), "answer": {"en": "yes"}} | fields
    return Entry(id=EntryId(name), category=category, **given)


def topics(*entries: Entry, language: str = "en", today: str = "2026-11-22") -> tuple[Topic, ...]:
    return topics_of(entries, language, today, REPLIES, "Something else")


def told(found: tuple[Topic, ...]) -> list[tuple[str, str, list[str]]]:
    return [(topic.id, topic.title, [question.entry for question in topic.questions]) for topic in found]


def test_the_largest_category_comes_first_and_what_is_of_none_last() -> None:
    found = topics(entry("a", None), entry("b", "account"), entry("c"), entry("d", None), entry("e"), entry("f", None))
    assert told(found) == [
        ("payment", "c?", ["entry:c", "entry:e"]),
        ("account", "b?", ["entry:b"]),
        ("", "Something else", ["entry:a", "entry:d", "entry:f"]),
    ]


def test_only_what_can_be_answered_in_the_callers_tongue_is_offered() -> None:
    chinese = entry("c", questions=("退款多久到账？", "how long does a refund take"), answer={"zh": "三天"})
    spoken = entry("s", questions=("hours?",), answer={}, answer_on={"phone": {"en": "nine to six"}})
    people = entry("p", answer={})
    assert told(topics(chinese, spoken, people)) == [("payment", "hours?", ["entry:s"])]
    assert told(topics(chinese, spoken, people, language="zh-CN")) == [("payment", "退款多久到账？", ["entry:c"])]
    assert told(topics(chinese, language="zh-TW")) == [("payment", "退款多久到帳？", ["entry:c"])]


def test_what_has_to_be_looked_up_is_offered_too() -> None:
    action = {"http": {"target": "orders", "path": "/o"}, "answer": {"en": "On its way."}}
    looked_up = entry("o", questions=("Where is my order?", "订单到哪了？"), answer={}, action=action)
    assert told(topics(looked_up)) == [("payment", "Where is my order?", ["entry:o"])]
    assert told(topics(looked_up, language="zh-CN")) == []


def test_nobody_hears_a_question_in_a_language_that_they_did_not_choose() -> None:
    both = {"zh": "三天", "en": "three days"}
    chinese = entry("c", questions=("退款多久到账？",), answer=both)
    english = entry("e", questions=("How long does a refund take?",), answer=both)
    name = entry("n", questions=("Apple Pay?",), answer=both)
    assert told(topics(chinese, english, name)) == [("payment", "How long does a refund take?", ["entry:e", "entry:n"])]
    assert told(topics(chinese, english, name, language="zh-CN")) == [("payment", "退款多久到账？", ["entry:c", "entry:n"])]
    assert told(topics(chinese)) == []


def test_what_is_over_is_not_offered() -> None:
    sale = entry("sale", valid_from="2026-11-01", valid_to="2026-11-12")
    assert told(topics(sale)) == []
    assert told(topics(sale, today="2026-11-12")) == [("payment", "sale?", ["entry:sale"])]


def test_a_huge_category_offers_its_first_questions() -> None:
    (topic,) = topics(*(entry(f"e{number}") for number in range(QUESTIONS_MAX_COUNT + 5)))
    assert (len(topic.questions), topic.questions[0].entry) == (QUESTIONS_MAX_COUNT, "entry:e0")


def test_an_operator_names_and_orders_the_categories() -> None:
    found = topics(entry("a"), entry("b"), entry("c", "account"), entry("d", "other"))
    names = {"account": {"en": "Your account", "zh-CN": "您的账户"}, "missing": {"en": "?"}, "payment": {"zh": "付款"}}
    assert [(topic.id, topic.title) for topic in named(found, names, "en")] == [
        ("account", "Your account"), ("payment", "a?"), ("other", "d?"),
    ]  # fmt: skip
    assert [topic.title for topic in named(found, names, "zh-TW")] == ["您的账户", "付款", "d?"]
    assert named(found, {}, "en") == found
