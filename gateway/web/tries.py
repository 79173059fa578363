"""How often a push has been left unanswered, so that its peer comes again: counted for all processes that share a shelf."""

from collections import OrderedDict

from gateway.core.ids import EventKey
from gateway.core.ports import Shelf

TRIES = 3
"""The platform comes so often, five seconds apart (消息推送, seen 2026-11)."""
KNOWN_S = 30.0
KNOWN_MAX_COUNT = 10_000


class Tries:
    """The last of a push's tries must be answered, or its customer is told that the account is out of order."""

    def __init__(self, shelf: Shelf | None) -> None:
        """Without a shelf it counts for this process alone."""
        self._shelf = shelf
        self._counts: OrderedDict[EventKey, int] = OrderedDict()

    async def wants_another(self, key: EventKey) -> bool:
        """Whether this try may be left unanswered; then it counts as one."""
        count = await self._count(key) + 1
        if count >= TRIES:
            return False
        await self._put(key, count)
        return True

    async def _count(self, key: EventKey) -> int:
        known = self._counts.get(key, 0)
        if self._shelf is None:
            return known
        try:
            return max(known, int(await self._shelf.get(_name(key)) or 0))
        except (OSError, TimeoutError, ValueError):
            return known

    async def _put(self, key: EventKey, count: int) -> None:
        self._counts[key] = count
        self._counts.move_to_end(key)
        if len(self._counts) > KNOWN_MAX_COUNT:
            self._counts.popitem(last=False)
        if self._shelf is not None:
            try:
                await self._shelf.put(_name(key), str(count), KNOWN_S)
            except (OSError, TimeoutError):
                return  # this process knows


def _name(key: EventKey) -> str:
    return f"tries/{key}"
