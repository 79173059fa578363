"""The widget says the same things in every language."""

import re

import pytest

from gateway.web.pages import Pages


def catalogue(language: str) -> dict[str, str]:
    source = Pages().widget[f"{language}.js"].body.decode()
    return dict(re.findall(r'^(\w+): "(.*)",$', source, re.MULTILINE))


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_every_text_is_there_with_the_same_places_to_fill_in(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert len(english) > 40
    assert list(other) == list(english)
    assert {key: set(re.findall(r"\{\w+\}", text)) for key, text in other.items()} == {
        key: set(re.findall(r"\{\w+\}", text)) for key, text in english.items()
    }


def test_every_text_is_used() -> None:
    sources = "".join(asset.body.decode() for name, asset in Pages().widget.items() if not re.match(r"(en|zh-..)\.js", name))
    assert [key for key in catalogue("en") if f'text("{key}"' not in sources and f'"{key}"' not in sources] == []
