"""How much may wait for a slow page, and what becomes of it."""

from collections import deque
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from aiohttp import web

from gateway.core.errors import Busy
from gateway.core.handoff import Agent, Role
from gateway.core.ids import AgentId
from gateway.web import desk_socket
from gateway.web.auth import Login
from gateway.web.desk_connection import Connection
from gateway.web.desk_socket import Hub
from tests.unit.web.application import deps

AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
LIN = Agent(id=AgentId("lin"), name="lin", shown_name="Lin", role=Role.AGENT, password_hash="", created_at=AT, status_since=AT)


def connection() -> Connection:
    given = deps()
    return Connection(given, cast("web.WebSocketResponse", None), Login(agent=LIN, token="t" * 43), Hub(given))


def waiting(of: Connection) -> deque[dict[str, Any]]:
    return of._waiting


def test_frames_wait_in_order() -> None:
    one = connection()
    one.tell([{"type": "session", "version": version} for version in (1, 2, 3)])
    assert [frame["version"] for frame in waiting(one)] == [1, 2, 3]


def test_read_it_again_is_said_only_once_while_it_waits() -> None:
    one = connection()
    one.tell([{"type": "queue", "queue": "a"}, {"type": "queue", "queue": "b"}, {"type": "queue", "queue": "a"}])
    assert [frame["queue"] for frame in waiting(one)] == ["a", "b"]


def test_when_too_many_wait_the_page_is_told_to_read_again_instead() -> None:
    one = connection()
    one.tell([{"type": "session", "version": version} for version in range(256)])
    assert len(waiting(one)) == 256
    one.tell([{"type": "session", "version": 256}, {"type": "session", "version": 257}])
    assert list(waiting(one)) == [{"type": "resync"}, {"type": "session", "version": 257}]


def test_a_goodbye_is_the_last_word() -> None:
    one = connection()
    one.tell([{"type": "session", "version": 1}])
    one.end(1001, {"type": "bye"})
    assert list(waiting(one)) == [{"type": "bye"}]


def test_an_account_has_no_more_than_its_share_of_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    hub = Hub(deps())
    hub._sockets_of[LIN.id] = 15
    hub.check_room(LIN.id)
    hub._sockets_of[LIN.id] = 16
    with pytest.raises(Busy):
        hub.check_room(LIN.id)
    hub.check_room(AgentId("mei"))
    monkeypatch.setattr(desk_socket, "SOCKETS_MAX_COUNT", 0)
    with pytest.raises(Busy):
        hub.check_room(AgentId("mei"))
