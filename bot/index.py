"""An inverted index: how near one text is to every stored text, at the cost of the terms that they share."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bot.encoder import Floats
from bot.terms import Terms

Ints = NDArray[np.int32]

COMMON_SHARE = 0.3
"""A term in more of the texts than this says nothing; in a small knowledge base it may."""
COMMON_MIN_COUNT = 400
QUERY_TERMS_MAX = 220
"""The rarest terms of a long text stand for it."""
_K1, _B = 1.2, 0.75
"""BM25's saturation and length weight, as Robertson and Zaragoza (2009) recommend."""


class Vector(Struct, frozen=True):
    """A text's TF-IDF vector of length one: the known terms' numbers and weights, and the share of its weight that is unknown."""

    terms: Ints
    weights: Floats
    unknown: float
    mass: float
    """The idf of all its terms together, each once: the most that BM25 could give, but for its saturation."""


class Index:
    """TF-IDF vectors of texts, by term. Weights are (1 + ln tf) * idf, lengths are one."""

    def __init__(self, texts: Sequence[str], terms: Terms) -> None:
        self._terms = terms
        self.size = len(texts)
        counted = [Counter(terms(text)) for text in texts]
        numbers: dict[str, int] = {}
        rows = [np.fromiter((numbers.setdefault(term, len(numbers)) for term in counts), np.int32, len(counts)) for counts in counted]
        tf = [np.fromiter(counts.values(), np.float32, len(counts)) for counts in counted]
        self._numbers = numbers
        self._lengths = np.fromiter((len(row) for row in rows), np.int64, self.size)
        flat = np.concatenate(rows) if rows else np.zeros(0, np.int32)
        counts_of = np.concatenate(tf) if tf else np.zeros(0, np.float32)
        self.seen_in = np.bincount(flat, minlength=len(numbers))
        self._rarities = self._rarity(self.seen_in)
        self.idf = (np.log((1 + self.size) / (1 + self.seen_in)) + 1).astype(np.float32)
        self._unknown_idf = math.log(1 + self.size) + 1
        self._starts = np.concatenate(([0], np.cumsum(self._lengths)))
        weights = (1 + np.log(counts_of)) * self.idf[flat] if len(flat) else counts_of
        self._rows, self._weights = flat, (weights / np.repeat(self._row_lengths(weights), self._lengths)).astype(np.float32)
        self._post(flat, counts_of)

    def _row_lengths(self, weights: Floats) -> Floats:
        owners = np.repeat(np.arange(self.size), self._lengths)
        return np.sqrt(np.maximum(np.bincount(owners, weights * weights, self.size), 1e-12)).astype(np.float32)

    def _post(self, flat: Ints, counts_of: Floats) -> None:
        """The postings, term by term: who holds it, with which weight, and what BM25 gives for it."""
        order = np.argsort(flat, kind="stable")
        owners = np.repeat(np.arange(self.size, dtype=np.int32), self._lengths)
        self._holders, self._held = owners[order], self._weights[order]
        self._first = np.concatenate(([0], np.cumsum(self.seen_in)))
        sizes = np.bincount(owners, counts_of, self.size)
        saturation = _K1 * (1 - _B + _B * sizes / max(float(sizes.mean()) if self.size else 1.0, 1e-9))
        gained = self._rarities[flat] * counts_of * (_K1 + 1) / (counts_of + saturation[owners])
        self._gained = gained[order].astype(np.float32)
        most = max(COMMON_MIN_COUNT, int(self.size * COMMON_SHARE))
        self._is_common = self.seen_in > most

    def _rarity(self, count: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(np.log(1 + (self.size - count + 0.5) / (count + 0.5)))

    def sum_lengths(self, starts: Ints) -> Floats:
        """How long the sums of runs of texts are: 1 for one text, up to their count where all are the same. `starts`: each run's first."""
        sizes = np.diff(np.append(starts, self.size))
        runs = np.repeat(np.repeat(np.arange(len(starts)), sizes), self._lengths)
        keys, places = np.unique(runs * max(len(self._numbers), 1) + self._rows, return_inverse=True)
        sums = np.bincount(places, self._weights, len(keys))
        squares = np.bincount(keys // max(len(self._numbers), 1), sums * sums, len(starts))
        return np.sqrt(np.maximum(squares, 1e-12)).astype(np.float32)

    def row(self, number: int) -> Vector:
        """A stored text's vector as it would be if the text were not stored: terms that only it holds are unknown."""
        here = slice(self._starts[number], self._starts[number + 1])
        terms, weights = self._rows[here], self._weights[here]
        alone = self.seen_in[terms] <= 1
        mass = float(self._rarities[terms].sum())
        return Vector(terms, weights, float((weights[alone] ** 2).sum()), mass)

    def vector(self, text: str) -> Vector:
        """Any text's vector."""
        counts = Counter(self._terms(text))
        known = [(number, count) for term, count in counts.items() if (number := self._numbers.get(term)) is not None]
        terms = np.fromiter((number for number, _ in known), np.int32, len(known))
        weights = (1 + np.log(np.fromiter((count for _, count in known), np.float32, len(known)))) * self.idf[terms]
        unknown = sum(((1 + math.log(count)) * self._unknown_idf) ** 2 for term, count in counts.items() if term not in self._numbers)
        whole = float(weights @ weights) + unknown or 1.0
        new = len(counts) - len(known)
        mass = float(self._rarities[terms].sum()) + new * math.log(1 + (self.size + 0.5) / 0.5)
        return Vector(terms, (weights / math.sqrt(whole)).astype(np.float32), unknown / whole, mass)

    def near(self, vector: Vector) -> tuple[Floats, Floats]:
        """The vector's cosine with each stored text, and BM25's score of each as a share of the most it could be."""
        telling = self._telling(vector.terms)
        terms = vector.terms[telling]
        counts = self._first[terms + 1] - self._first[terms]
        behind = np.cumsum(counts)
        places = np.repeat(self._first[terms] - (behind - counts), counts) + np.arange(behind[-1] if len(behind) else 0)
        holders = self._holders[places]
        cosines = np.bincount(holders, self._held[places] * np.repeat(vector.weights[telling], counts), self.size)
        gained = np.bincount(holders, self._gained[places], self.size)
        return cosines.astype(np.float32), (gained / ((_K1 + 1) * vector.mass or 1.0)).astype(np.float32)

    def _telling(self, terms: Ints) -> NDArray[np.int64]:
        """Places of the terms that are looked up: those that most texts hold say nothing, and a few hundred are enough."""
        telling = np.flatnonzero(~self._is_common[terms])
        if not len(telling):
            telling = np.arange(len(terms))
        if len(telling) > QUERY_TERMS_MAX:
            telling = np.sort(telling[np.argsort(-self.idf[terms[telling]], kind="stable")[:QUERY_TERMS_MAX]])
        return telling

    def hashed(self, vector: Vector, size: int) -> tuple[Ints, Floats]:
        """The vector in `size` numbers: each term goes to one place with a sign of its own, so that products stay right on average."""
        mixed = (vector.terms.astype(np.uint32) * np.uint32(2_654_435_761)) >> np.uint32(7)
        signs = np.where(mixed & np.uint32(1), 1, -1).astype(np.float32)
        return ((mixed >> np.uint32(1)) % np.uint32(size)).astype(np.int32), vector.weights * signs
