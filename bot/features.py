"""What speaks for a candidate: the names, and the arithmetic between the candidates of one question."""

from functools import lru_cache

import numpy as np

from bot.encoder import Floats
from bot.fusion import Doubles
from bot.terms import stem, words

LOOKED_AT = 8
"""Candidates that get the closer look."""
MEANING_WEIGHT = 4.0
"""What meaning counts beside letters and words, which count one each."""

BY_ENTRY = ("gram", "word", "meaning", "rare", "gram_all", "word_all", "meaning_all", "classified")
"""What is known of every entry: its best question's nearness by letters, words, meaning and rare words, then that of all its questions
together, then the classifier's word."""
BY_LOOK = ("letters", "words_in_common", "asked_found", "stored_found")
"""What the closer look brings."""
SEEN = (*BY_ENTRY, *BY_LOOK)
COMPARED_COUNT = 10
"""The first so many of `SEEN` are compared with the best rival's."""
OF_ALL = ("unknown_grams", "unknown_words", "length", "entries", "variants")
FEATURES = (*SEEN, *(f"{name}_gap" for name in SEEN[:COMPARED_COUNT]), *OF_ALL)
"""What speaks for a candidate, in the order of `Match.features`."""


def first_score(features: Floats | Doubles) -> Doubles:
    """(..., at least BY_ENTRY) becomes (...): which candidates are worth a closer look."""
    near = features[..., 0] + features[..., 1] + MEANING_WEIGHT * features[..., 2]
    together = features[..., 4] + features[..., 5] + features[..., 6]
    return np.asarray(features[..., 7] + 0.05 * near + 0.1 * together, np.float64)


def with_rivals(seen: Floats, of_all: Floats) -> Floats:
    """(candidates, SEEN) and (candidates, OF_ALL) become (candidates, FEATURES)."""
    compared = seen[:, :COMPARED_COUNT]
    return np.asarray(np.hstack((seen, compared - _rivals(compared), of_all)), np.float32)


def _rivals(seen: Floats) -> Floats:
    """For each candidate and column, the best of the other candidates."""
    if len(seen) < 2:
        return np.zeros_like(seen)
    ordered = np.sort(seen, axis=0)
    is_best = np.arange(len(seen))[:, None] == seen.argmax(axis=0)[None, :]
    return np.asarray(np.where(is_best, ordered[-2], ordered[-1]), np.float32)


@lru_cache(maxsize=4_096)
def content(text: str) -> frozenset[str]:
    """The words of a plain text that carry its meaning."""
    return frozenset(stem(word) for word in words(text) if word not in _EMPTY)


_EMPTY_EN = (
    "a an the i you my your me we it is are am be was were do does did to of in on for with at by how what when where who why which can "
    "could will would should have has had and or if this that there"
)
_EMPTY_ZH = "的了吗呢么是我你您在有个什怎这那啊要想"
_EMPTY = frozenset(_EMPTY_EN.split()) | frozenset(_EMPTY_ZH)
