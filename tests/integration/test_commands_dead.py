"""`frontdesk dead`: the events that could not be handled, as an operator meets them."""

import asyncio

import pytest

from gateway.core.changes import DeadLetter
from gateway.store import SqliteStore
from tests.fakes import FrozenClock
from tests.integration.commanding import DATABASE, said, told

pytestmark = pytest.mark.usefixtures("here")


def test_a_list_of_dead_letters_does_not_show_what_customers_wrote(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    code, out, _ = said(capsys, "dead", "list")
    assert code == 1
    assert "01DEADLETTER  2026-11-02 09:30:00Z  site     said   ValueError at gateway/turns.py:88" in out
    assert "wish" not in out


def test_one_dead_letter_can_be_looked_at_whole(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    code, found = told(capsys, "dead", "show", letter.id)
    assert (code, found["event"]["event"]["parts"][0]["text"]) == (0, "my secret wish")


def test_a_dropped_letter_is_gone_and_the_audit_log_knows(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    assert told(capsys, "dead", "drop", letter.id) == (0, {"dropped": [letter.id]})
    assert told(capsys, "dead", "list") == (0, [])
    assert told(capsys, "audit", "verify")[1]["events"] == 1
    assert said(capsys, "dead", "drop", letter.id)[0] == 1


def test_a_letter_is_replayed_where_no_gateway_runs(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    assert told(capsys, "dead", "replay", "--all") == (0, {"replayed": [letter.id], "asked": False})
    assert told(capsys, "dead", "list") == (0, [])


def test_a_letter_is_replayed_by_the_gateway_that_runs(capsys: pytest.CaptureFixture[str], letter: DeadLetter) -> None:
    serving = SqliteStore(DATABASE, clock=FrozenClock(), is_serving=True)
    asyncio.run(serving.open())
    try:
        assert told(capsys, "dead", "replay", letter.id) == (0, {"replayed": [letter.id], "asked": True})
        assert told(capsys, "dead", "list")[1][0]["is_wanted_again"] is True
    finally:
        asyncio.run(serving.close())
