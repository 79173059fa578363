"""The search against a plain reading of everything."""

import sqlite3
from typing import Any
from unittest.mock import patch

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.ids import AgentId
from gateway.store import search
from gateway.store.lite import drive
from gateway.store.words import TEXT_MAX_LENGTH, WORDS_MAX_COUNT, fold, needle, words_of
from tests.contract.records import case, handoff, later, new_session, turn
from tests.fakes import CountedIds
from tests.unit.store.record_in_memory import record, written

LETTERS = st.characters(exclude_characters="\u0130\u212a", exclude_categories=["Cs"])
"""Two letters beyond ASCII have a small form inside it: they are found only where they stand beside others."""
TEXTS = st.text(LETTERS, max_size=12)
FRAGMENTS = st.lists(
    st.sampled_from(["PAR", "par", "退款", "款", " ", "%", "_", '"', "\\", "\n", "\0", "É", "é", "п", "П", "!"]), max_size=6
).map("".join)
SESSIONS = st.lists(
    st.fixed_dictionaries({
        "texts": st.lists(FRAGMENTS, max_size=3),
        "name": FRAGMENTS,
        "handoffs": st.lists(st.tuples(st.integers(1, 4), st.sampled_from([None, "ann", "bob"]), st.booleans()), max_size=3),
        "case_at": st.none() | st.integers(1, 4),
    }),
    max_size=6,
)  # fmt: skip
Kept = dict[str, Any]


@given(TEXTS, TEXTS, TEXTS)
@example("", "é", "")
@example("x", '\\"\x01É', "y")
def test_a_row_that_holds_a_word_is_never_passed_over(before: str, word: str, behind: str) -> None:
    if fold(word) in fold(before + word + behind):
        written_down = msgspec.json.encode(before + word + behind).decode()
        ascii_lowered = "".join(letter.lower() if letter.isascii() else letter for letter in written_down)
        assert needle(fold(word)) in ascii_lowered


@pytest.mark.parametrize(
    ("word", "wanted"),
    [("parcel", "parcel"), ("退款", "退款"), ("école", "cole"), ("привет", ""), ('a"b', 'a\\"b'), ("\x01", "\\u0001"), ("straße", "stra")],
)
def test_the_database_looks_for_what_it_can_lower(word: str, wanted: str) -> None:
    assert needle(word) == wanted


def test_words_are_few_short_and_the_longest_first() -> None:
    assert words_of("A bb\0CCC a　退") == ["ccc", "bb", "a", "退"]
    assert len(words_of(" ".join("abcdefghijkl"))) == WORDS_MAX_COUNT
    assert words_of("x" * 10_000) == ["x" * TEXT_MAX_LENGTH]
    assert words_of("\0 \n") == []


@given(SESSIONS, FRAGMENTS, st.sampled_from([None, "ann"]), st.integers(1, 3), st.sampled_from([1, 1_000]))
@settings(max_examples=100, deadline=None)
def test_everything_that_holds_all_the_words_is_found_once_newest_first(
    sessions: list[Kept], asked: str, agent: str | None, limit: int, effort: int
) -> None:
    with record() as connection, patch.object(search, "EFFORT", effort), patch.object(search, "_SESSIONS", (1, 2)):
        for number, kept in enumerate(sessions):
            keep(connection, number, kept)
        assert threads(connection, asked, agent, limit) == expected(sessions, asked, agent)


def keep(connection: sqlite3.Connection, number: int, kept: Kept) -> None:
    session = new_session(f"v{number}")
    changes = [Changes(session=structs.replace(session, version=1, customer_name=kept["name"]))]
    for text in kept["texts"]:
        last = changes[-1].session
        assert last is not None
        changes.append(turn(last, text, CountedIds(number * 100 + len(changes)), cid=f"c{len(changes)}"))
    for place, (at, agent, is_accepted) in enumerate(kept["handoffs"]):
        fields = {"agent_id": agent, "accepted_at": later(9) if agent and is_accepted else None}
        one = handoff(0, session_id=session.id, requested_at=later(at), **fields)
        changes.append(Changes(handoffs=(structs.replace(one, id=f"h{number}-{place}"),)))
    if kept["case_at"] is not None:
        one_case = case(0, session_id=session.id, opened_at=later(kept["case_at"]))
        changes.append(Changes(cases=(structs.replace(one_case, id=f"c{number}"),)))
    assert not any(written(connection, changes))


def threads(connection: sqlite3.Connection, asked: str, agent: str | None, limit: int) -> list[str]:
    found: list[str] = []
    after: str | None = ""
    while after is not None:
        page = drive(connection, search.search(asked, None if agent is None else AgentId(agent), limit, after))
        assert len(page.items) <= limit
        found += [str(one.session.thread) for one in page.items]
        after = page.next
    return found


def expected(sessions: list[Kept], asked: str, agent: str | None) -> list[str]:
    places = []
    for number, kept in enumerate(sessions):
        own = [at for at, who, is_accepted in kept["handoffs"] if agent is None or (who == agent and is_accepted)]
        only_case = [kept["case_at"]] if agent is None and kept["case_at"] is not None and not kept["handoffs"] else []
        if own or only_case:
            places.append((min(own or only_case), new_session(f"v{number}").id, number))
    words = asked.replace("\0", " ").lower().split()
    return [f"v{number}" for _, _, number in sorted(places, reverse=True) if words and holds_all(sessions[number], words)]


def holds_all(kept: Kept, words: list[str]) -> bool:
    texts = [kept["name"], *kept["texts"], *(f"about {text}" for text in kept["texts"])]
    return all(any(word in text.lower() for text in texts) for word in words)
