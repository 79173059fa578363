"""Answers to "did you mean": a tapped choice, or words such as "2", "第二个", "the second one", "none of these"."""

import re
from typing import Protocol

from gateway.core.decision import PERSON
from gateway.core.ids import EntryId

ENTRY = "entry:"
"""A choice's id is this and the entry's id."""
NONE = "none"
"""What `picked` says when the customer wants none of the choices."""

_ORDINALS: tuple[tuple[str, ...], ...] = (
    ("1", "一", "1个", "一个", "a", "first", "one"),
    ("2", "二", "2个", "二个", "两", "b", "second", "two"),
    ("3", "三", "3个", "三个", "c", "third", "three"),
    ("4", "四", "4个", "四个", "d", "fourth", "four"),
)
_PLACES = {word: place for place, words in enumerate(_ORDINALS) for word in words}
_ORDINAL = re.compile(
    r"(?:我?(?:选|要|是|问的是|想问|说的是)?)?第?([一二两三四1-4]个?)(?:个|项|条|种)?(?:问题)?(?:吧|啊|呢|谢谢)?"
    r"|(?:the |option |number |no |choice |answer |i mean the |i meant the )*([1-4]|a|b|c|d|first|second|third|fourth|one|"
    r"two|three|four)(?: one| option| choice)?(?: please)?"
)
_LAST = re.compile(r"(?:选|要)?最后(?:一个|那个)?|(?:the )?last(?: one| option)?")
_NONE = re.compile(
    r"(?:以上)?(?:都|全)?(?:不是|不对|没有|不要)(?:这些|这个|我要的|我想要的|我想问的|我问的)?(?:的|啊|呢|吧)?|(?:这些|以上|"
    r"上面)(?:都)?(?:不是|不对)"
    r"|(?:no )?(?:none|neither)(?: of (?:these|those|them|the above|that))?|not (?:these|those|any of (?:these|those|them))|"
    r"none of the above|something else|其他|其它|别的(?:问题)?"
)


class Picks(Protocol):
    """Reads an answer to the bot's own question."""

    def picked(self, plain: str, offered: tuple[str, ...]) -> str | None:
        """The id of the choice that is meant, NONE for none of them, or None where the text is no answer to the choices."""
        ...


class WordPicks:
    """Ordinals in Chinese and English."""

    def picked(self, plain: str, offered: tuple[str, ...]) -> str | None:
        if not offered or len(plain) > 40:
            return None
        if _NONE.fullmatch(plain):
            return NONE
        if _LAST.fullmatch(plain):
            return offered[-1] if offered[-1] != PERSON or len(offered) == 1 else offered[-2]
        said = _ORDINAL.fullmatch(plain)
        place = _PLACES.get(said[1] or said[2]) if said else None
        return offered[place] if place is not None and place < len(offered) else None


def choice_id(entry: EntryId) -> str:
    """The id of the choice that stands for an entry."""
    return ENTRY + entry


def entry_of(choice: str) -> EntryId | None:
    """The entry that a choice stands for."""
    return EntryId(choice[len(ENTRY) :]) if choice.startswith(ENTRY) else None
