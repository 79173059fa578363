"""The bounds that make a threshold honest. Pure arithmetic, the same on every machine and run."""

import math
from collections.abc import Sequence

Z_90 = 1.2815515655446004
"""The normal quantile of a one-sided 90 % bound."""


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
