"""Everything wrong with a knowledge base is told at once: where, in which entry, what was expected."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.entries import Entry, EntryHandoff, Risk
from bot.formats import Source
from bot.knowledge import parse
from bot.writing import written
from gateway.core.handoff import Reason, Urgency

FULL = """\
- id: refund-time
  questions: ["退款多久到账？", "how long does a refund take"]
  answer: {zh: "三天。", en: "Three days.", zh-TW: "三天喔。"}
  answer_on: {phone: {zh: "三天"}}
  tags: [refund]
  category: payment
  urgency: high
  valid: {from: 2026-11-01, to: 2026-11-12}
  risk: high
  not_questions: ["退款险多久到账"]
  handoff: {queue: refunds, reason: sensitive_topic}
  action: null
"""


def problems(text: str, name: str = "kb.yaml") -> list[str]:
    return [str(problem) for problem in parse([Source(name, text)])[1]]


def test_every_key_is_read() -> None:
    entries, found = parse([Source("kb.yaml", FULL)])
    assert found == ()
    (entry,) = entries
    assert entry.questions == ("退款多久到账？", "how long does a refund take")
    assert entry.answer == {"zh": "三天。", "en": "Three days.", "zh-TW": "三天喔。"}
    assert entry.answer_on == {"phone": {"zh": "三天"}}
    assert (entry.tags, entry.category, entry.urgency, entry.risk) == (("refund",), "payment", Urgency.HIGH, Risk.HIGH)
    assert (entry.valid_from, entry.valid_to, entry.not_questions) == ("2026-11-01", "2026-11-12", ("退款险多久到账",))
    assert entry.handoff is not None
    assert (entry.handoff.queue, entry.handoff.reason) == ("refunds", Reason.SENSITIVE_TOPIC)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            '- id: a\n  questions: ["x", no]\n  answer: y',
            'kb.yaml:2: entry a: questions: expected text, found true or false (`no`): put it in quotes: "no"',
        ),
        (
            "- id: 2026-11-01\n  questions: [x]\n  answer: y",
            'kb.yaml:1: id: expected text, found a date (`2026-11-01`): put it in quotes: "2026-11-01"',
        ),
        (
            "- id: a\n  questions:\n    - x\n    - 10086\n  answer: y",
            'kb.yaml:4: entry a: questions: expected text, found a number (`10086`): put it in quotes: "10086"',
        ),
        ("- id: a\n  questions: [x]\n  anser: y", "kb.yaml:3: entry a: an entry: found the unknown key `anser`: did you mean `answer`?"),
        ("- id: a\n  questions: [x]", "kb.yaml:1: entry a: answer: expected a text, or one for each language, found none"),
        ("- id: a\n  questions: []\n  answer: y", "kb.yaml:1: entry a: questions: expected at least one question, found none"),
        ("- questions: [x]\n  answer: y", "kb.yaml:1: id: expected a short text, found none"),
        (
            "- {id: a, questions: [x], answer: y}\n- {id: a, questions: [z], answer: y}",
            "kb.yaml:2: entry a: expected an id of its own, found the id of the entry at kb.yaml:1",
        ),
        (
            "- {id: a, questions: [x], answer: y, risk: huge}",
            "kb.yaml:1: entry a: risk: expected low, normal, high, found `huge`",
        ),
        (
            "- {id: a, questions: [x], answer: y, valid: {to: soon}}",
            "kb.yaml:1: entry a: valid.to: expected a date such as 2026-11-01, found `soon`",
        ),
        (
            "- {id: a, questions: [x], answer: {chinese: y}}",
            "kb.yaml:1: entry a: answer: expected language tags such as zh, zh-TW or en, found `chinese`",
        ),
        ("id: a", "kb.yaml:1: expected a list of entries, each beginning with `- id:`"),
        ("- just text", "kb.yaml:1: an entry: expected keys and values (id, questions, answer ...), found `just text`"),
        ("- &a {id: a, questions: [x], answer: y}\n- *a", "kb.yaml:2: expected plain values, found an alias (*name): write the value out"),
    ],
)
def test_a_mistake_is_told_with_its_line_entry_and_mend(text: str, problem: str) -> None:
    assert problem in problems(text)


def test_all_mistakes_are_told_at_once() -> None:
    assert len(problems("- {id: a, questions: [no], answer: y}\n- {id: b, questions: [x]}\n- {id: c, questions: [x], answer: 1}")) == 3


def test_broken_yaml_is_told_with_its_line() -> None:
    (problem,) = problems('- id: a\n  questions: ["x\n')
    assert problem.startswith("kb.yaml:")
    assert "expected YAML" in problem


def test_a_key_that_stands_twice_is_told() -> None:
    (problem,) = problems("- id: a\n  questions: [x]\n  answer: y\n  answer: z")
    assert problem.startswith("kb.yaml:4: ")
    assert "the key `answer` stands twice" in problem


def test_a_json_line_is_an_entry() -> None:
    text = '{"id": "a", "questions": ["x"], "answer": "你好"}\n\n{"id": "b", "questions": ["y"], "answer": {"en": "hi"}}\n'
    entries, found = parse([Source("kb.jsonl", text)])
    assert found == ()
    assert [(entry.id, dict(entry.answer)) for entry in entries] == [("a", {"zh": "你好"}), ("b", {"en": "hi"})]


def test_a_broken_json_line_is_told_with_its_number() -> None:
    (problem,) = problems('{"id": "a", "questions": ["x"], "answer": "y"}\n{"id": ', "kb.jsonl")
    assert problem.startswith("kb.jsonl:2: expected one JSON object a line")


def test_csv_rows_are_entries_and_rows_without_an_id_add_questions() -> None:
    text = 'id,questions,answer_zh,answer_en,tags\na,"退款\nrefund",三天,"Three, days",x;y\n,money back,,,\nb,运费,八元,,\n'
    entries, found = parse([Source("kb.csv", text)])
    assert found == ()
    assert [(entry.id, entry.questions) for entry in entries] == [("a", ("退款", "refund", "money back")), ("b", ("运费",))]
    assert entries[0].answer == {"zh": "三天", "en": "Three, days"}
    assert entries[0].tags == ("x", "y")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name,text\na,b\n", "kb.csv:1: expected the columns id, questions and answer, found name, text"),
        ("id,question,answer\na,x,y,z\n", "kb.csv:2: expected 3 columns, found 4: quote cells with commas"),
        ("id,question,answer\na,x,\n", "kb.csv:2: entry a: answer: expected a text, or one for each language, found none"),
    ],
)
def test_a_csv_mistake_is_told_with_its_line(text: str, problem: str) -> None:
    assert problems(text, "kb.csv") == [problem]


def test_a_question_that_is_too_long_is_told() -> None:
    assert problems(f"- {{id: a, questions: [{'x' * 1001}], answer: y}}") == [
        "kb.yaml:1: entry a: questions: expected at most 1000 characters, found 1001"
    ]


words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text and "\n" not in text
)
entries_of = st.builds(
    Entry,
    id=words,
    questions=st.lists(words, min_size=1, max_size=3).map(tuple),
    answer=st.dictionaries(st.sampled_from(["zh", "en", "zh-TW"]), words, min_size=1),
    category=st.none() | words,
    urgency=st.sampled_from(Urgency),
    risk=st.sampled_from(Risk),
    valid_from=st.sampled_from(["", "2026-01-02"]),
    handoff=st.none() | st.builds(EntryHandoff, queue=st.none() | words, reason=st.sampled_from(Reason)),
)


@pytest.mark.parametrize("suffix", [".yaml", ".jsonl"])
@given(entry=entries_of)
def test_what_is_written_reads_as_the_same_entry(suffix: str, entry: Entry) -> None:
    assert parse([Source(f"kb{suffix}", written([entry], suffix))]) == ((entry,), ())


@given(text=st.text(max_size=200))
@pytest.mark.parametrize("name", ["kb.yaml", "kb.jsonl", "kb.csv"])
def test_no_file_makes_the_reader_raise(name: str, text: str) -> None:
    entries, found = parse([Source(name, text)])
    assert isinstance(entries, tuple)
    assert isinstance(found, tuple)
