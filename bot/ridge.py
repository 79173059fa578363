"""A linear classifier that is solved, not trained, and that says what it would have said without any question or entry.

Ridge regression on one column an entry (a least-squares support vector machine: Suykens and Vandewalle 1999). Leaving a question or a whole
entry out needs no second fit: the hat matrix tells (Cook and Weisberg 1982).
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from bot.encoder import Floats
from bot.index import Ints

STRENGTH = 2.0
"""What is added to the diagonal; a question's own product with itself is about 10."""
MEANING_WEIGHT, SHARPNESS = 8.0, 2.0
"""What meaning counts beside letters and words (2 together), and how quickly that fades with distance: a Gaussian kernel over the sphere,
which brought 3 to 4 points over plain cosines where entries have few questions."""
EXACT_MAX_QUESTIONS = 4_000
LANDMARKS_COUNT = 2_048
"""Above the first, meaning is compared with so many of the questions only (Nyström's method: Williams and Seeger 2001)."""


class Ridge(Struct, frozen=True):
    """The solved classifier: what each place of the letters' features and each landmark's likeness says for each entry."""

    letters: Floats
    """(places, entries)"""
    meanings: Floats
    """(landmarks, entries); no rows where meaning isn't compared."""

    def scores(self, places: Ints, values: Floats, likeness: Floats) -> Floats:
        """About 1 for an entry that is meant, 0 for the others. `likeness`: the cosines with the landmarks."""
        return np.asarray(values @ self.letters[places] + warped(likeness) @ self.meanings, np.float32)


def landmarks(question_count: int) -> Ints:
    """The questions that meaning is compared with: all, or evenly spread ones."""
    if question_count <= EXACT_MAX_QUESTIONS:
        return np.arange(question_count, dtype=np.int32)
    return np.linspace(0, question_count - 1, LANDMARKS_COUNT).astype(np.int32)


def warped(cosines: Floats) -> Floats:
    """Cosines as the kernel sees them: 1 for the same, near 0 for the opposite."""
    return np.asarray(np.exp(np.float32(SHARPNESS) * (cosines - np.float32(1))), np.float32)


class Solved:
    """The classifier, and what it would have said of the asked questions without them, or without their entries."""

    def __init__(self, ridge: Ridge, said: Floats, hat: Floats, owners: Ints, asked: Sequence[int]) -> None:
        """`said` (asked, entries); `hat` (asked, asked); `owners`: each asked question's entry."""
        self.ridge = ridge
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


def solve(letters: Floats, meanings: Floats | None, owners: Ints, entry_count: int, asked: Sequence[int]) -> Solved:
    """`letters` (questions, places), `meanings` (questions, size) of length one or None, each question's entry, and the questions that may
    be left out, rising."""
    wanted = np.zeros((len(letters), entry_count), np.float32)
    wanted[np.arange(len(letters)), owners] = 1.0
    places = np.asarray(asked, np.int64)
    solved = _exactly if len(letters) <= EXACT_MAX_QUESTIONS else _nearly
    ridge, said, hat = solved(letters, meanings, wanted, places)
    return Solved(ridge, said, hat, owners[places], asked)


def _exactly(letters: Floats, meanings: Floats | None, wanted: Floats, places: NDArray[np.int64]) -> tuple[Ridge, Floats, Floats]:
    """Through the questions' products with one another."""
    count, entries = wanted.shape
    kernel = letters @ letters.T
    if meanings is not None:
        kernel += np.float32(MEANING_WEIGHT) * warped(meanings @ meanings.T)
    said_by = kernel[places]
    unit = np.asarray(np.eye(count)[:, places], np.float32)
    kernel.flat[:: count + 1] += np.float32(STRENGTH)
    solved = np.linalg.solve(kernel, np.hstack((wanted, unit)))
    counts = np.ascontiguousarray(solved[:, :entries])
    hat = np.asarray((unit - np.float32(STRENGTH) * solved[:, entries:])[places], np.float32)
    by_meaning = np.float32(MEANING_WEIGHT) * counts if meanings is not None else np.zeros((0, entries), np.float32)
    return Ridge(letters.T @ counts, by_meaning), said_by @ counts, hat


def _nearly(letters: Floats, meanings: Floats | None, wanted: Floats, places: NDArray[np.int64]) -> tuple[Ridge, Floats, Floats]:
    """Through the features' products; meaning by its likeness to the landmarks."""
    count, entries = wanted.shape
    back = np.zeros((0, 0), np.float32)
    features = letters
    if meanings is not None:
        chosen = meanings[landmarks(count)]
        own = warped(chosen @ chosen.T)
        own.flat[:: len(own) + 1] += np.float32(1e-3)
        back = np.linalg.inv(np.linalg.cholesky(own)).T * np.float32(MEANING_WEIGHT**0.5)
        features = np.hstack((letters, warped(meanings @ chosen.T) @ back))
    size = features.shape[1]
    products = features.T @ features
    products.flat[:: size + 1] += np.float32(STRENGTH)
    solved = np.linalg.solve(products, np.hstack((features.T @ wanted, features[places].T)))
    weights, asked = np.ascontiguousarray(solved[:, :entries]), features[places]
    ridge = Ridge(weights[: letters.shape[1]], back @ weights[letters.shape[1] :])
    return ridge, asked @ weights, asked @ solved[:, entries:]
