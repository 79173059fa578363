"""From a question to rated entries: an exact hit by a dictionary, else candidates with probabilities, and the guards over them.

A question that isn't understood as it is written is looked at again, as it may have been meant (see `looks`); the surer look counts.
"""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct, field
from rapidfuzz import fuzz

from bot.confidence import Confidence, Rated
from bot.entries import Entry
from bot.features import FEATURES
from bot.looks import Look, Looks
from bot.match import Matcher
from bot.negation import Stance, conflict, stance
from bot.normalize import Normalizer
from bot.scripts import ScriptTables
from gateway.core.ids import EntryId

EXACT = 0.99
"""The probability of a question that stands in the knowledge base word for word."""
SURE = 0.95
"""From here on nothing is gained by looking again."""
_LOOKALIKE = 0.30
_BUILT_AT_ONCE_FROM = 2_000
"""With more questions a customer would notice that the second looks are only built when first needed."""
_BELOW = 0.02
_AS_WRITTEN = "written"


class Ranked(Struct, frozen=True):
    """An entry that may be meant, how likely, and why."""

    entry: Entry
    p: float
    why: dict[str, Any] = field(default_factory=dict)
    features: tuple[float, ...] = ()
    """What speaks for it, as the matcher tells it."""

    @property
    def told(self) -> dict[str, Any]:
        """Why, for people: what speaks for it is told by name. Made for the one that is decided, not for all that were looked at."""
        named = {name: round(value, 4) for name, value in zip(FEATURES, self.features, strict=True)} if self.features else None
        return {"features": named, **self.why} if named else self.why


class Ranking:
    """Ranks the entries for a question."""

    def __init__(
        self, entries: Sequence[Entry], normalizer: Normalizer, matcher: Matcher, confidence: Confidence, looks: Looks | None = None
    ) -> None:
        self._entries = entries
        self._matcher = matcher
        self._confidence = confidence
        self._cores: list[tuple[str, ...]] = []
        self._not_cores: list[tuple[str, ...]] = []
        self._exact: dict[str, list[int]] = {}
        for number, entry in enumerate(entries):
            self._cores.append(_cores(entry.questions, normalizer))
            self._not_cores.append(_cores(entry.not_questions, normalizer))
            for core in self._cores[-1]:
                self._exact.setdefault(core, []).append(number)
        self._stances: dict[int, Stance] = {}
        self._looks = looks or Looks(list(self._exact), ScriptTables())
        if len(self._exact) > _BUILT_AT_ONCE_FROM:
            self._looks.build()

    @property
    def cores(self) -> dict[EntryId, tuple[str, ...]]:
        """What each entry's questions are compared by, the title's first."""
        return {entry.id: cores for entry, cores in zip(self._entries, self._cores, strict=True)}

    def exact(self, core: str, today: str) -> list[Ranked]:
        """The entries that hold this very question; more than one share the probability."""
        found = [self._entries[number] for number in self._exact.get(core, ()) if self._entries[number].is_valid_on(today)]
        return [Ranked(entry, EXACT / len(found), {"exact": core}) for entry in found]

    def expect(self, cores: Sequence[str]) -> None:
        """These will be asked now: together they cost less."""
        self._matcher.expect([core for core in cores if core not in self._exact])

    def ranked(self, core: str, today: str) -> list[Ranked]:
        """The likely entries, best first."""
        if not core:
            return []
        best = self.exact(core, today) or self._looked(Look(_AS_WRITTEN, core), today)
        if _top(best) < SURE:
            for look in self._looks.others(core):
                best = _surer(best, self._second(look, today), look.ahead)
        return best

    def near(self, core: str, today: str) -> list[Ranked]:
        """The likely entries, best first, be there one that holds this very question or not: what else it may mean."""
        return self._looked(Look(_AS_WRITTEN, core), today) if core else []

    def _second(self, look: Look, today: str) -> list[Ranked]:
        if exact := self.exact(look.core, today):
            return [Ranked(item.entry, item.p * look.keeps, {**item.why, "look": look.name}) for item in exact]
        return self._looked(look, today)

    def _looked(self, look: Look, today: str) -> list[Ranked]:
        """The likely entries for one way to read the question."""
        found = []
        for item in self._confidence.rate(self._matcher.matches(look.core)):
            entry = self._entries[item.match.entry]
            if entry.is_valid_on(today):
                p, guard = self._guarded(look.core, item.match.entry, item.p * look.keeps)
                found.append(Ranked(entry, p, self._why(item, look, guard), item.match.features))
        return sorted(found, key=lambda item: -item.p)

    def _why(self, item: Rated, look: Look, guard: str) -> dict[str, Any]:
        why: dict[str, Any] = {"variants": len(self._cores[item.match.entry])}
        if guard:
            why["guard"] = guard
        if look.name != _AS_WRITTEN:
            why |= {"look": look.name, "read_as": look.core}
        return why

    def _guarded(self, core: str, number: int, p: float) -> tuple[float, str]:
        """The probability that is left when a guard speaks against the entry, and which one it was."""
        unsure = self._confidence.answers_from(self._entries[number].risk) - _BELOW
        if p >= unsure and self._is_opposed(core, number):
            return unsure, "negation"
        return self._unlike(core, number, p)

    def _is_opposed(self, core: str, number: int) -> bool:
        """Whether the question wants what the entry's questions don't, or the reverse."""
        if number not in self._stances:
            self._stances[number] = stance(self._cores[number])
        nearest = max(self._cores[number], key=lambda variant: fuzz.ratio(core, variant))
        return conflict(core, self._stances[number], nearest)

    def _unlike(self, core: str, number: int, p: float) -> tuple[float, str]:
        if not self._not_cores[number]:
            return p, ""
        meant = max((fuzz.ratio(core, variant) for variant in self._cores[number]), default=0.0)
        not_meant = max(fuzz.ratio(core, variant) for variant in self._not_cores[number])
        return (min(p, _LOOKALIKE), "not_questions") if not_meant > meant else (p, "")


def _top(ranked: Sequence[Ranked]) -> float:
    return ranked[0].p if ranked else 0.0


def _surer(best: list[Ranked], other: list[Ranked], ahead: float) -> list[Ranked]:
    """The surer of two looks; where they disagree, the other has a start."""
    if not best or not other:
        return best or other
    start = ahead if other[0].entry.id != best[0].entry.id else 0.0
    return other if other[0].p > best[0].p - start else best


def _cores(texts: Sequence[str], normalizer: Normalizer) -> tuple[str, ...]:
    return tuple(dict.fromkeys(core for text in texts if (core := normalizer.core(normalizer.plain(text)))))
