"""Lines of the dialogue as the words that a voice says. Pure."""

import math
import sys
from array import array
from functools import cache

from msgspec import Struct

from adapters.phone.audio import RATE_HZ, Pcm
from adapters.phone.dialogue.state import Line
from adapters.phone.speaking.aloud import aloud
from gateway.core.texts import Texts

TICK_MS = 60
TICK_HZ = 660
TICK_PEAK = 1_800
RECORDED_AS = {"greeting": "phone.greeting_plain"}
"""Prompts with something filled in that is the same for all callers, or in an operator's own words: the recordings that stand for them."""


class Piece(Struct, frozen=True):
    """What a voice is asked for at once. `key`: of a prompt that is always the same, so that a recording can stand for it."""

    text: str
    language: str
    key: str = ""
    is_tick: bool = False


def pieces_of(line: Line, texts: Texts) -> tuple[Piece, ...]:
    """What is said for a line."""
    if line.is_tick:
        return (Piece("", line.language, is_tick=True),)
    recorded_as = RECORDED_AS.get(line.key, "")
    if line.text:
        return (Piece(line.text, line.language, recorded_as),)
    key = f"phone.{line.key}"
    words = texts.say(key, line.language, **line.values)
    if not line.values:
        return (Piece(words, line.language, key),)
    parts = aloud(words, line.language, markdown=False).parts
    return (Piece(" ".join(parts), line.language, recorded_as),) if recorded_as else tuple(Piece(part, line.language) for part in parts)


def fixed_prompts(texts: Texts, languages: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """All prompts that are always the same, as a voice makes them beforehand: (text, language, key)."""
    found = []
    for language in languages:
        for name, words in sorted(texts.catalogue(language).items()):
            if name.startswith("phone.") and "{" not in words:
                found.append((words, language, name))
    return found


@cache
def tick() -> Pcm:
    """The small sound that says "still here"."""
    total = RATE_HZ * TICK_MS // 1_000
    samples = array("h")
    for index in range(total):
        fall = math.exp(-5 * index / total) * min(1.0, index / (RATE_HZ // 500))
        samples.append(int(TICK_PEAK * fall * math.sin(2 * math.pi * TICK_HZ * index / RATE_HZ)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
