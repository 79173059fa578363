"""What the customer is told about people: pure. Never a promise that the numbers do not bear out."""

from datetime import datetime
from math import ceil

from gateway.core.texts import Texts
from handoff.waiting import Estimate

LONG_MINUTES = 90
"""From here on, hours are said."""


def coming(texts: Texts, language: str, position: int, wait: Estimate | None) -> str:
    """A person is coming, the place in the line, and how long it takes where that is known."""
    said = texts.say("handoff.coming", language, position=position)
    return together(language, said, waiting_time(texts, language, wait)) if wait else said


def together(language: str, *sentences: str) -> str:
    """Sentences one after the other, as the language writes them: Chinese puts no space between."""
    return ("" if language.lower().startswith("zh") else " ").join(sentences)


def waiting_time(texts: Texts, language: str, wait: Estimate) -> str:
    """How long it takes, in words."""
    if wait.p90_s <= 60:
        return texts.say("handoff.wait_short", language)
    return texts.say("handoff.wait", language, typical=duration(texts, language, wait.p50_s), long=duration(texts, language, wait.p90_s))


def closed(texts: Texts, language: str, opens_at: datetime | None, now: datetime) -> str:
    """Nobody is there now, and when somebody is. `opens_at` is in the queue's timezone, which is said."""
    if opens_at is None:
        return texts.say("handoff.closed", language)
    return texts.say("handoff.closed_until", language, opens=moment(texts, language, opens_at, now))


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
