"""What a mail says and what it holds: its text, its page, and what is enclosed."""

import html
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from adapters.email.parsing.charsets import decoded
from adapters.email.parsing.encoded import value
from adapters.email.parsing.flowed import ENCRYPTED, calmed, cleaned, unarmoured, unflowed
from adapters.email.parsing.head import read_head
from adapters.email.parsing.invitation import in_words
from adapters.email.parsing.markup import crude, text_of
from adapters.email.parsing.opening import OPAQUE
from adapters.email.parsing.parts import Part
from adapters.email.parsing.transfer import body

TEXT_MAX_BYTES = 524_288
"""Of one part's text, so much is read."""
TEXT_MAX_CHARS = 200_000
"""Of a whole mail's text."""
SIGNATURES = frozenset(("application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"))
MESSAGES = frozenset(("message/rfc822", "message/global"))
_LEFT_OUT = frozenset(("text/x-amp-html", "text/watch-html", "text/x-watch-html"))
_RICH = frozenset(("text/enriched", "text/richtext"))
_META = re.compile(rb"<meta\b[^<>]{0,200}?charset\s{0,3}=\s{0,3}[\"']?([A-Za-z0-9_-]{2,40})", re.IGNORECASE)
_EXCUSE = re.compile(
    r"(?i)html.{0,60}(?:e-?mail|message|邮件|郵件|support|view)|(?:不支持|不支援|无法显示|無法顯示).{0,20}html|(?:support|view|display).{0,40}html"
)


class Said(NamedTuple):
    """A stretch of a mail: as plain text, as a page; either may be empty."""

    plain: str
    page: str


@dataclass(slots=True)
class Bodies:
    """What was found on the way through the parts."""

    said: list[Said] = field(default_factory=list)
    lying: list[tuple[Part, str]] = field(default_factory=list)
    """What is enclosed, with a name for what has none."""
    calendars: list[bytes] = field(default_factory=list)
    trouble: str = ""
    room_bytes: int = 2 * TEXT_MAX_BYTES

    def text(self) -> str:
        """All that was said, as text."""
        stretches = (each.plain if each.plain.strip() else text_of(each.page) for each in self.said)
        whole = "\n\n".join(stretch.strip("\n") for stretch in stretches if stretch.strip())
        if len(whole) > TEXT_MAX_CHARS:
            self.trouble = self.trouble or "too_large"
        return calmed(whole[:TEXT_MAX_CHARS]).rstrip()

    def page(self) -> str:
        """All that was said, as a page; empty where nothing of it was one."""
        if not any(each.page for each in self.said):
            return ""
        return "\n".join(each.page or f"<pre>{html.escape(each.plain)}</pre>" for each in self.said)


def gathered(root: Part) -> Bodies:
    """What a mail's parts say and hold."""
    bodies = Bodies()
    _walk(root, bodies, is_root=True)
    return bodies


def _walk(part: Part, bodies: Bodies, *, is_root: bool = False) -> None:
    if not part.children:
        _leaf(part, bodies, is_root=is_root)
    elif part.mime == "multipart/alternative":
        _alternative(part, bodies)
    elif part.mime == "multipart/related":
        _related(part, bodies)
    elif part.mime == "multipart/encrypted":
        bodies.trouble = "encrypted"
        bodies.lying += [(leaf, "") for leaf in part.leaves() if leaf.mime != "application/pgp-encrypted"]
    else:
        for child in part.children:
            _walk(child, bodies)


def _alternative(part: Part, bodies: Bodies) -> None:
    """One thing said in several ways: the plain one is its text, the last page its page."""
    plain, page = "", ""
    for child in part.children:
        if child.mime in _LEFT_OUT:
            continue
        way = Bodies(room_bytes=bodies.room_bytes)
        _walk(child, way)
        plain = plain or "\n\n".join(said.plain for said in way.said if said.plain.strip())
        page = "\n".join(said.page for said in way.said if said.page) or page
        bodies.room_bytes = way.room_bytes
        bodies.lying += way.lying
        bodies.calendars += way.calendars
        bodies.trouble = bodies.trouble or way.trouble
    if page and len(plain) < 300 and _EXCUSE.search(plain):
        plain = ""
    if plain or page:
        bodies.said.append(Said(plain, page))


def _related(part: Part, bodies: Bodies) -> None:
    """A page and what it shows; the page need not come first (RFC 2387, section 3.2)."""
    start = part.params.get("start", "").strip("<> ")
    main = next(
        (child for child in part.children if start and start.encode("utf-8", "replace") in (child.head.first(b"content-id") or b"")), None
    )
    main = main or next((child for child in part.children if child.children or child.mime.startswith("text/")), None)
    for child in part.children:
        if child is main:
            _walk(child, bodies)
        elif child.children:
            bodies.lying += [(leaf, "") for leaf in child.leaves()]
        else:
            _leaf(child, bodies, is_beside=True)


def _leaf(part: Part, bodies: Bodies, *, is_root: bool = False, is_beside: bool = False) -> None:
    mime = part.mime
    if mime in MESSAGES:
        _message(part, bodies)
    elif mime in {"text/calendar", "application/ics"} or (mime == "application/octet-stream" and part.name.lower().endswith(".ics")):
        bodies.calendars.append(body(part, TEXT_MAX_BYTES))
        if part.name or part.disposition == "attachment":
            bodies.lying.append((part, "invite.ics"))
    elif mime in SIGNATURES and not is_root:
        return
    elif mime in OPAQUE:
        bodies.trouble = "encrypted"
        bodies.lying.append((part, "smime.p7m"))
    elif _is_words(part, is_root=is_root) and not is_beside:
        _words(part, bodies)
    elif part.end > part.start or part.name:
        bodies.lying.append((part, ""))


def _is_words(part: Part, *, is_root: bool) -> bool:
    """It is what was written, and no file."""
    if part.disposition == "attachment" or (part.name and not is_root):
        return False
    return part.mime in {"text/plain", "text/html", "text/markdown", "text/x-markdown"} or part.mime in _RICH


def _words(part: Part, bodies: Bodies) -> None:
    data = body(part, min(TEXT_MAX_BYTES, bodies.room_bytes))
    bodies.room_bytes -= len(data)
    if len(data) >= TEXT_MAX_BYTES or bodies.room_bytes <= 0:
        bodies.trouble = bodies.trouble or "too_large"
    text = cleaned(decoded(data, part.params.get("charset", "") or _meta(part, data)))
    if part.mime == "text/html":
        bodies.said.append(Said("", text))
        return
    if part.mime in _RICH:
        text = crude(text)
    if part.params.get("format", "").lower() == "flowed":
        text = unflowed(text, is_tight=part.params.get("delsp", "").lower() == "yes")
    if ENCRYPTED in text[:2_000]:
        bodies.trouble = "encrypted"
    bodies.said.append(Said(unarmoured(text), ""))


def _meta(part: Part, data: bytes) -> str:
    """The charset that a page names itself."""
    found = _META.search(data[:4_096]) if part.mime == "text/html" and not data.isascii() else None
    return found[1].decode("ascii") if found else ""


def _message(part: Part, bodies: Bodies) -> None:
    """A mail in the mail: one line tells of it; it lies there whole."""
    data = body(part, 65_536)
    head = read_head(data, 0, len(data))
    subject, sender = (value(head.first(name) or b"")[:200] for name in (b"subject", b"from"))
    told = " — ".join(word for word in (" ".join(subject.split()), " ".join(sender.split())) if word)
    if told:
        bodies.said.append(Said(f"✉ {told}", ""))
    bodies.lying.append((part, f"{subject or 'message'}.eml"))


def invitations(bodies: Bodies, subject: str, text: str) -> str:
    """Its calendar parts in words, each told once."""
    told = dict.fromkeys(in_words(data, f"{subject} {text}") for data in bodies.calendars[:5])
    return "\n\n".join(words for words in told if words)
