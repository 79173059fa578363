"""Who owns which question: the knowledge base's questions in one line, each entry's together, its Chinese ones before the others."""

from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import Struct

from bot.encoder import Floats
from bot.entries import Entry
from bot.index import Ints
from bot.normalize import Normalizer
from bot.terms import is_han


class Layout(Struct, frozen=True):
    """Questions, groups (an entry's questions in one kind of script) and entries, each a run of the one before.

    Entries without words are left out.
    """

    cores: tuple[str, ...]
    entries: Ints
    """The entries' numbers in the knowledge base."""
    owners: Ints
    """Each question's place in `entries`."""
    group_starts: Ints
    group_sizes: Ints
    entry_starts: Ints
    """Each entry's first question."""
    entry_sizes: Ints
    entry_groups: Ints
    """Each entry's first group."""

    def best(self, by_question: Floats) -> Floats:
        """Each entry's best question's value."""
        return np.asarray(np.maximum.reduceat(by_question, self.entry_starts), np.float32)

    def best_sum(self, by_question: Floats, lengths: Floats) -> Floats:
        """Each entry's best group's sum, by the group's length."""
        return np.asarray(np.maximum.reduceat(np.add.reduceat(by_question, self.group_starts) / lengths, self.entry_groups), np.float32)

    def members(self, place: int) -> range:
        """The questions of the entry at this place."""
        first = int(self.entry_starts[place])
        return range(first, first + int(self.entry_sizes[place]))

    def group_of(self, question: int) -> int:
        """The group that a question stands in."""
        return int(np.searchsorted(self.group_starts, question, side="right")) - 1


def laid_out(entries: Sequence[Entry], normalizer: Normalizer) -> Layout:
    """The layout of a knowledge base's questions, each once in its entry."""
    cores: list[str] = []
    groups: list[tuple[int, int]] = []
    held: list[tuple[int, int, int]] = []
    for number, entry in enumerate(entries):
        own = [core for core in dict.fromkeys(normalizer.core(normalizer.plain(question)) for question in entry.questions) if core]
        first, first_group = len(cores), len(groups)
        for is_chinese in (True, False):
            same = [core for core in own if is_han(core) is is_chinese]
            if same:
                groups.append((len(cores), len(same)))
                cores += same
        if own:
            held.append((number, first, first_group))
    starts, group_starts = _ints(first for _, first, _ in held), _ints(first for first, _ in groups)
    sizes = np.diff(np.append(starts, len(cores))).astype(np.int32)
    return Layout(
        cores=tuple(cores), entries=_ints(number for number, _, _ in held), owners=np.repeat(np.arange(len(held), dtype=np.int32), sizes),
        group_starts=group_starts, group_sizes=_ints(size for _, size in groups), entry_starts=starts, entry_sizes=sizes,
        entry_groups=_ints(group for _, _, group in held),
    )  # fmt: skip


def _ints(values: Iterable[int]) -> Ints:
    return np.array(list(values), np.int32)
