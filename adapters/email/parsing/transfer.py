"""A part's body out of its transfer encoding, whatever stands there."""

import binascii
import re

from adapters.email.parsing.encoded import base64_bytes
from adapters.email.parsing.parts import Part

PIECE_BYTES = 1_048_576
"""Decoded so much at a time, so that other threads get their turn."""
_BLANKS = b"\r\n\t "
_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\n]*\n", re.MULTILINE)


def encoding(part: Part) -> str:
    """base64, quoted-printable, uuencode, or "" for bytes as they are; odd values are read for what they mean."""
    said = part.head.first(b"content-transfer-encoding")
    if not said:
        return ""
    word = said.strip().lower().rstrip(b";").strip().decode("ascii", "replace")
    if word.startswith("base64"):
        return "base64"
    if word.startswith("quoted"):
        return "quoted-printable"
    return "uuencode" if word in {"x-uuencode", "uuencode", "x-uue", "uue"} else ""


def body(part: Part, limit: int | None = None) -> bytes:
    """The part's content, decoded; of a longer one, about `limit` bytes of its beginning."""
    kind = encoding(part)
    end = part.end if limit is None else min(part.end, part.start + (limit if kind == "" else 2 * limit))
    data = part.source[part.start : end]
    if kind == "base64":
        found = _base64(data)
    elif kind == "quoted-printable":
        found = _quoted(data)
    elif kind == "uuencode":
        found = _uuencoded(data)
    else:
        found = data
    return found if limit is None or len(found) <= limit else found[:limit]


def size_bytes(part: Part) -> int:
    """How large its content is, without decoding all of it."""
    kind = encoding(part)
    if kind == "base64":
        source, start, end = part.source, part.start, part.end
        letters = end - start - sum(source.count(blank, start, end) for blank in (b"\r", b"\n", b" ", b"="))
        return letters * 3 // 4
    return len(body(part)) if kind else part.end - part.start


def _base64(data: bytes) -> bytes:
    if len(data) <= PIECE_BYTES:
        return base64_bytes(data)
    out, rest = [], b""
    for at in range(0, len(data), PIECE_BYTES):
        letters = rest + data[at : at + PIECE_BYTES].translate(None, _BLANKS)
        whole = len(letters) // 4 * 4
        out.append(base64_bytes(letters[:whole]))
        rest = letters[whole:]
    return b"".join((*out, base64_bytes(rest)))


def _quoted(data: bytes) -> bytes:
    if len(data) <= PIECE_BYTES:
        return binascii.a2b_qp(data)
    out, at = [], 0
    while at < len(data):
        line = data.find(b"\n", at + PIECE_BYTES)
        end = len(data) if line < 0 or line > at + 2 * PIECE_BYTES else line + 1
        out.append(binascii.a2b_qp(data[at:end]))
        at = end
    return b"".join(out)


def _uuencoded(data: bytes) -> bytes:
    begin = _BEGIN.search(data)
    out = []
    for line in data[begin.end() if begin else 0 :].splitlines():
        if line.strip() == b"end":
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:  # a known fault of encoders: too much at the end of a line
            count = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
            out.append(_cut_line(line[:count]))
    return b"".join(out)


def _cut_line(line: bytes) -> bytes:
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        return b""
