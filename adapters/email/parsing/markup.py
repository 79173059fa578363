"""HTML of a mail: as a tree, and as text. Bounded: libxml2 stops at 256 floors, and what can blow a text up (tables, paddings) goes."""

import html
import re
from typing import Any

from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.html_engine import Inscriptis
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement
from lxml import etree
from lxml import html as lxml_html

TEXT_MAX_CHARS = 200_000
"""Of HTML, so much is read for its text."""
QUOTES_MAX_COUNT = 9
FLOORS_MAX_COUNT = 250
_OPEN, _SHUT = "\ue000", "\ue001"
"""They stand around a quotation until the lines are made."""
_MARKS = re.compile(f"[{_OPEN}{_SHUT}]")
_TAG = re.compile(r"<(?:style|script|head|title)\b[^<]*+|<[^<>]*+>?", re.IGNORECASE)
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


def tree(source: str) -> Any:
    """Its tree, None where there is none. Comments are left out; what lies below 256 floors as well."""
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    data = source.encode("utf-8", "replace")
    if not data.strip():
        return None
    try:
        return lxml_html.document_fromstring(data, parser=parser)
    except (etree.LxmlError, ValueError, AssertionError):
        return None


def is_too_deep(source: Any) -> bool:
    """The tree is only its beginning: libxml2 stopped at its limit."""
    depth = 0
    for event, _ in etree.iterwalk(source, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth >= FLOORS_MAX_COUNT:
            return True
    return False


def text_of(source: str) -> str:
    """What people read in it, quotations behind `> `."""
    cut = _MARKS.sub("", source[:TEXT_MAX_CHARS])
    root = tree(cut)
    if root is None or is_too_deep(root):
        return crude(cut)
    _flatten(root)
    try:
        lines = Inscriptis(root, _CONFIG).get_text()
    except Exception:  # somebody else's code over a stranger's page: whatever it trips over, the words are still read
        return crude(cut)
    return _BLANK_LINES.sub("\n\n", _quoted(lines)).strip("\n").rstrip()


def crude(source: str) -> str:
    """Without its tags: for what no tree can be made of."""
    return html.unescape(_TAG.sub(" ", source)).strip()


def _flatten(root: Any) -> None:
    """Tables become lines, styles go: a table's columns as text are as wide as its widest cell, in every row."""
    for each in list(root.iter()):
        tag = each.tag
        if not isinstance(tag, str):
            continue
        style = each.attrib.pop("style", "")
        if tag in _DROPPED or (style and _HIDDEN.search(style)):
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
