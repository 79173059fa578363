"""The widget is small: what a browser fetches, compressed, is counted here."""

import re

import pytest

from gateway.web.pages import Pages

LOADER_MAX_BYTES = 3 * 1024
UI_MAX_BYTES = 25 * 1024


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


def fetched(pages: Pages, first: str) -> set[str]:
    """A module and all that it imports before it runs."""
    found: set[str] = set()
    waiting = [first]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += re.findall(r'^(?:import|export) [^"]*"\./([\w-]+\.js)";', pages.widget[name].body.decode(), re.MULTILINE)
    return found


def test_the_loader_is_at_most_3_kilobytes(pages: Pages) -> None:
    assert len(pages.widget["widget.js"].packed) <= LOADER_MAX_BYTES


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
def test_the_whole_panel_is_at_most_25_kilobytes_in_every_language(pages: Pages, language: str) -> None:
    later = {"poll.js", "survey.js", "uploads.js"}
    names = fetched(pages, "panel.js") | {f"{language}.js"} | later
    assert {"conversation.js", "style.js", "tokens.js", "markdown.js"} < names
    assert sum(len(pages.widget[name].packed) for name in names) <= UI_MAX_BYTES


def test_every_script_of_the_widget_is_fetched_by_somebody(pages: Pages) -> None:
    known = fetched(pages, "panel.js") | {"widget.js", "frames.js", "zh-CN.js", "zh-TW.js", "en.js", "poll.js", "survey.js", "uploads.js"}
    assert set(pages.widget) == known


def test_the_loader_has_the_tokens_accents(pages: Pages) -> None:
    accents = re.findall(rb"--fd-accent: (#\w+);", pages.widget["tokens.js"].body)
    assert re.findall(rb"--accent: (#\w+);", pages.widget["widget.js"].body) == accents
    assert len(accents) == 2
