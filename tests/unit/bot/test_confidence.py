"""Probabilities keep their word, thresholds their promise."""

import numpy as np
import pytest

from bot import preparation
from bot.calibration import AS_SHIPPED, Asked, evidence, fitted, probabilities, table
from bot.confidence import ANSWER_FALLBACK, Calibrated, calibrated, network_for
from bot.entries import Entry, Risk
from bot.features import FEATURES
from bot.fitting import threshold, wilson_low
from bot.fusion import Network, shares, unpacked
from bot.match import FusedMatcher, Match
from bot.normalize import TextNormalizer
from bot.preparation import assembled, prepare
from bot.prepared import Label, Prepared, digest
from bot.scripts import ScriptTables
from bot.weights import NETWORKS
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


def test_a_threshold_is_the_smallest_that_keeps_the_promise() -> None:
    scored = [(0.9, True, 1.0)] * 200 + [(0.8, True, 1.0)] * 100 + [(0.7, False, 1.0)] * 100
    assert threshold(scored, 0.95, 0.5) == 0.8


def test_too_few_samples_promise_nothing() -> None:
    assert threshold([(0.9, True, 1.0)] * 5, 0.95, 0.5) == 0.5


def test_what_is_missing_to_one_is_the_chance_that_nothing_is_right() -> None:
    assert shares(np.array([0.0, 0.0])).tolist() == pytest.approx([1 / 3, 1 / 3])
    assert shares(np.array([-50.0])).tolist() == pytest.approx([0.0])
    assert shares(np.array([700.0, -700.0])).tolist() == pytest.approx([1.0, 0.0])


@pytest.mark.parametrize("seen", sorted(NETWORKS))
def test_there_are_weights_for_every_feature(seen: tuple[bool, bool]) -> None:
    network = unpacked(NETWORKS[seen], len(FEATURES))
    assert network.hidden.shape == (27, 8)
    assert network.scores(np.zeros((3, 27))).shape == (3,)


@pytest.mark.parametrize("seen", sorted(NETWORKS))
def test_a_better_match_scores_higher(seen: tuple[bool, bool]) -> None:
    network = unpacked(NETWORKS[seen], len(FEATURES))
    near = {
        "gram": 0.9,
        "word": 0.9,
        "meaning": 0.8,
        "gram_all": 0.8,
        "word_all": 0.8,
        "meaning_all": 0.8,
        "classified": 0.7,
        "letters": 0.9,
    }
    far = dict.fromkeys(near, 0.1)
    told = [[found.get(name, 0.0) for name in FEATURES] for found in (near, far)]
    good, bad = network.scores(np.array(told))
    assert good > bad + 1


def plain_network() -> Network:
    """A network whose score is the classifier's word, ten times."""
    straight = np.zeros(len(FEATURES))
    straight[FEATURES.index("classified")] = 10.0
    nothing = np.zeros(len(FEATURES))
    return Network(nothing, np.ones(len(FEATURES)), np.zeros((len(FEATURES), 1)), np.zeros(1), np.zeros(1), straight, -5.0)


def found(classified: float, entry: int = 0) -> Match:
    return Match(entry, 0, tuple(classified if name == "classified" else 0.0 for name in FEATURES))


def test_a_correction_finds_the_odds_behind_the_samples() -> None:
    network = plain_network()
    asked = [Asked([found(0.5)], 0 if number < 80 else -1) for number in range(1_000) for number in (number % 100,)]
    told = table(network, asked)
    counts = fitted(told)
    assert probabilities(told, counts)[0, 0] == pytest.approx(0.8, abs=0.01)
    assert probabilities(told, AS_SHIPPED)[0, 0] == pytest.approx(0.5, abs=0.001)


def test_few_samples_hardly_move_what_was_shipped() -> None:
    counts = fitted(table(plain_network(), [Asked([found(0.5)], -1)]))
    assert counts == pytest.approx(AS_SHIPPED, abs=0.2)


def test_separable_samples_do_not_run_away() -> None:
    asked = [Asked([found(1.0)], 0) for _ in range(200)] + [Asked([found(-1.0)], -1) for _ in range(200)]
    assert all(abs(count) < 20 for count in fitted(table(plain_network(), asked)))


def test_a_question_without_the_right_candidate_counts_against_all() -> None:
    network = plain_network()
    asked = [Asked([found(0.5, 1), found(0.4, 2)], 7)] * 100
    told = table(network, asked)
    assert probabilities(told, fitted(told))[0].sum() < probabilities(told, AS_SHIPPED)[0].sum() / 2


def test_evidence_has_a_column_for_every_count() -> None:
    assert evidence(plain_network(), np.zeros((2, 8, len(FEATURES)))).shape == (2, 8, len(AS_SHIPPED))


def made(count: int, normalizer: TextNormalizer, target: float = 0.95, labels: tuple[Label, ...] = ()) -> Prepared:
    return prepare(shop_of(count), normalizer, None, target, labels)


def test_the_probability_rises_with_the_likeness(normalizer: TextNormalizer) -> None:
    shop = shop_of(60)
    matcher, confidence = assembled(shop, normalizer, None, prepare(shop, normalizer, None, 0.95))
    rated = confidence.rate(matcher.matches("where is the black coupon"))
    assert [item.p for item in rated] == sorted((item.p for item in rated), reverse=True)
    assert shop[rated[0].match.entry].id == "black-coupon"
    assert rated[0].p > 2 * rated[1].p


def test_a_stricter_target_asks_for_more(normalizer: TextNormalizer) -> None:
    usual, strict = (made(60, normalizer, target).calibration.thresholds for target in (0.90, 0.98))
    assert usual[Risk.NORMAL] <= strict[Risk.NORMAL]
    assert usual[Risk.LOW] <= usual[Risk.NORMAL] <= usual[Risk.HIGH]


def test_a_handful_of_questions_answers_with_the_usual_caution(normalizer: TextNormalizer) -> None:
    assert made(3, normalizer).calibration.thresholds[Risk.NORMAL] == ANSWER_FALLBACK


def test_thresholds_and_counts_are_the_same_each_time(normalizer: TextNormalizer) -> None:
    assert made(20, normalizer) == made(20, normalizer)


def test_what_was_prepared_survives_as_bytes(normalizer: TextNormalizer) -> None:
    prepared = made(20, normalizer)
    assert Prepared.from_bytes(prepared.to_bytes()) == prepared
    assert prepared.digest == digest(shop_of(20), None, 0.95)


def test_a_digest_changes_with_whatever_is_prepared_from() -> None:
    label = Label("is the red one cheaper", "red-refund")
    told = [
        digest(shop_of(20), None, 0.95),
        digest(shop_of(21), None, 0.95),
        digest(shop_of(20), "x", 0.95),
        digest(shop_of(20), None, 0.9),
    ]
    assert len({*told, digest(shop_of(20), None, 0.95, [label])}) == 5


def test_labels_that_say_no_make_us_less_sure(normalizer: TextNormalizer) -> None:
    shop = shop_of(40)
    strangers = tuple(Label(f"is the {colour} {thing} waterproof", None) for colour in COLOURS for thing in THINGS[:5])
    matcher, before = assembled(shop, normalizer, None, prepare(shop, normalizer, None, 0.95))
    _, after = assembled(shop, normalizer, None, prepare(shop, normalizer, None, 0.95, strangers))
    asked = matcher.matches("is the green parcel waterproof")
    assert after.rate(asked)[0].p < before.rate(asked)[0].p


def test_labels_of_entries_that_are_gone_tell_nothing(normalizer: TextNormalizer) -> None:
    gone = tuple(Label(f"what about number {number}", "no-such-entry") for number in range(100))
    assert made(20, normalizer, labels=gone).calibration == made(20, normalizer).calibration


def test_nothing_known_is_nothing_found(normalizer: TextNormalizer) -> None:
    matcher, confidence = assembled((), normalizer, None, prepare((), normalizer, None, 0.95))
    assert confidence.rate(matcher.matches("where is my parcel")) == []


def test_a_calibration_needs_no_labels_and_no_siblings() -> None:
    calibration = calibrated(network_for(has_meaning=False, is_classified=True), [], [], [], 0.95)
    assert calibration.counts == AS_SHIPPED
    assert list(calibration.thresholds.values()) == pytest.approx([0.92, 0.92, 0.93])
    assert Calibrated(plain_network(), calibration).answers_from(Risk.NORMAL) == 0.92


def test_memory_does_not_rise_with_entries_of_thousands_of_questions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparation, "TOUCHED_MAX_COUNT", 40)
    monkeypatch.setattr(preparation, "HELD_OUT_MAX_COUNT", 10)
    large = Entry(id=EntryId("large"), questions=tuple(f"where is box {number}" for number in range(50)), answer={"en": "x"})
    matcher = FusedMatcher([large, *shop_of(5)], TextNormalizer(ScriptTables()))
    chosen = preparation._chosen(matcher)
    assert len(chosen.touched) <= 40
    assert {int(matcher.layout.owners[question]) for question in chosen.hidden} == {1, 2, 3, 4, 5}
