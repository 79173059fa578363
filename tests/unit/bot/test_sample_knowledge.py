"""The knowledge base that ships answers its own questions, in both languages, and says sensible things."""

import re

import pytest

from bot import Bot, Entry
from gateway.core.decision import Kind
from gateway.core.handoff import Reason
from gateway.knowledge import load_knowledge
from tests.unit.bot.shop import ask

DAY = "2026-11-15"


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return load_knowledge("")


def is_chinese(text: str) -> bool:
    return re.search("[\u4e00-\u9fff]", text) is not None


def test_there_are_sixty_entries_and_more_with_both_languages(entries: tuple[Entry, ...]) -> None:
    assert len(entries) >= 60
    thin = [entry.id for entry in entries for chinese in (True, False) if sum(is_chinese(q) is chinese for q in entry.questions) < 3]
    assert [entry_id for entry_id in thin if entry_id not in FEW] == []
    assert [entry.id for entry in entries if {"zh", "en"} - set(entry.answer)] == []


FEW = {"service-become-seller"}
"""Rarely asked: two ways in Chinese are enough."""


def test_every_feature_of_the_format_is_shown(entries: tuple[Entry, ...]) -> None:
    for shown in ("answer_on", "not_questions", "handoff", "valid_to", "category", "tags"):
        assert any(getattr(entry, shown) for entry in entries), shown
    assert {entry.risk.value for entry in entries} >= {"normal", "high"}
    assert {entry.urgency.value for entry in entries} >= {"normal", "high", "urgent"}
    assert {"phone", "wechat"} <= {channel for entry in entries for channel in entry.answer_on}


def test_every_question_leads_to_its_own_entry(sample: Bot, entries: tuple[Entry, ...]) -> None:
    wrong = [q for entry in entries for q in entry.questions if sample.decide(ask(q, today=DAY)).entry != entry.id]
    assert wrong == []


@pytest.mark.parametrize(
    "text", ["不要取消我的订单", "please do not cancel my membership", "股票今天涨了吗", "how do I bake bread", "帮我写作业"]
)
def test_what_it_must_not_answer_it_does_not(sample: Bot, text: str) -> None:
    assert sample.decide(ask(text, today=DAY)).kind in {Kind.CLARIFY, Kind.HANDOFF}


def test_three_unlikely_entries_are_no_reason_to_ask_back(sample: Bot) -> None:
    decision = sample.decide(ask("how do I bake bread", today=DAY))
    assert (decision.kind, decision.reason) == (Kind.HANDOFF, Reason.LOW_CONFIDENCE)


def test_english_answers_hold_no_chinese(entries: tuple[Entry, ...]) -> None:
    assert [entry.id for entry in entries if is_chinese(entry.answer["en"])] == []
