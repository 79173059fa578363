"""What lies in a RAR or a 7z, by name: out of their directories, nothing is unpacked. Linear in time."""

import re
import struct
from collections.abc import Iterator

RAR4, RAR5, SEVEN = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00", b"7z\xbc\xaf\x27\x1c"
ENTRIES_MAX_COUNT = 5_000
NAME_MAX_BYTES = 2_000
_ENDS = re.compile(rb"(?:[\x20-\x7e]\x00)++")
"""Where a name of a 7z's ends, in UTF-16: its last letters that are ASCII."""


class Closed(Exception):
    """Its directory can't be read: encrypted, packed itself, or torn."""


def names(data: bytes) -> tuple[str, ...]:
    """The names of what lies in it, folders included. Raises Closed."""
    try:
        if data.startswith(SEVEN):
            return _seven(data)
        walk = _five(data) if data.startswith(RAR5) else _four(data) if data.startswith(RAR4) else None
        if walk is None:
            raise Closed
        return tuple(name.decode("utf-8", "replace") for name in walk)
    except (struct.error, IndexError, OverflowError):
        raise Closed from None


def _four(data: bytes) -> Iterator[bytes]:
    """RAR 1.5 to 4: blocks behind each other, each with its size."""
    at = len(RAR4)
    for _ in range(ENTRIES_MAX_COUNT):
        if at == len(data):
            return
        _, kind, flags, size = struct.unpack_from("<HBHH", data, at)
        if kind == 0x7B:
            return
        if size < 7 or (kind == 0x73 and flags & 0x80):
            raise Closed
        more = struct.unpack_from("<I", data, at + 7)[0] if flags & 0x8000 or kind == 0x74 else 0
        if kind == 0x74:
            if flags & 0x4:
                raise Closed
            (length,) = struct.unpack_from("<H", data, at + 26)
            more |= struct.unpack_from("<I", data, at + 32)[0] << 32 if flags & 0x100 else 0
            start = at + (40 if flags & 0x100 else 32)
            yield data[start : start + min(length, NAME_MAX_BYTES)].partition(b"\0")[0]
        at += size + more
    raise Closed


def _five(data: bytes) -> Iterator[bytes]:
    """RAR 5 (rarlab.com/technote.htm): the same with numbers of any length."""
    at = len(RAR5)
    for _ in range(ENTRIES_MAX_COUNT):
        if at == len(data):
            return
        size, begun = _number(data, at + 4)
        kind, place = _number(data, begun)
        flags, place = _number(data, place)
        extra, place = _number(data, place) if flags & 0x1 else (0, place)
        more, place = _number(data, place) if flags & 0x2 else (0, place)
        if kind == 5:
            return
        if kind == 4 or not size:
            raise Closed
        if kind == 2 and _is_secret(data, begun + size - extra, begun + size):
            raise Closed
        if kind == 2:
            yield _name(data, place)
        at = begun + size + more
    raise Closed


def _is_secret(data: bytes, at: int, end: int) -> bool:
    """Among the records behind a file's head is the one of its encryption."""
    while at < end:
        size, begun = _number(data, at)
        if not size or _number(data, begun)[0] == 1:
            return True
        at = begun + size
    return False


def _name(data: bytes, at: int) -> bytes:
    """Of a file, behind its sizes, times and system."""
    flags, at = _number(data, at)
    for _ in range(2):
        _, at = _number(data, at)
    at += (4 if flags & 0x2 else 0) + (4 if flags & 0x4 else 0)
    for _ in range(2):
        _, at = _number(data, at)
    length, at = _number(data, at)
    return data[at : at + min(length, NAME_MAX_BYTES)]


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; and where it ends."""
    found = 0
    for count in range(10):
        found |= (data[at + count] & 0x7F) << 7 * count
        if not data[at + count] & 0x80:
            return found, at + count + 1
    raise Closed


def _seven(data: bytes) -> tuple[str, ...]:
    """7z: a directory at the end, mostly packed itself."""
    start, size = struct.unpack_from("<QQ", data, 12)
    header = data[32 + start : 32 + start + size]
    if not size or len(header) != size or header[0] != 1:
        raise Closed
    return tuple("…" + found[0].replace(b"\x00", b"").decode("ascii") for found in _ENDS.finditer(header))
