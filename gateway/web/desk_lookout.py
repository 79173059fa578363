"""Two agents on one session see each other: what pages look at is told to the other processes, and what is heard to the pages.

A page may change its mind as fast as it likes: only what it looks at a moment later is checked and told, so a flood of frames costs no more
than a few signals in a second, and a look that stays the same one every eight seconds.
"""

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import Iterable

from msgspec import Struct

from gateway.core.errors import NotFound
from gateway.core.ids import SessionId
from gateway.core.signals import DESK, DeskSignal, pack
from gateway.logs import place
from gateway.web.deps import Deps
from gateway.web.desk_connection import Connection, Look
from gateway.web.desk_looking import LOOK_LASTS_S, Looks
from handoff.telling import signal

log = logging.getLogger(__name__)

LEAST_S = 0.25
"""Looks that a page changes faster are told together, as the last one."""
REPEAT_S = 8.0
"""A look that stays the same is checked and told again after this; pages say it every ten seconds."""
EXPIRE_EVERY_S = 1.0
DEADLINE_S = 5.0


class _Told(Struct, frozen=True):
    """What was said of a page last, and when."""

    look: Look
    at_s: float


class Lookout:
    """Who looks at what: the pages of this process, and those of all others as far as we have heard."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._looks = Looks()
        self._at: defaultdict[SessionId, set[Connection]] = defaultdict(set)
        """The pages here that look at a session and may see it."""
        self._told: dict[Connection, _Told] = {}
        self._changed: set[Connection] = set()
        self._wake = asyncio.Event()

    def look(self, connection: Connection) -> None:
        """A page looks at something else, or still. Never waits: it is told a moment later."""
        self._changed.add(connection)
        self._wake.set()

    async def leave(self, connection: Connection) -> None:
        """A page is gone: the others see it at once."""
        connection.has_left = True
        self._changed.discard(connection)
        await self._say(connection, Look())
        self._told.pop(connection, None)

    def hear(self, heard: DeskSignal) -> None:
        """Take in what a page of any process looks at, and tell those here who look at the same."""
        self._looks.hear(heard, self._deps.clock.monotonic())
        if heard.session_id is not None:
            self._tell([heard.session_id])
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled: tell what has changed, forget what nobody repeats."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(EXPIRE_EVERY_S if self._looks else None):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._announce()
                await self._expire(self._deps.clock.monotonic())
            except Exception as error:  # the worker's outermost loop: pages say it again
                log.warning("who looks at what could not be told", extra={"error": place(error)})
                self._deps.metrics.errors.labels("desk_looks", type(error).__name__).inc()
                self._wake.set()
            await asyncio.sleep(LEAST_S)

    async def _expire(self, now_s: float) -> None:
        """What was not said again in time is over: of our own pages, and of everybody's."""
        for connection, told in list(self._told.items()):
            if connection.seen is not None and now_s - told.at_s >= LOOK_LASTS_S:
                await self._say(connection, Look())
        self._tell(self._looks.expire(now_s))

    async def _announce(self) -> None:
        while self._changed:
            connection = self._changed.pop()
            async with asyncio.timeout(DEADLINE_S):
                await self._check_and_say(connection)

    async def _check_and_say(self, connection: Connection) -> None:
        look, told = connection.look, self._told.get(connection)
        is_old = told is None or self._deps.clock.monotonic() - told.at_s >= REPEAT_S
        if told is not None and told.look == look and not is_old:
            return
        if look.session_id is not None and (is_old or told is None or told.look.session_id != look.session_id):
            try:
                await self._deps.desk.seen(connection.viewer.agent, look.session_id)
            except NotFound:
                connection.tell([{"type": "error", "code": "not_found"}])
                look = Look()
        if not connection.has_left:  # it may have, while its right was checked
            await self._say(connection, look)

    async def _say(self, connection: Connection, look: Look) -> None:
        """Put down what a page looks at, and signal it to everybody: the end of the last one first."""
        before = connection.seen
        self._told[connection] = _Told(look, self._deps.clock.monotonic())
        if before is not None and before != look.session_id:
            self._at[before].discard(connection)
            if not self._at[before]:
                del self._at[before]
            await self._signal(connection, before, Look())
            if connection.has_left and look.session_id is not None:
                return  # it left meanwhile: what we put down of it now would stay for good
        connection.seen = look.session_id
        if look.session_id is None:
            return
        if before != look.session_id:
            self._at[look.session_id].add(connection)
            connection.forget_looking()
            self._tell([look.session_id])
        await self._signal(connection, look.session_id, look)

    async def _signal(self, connection: Connection, session_id: SessionId, look: Look) -> None:
        agent = connection.viewer.agent
        is_on = look.session_id is not None
        told = DeskSignal(
            "looking", session_id=session_id, agent_id=agent.id, name=agent.shown_name, source=connection.source,
            is_on=is_on, is_writing=look.is_writing,
        )  # fmt: skip
        await signal(self._deps.bus, DESK, pack(told))

    def _tell(self, sessions: Iterable[SessionId]) -> None:
        for session_id in sessions:
            for connection in self._at.get(session_id, ()):
                others = self._looks.others(session_id, connection.agent_id)
                connection.tell_looking({"type": "looking", "session_id": session_id, "agents": others})
