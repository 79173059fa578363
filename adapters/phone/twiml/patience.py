"""Waits for what is said next: until there is something, and all of what is said together."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

WAIT_MAX_S = 10.0
"""Until a webhook has its answer, whatever comes in between: the cloud gives up after 15 s."""


class Patience:
    """Of one call."""

    def __init__(self, settle_s: float) -> None:
        self._settle_s = settle_s
        self._changed = asyncio.Event()

    def change(self) -> None:
        """Something was said."""
        self._changed.set()

    async def until(self, is_there: Callable[[], bool], patience_s: float) -> None:
        """Until there is something to say, and all of it; or patience ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                while not is_there():
                    self._changed.clear()
                    await self._changed.wait()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, WAIT_MAX_S - patience_s)):
                await self.calm()

    async def calm(self) -> None:
        """Until nothing was said for a moment."""
        with suppress(TimeoutError):
            while True:
                self._changed.clear()
                async with asyncio.timeout(self._settle_s):
                    await self._changed.wait()
