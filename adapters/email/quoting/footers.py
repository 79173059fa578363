"""Lines that a program adds below a mail: Sent from my iPhone, 发自我的 iPhone, Get Outlook for iOS, Virus-free."""

import re
from collections.abc import Iterable

from adapters.email.quoting.lines import Lines
from adapters.email.quoting.sendoffs import (
    ADDED,
    DEVICES,
    EXCUSES,
    GET_APP,
    GET_APP_LAST,
    MINE,
    NOT_DEVICES,
    SAID_LAST,
    SAID_LAST_ONLY,
    SENT_FROM,
    SENTENCES,
    SYSTEMS,
    WITH_END,
)

_MAX_CHARS = 120
_LINK = re.compile(r"[(<]?https?://[^\s)>]*+[)>]?")
_AROUND = " ()[]<>{}*_-–—.!~|•\"'“”‘’。，,"
_CLAUSES = (", ", ". ", "; ", "，", "。", "；")
_BEGINS = frozenset(words[:4] for words in (*ADDED, *SENT_FROM, "unsubscribe: "))
_ENDS = frozenset(words[-2:] for words in (*SAID_LAST_ONLY, " mobile"))
"""How such a line may begin or end, by a few characters: nearly all lines are known for none by them."""


def is_footer_at(lines: Lines, index: int) -> bool:
    """The same of a line in its place: several rules ask."""
    found = lines.added.get(index)
    if found is None:
        found = lines.added[index] = is_footer(lines.plain[index])
    return found


def is_footer(plain: str) -> bool:
    """It is such a line. A sentence that only begins like one is none: "Sent from my desk, which is easier"."""
    if len(plain) > _MAX_CHARS * 3:
        return False
    words = _bare(plain)
    has_outlook = "outlook" in words
    if not has_outlook and words[-2:] not in _ENDS and _BEGINS.isdisjoint((words[:4], words[:3], words[:2], words[:1])):
        return False
    if len(words) > _MAX_CHARS:
        return words.startswith(ADDED)
    if words.startswith(ADDED) or (words.startswith("unsubscribe: ") and ("@" in words or "http" in plain)):
        return True
    if has_outlook and len(words) <= 60 and (words.startswith(GET_APP) or words.endswith(GET_APP_LAST)) and _names(SYSTEMS, words):
        return True
    if "?" in words or "？" in words or (not words.isascii() and any(sign in words for sign in SENTENCES)):
        return False
    has_link = "http" in plain.casefold() and len(words) <= 48
    return _is_sent_from(words, has_link=has_link) or _is_said_last(words)


def _bare(plain: str) -> str:
    words = plain.casefold()
    if "http" in words:
        words = _LINK.sub("", words)
    words = " ".join(words.replace("[", "").replace("]", "").split()).strip(_AROUND)
    opened = words.rfind(" (")
    return words[:opened] if opened > 0 and ")" not in words[opened:] and len(words) - opened < 16 else words


def _is_sent_from(words: str, *, has_link: bool) -> bool:
    if not words.startswith(SENT_FROM):
        return False
    if words.startswith(WITH_END):
        return words.endswith(SAID_LAST) and _names_device(words)
    head, tail = _clause(words)
    if tail and not _is_excuse(tail):
        return False
    if words.startswith("from my ") and (len(words) > 28 or not _names_device(words)):
        return False
    if not words[0].isascii() and words[0] > "⺀":
        return len(words) <= 32 and (_names_device(words) or "我的" in words)
    if has_link and not tail:
        return True
    is_mine = any(mine in f" {head} " for mine in MINE) and len(head.split()) <= 7 and NOT_DEVICES.isdisjoint(head.split())
    return (_names_device(head) or is_mine) and len(head.split()) <= 10


def _is_said_last(words: str) -> bool:
    if words.endswith((" from mobile", " via mobile")):
        return len(words.split()) <= 4
    return words.endswith(SAID_LAST_ONLY) and _names_device(words) and len(words) <= 90


def _clause(words: str) -> tuple[str, str]:
    cut = min((at for at in (words.find(mark) for mark in _CLAUSES) if at > 0), default=-1)
    return (words, "") if cut < 0 else (words[:cut], words[cut + 1 :].strip())


def _is_excuse(tail: str) -> bool:
    return any(word in tail for word in EXCUSES) or (_names_device(tail) and len(tail.split()) <= 4)


def _names_device(words: str) -> bool:
    return _names(DEVICES, words)


def _names(things: Iterable[str], words: str) -> bool:
    return any(thing in words for thing in things)
