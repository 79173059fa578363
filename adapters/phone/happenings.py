"""What happens to one call, in order, from whoever sees it to the one who follows it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from adapters.phone.driver import Ended, LegEvent, Sound

SOUNDS_MAX_COUNT = 500
"""Ten seconds. Who listens too slowly loses the oldest sound, never a key or the end."""
EVENTS_MAX_COUNT = 2_000
"""Of all others: a caller who presses keys faster than anybody follows loses the newest."""


class Happenings:
    """The events of a leg: told by one side, iterated once by the other, and over with `Ended`."""

    def __init__(self) -> None:
        self._events: deque[LegEvent] = deque()
        self._sounds_count = 0
        self._is_over = False
        self._news = asyncio.Event()

    @property
    def is_over(self) -> bool:
        """`Ended` was told."""
        return self._is_over

    def tell(self, event: LegEvent) -> None:
        """Behind `Ended` nothing is told."""
        if self._is_over:
            return
        if isinstance(event, Sound):
            self._make_room()
            self._sounds_count += 1
        elif isinstance(event, Ended):
            self._is_over = True
        elif len(self._events) - self._sounds_count >= EVENTS_MAX_COUNT:
            return
        self._events.append(event)
        self._news.set()

    async def follow(self) -> AsyncIterator[LegEvent]:
        """All of them, until `Ended`."""
        while True:
            while not self._events:
                self._news.clear()
                await self._news.wait()
            event = self._events.popleft()
            self._sounds_count -= isinstance(event, Sound)
            yield event
            if isinstance(event, Ended):
                return

    def _make_room(self) -> None:
        if self._sounds_count >= SOUNDS_MAX_COUNT:
            oldest = next(event for event in self._events if isinstance(event, Sound))
            self._events.remove(oldest)
            self._sounds_count -= 1
