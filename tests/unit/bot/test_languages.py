"""The text's language decides the reply's."""

import pytest

from bot.language import ScriptDetector, reply_language
from bot.scripts import ScriptTables
from tests.unit.bot.shop import LANGUAGES


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("退款多久到账", "zh-Hans"),
        ("退款多久到帳", "zh-Hant"),
        ("轉人工", "zh-Hant"),
        ("你好", "zh"),
        ("how long does a refund take", "en"),
        ("hi", "en"),
        ("refund", "en"),
        ("zrg", None),
        ("12345", None),
        ("👍", None),
        ("", None),
        ("iPhone 怎么退货", "zh-Hans"),
        ("What does 包邮 mean on your site?", "en"),
        ("返品したいです", None),
        ("我的订单\nhttps://www.example.com/order/42?from=share", "zh-Hans"),
        ("https://www.example.com/order/42", None),
        ("see www.example.com/my/order", None),
        ("where is it https://www.example.com/order/42", "en"),
    ],
)
def test_a_texts_language_is_told_by_its_characters(text: str, language: str | None) -> None:
    assert ScriptDetector(ScriptTables()).language(text) == language


@pytest.mark.parametrize(
    ("detected", "session", "reply"),
    [
        ("en", "zh-CN", "en"),
        ("zh-Hant", "en", "zh-TW"),
        ("zh-Hans", "zh-TW", "zh-CN"),
        ("zh", "zh-TW", "zh-TW"),
        ("zh", "en", "zh-CN"),
        (None, "en", "en"),
        (None, None, "zh-CN"),
    ],
)
def test_a_text_that_does_not_say_keeps_the_sessions_language(detected: str | None, session: str | None, reply: str) -> None:
    assert reply_language(detected, session, LANGUAGES) == reply


def test_an_answer_is_written_in_traditional_characters_with_its_own_words() -> None:
    written = ScriptTables().traditional("审核通过后，3 个工作日内退到“我的账户”，里面可以查。")
    assert written == "審核通過後，3 個工作日內退到「我的帳戶」，裡面可以查。"
