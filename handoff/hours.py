"""When a queue has people: pure, in the queue's own timezone.

A span such as `22:00-06:00` that ends before it begins goes on into the next day, and belongs to the date it begins on: a holiday stops
spans from beginning, not those that are running. A date in `open` has exactly the hours written there, holiday or not.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from config.problems import Problem
from config.schema import Hours
from gateway.core.errors import Faulty

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
LOOK_AHEAD_DAYS = 400
"""A queue that opens later than this is said to have no known opening."""
CLOSING_AHEAD_DAYS = 35
"""What stays open for longer is open around the clock to whoever asks; holidays of next season are no news."""
DAY_MINUTES = 24 * 60
SPANS_MAX_COUNT = 12
"""Of one day."""
DATES_MAX_COUNT = 1_000
"""Of `closed`, and of `open`: decades of holidays."""
KEY_MAX_CHARS = 40
PROBLEMS_MAX_COUNT = 100
"""More than anybody mends in one go."""

_SPAN = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
"""One way to write a date: two would make one day two of them, of which one is silently lost."""


class Span(Struct, frozen=True):
    """A stretch of a day, in minutes from its midnight; `end` is behind `begin` and may lie in the next day."""

    begin: int
    end: int


class Calendar:
    """One `[hours.NAME]`, understood. Raises ValueError where `check_hours` would have found a problem."""

    def __init__(self, hours: Hours) -> None:
        self.zone = _zone(hours.timezone)
        self._week = tuple(tuple(map(parse_span, getattr(hours, day))) for day in WEEKDAYS)
        self._closed = frozenset(map(date.fromisoformat, hours.closed))
        self._special = {date.fromisoformat(day): tuple(map(parse_span, spans)) for day, spans in hours.open.items()}

    def is_open(self, now: datetime) -> bool:
        """Whether people are there at `now`."""
        yesterday = now.astimezone(self.zone).date() - timedelta(days=1)
        return any(begin <= now < end for begin, end in self._openings(yesterday, days=2))

    def next_open(self, now: datetime) -> datetime | None:
        """When it opens next, in the queue's timezone; `now` itself while it is open; None where it does not within LOOK_AHEAD_DAYS."""
        if self.is_open(now):
            return now.astimezone(self.zone)
        today = now.astimezone(self.zone).date()
        coming = (begin for begin, _ in self._openings(today, days=LOOK_AHEAD_DAYS) if begin > now)
        first = next(coming, None)
        return first and first.astimezone(self.zone)

    def closes_at(self, now: datetime) -> datetime | None:
        """When it closes, in the queue's timezone: the end of all spans that follow each other without a gap.

        None while it is closed, and where it stays open for more than CLOSING_AHEAD_DAYS.
        """
        yesterday, end = now.astimezone(self.zone).date() - timedelta(days=1), None
        for begin, until in self._openings(yesterday, days=CLOSING_AHEAD_DAYS):
            if end is not None and begin > end:
                return end.astimezone(self.zone)
            if end is not None or begin <= now < until:
                end = until if end is None else max(end, until)
            elif begin > now:
                return None
        is_known = end is not None and (end - now).days < CLOSING_AHEAD_DAYS - 3
        return end.astimezone(self.zone) if end is not None and is_known else None

    def openings(self, now: datetime) -> Iterator[tuple[datetime, datetime]]:
        """(begin, end) in UTC of what is open at `now`, and of what opens within LOOK_AHEAD_DAYS, in order."""
        yesterday = now.astimezone(self.zone).date() - timedelta(days=1)
        return ((begin, end) for begin, end in self._openings(yesterday, days=LOOK_AHEAD_DAYS) if end > now)

    def _openings(self, first: date, *, days: int) -> Iterator[tuple[datetime, datetime]]:
        """(begin, end) in UTC of the spans that begin on these dates, in order."""
        for offset in range(days):
            day = first + timedelta(days=offset)
            for span in sorted(self._spans_of(day), key=lambda span: span.begin):
                yield self._moment(day, span.begin), self._moment(day, span.end)

    def _spans_of(self, day: date) -> tuple[Span, ...]:
        if day in self._special:
            return self._special[day]
        return () if day in self._closed else self._week[day.weekday()]

    def _moment(self, day: date, minutes: int) -> datetime:
        """Wall-clock minutes of a day as UTC. A time that summer time skips counts as the same time before the skip."""
        wall = datetime.combine(day + timedelta(days=minutes // DAY_MINUTES), time(), self.zone)
        return wall.replace(hour=minutes % DAY_MINUTES // 60, minute=minutes % 60).astimezone(UTC)


def due_at(calendar: Calendar | None, start: datetime, seconds: float) -> datetime | None:
    """The moment by which so many seconds of opening hours have passed since `start`, in the queue's timezone (UTC without a calendar).

    An hour that summer time skips is no working time, one that it repeats is two. None where the hours of LOOK_AHEAD_DAYS are too few.
    """
    if calendar is None:
        return start.astimezone(UTC) + timedelta(seconds=seconds)
    at, left = start.astimezone(UTC), timedelta(seconds=seconds)
    for begin, end in calendar.openings(at):
        at = max(at, begin)
        if end - at >= left:
            return (at + left).astimezone(calendar.zone)
        if end > at:
            left -= end - at
            at = end
    return None


def parse_span(text: str) -> Span:
    """`09:00-18:00` as a Span. `24:00` may end one. Raises ValueError saying what was expected."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"expected HH:MM-HH:MM, got {text[:KEY_MAX_CHARS]!r}")
    begin_hour, begin_minute, end_hour, end_minute = map(int, match.groups())
    begin, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if begin_minute > 59 or end_minute > 59 or begin >= DAY_MINUTES or end > DAY_MINUTES:
        raise ValueError(f"expected times from 00:00 to 24:00, got {text[:KEY_MAX_CHARS]!r}")
    if begin == end:
        raise ValueError(f"expected an end that differs from the beginning (all day is 00:00-24:00), got {text[:KEY_MAX_CHARS]!r}")
    return Span(begin, end if end > begin else end + DAY_MINUTES)


def check_hours(name: str, hours: Hours) -> list[Problem]:
    """Everything wrong with `[hours.NAME]`, for `frontdesk check` and the start."""
    return [Problem(f"[hours.{name}] {key}", message) for key, message in problems_of(hours)]


def problems_of(hours: Hours) -> list[tuple[str, str]]:
    """Everything wrong with some hours, as (key, what was expected); a key below another as in `open.2026-10-10`."""
    problems = [*_check_zone(hours.timezone)]
    for day in WEEKDAYS:
        problems += _check_spans(day, getattr(hours, day))
    problems += [*_check_count("closed", len(hours.closed)), *_check_count("open", len(hours.open))]
    for day in hours.closed[:DATES_MAX_COUNT]:
        problems += _check_date("closed", day)
        if day in hours.open:
            problems.append(("closed", f"{day} is in `open` too: keep one"))
    for day, spans in islice(hours.open.items(), DATES_MAX_COUNT):
        problems += [*_check_date("open", day), *_check_spans(f"open.{day[:KEY_MAX_CHARS]}", spans)]
    return problems


def understood(raw: object) -> Hours:
    """Hours from JSON, as the desk's page sends them. Raises Faulty with everything wrong with them at once; what is not given is as in
    a file that does not say it."""
    if not isinstance(raw, Mapping):
        raise Faulty("bad_hours", "an object", [("", "expected an object with timezone, monday to sunday, closed and open")])
    known = {field.name: field.type for field in msgspec.structs.fields(Hours)}
    given: dict[str, Any] = {}
    problems = [(str(key)[:KEY_MAX_CHARS], f"unknown: expected one of {', '.join(known)}") for key in raw if key not in known]
    for key in known.keys() & raw.keys():
        try:
            given[key] = msgspec.convert(raw[key], known[key])
        except msgspec.ValidationError as error:
            problems.append((key, str(error)))
    hours = Hours(**given)
    problems += problems_of(hours)
    if problems:
        raise Faulty("bad_hours", "hours that make sense; `problems` lists what does not", problems[:PROBLEMS_MAX_COUNT])
    return hours


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # unknown; a path trick; a folder's name: zoneinfo has an error for each
        raise ValueError(f"expected a timezone such as Asia/Shanghai, got {name[:KEY_MAX_CHARS]!r}") from None


def _check_zone(name: str) -> Iterator[tuple[str, str]]:
    try:
        _zone(name)
    except ValueError as error:
        yield "timezone", str(error)


def _check_date(key: str, text: str) -> Iterator[tuple[str, str]]:
    try:
        is_right = _DATE.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        is_right = False
    if not is_right:
        yield key, f"expected a date such as 2026-10-01, got {text[:KEY_MAX_CHARS]!r}"


def _check_count(key: str, count: int) -> Iterator[tuple[str, str]]:
    if count > DATES_MAX_COUNT:
        yield key, f"expected at most {DATES_MAX_COUNT} dates, got {count}"


def _check_spans(key: str, texts: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    if len(texts) > SPANS_MAX_COUNT:
        yield key, f"expected at most {SPANS_MAX_COUNT} spans, got {len(texts)}"
        return
    spans: list[Span] = []
    for text in texts:
        try:
            spans.append(parse_span(text))
        except ValueError as error:
            yield key, str(error)
    spans.sort(key=lambda span: span.begin)
    for earlier, later in pairwise(spans):
        if later.begin < earlier.end:
            yield key, f"spans overlap: {', '.join(text[:KEY_MAX_CHARS] for text in texts)}"
            return
