"""Business areas as the knowledge base shows them: which category's questions sound like this text, also where no entry answers it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from math import log, sqrt

from bot.entries import Entry
from bot.heads import Verdict, features

QUESTIONS_MAX_COUNT = 20_000
"""Looked at, evenly over the knowledge base: more teach little and cost the start."""
AREA_MIN = 0.16
"""The least likeness (a cosine) that counts."""
_BUILD = frozenset("<^$")
AHEAD_MIN = 1.3
"""How much the best area must be ahead of the next: two that sound alike tell nothing."""


class LearnedAreas:
    """One direction in the space of grams for each category: the sum of its questions, rare grams counting more."""

    def __init__(self, entries: Sequence[Entry], core: Callable[[str], str]) -> None:
        questions = [(entry.category, question) for entry in entries if entry.category for question in entry.questions]
        questions = questions[:: max(1, -(-len(questions) // QUESTIONS_MAX_COUNT))]
        told = [(category, _topical(core(question))) for category, question in questions]
        seen = Counter(gram for _, grams in told for gram in grams)
        self._weights = {gram: log(1 + len(told) / count) for gram, count in seen.items()}
        self._unknown = max(self._weights.values(), default=1.0) / 2
        sums: dict[str, Counter[str]] = defaultdict(Counter)
        for category, grams in told:
            length = self._length(grams)
            for gram in grams:
                sums[category][gram] += self._weights[gram] / length  # type: ignore[assignment]  # a Counter holds shares as well
        self._areas = _by_gram(sums)
        self._is_choice = len(sums) > 1

    def area(self, core: str) -> Verdict | None:
        """The category that the text sounds like; None where none does, or two do."""
        if not self._is_choice:
            return None
        topical = _topical(core)
        grams = [gram for gram in topical if gram in self._weights]
        likeness: Counter[str] = Counter()
        for gram in grams:
            for category, share in self._areas[gram]:
                likeness[category] += self._weights[gram] * share  # type: ignore[assignment]
        if not grams:
            return None
        length = self._length(topical)
        (best, first), (_, second) = (*likeness.most_common(2), ("", 0.0), ("", 0.0))[:2]
        cosine = first / length
        return Verdict(best, round(cosine, 3)) if cosine >= AREA_MIN and first >= AHEAD_MIN * second else None

    def _length(self, grams: Sequence[str]) -> float:
        """Of a text's vector; a gram that nobody knows counts half of the rarest: customers say more than questions do."""
        return sqrt(sum(self._weights.get(gram, self._unknown) ** 2 for gram in grams)) or 1.0


def _topical(core: str) -> list[str]:
    """The grams that tell what a text is about, not how it is built."""
    return [gram for gram in features(core).grams if not _BUILD.intersection(gram)]


def _by_gram(sums: dict[str, Counter[str]]) -> dict[str, list[tuple[str, float]]]:
    """For each gram, the categories it speaks for and how much; every category's direction has length one."""
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for category, grams in sums.items():
        length = sqrt(sum(share * share for share in grams.values())) or 1.0
        for gram, share in grams.items():
            found[gram].append((category, share / length))
    return dict(found)
