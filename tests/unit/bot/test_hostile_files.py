"""Knowledge bases from people who mean no good, or from programs that went wrong: told in words, and soon."""

import pytest

from bot.formats import Source
from bot.knowledge import parse
from tests.effort import at_most

SOON = 1000
"""Times a little word count; each of these texts took half a minute to many minutes."""


def problem_in(name: str, text: str) -> str:
    """The first problem, without waiting long for it; "" for none."""
    _, problems = at_most(SOON, lambda: parse([Source(name, text, is_foreign=name.endswith(".csv"))]))
    return str(problems[0]) if problems else ""


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 50_000, "- " * 5_000 + "x"])
def test_yaml_that_lies_too_deep_is_not_read_to_its_end(text: str) -> None:
    assert problem_in("kb.yaml", text) == "kb.yaml:1: expected entries, found too deep a nesting"


@pytest.mark.parametrize(
    "line",
    [
        r'{"id": "a", "questions": ["\ud800"], "answer": {"zh": "x"}}',
        r'{"id": "\udc00", "questions": ["q"], "answer": {"zh": "x"}}',
        r'{"id": "a", "questions": ["q"], "answer": {"zh": "x"}, "action": {"\ud800": "x"}}',
    ],
)
def test_half_a_character_is_a_mistake_of_its_line(line: str) -> None:
    assert problem_in("kb.jsonl", "\n" + line).startswith("kb.jsonl:2: expected one JSON object a line, found a mistake in it")


def test_whole_characters_may_be_written_in_halves() -> None:
    assert problem_in("kb.jsonl", r'{"id": "a", "questions": ["\ud83d\ude00?"], "answer": {"zh": "x"}}') == ""


def test_thousands_of_rows_with_the_same_title_are_named_soon() -> None:
    text = "questions,answer\n" + "\n".join(f"same?,answer {number}" for number in range(20_000))
    assert problem_in("kb.csv", text) == ""


@pytest.mark.parametrize("column", ["variants", "not_questions", "tags"])
def test_a_cell_full_of_blanks_is_read_soon(column: str) -> None:
    assert problem_in("kb.csv", f"questions,{column},answer\nq,one;{' ' * 100_000}two,a") == ""
