"""Which entries a question may mean, and what speaks for each: letters, words, meaning, and a classifier over all three."""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from rapidfuzz import fuzz

from bot.encoder import SIZE, Encoder, Floats
from bot.entries import Entry
from bot.features import BY_ENTRY, LOOKED_AT, OF_ALL, SEEN, content, first_score, with_rivals
from bot.index import Index, Ints, Vector
from bot.layout import Layout, laid_out
from bot.normalize import Normalizer
from bot.ridge import Ridge, Solved, landmarks, solve
from bot.terms import grams, words

CLASSIFIED_MAX_QUESTIONS = 20_000
CLASSIFIED_MAX_ENTRIES = 2_000
"""Beyond these the classifier would cost more than it brings: what is near decides alone."""
COMPARED_MAX_QUESTIONS = 20_000
"""Beyond this, meaning is compared only where letters and words are near already."""
SHORTLIST_COUNT = 200
GRAM_PLACES, WORD_PLACES = 2_560, 1_024
REMEMBERED_COUNT = 1_024


class Match(Struct, frozen=True):
    """An entry that may be meant: by its number, with the variant that comes nearest and what speaks for it."""

    entry: int
    variant: int
    """Number of the question in the matcher's `questions`."""
    features: tuple[float, ...]


class Matcher(Protocol):
    """Finds the entries that a question may mean."""

    def matches(self, core: str) -> list[Match]:
        """Candidates, in no order."""
        ...

    def expect(self, cores: Sequence[str]) -> None:
        """These will be asked now. Asking them without it is as right, only slower."""
        ...


class Meanings(Struct, frozen=True):
    """The stored questions' meanings, seen from their middle: what all questions of a shop have in common tells nothing."""

    middle: Floats
    vectors: Floats

    def seen(self, vector: Floats) -> Floats:
        """Another question's meaning, seen from there."""
        return _unit(vector - self.middle)


class Near(Struct, frozen=True):
    """How near a question is to each stored one, and what the classifier says of each entry."""

    gram: Floats
    word: Floats
    rare: Floats
    meaning: Floats
    classified: Floats
    unknown: tuple[float, float]


class Hidden(Struct, frozen=True):
    """What is taken out for a moment: a question, and its whole entry too where `is_entry`."""

    question: int
    is_entry: bool


class FusedMatcher:
    """Matches by everything there is: without an encoder by letters and words alone; with too many entries without a classifier."""

    def __init__(self, entries: Sequence[Entry], normalizer: Normalizer, encoder: Encoder | None = None) -> None:
        self.layout: Layout = laid_out(entries, normalizer)
        self.questions = self.layout.cores
        self.grams = Index(self.questions, grams)
        self.words = Index(self.questions, words)
        starts = self.layout.group_starts
        self._lengths = (self.grams.sum_lengths(starts), self.words.sum_lengths(starts))
        self._encoder = encoder
        self._meanings: Meanings | None = None
        self._meaning_lengths = np.ones(len(starts), np.float32)
        self._ridge: Ridge | None = None
        self._landmarks = landmarks(len(self.questions)) if encoder is not None else np.zeros(0, np.int32)
        self._encoded: OrderedDict[str, Floats] = OrderedDict()
        """Meanings of texts that were asked lately, seen from the middle."""

    @property
    def is_classified(self) -> bool:
        """Small enough for the classifier."""
        return len(self.questions) <= CLASSIFIED_MAX_QUESTIONS and 1 < len(self.layout.entries) <= CLASSIFIED_MAX_ENTRIES

    @property
    def has_meaning(self) -> bool:
        """Whether meaning is compared."""
        return self._encoder is not None

    def learn(self, embeddings: Floats, ridge: Ridge | None) -> None:
        """Take what was prepared: the stored questions' embeddings (none without an encoder) and the classifier."""
        self._ridge = ridge
        if len(embeddings):
            middle = embeddings.mean(axis=0) * min(1.0, len(embeddings) / LOOKED_AT)
            self._meanings = Meanings(middle, _unit(embeddings - middle))
            sums = np.add.reduceat(self._meanings.vectors, self.layout.group_starts)
            self._meaning_lengths = np.maximum(np.linalg.norm(sums, axis=1), 1e-6).astype(np.float32)

    def matches(self, core: str) -> list[Match]:
        if not len(self.layout.entries):
            return []
        gram, word = self.grams.vector(core), self.words.vector(core)
        meaning = self._meaning(core)
        return self._chosen(core, self._near(gram, word, meaning, None), None)

    def expect(self, cores: Sequence[str]) -> None:
        """Texts that will be asked now: encoded together they cost a third of what they cost one by one."""
        if self._encoder is None or self._meanings is None:
            return
        new = [core for core in dict.fromkeys(cores[:REMEMBERED_COUNT]) if core not in self._encoded]
        for core, vector in zip(new, self._encoder.encode(new), strict=True):
            self._encoded[core] = self._meanings.seen(vector)
        self._forget()

    def held_out(self, question: int, classified: Floats, *, with_entry: bool) -> list[Match]:
        """What a stored question would find if it were not stored, or, `with_entry`, if its whole entry were not.

        `classified`: what the classifier would say then.
        """
        meaning = self._meanings.vectors[question] if self._meanings is not None else np.zeros(SIZE, np.float32)
        near = self._near(self.grams.row(question), self.words.row(question), meaning, classified)
        for values in (near.gram, near.word, near.rare, near.meaning):
            values[question] = 0.0
        return self._chosen(self.questions[question], near, Hidden(question, with_entry))

    def has_siblings(self, question: int) -> bool:
        """Whether the entry is asked in another way in the same script: then the question can be left out and still be found."""
        return bool(self.layout.group_sizes[self.layout.group_of(question)] > 1)

    def solved(self, asked: Sequence[int]) -> Solved:
        """The classifier over all stored questions, and what it would say of the asked ones without them."""
        meanings = self._meanings.vectors if self._meanings is not None else None
        return solve(self._letters(), meanings, self.layout.owners, len(self.layout.entries), asked)

    # ---- parts ----

    def _letters(self) -> Floats:
        """The letters and words of all stored questions: (questions, GRAM_PLACES + WORD_PLACES)."""
        found = np.zeros((len(self.questions), GRAM_PLACES + WORD_PLACES), np.float32)
        for number in range(len(self.questions)):
            places, values = self._hashed(self.grams.row(number), self.words.row(number))
            np.add.at(found[number], places, values)
        return found

    def _meaning(self, core: str) -> Floats:
        if self._encoder is None or self._meanings is None:
            return np.zeros(SIZE, np.float32)
        known = self._encoded.get(core)  # another thread may drop it at any moment
        if known is None:
            known = self._encoded[core] = self._meanings.seen(self._encoder.encode((core,))[0])
            self._forget()
        return known

    def _forget(self) -> None:
        while len(self._encoded) > REMEMBERED_COUNT:
            with suppress(KeyError):
                self._encoded.popitem(last=False)

    def _hashed(self, gram: Vector, word: Vector) -> tuple[Ints, Floats]:
        gram_places, gram_values = self.grams.hashed(gram, GRAM_PLACES)
        word_places, word_values = self.words.hashed(word, WORD_PLACES)
        return np.concatenate((gram_places, word_places + GRAM_PLACES)), np.concatenate((gram_values, word_values))

    def _classified(self, gram: Vector, word: Vector, by_meaning: Floats) -> Floats:
        if self._ridge is None:
            return np.zeros(len(self.layout.entries), np.float32)
        return self._ridge.scores(*self._hashed(gram, word), by_meaning[self._landmarks])

    def _near(self, gram: Vector, word: Vector, meaning: Floats, classified: Floats | None) -> Near:
        """`classified`: what the classifier says; None: ask it."""
        by_gram, _ = self.grams.near(gram)
        by_word, by_rare = self.words.near(word)
        by_meaning = self._compared(meaning, by_gram + by_word)
        if classified is None:
            classified = self._classified(gram, word, by_meaning)
        return Near(by_gram, by_word, by_rare, by_meaning, classified, (gram.unknown, word.unknown))

    def _compared(self, meaning: Floats, lexical: Floats) -> Floats:
        if self._meanings is None:
            return np.zeros(len(self.questions), np.float32)
        if len(self.questions) <= COMPARED_MAX_QUESTIONS:
            return np.asarray(self._meanings.vectors @ meaning, np.float32)
        by_meaning = np.zeros(len(self.questions), np.float32)
        shortlist = np.argpartition(-self.layout.best(lexical), SHORTLIST_COUNT)[:SHORTLIST_COUNT]
        questions = np.concatenate([np.asarray(self.layout.members(int(place))) for place in shortlist])
        by_meaning[questions] = self._meanings.vectors[questions] @ meaning
        return by_meaning

    def _chosen(self, core: str, near: Near, hidden: Hidden | None) -> list[Match]:
        by_entry = self._by_entry(near, hidden)
        score = first_score(by_entry.T)
        if hidden is not None and hidden.is_entry:
            score[self.layout.owners[hidden.question]] = -np.inf
        count = min(LOOKED_AT, len(score) - (hidden is not None and hidden.is_entry))
        if count <= 0:
            return []
        places = np.argpartition(-score, count - 1)[:count]
        places = places[np.argsort(-score[places], kind="stable")]
        seen = np.zeros((count, len(SEEN)), np.float32)
        seen[:, : len(BY_ENTRY)] = by_entry[:, places].T
        nearness, asked = near.gram + near.word + 2 * near.meaning, content(core)
        nearest = [self._look(core, asked, int(place), nearness, hidden, line) for place, line in zip(places, seen, strict=True)]
        whole = self._whole(core, seen, places, near, hidden)
        return [
            Match(int(self.layout.entries[place]), variant, tuple(line.tolist()))
            for place, variant, line in zip(places, nearest, whole, strict=True)
        ]

    def _by_entry(self, near: Near, hidden: Hidden | None) -> Floats:
        """`BY_ENTRY` for every entry: (8, entries)."""
        layout, values = self.layout, (near.gram, near.word, near.meaning)
        lengths: tuple[Floats, ...] = (*self._lengths, self._meaning_lengths)
        if hidden is not None:
            lengths = tuple(self._without(length, value, hidden.question) for length, value in zip(lengths, values, strict=True))
        rows = [layout.best(near.gram), layout.best(near.word), layout.best(near.meaning), layout.best(near.rare)]
        rows += [layout.best_sum(value, length) for value, length in zip(values, lengths, strict=True)]
        return np.stack([*rows, near.classified])

    def _without(self, lengths: Floats, values: Floats, question: int) -> Floats:
        """The groups' lengths without a question: |s - x|² = |s|² - 2 x·s + 1, where x·s is 1 and what the others share with it."""
        group = self.layout.group_of(question)
        first = int(self.layout.group_starts[group])
        common = float(values[first : first + int(self.layout.group_sizes[group])].sum())
        changed = lengths.copy()
        changed[group] = max(float(lengths[group]) ** 2 - 2 * common - 1, 1e-6) ** 0.5
        return changed

    def _look(self, core: str, asked: frozenset[str], place: int, nearness: Floats, hidden: Hidden | None, line: Floats) -> int:
        """The closer look at one entry: fills the last four of `SEEN`, returns the nearest variant. `asked`: the question's content."""
        members = self.layout.members(place)
        scored = zip((-nearness[members.start : members.stop]).tolist(), members, strict=True)
        ordered = sorted(one for one in scored if hidden is None or one[1] != hidden.question)[:3]
        if not ordered:
            return members.start
        nearest = [self.questions[member] for _, member in ordered]
        stored = content(nearest[0])
        common = len(asked & stored)
        line[8] = max(fuzz.ratio(core, question) for question in nearest) / 100
        line[9] = max(fuzz.token_set_ratio(core, question) for question in nearest) / 100
        line[10], line[11] = common / (len(asked) or 1), common / (len(stored) or 1)
        return ordered[0][1]

    def _whole(self, core: str, seen: Floats, places: NDArray[np.intp], near: Near, hidden: Hidden | None) -> Floats:
        sizes = self.layout.entry_sizes[places].astype(np.float32)
        if hidden is not None and not hidden.is_entry:
            sizes -= places == self.layout.owners[hidden.question]
        common = np.empty((len(seen), len(OF_ALL)), np.float32)
        common[:, 0], common[:, 1] = near.unknown
        common[:, 2] = np.log1p(len(content(core)))
        common[:, 3] = np.log(len(self.layout.entries))
        common[:, 4] = np.log(np.maximum(sizes, 1))
        return with_rivals(seen, common)


def _unit(vectors: Floats) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9), np.float32)
