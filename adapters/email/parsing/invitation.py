"""Calendar parts in words: what, when, where, who (RFC 5545, RFC 5546). Bounded."""

import re
from datetime import date, datetime, timedelta
from typing import Any

from icalendar import Calendar

CALENDAR_MAX_BYTES = 65_536
EVENTS_MAX_COUNT = 5
_HAN = re.compile("[\u4e00-\u9fff]")
_KANA = re.compile("[\u3040-\u30ff\uac00-\ud7af]")
_HANT = re.compile("[們這個來時會學請謝對應後務開關與為見議約參訂單點間電話週從當發經過實現場話嗎麼將書]")
_HANS = re.compile("[们这个来时会学请谢对应后务开关与为见议约参订单点间电话周从当发经过实现场话吗么将书]")
_WORDS = {
    "zh-CN": {
        "request": "会议邀请",
        "update": "会议更新",
        "cancel": "会议取消",
        "accepted": "已接受会议",
        "declined": "已谢绝会议",
        "tentative": "暂定接受会议",
        "reply": "会议答复",
        "publish": "日程",
        "counter": "建议新的会议时间",
        "when": "时间",
        "where": "地点",
        "who": "组织者",
        "repeats": "重复",
        "all_day": "全天",
        "colon": "：",
    },
    "zh-TW": {
        "request": "會議邀請",
        "update": "會議更新",
        "cancel": "會議取消",
        "accepted": "已接受會議",
        "declined": "已婉拒會議",
        "tentative": "暫定接受會議",
        "reply": "會議回覆",
        "publish": "行程",
        "counter": "建議新的會議時間",
        "when": "時間",
        "where": "地點",
        "who": "召集人",
        "repeats": "重複",
        "all_day": "全天",
        "colon": "：",
    },
    "en": {
        "request": "Invitation",
        "update": "Updated invitation",
        "cancel": "Cancelled",
        "accepted": "Accepted",
        "declined": "Declined",
        "tentative": "Tentatively accepted",
        "reply": "Answer to an invitation",
        "publish": "Event",
        "counter": "New time proposed",
        "when": "When",
        "where": "Where",
        "who": "Organizer",
        "repeats": "repeats",
        "all_day": "all day",
        "colon": ": ",
    },
}


def language_of(text: str) -> str:
    """zh-CN, zh-TW or en: what a mail with these words is answered in."""
    sample = text[:4_000]
    if not _HAN.search(sample) or _KANA.search(sample):
        return "en"
    return "zh-TW" if len(_HANT.findall(sample)) > len(_HANS.findall(sample)) else "zh-CN"


def in_words(data: bytes, text: str) -> str:
    """A calendar part for people, in the language of `text` or of its own; "" where it says nothing."""
    if not data or len(data) > CALENDAR_MAX_BYTES:
        return ""
    try:
        calendar = Calendar.from_ical(data)
        events = [event for event in calendar.walk("VEVENT") if not event.get("recurrence-id")] or calendar.walk("VEVENT")
        words = _WORDS[language_of(f"{text} {_line(events[0], 'summary')}" if events else text)]
        method = str(calendar.get("method", "")).lower()[:20]
        return "\n\n".join(_event(event, method, words) for event in events[:EVENTS_MAX_COUNT])
    except Exception:  # somebody else's code over a stranger's bytes: what can't be read is a file like others
        return ""


def _event(event: Any, method: str, words: dict[str, str]) -> str:
    colon = words["colon"]
    lines = [f"{words[_kind(event, method)]}{colon}{_line(event, 'summary')}"]
    when = _when(event, words)
    organizer = _line(event, "organizer").removeprefix("mailto:").removeprefix("MAILTO:")
    named = str(event["organizer"].params.get("CN", "")) if organizer and hasattr(event.get("organizer"), "params") else ""
    who = f"{named} <{organizer}>" if named and named != organizer else organizer
    for key, value in (("when", when), ("where", _line(event, "location")), ("who", who[:300])):
        if value:
            lines.append(f"{words[key]}{colon}{value}")
    return "\n".join(lines)


def _kind(event: Any, method: str) -> str:
    if method == "cancel" or str(event.get("status", "")).upper() == "CANCELLED":
        return "cancel"
    if method == "reply":
        attendees = event.get("attendee", [])
        first = attendees[0] if isinstance(attendees, list) and attendees else attendees
        said = str(first.params.get("PARTSTAT", "")).lower() if hasattr(first, "params") else ""
        return said if said in {"accepted", "declined", "tentative"} else "reply"
    if method == "counter":
        return "counter"
    if method in {"publish", ""}:
        return "publish"
    return "update" if str(event.get("sequence", "0")) not in {"0", ""} else "request"


def _line(event: Any, name: str) -> str:
    return " ".join(str(event.get(name, "")).split())[:300]


def _when(event: Any, words: dict[str, str]) -> str:
    start, end = _moment(event, "dtstart"), _moment(event, "dtend")
    if start is None:
        return ""
    if end is None and isinstance(start, datetime) and "duration" in event:
        end = start + event["duration"].dt
    said = _span(start, end, words)
    return f"{said} ({words['repeats']})" if event.get("rrule") else said


def _moment(event: Any, name: str) -> date | None:
    found = getattr(event.get(name), "dt", None)
    return found if isinstance(found, date) else None


def _span(start: date, end: date | None, words: dict[str, str]) -> str:
    if not isinstance(start, datetime):
        last = end - timedelta(days=1) if end is not None else start
        return f"{start:%Y-%m-%d} {words['all_day']}" if last <= start else f"{start:%Y-%m-%d} – {last:%Y-%m-%d} {words['all_day']}"
    zone = f" {start.tzinfo}" if start.tzinfo else ""
    if not isinstance(end, datetime):
        return f"{start:%Y-%m-%d %H:%M}{zone}"
    return (
        f"{start:%Y-%m-%d %H:%M} – {end:%H:%M}{zone}"
        if end.date() == start.date()
        else f"{start:%Y-%m-%d %H:%M} – {end:%Y-%m-%d %H:%M}{zone}"
    )
