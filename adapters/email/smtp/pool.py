"""A few connections that are kept: a mail over one costs a third of a mail over its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from adapters.email.smtp.connection import Connection
from gateway.core.ports import Clock

FRESH_S = 3.0
"""One used so recently is not asked whether it lives."""
IDLE_MAX_S = 45.0
"""Servers hang up after a minute or so; we are first."""
MAILS_MAX_COUNT = 50
"""Over one connection: NetEase and Exchange count them."""


class Pool:
    """At most `size` connections, opened when they are needed; the one used last is used first."""

    def __init__(self, open_one: Callable[[], Awaitable[Connection]], size: int, clock: Clock) -> None:
        self._open_one = open_one
        self._clock = clock
        self._places = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._leaving: asyncio.TimerHandle | None = None

    @property
    def idle_count(self) -> int:
        return len(self._idle)

    @asynccontextmanager
    async def lend(self, *, is_new: bool = False) -> AsyncIterator[tuple[Connection, bool]]:
        """A connection for one task, and whether it was used before. Raises what opening raises."""
        async with self._places:
            kept = None if is_new else await self._kept()
            connection = kept or await self._open_one()
            try:
                yield connection, kept is not None
            finally:
                self._take_back(connection)

    async def close(self) -> None:
        """Let go of those that nobody uses."""
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None
        idle, self._idle = self._idle, []
        await asyncio.gather(*(connection.leave() for connection in idle))

    async def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            idle_s = self._clock.monotonic() - connection.idle_since_s
            if idle_s < IDLE_MAX_S and connection.is_open and (idle_s < FRESH_S or await self._is_alive(connection)):
                return connection
            connection.close()
        return None

    async def _is_alive(self, connection: Connection) -> bool:
        try:
            return await connection.is_alive()
        except BaseException:
            connection.close()
            raise

    def _take_back(self, connection: Connection) -> None:
        if not connection.is_open or connection.mails_count >= MAILS_MAX_COUNT:
            connection.close()
            return
        connection.idle_since_s = self._clock.monotonic()
        self._idle.append(connection)
        if self._leaving is None:
            self._leaving = asyncio.get_running_loop().call_later(IDLE_MAX_S, self._clear)

    def _clear(self) -> None:
        """Hang up on what has been idle for too long, and look again while some are left."""
        self._leaving = None
        now_s = self._clock.monotonic()
        old = [connection for connection in self._idle if now_s - connection.idle_since_s >= IDLE_MAX_S]
        self._idle = [connection for connection in self._idle if connection not in old]
        for connection in old:
            connection.close()
        if self._idle:
            self._leaving = asyncio.get_running_loop().call_later(IDLE_MAX_S, self._clear)
