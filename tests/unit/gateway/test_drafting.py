"""Drafts over what is in force: how each entry stands, what would be published, and whose version is whose."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from bot.knowledge import read_entry
from gateway.contents import contents_of, digest_of
from gateway.core.errors import Faulty
from gateway.core.ids import EntryId
from gateway.core.knowledge import DraftEntry, Label, LabelSource
from gateway.drafting import EntryState, Shelf, holds, read, words_of
from gateway.recipe import enough
from tests.fakes import START
from tests.knowledge import entry

A, B = entry("a", "How long does a refund take?", answer="Ｔｈｒｅｅ days."), entry("b", "退款到账时间", tags=["钱"])


def shelf(*drafts: DraftEntry) -> Shelf:
    live = [read_entry(value)[0] for value in (A, B)]
    return Shelf(contents_of([one for one in live if one is not None]), {draft.id: draft for draft in drafts})


def draft(name: str, value: dict[str, Any] | None, *, at: datetime = START, base: str | None = None) -> DraftEntry:
    live = {"a": digest_of(A), "b": digest_of(B)}.get(name, "")
    return DraftEntry(id=EntryId(name), entry=value, base_digest=live if base is None else base, at=at, by="lin", version=1)


def test_each_entry_stands_as_it_is_and_new_ones_come_first_the_newest_at_the_top() -> None:
    found = shelf(
        draft("a", {**A, "tags": ["x"]}), draft("b", None), draft("n1", entry("n1")),
        draft("n2", entry("n2"), at=START + timedelta(seconds=1)), draft("gone", None),
    )  # fmt: skip
    assert [(item.id, item.state.value) for item in found.items()] == [("n2", "new"), ("n1", "new"), ("a", "changed"), ("b", "dropped")]
    assert list(found.merged().records) == ["a", "n1", "n2"]
    assert found.merged().records[EntryId("a")]["tags"] == ["x"]
    assert found.outdated == ()


def test_a_version_says_what_there_is_and_nothing_else() -> None:
    plain = shelf().item(EntryId("a"))
    drafted = shelf(draft("a", {**A, "tags": ["x"]})).item(EntryId("a"))
    later = shelf(draft("a", {**A, "tags": ["x"]}, at=START + timedelta(days=1))).item(EntryId("a"))
    dropped = shelf(draft("a", None)).item(EntryId("a"))
    assert plain is not None
    assert drafted is not None
    assert later is not None
    assert dropped is not None
    assert drafted.version == later.version
    assert len({plain.version, drafted.version, dropped.version}) == 3
    assert all(0 < item.version < 2**53 for item in (plain, drafted, dropped))
    assert shelf().item(EntryId("nobody")) is None


def test_drafts_over_words_that_have_changed_are_known() -> None:
    assert shelf(draft("a", A, base="other"), draft("b", None, base="other"), draft("n", entry("n"), base="was")).outdated == (
        "a",
        "b",
        "n",
    )


def test_a_draft_that_is_not_fit_for_use_is_not_merged() -> None:
    with pytest.raises(Faulty) as wrong:
        shelf(draft("a", {"id": "a", "questions": []})).merged()
    assert wrong.value.code == "bad_entry"


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "text",
        [],
        {},
        {"id": "a"},
        {"id": "a\nb", "questions": ["x"], "answer": "y"},
        {"id": "\u202ea", "questions": ["x"], "answer": "y"},
    ],
)
def test_what_is_no_entry_is_refused_with_words_and_codes(value: object) -> None:
    with pytest.raises(Faulty) as wrong:
        read(value)
    assert len(wrong.value.problems) == len(wrong.value.codes) > 0


@pytest.mark.parametrize(("query", "found"), [("THREE DAYS", "a"), ("退款", "b"), ("钱", "b"), ("refund 退款", ""), ("  ", "ab")])
def test_words_are_found_wherever_they_stand(query: str, found: str) -> None:
    assert "".join(item.id for item in shelf().items() if holds(item, words_of(query))) == found


def test_only_so_many_words_count() -> None:
    assert len(words_of("x " * 500)) == 8


@pytest.mark.parametrize(("count", "used"), [(0, 0), (99, 0), (100, 100), (199, 100), (200, 200), (1000, 800)])
def test_labels_count_in_steps_the_oldest_first(count: int, used: int) -> None:
    labels = [
        Label(id=f"{number:04}", text="x", entry=None, source=LabelSource.AGENT, at=START + timedelta(seconds=number), by="a")
        for number in reversed(range(count))
    ]
    assert [label.id for label in enough(labels)] == [f"{number:04}" for number in range(used)]


def test_states_are_what_the_page_knows() -> None:
    assert [state.value for state in EntryState] == ["live", "changed", "new", "dropped"]
