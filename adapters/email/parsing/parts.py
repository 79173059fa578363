"""The parts of a mail (RFC 2046), found by their places in its bytes: nothing is copied. Linear in time, bounded in number and depth."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice

from adapters.email.parsing.charsets import decoded, detected
from adapters.email.parsing.encoded import plain, words
from adapters.email.parsing.head import Head, read_head
from adapters.email.words import DEPTH_MAX_COUNT, PARTS_MAX_COUNT

PART_HEAD_MAX_BYTES = 16_384
_PARAMETER = re.compile(r";\s*+([^\s=;\"]++)\s*+=\s*+(?:\"((?:[^\"\\]|\\.)*+)\"?|([^;]*+))", re.DOTALL)
_ESCAPED = re.compile(r"\\([\"\\])")
_PIECE = re.compile(r"([^*]{1,40})\*(\d{1,3})?(\*)?")
_GUESSED = re.compile(rb"^--([^\s][^\r\n]{0,99}?)[ \t]*\r?$", re.MULTILINE)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
PIECES_MAX_COUNT = 100
PARAMETERS_MAX_COUNT = 120
VALUE_MAX_BYTES = 8_192
DELIMITERS_MAX_COUNT = 100_000
"""So many lines that look like a delimiter are looked at in one part."""


@dataclass(slots=True)
class Part:
    """One part. Its body is source[start:end]; `mime` is lower case, as declared."""

    source: bytes
    head: Head
    start: int
    end: int
    mime: str = "text/plain"
    params: dict[str, str] = field(default_factory=dict)
    disposition: str = ""
    name: str = ""
    """The file name as the mail has it: decoded, not made safe."""
    children: "list[Part]" = field(default_factory=list)
    is_open: bool = False
    """The mail ended before it did."""

    def raw(self) -> bytes:
        return self.source[self.start : self.end]

    def leaves(self) -> "Iterator[Part]":
        """Itself or what lies in it, in order: places count along them."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@dataclass(slots=True)
class Budget:
    """What may still be read of one mail, and what was too much."""

    parts: int = PARTS_MAX_COUNT
    trouble: str = ""
    hint: str = ""
    """The codec of 8-bit bytes without a label: found out once a mail."""

    def text(self, data: bytes) -> str:
        """What stands in a header that should have been ASCII."""
        if data.isascii() or _is_utf8(data):
            return data.decode()
        self.hint = self.hint or detected(data) or "cp1252"
        return data.decode(self.hint, "replace")


def entity(
    source: bytes, start: int, end: int, budget: Budget, *, depth: int = 0, head: Head | None = None, default: str = "text/plain"
) -> Part:
    """The part that source[start:end] is, with all that lies in it."""
    head = head or read_head(source, start, end, PART_HEAD_MAX_BYTES)
    part = Part(source, head, min(head.end, end), end, default)
    for name, value in head.fields:
        if name == b"content-type" and not part.params:
            part.mime, part.params = parameters(value, budget)
            part.mime = _mime(part.mime, default)
        elif name == b"content-disposition" and not part.disposition:
            part.disposition, more = parameters(value, budget)
            part.name = more.get("filename", "")
    part.name = part.name or part.params.get("name", "")
    if part.mime.startswith("multipart/"):
        _split(part, budget, depth)
    return part


def _mime(declared: str, default: str) -> str:
    kind, slash, rest = declared.partition("/")
    if declared == "text":
        return "text/plain"
    return declared if slash and kind and rest else default


def _split(part: Part, budget: Budget, depth: int) -> None:
    """Its children. A multipart that has none is text."""
    if depth >= DEPTH_MAX_COUNT:
        budget.trouble = budget.trouble or "too_deep"
        part.mime = "application/octet-stream"
        return
    boundary = part.params.get("boundary", "").encode("utf-8", "replace").rstrip()[:200] or _guess(part)
    default = "message/rfc822" if part.mime == "multipart/digest" else "text/plain"
    for start, end, is_open in _ranges(part, boundary) if boundary else ():
        if budget.parts <= 0:
            budget.trouble = "too_many_parts"
            break
        budget.parts -= 1
        child = entity(part.source, start, end, budget, depth=depth + 1, default=default)
        child.is_open = is_open
        part.children.append(child)
    if not part.children:
        part.mime = "text/plain"


def _guess(part: Part) -> bytes:
    found = _GUESSED.search(part.source, part.start, min(part.end, part.start + 8_192))
    return found[1] if found else b""


def _ranges(part: Part, boundary: bytes) -> Iterator[tuple[int, int, bool]]:
    """Where the children begin and end, and whether the end was missing."""
    source, line = part.source, b"\n--" + boundary
    begun = -1
    at = part.start - 1 if source.startswith(line[1:], part.start, part.end) else source.find(line, part.start, part.end)
    for _ in range(DELIMITERS_MAX_COUNT):
        if at < 0:
            break
        after = at + len(line)
        follower = source[after : after + 2]
        is_last = follower == b"--"
        if is_last or not follower.strip(b" \t\r\n") or follower[:1] in b"\r\n \t":
            if begun >= 0:
                yield begun, max(begun, at - 1 if source[at - 1 : at] == b"\r" else at), False
            begun = source.find(b"\n", after, part.end) + 1
            if is_last or not begun:
                return
            at = begun - 1  # the line end of one delimiter may begin the next
            at = source.find(line, at, part.end)
        else:
            at = source.find(line, after, part.end)
    if begun >= 0:
        yield begun, part.end, True


def parameters(data: bytes, budget: Budget) -> tuple[str, dict[str, str]]:
    """A structured value: its first word in lower case, and its parameters, decoded (RFC 2231, and RFC 2047 where it should not be)."""
    data = data[:VALUE_MAX_BYTES]
    if len(data) <= 60 and data.isascii():
        return _parameters(data.decode("ascii"))
    return _parameters.__wrapped__(data.decode("ascii") if data.isascii() else budget.text(data))


@lru_cache(maxsize=256)
def _parameters(text: str) -> tuple[str, dict[str, str]]:
    """Nobody changes what it returns: mails say the same few things."""
    text = text.replace("\r", "").replace("\n", "")
    first, semicolon, _ = text.partition(";")
    word = first.strip().lower()[:100]
    if not semicolon:
        return word, {}
    params: dict[str, str] = {}
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in islice(_PARAMETER.finditer(text, len(first)), PARAMETERS_MAX_COUNT):
        name, quoted, bare = match[1].lower(), match[2], match[3]
        value = _ESCAPED.sub(r"\1", quoted) if quoted is not None else bare.strip()
        piece = _PIECE.fullmatch(name) if "*" in name else None
        if piece is None:
            params.setdefault(name[:40], plain(words(value)) if "=?" in value and name != "boundary" else value)
        elif len(pieces.setdefault(piece[1], {})) < PIECES_MAX_COUNT:
            pieces[piece[1]][int(piece[2] or 0)] = (value, bool(piece[3] or not piece[2]))
    for name, found in pieces.items():
        params[name] = _continued([found[at] for at in sorted(found)])
    return word, params


def _continued(pieces: list[tuple[str, bool]]) -> str:
    """A value in pieces (RFC 2231, sections 3 and 4): joined as bytes, decoded once."""
    first, is_extended = pieces[0]
    charset = ""
    if is_extended and first.count("'") >= 2:
        charset, _, first = first.split("'", 2)
    if not any(extended for _, extended in pieces):
        joined = "".join(value for value, _ in pieces)
        return plain(words(joined)) if "=?" in joined else joined
    data = b"".join(
        _PERCENT.sub(lambda found: bytes((int(found[1], 16),)), value.encode("utf-8", "replace"))
        if extended
        else value.encode("utf-8", "replace")
        for value, extended in [(first, is_extended), *pieces[1:]]
    )
    return plain(decoded(data, charset))
