"""Spelling repaired against what the knowledge base knows: "refnud" becomes "refund", "wheremy" becomes "where my".

A word that the knowledge base or many customers use is right as it is; only the others are compared.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib import resources
from itertools import pairwise

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.terms import is_han, stem
from gateway.core.expressions import expression

WORD_MIN_CHARS = 2
WORD_MAX_CHARS = 24
REPAIRED_MAX_COUNT = 24
"""Words of one text that are looked at: each costs a walk over the vocabulary."""
_EDITS_FROM = ((5, 2), (9, 3))
"""From how many letters on a word may have so many mistakes; a shorter one would become another word."""

_STEM_MIN_CHARS = 3
_SHORT_CHARS = 2
"""A word of two letters is only ever mistaken for another one of two."""
_LATIN = expression(r"[a-z]+")
_TWICE = expression(r"([a-z])\1")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACES = {key: (row, column) for row, keys in enumerate(_ROWS) for column, key in enumerate(keys)}


def common_words() -> tuple[str, ...]:
    """English words that customers use, the commonest first (see the file's head for whence)."""
    return _listed("common_words.txt")


def real_words() -> tuple[str, ...]:
    """English words that are right though few customers use them (see the file's head for whence)."""
    return _listed("real_words.txt")


def _listed(name: str) -> tuple[str, ...]:
    text = resources.files("bot").joinpath(name).read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line and not line.startswith("#"))


class Spelling:
    """Repairs the words of a plain text. Chinese stays as it is (see `pinyin`)."""

    def __init__(self, cores: Iterable[str], common: Sequence[str], real: Iterable[str] = ()) -> None:
        """`common`: words that are right though the knowledge base doesn't hold them, the commonest first.

        `real`: words that are right, but so rare that no mistake is taken for one of them.
        """
        texts = [_LATIN.findall(core) for core in cores]
        self._counts = Counter(word for words in texts for word in words)
        self._pairs = frozenset(pair for words in texts for pair in pairwise(words))
        self._rank = {word: rank for rank, word in enumerate(common)}
        self._known = self._rank.keys() | self._counts.keys()
        self._real = frozenset(real)
        self._stems = frozenset(stem(word) for word in self._known | self._real if len(word) > _STEM_MIN_CHARS)
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self._known):
            if WORD_MIN_CHARS <= len(word) <= WORD_MAX_CHARS:
                self._by_length.setdefault(len(word), []).append(word)

    def repaired(self, core: str) -> str:
        """The text with the words that nobody writes replaced by the ones that were meant; the same text where there are none."""
        if not self._counts:
            return core
        if is_han(core):
            return _LATIN.sub(self._meant_in_chinese, core)
        words = core.split(" ")
        found: list[str] = []
        place = looked = 0
        while place < len(words):
            word, after = words[place], words[place + 1] if place + 1 < len(words) else ""
            before = found[-1] if found else ""
            if looked >= REPAIRED_MAX_COUNT or (self._is_right(word) and self._is_right(after)):
                found.append(word)
            elif after and self._joins(word, after):
                found.append(word + after)
                place += 1
            else:
                looked += not self._is_right(word)
                found.append(word if self._is_right(word) else self._meant(word, before, after))
            place += 1
        return " ".join(found)

    def _meant_in_chinese(self, found: re.Match[str]) -> str:
        """A Latin word among Chinese; a short one is rather pinyin's initials."""
        word = found[0]
        return word if len(word) <= _STEM_MIN_CHARS or self._is_right(word) else self._meant(word, "", "")

    def _is_right(self, word: str) -> bool:
        """Whether a word is known, or is none that could be repaired."""
        if (
            len(word) < WORD_MIN_CHARS
            or len(word) > WORD_MAX_CHARS
            or word in self._known
            or word in self._real
            or not _LATIN.fullmatch(word)
        ):
            return True
        return len(word) > _STEM_MIN_CHARS + 1 and stem(word) in self._stems

    def _joins(self, word: str, after: str) -> bool:
        """Whether a space fell into a word of the knowledge base."""
        return word + after in self._counts and not (word in self._known and after in self._known)

    def _meant(self, word: str, before: str, after: str) -> str:
        """The likeliest word; the word itself where none is near."""
        nearest = self._nearest(word, 1, before, after) or self._split(word)
        for letters, edits in _EDITS_FROM:
            if nearest is None and len(word) >= letters:
                nearest = self._nearest(word, edits, before, after)
        return nearest or word

    def _nearest(self, word: str, edits: int, before: str, after: str) -> str | None:
        """The likeliest word so many mistakes away. A letter typed twice is half a mistake."""
        near = [(self._cost(word, choice, before, after) + distance, choice) for choice, distance in self._within(word, edits)]
        single = _TWICE.sub(r"\1", word)
        if single != word:
            near += [
                (self._cost(single, choice, before, after) + distance + 0.5, choice) for choice, distance in self._within(single, edits - 1)
            ]
        return min(near)[1] if near else None

    def _within(self, word: str, edits: int) -> Iterator[tuple[str, int]]:
        for length in range(len(word) - edits, len(word) + edits + 1):
            choices = self._by_length.get(length, [])
            if choices and (length > _SHORT_CHARS or length == len(word)):
                for choice, distance, _ in process.extract(word, choices, scorer=OSA.distance, score_cutoff=edits, limit=None):
                    yield choice, int(distance)

    def _cost(self, word: str, choice: str, before: str, after: str) -> float:
        """What speaks against a choice: rare, strange beside its neighbours, another first letter, keys that lie far apart."""
        rank = self._rank.get(choice, len(self._rank))
        cost = 0.06 * math.log1p(rank) - 0.1 * math.log1p(self._counts[choice]) - (0.3 if choice in self._counts else 0.0)
        if (before, choice) in self._pairs or (choice, after) in self._pairs:
            cost -= 0.4
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
        known = [pair for pair in halves if pair[0] in self._known and pair[1] in self._known and len(max(pair, key=len)) > _STEM_MIN_CHARS]
        if not known:
            return None
        first, second = max(known, key=lambda pair: (self._counts[pair[0]] > 0) + (self._counts[pair[1]] > 0))
        return f"{first} {second}"


def _is_near(typed: str, meant: str) -> bool:
    """Whether two keys touch on the keyboard."""
    (row, column), (other_row, other_column) = _PLACES[typed], _PLACES[meant]
    return abs(row - other_row) <= 1 and abs(column - other_column) <= 1
