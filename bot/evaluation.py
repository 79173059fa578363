"""Quality on labelled questions, by the same road that customers' questions take. The clock is handed in."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from msgspec import Struct

from bot.decide import Bot
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.ids import EntryId

UNKNOWN_SHARE = 0.20
"""What out-of-scope questions weigh in `coverage_at_target`, however many there are in the file."""
_BINS = 15


class Question(Struct, frozen=True):
    """A question and the entry that answers it; None: no entry does."""

    text: str
    expect: EntryId | None


class Outcome(Struct, frozen=True):
    """What the bot made of one question."""

    question: Question
    candidates: tuple[EntryId, ...]
    confidence: float
    """The best candidate's, whatever was decided."""
    answered: EntryId | None
    was_handed_off: bool
    took_s: float

    @property
    def is_right_first(self) -> bool:
        """Whether the best candidate is the expected entry."""
        return bool(self.candidates) and self.candidates[0] == self.question.expect


class Latency(Struct, frozen=True):
    """Milliseconds a decision takes."""

    p50: float
    p99: float


class Report(Struct, frozen=True, kw_only=True):
    """The measures; None where the questions can't tell (nothing out of scope, for example). Shares are from 0 to 1."""

    questions: int
    in_scope: int
    out_of_scope: int
    top1_accuracy: float | None
    top3_accuracy: float | None
    oos_auroc: float | None
    oos_recall: float | None
    coverage: float | None
    precision: float | None
    coverage_at_target: float | None
    handoff_rate: float | None
    ece: float | None
    latency_ms: Latency
    entries: int


def outcomes(bot: Bot, questions: Iterable[Question], languages: tuple[str, ...], now: Callable[[], float]) -> Iterator[Outcome]:
    """Ask each question on its own, as the first of a session."""
    for question in questions:
        started = now()
        decision = bot.decide(Ask(text=question.text, languages=languages))
        took_s = now() - started
        candidates = bot.candidates(question.text)
        yield Outcome(
            question=question,
            candidates=tuple(candidate.entry for candidate in candidates),
            confidence=candidates[0].confidence if candidates else 0.0,
            answered=_answered(decision),
            was_handed_off=decision.kind is Kind.HANDOFF,
            took_s=took_s,
        )


def report(found: Sequence[Outcome], target_precision: float, entry_count: int) -> Report:
    """The measures of these outcomes."""
    known = [outcome for outcome in found if outcome.question.expect is not None]
    unknown = [outcome for outcome in found if outcome.question.expect is None]
    given = [outcome for outcome in found if outcome.answered is not None]
    right = sum(outcome.answered == outcome.question.expect for outcome in given)
    times = sorted(outcome.took_s * 1000 for outcome in found)
    return Report(
        questions=len(found), in_scope=len(known), out_of_scope=len(unknown),
        top1_accuracy=_share(sum(outcome.is_right_first for outcome in known), len(known)),
        top3_accuracy=_share(sum(outcome.question.expect in outcome.candidates[:3] for outcome in known), len(known)),
        oos_auroc=_auroc([outcome.confidence for outcome in known], [outcome.confidence for outcome in unknown]),
        oos_recall=_share(sum(outcome.answered is None for outcome in unknown), len(unknown)),
        coverage=_share(sum(outcome.answered is not None for outcome in known), len(known)),
        precision=_share(right, len(given)),
        coverage_at_target=_coverage_at(known, unknown, target_precision),
        handoff_rate=_share(sum(outcome.was_handed_off for outcome in found), len(found)),
        ece=_calibration_error(found), latency_ms=Latency(_quantile(times, 0.50), _quantile(times, 0.99)), entries=entry_count,
    )  # fmt: skip


def _answered(decision: Decision) -> EntryId | None:
    """The entry whose answer the customer got; an entry that hands off is answered by that."""
    return decision.entry if decision.kind in {Kind.ANSWER, Kind.HANDOFF} else None


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _auroc(known: Sequence[float], unknown: Sequence[float]) -> float | None:
    """How often a question in scope is more confident than one out of scope; ties count half."""
    if not known or not unknown:
        return None
    ordered = sorted([(value, 1) for value in known] + [(value, 0) for value in unknown])
    wins, below, place = 0.0, 0, 0
    while place < len(ordered):
        end = place
        while end < len(ordered) and ordered[end][0] == ordered[place][0]:
            end += 1
        here = sum(is_known for _, is_known in ordered[place:end])
        wins += here * (below + (end - place - here) / 2)
        below += end - place - here
        place = end
    return round(wins / (len(known) * len(unknown)), 4)


def _coverage_at(known: Sequence[Outcome], unknown: Sequence[Outcome], target: float) -> float | None:
    """The largest share of questions in scope that some threshold answers rightly at this precision."""
    if not known:
        return None
    weight = UNKNOWN_SHARE / (1 - UNKNOWN_SHARE) * len(known) / len(unknown) if unknown else 0.0
    marks = [(outcome.confidence, outcome.is_right_first, 1.0) for outcome in known if outcome.candidates]
    marks += [(outcome.confidence, False, weight) for outcome in unknown if outcome.candidates]
    marks.sort(key=lambda mark: -mark[0])
    best, right, total = 0, 0, 0.0
    for place, (confidence, is_right, mass) in enumerate(marks):
        right, total = right + is_right, total + mass
        is_last_of_equals = place + 1 == len(marks) or marks[place + 1][0] < confidence
        if is_last_of_equals and total and right / total >= target:
            best = right
    return _share(best, len(known))


def _calibration_error(found: Sequence[Outcome]) -> float | None:
    """Expected calibration error over 15 equal bins (Naeini and others 2015)."""
    if not found:
        return None
    bins: dict[int, list[Outcome]] = {}
    for outcome in found:
        bins.setdefault(min(_BINS - 1, int(outcome.confidence * _BINS)), []).append(outcome)
    gaps = (abs(sum(one.confidence for one in some) - sum(one.is_right_first for one in some)) for some in bins.values())
    return round(sum(gaps) / len(found), 4)


def _quantile(ordered: Sequence[float], share: float) -> float:
    return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 3) if ordered else 0.0
