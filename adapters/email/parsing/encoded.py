"""Header values as people wrote them: encoded-words (RFC 2047), raw 8-bit bytes, and what programs make of both. Linear in time."""

import binascii
import re

from adapters.email.parsing.charsets import decoded

_WORD = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([\s\S]*?)\?=")
"""A question mark inside of one is against the rule, and seen. Python before 3.11.5 takes possessive quantifiers around others wrongly."""
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
_NO_LETTER = re.compile(rb"[^A-Za-z0-9+/]+")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]+")


def plain(text: str) -> str:
    """One line, without controls, lone surrogates and marks that turn the reading direction around."""
    return text if text.isascii() and text.isprintable() else _CONTROLS.sub(" ", text)


def value(data: bytes, hint: str = "") -> str:
    """A header's value, decoded for people."""
    text = raw_value(data, hint)
    return plain(words(text)) if "=?" in text else text


def raw_value(data: bytes, hint: str = "") -> str:
    """A header's value on one line, its encoded-words as they stand: for what has a structure of its own."""
    text = data.decode("ascii") if data.isascii() else decoded(data, "", hint)
    if text.isprintable():
        return text
    flat = text.replace("\n", "").replace("\t", " ")
    return flat if "  " not in flat and flat.isprintable() else " ".join(plain(text).split())


def words(text: str) -> str:
    """`text` with its encoded-words decoded.

    Neighbours of one charset are joined before they are decoded: QQ Mail splits inside a character.
    """
    out: list[str] = []
    run: list[tuple[bool, str]] = []
    charset, at = "", 0
    for match in _WORD.finditer(text):
        between = text[at : match.start()]
        if not run or between.strip() or match[1].lower() != charset:
            if run:
                out.append(_joined(run, charset))
            if not run or between.strip():
                out.append(between)
            run, charset = [], match[1].lower()
        run.append((match[2] in "bB", match[3]))
        at = match.end()
    if run:
        out.append(_joined(run, charset))
    out.append(text[at:])
    return "".join(out)


def _joined(run: list[tuple[bool, str]], charset: str) -> str:
    """A run of encoded-words of one charset. Base64 that was cut anywhere is put together before it is read."""
    if len(run) == 1 and run[0][0]:
        return decoded(base64_bytes(run[0][1].encode("utf-8", "replace")), charset)
    data, pending = bytearray(), ""
    for is_base64, word in run:
        if is_base64:
            pending += _NOT_BASE64.sub("", word)
            whole = len(pending) if "=" in word else len(pending) // 4 * 4
            data += base64_bytes(pending[:whole].encode("ascii"))
            pending = pending[whole:]
            continue
        if pending:
            data += base64_bytes(pending.encode("ascii"))
            pending = ""
        data += binascii.a2b_qp(word.encode("utf-8", "replace").replace(b" ", b"_"), header=True)
    data += base64_bytes(pending.encode("ascii"))
    return decoded(bytes(data), charset) if data else ""


def base64_bytes(data: bytes) -> bytes:
    """Decoded, whatever is wrong with it: lines, blanks, missing padding, a lone last character."""
    try:
        return binascii.a2b_base64(data + b"===")
    except binascii.Error:
        letters = _NO_LETTER.sub(b"", data)
        return binascii.a2b_base64(letters[: len(letters) // 4 * 4])
