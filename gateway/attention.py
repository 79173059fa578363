"""Who waits for the turn of which event: one subscription for the whole process, its topics added and removed as pushes come and go.

Signals may be lost. Whoever waits is then told to make sure (`Watch.is_in_doubt`), and looks at the record once at its end whatever was
signalled.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from gateway.core.ids import EventKey
from gateway.core.message import Author, Inbound, Message, Said
from gateway.core.ports import Bus, Subscription
from gateway.core.signals import Messages, thread_topic, unpack_thread

log = logging.getLogger(__name__)

Pause = Callable[[asyncio.Event, float], Awaitable[bool]]
"""Waits for an event so many seconds at most; whether it came."""


async def pause(event: asyncio.Event, seconds: float) -> bool:
    """In real time."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True


class Watch:
    """One push that waits for the turn of its event."""

    def __init__(self, inbound: Inbound) -> None:
        self._key: EventKey = inbound.key
        self.is_recorded = isinstance(inbound.event, Said)
        """Its turn records a message with its key. Of all other events any word of ours may be the answer."""
        self.news = asyncio.Event()
        self.is_decided = False
        """The turn is committed."""
        self.is_in_doubt = False
        """A signal may have been lost: only the record knows."""

    def hear(self, messages: tuple[Message, ...]) -> None:
        """These messages of the thread are on record now."""
        if any(message.key == self._key for message in messages):
            self.is_decided = True
        if self.is_decided or (not self.is_recorded and any(message.author is not Author.CUSTOMER for message in messages)):
            self.news.set()

    def doubt(self) -> None:
        """Have the record looked at."""
        self.is_in_doubt = True
        self.news.set()


class Attention:
    """All watches of a process. `run` must be running before the first."""

    def __init__(self, bus: Bus, *, max_count: int) -> None:
        self._bus = bus
        self._max_count = max_count
        self._count = 0
        self._watches: dict[str, set[Watch]] = {}
        self._subscription: Subscription | None = None

    @property
    def is_full(self) -> bool:
        """No more pushes may wait: the next ones are answered at once."""
        return self._count >= self._max_count

    async def open(self) -> None:
        self._subscription = await self._bus.subscribe()

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()

    async def run(self) -> None:
        """Until cancelled, or the subscription is closed."""
        assert self._subscription is not None, "opened first"
        async for topic, payload in self._subscription:
            try:
                self._heard(topic, payload)
            except Exception:  # the outermost loop of a worker; whoever waits looks at the record at its end
                log.exception("a signal was not understood")

    @asynccontextmanager
    async def watching(self, inbound: Inbound) -> AsyncIterator[Watch]:
        """From here on nothing that is said on the event's thread is missed."""
        assert self._subscription is not None, "opened first"
        watch, topic = Watch(inbound), thread_topic(inbound.channel, inbound.thread)
        self._watches.setdefault(topic, set()).add(watch)
        self._count += 1
        try:
            await self._subscription.add(topic)
            yield watch
        finally:
            self._count -= 1
            self._watches[topic].discard(watch)
            if not self._watches[topic]:
                del self._watches[topic]
                await self._subscription.remove(topic)

    def _heard(self, topic: str, payload: bytes) -> None:
        if not topic:
            for watch in [watch for watches in self._watches.values() for watch in watches]:
                watch.doubt()
        elif watches := self._watches.get(topic):
            signal = unpack_thread(payload)
            if isinstance(signal, Messages):
                for watch in watches:
                    watch.hear(signal.messages)
