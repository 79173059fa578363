"""What lies in a mail, named, judged, and taken out of it."""

import re

import filetype

from adapters.email.parsing.held import by_content, by_name, needs_all
from adapters.email.parsing.names import ending, safe
from adapters.email.parsing.opening import leaf_at
from adapters.email.parsing.parts import Part
from adapters.email.parsing.transfer import body, size_bytes
from gateway.core.channel import Enclosed

HEAD_BYTES = 40_960
"""Enough to tell any type by (an ISO's mark stands at 32 KiB)."""
_MARKS = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"\x78\x9f\x3e\x22", "application/ms-tnef"),
)
"""The usual ones, which need no search; and Outlook's parcel, which nobody else knows."""
_TEXT = re.compile(r"text/[a-z0-9][a-z0-9.+-]{0,34}")
_BY_NAME = {
    "txt": "text/plain",
    "log": "text/plain",
    "csv": "text/csv",
    "md": "text/markdown",
    "json": "application/json",
    "ics": "text/calendar",
    "vcf": "text/vcard",
    "eml": "message/rfc822",
}
"""Kinds of text: nothing in their bytes tells them apart."""


def enclosed(part: Part, place: int, title: str = "") -> Enclosed:
    """How a part is shown. `title`: its name where it has none."""
    head = body(part, HEAD_BYTES)
    mime = "message/rfc822" if part.mime == "message/rfc822" else _sniffed(head, part)
    name = safe(part.name or title, mime, place)
    return Enclosed(
        place=place,
        name=name,
        mime=mime,
        size_bytes=size_bytes(part),
        is_inline=part.disposition == "inline" or (part.disposition != "attachment" and part.head.first(b"content-id") is not None),
        is_held_back=part.is_open or _is_held_back(part, name, mime, head),
    )


def _is_held_back(part: Part, name: str, mime: str, head: bytes) -> bool:
    if by_name(name) or part.mime in {"text/html", "image/svg+xml", "application/xhtml+xml", "message/partial", "message/external-body"}:
        return True
    return mime != "message/rfc822" and by_content(body(part) if needs_all(head) else head)


def _sniffed(head: bytes, part: Part) -> str:
    """What the first bytes speak of; text is believed to be of the kind that its name says."""
    known = next((mime for mark, mime in _MARKS if head.startswith(mark)), None)
    if known:
        return known
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    if b"\x00" in head[:4_096] or not head:
        return "application/octet-stream"
    if _TEXT.fullmatch(part.mime) and part.mime not in {"text/html", "text/xml"}:
        return part.mime
    named = _BY_NAME.get(ending(part.name))
    return named or ("text/plain" if _is_text(head[:4_096]) else "application/octet-stream")


def _is_text(head: bytes) -> bool:
    return not any(byte < 9 or 14 <= byte < 27 for byte in head)


def content(raw: bytes, place: int) -> bytes:
    """What lies at a place (`Enclosed.place`), decoded; empty where there is nothing. Never raises."""
    part = leaf_at(raw, place)
    return body(part) if part else b""
