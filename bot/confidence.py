"""How sure we are, as a probability that keeps its word: shipped weights, then a correction learned from the knowledge base alone.

The correction asks the knowledge base its own questions. Each one is taken out first, so that the right answer has to be found by the
entry's other questions (is it found?); then with the whole entry hidden, so that every answer is wrong (is that noticed?).
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from bot.entries import Risk
from bot.fitting import Sample, fit, logit, score, sigmoid, threshold
from bot.match import LexicalMatcher, Match
from bot.weights import WEIGHTS

QUESTIONS_MAX_COUNT = 600
"""Questions that are asked for the correction; more would cost load time and change nothing."""
UNKNOWN_SHARE = 0.20
"""How many of a shop's questions no entry answers, as far as anybody knows beforehand."""
ANSWER_FALLBACK = 0.90
CLARIFIES_FROM = 0.45
"""From here on the right entry is among the best three often enough for a question back."""
SAMPLES_MIN_COUNT = 40
"""Fewer held-out questions than this say nothing about a threshold."""

_PRIOR = (1.0, 0.0)
_PRIOR_STRENGTH = 8.0


class Rated(Struct, frozen=True):
    """A match with the probability that it is the right one."""

    match: Match
    p: float


class Held(Struct, frozen=True):
    """What became of one held-out question: the best candidate's probability, and whether it was the right one."""

    p: float
    is_right: bool
    weight: float


class Confidence(Protocol):
    """Tells how likely a match is right, and how likely is likely enough."""

    def rate(self, matches: Sequence[Match]) -> list[Rated]:
        """The matches with their probabilities, best first."""
        ...

    def answers_from(self, risk: Risk) -> float:
        """The probability from which an entry of this risk is answered."""
        ...

    def clarifies_from(self) -> float:
        """The probability of the best three together from which it is worth asking back."""
        ...


class Calibrated:
    """Shipped weights and Platt's correction (Platt 1999), fitted when a knowledge base loads. Deterministic."""

    def __init__(self, matcher: LexicalMatcher, target_precision: float) -> None:
        found = list(_held_out(matcher))
        self._platt = _PRIOR
        self._platt = self._fitted(found)
        held = [self._held(item) for item in found]
        self._answer = {risk: _answer_threshold(held, _target(target_precision, risk)) for risk in Risk}

    def rate(self, matches: Sequence[Match]) -> list[Rated]:
        slope, shift = self._platt
        rated = [Rated(match, sigmoid(slope * score(match.features, WEIGHTS) + shift)) for match in matches]
        return sorted(rated, key=lambda item: (-item.p, item.match.entry))

    def answers_from(self, risk: Risk) -> float:
        return self._answer[risk]

    def clarifies_from(self) -> float:
        return CLARIFIES_FROM

    def _fitted(self, found: Sequence[tuple[list[Match], int, float]]) -> tuple[float, float]:
        samples = []
        for matches, owner, weight in found:
            if matches:
                best = max(matches, key=lambda match: score(match.features, WEIGHTS))
                samples.append(Sample((score(best.features, WEIGHTS),), best.entry == owner, weight))
        if sum(sample.is_right for sample in samples) < SAMPLES_MIN_COUNT // 2:
            return _PRIOR
        slope, shift = fit(samples, _PRIOR, _PRIOR_STRENGTH)
        return max(slope, 0.2), shift

    def _held(self, item: tuple[list[Match], int, float]) -> Held:
        matches, owner, weight = item
        best = self.rate(matches)[:1]
        return Held(best[0].p, best[0].match.entry == owner, weight) if best else Held(0.0, is_right=False, weight=weight)


def _held_out(matcher: LexicalMatcher) -> Iterator[tuple[list[Match], int, float]]:
    """(matches, the right entry or -1, weight) of the knowledge base's own questions, each held out in two ways."""
    count = len(matcher.questions)
    chosen = range(0, count, max(1, -(-count // QUESTIONS_MAX_COUNT)))
    asked = {number for number in chosen if matcher.has_siblings(number)}
    unknown_weight = UNKNOWN_SHARE / (1 - UNKNOWN_SHARE) * (len(asked) / (len(chosen) or 1) or 1.0)
    for number in chosen:
        without_question, without_entry = matcher.held_out(number)
        if number in asked:
            yield without_question, matcher.owners[number], 1.0
        yield without_entry, -1, unknown_weight


def _target(target_precision: float, risk: Risk) -> float:
    """The precision asked for: .95 becomes .90 for low risk and .98 for high."""
    if risk is Risk.HIGH:
        return 1 - (1 - target_precision) * 0.4
    return max(0.5, target_precision - 0.05) if risk is Risk.LOW else target_precision


def _answer_threshold(held: Sequence[Held], target: float) -> float:
    """Where held-out questions keep the promise, drawn halfway (in log-odds) to the cautious fallback: a few hundred samples are noisy."""
    cautious = max(ANSWER_FALLBACK, target - 0.05)
    if sum(item.is_right for item in held) < SAMPLES_MIN_COUNT:
        return cautious
    found = threshold([(item.p, item.is_right, item.weight) for item in held], target, cautious)
    return sigmoid((logit(found) + logit(cautious)) / 2)
