"""Time that a test moves, in steps of one frame."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from itertools import count

FRAME_S = 0.02
TURNS = 3
"""Of the loop behind each frame, so that what was woken runs."""


class Pace:
    """A clock: `now` and `sleep` for whoever is tested, `tick` for the Asterisk."""

    def __init__(self) -> None:
        self._frames_count = 0
        self._numbers = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self.ticks: list[Callable[[], Awaitable[None]]] = []

    def now(self) -> float:
        return 1_000.0 + self._frames_count * FRAME_S

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now() + seconds, next(self._numbers), future))
        await future

    def stand_still(self, seconds: float) -> None:
        """So much time is over, and nobody was awake meanwhile."""
        self._frames_count += round(seconds / FRAME_S)

    async def advance(self, seconds: float) -> None:
        """Frame by frame."""
        for _ in range(max(1, round(seconds / FRAME_S))):
            self._frames_count += 1
            while self._sleepers and self._sleepers[0][0] <= self.now() + 1e-9:
                future = heapq.heappop(self._sleepers)[2]
                if not future.done():
                    future.set_result(None)
            for tick in list(self.ticks):
                await tick()
            for _ in range(TURNS):
                await asyncio.sleep(0)
