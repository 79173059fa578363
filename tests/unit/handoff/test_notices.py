"""What customers are told, as their language writes it."""

import pytest

from handoff.notices import coming, together
from handoff.waiting import Estimate
from tests.integration.floor import TEXTS


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "zh"])
def test_chinese_sentences_follow_one_another_without_a_space(language: str) -> None:
    assert (
        together(language, "抱歉，目前没有客服人员在线。", "您的工单号是 7KQ2-M4XT。")
        == "抱歉，目前没有客服人员在线。您的工单号是 7KQ2-M4XT。"
    )


def test_english_sentences_are_parted_by_a_space() -> None:
    assert together("en", "One.", "Two.") == "One. Two."


def test_the_place_in_the_line_and_the_wait_are_one_chinese_paragraph() -> None:
    said = coming(TEXTS, "zh-CN", 2, Estimate(30, 50))
    assert said == "我正在为您转接人工客服，您目前排在第 2 位。通常不到一分钟。"
