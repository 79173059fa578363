"""A mail's own look, fit for a sandboxed frame.

Two passes. `markup.tree` makes a tree of few floors, in which pictures are looked up, tracking pixels dropped and quotations folded;
then nh3 has the last word: an allow-list of elements, attributes, addresses and styles. Nothing touches its output. (nh3 alone is no
answer: HTML5's rules for unclosed elements let a small page grow without measure.)
"""

import base64
import html
import re
from typing import Any
from urllib.parse import unquote

import filetype
import nh3
from lxml import etree

from adapters.email.parsing.flowed import calmed
from adapters.email.parsing.folding import fold
from adapters.email.parsing.markup import TEXT_MAX_CHARS, crude, tree
from adapters.email.parsing.opening import opened
from adapters.email.parsing.parts import Part
from adapters.email.parsing.style import fit
from adapters.email.parsing.transfer import body, size_bytes
from adapters.email.words import Mail

PAGE_MAX_CHARS = 500_000
"""Some 200 ms of nh3, which keeps other threads waiting. Gmail shows the first 102 KB."""
ENTITIES_MAX_COUNT = 50_000
"""nh3's time grows with their square."""
PICTURES_MAX_BYTES = 5 * 1_048_576
PICTURES = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/x-icon"))
_DATA = re.compile(r"data:image/(?:png|jpe?g|gif|webp|bmp);base64,[A-Za-z0-9+/=\s]*+", re.IGNORECASE)
_REMOTE = re.compile(r"\s*+(?:https?:)?//", re.IGNORECASE)
_LINK = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
_SMALL = re.compile(r"\s*+[0-3](?:\.\d+)?\s*+(?:px)?\s*+")
_SMALL_STYLE = re.compile(
    r"(?:^|[;\s])(?:max-)?(?:width|height)\s*+:\s*+[0-3](?:\.\d{1,3})?(?:px)?\s*+(?:!important)?\s*+(?:;|$)", re.IGNORECASE
)
_UNSEEN = re.compile(r"display\s*+:\s*+none|visibility\s*+:\s*+hidden|opacity\s*+:\s*+0(?:\.0+)?\s*+(?:;|$)", re.IGNORECASE)
_TAGS = frozenset(
    (
        *("a", "abbr", "address", "article", "aside", "b", "bdi", "big", "blockquote", "br", "caption", "center", "cite", "code", "col"),
        *("colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "font", "footer", "h1", "h2", "h3"),
        *(
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "i",
            "img",
            "ins",
            "kbd",
            "li",
            "main",
            "mark",
            "nav",
            "ol",
            "p",
            "pre",
            "q",
            "rp",
            "rt",
            "ruby",
        ),
        *("s", "samp", "section", "small", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th"),
        *("thead", "time", "tr", "tt", "u", "ul", "var", "wbr"),
    )
)
_EMPTIED = frozenset(("script", "style", "title", "template", "iframe", "object", "svg", "math", "noscript", "select", "textarea", "head"))
_SPANS = frozenset(("colspan", "rowspan", "span"))
_SPAN = re.compile(r"[1-9][0-9]?", re.ASCII)
"""A page of tables that span thousands of columns holds a browser up for seconds."""
_BOX = {"align", "valign", "width", "height", "bgcolor"}
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"style", "dir", "lang", "title"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height", "align", "border", "hspace", "vspace"},
    "font": {"color", "face", "size"},
    "table": {*_BOX, "border", "cellpadding", "cellspacing", "rules", "frame"},
    "td": {*_BOX, "colspan", "rowspan", "nowrap"},
    "th": {*_BOX, "colspan", "rowspan", "nowrap", "scope"},
    "tr": _BOX,
    "tbody": _BOX,
    "thead": _BOX,
    "col": {*_BOX, "span"},
    "colgroup": {*_BOX, "span"},
    "div": {"align"},
    "p": {"align"},
    "h1": {"align"},
    "h2": {"align"},
    "h3": {"align"},
    "hr": {"align", "width", "size", "color"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value", "type"},
    "details": {"class"},
    "summary": {"class"},
}


def sanitized(mail: Mail, raw: bytes, *, with_remote: bool) -> tuple[str, bool]:
    """Its HTML without anything that runs, asks or reaches out, and whether it wants pictures from elsewhere. Never raises.

    Pictures of its own are `data:` addresses; those from elsewhere are only left in `with_remote`. May take a while: call it in a worker.
    """
    if not mail.html.strip():
        return "", False
    try:
        return _made(mail, raw, with_remote=with_remote)
    except Exception:  # somebody else's code over a stranger's page: its words are shown
        return _words(mail), False


def _made(mail: Mail, raw: bytes, *, with_remote: bool) -> tuple[str, bool]:
    root, _ = tree(mail.html[:PAGE_MAX_CHARS])
    if root is None:
        return _words(mail), False
    has_remote = _Pictures(mail, raw, with_remote=with_remote).put_into(root)
    fold(root)
    source = calmed(etree.tostring(root, encoding="unicode", method="html"))
    if source.count("&") > ENTITIES_MAX_COUNT:
        return _words(mail), False
    return _cleaned(source, with_remote=with_remote), has_remote


def _words(mail: Mail) -> str:
    words = calmed(crude(mail.html[:TEXT_MAX_CHARS]))
    return f"<pre>{html.escape(words)}</pre>" if words else ""


class _Pictures:
    """The pictures of one page."""

    def __init__(self, mail: Mail, raw: bytes, *, with_remote: bool) -> None:
        self._places = {name.lower(): place for name, place in reversed(mail.cids)}
        self._raw = raw
        self._leaves: list[Part] | None = None
        self._room = PICTURES_MAX_BYTES
        self._known: dict[int, str] = {}
        self._with_remote = with_remote

    def put_into(self, root: Any) -> bool:
        """Give every picture an address that can be shown, or none. Whether some were from elsewhere."""
        has_remote = False
        for image in list(root.iter("img")):
            source = image.attrib.pop("src", "").strip()
            if _REMOTE.match(source):
                if _is_pixel(image):
                    _remove(image)
                    continue
                has_remote = True
                found = _https(source) if self._with_remote else ""
            else:
                found = self._own(source)
            if found:
                image.set("src", found)
        return has_remote

    def _own(self, source: str) -> str:
        if source[:4].lower() == "cid:":
            place = self._places.get(unquote(source[4:]).strip("<> ").lower())
            return "" if place is None else self._data(place)
        if len(source) <= self._room and _DATA.fullmatch(source):
            self._room -= len(source)
            return "".join(source.split())
        return ""

    def _data(self, place: int) -> str:
        if place not in self._known:
            self._known[place] = self._made(place)
        else:
            self._room -= len(self._known[place])
        return self._known[place] if self._room > 0 else ""

    def _made(self, place: int) -> str:
        if self._leaves is None:
            self._leaves = list(opened(self._raw)[0].leaves())
        if not 0 <= place < len(self._leaves) or size_bytes(self._leaves[place]) > self._room:
            return ""
        content = body(self._leaves[place])
        kind = filetype.guess(content[:4_096])
        if kind is None or kind.mime not in PICTURES:
            return ""
        made = f"data:{kind.mime};base64,{base64.b64encode(content).decode('ascii')}"
        self._room -= len(made)
        return made


def _remove(each: Any) -> None:
    """Out of the tree; the text behind it stays."""
    parent, before = each.getparent(), each.getprevious()
    if parent is not None and each.tail:
        if before is not None:
            before.tail = (before.tail or "") + each.tail
        else:
            parent.text = (parent.text or "") + each.tail
    if parent is not None:
        each.tail = None
        parent.remove(each)


def _is_pixel(image: Any) -> bool:
    """Too small to be looked at, or not to be seen: it only tells that the mail was opened."""
    style = image.get("style", "")
    sizes = [image.get(name) for name in ("width", "height") if image.get(name) is not None]
    return any(_SMALL.fullmatch(size) for size in sizes) or bool(_SMALL_STYLE.search(style) or _UNSEEN.search(style))


def _https(source: str) -> str:
    """The frame loads from elsewhere by https alone."""
    return "https://" + source.split("//", 1)[1] if len(source) <= 4_000 else ""


def _cleaned(source: str, *, with_remote: bool) -> str:
    def judged(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return fit(value) or None
        if name == "src":
            return value if _DATA.fullmatch(value) or (with_remote and value.startswith("https://")) else None
        if name == "href":
            return value if _LINK.match(value.strip()) else None
        if name in _SPANS:
            return value if _SPAN.fullmatch(value.strip()) else None
        if name == "class":
            return value if value == "quoted" and tag in {"details", "summary"} else None
        return value if len(value) <= 1_000 else None

    return nh3.clean(
        source,
        tags=set(_TAGS),
        clean_content_tags=set(_EMPTIED),
        attributes=_ATTRIBUTES,
        attribute_filter=judged,
        strip_comments=True,
        link_rel="noopener noreferrer",
        url_schemes={"http", "https", "mailto", "tel", "data"},
        set_tag_attribute_values={"a": {"target": "_blank"}},
        url_relative="deny",
    )
