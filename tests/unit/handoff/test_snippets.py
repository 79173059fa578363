"""The words around what was searched for."""

import pytest

from handoff.snippets import snippet

LONG = "a" * 100 + " needle " + "b" * 100


def test_a_short_text_is_shown_whole_and_in_one_line() -> None:
    assert snippet("first line\n\tsecond\x00line", "line") == "first line second line"


def test_the_first_match_stands_in_the_first_half() -> None:
    shown = snippet(LONG, "NEEDLE")
    assert shown == "…" + "a" * 39 + " needle " + "b" * 71 + "…"
    assert len(shown) == 120


@pytest.mark.parametrize("text", ["needle " + "b" * 300, "a" * 300 + " needle", "x" * 5000, "退款" * 400 + "needle" + "到账" * 400])
def test_a_snippet_is_never_longer_than_120_characters_and_holds_the_match(text: str) -> None:
    shown = snippet(text, "needle")
    assert len(shown) <= 120
    assert ("needle" in shown) is ("needle" in text)


def test_of_several_words_the_first_found_counts() -> None:
    assert "order" in snippet("z" * 200 + " order 42 " + "z" * 200, "missing order")


def test_a_text_without_the_words_is_shown_from_its_beginning() -> None:
    assert snippet("c" * 200, "needle") == "c" * 119 + "…"


def test_letters_that_change_their_length_do_not_move_the_place() -> None:
    assert "needle" in snippet("İ" * 150 + " needle " + "b" * 100, "needle")


def test_no_words_give_nothing() -> None:
    assert snippet("", "needle") == ""
