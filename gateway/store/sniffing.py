"""What a file is, by its content. What anybody says of it is not believed."""

import codecs
from collections.abc import Callable, Iterable, Sequence

from gateway.core.errors import BadInput
from gateway.core.files import ANY_TYPE

CHUNK_BYTES = 64 * 1024
SNIFF_BYTES = 8192
UNKNOWN = "application/octet-stream"
"""What may be anything, and is never shown: people save it, and know by its name what opens it."""
PROGRAMS = frozenset({
    "application/x-msdownload", "application/x-executable", "application/x-shockwave-flash", "application/x-google-chrome-extension",
    "application/vnd.ms-cab-compressed", "application/x-deb", "application/x-rpm", "application/wasm", "application/x-mach-binary",
})  # fmt: skip
"""Types that run something."""
_PROGRAM_HEADS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\x4c\x00\x00\x00\x01\x14\x02")
_PLAIN = "text/plain"


def sniffed(head: bytes) -> str | None:
    """The type that the first bytes speak of; None where they say nothing and are no text."""
    import filetype  # not before somebody sends a file

    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    return _PLAIN if _is_text(head) else None


def checked_mime(head: bytes, is_all_text: Callable[[], bool], allowed: Sequence[str]) -> str:
    """What the content is, by its beginning; `is_all_text` looks at the rest. Raises BadInput where that is not allowed."""
    mime = sniffed(head)
    if mime == _PLAIN and not is_all_text():
        mime = None
    if ANY_TYPE in allowed:
        if mime in PROGRAMS or head.startswith(_PROGRAM_HEADS):
            raise BadInput("file_type", "anything but a program")
        return mime or UNKNOWN
    if mime is None or mime not in allowed:
        raise BadInput("file_type", f"one of {', '.join(allowed)}")
    return mime


def _is_text(data: bytes) -> bool:
    """UTF-8 without controls; a character cut off at the end is forgiven."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if error.reason != "unexpected end of data" or len(data) - error.start > 3:
            return False
        text = data[: error.start].decode()
    return not any(ord(character) < 32 and character not in "\t\n\r\f\x1b" for character in text)


def is_text(pieces: Iterable[bytes]) -> bool:
    """The whole of it is UTF-8 without NUL: what begins as text must not go on as something else."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for piece in pieces:
            decoder.decode(piece)
            if b"\0" in piece:
                return False
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
