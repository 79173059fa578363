"""Which language is nearest, and how texts are filled in."""

import pytest

from gateway.core.texts import Texts, nearest

OFFERED = ("zh-CN", "zh-TW", "en")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("zh", "zh-CN"), ("zh-Hans-SG", "zh-CN"), ("zh-HK", "zh-TW"), ("zh_Hant", "zh-TW"), ("zh-MO", "zh-TW"), ("en-GB", "en"),
        ("fr", "en"), ("", "en"), ("x" * 5000, "en"),
    ],
)  # fmt: skip
def test_nearest_language(wanted: str, found: str) -> None:
    assert nearest(wanted, OFFERED) == found


def test_traditional_falls_back_to_simplified_before_english() -> None:
    assert nearest("zh-TW", ("en", "zh-CN")) == "zh-CN"


def test_first_language_where_nothing_fits() -> None:
    assert nearest("fr", ("ja", "ko")) == "ja"


def test_a_customers_words_are_values_and_never_the_pattern() -> None:
    texts = Texts({"en": {"greet": "Hello {name}, you are number {position}"}})
    assert texts.say("greet", "en", name="{position}", position=3) == "Hello {position}, you are number 3"
