"""Text made comparable: two ways to write the same question become one string. People are always shown the raw text."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Protocol

from bot.scripts import ScriptTables

MAX_CHARS = 1200
"""What is compared of a message: a chat message's 4 KiB hold about that many Chinese characters."""

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_PICTURES = re.compile(
    "[\u2190-\u21ff\u2300-\u23ff\u2460-\u24ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff\U000e0000-\U000e007f]"
)
_STICKER = re.compile(rf"\[[{HAN}a-z]{{1,6}}\]")
"""WeChat's `[微笑]`: a picture written as a word."""
_CONTRACTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b(?:can't|cannot|cant)\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\b(do|does|did|is|are|was|were|have|has|had|would|could|should)(?:n't|nt)\b"), r"\1 not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"'(?:s|re|ve|ll|d|m)\b"), ""),
)
_SAME = {"帐": "账"}
"""Simplified characters that people use for one another."""
_MARKS = re.compile(r"[\W_]+")
_LONG_RUN = re.compile(r"([^\W\d])\1{2,}")
_SPACE_AT_HAN = re.compile(rf"(?<=[{HAN}]) +| +(?=[{HAN}])")

_OPENING = re.compile(
    r"^(?:(?:你好|您好|亲+|哈喽|嗨|在吗|在不在|客服|请问|麻烦|想问|我想问|咨询|想咨询|我想咨询|问|请教|那个|想知道|我想知道|"
    r"想了解|我想了解)(?:一下|下)?(?:你们?|您)?"
    r"|(?:hi|hello|hey|dear|good (?:morning|afternoon|evening|day)|excuse me|sorry|ok|okay|so|well)(?: there| all| team)?\b ?"
    r"|(?:please |pls |kindly )?(?:can|could|would|will) (?:you|u) (?:please |pls |kindly )?(?:tell|help|show|"
    r"explain to) me\b ?(?:with |out )?"
    r"|(?:please|pls|plz|kindly)\b (?:tell me\b ?)?"
    r"|(?:i would|i|id) (?:just )?(?:like|want|love) to know\b ?|i was wondering\b ?|do you know\b ?)+"
)
_CLOSING = re.compile(
    r"(?:(?:谢谢|多谢|感谢|谢)(?:你们?|您|了|啦|哈)?|(?:麻烦|辛苦)(?:你|您)?(?:了|啦)|拜托了?"
    r"| ?\b(?:please|pls|plz|thanks|thank you|thank u|thx|cheers|tks)(?: (?:a lot|so much|very much|in advance|again))?)++$"
)
_PARTICLES = re.compile(r"(?<=..)[啊呀哦喔呢哈嘛啦诶哎唉]+$")


class Normalizer(Protocol):
    """Makes texts comparable."""

    def plain(self, text: str) -> str:
        """One form for all spellings: width, case, script, marks, pictures, repeats and spaces."""
        ...

    def core(self, text: str) -> str:
        """`plain`, without the courtesies around the question. Takes plain text; never empty unless it is."""
        ...


class TextNormalizer:
    """The normalizer for Chinese and English."""

    def __init__(self, scripts: ScriptTables) -> None:
        self._scripts = scripts

    @cached_property
    def _to_simplified(self) -> Mapping[int, str]:
        simplified = {char: _SAME.get(form, form) for char, form in self._scripts.to_simplified.items()}
        return {**simplified, **{ord(char): form for char, form in _SAME.items()}}

    def plain(self, text: str) -> str:
        if text.isascii():
            folded = text[: MAX_CHARS * 2].lower()
        else:
            folded = unicodedata.normalize("NFKC", text[: MAX_CHARS * 2]).lower().replace("’", "'").replace("‘", "'")
            folded = _STICKER.sub(" ", _PICTURES.sub(" ", _INVISIBLE.sub("", folded))).translate(self._to_simplified)
        if "'" in folded or "nt" in folded or "cannot" in folded:
            for pattern, replacement in _CONTRACTIONS:
                folded = pattern.sub(replacement, folded)
        folded = _SPACE_AT_HAN.sub("", _MARKS.sub(" ", folded))
        return _LONG_RUN.sub(r"\1\1", folded).strip()[:MAX_CHARS].strip()

    def core(self, text: str) -> str:
        opened = _OPENING.sub("", text).strip()
        opened = opened if len(opened) > 1 else text
        closed = _CLOSING.sub("", opened).strip()
        closed = closed if len(closed) > 1 else opened
        return _PARTICLES.sub("", closed)
