"""Logistic regression in a page, and the bounds that make a threshold honest. Pure arithmetic, the same on every machine and run."""

import math
from collections.abc import Sequence
from operator import mul

from msgspec import Struct

Z_90 = 1.2815515655446004
"""The normal quantile of a one-sided 90 % bound."""

_ROUNDS = 25
_STEP_END = 1e-8


class Sample(Struct, frozen=True):
    """One thing seen: what spoke for it, whether it was right, and how much it counts."""

    features: tuple[float, ...]
    is_right: bool
    weight: float = 1.0


def sigmoid(z: float) -> float:
    """1 / (1 + e**-z) without overflow."""
    if z >= 0:
        return 1 / (1 + math.exp(-min(z, 700.0)))
    e = math.exp(max(z, -700.0))
    return e / (1 + e)


def logit(p: float) -> float:
    """The inverse of `sigmoid`, for 0 and 1 too."""
    p = min(max(p, 1e-9), 1 - 1e-9)
    return math.log(p / (1 - p))


def fit(samples: Sequence[Sample], prior: Sequence[float], strength: float) -> tuple[float, ...]:
    """Weights of a logistic regression, the last one the intercept's, drawn towards `prior` by `strength` (a Gaussian's precision).

    Newton's method with halved steps; ends after 25 rounds at the latest.
    """
    weights = list(prior)
    loss = _loss(samples, weights, prior, strength)
    for _ in range(_ROUNDS):
        step = _newton_step(samples, weights, prior, strength)
        scale = 1.0
        while scale > 1e-4:
            tried = [weight - scale * part for weight, part in zip(weights, step, strict=True)]
            tried_loss = _loss(samples, tried, prior, strength)
            if tried_loss <= loss:
                break
            scale /= 2
        else:
            break
        weights, gained, loss = tried, loss - tried_loss, tried_loss
        if gained < _STEP_END * max(1.0, loss):
            break
    return tuple(weights)


def score(features: Sequence[float], weights: Sequence[float]) -> float:
    """The log-odds that these weights give."""
    return sum(map(mul, features, weights), weights[-1])


def wilson_low(right: float, count: float) -> float:
    """The one-sided 90 % lower bound of a share (Wilson 1927). Counts may be effective ones."""
    if count <= 0:
        return 0.0
    share, z2 = right / count, Z_90 * Z_90
    middle = share + z2 / (2 * count)
    spread = Z_90 * math.sqrt(max(0.0, share * (1 - share) / count + z2 / (4 * count * count)))
    return (middle - spread) / (1 + z2 / count)


def threshold(scored: Sequence[tuple[float, bool, float]], target: float, fallback: float) -> float:
    """The smallest P from which on at least `target` of (P, is right, weight) are right, by Wilson's lower bound; else `fallback`."""
    right = total = squares = 0.0
    found: float | None = None
    ordered = sorted(scored, key=lambda item: -item[0])
    for place, (p, is_right, weight) in enumerate(ordered):
        total += weight
        squares += weight * weight
        right += weight if is_right else 0.0
        is_last_of_equals = place + 1 == len(ordered) or ordered[place + 1][0] < p
        effective = total * total / squares
        if is_last_of_equals and wilson_low(right / total * effective, effective) >= target:
            found = p
    return fallback if found is None else found


def _loss(samples: Sequence[Sample], weights: Sequence[float], prior: Sequence[float], strength: float) -> float:
    loss = 0.5 * strength * sum((weight - middle) ** 2 for weight, middle in zip(weights, prior, strict=True))
    for sample in samples:
        z = score(sample.features, weights)
        loss += sample.weight * _softplus(-z if sample.is_right else z)
    return loss


def _softplus(z: float) -> float:
    return max(z, 0.0) + math.log1p(math.exp(-abs(z)))


def _newton_step(samples: Sequence[Sample], weights: Sequence[float], prior: Sequence[float], strength: float) -> list[float]:
    size = len(weights)
    slope = [strength * (weight - middle) for weight, middle in zip(weights, prior, strict=True)]
    curve = [[strength if row == column else 0.0 for column in range(size)] for row in range(size)]
    for sample in samples:
        values = (*sample.features, 1.0)
        p = sigmoid(score(sample.features, weights))
        error, bend = sample.weight * (p - sample.is_right), sample.weight * p * (1 - p)
        for row, value in enumerate(values):
            slope[row] += error * value
            bent, line = bend * value, curve[row]
            for column in range(row + 1):
                line[column] += bent * values[column]
    return _solved(curve, slope)


def _solved(lower: list[list[float]], right: list[float]) -> list[float]:
    """x of A x = right, by Cholesky; A symmetric and positive, given by its lower triangle."""
    size = len(right)
    for row in range(size):
        for column in range(row + 1):
            rest = lower[row][column] - sum(lower[row][k] * lower[column][k] for k in range(column))
            lower[row][column] = math.sqrt(max(rest, 1e-12)) if row == column else rest / lower[column][column]
    x = list(right)
    for row in range(size):
        x[row] = (x[row] - sum(lower[row][k] * x[k] for k in range(row))) / lower[row][row]
    for row in reversed(range(size)):
        x[row] = (x[row] - sum(lower[k][row] * x[k] for k in range(row + 1, size))) / lower[row][row]
    return x
