"""What is promised to whoever wrote a mail: that it has come, that a person answers, and until when. Pure.

Never a time that nobody knows.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

from config.schema import Email, Settings
from gateway.core.ids import ChannelName, SessionId
from gateway.core.texts import Texts
from handoff import notices
from handoff.hours import Calendar, due_at
from handoff.waiting import estimate

REFERENCE_CHARS = 4
"""Twice as many stand for a session: enough to find it by, short enough to be copied by hand."""


class Outlook(Struct, frozen=True, kw_only=True):
    """How things stand for whoever writes to a mailbox now."""

    within_s: float
    """The mailbox's promise, in opening hours."""
    calendar: Calendar | None = None
    """None: always open."""
    recent_waits_s: tuple[float, ...] = ()
    """How long the last mails waited for an agent, nights included."""
    is_slow: bool = False
    """Mails are waiting that should have been answered by now."""


def promised_s(settings: Settings, name: ChannelName) -> float | None:
    """Within how much time of opening hours a person answers on this channel; None: it promises nothing."""
    channel = settings.channels.get(name)
    return channel.answer_within_s if isinstance(channel, Email) else None


def due(outlook: Outlook, since: datetime) -> datetime | None:
    """Until when what came at `since` should be answered, UTC; None where the queue does not open again in time that is known."""
    moment = due_at(outlook.calendar, since, outlook.within_s)
    return moment and moment.astimezone(UTC)


def answered_by(outlook: Outlook, due_by: datetime | None, now: datetime) -> datetime | None:
    """What may honestly be said: the promise, or later where nine of ten have waited for longer; None where nobody can tell."""
    if due_by is None or due_by <= now or outlook.is_slow:
        return None
    wait = estimate(outlook.recent_waits_s)
    measured = now + timedelta(seconds=wait.p90_s) if wait else due_by
    if measured <= due_by:
        return due_by
    return outlook.calendar.next_open(measured) if outlook.calendar else measured


def received(texts: Texts, language: str, session: SessionId, outlook: Outlook, until: datetime | None, now: datetime) -> str:
    """The mail has come, a person answers, and until when."""
    calendar = outlook.calendar
    said = [texts.say("email.received", language, reference=reference(session))]
    if calendar is not None and not calendar.is_open(now):
        opens = calendar.next_open(now)
        said.append(texts.say("email.closed_until", language, opens=_moment(texts, language, opens)) if opens else _closed(texts, language))
    if until is None:
        said += [texts.say("email.slow", language)] if outlook.is_slow else []
        said.append(texts.say("email.person_soon", language))
    elif calendar is not None:
        said.append(texts.say("email.person_by", language, until=_moment(texts, language, until.astimezone(calendar.zone))))
    else:
        time = notices.duration(texts, language, (until - now).total_seconds())
        said.append(texts.say("email.person_within", language, time=time))
    return notices.together(language, *said)


def delayed(texts: Texts, language: str, session: SessionId) -> str:
    """It takes longer than was said."""
    return texts.say("email.delayed", language, reference=reference(session))


def reference(session: SessionId) -> str:
    """What the customer quotes: the beginning of the session's id. Whoever searches for it finds the words that told it."""
    return f"{session[:REFERENCE_CHARS]}-{session[REFERENCE_CHARS : 2 * REFERENCE_CHARS]}"


def _closed(texts: Texts, language: str) -> str:
    return texts.say("email.closed", language)


def _moment(texts: Texts, language: str, at: datetime) -> str:
    """Always with its date: nobody knows when a mail is read."""
    weekday = texts.say(f"handoff.weekday.{at.weekday()}", language)
    month = texts.say(f"email.month.{at.month}", language)
    values = {"month": month, "day": at.day, "weekday": weekday, "time": f"{at:%H:%M}"}
    return texts.say("email.moment", language, zone=notices.zone_of(texts, language, at), **values)
