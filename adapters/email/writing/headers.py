"""Header lines: nothing that comes in can begin one of its own, and no character is torn.

Lines break at 78 characters where they can (RFC 5322, section 2.2.3), other scripts are encoded words of UTF-8 (RFC 2047), each with whole
characters in it.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Sequence

from adapters.email.words import Mailbox
from adapters.email.writing.addresses import spelled

LINE_CHARS = 78
WORD_CHARS = 75
"""An encoded word's (RFC 2047, section 2)."""
NAME_MAX_CHARS = 100
SUBJECT_MAX_CHARS = 300
ID_MAX_CHARS = 400
_AROUND = len("=?UTF-8?B??=")
_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_JOINERS = "\u200c\u200d"
"""Of all signs that can't be seen the only ones kept: families of emoji and Persian words need them. The others turn the direction of
writing, or hide, and make a name look like another."""


def cleaned(text: str, max_chars: int) -> str:
    """One line: breaks, controls and runs of blanks are one blank, what is no character is gone."""
    whole = text[: 4 * max_chars].encode("utf-8", "ignore").decode()
    return " ".join("".join(map(_seen, whole)).split())[:max_chars].strip()


def unstructured(name: str, text: str) -> bytes:
    """A header of free words, such as Subject; `text` is cleaned already."""
    plain, rest = _halves(text)
    return _folded(name, plain, rest)


def mailboxes(name: str, people: Sequence[Mailbox]) -> bytes:
    """From, To, Cc or Reply-To. Raises BadAddress."""
    tokens: list[str] = []
    for number, person in enumerate(people, 1):
        comma = "," if number < len(people) else ""
        address = spelled(person.address)
        shown = cleaned(person.name, NAME_MAX_CHARS)
        tokens += [*_phrase(shown), f"<{address}>{comma}"] if shown and shown != person.address else [address + comma]
    return _folded(name, tokens)


def ids(name: str, message_ids: Iterable[str]) -> bytes:
    """In-Reply-To or References, of what can stand there; b"" of nothing."""
    tokens = [f"<{found}>" for said in message_ids if (found := plain_id(said))]
    return _folded(name, tokens) if tokens else b""


def plain_id(message_id: str) -> str:
    """A Message-ID without its brackets, "" of one that can stand in no header."""
    inner = message_id.strip().removeprefix("<").removesuffix(">")
    is_fit = inner.isascii() and inner.isprintable() and 0 < len(inner) <= ID_MAX_CHARS and not any(sign in inner for sign in "<> ,;")
    return inner if is_fit else ""


def plain(name: str, value: str) -> bytes:
    """A header of our own making, whose value is ASCII and short."""
    return f"{name}: {value}\r\n".encode("ascii")


def parameters(name: str, value: str, given: Sequence[str]) -> bytes:
    """A header with parameters, made by `quoted`, `words` or `extended`."""
    return ";\r\n ".join([f"{name}: {value}", *given]).encode("ascii") + b"\r\n"


def quoted(key: str, value: str) -> str:
    """A parameter of ASCII."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{key}="{escaped}"'


def words(key: str, value: str) -> str:
    """A parameter as encoded words in quotes: forbidden by RFC 2047, section 5, and what QQ, Foxmail and Outlook read all the same."""
    return f'{key}="' + "\r\n ".join(_encoded(value, WORD_CHARS - len(key) - 4)) + '"'


def extended(key: str, value: str) -> list[str]:
    """A parameter of any characters (RFC 2231), in pieces that fit on a line."""
    pieces, piece = [], ""
    for sign in value:
        octets = sign if sign.isascii() and (sign.isalnum() or sign in "-._") else "".join(f"%{octet:02X}" for octet in sign.encode())
        if len(piece) + len(octets) > 54:
            pieces.append(piece)
            piece = ""
        piece += octets
    pieces.append(piece)
    charset = "UTF-8''"
    if len(pieces) == 1:
        return [f"{key}*={charset}{pieces[0]}"]
    return [f"{key}*{number}*={'' if number else charset}{piece}" for number, piece in enumerate(pieces)]


def _seen(sign: str) -> str:
    if sign.isprintable() or sign in _JOINERS:
        return sign
    match unicodedata.category(sign):
        case "Cf":
            return ""
        case "Cn" | "Co":  # newer than our tables: an emoji of next year
            return sign
        case _:
            return " "


def _halves(text: str) -> tuple[list[str], str]:
    """The words at the beginning that may stand as they are, and what has to be encoded behind them."""
    written = text.split(" ") if text else []
    for place, word in enumerate(written):
        if not word.isascii() or "=?" in word or len(word) > WORD_CHARS:
            return written[:place], " ".join(written[place:])
    return written, ""


def _phrase(name: str) -> list[str]:
    is_odd = "=?" in name or '"' in name or "\\" in name  # not every program reads an escaped quote
    if not name.isascii() or is_odd or any(len(word) > WORD_CHARS for word in name.split()):
        return list(_encoded(name, WORD_CHARS - 8))
    if _PHRASE.fullmatch(name):
        return name.split(" ")
    return [f'"{name}"']


def _encoded(text: str, first_chars: int = WORD_CHARS) -> Iterable[str]:
    """Encoded words, the first of at most `first_chars`."""
    room = _octets(first_chars)
    taken = b""
    for sign in text:
        octets = sign.encode()
        if taken and len(taken) + len(octets) > room:
            yield _word(taken)
            taken, room = b"", _octets(WORD_CHARS)
        taken += octets
    yield _word(taken)


def _octets(chars: int) -> int:
    return max((chars - _AROUND) // 4 * 3, 4)


def _word(octets: bytes) -> str:
    return f"=?UTF-8?B?{b64encode(octets).decode()}?="


def _folded(name: str, tokens: Sequence[str], rest: str = "") -> bytes:
    """A header of these tokens with a blank between each two, and of `rest` as encoded words."""
    lines, line = [], f"{name}:"
    for place, token in enumerate(tokens):
        if place and len(line) + 1 + len(token) > LINE_CHARS:  # the first stays beside the name: not all programs look below it
            lines.append(line)
            line = ""
        line += f" {token}"
    if rest:
        for word in _encoded(rest, min(WORD_CHARS, LINE_CHARS - len(line) - 1)):
            if len(line) + 1 + len(word) > LINE_CHARS:
                lines.append(line)
                line = ""
            line += f" {word}"
    return "\r\n".join([*lines, line]).encode() + b"\r\n"
