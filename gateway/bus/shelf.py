"""Small values that processes share for a while, and that any of them can come by again: vendors' access tokens, ids of files at a vendor.

In memory where one process is all there is, in Redis where many share a bus. What lies there may be gone at any time.
"""

from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from gateway.core.ports import Clock

SHELF_MAX_COUNT = 10_000
"""Values in memory; then those that were put first make room."""
VALUE_MAX_BYTES = 64 * 1024
SHELF_S = 2.0
"""Whoever asks could do without."""
_PREFIX = "fd:shelf:"


class Call(Protocol):
    """One command to Redis, where its key lives."""

    async def __call__(self, command: str, key: str, *words: Any, deadline_s: float) -> Any: ...


@runtime_checkable
class HasShelf(Protocol):
    """A bus whose processes share a shelf over it."""

    def shelf(self) -> "RedisShelf":
        """Usable while the bus is open."""
        ...


class _Item(Struct, frozen=True):
    value: str
    ends_s: float


class LocalShelf:
    """`gateway.core.ports.Shelf` in this process's memory."""

    def __init__(self, clock: Clock, *, max_count: int = SHELF_MAX_COUNT) -> None:
        self._clock = clock
        self._max_count = max_count
        self._items: dict[str, _Item] = {}

    async def get(self, name: str) -> str | None:
        item = self._items.get(name)
        return item.value if item is not None and self._clock.monotonic() < item.ends_s else None

    async def put(self, name: str, value: str, ttl_s: float) -> None:
        _check(value)
        self._items.pop(name, None)
        if len(self._items) >= self._max_count:
            self._make_room()
        self._items[name] = _Item(value, self._clock.monotonic() + ttl_s)

    async def drop(self, name: str) -> None:
        self._items.pop(name, None)

    def _make_room(self) -> None:
        now_s = self._clock.monotonic()
        self._items = {name: item for name, item in self._items.items() if now_s < item.ends_s}
        while len(self._items) >= self._max_count:
            del self._items[next(iter(self._items))]


class RedisShelf:
    """The same in the bus's Redis, single or a cluster. Raises OSError where that can't be reached."""

    def __init__(self, call: Call) -> None:
        self._call = call

    async def get(self, name: str) -> str | None:
        value: bytes | None = await self._call("GET", _PREFIX + name, deadline_s=SHELF_S)
        return None if value is None else value.decode()

    async def put(self, name: str, value: str, ttl_s: float) -> None:
        _check(value)
        await self._call("SET", _PREFIX + name, value, "PX", max(1, round(ttl_s * 1000)), deadline_s=SHELF_S)

    async def drop(self, name: str) -> None:
        await self._call("DEL", _PREFIX + name, deadline_s=SHELF_S)


def _check(value: str) -> None:
    if len(value.encode()) > VALUE_MAX_BYTES:
        raise ValueError(f"a value on the shelf has at most {VALUE_MAX_BYTES} bytes")
