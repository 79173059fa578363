"""Where an evaluation goes wrong: which entries are taken for which, which do worst, and what was answered that no entry answers."""

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from bot.evaluation import Outcome
from gateway.core.ids import EntryId


class Confusion(Struct, frozen=True):
    """Questions of one entry for which another came first. `answered`: how many customers would have got its answer."""

    expected: EntryId
    found: EntryId
    count: int
    answered: int
    example: str


class EntryScore(Struct, frozen=True):
    """How an entry does: its questions, how many of them found it first, how many got another's answer, and others' that it took."""

    entry: EntryId
    questions: int
    right: int
    wrong_answers: int
    taken: int


class Stray(Struct, frozen=True):
    """A question that no entry answers, and the entry that answered it."""

    text: str
    entry: EntryId
    confidence: float


class Mistakes(Struct, frozen=True, kw_only=True):
    """The worst of each, and how many there are in all."""

    confusions: tuple[Confusion, ...]
    confusion_count: int
    worst_entries: tuple[EntryScore, ...]
    missed_unknown: tuple[Stray, ...]
    missed_unknown_count: int
    unknown_entries: tuple[EntryId, ...]
    """Entries that the questions name and the knowledge base lacks: such questions can't be answered rightly."""


def mistakes(found: Iterable[Outcome], top: int, known: frozenset[EntryId] | None = None) -> Mistakes:
    """What went wrong; `top` bounds each list, `known` are the knowledge base's entries."""
    outcomes = list(found)
    confusions = _confusions(outcomes)
    strays = _strays(outcomes)
    named = dict.fromkeys(one.question.expect for one in outcomes if one.question.expect is not None)
    return Mistakes(
        confusions=confusions[:top], confusion_count=len(confusions), worst_entries=_worst(outcomes)[:top], missed_unknown=strays[:top],
        missed_unknown_count=len(strays), unknown_entries=tuple(name for name in named if known is not None and name not in known),
    )  # fmt: skip


def _confusions(outcomes: Sequence[Outcome]) -> tuple[Confusion, ...]:
    pairs: dict[tuple[EntryId, EntryId], list[Outcome]] = {}
    for one in outcomes:
        expected = one.question.expect
        taken = one.answered or (one.candidates[0] if one.candidates else None)
        if expected is not None and taken is not None and taken != expected:
            pairs.setdefault((expected, taken), []).append(one)
    found = [
        Confusion(expected, taken, len(some), sum(one.answered is not None for one in some), _surest(some).question.text)
        for (expected, taken), some in pairs.items()
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, -one.answered, one.expected, one.found)))


def _worst(outcomes: Sequence[Outcome]) -> tuple[EntryScore, ...]:
    """Entries with a mistake, by the questions that they lost; of equals those first that had fewer."""
    asked = Counter(one.question.expect for one in outcomes)
    right = Counter(one.question.expect for one in outcomes if one.is_right_first)
    wrongly = Counter(one.question.expect for one in outcomes if one.answered is not None and one.answered != one.question.expect)
    taken = Counter(one.answered for one in outcomes if one.answered is not None and one.answered != one.question.expect)
    scores = [
        EntryScore(entry, count, right[entry], wrongly[entry], taken[entry])
        for entry, count in asked.items()
        if entry is not None and right[entry] < count
    ]
    return tuple(sorted(scores, key=lambda one: (one.right - one.questions, one.questions, one.entry)))


def _strays(outcomes: Sequence[Outcome]) -> tuple[Stray, ...]:
    found = [
        Stray(one.question.text, one.answered, round(one.confidence, 4))
        for one in outcomes
        if one.question.expect is None and one.answered is not None
    ]
    return tuple(sorted(found, key=lambda one: (-one.confidence, one.text)))


def _surest(some: Sequence[Outcome]) -> Outcome:
    return max(some, key=lambda one: (one.answered is not None, one.confidence))
