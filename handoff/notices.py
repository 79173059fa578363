"""What the customer is told about people: pure. Never a promise that the numbers do not bear out."""

from datetime import datetime
from math import ceil

from gateway.core.texts import Texts
from handoff.waiting import Estimate

LONG_MINUTES = 90
"""From here on, hours are said."""
WEEK_DAYS = 7
"""From so many days on a weekday's name says too little."""


def coming(texts: Texts, language: str, position: int, wait: Estimate | None, *, is_call: bool = False) -> str:
    """A person is coming, the place in the line, and how long it takes where that is known."""
    said = texts.say(worded("coming", is_call=is_call), language, position=position)
    return together(language, said, waiting_time(texts, language, wait)) if wait else said


def together(language: str, *sentences: str) -> str:
    """Sentences one after the other, as the language writes them: Chinese puts no space between."""
    return ("" if language.lower().startswith("zh") else " ").join(sentences)


def waiting_time(texts: Texts, language: str, wait: Estimate) -> str:
    """How long it takes, in words."""
    if wait.p90_s <= 60:
        return texts.say("handoff.wait_short", language)
    return texts.say("handoff.wait", language, typical=duration(texts, language, wait.p50_s), long=duration(texts, language, wait.p90_s))


def worded(notice: str, *, is_call: bool) -> str:
    """The key of a notice's words: what is spoken to callers differs from what is read."""
    return f"call.{notice}" if is_call else f"handoff.{notice}"


def closed(texts: Texts, language: str, opens_at: datetime | None, now: datetime, *, is_call: bool = False) -> str:
    """Nobody is there now, and when somebody is. `opens_at` is in the queue's timezone, which is said."""
    if opens_at is None:
        return texts.say("handoff.closed", language)
    opens = spoken_moment(texts, language, opens_at, now) if is_call else moment(texts, language, opens_at, now)
    return texts.say(worded("closed_until", is_call=is_call), language, opens=opens)


def spoken_moment(texts: Texts, language: str, at: datetime, now: datetime) -> str:
    """A day and a time for the ear: a date only where the weekday alone would be another one."""
    values = {"zone": zone_of(texts, language, at), "time": f"{at:%H:%M}"}
    days = (at.date() - now.astimezone(at.tzinfo).date()).days
    if days == 0:
        return texts.say("call.today_at", language, **values)
    weekday = texts.say(f"handoff.weekday.{at.weekday()}", language)
    if days < WEEK_DAYS:
        return texts.say("call.day_at", language, weekday=weekday, **values)
    return texts.say("call.date_at", language, weekday=weekday, date=at.date().isoformat(), **values)


def moment(texts: Texts, language: str, at: datetime, now: datetime) -> str:
    """A day and a time as people say them."""
    zone = zone_of(texts, language, at)
    if at.date() == now.astimezone(at.tzinfo).date():
        return texts.say("handoff.today_at", language, time=f"{at:%H:%M}", zone=zone)
    weekday = texts.say(f"handoff.weekday.{at.weekday()}", language)
    values = {"month": at.month, "day": at.day, "date": at.date().isoformat(), "weekday": weekday, "time": f"{at:%H:%M}"}
    return texts.say("handoff.day_at", language, zone=zone, **values)


def zone_of(texts: Texts, language: str, at: datetime) -> str:
    """Whose time it is, as people there call it; else by its name in the zone database."""
    zone = str(at.tzinfo)
    known = f"handoff.zone.{zone.lower().replace('/', '_')}"
    return texts.say(known, language) if known in texts.catalogue(language) else texts.say("handoff.zone", language, zone=zone)


def duration(texts: Texts, language: str, seconds: float) -> str:
    """Whole minutes, rounded up; hours where it is long."""
    minutes = max(1, ceil(seconds / 60))
    if minutes == 1:
        return texts.say("handoff.minute", language)
    if minutes < LONG_MINUTES:
        return texts.say("handoff.minutes", language, count=minutes)
    return texts.say("handoff.hours", language, count=ceil(minutes / 60))
