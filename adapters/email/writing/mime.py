"""A mail's body in parts (RFC 2045, RFC 2046): CRLF, no line longer than 76 characters."""

import binascii
import hashlib
from base64 import b64encode

from msgspec import Struct

from adapters.email.writing import headers
from gateway.core.parts import FileRef

FILE_NAME_MAX_CHARS = 120
PART_AROUND_BYTES = 1_200
"""What a file's headers and borders take at most."""


class Attached(Struct, frozen=True):
    """A file and what is in it."""

    file: FileRef
    content: bytes


def body(text: str, html: str, attached: tuple[Attached, ...], seed: str) -> bytes:
    """The body's own headers and all behind them. `seed` makes the borders: the same one the same body."""
    both = _multipart("alternative", [_text("plain", text), _text("html", html)], _border(seed, "alternative"))
    if not attached:
        return both
    return _multipart("mixed", [both, *map(_file, attached)], _border(seed, "mixed"))


def encoded_size(size_bytes: int) -> int:
    """What a file takes in a mail."""
    return -(-size_bytes // 57) * 78 + PART_AROUND_BYTES


def _border(seed: str, kind: str) -> str:
    """A border that no part can hold: `=_` comes from neither of the two encodings (RFC 2045, section 6.7)."""
    return "=_" + hashlib.sha256(f"{kind} {seed}".encode()).hexdigest()[:32]


def _multipart(kind: str, parts: list[bytes], border: str) -> bytes:
    line = f"--{border}".encode()
    inner = b"".join(line + b"\r\n" + part + b"\r\n" for part in parts)
    return (
        headers.parameters("Content-Type", f"multipart/{kind}", [headers.quoted("boundary", border)]) + b"\r\n" + inner + line + b"--\r\n"
    )


def _text(kind: str, text: str) -> bytes:
    whole = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    octets = whole.encode("utf-8", "replace").replace(b"\n", b"\r\n")
    printable = binascii.b2a_qp(octets, istext=True)
    is_printable = len(printable) < len(octets) * 4 // 3
    named = headers.plain("Content-Type", f"text/{kind}; charset=utf-8")
    if is_printable:
        return named + headers.plain("Content-Transfer-Encoding", "quoted-printable") + b"\r\n" + printable
    return named + headers.plain("Content-Transfer-Encoding", "base64") + b"\r\n" + _base64(octets)


def _file(attached: Attached) -> bytes:
    name = file_name(attached.file.name)
    if name.isascii() and len(name) <= 60:
        named, filed = [headers.quoted("name", name)], [headers.quoted("filename", name)]
    else:  # both ways: what reads only one of them is still in use
        named, filed = [headers.words("name", name)], headers.extended("filename", name)
    return (
        headers.parameters("Content-Type", _mime(attached.file.mime), named)
        + headers.plain("Content-Transfer-Encoding", "base64")
        + headers.parameters("Content-Disposition", "attachment", filed)
        + b"\r\n"
        + _base64(attached.content)
    )


def file_name(name: str) -> str:
    """A name that is no path, on one line; its ending is kept where it is cut."""
    plain = headers.cleaned(name.replace("\\", "_").replace("/", "_"), 4 * FILE_NAME_MAX_CHARS).replace('"', "'") or "file"
    if len(plain) <= FILE_NAME_MAX_CHARS:
        return plain
    stem, dot, ending = plain.rpartition(".")
    kept = dot + ending if dot and len(ending) <= 10 else ""
    return (stem if kept else plain)[: FILE_NAME_MAX_CHARS - len(kept)] + kept


def _mime(mime: str) -> str:
    kind, slash, rest = mime.partition("/")
    is_plain = slash and all(
        word and word.isascii() and word.replace("-", "").replace(".", "").replace("+", "").isalnum() for word in (kind, rest)
    )
    return mime if is_plain and kind not in ("multipart", "message") else "application/octet-stream"


def _base64(content: bytes) -> bytes:
    flat = b64encode(content)
    return b"\r\n".join([flat[start : start + 76] for start in range(0, len(flat), 76)])
