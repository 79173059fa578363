"""A linear classifier that is solved, not trained, and that says what it would have said without any question or entry.

Ridge regression on one column an entry (a least-squares support vector machine: Suykens and Vandewalle 1999). Leaving a question or a whole
entry out needs no second fit: the hat matrix tells (Cook and Weisberg 1982).
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bot.encoder import Floats

STRENGTH = 3.0
"""What is added to the diagonal; a question's own product with itself is about 6."""


class Ridge(Struct, frozen=True):
    """The solved classifier: `weights` (features, entries)."""

    weights: Floats

    def scores(self, places: NDArray[np.int32], values: Floats, dense: Floats) -> Floats:
        """About 1 for an entry that is meant, 0 for the others. The features: some places of the first part, and all of the last."""
        return np.asarray(values @ self.weights[places] + dense @ self.weights[len(self.weights) - len(dense) :], np.float32)


class Solved:
    """The classifier, and what it would have said of the asked questions without them, or without their entries."""

    def __init__(self, weights: Floats, said: Floats, hat: Floats, owners: NDArray[np.int32], asked: Sequence[int]) -> None:
        """`said` (asked, entries); `hat` (asked, asked); `owners`: each asked question's entry."""
        self.ridge = Ridge(weights)
        self._said, self._hat, self._owners = said, hat, owners
        self._rows = {question: row for row, question in enumerate(asked)}
        self._hidden: dict[int, tuple[NDArray[np.intp], Floats]] = {}

    def without_question(self, question: int) -> Floats:
        """(entries,): what it would say of an asked question that it had never seen."""
        row = self._rows[question]
        leverage = float(self._hat[row, row])
        found = self._said[row].copy()
        found[self._owners[row]] -= leverage
        return np.asarray(found / max(1 - leverage, 1e-3), np.float32)

    def without_entry(self, question: int) -> Floats:
        """(entries,): what it would say of an asked question whose whole entry it had never seen. All of the entry's must be asked."""
        row = self._rows[question]
        members, found = self._without(int(self._owners[row]))
        return np.asarray(found[np.searchsorted(members, row)], np.float32)

    def _without(self, owner: int) -> tuple[NDArray[np.intp], Floats]:
        if owner not in self._hidden:
            members = np.flatnonzero(self._owners == owner)
            block = self._hat[np.ix_(members, members)]
            rest = self._said[members].copy()
            rest[:, owner] -= block.sum(axis=1)
            self._hidden[owner] = members, np.linalg.solve(np.eye(len(members), dtype=np.float32) * np.float32(1.001) - block, rest)
        return self._hidden[owner]


def solve(features: Floats, owners: NDArray[np.int32], entry_count: int, asked: Sequence[int]) -> Solved:
    """`features` (questions, size), each question's entry, and the questions that may be left out, rising."""
    places = np.asarray(asked, np.int64)
    wanted = np.zeros((len(features), entry_count), np.float32)
    wanted[np.arange(len(features)), owners] = 1.0
    through = _by_questions if len(features) <= features.shape[1] else _by_features
    weights, hat = through(features, wanted, places)
    return Solved(weights, features[places] @ weights, hat, owners[places], asked)


def _by_questions(features: Floats, wanted: Floats, places: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Fewer questions than features: through the questions' products."""
    count, entries = wanted.shape
    unit = np.asarray(np.eye(count)[:, places], np.float32)
    products = features @ features.T
    products.flat[:: count + 1] += np.float32(STRENGTH)
    solved = np.linalg.solve(products, np.hstack((wanted, unit)))
    return features.T @ solved[:, :entries], np.asarray((unit - STRENGTH * solved[:, entries:])[places], np.float32)


def _by_features(features: Floats, wanted: Floats, places: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """More questions than features: through the features' products."""
    size, entries = features.shape[1], wanted.shape[1]
    products = features.T @ features
    products.flat[:: size + 1] += np.float32(STRENGTH)
    solved = np.linalg.solve(products, np.hstack((features.T @ wanted, features[places].T)))
    return np.ascontiguousarray(solved[:, :entries]), features[places] @ solved[:, entries:]
