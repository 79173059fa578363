"""The measures of `kb eval`, on outcomes small enough to count by hand."""

from bot import Bot
from bot.evaluation import Outcome, Question, outcomes, report
from gateway.core.ids import EntryId
from tests.unit.bot.shop import LANGUAGES

A, B, C = EntryId("a"), EntryId("b"), EntryId("c")


def outcome(
    expect: EntryId | None, *candidates: EntryId, confidence: float, answered: EntryId | None = None, took_s: float = 0.001
) -> Outcome:
    return Outcome(
        question=Question("?", expect), candidates=candidates, confidence=confidence, answered=answered, was_handed_off=answered is None,
        took_s=took_s,
    )  # fmt: skip


FOUND = [
    outcome(A, A, B, confidence=0.95, answered=A),
    outcome(A, B, C, A, confidence=0.91, answered=B),
    outcome(B, B, confidence=0.40),
    outcome(C, A, confidence=0.30),
    outcome(None, A, confidence=0.50, took_s=0.009),
    outcome(None, confidence=0.0),
]


def test_the_measures_are_counted_as_the_contract_says() -> None:
    found = report(FOUND, 0.95, 3)
    assert (found.questions, found.in_scope, found.out_of_scope, found.entries) == (6, 4, 2, 3)
    assert (found.top1_accuracy, found.top3_accuracy) == (0.5, 0.75)
    assert found.oos_auroc == 0.75  # of eight pairs, .40 and .30 lose against .50
    assert found.oos_recall == 1.0
    assert (found.coverage, found.precision) == (0.5, 0.5)
    assert found.coverage_at_target == 0.25
    assert found.handoff_rate == 0.6667
    assert found.ece == 0.3933  # (.05 + .91 + .60 + .30 + .50 + 0) / 6
    assert (found.latency_ms.p50, found.latency_ms.p99) == (1.0, 9.0)


def test_out_of_scope_answers_are_wrong_answers() -> None:
    found = report([outcome(A, A, confidence=0.9, answered=A), outcome(None, A, confidence=0.9, answered=A)], 0.95, 1)
    assert (found.precision, found.oos_recall) == (0.5, 0.0)


def test_out_of_scope_weighs_a_fifth_however_many_there_are() -> None:
    known = [outcome(A, A, confidence=0.9)] * 8
    assert report([*known, *[outcome(None, A, confidence=0.9)] * 100], 0.80, 1).coverage_at_target == 1.0
    assert report([*known, *[outcome(None, A, confidence=0.9)] * 100], 0.81, 1).coverage_at_target == 0.0


def test_what_the_questions_can_not_tell_is_none() -> None:
    found = report([outcome(A, A, confidence=0.9)], 0.95, 1)
    assert (found.oos_auroc, found.oos_recall, found.precision) == (None, None, None)
    assert report([], 0.95, 0).top1_accuracy is None


def test_a_bot_is_asked_each_question_on_its_own(bot: Bot) -> None:
    questions = [Question("退款多久到账", EntryId("refund-time"))] * 2 + [
        Question("你好", None),
        Question("怎么投诉快递员", EntryId("complaint")),
    ]
    ticks = iter(range(100))
    found = list(outcomes(bot, questions, LANGUAGES, lambda: float(next(ticks))))
    assert [one.answered for one in found] == ["refund-time", "refund-time", None, "complaint"]
    assert [one.took_s for one in found] == [1.0] * 4
