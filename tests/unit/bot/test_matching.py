"""What is near is found, and what the classifier would say without a question is what it says when that isn't there."""

import math
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest

from bot import ridge
from bot.encoder import SIZE, Floats
from bot.entries import Entry
from bot.features import FEATURES, content
from bot.index import Index
from bot.layout import laid_out
from bot.match import FusedMatcher
from bot.normalize import TextNormalizer
from bot.ridge import landmarks, solve
from bot.terms import words
from gateway.core.ids import EntryId

TEXTS = ("where is my parcel", "where is my refund", "how do i get a refund", "cancel my order please", "运费多少钱", "退款多久到账")


class LetterEncoder:
    """Texts with the same letters lie together: enough to see that meaning is used."""

    name = "letters"

    def encode(self, texts: Sequence[str]) -> Floats:
        found = np.zeros((len(texts), SIZE), np.float32)
        for row, text in enumerate(texts):
            for letter, count in Counter(text.replace(" ", "")).items():
                found[row, ord(letter) % SIZE] = count
        return np.asarray(found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9), np.float32)


def entries(*questions: tuple[str, ...]) -> list[Entry]:
    return [Entry(id=EntryId(f"entry-{number}"), questions=one, answer={"en": "x"}) for number, one in enumerate(questions)]


def cosine(one: dict[str, float], other: dict[str, float]) -> float:
    product = sum(weight * other.get(term, 0.0) for term, weight in one.items())
    return product / math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))


def tf_idf(text: str, index: Index, numbers: dict[str, int]) -> dict[str, float]:
    unknown = math.log(1 + len(TEXTS)) + 1
    return {
        term: (1 + math.log(count)) * (float(index.idf[numbers[term]]) if term in numbers else unknown)
        for term, count in Counter(words(text)).items()
    }


@pytest.mark.parametrize("asked", ["where is the refund", "refund refund", "退款多少钱", "nothing of this"])
def test_cosines_are_what_the_definition_says(asked: str) -> None:
    index = Index(TEXTS, words)
    numbers = dict(zip(dict.fromkeys(term for text in TEXTS for term in words(text)), range(1_000), strict=False))
    found, _ = index.near(index.vector(asked))
    expected = [cosine(tf_idf(asked, index, numbers), tf_idf(text, index, numbers)) for text in TEXTS]
    assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_a_stored_text_is_nearest_to_itself_and_unknown_where_only_it_holds_a_word() -> None:
    index = Index(TEXTS, words)
    found, _ = index.near(index.vector(TEXTS[0]))
    assert int(found.argmax()) == 0
    assert found[0] == pytest.approx(1.0, abs=1e-5)
    assert index.vector("parcel").unknown == 0.0
    assert index.row(0).unknown > 0.1
    assert index.vector("never heard of").unknown == pytest.approx(1.0)


def test_sums_of_runs_are_as_long_as_their_vectors_together() -> None:
    lengths = Index(("same words", "same words", "another"), words).sum_lengths(np.array([0, 2], np.int32))
    assert lengths.tolist() == pytest.approx([2.0, 1.0], abs=1e-5)


def random_letters(count: int, size: int = 40) -> tuple[Floats, Floats]:
    dice = np.random.default_rng(3)
    meanings = dice.normal(size=(count, 16)).astype(np.float32)
    return np.asarray(dice.normal(size=(count, size)) / 6, np.float32), np.asarray(
        meanings / np.linalg.norm(meanings, axis=1, keepdims=True), np.float32
    )


def said_without(letters: Floats, meanings: Floats, owners: np.ndarray, question: int, gone: np.ndarray) -> Floats:
    """The classifier solved anew without some questions, asked one of them."""
    kept = np.setdiff1d(np.arange(len(letters)), gone)
    solved = solve(letters[kept], meanings[kept], owners[kept], 5, ()).ridge
    return solved.scores(np.arange(letters.shape[1], dtype=np.int32), letters[question], meanings[kept] @ meanings[question])


def test_leaving_a_question_out_is_like_solving_without_it() -> None:
    letters, meanings = random_letters(30)
    owners = np.repeat(np.arange(5, dtype=np.int32), 6)
    solved = solve(letters, meanings, owners, 5, tuple(range(30)))
    for question in (0, 7, 29):
        anew = said_without(letters, meanings, owners, question, np.array([question]))
        assert solved.without_question(question).tolist() == pytest.approx(anew.tolist(), abs=2e-3)


def test_leaving_an_entry_out_is_like_solving_without_all_its_questions() -> None:
    letters, meanings = random_letters(30)
    owners = np.repeat(np.arange(5, dtype=np.int32), 6)
    solved = solve(letters, meanings, owners, 5, tuple(range(30)))
    for question in (0, 13):
        anew = said_without(letters, meanings, owners, question, np.flatnonzero(owners == owners[question]))
        found = solved.without_entry(question)
        assert np.delete(found, owners[question]).tolist() == pytest.approx(np.delete(anew, owners[question]).tolist(), abs=1e-2)


def test_with_landmarks_the_classifier_says_nearly_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    letters, meanings = random_letters(80)
    owners = np.repeat(np.arange(5, dtype=np.int32), 16)
    exact = solve(letters, meanings, owners, 5, (0, 1))
    monkeypatch.setattr(ridge, "EXACT_MAX_QUESTIONS", 10)
    monkeypatch.setattr(ridge, "LANDMARKS_COUNT", 60)
    near = solve(letters, meanings, owners, 5, (0, 1))
    places = np.arange(40, dtype=np.int32)
    for question in (0, 40, 79):
        told = exact.ridge.scores(places, letters[question], meanings @ meanings[question])
        again = near.ridge.scores(places, letters[question], meanings[landmarks(80)] @ meanings[question])
        assert again.tolist() == pytest.approx(told.tolist(), abs=0.1)
        assert int(again.argmax()) == int(told.argmax())


def test_questions_are_laid_out_by_entry_and_script(normalizer: TextNormalizer) -> None:
    layout = laid_out(entries(("where is it", "在哪里", "where is it?"), ("🙂",), ("how much", "how many")), normalizer)
    assert layout.cores == ("在哪里", "where is it", "how much", "how many")
    assert layout.entries.tolist() == [0, 2]
    assert layout.owners.tolist() == [0, 0, 1, 1]
    assert [layout.group_of(question) for question in range(4)] == [0, 1, 2, 2]
    assert layout.best(np.array([0.1, 0.4, 0.3, 0.2], np.float32)).tolist() == pytest.approx([0.4, 0.3])


def test_meaning_finds_what_letters_alone_would_not_rank(normalizer: TextNormalizer) -> None:
    shop = entries(("abcd efgh", "abcd hgfe"), ("ijkl mnop", "ijkl ponm"), ("qrst uvwx", "qrst xwvu"))
    matcher = FusedMatcher(shop, normalizer, LetterEncoder())
    matcher.learn(LetterEncoder().encode(matcher.questions), None)
    best = max(matcher.matches("lkji pmon"), key=lambda match: match.features[FEATURES.index("meaning")])
    assert best.entry == 1
    assert matcher.matches("lkji pmon")[0].entry == 1


def test_a_large_knowledge_base_compares_meaning_only_where_letters_are_near(
    normalizer: TextNormalizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.match.COMPARED_MAX_QUESTIONS", 10)
    monkeypatch.setattr("bot.match.SHORTLIST_COUNT", 3)
    shop = entries(*((f"word{number} thing{number}", f"thing{number} of word{number}") for number in range(40)))
    matcher = FusedMatcher(shop, normalizer, LetterEncoder())
    matcher.learn(LetterEncoder().encode(matcher.questions), None)
    found = matcher.matches("thing17 word17")
    assert found[0].entry == 17
    assert sum(match.features[FEATURES.index("meaning")] > 0 for match in found) <= 3


def test_words_that_carry_no_meaning_are_left_out() -> None:
    assert content("get the refund") == {"get", "get th", "the refund", "refund"}
