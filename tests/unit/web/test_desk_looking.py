"""Who looks at a session, as far as one process has heard."""

import pytest

from gateway.core.ids import AgentId, SessionId
from gateway.core.signals import DeskSignal
from gateway.web import desk_looking
from gateway.web.desk_looking import Looks

S1 = SessionId("s1")
ANN, BOB = AgentId("ann"), AgentId("bob")


def look(agent: AgentId, source: str = "page-1", *, is_on: bool = True, is_writing: bool = False) -> DeskSignal:
    return DeskSignal("looking", session_id=S1, agent_id=agent, name=agent.title(), source=source, is_on=is_on, is_writing=is_writing)


def test_everybody_else_is_seen_and_nobody_sees_themself() -> None:
    looks = Looks()
    looks.hear(look(ANN, "a"), 0)
    looks.hear(look(BOB, "b", is_writing=True), 0)
    assert looks.others(S1, ANN) == [{"id": "bob", "shown_name": "Bob", "is_writing": True}]
    assert looks.others(S1, AgentId("zoe")) == [
        {"id": "ann", "shown_name": "Ann", "is_writing": False}, {"id": "bob", "shown_name": "Bob", "is_writing": True},
    ]  # fmt: skip
    assert looks.others(SessionId("s2"), ANN) == []


def test_two_pages_of_an_agent_are_one_agent_who_writes_if_either_does() -> None:
    looks = Looks()
    looks.hear(look(BOB, "b1"), 0)
    looks.hear(look(BOB, "b2", is_writing=True), 0)
    assert looks.others(S1, ANN) == [{"id": "bob", "shown_name": "Bob", "is_writing": True}]
    looks.hear(look(BOB, "b2", is_on=False), 0)
    assert looks.others(S1, ANN) == [{"id": "bob", "shown_name": "Bob", "is_writing": False}]


def test_a_look_lasts_25_seconds_from_its_last_word() -> None:
    looks = Looks()
    looks.hear(look(BOB), 0)
    looks.hear(look(BOB), 10)
    assert looks.expire(34.9) == set()
    assert looks.expire(35) == {S1}
    assert (looks.others(S1, ANN), len(looks)) == ([], 0)


def test_leaving_twice_or_without_having_come_changes_nothing() -> None:
    looks = Looks()
    looks.hear(look(BOB, is_on=False), 0)
    looks.hear(look(BOB), 0)
    looks.hear(look(BOB, is_on=False), 0)
    looks.hear(look(BOB, is_on=False), 0)
    assert len(looks) == 0


def test_the_table_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk_looking, "LOOKS_MAX_COUNT", 1)
    looks = Looks()
    looks.hear(look(ANN, "a"), 0)
    looks.hear(look(BOB, "b"), 0)
    looks.hear(look(ANN, "a", is_writing=True), 0)
    assert looks.others(S1, AgentId("zoe")) == [{"id": "ann", "shown_name": "Ann", "is_writing": True}]
