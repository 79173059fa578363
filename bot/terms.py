"""What a text is compared by: character n-grams, which forgive spelling and endings, and words, which carry the meaning.

Chinese isn't cut into words: single characters and pairs do better than a dictionary's cuts on every set we measured.
"""

from collections.abc import Sequence
from typing import Protocol

from bot.normalize import HAN
from gateway.core.expressions import expression

_RUNS = expression(rf"[{HAN}]+|[^\W{HAN}]+")
_HAN = expression(f"[{HAN}]")
_GRAM_SIZES = (3, 4)
_STEM_MIN_CHARS = 4
_ENDINGS = ("ations", "ation", "ments", "ment", "ings", "ing", "ies", "ers", "ed", "es", "er", "ly", "s", "e", "y")


class Terms(Protocol):
    """Takes a text apart; the text is plain (see `normalize`)."""

    def __call__(self, text: str) -> Sequence[str]: ...


def grams(text: str) -> list[str]:
    """Latin words' 3- and 4-grams with their borders, Chinese characters with pairs and triples."""
    found: list[str] = []
    for run in _RUNS.findall(text):
        if _HAN.match(run):
            found += run
            found += [run[i : i + 2] for i in range(len(run) - 1)]
            found += [run[i : i + 3] for i in range(len(run) - 2)]
        else:
            padded = f" {run} "
            found += [padded[i : i + size] for size in _GRAM_SIZES for i in range(len(padded) - size + 1)]
    return found


def words(text: str) -> list[str]:
    """Latin words by their stems, alone and in pairs, Chinese characters with pairs."""
    found: list[str] = []
    before = ""
    for run in _RUNS.findall(text):
        if _HAN.match(run):
            found += run
            found += [run[i : i + 2] for i in range(len(run) - 1)]
            before = ""
        else:
            word = stem(run)
            found.append(word)
            if before:
                found.append(f"{before} {word}")
            before = word
    return found


def stem(word: str) -> str:
    """A word without its commonest English ending."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= _STEM_MIN_CHARS - 1:
            return word[: -len(ending)]
    return word


def is_han(text: str) -> bool:
    """Whether the text holds Chinese characters."""
    return _HAN.search(text) is not None
