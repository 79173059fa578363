"""What `kb check` finds, each by a knowledge base that has just that."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.entries import Entry, EntryHandoff
from bot.linting import SEVERITIES, Finding, Scope, Severity, check, counted, told, worst
from config.texts import load_texts
from gateway.core.ids import EntryId, QueueName
from gateway.core.texts import Texts
from tests.effort import at_most

TODAY = "2026-11-22"


def entry(name: str = "a", *questions: str, **fields: Any) -> Entry:
    given: dict[str, Any] = {"answer": {"en": f"Answer {name}."}, **fields}
    return Entry(id=EntryId(name), questions=questions or (f"{name} alpha one", f"{name} beta two", f"{name} gamma three"), **given)


def found(*entries: Entry, **options: Any) -> list[tuple[str, tuple[str, ...], str, str]]:
    return [(one.code, one.entries, one.question, one.detail) for one in check(entries, TODAY, **options)]


def codes(*entries: Entry, **options: Any) -> list[str]:
    return [one.code for one in check(entries, TODAY, **options)]


def test_a_good_entry_has_no_findings() -> None:
    assert found(entry()) == []


def test_a_question_in_two_entries_is_an_error_however_it_is_written() -> None:
    first = entry("a", "怎么退款", "我要退款呢", "退钱")
    other = entry("b", "請問怎麼退款？", "退货可以吗", "不想要了")
    assert found(first, other)[0] == ("asked_twice", ("a", "b"), "怎么退款", "請問怎麼退款？")


def test_entries_with_the_same_answer_and_question_should_be_one() -> None:
    assert (
        codes(entry("a", "x one", "x two", "x three"), entry("b", "x one", "y two", "z three", answer={"en": "Answer a."}))[0]
        == "same_entry"
    )


def test_entries_that_are_never_valid_together_may_share_questions() -> None:
    early, late = entry("a", "when is the sale", valid_to="2026-11-30"), entry("b", "when is the sale", valid_from="2026-12-01")
    assert "asked_twice" not in codes(early, late)


def test_nearly_the_same_question_in_two_entries_is_told_once_for_the_pair() -> None:
    first = entry("a", "how do i change the delivery address", "change my delivery address today", "delivery address is wrong")
    other = entry("b", "how do i change the delivery adress", "change my delivery adress today", "billing is wrong")
    near = [one for one in check([first, other], TODAY) if one.code == "near_question"]
    assert [(one.entries, one.values["count"]) for one in near] == [(("a", "b"), "2")]


def test_questions_that_mean_the_same_in_other_words_are_found_by_their_vectors() -> None:
    first, other = entry("a", "cheap parcels"), entry("b", "low postage")
    same, apart = np.array([1, 0], np.float32), np.array([0, 1], np.float32)
    assert "near_question" in codes(first, other, vectors={"cheap parcels": same, "low postage": same})
    assert "near_question" not in codes(first, other, vectors={"cheap parcels": same, "low postage": apart})


def test_a_question_nearer_to_another_entry_than_to_its_own_is_a_hint() -> None:
    first = entry("a", "close my account please now", "how do I shut everything down", "remove all of it")
    other = entry("b", "open my account please now", "how can I register", "sign me up")
    assert ("confusable", ("a", "b"), "close my account please now", "open my account please now") in found(first, other)


@pytest.mark.parametrize(
    ("one", "code", "detail"),
    [
        (entry("a", "only one"), "few_questions", "en"),
        (entry("a", "怎么退款", "how to refund", "refund please", "money back"), "few_questions", "zh"),
        (entry("a", "x one", "x two!", "x two?", "x three"), "same_question", "x two!"),
        (entry("a", "x one", "x two", "talk to a human"), "asks_for_person", ""),
        (entry("a", "x one", "x two", "x three", "??"), "empty_question", ""),
        (entry("a", "x one", "x two", "y" * 121), "long_question", "121"),
        (entry(not_questions=("A beta two!",)), "not_question_asked", "a beta two"),
        (entry(valid_to="2026-11-21"), "ended", "2026-11-21"),
        (entry(valid_to="2026-12-01"), "ends_soon", "2026-12-01"),
        (entry(answer={"en": "Until 2026-11-11 only."}), "past_date", "2026-11-11"),
        (entry(answer={"zh": "活动到2026年11月11日结束"}), "past_date", "2026-11-11"),
        (entry(answer={"en": "Ends on November 11, 2026."}), "past_date", "2026-11-11"),
        (entry(answer={"en": "Ends on 11 Nov 2026."}), "past_date", "2026-11-11"),
        (entry(answer={"en": "See [the page](htp://x.example)."}), "broken_link", "[the page](htp://x.example)"),
        (entry(answer={"en": "See [the page](https://x.example."}), "broken_link", "[the page](https://x.example."),
        (entry(answer={"en": "See [the page]()."}), "broken_link", "[the page]()"),
        (entry(answer={"en": "See [the page] (https://x.example)."}), "broken_link", "[the page] (https://x.example)."),
        (entry(answer={"en": "At https//x.example now"}), "broken_link", "https//x.example now"),
        (entry(answer={"en": "TODO: write this"}), "placeholder", "TODO"),  # an owner's blank, which the check is there to find
        (entry(answer={"zh": "待补充"}), "placeholder", "待补充"),
        (entry(answer={"zh": "Your refund takes three days."}), "wrong_language", "zh"),
        (entry(answer={"en": "三个工作日内到账"}), "wrong_language", "en"),
    ],
)  # fmt: skip
def test_what_is_doubtful_about_an_entry_is_found(one: Entry, code: str, detail: str) -> None:
    assert [(finding.code, finding.detail) for finding in check([one], TODAY)] == [(code, detail)]


@pytest.mark.parametrize(
    "answer",
    [
        "See [the page](https://x.example/a?b=c#d), [help](/help) or [mail](mailto:help@x.example).", "Call [us](tel:+86 10 1234).",
        "Open since 2019-05-01.", "自2020年1月1日起施行", "Until 2027-01-01.", "Version 2025.13.45", "![logo](https://x.example/a.png)",
        "`[x](y`", "Prices [incl. tax] are final", "三天 OK",
    ],
)  # fmt: skip
def test_what_is_fine_in_an_answer_is_left_alone(answer: str) -> None:
    assert found(entry(answer={"en" if answer.isascii() else "zh": answer})) == []


def test_what_the_installation_offers_is_asked_for() -> None:
    scope = Scope(languages=("zh-CN", "zh-TW", "en"), channels=frozenset({"phone"}), queues=frozenset({"default"}))
    one = entry(handoff=EntryHandoff(queue=QueueName("refunds")), answer={"en": "word " * 200})
    assert found(one, scope=scope) == [
        ("unknown_queue", ("a",), "", "refunds"), ("answer_language", ("a",), "", "zh"), ("long_answer", ("a",), "", "phone"),
        ("question_language", ("a",), "", "zh"),
    ]  # fmt: skip
    shorter = entry(answer={"en": "word " * 200}, answer_on={"phone": {"en": "Short."}})
    assert "long_answer" not in codes(shorter, scope=scope)


def test_the_worst_comes_first_and_is_counted() -> None:
    findings = check([entry("a", "only one"), entry("b", "??", "x two", "x three", "x four")], TODAY)
    assert [one.severity for one in findings] == [Severity.ERROR, Severity.HINT]
    assert counted(findings) == {"error": 1, "warn": 0, "hint": 1}
    assert (worst(findings), worst(())) == (Severity.ERROR, None)


def test_without_a_date_no_date_is_judged() -> None:
    assert check([entry(valid_to="2020-01-01", answer={"en": "Until 2020-01-01."})], "") == ()


def test_every_finding_can_be_told_in_every_language_with_nothing_left_open() -> None:
    texts = Texts(load_texts())
    keys = {key.removeprefix("kb.finding.") for key in texts.catalogue("en") if key.startswith("kb.finding.")}
    assert keys == set(SEVERITIES)
    values = {name: "x" for key in keys for name in re.findall(r"\{(\w+)\}", texts.catalogue("en")[f"kb.finding.{key}"])}
    every = [Finding(code, (EntryId("a"),), "q", "d", severity, values) for code, severity in SEVERITIES.items()]
    assert [told(one, texts, language) for one in every for language in ("zh-CN", "zh-TW", "en") if "{" in told(one, texts, language)] == []


def test_the_findings_themselves_leave_nothing_open_either() -> None:
    texts = Texts(load_texts())
    scope = Scope(languages=("zh-CN", "en"), channels=frozenset({"phone"}), queues=frozenset({"default"}))
    bad = entry(
        "b", "??", "y" * 130, "转人工", "a alpha one", answer={"en": "TODO [x]() " + "2020-01-01 " * 90, "zh": "three little words"},
        not_questions=("a alpha one",), handoff=EntryHandoff(queue=QueueName("gone")), valid_to="2020-01-01",
    )  # fmt: skip
    findings = check([entry(), bad], TODAY, scope=scope)
    assert len({one.code for one in findings}) >= 9
    assert [one.code for one in findings if "{" in told(one, texts, "en")] == []


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=5), st.text(st.sampled_from("[]()<>:/.htps年2026-11 ab`\n"), max_size=300))
def test_whatever_an_owner_writes_is_checked(questions: list[str], answer: str) -> None:
    scope = Scope(languages=("zh-CN", "en"), channels=frozenset({"wechat", "phone"}), queues=frozenset({"default"}))
    check(
        [entry("a", *questions, answer={"en": answer, "zh": answer}), entry("b", *questions, not_questions=tuple(questions))],
        TODAY,
        scope=scope,
    )


@pytest.mark.parametrize(
    "answer", ["[a](https://" + "a." * 900 + " x)", "[a](" * 5_000, "[" * 20_000, "2026-1-" * 2_500, "http://" * 2_800, "](https:" * 2_400]
)
def test_no_answer_stalls_the_check(answer: str) -> None:
    at_most(100, lambda: check([entry(answer={"en": answer})], TODAY))


def test_thousands_of_questions_take_seconds() -> None:
    words = ("refund", "parcel", "invoice", "coupon", "address", "order", "card", "delivery", "account", "voucher", "return", "size")

    def asked(n: int) -> list[str]:
        return [f"{words[n % 12]} {words[(n // 12) % 12]} number {n} please {words[(n + k) % 12]}" for k in range(5)]

    entries = [entry(f"e{n}", *asked(n)) for n in range(300)]
    at_most(2000, lambda: check(entries, TODAY))
