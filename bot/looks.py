"""Second looks at a question that was not understood: repaired in its spelling, heard by its sound, in the mainland's words, asked the
other way round.

Each look is a guess about what the customer meant to write, so what it finds counts a little less than what was written.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property

from msgspec import Struct

from bot.pinyin import Sounds
from bot.scripts import ScriptTables
from bot.spelling import Spelling, common_words, real_words
from bot.terms import is_han
from gateway.core.expressions import expression

BY_SOUND = "sound"
"""The look at what was typed as it sounds."""
_REPAIRED_AHEAD = 0.3
_MUCH_SHARE, _MUCH_COUNT = 0.15, 2
"""So many words changed are mistakes; a single one in a long text may be a name that nobody knows."""


class Look(Struct, frozen=True):
    """A way to read a question: its name, and the text as read."""

    name: str
    core: str
    keeps: float = 1.0
    """The share of the probability that is left."""
    ahead: float = 0.0
    """How much less sure than the written text it may be and still be preferred, where the two find different entries: what was repaired
    as a whole is the better text, whatever the mistakes happen to look like."""


class Looks:
    """Reads questions in other ways than they are written. What each needs is built when first asked."""

    def __init__(self, cores: Sequence[str], scripts: ScriptTables) -> None:
        """`cores`: the knowledge base's questions."""
        self._cores = cores
        self._scripts = scripts
        self._ways: tuple[tuple[str, Callable[[str], str], float, float], ...] = (
            ("spelling", self._spelled, 0.997, _REPAIRED_AHEAD),
            (BY_SOUND, self._heard, 0.99, 0.0),
            ("words", self._in_mainland_words, 0.999, 0.0),
            ("order", _asked_first, 0.99, 0.0),
        )

    def build(self) -> None:
        """Builds everything now, so that no customer waits for it. What is built already stays."""
        self._spelling.repaired("")
        self._sounds.build()

    def others(self, core: str) -> Iterator[Look]:
        """The readings that differ from the text. Takes and gives cores."""
        for name, read, keeps, ahead in self._ways:
            if (other := read(core)) != core:
                yield Look(name, other, keeps, ahead if _is_much_changed(core, other) else 0.0)

    def _spelled(self, core: str) -> str:
        return core if is_han(core) and not _LATIN.search(core) else self._spelling.repaired(core)

    def _heard(self, core: str) -> str:
        return self._sounds.heard(core)

    def _in_mainland_words(self, core: str) -> str:
        return self._taiwan.sub(lambda word: self._scripts.mainland_words[word[0]], core) if is_han(core) else core

    @cached_property
    def _common(self) -> tuple[str, ...]:
        return common_words()

    @cached_property
    def _spelling(self) -> Spelling:
        return Spelling(self._cores, self._common, real_words())

    @cached_property
    def _sounds(self) -> Sounds:
        words = {word for core in self._cores for word in _LATIN.findall(core)}
        return Sounds(self._cores, frozenset(words.union(self._common)))

    @cached_property
    def _taiwan(self) -> re.Pattern[str]:
        longest_first = sorted(self._scripts.mainland_words, key=len, reverse=True)
        return re.compile("|".join(map(re.escape, longest_first)))


def _asked_first(core: str) -> str:
    """ "发票怎么开" in its other order, "怎么开发票"."""
    return _ASKED_LAST.sub(r"\2\3\1", core) if is_han(core) else core


def _is_much_changed(core: str, other: str) -> bool:
    words, kept = core.split(), set(other.split())
    changed = sum(word not in kept for word in words)
    return changed >= min(_MUCH_COUNT, _MUCH_SHARE * len(words))


_ASKED_LAST = expression(
    "^(?:我的?|你们的?|这个)?([一-龥]{2,6}?)(?:要|该|应该|可以|能)?(怎么|如何|在哪里?|哪里)([一-龥]{1,2}?)(?:呢|啊|呀|的)?$"
)
_LATIN = expression("[a-z]+")
