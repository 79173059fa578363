"""Makes what is slow to make (see `prepared`), and puts a matcher and its confidence together from it."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import isfinite

import numpy as np
from msgspec import Struct

from bot.calibration import AS_SHIPPED, Asked
from bot.confidence import Calibrated, Calibration, Confidence, calibrated, network_for
from bot.encoder import SIZE, Encoder, Floats
from bot.entries import Entry, Risk
from bot.fusion import Network
from bot.match import GRAM_PLACES, WORD_PLACES, FusedMatcher
from bot.normalize import Normalizer
from bot.prepared import Label, Prepared, digest, kept, restored
from bot.ridge import Ridge, Solved, landmarks

HELD_OUT_MAX_COUNT = 600
"""Questions that are asked for the calibration in either way; more would cost load time and change nothing."""
HIDDEN_MAX_COUNT = 1_400
"""Questions of entries that are hidden as a whole."""
TOUCHED_MAX_COUNT = 10_000
"""What the classifier must be able to do without: memory rises with its square. Entries with thousands of questions are not hidden."""


class Chosen(Struct, frozen=True):
    """Which of the knowledge base's own questions are asked, as if they were a customer's."""

    found: tuple[int, ...]
    """To be found by their entry's other questions."""
    hidden: tuple[int, ...]
    """Asked while their entry is hidden."""
    touched: tuple[int, ...]
    """All that the classifier must be able to do without, rising."""


def prepare(
    entries: Sequence[Entry], normalizer: Normalizer, encoder: Encoder | None, target_precision: float, labels: Sequence[Label] = ()
) -> Prepared:
    """The slow parts of a bot over these entries. Seconds for thousands of questions; needs nothing but the processor."""
    matcher = FusedMatcher(entries, normalizer, encoder)
    embeddings = encoder.encode(matcher.questions) if encoder is not None else np.zeros((0, SIZE), np.float32)
    embeddings = restored(kept(embeddings))
    matcher.learn(embeddings, None)
    chosen = _chosen(matcher)
    solved = matcher.solved(chosen.touched) if matcher.is_classified else None
    matcher.learn(embeddings, solved.ridge if solved else None)
    calibration = calibrated(
        _network(matcher), list(_found(matcher, chosen, solved)), list(_hidden(matcher, chosen, solved)),
        list(_labelled(matcher, entries, labels, normalizer)), target_precision,
    )  # fmt: skip
    return Prepared(
        digest=digest(entries, encoder.name if encoder else None, target_precision, labels), embeddings=kept(embeddings),
        classifier=(kept(solved.ridge.letters), kept(solved.ridge.meanings)) if solved else None, calibration=calibration,
    )  # fmt: skip


def assembled(
    entries: Sequence[Entry], normalizer: Normalizer, encoder: Encoder | None, prepared: Prepared
) -> tuple[FusedMatcher, Confidence]:
    """The matcher and its confidence, from what was prepared for these entries with this encoder.

    Raises ValueError where it was not: better now than in a customer's turn.
    """
    matcher = FusedMatcher(entries, normalizer, encoder)
    embeddings = restored(prepared.embeddings)
    ridge = Ridge(*map(restored, prepared.classifier)) if prepared.classifier else None
    if not (_is_fit(embeddings, ridge, matcher) and _is_sound(prepared.calibration)):
        raise ValueError("prepared for something else, or damaged")
    matcher.learn(embeddings, ridge)
    return matcher, Calibrated(_network(matcher), prepared.calibration)


def _is_fit(embeddings: Floats, ridge: Ridge | None, matcher: FusedMatcher) -> bool:
    """Whether these arrays have the shapes that the matcher reckons with, and hold nothing but numbers."""
    questions, entries = len(matcher.questions), len(matcher.layout.entries)
    if embeddings.shape != (questions if matcher.has_meaning else 0, SIZE) or (ridge is not None) is not matcher.is_classified:
        return False
    if ridge is None:
        return bool(np.isfinite(embeddings).all())
    compared = len(landmarks(questions)) if matcher.has_meaning else 0
    shapes = ridge.letters.shape == (GRAM_PLACES + WORD_PLACES, entries) and ridge.meanings.shape == (compared, entries)
    return shapes and all(bool(np.isfinite(array).all()) for array in (embeddings, ridge.letters, ridge.meanings))


def _is_sound(calibration: Calibration) -> bool:
    """Whether it holds as many numbers as are asked for, thresholds that are probabilities, and one for each risk."""
    told = (*calibration.thresholds.values(), calibration.clarifies_from)
    is_counted = len(calibration.counts) == len(AS_SHIPPED) and all(map(isfinite, calibration.counts))
    return is_counted and set(calibration.thresholds) == set(Risk) and all(0 <= p <= 1 for p in told)


def _chosen(matcher: FusedMatcher) -> Chosen:
    """Evenly spread over the knowledge base."""
    count, layout = len(matcher.questions), matcher.layout
    found = [question for question in range(0, count, _step(count, HELD_OUT_MAX_COUNT)) if matcher.has_siblings(question)]
    places = range(0, len(layout.entries), _step(count, HIDDEN_MAX_COUNT))
    quota = max(1, HELD_OUT_MAX_COUNT // max(len(places), 1))
    members = _bearable([layout.members(place) for place in places], TOUCHED_MAX_COUNT - len(found))
    hidden = [question for own in members for question in own[:: _step(len(own), quota)]]
    touched = sorted({*found, *(question for own in members for question in own)})
    return Chosen(tuple(found), tuple(hidden), tuple(touched))


def _bearable(members: Sequence[range], most: int) -> list[range]:
    """As many entries' questions as stay below so many together, the small entries before the large ones; in their order."""
    by_size = sorted(members, key=len)
    sums = accumulate(map(len, by_size))
    return sorted((own for own, total in zip(by_size, sums, strict=True) if total <= most), key=lambda own: own.start)


def _step(count: int, most: int) -> int:
    return max(1, -(-count // most))


def _network(matcher: FusedMatcher) -> Network:
    return network_for(has_meaning=matcher.has_meaning, is_classified=matcher.is_classified)


def _found(matcher: FusedMatcher, chosen: Chosen, solved: Solved | None) -> Iterator[Asked]:
    """Questions that were taken out and have to be found by their entry's others."""
    for question in chosen.found:
        said = solved.without_question(question) if solved else _nothing(matcher)
        entry = int(matcher.layout.entries[matcher.layout.owners[question]])
        yield Asked(matcher.held_out(question, said, with_entry=False), entry)


def _hidden(matcher: FusedMatcher, chosen: Chosen, solved: Solved | None) -> Iterator[Asked]:
    """Questions whose entry was taken out: nothing that is found is right."""
    for question in chosen.hidden:
        said = solved.without_entry(question) if solved else _nothing(matcher)
        yield Asked(matcher.held_out(question, said, with_entry=True), -1)


def _nothing(matcher: FusedMatcher) -> Floats:
    return np.zeros(len(matcher.layout.entries), np.float32)


def _labelled(matcher: FusedMatcher, entries: Sequence[Entry], labels: Sequence[Label], normalizer: Normalizer) -> Iterator[Asked]:
    """Customers' questions whose meaning is known. One that stands in the knowledge base by now is no news."""
    numbers = {str(entry.id): number for number, entry in enumerate(entries)}
    stored = set(matcher.questions)
    for label in labels:
        core = normalizer.core(normalizer.plain(label.text))
        if core and core not in stored and (label.entry is None or label.entry in numbers):
            yield Asked(matcher.matches(core), -1 if label.entry is None else numbers[label.entry])
