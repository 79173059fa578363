"""What a reply is called."""

import re

from adapters.email.writing.headers import SUBJECT_MAX_CHARS, cleaned

_BEFORE = re.compile(
    r"(?:re|aw|antw|sv|vs|ref|res|rv|tr|wg|fw|fwd|enc|回复|回覆|答复|答覆|转发|轉寄|轉發|返信|転送)"
    r" ?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3}|\*\d{1,3})? ?[:：] ?",
    re.IGNORECASE,
)


def bare(subject: str) -> str:
    """A subject without what programs put before it, in any of their languages, as often as they did."""
    left = cleaned(subject, SUBJECT_MAX_CHARS)
    while found := _BEFORE.match(left):
        left = left[found.end() :]
    return left


def is_handed_on(subject: str) -> bool:
    """Whether it stood over an earlier mail: an answer's, or one that was passed on."""
    return _BEFORE.match(cleaned(subject, SUBJECT_MAX_CHARS)) is not None


def reply(subject: str, nameless: str) -> str:
    """The subject of an answer: `Re:` once, which every program knows (RFC 5322, section 3.6.5)."""
    return f"Re: {bare(subject) or nameless}"
