"""What speaks for the candidates becomes one number each: a small network, fitted once over many knowledge bases and shipped."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bot.encoder import Floats

Doubles = NDArray[np.float64]


class Network(Struct, frozen=True):
    """One hidden layer of tanh beside a straight line, over standardized features."""

    middle: Doubles
    scale: Doubles
    hidden: Doubles
    """(features, units)"""
    hidden_shift: Doubles
    out: Doubles
    """(units,)"""
    straight: Doubles
    """(features,)"""
    shift: float

    def scores(self, features: Floats | Doubles) -> Doubles:
        """(..., features) becomes (...): log-odds against "none of the candidates"."""
        z = (features - self.middle) / self.scale
        return np.asarray(np.tanh(z @ self.hidden + self.hidden_shift) @ self.out + z @ self.straight + self.shift)


def unpacked(numbers: Sequence[float], feature_count: int) -> Network:
    """The network of a flat list: middles, scales, hidden weights and shifts, out weights, straight weights, shift."""
    units = (len(numbers) - 3 * feature_count - 1) // (feature_count + 2)
    sizes = (feature_count, feature_count, feature_count * units, units, units, feature_count)
    middle, scale, hidden, hidden_shift, out, straight, shift = np.split(np.asarray(numbers, np.float64), np.cumsum(sizes))
    return Network(middle, scale, hidden.reshape(feature_count, units), hidden_shift, out, straight, float(shift[0]))


def shares(scores: Doubles, axis: int = -1) -> Doubles:
    """The probability of each candidate; what is missing to 1 is the probability that none of them is right."""
    top = np.maximum(scores.max(axis=axis, keepdims=True), 0.0)
    powers = np.exp(scores - top)
    return np.asarray(powers / (powers.sum(axis=axis, keepdims=True) + np.exp(-top)))
