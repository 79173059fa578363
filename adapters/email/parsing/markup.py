"""HTML of a mail: as a tree, and as text. Bounded: it has 250 floors at most, and what can blow a text up (tables, paddings) goes."""

import html
import re
from functools import lru_cache
from itertools import islice
from typing import Any

from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from lxml import etree

TEXT_MAX_CHARS = 200_000
"""Of HTML, so much is read for its text."""
QUOTES_MAX_COUNT = 9
FLOORS_MAX_COUNT = 250
PIECE_BYTES = 16_384
NAME_MAX_CHARS = 60
ATTRIBUTES_MAX_COUNT = 60
_OPEN, _SHUT = "\ue000", "\ue001"
"""They stand around a quotation until the lines are made."""
_MARKS = re.compile(f"[{_OPEN}{_SHUT}]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
"""What no tree may hold."""
_TAG = re.compile(r"<[/a-z!?][^<>]*+>?", re.IGNORECASE)
_LINE_END = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6]|/blockquote|/pre)\b[^<>]*+>", re.IGNORECASE)
_RAW = re.compile(r"<(script|style|title)\b", re.IGNORECASE)
_RAW_END = {name: re.compile(f"</{name}[^<>]*+>", re.IGNORECASE) for name in ("script", "style", "title")}
_HIDDEN = re.compile(r"display\s*+:\s*+none", re.IGNORECASE)
_KEPT_SPACE = re.compile(r"white-space\s*+:\s*+(?:pre|break-spaces)", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n(?:[ \t\u00a0]*+\n){2,}")
_CSS = STRICT_CSS_PROFILE | {
    "ul": HtmlElement(display=Display.block),
    "ol": HtmlElement(display=Display.block),
    "tr": HtmlElement(display=Display.block),
}
_CONFIG = ParserConfig(css=_CSS)
_BLOCKS = frozenset(
    ("table", "tbody", "thead", "tfoot", "tr", "center", "form", "fieldset", "dl", "dt", "dd", "details", "summary", "section")
)
_DROPPED = frozenset(("script", "style", "head", "title", "template", "noscript", "object", "svg", "math", "select", "textarea", "iframe"))


class _TooDeep(Exception):
    """More floors than any page has: the time for closing elements grows with them."""


def _is_name(text: str) -> bool:
    return len(text) <= NAME_MAX_CHARS and _is_known_name(text)


@lru_cache(maxsize=500)
def _is_known_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def _fit(text: str) -> str:
    return text if text.isprintable() else _UNFIT.sub("", text)


class _Target:
    """Builds a tree out of what libxml2 tells: no comments, nothing that runs, few floors, few attributes.

    libxml2's own tree takes minutes for an element with 100,000 attributes.
    """

    def __init__(self) -> None:
        self._builder = etree.TreeBuilder()
        self._open: list[str] = []
        self._dropped = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if len(self._open) >= FLOORS_MAX_COUNT:
            raise _TooDeep
        self._open.append(tag)
        self._dropped += tag in _DROPPED
        if not self._dropped:
            kept = {name: _fit(value) for name, value in islice(attributes.items(), ATTRIBUTES_MAX_COUNT) if _is_name(name)}
            self._builder.start(tag if _is_name(tag) else "span", kept)

    def end(self, tag: str) -> None:
        self._open.pop()
        if not self._dropped:
            self._builder.end(tag if _is_name(tag) else "span")
        self._dropped -= tag in _DROPPED

    def data(self, text: str) -> None:
        if not self._dropped:
            self._builder.data(_fit(text))

    def comment(self, text: str) -> None:
        """Left out."""

    def close(self) -> Any:
        while self._open:
            self.end(self._open[-1])
        return self._builder.close()


def tree(source: str) -> tuple[Any, bool]:
    """Its tree, None where there is none; and whether that is all of it."""
    target = _Target()
    parser = etree.HTMLParser(encoding="utf-8", target=target)
    data = source.encode("utf-8", "replace")
    try:
        for at in range(0, len(data), PIECE_BYTES):  # libxml2 reads on to the end of a piece after it was told to stop
            parser.feed(data[at : at + PIECE_BYTES])
        return parser.close(), True
    except _TooDeep:
        return target.close(), False
    except (etree.LxmlError, ValueError, AssertionError):
        return None, True


def text_of(source: str) -> str:
    """What people read in it, quotations behind `> `."""
    cut = _MARKS.sub("", source[:TEXT_MAX_CHARS])
    root, is_whole = tree(cut) if cut.strip() else (None, True)
    if root is None or not is_whole:
        return crude(cut)
    _flatten(root)
    try:
        lines = Inscriptis(root, _CONFIG).get_text()
    except Exception:  # somebody else's code over a stranger's page: whatever it trips over, the words are still read
        return crude(cut)
    return _BLANK_LINES.sub("\n\n", _quoted(lines)).strip("\n").rstrip()


def crude(source: str) -> str:
    """Without its tags: for what no tree can be made of."""
    shown: list[str] = []
    at = 0
    while at < len(source):
        hidden = _RAW.search(source, at)
        shown.append(source[at : hidden.start() if hidden else len(source)])
        end = _RAW_END[hidden[1].lower()].search(source, hidden.end()) if hidden else None
        at = end.end() if end else len(source)
    lines = html.unescape(_TAG.sub("", _LINE_END.sub("\n", " ".join(shown)))).split("\n")
    return _BLANK_LINES.sub("\n\n", "\n".join(" ".join(line.split()) for line in lines)).strip()


def _flatten(root: Any) -> None:
    """Tables become lines, styles go: a table's columns as text are as wide as its widest cell, in every row."""
    for each in list(root.iter()):
        tag = each.tag
        if not isinstance(tag, str):
            continue
        style = each.attrib.pop("style", "")
        if style and _HIDDEN.search(style):
            each.clear(keep_tail=True)
            each.tag = "span"
            continue
        if style and _KEPT_SPACE.search(style):
            each.set("style", "white-space: pre")
        if tag in {"td", "th"}:
            each.tag = "span"
            if each.getprevious() is not None:
                each.text = "\u2002" + (each.text or "")
        elif tag in _BLOCKS:
            each.tag = "div"
        elif tag == "blockquote":
            _mark(each)


def _mark(quote: Any) -> None:
    quote.text = _OPEN + (quote.text or "")
    if len(quote):
        quote[-1].tail = (quote[-1].tail or "") + _SHUT
    else:
        quote.text += _SHUT


def _quoted(text: str) -> str:
    """The lines, those of quotations behind as many `> ` as they lie deep."""
    if _OPEN not in text:
        return text.replace("\u2002", "  ")
    out: list[str] = []
    depth = 0
    for line in text.replace("\u2002", "  ").split("\n"):
        opened = line.count(_OPEN)
        here = depth + opened
        depth = max(0, here - line.count(_SHUT))
        words = _MARKS.sub("", line).rstrip()
        if words or not _MARKS.search(line):
            out.append(f"{'> ' * min(here, QUOTES_MAX_COUNT)}{words}".rstrip())
    return "\n".join(out)
