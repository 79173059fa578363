"""The widget is small: what a browser fetches, compressed, is counted here."""

import re
from importlib.resources import files

import pytest

from gateway.web.pages import LANGUAGES, LOADER, ONWARD, PANEL, Pages
from gateway.web.scripts import in_order

LOADER_MAX_BYTES = 3 * 1024
UI_MAX_BYTES = 25 * 1024
ONWARD_MAX_BYTES = 5 * 1024


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


def test_the_loader_is_at_most_3_kilobytes(pages: Pages) -> None:
    assert len(pages.widget["widget.js"].packed) <= LOADER_MAX_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_widget_is_at_most_25_kilobytes_in_every_language(pages: Pages, language: str) -> None:
    """The loader, everything else, and one language."""
    names = {LOADER, PANEL, f"{language}.js"}
    assert names <= set(pages.widget)
    assert sum(len(pages.widget[name].packed) for name in names) <= UI_MAX_BYTES


def test_what_few_sites_need_comes_apart_and_is_at_most_5_kilobytes(pages: Pages) -> None:
    assert len(pages.widget[ONWARD].packed) <= ONWARD_MAX_BYTES
    assert b"claim" not in pages.widget[PANEL].body


def test_every_script_of_the_widget_goes_out(pages: Pages) -> None:
    folder = files("adapters.webchat") / "static"
    written = {entry.name for entry in folder.iterdir() if entry.name.endswith(".js")}
    shared = files("gateway.web") / "static"
    sources = {entry.name: entry.read_bytes() for part in (shared, folder) for entry in part.iterdir() if entry.name.endswith(".js")}
    assert set(pages.widget) == {LOADER, PANEL, ONWARD, "en.js", "zh-CN.js", "zh-TW.js"}
    assert written == {*in_order(sources, PANEL), *pages.widget, "frames.js"} - {"dom.js", "markdown.js", "tokens.js"}  # frames.js is types


def test_the_loader_has_the_tokens_accents(pages: Pages) -> None:
    accents = re.findall(rb"--fd-accent: (#\w+);", pages.shared["tokens.js"].body)
    assert re.findall(rb"--accent:(#\w+)[;}]", pages.widget["widget.js"].body) == accents
    assert len(accents) == 2
