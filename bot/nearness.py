"""Which of many texts lie near one another: candidates by an index of character n-grams, so that ten thousand texts take seconds.

Texts are normalized (see `normalize`). Where there are sentence vectors of them, texts that mean the same in other words are found, too.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bot.terms import grams

Vectors = NDArray[np.float32]

TERMS_MAX_COUNT = 120
"""The rarest n-grams of a long text stand for it."""
POSTINGS_MAX_COUNT = 2_000
"""An n-gram that more texts hold than this finds nothing; it counts where rarer ones have found."""
DENSE_MAX_COUNT = 20_000
"""Up to so many texts every pair of vectors is compared; beyond, only those that share n-grams."""
_BLOCK = 512


class Encodes(Protocol):
    """What this needs of an encoder."""

    def encode(self, texts: Sequence[str]) -> Any:
        """A row of length one for each text."""
        ...


class Near(Struct, frozen=True):
    """Two texts by their numbers, and how near they are: by letters (0 to 1), and by meaning (0 where nobody can tell)."""

    first: int
    second: int
    letters: float
    meaning: float


class Nearness:
    """An index over texts that tells for any text which ones lie near."""

    def __init__(self, texts: Sequence[str], vectors: Vectors | None = None) -> None:
        """`vectors`: a row of length one for each text."""
        self._count = len(texts)
        self._vectors = vectors
        counted = [Counter(grams(text)) for text in texts]
        seen: Counter[str] = Counter(term for counts in counted for term in counts)
        self._idf = {term: math.log((1 + len(texts)) / (1 + count)) + 1 for term, count in seen.items()}
        self._unknown_idf = math.log(1 + len(texts)) + 1
        self._own = [self._unit(counts) for counts in counted]
        postings: dict[str, tuple[list[int], list[float]]] = {term: ([], []) for term in seen}
        for number, vector in enumerate(self._own):
            for term, weight in vector.items():
                numbers, weights = postings[term]
                numbers.append(number)
                weights.append(weight)
        self._postings = {
            term: (np.array(numbers, np.int64), np.array(weights, np.float64)) for term, (numbers, weights) in postings.items()
        }

    def near(self, text: str, vector: "NDArray[np.float32] | None" = None, count: int = 10) -> list[tuple[int, float, float]]:
        """The nearest stored texts: (number, by letters, by meaning), best first by the better of the two."""
        letters = self._letters(self._unit(Counter(grams(text))))
        meaning = self._vectors @ vector if self._vectors is not None and vector is not None else None
        return self._best(letters, meaning, count)

    def pairs(self, count: int = 10) -> Iterator[Near]:
        """For each stored text its nearest others, each pair once for either side that finds it."""
        for number, letters, meaning in self._rows():
            letters[number] = 0.0
            if meaning is not None:
                meaning[number] = 0.0
            for other, by_letters, by_meaning in self._best(letters, meaning, count):
                yield Near(number, other, by_letters, by_meaning)

    def _rows(self) -> "Iterator[tuple[int, NDArray[np.float64], Any]]":
        for start in range(0, self._count, _BLOCK):
            stop = min(start + _BLOCK, self._count)
            is_dense = self._vectors is not None and self._count <= DENSE_MAX_COUNT
            block = self._vectors[start:stop] @ self._vectors.T if is_dense and self._vectors is not None else None
            for number in range(start, stop):
                letters = self._letters(self._own[number])
                yield number, letters, block[number - start] if block is not None else self._meaning_of_found(number, letters)

    def _meaning_of_found(self, number: int, letters: "NDArray[np.float64]") -> "NDArray[np.float32] | None":
        """Too many to compare all: only what the letters have found."""
        if self._vectors is None:
            return None
        found = np.flatnonzero(letters)
        if len(found) > _BLOCK:
            found = found[np.argpartition(-letters[found], _BLOCK)[:_BLOCK]]
        meaning = np.zeros(self._count, np.float32)
        meaning[found] = self._vectors[found] @ self._vectors[number]
        return meaning

    def _letters(self, vector: dict[str, float]) -> "NDArray[np.float64]":
        known = sorted((len(self._postings[term][0]), term) for term in vector if term in self._postings)
        telling = [term for size, term in known[:TERMS_MAX_COUNT] if size <= POSTINGS_MAX_COUNT] or [term for _, term in known[:1]]
        if not telling:
            return np.zeros(self._count)
        numbers = np.concatenate([self._postings[term][0] for term in telling])
        weights = np.concatenate([self._postings[term][1] * vector[term] for term in telling])
        found: NDArray[np.float64] = np.bincount(numbers, weights, self._count).astype(np.float64, copy=False)
        return found

    def _best(self, letters: "NDArray[np.float64]", meaning: Any, count: int) -> list[tuple[int, float, float]]:
        score = letters if meaning is None else np.maximum(letters, meaning)
        size = min(count, self._count)
        if size <= 0:
            return []
        top = np.argpartition(-score, size - 1)[:size]
        top = top[np.lexsort((top, -score[top]))]
        return [
            (int(other), min(1.0, float(letters[other])), 0.0 if meaning is None else min(1.0, float(meaning[other])))
            for other in top
            if score[other] > 0.0
        ]

    def _unit(self, counts: Counter[str]) -> dict[str, float]:
        vector = {term: (1 + math.log(count)) * self._idf.get(term, self._unknown_idf) for term, count in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        return {term: weight / length for term, weight in vector.items()}
