"""IMAP's words: what we write and what we read (RFC 3501, section 9). Pure, and linear in what a server sends."""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, timezone

Value = bytes | list["Value"] | None
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_LITERAL = re.compile(rb"\{([0-9]{1,15})\}\Z")
_TOKEN = re.compile(rb'[ \t]*+(?:(\()|(\))|"((?:[^"\\]|\\.)*+)"|(\{[0-9]{1,15}\}\Z)|([^ \t()"]++))', re.DOTALL)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_AT = re.compile(rb" ?([0-9]{1,2})-([A-Za-z]{3})-([0-9]{4}) ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})")
_NOT_PRINTED = re.compile(r"[^\x20-\x7e]+")
_SHIFTED = re.compile(r"&([A-Za-z0-9+,]*)-")
_DEPTH_MAX = 20


def literal_size(line: bytes) -> int | None:
    """How many bytes follow this line as a literal; None: none do."""
    found = _LITERAL.search(line, max(0, len(line) - 20)) if line.endswith(b"}") else None
    return int(found.group(1)) if found else None


def quoted(text: str) -> str:
    """A quoted string. Raises ValueError for what none may hold."""
    if re.search(r"[\x00\r\n]", text):
        raise ValueError("NUL, CR and LF can't be sent")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def encoded_mailbox(name: str) -> str:
    """A mailbox's name in modified UTF-7 (RFC 3501, section 5.1.3), quoted."""

    def shifted(found: re.Match[str]) -> str:
        text = base64.b64encode(found.group().encode("utf-16-be", "surrogatepass")).decode()
        return f"&{text.rstrip('=').replace('/', ',')}-"

    return quoted(_NOT_PRINTED.sub(shifted, name.replace("&", "&-")))


def decoded_mailbox(name: bytes) -> str:
    """The name as people see it; one that breaks the rules stays as it is."""

    def unshifted(found: re.Match[str]) -> str:
        text = found.group(1).replace(",", "/")
        if not text:
            return "&"
        return base64.b64decode(text + "=" * (-len(text) % 4)).decode("utf-16-be")

    plain = name.decode("utf-8", "replace")
    try:
        return _SHIFTED.sub(unshifted, plain)
    except ValueError:
        return plain


def uid_set(uids: Sequence[int]) -> str:
    """Rising UIDs, neighbours as ranges: `1:3,7`."""
    ranges: list[list[int]] = []
    for uid in uids:
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in ranges)


def search_date(day: date) -> str:
    """Such as 02-Nov-2026, whatever the machine's language."""
    return f"{day.day:02d}-{MONTHS[day.month - 1]}-{day.year:04d}"


def internal_date(text: bytes) -> datetime | None:
    """An INTERNALDATE; None where it is none."""
    found = _AT.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_h, zone_m = (part.decode() for part in found.groups())
    zone = timedelta(hours=int(zone_h), minutes=int(zone_m)) * (-1 if sign == "-" else 1)
    try:
        at = datetime(
            int(year), MONTHS.index(month.capitalize()) + 1, int(day), int(hour), int(minute), min(59, int(second)), tzinfo=timezone(zone)
        )
        return at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def numbers(text: bytes) -> list[int]:
    """The numbers of a SEARCH answer; whatever else stands among them (a MODSEQ) is left out."""
    return [int(word) for word in text.split() if len(word) < 16 and word.isdigit()]


def values(chunks: Sequence[bytes]) -> list[Value]:
    """The words, strings, literals and lists of an answer: its lines, and between them the literals that they announce.

    One that ends too early is taken as far as it goes.
    """
    top: list[Value] = []
    stack = [top]
    for token, kind in _tokens(chunks):
        if kind == "(":
            inner: list[Value] = []
            stack[-1].append(inner)
            if len(stack) > _DEPTH_MAX:
                break
            stack.append(inner)
        elif kind == ")":
            if len(stack) > 1:
                stack.pop()
        else:
            stack[-1].append(None if kind == "atom" and token.upper() == b"NIL" else token)
    return top


def pairs(items: Iterable[Value]) -> dict[str, Value]:
    """The names and values of a FETCH answer's list."""
    given = list(items)
    return {
        name.decode("ascii", "replace").upper(): value
        for name, value in zip(given[::2], given[1::2], strict=False)
        if isinstance(name, bytes)
    }


def _tokens(chunks: Sequence[bytes]) -> Iterator[tuple[bytes, str]]:
    """Lines are cut into tokens; a literal is one as it is."""
    is_literal = False
    for chunk in chunks:
        if is_literal:
            is_literal = False
            yield chunk, "string"
            continue
        at = 0
        while found := _TOKEN.match(chunk, at):
            at = found.end()
            opening, closing, string, literal, atom = found.groups()
            if literal is not None:
                is_literal = True
            elif string is not None:
                yield _ESCAPED.sub(rb"\1", string), "string"
            else:
                yield opening or closing or atom, "(" if opening else ")" if closing else "atom"
