"""Time that can be moved: it runs at any speed, stands still, and jumps forward."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

START = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


class MovableClock:
    """`speed` seconds go by in each real second; 0: it stands still until it is told to go on. `advance` makes it jump.

    It is a clock of ours as well (`now`, `monotonic`, `now_ms`), so that both sides of a test can live in the same time.
    """

    def __init__(self, start: datetime | None = None, *, speed: float = 1.0) -> None:
        self.speed = speed
        self._start = start or datetime.now(UTC)
        self._began = time.monotonic()
        self.jumped_s = 0.0
        """How far it has jumped in all."""
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s())

    def monotonic(self) -> float:
        return self._elapsed_s()

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return int(self.now().timestamp() * 1000)

    def advance(self, seconds: float) -> datetime:
        """Jump; who sleeps long enough wakes up. The moment it is then."""
        self.jumped_s += seconds
        moved, self._moved = self._moved, asyncio.Event()
        moved.set()
        return self.now()

    async def sleep(self, seconds: float) -> None:
        """Until so much time has gone by, or been jumped over."""
        until = self._elapsed_s() + seconds
        while (left := until - self._elapsed_s()) > 0:
            moved = self._moved
            try:
                async with asyncio.timeout(left / self.speed if self.speed else None):
                    await moved.wait()
            except TimeoutError:
                continue

    def _elapsed_s(self) -> float:
        return (time.monotonic() - self._began) * self.speed + self.jumped_s
