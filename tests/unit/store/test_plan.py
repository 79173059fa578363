"""Changes as rows, and the small keys that rows are found by."""

from datetime import UTC, datetime

import pytest

from gateway.core.changes import Changes
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import BadInput
from gateway.core.ids import ChannelName, Thread
from gateway.store.paging import cursor, number, page, place
from gateway.store.plan import SESSION, plan
from gateway.store.rows import address_key, micros, moment, name_key, thread_key
from tests.contract.records import new_session, turn
from tests.fakes import CountedIds


def test_a_turn_is_two_messages_and_a_session() -> None:
    planned = plan(turn(new_session(), "hello", CountedIds(), cid="c1"))
    assert [(row.table, row.version, row.row and row.row[0]) for row in planned.versioned] == [(SESSION, 1, "bot")]
    assert planned.keys == (("SELECT key FROM message WHERE key = ANY(?)", "site/ann/c1"),)
    assert [row[1:4] for _, row in planned.rows] == [(1, "site/ann/c1", "sent"), (2, None, "sent")]


def test_nothing_plans_to_nothing() -> None:
    planned = plan(Changes())
    assert (planned.versioned, planned.rows, planned.keys, planned.audits) == ((), (), (), ())


def test_an_update_that_leaves_the_state_leaves_its_index_alone() -> None:
    assert SESSION.update == "UPDATE session SET state = ?, agent_id = ?, looking_until = ?, seq = ?, version = ?, body = ? WHERE id = ?"
    assert SESSION.touch == "UPDATE session SET agent_id = ?, looking_until = ?, seq = ?, version = ?, body = ? WHERE id = ?"


def test_times_are_exact_to_the_microsecond() -> None:
    at = datetime(2026, 11, 2, 9, 30, 0, 123457, tzinfo=UTC)
    assert micros(at) == 1_793_611_800_123_457
    assert moment(1_793_611_800_123_457) == at


def test_keys_tell_apart_what_only_looks_alike() -> None:
    assert thread_key(ChannelName("a/b"), Thread("c")) != thread_key(ChannelName("a"), Thread("b/c"))
    assert address_key(Address(AddressKind.EMAIL, "x", "y")) == "email\x1fx\x1fy"


@pytest.mark.parametrize("name", ["ann", "ANN", " Ann ", "ａｎｎ"])
def test_names_are_compared_without_case_and_width(name: str) -> None:
    assert name_key(name) == "ann"


def test_a_page_tells_whether_there_is_more() -> None:
    rows = [(1, "a", "A"), (2, "b", "B"), (3, "c", "C")]
    first = page(rows, 2, lambda row: row[2], cursor)
    assert (first.items, first.next) == (("A", "B"), "2.b")
    last = page(rows[2:], 2, lambda row: row[2], cursor)
    assert (last.items, last.next) == (("C",), None)
    assert place("2.b") == (2, "b")
    assert place("") == (-1, "")


@pytest.mark.parametrize("text", ["x", "-1", "1e3", "٣", "9" * 19])
def test_a_number_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        number(text, 0)
