"""What is doubtful about an entry's answers: links, dates that are over, languages, lengths. For `linting`."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date

from bot.entries import Entry
from bot.language import base
from bot.terms import is_han
from gateway.core.expressions import expression

Doubt = tuple[str, str, dict[str, str]]
"""(code, detail, values)."""

LIMITS: Mapping[str, int] = {"webchat": 4_096, "wechat": 2_048, "wecom_kf": 2_048, "phone": 900, "sms": 210}
"""Bytes of UTF-8 that reach a customer as one message; the phone's are about a minute of speaking in Chinese or English."""
QUOTED_CHARS = 60

_LINK = expression(r"!?\[([^\[\]\n]{0,300})\]\(([^()\n]{0,2000})(\)?)")
_TARGET = expression(
    r"(?:https?://[^\s/?#.:]++(?:[.:][^\s/?#.:]++)*+|mailto:[^\s@]++@[^\s@]++|tel:\+?+[\d ()-]++|/|\./|#)\S*+", re.IGNORECASE
)
_HALF_LINK = expression(r"\[[^\[\]\n]{1,300}\] +\(https?:|\]\[?\(?https?:[^\s()]*$", re.MULTILINE)
_BAD_ADDRESS = expression(r"\b(?:https?:/(?!/)|https?//|https?:///|htp://|http://https?:|https?://(?=\s|$))", re.IGNORECASE)
_NUMBERS = expression(r"(?<!\d)((?:19|20)\d\d)(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})(?!\d)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_DAY = expression(rf"\b({'|'.join(_MONTHS)})[a-z]{{0,6}}\.? (\d{{1,2}})(?:st|nd|rd|th)?,? ((?:19|20)\d\d)\b", re.IGNORECASE)
_DAY_MONTH = expression(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? ({'|'.join(_MONTHS)})[a-z]{{0,6}}\.?,? ((?:19|20)\d\d)\b", re.IGNORECASE)
_FROM_BEFORE = expression(r"(?:since|from|after|as of|founded(?: in| on)?|自从?|从|于|成立于)\s?$", re.IGNORECASE)
_FROM_BEHIND = expression(r"^\s?(?:日|号|號)?\s?(?:起|以来|以來|之后|之後|以后|以後|开始|開始|成立)")
_PLACEHOLDER = expression(r"\b(?:todo|tbd|fixme|lorem ipsum|xxx+)\b|待补充|待補充|待定|待完善|此处填写|此處填寫|\{\{ ?\}\}", re.IGNORECASE)
_LATIN = expression(r"[A-Za-z]{3,}")
_CODE = expression(r"`[^`\n]{0,500}`")
_LINKS_OUT = expression(r"\([^()\s]{1,2000}\)|https?://\S+|`[^`\n]{0,500}`")


def answer_findings(entry: Entry, today: str, channels: Collection[str]) -> Iterator[Doubt]:
    """Each doubt once for an answer; `channels` are the configured types."""
    for name, text in _answers(entry):
        yield from (("broken_link", link, {"found": link, "where": name}) for link in _broken_links(text))
        if match := _PLACEHOLDER.search(text):
            yield "placeholder", match[0], {"found": match[0], "where": name}
        if today:
            yield from (("past_date", day, {"date": day, "where": name}) for day in _past_dates(text, today))
    for tag, text in entry.answer.items():
        if _is_in_another_language(tag, text):
            yield "wrong_language", tag, {"tag": tag}
    yield from _long(entry, channels)


def _answers(entry: Entry) -> Iterator[tuple[str, str]]:
    yield from entry.answer.items()
    for channel, answers in entry.answer_on.items():
        yield from ((f"{channel} {tag}", text) for tag, text in answers.items())


def _broken_links(text: str) -> Iterator[str]:
    text = _CODE.sub(" ", text)
    rest = []
    end = 0
    for match in _LINK.finditer(text):
        label, target, closing = match.groups()
        address = target.strip().split(' "')[0].strip("<>")
        if not closing or not label.strip() or not _TARGET.fullmatch(address) or _BAD_ADDRESS.search(address):
            yield match[0][:QUOTED_CHARS]
        rest.append(text[end : match.start()])
        end = match.end()
    outside = " ".join([*rest, text[end:]])
    for pattern in (_HALF_LINK, _BAD_ADDRESS):
        if half := pattern.search(outside):
            yield outside[half.start() : half.start() + QUOTED_CHARS].split("\n")[0]


def _past_dates(text: str, today: str) -> Iterator[str]:
    """Days that are over; "since 2019-05-01" says something that stays true."""
    days: dict[str, None] = {}
    for pattern, order in ((_NUMBERS, (1, 2, 3)), (_MONTH_DAY, (3, 1, 2)), (_DAY_MONTH, (3, 2, 1))):
        for match in pattern.finditer(text):
            day = _day(*(match[place] for place in order))
            is_beginning = _FROM_BEFORE.search(text[max(0, match.start() - 14) : match.start()]) or _FROM_BEHIND.match(
                text[match.end() : match.end() + 6]
            )
            if day and day < today and not is_beginning:
                days[day] = None
    yield from days


def _day(year: str, month: str, day: str) -> str:
    number = _MONTHS.index(month[:3].lower()) + 1 if month[:3].lower() in _MONTHS else int(month)
    try:
        return date(int(year), number, int(day)).isoformat()
    except ValueError:
        return ""


def _is_in_another_language(tag: str, text: str) -> bool:
    """A tag of Chinese over words without Chinese, or of English over Chinese ones."""
    words = _LINKS_OUT.sub(" ", text)
    han = sum(is_han(char) for char in words)
    latin = len(_LATIN.findall(words))
    if base(tag).startswith("zh"):
        return han == 0 and latin >= 3
    return base(tag) == "en" and han > 2 * latin and han > 3


def _long(entry: Entry, channels: Collection[str]) -> Iterator[Doubt]:
    for channel in sorted(channels & LIMITS.keys()):
        own = entry.answer_on.get(channel, {})
        own_bases = {base(tag) for tag in own}
        said = [*own.items(), *((tag, text) for tag, text in entry.answer.items() if base(tag) not in own_bases)]
        size = max((len(text.encode()) for _, text in said), default=0)
        if size > LIMITS[channel]:
            values = {"channel": channel, "count": str(size), "limit": str(LIMITS[channel])}
            yield "long_answer", channel, values
