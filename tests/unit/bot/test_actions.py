"""An entry's action: what it asks of which system, and what it says to the result."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.action_forms import read
from bot.actions import Action, Outcome, Verdict, outcome, request
from bot.formats import Source
from bot.knowledge import parse
from bot.patterns import BadPattern, Pattern
from bot.slots import Slot, SlotType, values
from bot.templates import BadTemplate, Missing, escaped, render
from bot.templates import parse as template
from gateway.core.ids import EntryId
from tests.effort import at_most

WRITTEN: dict[str, Any] = {
    "http": {"target": "orders", "path": "/orders/{{slots.order}}", "query": {"lang": "{{language}}"}, "timeout_s": "3"},
    "slots": [{"name": "order", "type": "order_number", "pattern": r"[A-Z]\d{7}", "ask": {"zh": "订单号？", "en": "Which order?"}}],
    "answer": {
        "zh": '订单 {{slots.order}}：{{result.status | choose: shipped="已发货", other="处理中"}}，{{result.eta | date}}送达，'
        "{{result.total | amount: CNY}}。",
        "en": "Order {{slots.order}} is {{result.status}}, due {{result.eta | date}}, {{result.total | amount: CNY, minor}}.",
    },
    "when": [
        {"path": "result.status", "is": ["lost", "returned"], "handoff": {"queue": "care", "reason": "parcel lost"}},
        {"path": "result.eta", "exists": "false", "answer": {"zh": "还没有发货。", "en": "Not sent yet."}},
    ],
    "not_found": {"zh": "没有订单 {{slots.order}}。", "en": "There is no order {{slots.order}}."},
}
SLOTS = {"order": "A1234567"}


def action(**changes: Any) -> Action:
    found, troubles = read(EntryId("where"), WRITTEN | changes)
    assert troubles == ()
    assert found is not None
    return found


def test_the_call_is_made_from_the_slots() -> None:
    asked = request(action(), SLOTS, "zh-CN")
    assert (asked.target, asked.method, asked.path, asked.query, asked.timeout_s) == (
        "orders", "GET", "/orders/A1234567", {"lang": "zh-CN"}, 3.0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("x?y=1#z", "/orders/x%3Fy%3D1%23z"),
        ("@evil.example", "/orders/%40evil.example"),
        ("订", "/orders/%E8%AE%A2"),
    ],
)
def test_a_value_never_leaves_its_segment_of_the_path(value: str, path: str) -> None:
    assert request(action(), {"order": value}, "en").path == path


@pytest.mark.parametrize("value", [".", "..", "a/../b", "../admin", "1/cancel", "..\\admin", "%2e%2e%2fadmin"])
def test_a_value_that_leads_upwards_or_onwards_is_refused_even_where_a_proxy_would_decode_it(value: str) -> None:
    with pytest.raises(Missing):
        request(action(), {"order": value}, "en")


def test_a_body_holds_texts_and_numbers() -> None:
    http = {
        "target": "orders",
        "method": "post",
        "path": "/find",
        "json": {"no": "{{slots.order}}", "n": ["{{slots.count | number}}", 2], "x": None},
    }
    slots = [*WRITTEN["slots"], {"name": "count", "type": "number", "ask": {"en": "How many?"}}]
    asked = request(action(http=http, slots=slots), {"order": 'A"1', "count": "12"}, "en")
    assert (asked.method, asked.json) == ("POST", {"no": 'A"1', "n": [12, 2], "x": None})


@pytest.mark.parametrize(
    ("status", "result", "expected"),
    [
        (200, {"status": "shipped", "eta": "2026-11-02", "total": 12345}, "Order A1234567 is shipped, due 2 November 2026, CN¥123.45."),
        (201, {"status": "x*y", "eta": 1793611800, "total": "5"}, r"Order A1234567 is x\*y, due 2 November 2026, CN¥0.05."),
        (200, {"status": "shipped"}, "Not sent yet."),
    ],
)  # fmt: skip
def test_an_answer_is_made_from_the_result(status: int, result: Any, expected: str) -> None:
    assert outcome(action(), status, result, SLOTS, "en") == Outcome(verdict=Verdict.ANSWER, text=expected)


def test_words_are_in_the_customers_language_with_its_dates_and_amounts() -> None:
    result = {"status": "shipped", "eta": "2026-11-02", "total": 1234.5}
    assert outcome(action(), 200, result, SLOTS, "zh-TW").text == "订单 A1234567：已发货，2026年11月2日送达，¥1,234.50。"


@pytest.mark.parametrize(
    ("status", "result", "verdict", "reason"),
    [
        (404, None, Verdict.NOTHING, ""),
        (500, {"status": "shipped"}, Verdict.FAILURE, "status 500"),
        (302, None, Verdict.FAILURE, "status 302"),
        (200, {"status": "LOST", "eta": "x"}, Verdict.PERSON, "parcel lost"),
        (200, {"eta": "2026-11-02", "total": 1}, Verdict.FAILURE, "no result.status"),
        (200, {"status": "shipped", "eta": "soon", "total": 1}, Verdict.FAILURE, "no result.eta"),
        (200, {"status": {"a": 1}, "eta": "2026-11-02", "total": 1}, Verdict.FAILURE, "no result.status"),
        (200, {"status": "ok", "eta": "2026-11-02", "total": "1e999"}, Verdict.FAILURE, "no result.total"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_no_answer(status: int, result: Any, verdict: Verdict, reason: str) -> None:
    found = outcome(action(), status, result, SLOTS, "en")
    assert (found.verdict, found.reason) == (verdict, reason)


def test_nothing_found_says_so() -> None:
    assert outcome(action(), 404, None, {"order": "A*1"}, "en").text == r"There is no order A\*1."


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("*b* [x](http://e.example) `c`", r"\*b\* \[x\]\(http:" + "\u200b" + r"//e.example\) \`c\`"),
        ("1. one", r"1\. one"), ("- item", r"\- item"), ("# head", r"\# head"), ("<b>", r"\<b\>"), ("<mailto:a@b>", r"\<mailto:a@b\>"),
    ],
)  # fmt: skip
def test_a_value_stays_what_it_is_in_markdown(value: str, shown: str) -> None:
    assert escaped(value) == shown


def test_a_value_is_one_clipped_line_and_no_place_of_its_own() -> None:
    said = render(template("<{{result.x}}>"), {"result": {"x": "a\nb\u202e{{slots.y}}" + "z" * 900}}, "en", str)
    assert said.startswith("<a b {{slots.y}}zzz")
    assert len(said) == 502


@pytest.mark.parametrize(
    ("words", "value", "said"),
    [
        ('{{result.x | default: "none"}}', None, "none"), ("{{result.x | count}}", [1, 2], "2"),
        ('{{result.x | join: "、"}}', ["a", 2], "a、2"),
        ("{{result.x | number}}", 1234567, "1,234,567"),
        ("{{result.x | datetime: Asia/Shanghai}}", "2026-11-02T01:30:00Z", "2 November 2026 09:30"),
        ("{{result.x.0.y}}", [{"y": True}], "true"),
        ('{{result.x | choose: true="yes", other="no"}}', False, "no"), ("{{result.x}}", 0.1, "0.1"),
        ('{{result.x | date | default: "soon"}}', "n/a", "soon"), ("{{result.x | amount: JPY}}", 1200, "JPY 1,200"),
    ],
)  # fmt: skip
def test_filters(words: str, value: Any, said: str) -> None:
    assert render(template(words), {"result": {"x": value}}, "en", str) == said


@pytest.mark.parametrize(
    "words",
    ["{{result.x", "{{}}", "{{result.x | eval: 1}}", "{{result.__class__()}}", "{{result.x | date: Mars/Base}}", "{{result.x | choose: a}}",
     "{{" + "a." * 9 + "b}}", '{{result.x | default}}', "}} {{", "x" * 5000],
)  # fmt: skip
def test_what_is_no_template_is_refused(words: str) -> None:
    with pytest.raises(BadTemplate):
        template(words)


@pytest.mark.parametrize(
    ("changes", "where", "expected"),
    [
        ({"http": {"url": "https://x.example/{{slots.order}}", "target": "t"}}, "http.url", "addresses stand in the configuration"),
        ({"http": {"path": "/x"}}, "http.target", "expected a short text"),
        ({"http": {"target": "t", "path": "//evil.example/x"}}, "http.path", "begins with one slash"),
        ({"http": {"target": "t", "path": "/a/../b"}}, "http.path", "begins with one slash"),
        ({"http": {"target": "t", "path": "/a?b={{slots.order}}"}}, "http.path", "goes into `query`"),
        ({"http": {"target": "t", "path": "/{{slots.name}}"}}, "http.path", "expected a slot of this action (order)"),
        ({"http": {"target": "t", "path": "/{{customer.id}}"}}, "http.path", "begins with slots or language"),
        ({"http": {"target": "t", "method": "DELETE"}}, "http.method", "expected GET or POST"),
        ({"http": {"target": "t", "json": {"a": "b"}}}, "http.json", "expected none with GET"),
        ({"slots": [{"name": "order", "type": "colour", "ask": "x"}]}, "slots.0.type", "expected one of order_number"),
        ({"slots": [{"name": "order", "pattern": "(a+)+b", "ask": "x"}]}, "slots.0.pattern", r"expected letters, digits"),
        ({"slots": [{"name": "order"}]}, "slots.0.ask", "expected the question"),
        ({"answer": {"en": "{{slots.colour}}"}}, "answer.en", "expected a slot"),
        ({"when": [{"path": "result.x", "is": "a"}]}, "when.0", "expected either `answer`"),
        ({"when": [{"path": "result.x", "answer": "b"}]}, "when.0", "expected either `is`"),
        ({"anwser": {"en": "x"}}, "anwser", "did you mean `answer`?"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place(changes: dict[str, Any], where: str, expected: str) -> None:
    found, troubles = read(EntryId("x"), WRITTEN | changes)
    assert found is None
    assert any(".".join(path) == where and expected in message for path, message in troubles), troubles


def test_a_knowledge_base_names_the_line_of_a_bad_action() -> None:
    text = "- id: a\n  questions: [one]\n  action:\n    http: {target: t, path: /x}\n    answer:\n      en: '{{result.x | boom}}'\n"
    _, problems = parse([Source("kb.yaml", text)])
    assert [(problem.where, problem.message[:36]) for problem in problems] == [("kb.yaml:6", "entry a: action.answer.en: expected ")]


@pytest.mark.parametrize(
    ("shape", "fitting", "other"),
    [
        (r"A\d{7}", ["A1234567", "a1234567"], ["A123456", "A12345678", "B1234567"]),
        (r"[A-Z]{2}-\d{4,6}|\d{10}", ["AB-1234", "AB-123456", "0123456789"], ["AB-123", "A-1234", "012345678"]),
        (r"SO\w+", ["SO1", "so_2"], ["SO", "SO-1"]),
        (r"\d*X?\d", ["5", "12X3", "123"], ["X", "12X", ""]),
    ],
)
def test_shapes(shape: str, fitting: list[str], other: list[str]) -> None:
    pattern = Pattern(shape)
    assert [text for text in fitting + other if pattern.matches(text)] == fitting


@pytest.mark.parametrize("shape", ["", "(a)", "a**", "[^a]", "a{3,1}", "a{99}", ".", "^a$", r"\b", "[]", "x?", "a|"])
def test_what_is_no_shape_is_refused(shape: str) -> None:
    with pytest.raises(BadPattern):
        Pattern(shape)


def test_no_shape_takes_long_over_any_text() -> None:
    pattern = Pattern(r"\w*\w*\w*\w*\w*\w*!")
    assert not any(pattern.matches("A" * 64) for _ in range(20))


def test_no_shape_stalls_over_a_message_full_of_candidates() -> None:
    slot = Slot(name="order", type=SlotType.ORDER_NUMBER, pattern=Pattern("|".join(["[a-z]*" * 5 + "b"] * 5)))
    assert at_most(50, lambda: values(slot, "a1 " * 700, "2026-11-22", is_asked=True)) == ()


@pytest.mark.parametrize("words", ["{{result.x | number}}", "{{result.x | amount: CNY}}"])
def test_a_number_that_would_fill_the_memory_is_none(words: str) -> None:
    with pytest.raises(Missing):
        render(template(words), {"result": {"x": "1E-99999999"}}, "en", str)


@pytest.mark.parametrize("page", ["knowledge.md", "knowledge.zh-CN.md"])
def test_the_documented_action_is_a_good_one(page: str) -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / page).read_text(encoding="utf-8")
    examples = [block for block in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL) if "action:" in block]
    entries, problems = parse([Source("kb.yaml", "\n".join(examples))])
    assert problems == ()
    (entry,) = [entry for entry in entries if entry.action]
    found, _ = read(entry.id, entry.action)
    assert found is not None
    said = outcome(found, 200, {"status": "sent", "eta": "2026-12-01"}, SLOTS, "en").text
    assert said == "Order A1234567 is on its way, due 1 December 2026."
    assert outcome(found, 200, {"status": "sent"}, SLOTS, "en").text == "It is not sent yet."
