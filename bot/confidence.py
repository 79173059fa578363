"""How sure we are, as a probability that keeps its word: shipped weights, then a correction learned from the knowledge base alone.

The correction asks the knowledge base its own questions. Each one is taken out first, so that the right answer has to be found by the
entry's other questions (is it found?); then with the whole entry hidden, so that every answer is wrong (is that noticed?). Customers'
questions whose meaning somebody has told (`Label`) refine it.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from msgspec import Struct, structs

from bot.calibration import AS_SHIPPED, Asked, Table, evidence, fitted, probabilities, table
from bot.entries import Risk
from bot.features import FEATURES
from bot.fitting import logit, sigmoid, threshold
from bot.fusion import Network, shares, unpacked
from bot.match import Match
from bot.weights import NETWORKS

UNKNOWN_SHARE = 0.12
"""How many of a shop's questions no entry answers: what probabilities reckon with. A question that is held out has one variant less to be
found by than a customer's, which makes us look less able than we are, so this is lower than in life."""
DARK_SHARE = 0.35
"""The same for thresholds, which must keep their promise in a shop with many questions that nobody foresaw."""
ANSWER_FALLBACK = 0.92
CLARIFIES_FROM = 0.45
"""From here on the right entry is among the best three often enough for a question back."""
SAMPLES_MIN_COUNT = 40
"""Fewer held-out questions than this say nothing about a threshold."""
LABEL_WEIGHT = 6.0
"""What a customer's own question counts beside one of the knowledge base's: a hundred of them then bring the calibration error under .05 on
most sets, without being enough to overturn what the knowledge base says."""


class Rated(Struct, frozen=True):
    """A match with the probability that it is the right one."""

    match: Match
    p: float


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


class Calibration(Struct, frozen=True):
    """What a knowledge base taught: what the evidence counts (see `calibration.evidence`), and from which probability we answer."""

    counts: tuple[float, ...]
    thresholds: Mapping[Risk, float]
    clarifies_from: float = CLARIFIES_FROM


class Calibrated:
    """Shipped weights, calibrated. Deterministic."""

    def __init__(self, network: Network, calibration: Calibration) -> None:
        self._network = network
        self._counts = np.asarray(calibration.counts)
        self._calibration = calibration

    def rate(self, matches: Sequence[Match]) -> list[Rated]:
        if not matches:
            return []
        told = evidence(self._network, np.array([match.features for match in matches]))
        rated = [Rated(match, float(p)) for match, p in zip(matches, shares(told @ self._counts), strict=True)]
        return sorted(rated, key=lambda item: (-item.p, item.match.entry))

    def answers_from(self, risk: Risk) -> float:
        return self._calibration.thresholds[risk]

    def clarifies_from(self) -> float:
        return self._calibration.clarifies_from


def network_for(*, has_meaning: bool, is_classified: bool) -> Network:
    """The shipped network that was fitted with as much as the matcher sees."""
    return unpacked(NETWORKS[has_meaning, is_classified], len(FEATURES))


def calibrated(
    network: Network, found: Sequence[Asked], hidden: Sequence[Asked], labelled: Sequence[Asked], target_precision: float
) -> Calibration:
    """From questions that were held out (`found`), questions whose entry was hidden (`hidden`) and labelled ones, each weighing 1."""
    told = [structs.replace(one, weight=LABEL_WEIGHT) for one in labelled]
    share = len(found) / len(hidden) if found and hidden else 1.0
    usual = _table(network, found, hidden, told, UNKNOWN_SHARE, share)
    counts = fitted(usual) if (usual.right >= 0).sum() >= SAMPLES_MIN_COUNT // 2 else AS_SHIPPED
    dark = _table(network, found, hidden, told, DARK_SHARE, share)
    judged = _judged(dark, counts)
    return Calibration(counts, {risk: _answer_threshold(judged, _target(target_precision, risk)) for risk in Risk})


def _table(network: Network, found: Sequence[Asked], hidden: Sequence[Asked], told: Sequence[Asked], unknown: float, share: float) -> Table:
    weighed = [structs.replace(one, weight=unknown / (1 - unknown) * share) for one in hidden]
    return table(network, [one for one in (*found, *weighed, *told) if one.matches])


def _judged(told: Table, counts: Sequence[float]) -> list[tuple[float, bool, float]]:
    """Of each question: the best candidate's probability, whether it is right, and the weight."""
    p = probabilities(told, counts)
    best = p.argmax(axis=1)
    return [
        (float(row[place]), int(right) == int(place), float(weight))
        for row, place, right, weight in zip(p, best, told.right, told.weights, strict=True)
    ]


def _target(target_precision: float, risk: Risk) -> float:
    """The precision asked for: .95 becomes .90 for low risk and .98 for high."""
    if risk is Risk.HIGH:
        return 1 - (1 - target_precision) * 0.4
    return max(0.5, target_precision - 0.05) if risk is Risk.LOW else target_precision


def _answer_threshold(judged: Sequence[tuple[float, bool, float]], target: float) -> float:
    """Where held-out questions keep the promise, drawn halfway (in log-odds) to the cautious fallback: a few hundred samples are noisy."""
    cautious = max(ANSWER_FALLBACK, target - 0.05)
    if sum(is_right for _, is_right, _ in judged) < SAMPLES_MIN_COUNT:
        return cautious
    found = threshold(judged, target, cautious)
    return sigmoid((logit(found) + logit(cautious)) / 2)
