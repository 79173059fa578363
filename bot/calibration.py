"""Makes scores fit one knowledge base: a few numbers, learned from what became of its own questions, drawn towards "as shipped". Pure.

Platt's correction (Platt 1999) for several candidates and "none of them", with some of the evidence beside the score: how much the
classifier, the whole entry or the single question tell differs between a shop with three questions an entry and one with sixty.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bot.features import FEATURES, LOOKED_AT, first_score
from bot.fusion import Doubles, Network, shares
from bot.match import Match

_PLACE = {name: place for place, name in enumerate(FEATURES)}
AS_SHIPPED = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
"""What the columns of `evidence` count: the score alone."""
STRENGTH = 5.0
"""How strongly it is drawn there (a Gaussian's precision)."""
_ROUNDS = 30
_STEP_MAX = 1.0
_NEVER = -50.0
"""The score of a candidate that isn't there."""


class Asked(Struct, frozen=True):
    """A question with a known answer: what was found for it, the right entry (-1: none is), and how much it counts."""

    matches: Sequence[Match]
    entry: int
    weight: float = 1.0


class Table(Struct, frozen=True):
    """Questions in rows, candidates in columns: the evidence, which candidates there are, the right one (-1: none), the weights."""

    evidence: Doubles
    is_there: NDArray[np.bool_]
    right: NDArray[np.int64]
    weights: Doubles


def evidence(network: Network, features: Doubles) -> Doubles:
    """(..., features) becomes (..., 7): the network's score and what else may count, brought to a like size."""
    classified, meaning = features[..., _PLACE["classified"]], features[..., _PLACE["meaning"]]
    letters = features[..., _PLACE["gram_all"]] + features[..., _PLACE["word_all"]]
    columns = (
        network.scores(features), 3 * classified, 3 * first_score(features), 3 * features[..., _PLACE["meaning_all"]], 2 * letters,
        3 * meaning, np.ones(features.shape[:-1]),
    )  # fmt: skip
    return np.stack(columns, axis=-1)


def table(network: Network, asked: Sequence[Asked]) -> Table:
    """The questions as a table."""
    features = np.zeros((len(asked), LOOKED_AT, len(FEATURES)))
    is_there = np.zeros((len(asked), LOOKED_AT), np.bool_)
    right = np.full(len(asked), -1, np.int64)
    for row, one in enumerate(asked):
        for column, match in enumerate(one.matches):
            features[row, column], is_there[row, column] = match.features, True
            if match.entry == one.entry:
                right[row] = column
    return Table(evidence(network, features), is_there, right, np.array([one.weight for one in asked]))


def probabilities(told: Table, counts: Sequence[float]) -> Doubles:
    """(questions, candidates): how likely each is right, where the columns of the evidence count so much."""
    return shares(np.where(told.is_there, told.evidence @ np.asarray(counts), _NEVER))


def fitted(told: Table) -> tuple[float, ...]:
    """What the columns of the evidence count, by Newton's method: the likeliest for these questions."""
    middle = np.asarray(AS_SHIPPED)
    counts, weights = middle.copy(), told.weights[:, None]
    rows = np.arange(len(told.right))
    wanted = np.where((told.right >= 0)[:, None], told.evidence[rows, np.maximum(told.right, 0)], 0.0)
    for _ in range(_ROUNDS):
        p = probabilities(told, counts.tolist())
        mean = np.einsum("nk,nkd->nd", p, told.evidence)
        slope = STRENGTH * (counts - middle) + (weights * (mean - wanted)).sum(axis=0)
        spread = np.einsum("n,nk,nkd,nke->de", told.weights, p, told.evidence, told.evidence, optimize=True)
        curve = STRENGTH * np.eye(len(middle)) + spread - (weights * mean).T @ mean
        step = np.clip(np.linalg.solve(curve, slope), -_STEP_MAX, _STEP_MAX)
        counts = counts - step
        if float(np.abs(step).max()) < 1e-5:
            break
    return tuple(counts.tolist())
