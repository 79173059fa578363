"""Hands a call's events to the hub, in order, each until it is durable."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable

from adapters.phone.dialogue.words import Trouble
from adapters.phone.tools import Sleep
from gateway.core.channel import Accept
from gateway.core.errors import FrontdeskError
from gateway.core.events import Inbound

log = logging.getLogger(__name__)

WAITS_S = (0.2, 0.5, 1.0, 2.0)
TELL_AFTER_COUNT = 3
GIVE_UP_COUNT = 20
"""Half a minute: by then the caller has been told that it can't be helped."""
DEADLINE_S = 10.0


class Pen:
    """Of one call."""

    def __init__(self, accept: Accept, tell: Callable[[Trouble], None], *, sleep: Sleep) -> None:
        self._accept = accept
        self._tell = tell
        self._sleep = sleep
        self._waiting: deque[Inbound] = deque()
        self._news = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._is_written = True

    @property
    def has_written_last(self) -> bool:
        """Whether what was handed in last is durable: of a call that is over, its end."""
        return self._is_written and not self._waiting

    def write(self, inbound: Inbound) -> None:
        self._waiting.append(inbound)
        self._idle.clear()
        self._news.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            while not self._waiting:
                self._idle.set()
                self._news.clear()
                await self._news.wait()
            self._is_written = False
            try:
                self._is_written = await self._write(self._waiting[0])
            except Exception:  # the outermost loop: the next event may do better
                log.exception("a call's event could not be written", extra={"key": self._waiting[0].key})
                self._tell(Trouble(is_over=True))
            self._waiting.popleft()

    async def all_written(self) -> None:
        """Once nothing waits any more."""
        await self._idle.wait()

    async def _write(self, inbound: Inbound) -> bool:
        """Raises nothing: what can't be written for half a minute is given up aloud, and so is the call."""
        for attempt in range(GIVE_UP_COUNT):
            try:
                async with asyncio.timeout(DEADLINE_S):
                    await self._accept(inbound)
            except (FrontdeskError, OSError):
                log.warning("a call's event can't be written just now", extra={"key": inbound.key})
            else:
                return True
            if attempt + 1 >= TELL_AFTER_COUNT and attempt % TELL_AFTER_COUNT == 0:
                self._tell(Trouble())
            await self._sleep(WAITS_S[min(attempt, len(WAITS_S) - 1)])
        log.error("a call's event could not be written", extra={"key": inbound.key})
        self._tell(Trouble(is_over=True))
        return False
