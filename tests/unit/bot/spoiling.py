"""Ways in which customers write the same question otherwise. Each takes the dice, so that a seed fixes the outcome."""

import re
from collections.abc import Callable
from functools import cache
from random import Random

from opencc import OpenCC

from bot.syllables import Syllables

TYPO_SHARE = 0.08
"""Of all characters."""

_HAN = re.compile("[\u4e00-\u9fff]")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_EMOJI = ("😀", "🙏", "👍🏻", "❤️", "😭", "🤔", "👨‍👩‍👧", "✨", "[微笑]", "🇨🇳")
_OPENINGS_ZH = ("你好，", "您好，请问", "亲，", "麻烦问一下，", "请问一下", "在吗？", "客服你好，我想咨询一下")
_CLOSINGS_ZH = ("，谢谢", "，谢谢您！", "，麻烦了", "呢", "呀～", "，辛苦啦", "，拜托了")
_OPENINGS_EN = ("hi, ", "Hello, ", "Good morning, ", "Hi there! ", "please, ", "Could you please tell me ", "Excuse me, ", "hey, ")
_CLOSINGS_EN = (", please", " thanks", ", thank you!", ", thanks a lot!", " please?", ", thanks in advance")


def with_typos(text: str, dice: Random, share: float = TYPO_SHARE) -> str:
    """Letters swapped, dropped, doubled or replaced by a neighbouring key; Chinese characters swapped, dropped or misheard."""
    found: list[str] = []
    place = 0
    while place < len(text):
        char = text[place]
        can_be_mistyped = (char.isascii() and char.isalpha()) or _HAN.match(char)
        if not can_be_mistyped or dice.random() >= share:
            found.append(char)
        else:
            how = dice.choice(("swap", "drop", "double", "near"))
            if how == "swap" and place + 1 < len(text) and text[place + 1].isalpha():
                found += [text[place + 1], char]
                place += 1
            elif how == "double" and char.isascii():
                found += [char, char]
            elif how != "drop":
                found.append(_misheard(char, dice) if _HAN.match(char) else _neighbour(char, dice))
        place += 1
    return "".join(found)


def in_traditional(text: str, _: Random) -> str:
    """In Traditional characters."""
    return str(_converter("s2t").convert(text))


def in_taiwan(text: str, _: Random) -> str:
    """In Traditional characters, with the words used in Taiwan."""
    return str(_converter("s2twp").convert(text))


def in_full_width(text: str, _: Random) -> str:
    """As Chinese keyboards write Latin letters and digits when they are told to."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else "\u3000" if char == " " else char for char in text)


def with_spaces(text: str, _: Random) -> str:
    """A space between Chinese characters."""
    return re.sub("(?<=[\u4e00-\u9fff])(?=[\u4e00-\u9fff])", " ", text)


def with_emoji(text: str, dice: Random) -> str:
    """Pictures before, behind and, sometimes, within."""
    found = f"{dice.choice(_EMOJI)}{text}{dice.choice(_EMOJI)}{dice.choice(_EMOJI)}"
    if dice.random() < 0.5 and " " in text:
        found = found.replace(" ", f" {dice.choice(_EMOJI)} ", 1)
    return found


def politely(text: str, dice: Random) -> str:
    """With the courtesies of a letter."""
    if _HAN.search(text):
        return f"{dice.choice(_OPENINGS_ZH)}{text}{dice.choice(_CLOSINGS_ZH)}"
    return f"{dice.choice(_OPENINGS_EN)}{text}{dice.choice(_CLOSINGS_EN)}"


def with_emoji_politely(text: str, dice: Random) -> str:
    """Both."""
    return with_emoji(politely(text, dice), dice)


def as_pinyin(text: str, dice: Random) -> str:
    """Typed as it sounds: with or without spaces, now and then with the last characters as they are."""
    how = dice.choice(("spaced", "joined", "mixed"))
    kept = len(text) // 2 if how == "mixed" else 0
    sounds = [(_syllables().of(char) or (char,))[0] for char in text[kept:]]
    return text[:kept] + (" " if how == "spaced" else "").join(sounds)


SPOILED: dict[str, Callable[[str, Random], str]] = {
    "typos": with_typos,
    "traditional": in_traditional,
    "taiwan": in_taiwan,
    "full width": in_full_width,
    "spaces": with_spaces,
    "emoji": with_emoji,
    "polite": politely,
    "emoji and polite": with_emoji_politely,
    "pinyin": as_pinyin,
}


def _neighbour(char: str, dice: Random) -> str:
    row, column = next((row, keys.index(char.lower())) for row, keys in enumerate(_KEYS) if char.lower() in keys)
    near = [key for keys in _KEYS[max(0, row - 1) : row + 2] for key in keys[max(0, column - 1) : column + 2] if key != char.lower()]
    return dice.choice(near)


def _misheard(char: str, dice: Random) -> str:
    sounds = _syllables().of(char)
    return dice.choice(_by_sound().get(sounds[0], [char])) if sounds else char


@cache
def _syllables() -> Syllables:
    return Syllables()


@cache
def _by_sound() -> dict[str, list[str]]:
    """Common characters of each syllable: those that the older Chinese character set GB 2312 lists first."""
    found: dict[str, list[str]] = {}
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            char = bytes((high, low)).decode("gb2312", "ignore")
            for sound in _syllables().of(char)[:1] if char else ():
                found.setdefault(sound, []).append(char)
    return found


@cache
def _converter(name: str) -> OpenCC:
    return OpenCC(name)
