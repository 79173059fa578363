"""What the program wrote when its schema was at version 3 is all there for today's: rows as they really lay, not as we remember them."""

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.core.handoff import CaseStatus
from gateway.core.ids import ChannelName, SessionId, Thread
from gateway.core.parts import plain_text
from tests.contract.conftest import fresh_url_of
from tests.fakes import FrozenClock
from tests.integration.test_store_migrations import execute, store_at

RECORD = Path(__file__).with_name("schema_3.json")
"""A day of one agent: a visitor with the bot, one who is served, one who was and has rated it, one whose wish became a case."""
SERVED = SessionId("1B906667QCEAP9G3NMXKXVWJQM")
RATED = SessionId("21NWG7X055QT2353J4QBNZNNDS")
CASE = SessionId("RS5R58WH6QHYT3TEMAC90H0JWP")

NUMBERED = {"session_interval", "status_interval", "trace"}


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return fresh_url_of(request, tmp_path)


def old_rows() -> list[tuple[str, tuple[Any, ...]]]:
    """Every row of that day. Where the database numbers rows itself, it does so again."""
    tables: dict[str, Any] = json.loads(RECORD.read_text())
    statements: list[tuple[str, tuple[Any, ...]]] = [("DELETE FROM audit_head", ())]  # an empty log has a head, too
    for name in sorted(tables, key=lambda name: name != "session"):  # what others point to comes first
        first = 1 if name in NUMBERED else 0
        columns = tables[name]["columns"][first:]
        insert = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        statements += [(insert, tuple(row[first:])) for row in tables[name]["rows"]]
    return statements


async def test_a_day_of_the_program_before_is_readable_whole_after_the_upgrade(url: str, clock: FrozenClock) -> None:
    await execute(url, old_rows(), upto=3)
    store = store_at(url, clock)
    await store.open()
    words = [plain_text(message.parts) for message in await store.session_messages(SERVED)]
    assert words == ["转人工", "我正在为您转接人工客服，您目前排在第 1 位。", "客服 lin 为您服务。", "hello from the old one"]
    with_bot = await store.thread_messages(ChannelName("site"), Thread("01M80NC6K4H45MESKWGC5S8RHY"), 0, 10)
    assert [plain_text(message.parts) for message in with_bot] == ["question number 7", "answer number 7"]
    assert [note.text for note in await store.notes(SERVED)] == ["a note"]
    assert [(handoff.session_id, handoff.stage) for handoff in await store.open_handoffs()] == []
    assert {id_: (rating.score, rating.comment) for id_, rating in (await store.ratings([SERVED, RATED])).items()} == {RATED: (4, "fine")}
    (case,) = (await store.cases([CaseStatus.OPEN])).items
    assert (case.session_id, case.number, case.email) == (CASE, "C4QB-R0D4", "ann@example.com")
    assert [agent.name for agent in await store.agents()] == ["boss", "lin"]
    states = [interval.state for interval in await store.intervals(RATED)]
    assert states == ["bot", "queued", "offered", "active", "waiting_customer", "wrap_up"]
    assert await store.verify_audit() == (12, None)
    assert [event.action for event in (await store.audit(action="login")).items] == ["login", "login"]
    for asked, session in (("C4QB-R0D4", CASE), ("ann@example.com", CASE), ("hello old", SERVED), ("bye", RATED)):
        assert [found.session.id for found in (await store.search(asked)).items] == [session]
    await store.mark(ChannelName("mail"), "message", {"a@example.net": "thread"}, clock.now())
    assert await store.marks(ChannelName("mail"), "message", ["a@example.net"]) == {"a@example.net": "thread"}
    served = await store.session(SERVED)
    assert served is not None
    assert (served.addressing, served.is_doubtful, served.beside, served.due_at) == ("", False, None, None)
    await store.close()
