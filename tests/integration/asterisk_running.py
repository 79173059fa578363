"""A driver that runs beside a scripted Asterisk, and its calls."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from adapters.phone.asterisk.driver import AsteriskDriver
from adapters.phone.driver import Bridged, Leg
from tests.contract.asterisk_line import AsteriskLine
from tests.contract.phone_lines import Call, until
from tests.peers.asterisk import AsteriskServer, Caller
from tests.peers.asterisk.media import WebSocketEnd


class Running:
    """A driver that runs, and its calls."""

    def __init__(self, line: AsteriskLine, driver: AsteriskDriver) -> None:
        self.line = line
        self.driver = driver
        self.calls: list[Call] = []
        self._task = asyncio.create_task(driver.run(self._take))

    async def _take(self, leg: Leg) -> None:
        call = Call(leg, self.line)
        self.calls.append(call)
        await call.followed()

    async def up(self) -> None:
        await self.until(lambda: self.driver.is_up, "the Asterisk")

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        await until(self.line, holds, what)

    async def rung(self, **who: Any) -> Call:
        """Somebody calls."""
        count = len(self.calls)
        self.line.caller = self.line.asterisk.call(**who)
        await self.until(lambda: len(self.calls) > count, "a call")
        return self.calls[-1]

    async def answered(self, **who: Any) -> Call:
        call = await self.rung(**who)
        await call.leg.answer()
        return call

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        await self.driver.close()
        for call in self.calls:
            await call.stop()


def caller_of(line: AsteriskLine) -> Caller:
    assert line.caller is not None
    return line.caller


def sockets_of(asterisk: AsteriskServer) -> list[WebSocketEnd]:
    return [end for end in asterisk.rest.media if isinstance(end, WebSocketEnd)]


async def talking(line: AsteriskLine, running: Running) -> Call:
    """A caller and an agent."""
    call = await running.answered()
    line.agent("answers")
    await call.leg.bridge(line.phone, 20.0)
    await call.until(Bridged)
    return call
