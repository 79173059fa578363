"""Dates, amounts and numbers as people write them, in Chinese and English. Pure; what can't be read gives None."""

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
_SIGNS = {"CNY": ("¥", "CN¥"), "HKD": ("HK$", "HK$"), "TWD": ("NT$", "NT$"), "USD": ("US$", "$"), "EUR": ("€", "€"), "GBP": ("£", "£")}
"""By ISO 4217 code: in Chinese, in English. Others are written by their code."""
_WHOLE = frozenset({"JPY", "KRW", "VND"})
"""Currencies without cents."""
_LARGEST = Decimal(10) ** 15
_DIGITS_MAX_COUNT = 32
_EXPONENT_MIN = -400
"""No float is smaller; `1E-999999999`, written out, would fill the memory."""


def date(text: str | None, language: str, zone: str = "") -> str | None:
    """`2026年11月2日` or `2 November 2026`, from ISO 8601 or seconds since 1970."""
    at = _moment(text, zone)
    if at is None:
        return None
    return f"{at.year}年{at.month}月{at.day}日" if language.startswith("zh") else f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def date_and_time(text: str | None, language: str, zone: str = "") -> str | None:
    """The date with hours and minutes."""
    at = _moment(text, zone)
    return None if at is None else f"{date(text, language, zone)} {at.hour:02}:{at.minute:02}"


def amount(text: str | None, language: str, currency: str = "", unit: str = "") -> str | None:
    """`¥1,234.50`; `unit` "minor": the number counts cents."""
    value = _decimal(text)
    if value is None:
        return None
    places = 0 if currency in _WHOLE else 2
    if unit == "minor":
        value = value.scaleb(-places)
    number_of = f"{abs(value):,.{places}f}"
    sign = "-" if value < 0 else ""
    in_chinese, in_english = _SIGNS.get(currency, (f"{currency} " if currency else "", f"{currency} " if currency else ""))
    return f"{sign}{in_chinese if language.startswith('zh') else in_english}{number_of}"


def number(text: str | None) -> str | None:
    """With its thousands apart: `12,345.6`."""
    value = _decimal(text)
    return None if value is None else f"{value:,f}"


def plain_number(value: float) -> str | None:
    """A float as JSON wrote it, without an exponent; None for what is no number."""
    found = _decimal(repr(value))
    return None if found is None else f"{found.normalize():f}"


@lru_cache(maxsize=64)
def is_timezone(name: str) -> bool:
    """Whether the name is one of the tz database."""
    return name in available_timezones()


def _decimal(text: str | None) -> Decimal | None:
    if not text or len(text) > _DIGITS_MAX_COUNT:
        return None
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < _LARGEST and value.adjusted() >= _EXPONENT_MIN else None


def _moment(text: str | None, zone: str) -> datetime | None:
    """A moment as it was written; in the zone, where both that and the moment's own are known."""
    if not text or len(text) > 40:
        return None
    try:
        at = _since_1970(int(text)) if text.isdecimal() else datetime.fromisoformat(text)
        return at.astimezone(ZoneInfo(zone)) if zone and at.tzinfo else at
    except (ValueError, OverflowError, OSError):
        return None


def _since_1970(count: int) -> datetime:
    """Seconds, or milliseconds where seconds would be thousands of years away."""
    return datetime.fromtimestamp(count / 1000 if count > 10**11 else count, UTC)
