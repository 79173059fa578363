"""Probabilities keep their word, thresholds their promise."""

import pytest

from bot.confidence import ANSWER_FALLBACK, Calibrated
from bot.entries import Entry, Risk
from bot.fitting import Sample, fit, score, sigmoid, threshold, wilson_low
from bot.match import FEATURES, LexicalMatcher
from bot.normalize import TextNormalizer
from bot.weights import WEIGHTS
from gateway.core.ids import EntryId

COLOURS = ("red", "green", "blue", "black", "white", "yellow", "purple", "brown")
THINGS = ("refund", "parcel", "invoice", "coupon", "password", "warranty", "delivery", "address", "points", "membership")


def shop_of(count: int) -> list[Entry]:
    """Entries that differ by two words, each asked in four ways."""
    names = [(thing, colour) for thing in THINGS for colour in COLOURS][:count]
    return [
        Entry(
            id=EntryId(f"{colour}-{thing}"),
            questions=(
                f"how do I get a {colour} {thing}",
                f"{colour} {thing} please",
                f"where is my {thing} in {colour}",
                f"{thing} {colour}?",
            ),
            answer={"en": "x"},
        )
        for thing, colour in names
    ]


@pytest.mark.parametrize(("right", "count", "bound"), [(0, 0, 0.0), (10, 10, 0.8589), (95, 100, 0.9140), (100, 100, 0.9838), (0, 10, 0.0)])
def test_the_lower_bound_is_wilsons(right: int, count: int, bound: float) -> None:
    assert wilson_low(right, count) == pytest.approx(bound, abs=0.0005)


def test_a_regression_finds_the_odds_behind_the_samples() -> None:
    samples = [Sample((1.0,), is_right=number < 80) for number in range(100)]
    samples += [Sample((0.0,), is_right=number < 20) for number in range(100)]
    slope, shift = fit(samples, (0.0, 0.0), 1e-6)
    assert sigmoid(shift) == pytest.approx(0.2, abs=0.001)
    assert sigmoid(slope + shift) == pytest.approx(0.8, abs=0.001)


def test_a_strong_prior_outweighs_few_samples() -> None:
    weights = fit([Sample((1.0,), is_right=False)], (2.0, 0.5), 1e6)
    assert weights == pytest.approx((2.0, 0.5), abs=0.001)


def test_separable_samples_do_not_run_away() -> None:
    samples = [Sample((float(number),), is_right=number > 0) for number in (-3, -2, -1, 1, 2, 3) for _ in range(20)]
    assert all(abs(weight) < 50 for weight in fit(samples, (0.0, 0.0), 1.0))


def test_a_threshold_is_the_smallest_that_keeps_the_promise() -> None:
    scored = [(0.9, True, 1.0)] * 200 + [(0.8, True, 1.0)] * 100 + [(0.7, False, 1.0)] * 100
    assert threshold(scored, 0.95, 0.5) == 0.8


def test_too_few_samples_promise_nothing() -> None:
    assert threshold([(0.9, True, 1.0)] * 5, 0.95, 0.5) == 0.5


def test_there_is_a_weight_for_every_feature_and_one_for_the_intercept() -> None:
    assert len(WEIGHTS) == len(FEATURES) + 1


def test_the_calibrated_probability_rises_with_the_score(normalizer: TextNormalizer) -> None:
    matcher = LexicalMatcher(shop_of(60), normalizer)
    calibrated = Calibrated(matcher, 0.95)
    rated = calibrated.rate(matcher.matches("where is the black coupon"))
    scores = [score(item.match.features, WEIGHTS) for item in rated]
    assert scores == sorted(scores, reverse=True)
    assert [item.p for item in rated] == sorted((item.p for item in rated), reverse=True)
    assert rated[0].p > rated[-1].p


def test_riskier_entries_and_higher_promises_need_more_certainty(normalizer: TextNormalizer) -> None:
    matcher = LexicalMatcher(shop_of(60), normalizer)
    usual, strict = Calibrated(matcher, 0.90), Calibrated(matcher, 0.98)
    assert usual.answers_from(Risk.LOW) <= usual.answers_from(Risk.NORMAL) <= usual.answers_from(Risk.HIGH)
    assert usual.answers_from(Risk.NORMAL) <= strict.answers_from(Risk.NORMAL)


def test_a_small_knowledge_base_keeps_the_cautious_thresholds(normalizer: TextNormalizer) -> None:
    few = Calibrated(LexicalMatcher(shop_of(3), normalizer), 0.95)
    assert few.answers_from(Risk.NORMAL) >= ANSWER_FALLBACK
    assert few.clarifies_from() == 0.45


def test_a_held_out_question_is_found_by_its_siblings_and_never_by_itself(normalizer: TextNormalizer) -> None:
    matcher = LexicalMatcher(shop_of(20), normalizer)
    whole = max(match.features[0] for match in matcher.matches(matcher.questions[0]))
    held, hidden = matcher.held_out(0)
    assert whole == pytest.approx(1.0)
    assert max(match.features[0] for match in held) < 0.99
    assert 0 in {match.entry for match in held}
    assert all(match.variant != 0 for match in held)
    assert 0 not in {match.entry for match in hidden}
