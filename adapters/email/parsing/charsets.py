"""Text out of bytes whose label may lie.

Strict UTF-8 first, then the label, then a detector over the first bytes (chardet: slow, so only where nothing else fits).
Labels mean what mail programs mean by them: `gb2312` is written by programs that send GB 18030.
"""

import codecs
import re
import threading
from functools import lru_cache

import chardet

DETECTED_BYTES = 4_096
DETECTIONS_MAX_COUNT = 100
"""Of one mail, so many texts are given to the detector: a hostile one has a hundred thousand, at up to a millisecond each."""
_WIDER = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "ms936": "gb18030",
    "windows-936": "gb18030",
    "hz-gb-2312": "hz",
    "big5": "big5hkscs",
    "big5-hkscs": "big5hkscs",
    "x-x-big5": "cp950",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "euckr": "cp949",
    "windows-949": "cp949",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf-8mb4": "utf-8",
    "utf8mb4": "utf-8",
}
_PAIRED = {"gb18030", "big5hkscs", "cp950", "cp932", "cp949", "euc_jp"}
"""Two bytes a character: some of their words are valid UTF-8 by chance ("一些" of GBK), but then of two-byte characters only."""
_SHIFTED = {
    "iso2022_jp",
    "iso2022_jp_ext",
    "iso2022_jp_2",
    "iso2022_kr",
    "hz",
    "utf-7",
    "utf_16",
    "utf_16_be",
    "utf_16_le",
    "utf_32",
    "utf_32_be",
    "utf_32_le",
}
"""Never UTF-8, though their bytes may look like it."""
_ANY = {"cp1252", "iso8859-1", "ascii", ""}
"""Labels that programs write without looking."""
_NEVER = {"unicode_escape", "raw_unicode_escape", "idna", "punycode", "undefined", "mbcs", "oem"}
"""Python's own; some take their time."""
_HIGH = re.compile(rb"[\x80-\xff]")
_ASCII = bytes(range(128))


class _Left(threading.local):
    """What the thread's mail has left of them."""

    count = DETECTIONS_MAX_COUNT


_left = _Left()


def begin() -> None:
    """Another mail is read in this thread."""
    _left.count = DETECTIONS_MAX_COUNT


@lru_cache(maxsize=256)
def codec_of(label: str) -> str:
    """Python's name for what a label means; "" for one that nobody knows."""
    name = label.strip().strip("\"'").lower().removeprefix("charset=").rstrip(";, ")
    try:
        info = codecs.lookup(_WIDER.get(name, name)[:40])
    except (LookupError, ValueError):
        return ""
    is_text = getattr(info, "_is_text_encoding", True) and info.name.replace("-", "_") not in _NEVER
    return info.name if is_text else ""


def decoded(data: bytes, label: str = "", hint: str = "") -> str:
    """The text in `data`; bytes that mean nothing become U+FFFD. `hint`: a codec to try before the detector is asked."""
    codec = codec_of(label[:60]) if label else ""
    if codec in _SHIFTED:
        return _shifted(data, codec)
    if data.isascii():
        return _escaped(data) if b"\x1b$" in data or b"\x1b(" in data else data.decode("ascii")
    text = _strict(data, "utf-8")
    if text is not None:
        if codec in _PAIRED and not _has_long(data):
            other = _strict(data, codec)
            return text if other is None else other
        return text
    return _other(data, codec, hint)


def _has_long(data: bytes) -> bool:
    """Valid UTF-8 `data` has a character of three bytes or more: no chance."""
    return max(data) >= 0xE0


def _strict(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _shifted(data: bytes, codec: str) -> str:
    if codec.startswith("utf_16") and b"\x00" not in data[:64] and data.isascii():
        return data.decode("ascii")
    text = _strict(data, codec)
    if text is not None:
        return text
    if codec.startswith("iso2022_jp"):  # Outlook puts letters of JIS X 0213 (①, ㈱) under the escape of JIS X 0208
        text = _strict(data.replace(b"\x1b$B", b"\x1b$(Q").replace(b"\x1b$@", b"\x1b$(Q"), "iso2022_jp_2004")
        if text is not None:
            return text
    eight = None if data.isascii() else _strict(data, "utf-8")
    return data.decode(codec, "replace") if eight is None else eight


def _escaped(data: bytes) -> str:
    text = _strict(data, "iso2022_jp_ext")
    return data.decode("ascii") if text is None else text


def _other(data: bytes, codec: str, hint: str) -> str:
    """Not UTF-8."""
    if codec not in _ANY or (codec == "cp1252" and _is_sparse(data)):
        text = _tolerated(data, codec)
        if text is not None:
            return text
    for guess in (hint, detected(data)):
        text = _tolerated(data, guess) if guess else None
        if text is not None:
            return text
    return data.decode("utf-8" if codec == "utf-8" else "cp1252", "replace")


def _tolerated(data: bytes, codec: str) -> str | None:
    """Decoded, where it has hardly anything that means nothing: a byte was lost, or the end cut off."""
    try:
        text = data.decode(codec, "replace")
    except (UnicodeError, ValueError, LookupError):
        return None
    wrong = text.count("\ufffd")
    return text if not wrong or wrong <= 1 + len(data.translate(None, _ASCII)) // 30 else None


def _is_sparse(data: bytes) -> bool:
    """Few of its bytes are beyond ASCII, as in Western words; words of two-byte charsets under a Western label have more."""
    return 3 * len(data.translate(None, _ASCII)) < len(data)


def detected(data: bytes) -> str:
    """A codec for bytes without a label that can be believed; "" where nothing fits. About a millisecond."""
    if _left.count <= 0:
        return ""
    _left.count -= 1
    high = _HIGH.search(data)
    start = max(0, high.start() - 64) if high else 0
    found = chardet.detect(data[start : start + DETECTED_BYTES], prefer_superset=True)
    return codec_of(found["encoding"] or "")
