"""Classification can be configured, and what would decide nothing, or by chance, is refused."""

from pathlib import Path

import pytest

from config.loader import load
from config.problems import ConfigError


def loaded(tmp_path: Path, text: str) -> list[str]:
    """The problems of a configuration, without their places."""
    file = tmp_path / "frontdesk.toml"
    file.write_text(text, encoding="utf-8")
    try:
        load(file, {})
    except ConfigError as error:
        return [problem.message for problem in error.problems]
    return []


def test_areas_kinds_and_queues_that_exist_are_taken(tmp_path: Path) -> None:
    assert loaded(tmp_path, """
        [bot.triage]
        minutes = {urgent = 60.0}
        kind_queues = {complaint = "complaints"}
        kind_words = {complaint = ["消委會", "ombudsman"]}
        [bot.areas."退款 售后"]
        words = ["退款"]
        queue = "complaints"
        [queues.complaints]
    """) == []  # fmt: skip


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[bot.triage]\nkind_queues = {complaint = 'nowhere'}", "unknown queue 'nowhere'; known: default"),
        ("[bot.areas.tax]\nqueue = 'nowhere'", "unknown queue 'nowhere'; known: default"),
        ("[bot.triage]\nkind_words = {rant = ['x']}", "expected one of question, complaint, suggestion, request, praise, other"),
        ("[bot.triage]\nurgency_words = {soon = ['x']}", "expected one of low, normal, high, urgent"),
        ("[bot.triage]\nkind_words = {praise = ['赞'], complaint = ['赞']}", "'赞' stands for 'praise' already"),
        ("[bot.areas.a]\nwords = ['VAT']\n[bot.areas.b]\nwords = ['vat']", "'vat' stands for 'a' already"),
        ("[bot.areas.a]\ncategories = ['x']\n[bot.areas.b]\ncategories = ['x']", "'x' belongs to the area 'a' already"),
        ("[bot.areas.a]\nwords = [' ']", "expected words of 1 to 40 characters"),
        ("[bot.triage]\nminutes = {urgent = 1000.0}", "expected a number >= -120 and <= 120, got 1000.0"),
        ("[bot.areas.'a/b']", "expected a name of letters, digits, spaces, - and _, at most 64"),
    ],
)
def test_what_would_decide_by_chance_or_never_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    assert loaded(tmp_path, text) == [problem]
