"""Who waits for the turn of which event: one subscription for the whole process, its topics added and removed as pushes come and go.

Signals may be lost. Whoever waits is then told to make sure (`Watch.is_in_doubt`), and looks at the record once at its end whatever was
signalled.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from gateway.core.bus import Bus, Subscription
from gateway.core.events import Inbound, Said
from gateway.core.ids import EventKey
from gateway.core.message import Author, Message
from gateway.core.signals import Messages, thread_topic, unpack_thread

log = logging.getLogger(__name__)

TIDY_EVERY_S = 1.0
"""How often topics that nobody waits for any more are let go: who writes again at once finds them still there."""

Pause = Callable[["Watch", float], Awaitable[bool]]
"""Waits for a watch's news so many seconds at most; whether there were some."""


class Watch:
    """One push that waits for the turn of its event."""

    def __init__(self, inbound: Inbound) -> None:
        self.key: EventKey = inbound.key
        self.topic = thread_topic(inbound.channel, inbound.thread)
        self.is_recorded = isinstance(inbound.event, Said)
        """Its turn records a message with its key. Of all other events any word of ours may be the answer."""
        self.is_decided = False
        """The turn is committed."""
        self.is_claimed = False
        """Its turn runs in this process and tells it all by itself: no signal says more."""
        self.is_in_doubt = False
        """A signal may have been lost: only the record knows."""
        self._has_news = False
        self._waiter: asyncio.Future[None] | None = None

    def hear(self, messages: tuple[Message, ...]) -> None:
        """These messages of the thread are on record now."""
        if any(message.key == self.key for message in messages):
            self.is_decided = True
        if self.is_decided or (not self.is_recorded and any(message.author is not Author.CUSTOMER for message in messages)):
            self.wake()

    def doubt(self) -> None:
        """Have the record looked at."""
        self.is_in_doubt = True
        self.wake()

    def wake(self) -> None:
        """There is news."""
        self._has_news = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def take_news(self) -> bool:
        """Whether there is some that has not been taken yet."""
        has_news, self._has_news = self._has_news, False
        return has_news

    def coming(self) -> "asyncio.Future[None]":
        """Done as soon as there is news."""
        self._waiter = asyncio.get_running_loop().create_future()
        if self._has_news:
            self._waiter.set_result(None)
        return self._waiter


async def pause(watch: Watch, seconds: float) -> bool:
    """In real time."""
    coming = watch.coming()
    timer = coming.get_loop().call_later(seconds, _give_up, coming)
    try:
        await coming
    finally:
        timer.cancel()
    return watch.take_news()


def _give_up(coming: "asyncio.Future[None]") -> None:
    if not coming.done():
        coming.set_result(None)


class Attention:
    """All watches of a process. `run` must be running before the first."""

    def __init__(self, bus: Bus, *, max_count: int) -> None:
        self._bus = bus
        self._max_count = max_count
        self._count = 0
        self._watches: dict[str, set[Watch]] = {}
        self._topics: set[str] = set()
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

    async def tidy(self) -> None:
        """Let go of topics that nobody waits for, until cancelled."""
        assert self._subscription is not None, "opened first"
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            for topic in [topic for topic in self._topics if topic not in self._watches]:
                if topic not in self._watches:
                    self._topics.discard(topic)
                    await self._subscription.remove(topic)

    async def begin(self, watch: Watch) -> None:
        """From here on nothing that is said on the watch's thread is missed. `end` must follow, also where this fails."""
        assert self._subscription is not None, "opened first"
        self._count += 1
        self._watches.setdefault(watch.topic, set()).add(watch)
        if watch.topic not in self._topics:
            await self._subscription.add(watch.topic)
            self._topics.add(watch.topic)

    def end(self, watch: Watch) -> None:
        """Nobody waits any more."""
        watches = self._watches.get(watch.topic, set())
        if watch in watches:
            self._count -= 1
            watches.discard(watch)
        if not watches:
            self._watches.pop(watch.topic, None)

    def _heard(self, topic: str, payload: bytes) -> None:
        if not topic:
            for watch in [watch for watches in self._watches.values() for watch in watches]:
                watch.doubt()
        elif watches := [watch for watch in self._watches.get(topic, ()) if not watch.is_claimed]:
            signal = unpack_thread(payload)
            if isinstance(signal, Messages):
                for watch in watches:
                    watch.hear(signal.messages)
