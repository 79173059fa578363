"""The block of headers at the beginning of a mail or of one of its parts. Linear in time, whatever stands there."""

import re
from dataclasses import dataclass, field
from itertools import islice

HEAD_MAX_BYTES = 4 * 1_048_576
"""So much is looked through for headers; of a longer block, the rest is left out."""
FIELD_MAX_BYTES = 8_192
FIELDS_MAX_COUNT = 300_000
KEPT_MAX_BYTES = 49_152
"""What is kept of all headers but the needed ones."""
NEEDED_MAX_BYTES = 998
FIELD_COST_BYTES = 32
"""Each costs so much besides its text: a million empty ones are no headers."""
_FIELD = re.compile(rb"^([!-9;-~]++)[ \t]*+:[ \t]*+([^\n]*+(?:\n[ \t][^\n]*+)*+)", re.MULTILINE)
_FROM = re.compile(rb"^from[ \t]*+:", re.MULTILINE | re.IGNORECASE)
NEEDED = frozenset(
    b"from sender reply-to to cc subject date message-id in-reply-to references return-path delivered-to content-type "
    b"content-transfer-encoding content-disposition auto-submitted precedence list-id x-frontdesk-loop".split()
)
"""Read even where a flood of others comes before."""


@dataclass(slots=True)
class Head:
    """Names in lower case, values with their line ends; in order."""

    fields: list[tuple[bytes, bytes]] = field(default_factory=list)
    end: int = 0
    """Where the body begins."""
    from_count: int = 0
    is_cut: bool = False

    def first(self, name: bytes) -> bytes | None:
        for key, value in self.fields:
            if key == name:
                return value
        return None

    def every(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key == name]


def read_head(raw: bytes, start: int, end: int, limit: int = HEAD_MAX_BYTES) -> Head:
    """The headers of raw[start:end]. What is no header among them is left out; without any, all of it is body."""
    stop, body = _block(raw, start, end)
    block = raw[start : min(stop, start + limit)]
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    if len(block) > KEPT_MAX_BYTES:
        return _cut_head(raw, block, start + limit, Head(end=body, is_cut=True), stop)
    found = _FIELD.findall(block)
    if not found:
        return Head(end=start if block.strip() else body)
    fields = [(name.lower(), value) for name, value in found]
    return Head(fields, body, sum(name == b"from" for name, _ in fields))


def _cut_head(raw: bytes, block: bytes, seen: int, head: Head, stop: int) -> Head:
    """A flood of headers: as many as there is room for, the needed ones in any case; every From is counted."""
    kept: set[bytes] = set()
    room = KEPT_MAX_BYTES
    for match in islice(_FIELD.finditer(block), FIELDS_MAX_COUNT):
        key = match[1][:100].lower()
        cut = match[2][:FIELD_MAX_BYTES]
        cost = len(key) + len(cut) + FIELD_COST_BYTES
        if cost <= room:
            room -= cost
        elif key in NEEDED and key not in kept:
            cut = cut[:NEEDED_MAX_BYTES]
        else:
            continue
        kept.add(key)
        head.fields.append((key, cut))
    head.from_count = len(_FROM.findall(block)) + (len(_FROM.findall(raw, seen, stop)) if stop > seen else 0)
    return head


def _block(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """Where the headers end, and where the body begins."""
    if raw.startswith((b"\n", b"\r\n"), start, end):
        return start, raw.index(b"\n", start) + 1
    crlf = raw.find(b"\n\r\n", start, end)
    bare = raw.find(b"\n\n", start, end if crlf < 0 else crlf)
    if bare >= 0:
        return bare + 1, bare + 2
    return (end, end) if crlf < 0 else (crlf + 1, crlf + 3)
