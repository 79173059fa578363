"""Where an evaluation goes wrong, counted by hand."""

from bot.confusions import Confusion, EntryScore, Stray, mistakes
from bot.evaluation import Outcome, Question
from gateway.core.ids import EntryId


def outcome(text: str, expect: str | None, *candidates: str, answered: str | None = None, confidence: float = 0.9) -> Outcome:
    return Outcome(
        question=Question(text, EntryId(expect) if expect else None), candidates=tuple(map(EntryId, candidates)), confidence=confidence,
        answered=EntryId(answered) if answered else None, was_handed_off=answered is None, took_s=0.0,
    )  # fmt: skip


FOUND = [
    outcome("a right", "a", "a", "b", answered="a"), outcome("a as b", "a", "b", "a", confidence=0.5),
    outcome("a as b, answered", "a", "b", answered="b", confidence=0.8), outcome("b as c", "b", "c"), outcome("c nowhere", "c"),
    outcome("stray", None, "a", answered="a", confidence=0.95), outcome("stray less", None, "b", answered="b"), outcome("kept", None, "a"),
]  # fmt: skip


def test_confusions_are_pairs_with_their_count_and_the_surest_example() -> None:
    found = mistakes(FOUND, 10)
    assert found.confusions == (
        Confusion(EntryId("a"), EntryId("b"), 2, 1, "a as b, answered"), Confusion(EntryId("b"), EntryId("c"), 1, 0, "b as c"),
    )  # fmt: skip
    assert found.confusion_count == 2


def test_the_worst_entries_have_lost_the_most_questions() -> None:
    assert mistakes(FOUND, 10).worst_entries == (
        EntryScore(EntryId("a"), 3, 1, 1, 1), EntryScore(EntryId("b"), 1, 0, 0, 2), EntryScore(EntryId("c"), 1, 0, 0, 0),
    )  # fmt: skip


def test_what_no_entry_answers_and_was_answered_comes_surest_first() -> None:
    found = mistakes(FOUND, 1)
    assert (found.missed_unknown, found.missed_unknown_count) == ((Stray("stray", EntryId("a"), 0.95),), 2)


def test_each_list_is_bounded_and_entries_that_do_not_exist_are_named() -> None:
    found = mistakes(FOUND, 1, frozenset({EntryId("a"), EntryId("b")}))
    assert (len(found.confusions), found.confusion_count, len(found.worst_entries)) == (1, 2, 1)
    assert found.unknown_entries == ("c",)


def test_nothing_asked_is_nothing_wrong() -> None:
    found = mistakes([], 5)
    assert (found.confusions, found.worst_entries, found.missed_unknown) == ((), (), ())
