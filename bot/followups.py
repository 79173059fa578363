"""Follow-ups: "那多久到？", "and for abroad?", "这个要钱吗" mean little alone, and much after the question before."""

import re
from enum import Enum

from bot.normalize import HAN

FOLLOW_UP_MAX_HAN = 14
FOLLOW_UP_MAX_WORDS = 9
"""A longer question stands for itself, whatever it begins with."""
SHORT_MAX_HAN = 6
SHORT_MAX_WORDS = 4


class Leaning(Enum):
    """How much a question leans on the one before it."""

    NONE = 0
    SHORT = 1
    """So short that it may."""
    MARKED = 2
    """Its words say so: "and ...", "what about ...", "那...", "...呢", "it"."""


_HAN = re.compile(f"[{HAN}]")
_MARKED_ZH = re.compile(
    r"^(?:那么?(?!个|些|里|边|天|次|种|一)|那如果|要是|如果是?|假如|换成|还有|另外|以及|然后呢?|同样|也是|也|再|又)"
    r"|(?:这个|那个|这样|那样|这些|那些|它们?|该|此|这(?=要|能|可|是|会|怎|需|多)|那(?=要|能|可|是|会|怎|需|多))"
    r"|呢$"
)
_MARKED_EN = re.compile(
    r"^(?:and|but|or|so|then|also|what about|how about|what if|same (?:for|with)|and if|in that case|if so|if not|for)\b"
    r"|\b(?:it|that|this|they|them|those|these|there|one|ones|either|too|instead|as well)\b"
)
_OPENS_ZH = re.compile(r"^(?:那么?|那如果|要是|如果是?|假如|换成|还有|另外|以及|然后|同样|也是|再|又)(?:的)?|呢$")
_OPENS_EN = re.compile(r"^(?:(?:and|but|or|so|then|also|what about|how about|what if|same for|same with|if)\b ?)+")


def leaning(plain: str, core: str) -> Leaning:
    """How much a question, in plain text and without courtesies, leans on the one before it.

    `plain` too, because "呢" at the end is a courtesy to the search and a sign to the reader.
    """
    han = len(_HAN.findall(core))
    if han:
        if han > FOLLOW_UP_MAX_HAN:
            return Leaning.NONE
        is_marked, is_short = _MARKED_ZH.search(plain), han <= SHORT_MAX_HAN
    else:
        count = len(core.split())
        if count > FOLLOW_UP_MAX_WORDS:
            return Leaning.NONE
        is_marked, is_short = _MARKED_EN.search(plain), count <= SHORT_MAX_WORDS
    return Leaning.MARKED if is_marked else Leaning.SHORT if is_short else Leaning.NONE


def bare(core: str) -> str:
    """The follow-up without the words that only join it; itself where nothing else is left."""
    without = (_OPENS_ZH if _HAN.search(core) else _OPENS_EN).sub("", core).strip()
    return without or core
