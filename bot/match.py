"""Which entries a question may mean, and what speaks for each: cosines over the index, then a closer look at the best few."""

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

from msgspec import Struct
from rapidfuzz import fuzz

from bot.entries import Entry
from bot.index import Index
from bot.normalize import Normalizer
from bot.terms import grams, is_han, stem, words

LOOKED_AT = 8
"""Candidates that get the closer look."""

FEATURES = (
    "gram", "word", "gram_all", "word_all", "gram_gap", "word_gap", "all_gap", "letters", "letters_gap", "words_in_common",
    "asked_found", "stored_found", "unknown_grams", "unknown_words",
)  # fmt: skip
"""What speaks for a candidate, in the order of `Match.features`."""


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


class _Cosines(Struct, frozen=True):
    """A question's cosines with every stored question, by characters and by words, and how much of it is unknown."""

    by_gram: list[float]
    by_word: list[float]
    unknown: tuple[float, float]


class LexicalMatcher:
    """Matches by characters and words."""

    def __init__(self, entries: Sequence[Entry], normalizer: Normalizer) -> None:
        self.owners: list[int] = []
        self.questions: list[str] = []
        self._groups: list[range] = []
        self._of_entry: list[range] = []
        """Each entry's groups, by number: its Chinese questions and the others, which share no words."""
        for number, entry in enumerate(entries):
            cores = dict.fromkeys(normalizer.core(normalizer.plain(question)) for question in entry.questions)
            first = len(self._groups)
            for is_chinese in (True, False):
                self._add(number, [core for core in cores if core and is_han(core) is is_chinese])
            self._of_entry.append(range(first, len(self._groups)))
        self._grams = Index(self.questions, grams, self._groups)
        self._words = Index(self.questions, words, self._groups)

    def _add(self, number: int, cores: list[str]) -> None:
        if cores:
            self._groups.append(range(len(self.questions), len(self.questions) + len(cores)))
            self.questions += cores
            self.owners += [number] * len(cores)

    def matches(self, core: str) -> list[Match]:
        return self._chosen(core, self._cosines(core), None, None)

    def held_out(self, question: int) -> tuple[list[Match], list[Match]]:
        """What a stored question would find if it were not stored, and if its whole entry were not."""
        core = self.questions[question]
        cosines = self._cosines(core)
        cosines.by_gram[question] = cosines.by_word[question] = 0.0
        return self._chosen(core, cosines, question, None), self._chosen(core, cosines, question, self.owners[question])

    def _cosines(self, core: str) -> _Cosines:
        by_gram, unknown_grams = self._grams.cosines(core)
        by_word, unknown_words = self._words.cosines(core)
        return _Cosines(by_gram, by_word, (unknown_grams, unknown_words))

    def _chosen(self, core: str, cosines: _Cosines, without: int | None, hidden: int | None) -> list[Match]:
        nearest = self._nearest(cosines.by_gram, cosines.by_word, without, hidden)
        looks = [self._look(core, number, variant, cosines.by_gram, cosines.by_word, without) for number, variant in nearest]
        return [
            Match(number, variant, (*_with_gaps(look, looks), *cosines.unknown))
            for (number, variant), look in zip(nearest, looks, strict=True)
        ]

    def _nearest(self, by_gram: list[float], by_word: list[float], without: int | None, hidden: int | None) -> list[tuple[int, int]]:
        """The best entries, each with its nearest variant."""
        best: dict[int, tuple[float, int]] = {}
        for variant, (gram, word) in enumerate(zip(by_gram, by_word, strict=True)):
            score = gram + word
            if score > 0.0 and variant != without:
                owner = self.owners[variant]
                known = best.get(owner)
                if known is None or score > known[0]:
                    best[owner] = (score, variant)
        best.pop(-1 if hidden is None else hidden, None)
        total = {
            number: score + 0.5 * self._share(by_word, number, self._words, without) for number, (score, _) in _largest(best, 4 * LOOKED_AT)
        }
        return [(number, best[number][1]) for number in sorted(total, key=lambda number: (-total[number], number))[:LOOKED_AT]]

    def _look(
        self, core: str, number: int, variant: int, by_gram: list[float], by_word: list[float], without: int | None
    ) -> tuple[float, ...]:
        members = [member for member in self._members(number) if member != without]
        asked, stored = _content(core), _content(self.questions[variant])
        common = len(asked & stored)
        nearest = sorted(members, key=lambda member: -(by_gram[member] + by_word[member]))[:3]
        return (
            max((by_gram[member] for member in members), default=0.0),
            max((by_word[member] for member in members), default=0.0),
            self._share(by_gram, number, self._grams, without),
            self._share(by_word, number, self._words, without),
            max((fuzz.ratio(core, self.questions[member]) for member in nearest), default=0.0) / 100,
            max((fuzz.token_set_ratio(core, self.questions[member]) for member in nearest), default=0.0) / 100,
            common / (len(asked) or 1),
            common / (len(stored) or 1),
        )

    def has_siblings(self, question: int) -> bool:
        """Whether the entry is asked in another way in the same language: then the question can be left out and still be found."""
        groups = self._of_entry[self.owners[question]]
        return any(question in self._groups[group] and len(self._groups[group]) > 1 for group in groups)

    def _members(self, number: int) -> range:
        """The entry's questions."""
        groups = self._of_entry[number]
        return range(self._groups[groups.start].start, self._groups[groups.stop - 1].stop) if groups else range(0)

    def _share(self, cosines: list[float], number: int, index: Index, without: int | None) -> float:
        """The cosine with the sum of all the entry's questions in one language, the better of its languages."""
        return max((self._with_sum(cosines, group, index, without) for group in self._of_entry[number]), default=0.0)

    def _with_sum(self, cosines: list[float], group: int, index: Index, without: int | None) -> float:
        members, length = self._groups[group], index.lengths[group]
        if without is not None and without in members:
            length *= math.sqrt((len(members) - 1) / len(members))
        return sum(cosines[members.start : members.stop]) / length if length else 0.0


def _with_gaps(look: tuple[float, ...], looks: Sequence[tuple[float, ...]]) -> tuple[float, ...]:
    gram, word, gram_all, word_all, letters, common, asked, stored = look
    return (
        gram, word, gram_all, word_all, gram - _rival(look, looks, 0), word - _rival(look, looks, 1),
        gram_all + word_all - max((rival[2] + rival[3] for rival in looks if rival is not look), default=0.0),
        letters, letters - _rival(look, looks, 4), common, asked, stored,
    )  # fmt: skip


def _rival(look: tuple[float, ...], looks: Sequence[tuple[float, ...]], place: int) -> float:
    return max((rival[place] for rival in looks if rival is not look), default=0.0)


def _largest(best: Mapping[int, tuple[float, int]], count: int) -> list[tuple[int, tuple[float, int]]]:
    return sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:count]


def _content(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in _EMPTY)


_EMPTY_EN = (
    "a an the i you my your me we it is are am be was were do does did to of in on for with at by how what when where who why which can "
    "could will would should have has had and or if this that there"
)
_EMPTY_ZH = "的了吗呢么是我你您在有个什怎这那啊要想"
_EMPTY = frozenset(_EMPTY_EN.split()) | frozenset(_EMPTY_ZH)
