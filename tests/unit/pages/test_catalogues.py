"""The widget says the same things in every language."""

import re
from importlib.resources import files

import pytest

FOLDER = files("adapters.webchat") / "static"


def catalogue(language: str) -> dict[str, str]:
    return dict(re.findall(r'^  (\w+): "(.*)",$', (FOLDER / f"{language}.js").read_text(encoding="utf-8"), re.MULTILINE))


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW"])
def test_every_text_is_there_with_the_same_places_to_fill_in(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert len(english) > 40
    assert list(other) == list(english)
    assert {key: set(re.findall(r"\{\w+\}", text)) for key, text in other.items()} == {
        key: set(re.findall(r"\{\w+\}", text)) for key, text in english.items()
    }


def test_every_text_is_used_and_every_text_that_is_used_is_there() -> None:
    names = [entry.name for entry in FOLDER.iterdir() if not re.match(r"(en|zh-..)\.js", entry.name)]
    sources = "".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
    assert [key for key in catalogue("en") if f'"{key}"' not in sources and key not in {"bot", "agent", "kept"}] == []
    assert set(re.findall(r'\btext\("(\w+)"', sources)) <= set(catalogue("en"))
