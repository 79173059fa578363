"""Message-IDs and dates out of headers."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_tz
from functools import lru_cache

from adapters.email.words import newest

ID_MAX_CHARS = 998
REFERENCES_MAX_COUNT = 100
_BRACKETED = re.compile(r"<([^<>]++)>")
_MONTHS = {name: at for at, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_USUAL = re.compile(r"(?:\w{3}, )?(\d{1,2}) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)(?: \(.*)?", re.ASCII)
_NUMERIC = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[T ]*(?:\(?[^\d\s]{1,6}\)?)? ?(\d{1,2}):(\d\d)(?::(\d\d))?(?:\.\d{1,9})?"
    r"\s?(Z|[+-]\d\d:?\d\d)?"
)


def ids(values: Iterable[str]) -> tuple[str, ...]:
    """The Message-IDs in these values, without brackets, in order, each once; at most 100: the first and the last ones."""
    found: dict[str, None] = {}
    for value in values or ():
        bracketed = _BRACKETED.findall(value)
        for each in bracketed or _bare(value):
            name = "".join(each.split()) if " " in each else each
            if 0 < len(name) <= ID_MAX_CHARS:
                found[name] = None
    return newest(tuple(found), REFERENCES_MAX_COUNT)


def own_id(values: Sequence[str]) -> str:
    """A mail's own: the first that stands there, even where it lacks brackets or an @."""
    named = ids(values[:1])
    if named:
        return named[0]
    bare = "".join(values[0].split()).strip("<>") if values else ""
    return bare if len(bare) <= ID_MAX_CHARS else ""


def _bare(value: str) -> list[str]:
    """Without any bracket: words with an @; prose around them ("message from a@b") is no list of ids."""
    tokens = value.replace(",", " ").split()
    return [token.strip("<>;\"'") for token in tokens] if tokens and all("@" in token for token in tokens) else []


def dated(value: str) -> datetime | None:
    """When a mail says that it was written, in UTC; None where it says nothing that can be read."""
    value = value.strip()[:100]
    try:
        at = _usual(value) or _parsed(value) or _numeric(value)
        return at.astimezone(UTC) if at and 1970 <= at.year <= 2200 else None
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _usual(value: str) -> datetime | None:
    found = _USUAL.fullmatch(value)
    month = _MONTHS.get(found[2].lower()) if found else None
    if not found or not month:
        return None
    return datetime(
        int(found[3]),
        month,
        int(found[1]),
        int(found[4]),
        int(found[5]),
        min(59, int(found[6])),
        tzinfo=_zone(found[7], found[8], found[9]),
    )


@lru_cache(maxsize=200)
def _zone(sign: str, hours: str, minutes: str) -> timezone:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    if offset >= timedelta(hours=24):
        return UTC
    return timezone(-offset if sign == "-" else offset)


def _parsed(value: str) -> datetime | None:
    try:
        found = parsedate_tz(value)
        if not found:
            return None
        offset = timedelta(seconds=found[9] or 0)
        return datetime(*found[:6], tzinfo=timezone(offset) if abs(offset) < timedelta(hours=24) else UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _numeric(value: str) -> datetime | None:
    """As some Chinese programs write it: 2026-06-01 10:20:15."""
    found = _NUMERIC.search(value)
    if not found:
        return None
    zone = found[7] or "Z"
    digits = zone[1:].replace(":", "")
    at = _zone(zone[0], digits[:2], digits[2:]) if digits else UTC
    return datetime(int(found[1]), int(found[2]), int(found[3]), int(found[4]), int(found[5]), int(found[6] or 0), tzinfo=at)
