"""The waiting line of one subscriber: signals in order, bounded, honest about what it dropped."""

from asyncio import Future, get_running_loop
from collections import deque

MAILBOX_MAX_COUNT = 5_000
"""As many conversations as one process holds open may all get an answer from one group commit, before their reader runs again.
When a mailbox is full everything in it is dropped for one lost marker: its reader must read the store again anyway."""
SIGNAL_MAX_BYTES = 64 * 1024
"""A larger payload travels as the lost marker: reading it from the store is cheaper than carrying it to everybody."""
LOST: tuple[str, bytes] = ("", b"")


class Mailbox:
    """Signals on their way to one reader. The bus puts them in and never waits; the reader iterates until it is closed."""

    def __init__(self, max_count: int = MAILBOX_MAX_COUNT) -> None:
        self._max_count = max_count
        self._items: deque[tuple[str, bytes]] = deque()
        self._reader: Future[None] | None = None
        self._is_closed = False

    def put(self, topic: str, payload: bytes) -> None:
        """Hand over a signal; too many or too large, and the reader finds the lost marker instead."""
        if len(self._items) >= self._max_count or len(payload) > SIGNAL_MAX_BYTES:
            self.lose()
        else:
            self._items.append((topic, payload))
            self._wake()

    def lose(self) -> None:
        """Forget what waits, and tell the reader so."""
        self._items.clear()
        self._items.append(LOST)
        self._wake()

    def shut(self) -> None:
        """End the reader's iteration behind what it has not read yet."""
        self._is_closed = True
        self._wake()

    def __aiter__(self) -> "Mailbox":
        return self

    async def __anext__(self) -> tuple[str, bytes]:
        """The next signal. One reader at a time; cancelled, nothing is lost."""
        while not self._items:
            if self._is_closed:
                raise StopAsyncIteration
            self._reader = get_running_loop().create_future()
            try:
                await self._reader
            finally:
                self._reader = None
        return self._items.popleft()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)
