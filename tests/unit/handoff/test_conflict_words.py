"""Every conflict that an agent can be told has its words, in every language, filled in with what the conflict carries."""

import re
from importlib.resources import files

import pytest

from config.texts import load_texts

SOURCE = "\n".join(entry.read_text(encoding="utf-8") for entry in files("handoff").iterdir() if entry.name.endswith(".py"))
CODES = set(re.findall(r'\bcode="(\w+)"', SOURCE)) | {"stale", "not_now", "not_yours", "take_over_first"}
VALUES = {
    "taken": {"name"}, "not_yours": {"name"}, "take_over_first": {"name"}, "not_waiting": {"state"}, "not_now": {"state"},
    "not_accepted": {"queue"}, "colleague_gone": {"name", "queue"}, "shortcut_taken": {"shortcut"},
}  # fmt: skip


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
def test_every_conflict_has_its_words(language: str) -> None:
    texts = load_texts()[language]
    assert len(CODES) > 12
    assert [code for code in sorted(CODES) if f"desk.error.{code}" not in texts] == []


@pytest.mark.parametrize("language", ["en", "zh-CN", "zh-TW"])
def test_the_words_ask_for_nothing_that_the_conflict_does_not_carry(language: str) -> None:
    texts = load_texts()[language]
    asked = {code: set(re.findall(r"\{(\w+)\}", texts[f"desk.error.{code}"])) for code in CODES}
    assert {code: names for code, names in asked.items() if names - VALUES.get(code, set())} == {}
