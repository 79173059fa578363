"""Chinese characters as numbered pinyin, as a Mandarin voice of espeak-ng reads it: the reading of a character by the phrase it stands in.

espeak-ng's own tables know few phrases in 1.51 (银行 becomes yin xing), more in 1.52, and neither changes a third tone before another.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Protocol

_SYLLABLE = re.compile(r"([a-zü]+)([1-5])")
_AS_ONE = (
    ("。", ". "), ("；", "; "), ("？", "? "), ("！", "! "),
    ("，、：…—（）()【】", ", "),
    ("·～“”‘’\"「」『』《》〈〉%/", " "),
    ("#＃", " jing3 "), ("*＊", " xing1 "), ("+＋", " jia1 "),
)  # fmt: skip
_STOPS = {ord(mark): pause for marks, pause in _AS_ONE for mark in marks}
"""Marks as the pauses that they are. What a telephone's keys are called is what callers look for on them."""
_HALF_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_DIGITS = dict(zip("0123456789", ("ling2", "yi1", "er4", "san1", "si4", "wu3", "liu4", "qi1", "ba1", "jiu3"), strict=True))
_NUMBER_MAX_CHARS = 4
"""Longer ones are read digit by digit; the text comes with its numbers written out anyway."""
_NUMBER = re.compile(r"\d+")
_NUMERALS = frozenset("零〇一二三四五六七八九十百千万亿两幺")
_ORDINAL_HEADS = frozenset("第初")
_ORDINAL_TAILS = frozenset("月号日楼层级等期班折")
_SPACES = re.compile(r"\s+")
_BEFORE_STOP = re.compile(r" +([,.;:?!])")
_ENDS = re.compile(r"(?<=[.;?!]) ")
_WORD = re.compile(r"\w")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3007\U00020000-\U0003134f]+")


_SPOKEN_HERE = {
    "还款": "huán kuǎn", "应还": "yīng huán", "待还": "dài huán", "需还": "xū huán", "已还": "yǐ huán", "未还": "wèi huán",
    "重发": "chóng fā", "重拨": "chóng bō", "重试": "chóng shì", "重置": "chóng zhì", "重设": "chóng shè", "重启": "chóng qǐ",
    "重装": "chóng zhuāng", "重寄": "chóng jì", "重做": "chóng zuò", "重填": "chóng tián", "支行": "zhī háng", "没收到": "méi shōu dào",
    "弹窗": "tán chuāng",
}  # fmt: skip
"""What a service line says every day, and pypinyin's phrases read otherwise or not at all (seen in 0.55)."""


class Reader(Protocol):
    """Knows how characters sound, and which of them are one word."""

    def words(self, text: str) -> Sequence[str]: ...

    def sounds(self, word: str) -> Sequence[str]:
        """A syllable with its tone's number for each character."""
        ...


def readable(text: str, reader: Reader) -> tuple[str, ...]:
    """A text in Chinese as espeak-ng reads it, sentence by sentence: syllables of a word joined, commas where it pauses.

    Sentences are apart because espeak-ng does not rest at a full stop before a small letter, which all of pinyin is.
    """
    plain = _NUMBER.sub(_number, text.translate(_HALF_WIDTH)).translate(_STOPS)
    spaced = _HAN.sub(lambda found: f" {_read(found[0], reader)} ", plain)
    marked = _BEFORE_STOP.sub(r"\1", _SPACES.sub(" ", spaced)).strip()
    return tuple(sentence for sentence in _ENDS.split(marked) if _WORD.search(sentence))


def _number(found: re.Match[str]) -> str:
    digits = found[0]
    if len(digits) <= _NUMBER_MAX_CHARS and not digits.startswith("0"):
        return f" {digits} "
    return " " + " ".join(_DIGITS.get(digit, "") for digit in digits) + " "


def _read(text: str, reader: Reader) -> str:
    words = [list(reader.sounds(word)) for word in reader.words(text)]
    flat = _changed(text, [sound for word in words for sound in word])
    syllables = iter(flat)
    rejoined = [[next(syllables) for _ in word] for word in words]
    return " ".join("".join(word) for word in _third_tones(rejoined))


def _changed(text: str, sounds: list[str]) -> list[str]:
    """一 and 不 change their tone before another: yi2 ge4, yi4 tian1, bu2 dui4; but not where 一 counts or orders: di4 yi1."""
    if len(sounds) != len(text):
        return sounds
    out = list(sounds)
    for at, character in enumerate(text[:-1]):
        tone = sounds[at + 1][-1]
        if character == "不" and sounds[at] == "bu4" and tone == "4":
            out[at] = "bu2"
        elif character == "一" and sounds[at].startswith("yi") and not _counts(text, at):
            out[at] = "yi2" if tone == "4" else "yi4" if tone in "123" else sounds[at]
    return out


def _counts(text: str, at: int) -> bool:
    before, behind = text[at - 1] if at else "", text[at + 1]
    if before in _NUMERALS or before in _ORDINAL_HEADS or behind in _ORDINAL_TAILS:
        return True
    return behind in _NUMERALS and behind not in "百千万亿"


def _third_tones(words: list[list[str]]) -> Iterator[list[str]]:
    """Of third tones behind one another in a word all but the last rise; so does a word of one syllable before a third tone."""
    for at, word in enumerate(words):
        following = words[at + 1][0] if at + 1 < len(words) and words[at + 1] and len(word) == 1 else ""
        chain = [*word, following]
        yield [_risen(sound) if sound[-1:] == "3" and chain[index + 1][-1:] == "3" else sound for index, sound in enumerate(word)]


def _risen(sound: str) -> str:
    return sound[:-1] + "2"


class PhraseReader:
    """Readings by pypinyin's phrases. Its tables take 40 MB and 0.2 s: made in the speech process, when the first Chinese text comes."""

    def __init__(self, *, traditional: bool = False) -> None:
        from pypinyin import Style, lazy_pinyin, load_phrases_dict
        from pypinyin.seg import mmseg

        load_phrases_dict({phrase: [[sound] for sound in sounds.split()] for phrase, sounds in _SPOKEN_HERE.items()})
        mmseg.retrain(mmseg.seg)
        self._style: Any = Style.TONE3
        self._lazy: Any = lazy_pinyin
        self._cut: Any = mmseg.seg.cut
        self._simplified: Any = _simplifier() if traditional else None

    def words(self, text: str) -> Sequence[str]:
        known = self._simplified(text) if self._simplified else text
        cut = list(self._cut(known if len(known) == len(text) else text))
        return cut if sum(map(len, cut)) == len(text) else list(text)

    def sounds(self, word: str) -> Sequence[str]:
        return _sounds(self._lazy, self._style, word)


@lru_cache(maxsize=4096)  # words come again and again
def _sounds(lazy: Any, style: Any, word: str) -> tuple[str, ...]:
    found = lazy(word, style=style, v_to_u=False, neutral_tone_with_five=True, errors=lambda _: ["ge4"])
    return tuple(sound.replace("ü", "v") if _SYLLABLE.fullmatch(sound) else "en5" for sound in found)


def _simplifier() -> Any:
    """Phrases are known in simplified characters."""
    from opencc import OpenCC

    return OpenCC("t2s").convert
