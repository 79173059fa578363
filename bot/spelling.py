"""Spelling repaired against what the knowledge base knows: "refnud" becomes "refund", "wheremy" becomes "where my".

A word that the knowledge base or many customers use is right as it is; only the others are compared.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from importlib import resources

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.terms import is_han, stem

WORD_MIN_CHARS = 3
WORD_MAX_CHARS = 24
REPAIRED_MAX_COUNT = 24
"""Words of one text that are looked at: each costs a walk over the vocabulary."""
_TWO_EDITS_FROM = 6
"""A word of so many letters may have two mistakes; a shorter one would become another word."""

_LATIN = re.compile(r"[a-z]+")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACES = {key: (row, column) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}


def common_words() -> frozenset[str]:
    """English words that customers use (see the file's head for whence)."""
    text = resources.files("bot").joinpath("common_words.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


class Spelling:
    """Repairs the words of a plain text. Chinese stays as it is (see `pinyin`)."""

    def __init__(self, cores: Iterable[str], known: frozenset[str]) -> None:
        """`known`: words that are right though the knowledge base doesn't hold them."""
        self._counts = Counter(word for core in cores for word in _LATIN.findall(core))
        self._known = known | self._counts.keys()
        self._stems = frozenset(stem(word) for word in self._known if len(word) > WORD_MIN_CHARS)
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self._known):
            if WORD_MIN_CHARS - 1 <= len(word) <= WORD_MAX_CHARS:
                self._by_length.setdefault(len(word), []).append(word)

    def repaired(self, core: str) -> str:
        """The text with the words that nobody writes replaced by the ones that were meant; the same text where there are none."""
        if not self._counts:
            return core
        if is_han(core):
            return _LATIN.sub(lambda word: word[0] if self._is_right(word[0]) else self._nearest(word[0], 1) or word[0], core)
        words = core.split(" ")
        found: list[str] = []
        place = looked = 0
        while place < len(words):
            word, after = words[place], words[place + 1] if place + 1 < len(words) else ""
            if looked >= REPAIRED_MAX_COUNT or (self._is_right(word) and self._is_right(after)):
                found.append(word)
            elif after and self._joins(word, after):
                found.append(word + after)
                place += 1
            else:
                looked += not self._is_right(word)
                found.append(word if self._is_right(word) else self._meant(word))
            place += 1
        return " ".join(found)

    def _is_right(self, word: str) -> bool:
        """Whether a word is known, or is none that could be repaired."""
        if len(word) < WORD_MIN_CHARS or len(word) > WORD_MAX_CHARS or word in self._known or not _LATIN.fullmatch(word):
            return True
        return len(word) > WORD_MIN_CHARS + 1 and stem(word) in self._stems

    def _joins(self, word: str, after: str) -> bool:
        """Whether a space fell into a word of the knowledge base."""
        return word + after in self._counts and not (word in self._known and after in self._known)

    def _meant(self, word: str) -> str:
        nearest = self._nearest(word, 1)
        if nearest is None:
            nearest = self._split(word)
        if nearest is None and len(word) >= _TWO_EDITS_FROM:
            nearest = self._nearest(word, 2)
        return nearest or word

    def _nearest(self, word: str, edits: int) -> str | None:
        """The likeliest word so many mistakes away."""
        lengths = range(len(word) - edits, len(word) + edits + 1)
        near = [
            (self._cost(word, choice) + distance, choice)
            for length in lengths
            for choice, distance, _ in process.extract(
                word, self._by_length.get(length, []), scorer=OSA.distance, score_cutoff=edits, limit=None
            )
        ]
        return min(near)[1] if near else None

    def _cost(self, word: str, choice: str) -> float:
        """What speaks against a choice: unknown to the knowledge base, rare, another first letter, keys that lie far apart."""
        cost = -0.4 - 0.1 * math.log1p(self._counts[choice]) if choice in self._counts else 0.0
        if word[0] != choice[0]:
            cost += 0.3
        if len(word) == len(choice):
            differing = [(typed, meant) for typed, meant in zip(word, choice, strict=True) if typed != meant]
            if len(differing) == 1 and not _is_near(*differing[0]):
                cost += 0.3
        return cost

    def _split(self, word: str) -> str | None:
        """The word as two words, where only the space was forgotten."""
        halves = ((word[:at], word[at:]) for at in range(2, len(word) - 1))
        known = [pair for pair in halves if pair[0] in self._known and pair[1] in self._known and len(max(pair, key=len)) > WORD_MIN_CHARS]
        if not known:
            return None
        first, second = max(known, key=lambda pair: (self._counts[pair[0]] > 0) + (self._counts[pair[1]] > 0))
        return f"{first} {second}"


def _is_near(typed: str, meant: str) -> bool:
    """Whether two keys touch on the keyboard."""
    (row, column), (other_row, other_column) = _PLACES[typed], _PLACES[meant]
    return abs(row - other_row) <= 1 and abs(column - other_column) <= 1
