"""An inverted index: the cosine of one text with every stored text, at the cost of the terms that they share."""

import math
from collections import Counter
from collections.abc import Sequence

from bot.terms import Terms

COMMON_SHARE = 0.3
"""A term in more of the texts than this says nothing; in a small knowledge base it may."""
COMMON_MIN_COUNT = 400
QUERY_TERMS_MAX = 220
"""The rarest terms of a long text stand for it."""


class Index:
    """TF-IDF vectors of texts, by term. Weights are (1 + ln tf) * idf, lengths are one."""

    def __init__(self, texts: Sequence[str], terms: Terms, groups: Sequence[range]) -> None:
        """`groups`: texts that belong together, whose sum of vectors has a length worth knowing."""
        self._terms = terms
        counted = [Counter(terms(text)) for text in texts]
        self.size = len(texts)
        seen: Counter[str] = Counter()
        for group in groups:
            seen.update({term for number in group for term in counted[number]})
        self.idf = {term: math.log((1 + len(groups)) / (1 + count)) + 1 for term, count in seen.items()}
        self.unknown_idf = math.log(1 + len(groups)) + 1
        self._postings: dict[str, tuple[list[int], list[float]]] = {term: ([], []) for term in seen}
        vectors = [self._unit(counts) for counts in counted]
        for number, vector in enumerate(vectors):
            for term, weight in vector.items():
                numbers, weights = self._postings[term]
                numbers.append(number)
                weights.append(weight)
        self.lengths = [_length_of_sum(vectors[group.start : group.stop]) for group in groups]
        """How long each group's sum is: 1 for one text, up to their count where all are the same."""
        most = max(COMMON_MIN_COUNT, int(self.size * COMMON_SHARE))
        self._common = frozenset(term for term, (numbers, _) in self._postings.items() if len(numbers) > most)

    def cosines(self, text: str) -> tuple[list[float], float]:
        """The text's cosine with each stored text, and the share of its weight that no stored text knows."""
        vector = self._unit(Counter(self._terms(text)))
        unknown = sum(weight * weight for term, weight in vector.items() if term not in self.idf)
        found = [0.0] * self.size
        for term in self._telling(vector):
            weight = vector[term]
            for number, stored in zip(*self._postings[term], strict=True):
                found[number] += weight * stored
        return found, unknown

    def _telling(self, vector: dict[str, float]) -> list[str]:
        known = [term for term in vector if term in self._postings]
        telling = [term for term in known if term not in self._common] or known
        if len(telling) > QUERY_TERMS_MAX:
            telling.sort(key=lambda term: (-self.idf[term], term))
        return telling[:QUERY_TERMS_MAX]

    def _unit(self, counts: Counter[str]) -> dict[str, float]:
        vector = {term: (1 + math.log(count)) * self.idf.get(term, self.unknown_idf) for term, count in counts.items()}
        length = math.sqrt(sum(weight * weight for weight in vector.values())) or 1.0
        return {term: weight / length for term, weight in vector.items()}


def _length_of_sum(vectors: Sequence[dict[str, float]]) -> float:
    total: dict[str, float] = {}
    for vector in vectors:
        for term, weight in vector.items():
            total[term] = total.get(term, 0.0) + weight
    return math.sqrt(sum(weight * weight for weight in total.values()))
