"""What becomes of a page's look when the page leaves at an awkward moment."""

import asyncio
from typing import cast

from aiohttp import web

from gateway.core.ids import SessionId
from gateway.core.signals import unpack_desk
from gateway.web.auth import Login
from gateway.web.desk_connection import Connection, Look
from gateway.web.desk_lookout import Lookout
from gateway.web.desk_socket import Hub
from tests.unit.web.application import deps
from tests.unit.web.test_desk_connection import LIN

S1, S2 = SessionId("s1"), SessionId("s2")


class SlowBus:
    """Signals that wait, once, until they are let go."""

    def __init__(self) -> None:
        self.waits = asyncio.Event()
        self.go = asyncio.Event()
        self.said: list[tuple[str | None, bool]] = []

    async def signal(self, _topic: str, payload: bytes) -> None:
        told = unpack_desk(payload)
        self.said.append((told.session_id, told.is_on))
        if told.session_id == S1 and not told.is_on and not self.waits.is_set():
            self.waits.set()
            await self.go.wait()


async def test_a_page_that_leaves_while_its_next_look_is_told_leaves_nothing_behind() -> None:
    bus = SlowBus()
    given = deps(bus=bus)
    lookout, page = Lookout(given), Connection(given, cast("web.WebSocketResponse", None), Login(agent=LIN, token="t" * 43), Hub(given))
    await lookout._say(page, Look(S1))
    telling = asyncio.create_task(lookout._say(page, Look(S2)))
    await asyncio.wait_for(bus.waits.wait(), 30)
    await lookout.leave(page)
    bus.go.set()
    await telling
    assert (dict(lookout._at), lookout._told, page.seen) == ({}, {}, None)
    assert (S2, True) not in bus.said
