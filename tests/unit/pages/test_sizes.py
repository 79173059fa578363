"""The widget is small: what a browser fetches, compressed, is counted here."""

import re
from importlib.resources import files

import pytest

from gateway.web.pages import LAZY, LOADER, PANEL, Pages
from gateway.web.scripts import together

LANGUAGES = ("zh-CN", "zh-TW", "en")

LOADER_MAX_BYTES = 3 * 1024
UI_MAX_BYTES = 25 * 1024


@pytest.fixture(scope="module")
def pages() -> Pages:
    return Pages()


def test_the_loader_is_at_most_3_kilobytes(pages: Pages) -> None:
    assert len(pages.widget["widget.js"].packed) <= LOADER_MAX_BYTES


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_widget_is_at_most_25_kilobytes_in_every_language(pages: Pages, language: str) -> None:
    """The loader, the panel, everything that is fetched only when it is needed, and one language."""
    names = set(pages.widget) - {f"{other}.js" for other in LANGUAGES if other != language}
    assert {LOADER, PANEL, "survey.js", f"{language}.js"} < names
    assert sum(len(pages.widget[name].packed) for name in names) <= UI_MAX_BYTES


def test_every_script_of_the_widget_goes_out_and_is_fetched_by_somebody(pages: Pages) -> None:
    folder = files("adapters.webchat") / "static"
    written = {entry.name for entry in folder.iterdir()}
    sources = {name: (folder / name).read_bytes() for name in written} | {
        name: (files("gateway.web") / "static" / name).read_bytes() for name in ("dom.js", "markdown.js", "tokens.js")
    }
    inside = together(sources, PANEL)[1]
    assert written <= inside | set(pages.widget) | {"frames.js"}  # which is read by tsc only
    code = b"".join(asset.body for asset in pages.widget.values())
    assert [name for name in LAZY if name.removesuffix(".js") not in LANGUAGES and f'import("./{name}")'.encode() not in code] == []


def test_the_loader_has_the_tokens_accents(pages: Pages) -> None:
    accents = re.findall(rb"--fd-accent: (#\w+);", pages.shared["tokens.js"].body)
    assert re.findall(rb"--accent: (#\w+);", pages.widget["widget.js"].body) == accents
    assert len(accents) == 2
