"""Outlook's parcel, winmail.dat (MS-OXTNEF): the files that lie in it, by their places in its bytes. Linear in time, bounded in number.

    signature, key, then attributes: level, id, length, data, checksum

Outlook packs what it encloses into such a parcel where it takes the other side for an Outlook too; nobody else opens it. What else is in it
(the words in Outlook's own format, meetings) is left: the mail's words stand beside it.
"""

import struct
from collections.abc import Iterator

from msgspec import Struct

from adapters.email.parsing.charsets import decoded
from adapters.email.parsing.encoded import plain

SIGNATURE = b"\x78\x9f\x3e\x22"
FILES_MAX_COUNT = 100
ATTRIBUTES_MAX_COUNT = 10_000
PROPERTIES_MAX_COUNT = 500
NAME_MAX_CHARS = 200
_HEAD_BYTES, _CHECKSUM_BYTES = 6, 2
_ATTRIBUTE = struct.Struct("<BII")
_BEGIN, _DATA, _TITLE, _PROPERTIES = 0x00069002, 0x0006800F, 0x00018010, 0x00069005
_NAMES = (0x3707, 0x3704)
"""Long and short file name (MS-OXPROPS)."""
_FIXED_BYTES = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_STRING8, _UNICODE = 0x1E, 0x1F
_VARIABLE = frozenset((0x0D, _STRING8, _UNICODE, 0x102))
_NAMED = 0x8000


class Packed(Struct):
    """A file: data[start:end]."""

    name: str = ""
    start: int = 0
    end: int = 0


def files(data: bytes) -> list[Packed]:
    """What lies in a parcel; nothing where it is none, and as far as it goes where it breaks off."""
    found: list[Packed] = []
    for kind, start, end in _attributes(data):
        if kind == _BEGIN:
            if len(found) >= FILES_MAX_COUNT:
                break
            found.append(Packed())
        elif found and kind == _DATA:
            found[-1].start, found[-1].end = start, end
        elif found and kind == _TITLE:
            found[-1].name = found[-1].name or _text(data[start:end])
        elif found and kind == _PROPERTIES:
            found[-1].name = _name(data[start:end]) or found[-1].name
    return [one for one in found if one.end > one.start]


def _attributes(data: bytes) -> Iterator[tuple[int, int, int]]:
    at = _HEAD_BYTES if data.startswith(SIGNATURE) else len(data)
    for _ in range(ATTRIBUTES_MAX_COUNT):
        if at + _ATTRIBUTE.size > len(data):
            return
        _, kind, size = _ATTRIBUTE.unpack_from(data, at)
        start = at + _ATTRIBUTE.size
        at = start + size + _CHECKSUM_BYTES
        if start + size > len(data):
            return
        yield kind, start, start + size


def _name(data: bytes) -> str:
    """The file's name among its properties; "" where there is none, or they can't be followed."""
    try:
        told = {kind: text for kind, text in _strings(data) if kind in _NAMES}
    except (struct.error, IndexError):
        return ""
    return next((told[kind] for kind in _NAMES if told.get(kind)), "")


def _strings(data: bytes) -> Iterator[tuple[int, str]]:
    (count,), at = struct.unpack_from("<I", data), 4
    for _ in range(min(count, PROPERTIES_MAX_COUNT)):
        kind, number = struct.unpack_from("<HH", data, at)
        at += 4
        if number >= _NAMED:
            at = _behind_name(data, at)
        if kind in _FIXED_BYTES:
            at += _FIXED_BYTES[kind]
            continue
        if kind not in _VARIABLE:
            return
        (values,), at = struct.unpack_from("<I", data, at), at + 4
        for _ in range(min(values, PROPERTIES_MAX_COUNT)):
            (size,), at = struct.unpack_from("<I", data, at), at + 4
            if kind in (_STRING8, _UNICODE):
                yield number, _text(data[at : at + size], is_wide=kind == _UNICODE)
            at += size + -size % 4


def _behind_name(data: bytes, at: int) -> int:
    """A named property tells its name first: a GUID, and a number or words."""
    (is_words,) = struct.unpack_from("<I", data, at + 16)
    (size,) = struct.unpack_from("<I", data, at + 20)
    return at + 24 + (size + -size % 4 if is_words else 0)


def _text(data: bytes, *, is_wide: bool = False) -> str:
    data = data[: 4 * NAME_MAX_CHARS]
    text = data.decode("utf-16-le", "replace") if is_wide else decoded(data.partition(b"\x00")[0])
    return plain(text.partition("\x00")[0])[:NAME_MAX_CHARS]
