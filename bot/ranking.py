"""From a question to rated entries: an exact hit by a dictionary, else candidates with probabilities, and the guards over them."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, field
from rapidfuzz import fuzz

from bot.confidence import Confidence
from bot.entries import Entry
from bot.match import FEATURES, Matcher
from bot.negation import conflict
from bot.normalize import Normalizer

EXACT = 0.99
"""The probability of a question that stands in the knowledge base word for word."""
_LOOKALIKE = 0.30
_BELOW = 0.02


class Ranked(Struct, frozen=True):
    """An entry that may be meant, how likely, and why."""

    entry: Entry
    p: float
    why: dict[str, Any] = field(default_factory=dict)


class Ranking:
    """Ranks the entries for a question."""

    def __init__(self, entries: Sequence[Entry], normalizer: Normalizer, matcher: Matcher, confidence: Confidence) -> None:
        self._entries = entries
        self._matcher = matcher
        self._confidence = confidence
        self._cores: list[tuple[str, ...]] = []
        self._not_cores: list[tuple[str, ...]] = []
        self._exact: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            self._cores.append(_cores(entry.questions, normalizer))
            self._not_cores.append(_cores(entry.not_questions, normalizer))
            for core in self._cores[-1]:
                self._exact.setdefault(core, []).append(number)

    def exact(self, core: str, today: str) -> list[Ranked]:
        """The entries that hold this very question; more than one share the probability."""
        found = [self._entries[number] for number in self._exact.get(core, ()) if self._entries[number].is_valid_on(today)]
        return [Ranked(entry, EXACT / len(found), {"exact": core}) for entry in found]

    def ranked(self, core: str, today: str) -> list[Ranked]:
        """The likely entries, best first."""
        if exact := self.exact(core, today):
            return exact
        rated = self._confidence.rate(self._matcher.matches(core)) if core else []
        found = []
        for item in rated:
            entry = self._entries[item.match.entry]
            if entry.is_valid_on(today):
                nearest = self._cores[item.match.entry]
                p, guard = self._guarded(core, item.match.entry, item.p)
                why = {name: round(value, 4) for name, value in zip(FEATURES, item.match.features, strict=True)}
                found.append(Ranked(entry, p, {"features": why, **({"guard": guard} if guard else {}), "variants": len(nearest)}))
        return sorted(found, key=lambda item: -item.p)

    def _guarded(self, core: str, number: int, p: float) -> tuple[float, str]:
        """The probability that is left when a guard speaks against the entry, and which one it was."""
        unsure = self._confidence.answers_from(self._entries[number].risk) - _BELOW
        if p >= unsure:
            variants = self._cores[number]
            nearest = max(variants, key=lambda variant: fuzz.ratio(core, variant))
            if conflict(core, variants, nearest):
                return unsure, "negation"
        return self._unlike(core, number, p)

    def _unlike(self, core: str, number: int, p: float) -> tuple[float, str]:
        if not self._not_cores[number]:
            return p, ""
        meant = max((fuzz.ratio(core, variant) for variant in self._cores[number]), default=0.0)
        not_meant = max(fuzz.ratio(core, variant) for variant in self._not_cores[number])
        return (min(p, _LOOKALIKE), "not_questions") if not_meant > meant else (p, "")


def _cores(texts: Sequence[str], normalizer: Normalizer) -> tuple[str, ...]:
    return tuple(dict.fromkeys(core for text in texts if (core := normalizer.core(normalizer.plain(text)))))
