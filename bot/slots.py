"""What an action needs to know, and how it is read out of what customers write: order numbers, phones, dates, choices. Pure.

Width, spaces and capitals don't count. A value is taken from a sentence only where exactly one stands in it: the bot asks rather than
guesses.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from enum import StrEnum

from msgspec import Struct

from bot.patterns import TEXT_MAX_CHARS, Pattern
from gateway.core.expressions import expression

SAID_MAX_CHARS = 2_000
"""How far into a message values are looked for."""
TEXT_VALUE_MAX_CHARS = 200


class SlotType(StrEnum):
    """What sort of value it is."""

    ORDER_NUMBER = "order_number"
    PHONE = "phone"
    EMAIL = "email"
    DATE = "date"
    NUMBER = "number"
    CHOICE = "choice"
    TEXT = "text"


class Option(Struct, frozen=True, kw_only=True):
    """One value of a choice."""

    value: str
    words: tuple[str, ...] = ()
    """What customers call it; the value itself always counts."""
    text: Mapping[str, str] = {}
    """What is offered, by language."""


class Slot(Struct, frozen=True, kw_only=True):
    """One thing to know."""

    name: str
    type: SlotType
    ask: Mapping[str, str] = {}
    """The question, by language."""
    pattern: Pattern | None = None
    options: tuple[Option, ...] = ()
    tries: int = 2
    """How often it is asked for again; then a person is."""
    is_secret: bool = False
    """A PIN: asked for last, taken only from the answer to that, and remembered by nobody."""


def values(slot: Slot, text: str, today: str, *, is_asked: bool) -> tuple[str, ...]:
    """The different values of this slot in the text, in their order. `is_asked`: the text answers our question, and may be read freely."""
    plain = unicodedata.normalize("NFKC", text[:SAID_MAX_CHARS]).strip()
    return tuple(dict.fromkeys(_READERS[slot.type](slot, plain, today, is_asked)))


def is_value(slot: Slot, value: str, today: str) -> bool:
    """Whether a value that is remembered fits this slot, too."""
    return values(slot, value, today, is_asked=True) == (value,)


# ---- numbers and addresses -----------------------------------------------------------------------------------------------------------

_RUN = expression(r"[A-Za-z0-9._%+/#@-]++", re.ASCII)
_WORDS_MAX_COUNT = 200
_PREFIX_MAX_CHARS = 3
"""Letters that stand apart from their number belong to it where a shape says so."""
_EDGES = "._%+/#@-"
_DATE_LIKE = expression(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{4})?", re.ASCII)
_EMAIL = expression(r"[a-z0-9._%+-]{1,64}+@(?:[a-z0-9-]{1,63}+\.){1,8}[a-z]{2,24}", re.ASCII)
_ORDER = expression(r"[A-Z0-9][A-Z0-9-]{4,30}[A-Z0-9]", re.ASCII)
_MOBILE = expression(r"(?:\+?86|0086)?(1[3-9]\d{9})", re.ASCII)
_LANDLINE = expression(r"0\d{2,3}\d{7,8}|400\d{7}|800\d{7}", re.ASCII)
_ABROAD = expression(r"\+[1-9]\d{6,14}", re.ASCII)


def _runs(plain: str, *, is_asked: bool, prefix_max: int = 0) -> Iterator[str]:
    """What may be a number of something: letters and digits in a row, and with its spaces out where we asked for it."""
    for found in _RUN.finditer(plain):
        run = found[0].strip(_EDGES.replace("+", ""))
        if 0 < len(run) <= TEXT_MAX_CHARS:
            yield run
    if is_asked:
        yield from _joined(plain, prefix_max)


def _joined(plain: str, prefix_max: int) -> Iterator[str]:
    """Groups of digits with their spaces out, alone and with up to so many letters before them: "a 123 4567"."""
    groups, before = [], ""
    for word in (*plain.split()[:_WORDS_MAX_COUNT], ""):
        run = word.strip(_EDGES)
        if run.isascii() and any(char.isdigit() for char in run):
            groups.append(run)
            continue
        joined = "".join(groups)
        if len(groups) > 1 and len(joined) <= TEXT_MAX_CHARS:
            yield joined
        if groups and 0 < len(before) <= prefix_max and before.isascii() and len(joined) <= TEXT_MAX_CHARS:
            yield before + joined
        groups, before = [], run


def _numbers(slot: Slot, plain: str, _: str, is_asked: bool) -> Iterator[str]:  # noqa: FBT001 - one shape for all readers
    for run in _runs(plain, is_asked=is_asked, prefix_max=_PREFIX_MAX_CHARS if slot.pattern else 0):
        upper = run.lstrip("#+").upper()
        if slot.pattern is not None:
            for shape in (upper, upper.replace("-", "")):
                if slot.pattern.matches(shape):
                    yield shape
                    break
        elif _is_order(upper) and (is_asked or not (_DATE_LIKE.fullmatch(upper) or _phone(upper))):
            yield upper


def _is_order(upper: str) -> bool:
    return bool(_ORDER.fullmatch(upper)) and sum(char.isdigit() for char in upper) >= 4


def _phones(slot: Slot, plain: str, _: str, is_asked: bool) -> Iterator[str]:  # noqa: FBT001
    joined = re.sub(r"(?<=[\d+)])[ ()-]{1,3}(?=\d)", "", plain, flags=re.ASCII)
    for run in _runs(joined, is_asked=is_asked):
        if (number := _phone(run)) and (slot.pattern is None or slot.pattern.matches(number)):
            yield number


def _phone(run: str) -> str | None:
    digits = run.replace("-", "").replace(".", "")
    if mobile := _MOBILE.fullmatch(digits):
        return mobile[1]
    return digits if _LANDLINE.fullmatch(digits) or _ABROAD.fullmatch(digits) else None


def _emails(slot: Slot, plain: str, _: str, is_asked: bool) -> Iterator[str]:  # noqa: ARG001, FBT001
    for found in _RUN.finditer(plain):
        run = found[0].strip(".-/#").lower()
        if len(run) <= 254 and _EMAIL.fullmatch(run):
            yield run


_DIGITS = expression(r"(?<![\d.])-?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\d.])|(?<![\d.])-?\d{1,15}(?:\.\d{1,6})?(?![\d])", re.ASCII)
_NO_NUMBER = expression("一(?:些|点|下|样|直|起|定|般|點|樣)")
_IN_CHINESE = {word: str(number) for number, word in enumerate("零一二三四五六七八九十")} | {"两": "2", "兩": "2", "半": "0.5"}
_IN_ENGLISH = {
    word: str(number) for number, word in enumerate(("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"))
}


def _amounts(slot: Slot, plain: str, _: str, is_asked: bool) -> Iterator[str]:  # noqa: FBT001
    found = [digits[0].replace(",", "") for digits in _DIGITS.finditer(plain)]
    if is_asked and not found:
        found = [_IN_ENGLISH[word] for word in re.findall(r"[a-z]++", plain.lower()) if word in _IN_ENGLISH]
        found = found or ([_chinese_number(plain)] if _chinese_number(plain) else [])
    yield from (number for number in found if slot.pattern is None or slot.pattern.matches(number))


def _chinese_number(plain: str) -> str:
    """One to ninety-nine, with whatever is counted behind it; "" for anything else."""
    said = "".join(char for char in plain if char in _IN_CHINESE)
    if not said or _NO_NUMBER.search(plain) or len(said) > 3 or len(plain) > len(said) + 6:
        return ""
    if "十" not in said:
        return _IN_CHINESE[said] if len(said) == 1 else ""
    tens, _, ones = said.partition("十")
    return str(int(_IN_CHINESE.get(tens, "1")) * 10 + int(_IN_CHINESE.get(ones, "0"))) if len(tens) <= 1 and len(ones) <= 1 else ""


# ---- dates ---------------------------------------------------------------------------------------------------------------------------

_YMD = expression(r"(?<!\d)(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})(?!\d)", re.ASCII)
_MD = expression(r"(?<!\d)(\d{1,2})月(\d{1,2})(?:日|号|號)?(?!\d)", re.ASCII)
_DAY_MONTH = expression(r"(?<![a-z0-9])(\d{1,2})(?:st|nd|rd|th)? (?:of )?([a-z]{3,9})(?:,? (\d{4}))?(?![a-z0-9])", re.ASCII)
_MONTH_DAY = expression(r"(?<![a-z0-9])([a-z]{3,9}) (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?(?![a-z0-9])", re.ASCII)
_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = {
    "大前天": -3, "前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "後天": 2,
    "the day before yesterday": -2, "yesterday": -1, "today": 0, "tomorrow": 1,
}  # fmt: skip


def _dates(slot: Slot, plain: str, today: str, is_asked: bool) -> Iterator[str]:  # noqa: ARG001, FBT001
    lower = " ".join(plain.lower().split())
    now = _day(*map(int, today.split("-"))) if today.count("-") == 2 else None
    for found in _YMD.finditer(lower):
        yield from _iso(_day(int(found[1]), int(found[2]), int(found[3])))
    for found in _MD.finditer(_YMD.sub(" ", lower)):
        yield from _iso(_near(now, int(found[1]), int(found[2])))
    for found in _DAY_MONTH.finditer(lower):
        yield from _iso(_named(now, found[2], found[1], found[3]))
    for found in _MONTH_DAY.finditer(lower):
        yield from _iso(_named(now, found[1], found[2], found[3]))
    for words, away in _DAYS.items():
        if now is not None and words in lower:
            yield (now + timedelta(days=away)).isoformat()
            return  # "the day before yesterday" holds "yesterday"


def _named(now: date | None, month: str, day: str, year: str | None) -> date | None:
    if month[:3] not in _NAMES:
        return None
    number = _NAMES.index(month[:3]) + 1
    return _day(int(year), number, int(day)) if year else _near(now, number, int(day))


def _near(now: date | None, month: int, day: int) -> date | None:
    """The day of that name which is nearest to today: in January, December is the last one."""
    if now is None:
        return None
    days = filter(None, (_day(year, month, day) for year in (now.year - 1, now.year, now.year + 1)))
    return min(days, key=lambda other: abs(other - now), default=None)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _iso(day: date | None) -> Iterator[str]:
    if day is not None:
        yield day.isoformat()


# ---- choices and words ---------------------------------------------------------------------------------------------------------------


def _choices(slot: Slot, plain: str, today: str, is_asked: bool) -> Iterator[str]:  # noqa: ARG001, FBT001
    lower = plain.casefold()
    for option in slot.options:
        if any(_says(lower, word.casefold()) for word in (option.value, *option.words, *option.text.values())):
            yield option.value


def _says(lower: str, word: str) -> bool:
    """Whether a word stands in the text: an English one by itself, a Chinese one anywhere."""
    at = lower.find(word)
    while word and at >= 0:
        before, behind = lower[at - 1 : at], lower[at + len(word) : at + len(word) + 1]
        if not (word[0].isascii() and before.isascii() and before.isalnum()) and not (
            word[-1].isascii() and behind.isascii() and behind.isalnum()
        ):
            return True
        at = lower.find(word, at + 1)
    return False


def _words(slot: Slot, plain: str, today: str, is_asked: bool) -> Iterator[str]:  # noqa: ARG001, FBT001
    """Free words are never guessed out of a sentence: only what answers our question."""
    if slot.pattern is not None:
        yield from _numbers(slot, plain, "", is_asked)
    elif is_asked and (text := " ".join(plain.split())[:TEXT_VALUE_MAX_CHARS]):
        yield text


_READERS: Mapping[SlotType, Callable[[Slot, str, str, bool], Iterator[str]]] = {
    SlotType.ORDER_NUMBER: _numbers, SlotType.PHONE: _phones, SlotType.EMAIL: _emails, SlotType.DATE: _dates, SlotType.NUMBER: _amounts,
    SlotType.CHOICE: _choices, SlotType.TEXT: _words,
}  # fmt: skip
