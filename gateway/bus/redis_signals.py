"""Signals over Redis's pub/sub: one connection listens for the whole process, one line sends; a break is told to every reader.

On a cluster any node will do, because each passes on what it hears to all. We stay with one as long as it is there: two roads would mix up
the order of the signals.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable

from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from gateway.bus.mailbox import SIGNAL_MAX_BYTES, Mailbox
from gateway.bus.redis_append import WAKE
from gateway.bus.redis_link import CALL_S, Link
from gateway.bus.redis_nodes import Node
from gateway.core.ids import Lane

log = logging.getLogger(__name__)

_PREFIX = "fd:signal:"
_EVERYBODY = "fd:lost"
"""Called out by a process that had to drop signals: whoever listens reads the store again."""
_GOOD, _LOST = b"+", b"!"
LINE_MAX_COUNT = 30_000
"""Signals of this process on their way. When it is full they are dropped, and everybody is told that something was."""
SENT_MAX_COUNT = 500
IDLE_S = 5.0
"""After so long without a word we ask whether the line still stands."""
RECONNECT_S = 0.2
CANCEL_AGAIN_S = 0.5
LOOK_S = 30.0
"""How often the listener looks whether its node still belongs to the cluster: one that was taken out of it would just be silent."""


class Switchboard:
    """The process's share in pub/sub: who listens to which topic here, what is to be sent, and the lanes' wake-up calls."""

    def __init__(self, link: Link, *, on_wake: Callable[[Lane], None], on_reconnect: Callable[[], None]) -> None:
        self._link = link
        self._on_wake = on_wake
        self._on_reconnect = on_reconnect
        self._topics: dict[str, set[RedisSubscription]] = {}
        self._line: deque[tuple[str, bytes]] = deque()
        self._owes_lost = False
        self._ear: Node | None = None
        self._mouth: Node | None = None
        self._pubsub: PubSub | None = None
        self._confirmed: dict[str, asyncio.Future[None]] = {}
        self._is_up = asyncio.Event()
        self._listener: asyncio.Task[None] | None = None
        self._sender: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Listen; returns when the line stands."""
        self._listener = asyncio.create_task(self._listen(), name="bus-signals")
        async with asyncio.timeout(CALL_S):
            await self._is_up.wait()

    async def close(self) -> None:
        """Send what waits, hang up, and end every subscription."""
        if self._sender is not None:
            await asyncio.wait([self._sender], timeout=1.0)
        for task in filter(None, (self._sender, self._listener)):
            await _ended(task)
        for subscription in self._subscriptions():
            subscription.mailbox.shut()

    def send(self, topic: str, payload: bytes) -> None:
        """Put a signal on its way; never waits."""
        if len(self._line) >= LINE_MAX_COUNT:
            self._line.clear()
            self._owes_lost = True
        framed = _LOST if len(payload) > SIGNAL_MAX_BYTES else _GOOD + payload
        self._line.append((_PREFIX + topic, framed))
        if self._sender is None or self._sender.done():
            self._sender = asyncio.create_task(self._send(), name="bus-send")

    async def add(self, topic: str, subscription: "RedisSubscription") -> None:
        """Returns when Redis has confirmed that we hear the topic; while the line is down, at once (a lost marker will follow)."""
        readers = self._topics.setdefault(topic, set())
        readers.add(subscription)
        pubsub, channel = self._pubsub, _PREFIX + topic
        if pubsub is None:
            return
        if len(readers) == 1:
            self._confirmed[channel] = asyncio.get_running_loop().create_future()
            with contextlib.suppress(RedisError, OSError):
                await pubsub.subscribe(channel)
        if (confirmed := self._confirmed.get(channel)) is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CALL_S):
                    await asyncio.shield(confirmed)

    async def remove(self, topic: str, subscription: "RedisSubscription") -> None:
        readers = self._topics.get(topic, set())
        readers.discard(subscription)
        if readers:
            return
        self._topics.pop(topic, None)
        if self._pubsub is not None:
            with contextlib.suppress(RedisError, OSError):
                await self._pubsub.unsubscribe(_PREFIX + topic)

    def _subscriptions(self) -> "set[RedisSubscription]":
        return {one for readers in self._topics.values() for one in readers}

    def _lose_all(self) -> None:
        for subscription in self._subscriptions():
            subscription.mailbox.lose()

    async def _send(self) -> None:
        """Send what waits, a round trip for all of it."""
        await asyncio.sleep(0)  # whoever signals in this very turn of the loop comes along
        while self._line or self._owes_lost:
            batch = [self._line.popleft() for _ in range(min(len(self._line), SENT_MAX_COUNT))]
            if self._mouth is None or not self._link.nodes.has(self._mouth):
                self._mouth = self._link.nodes.any()
            try:
                async with asyncio.timeout(CALL_S), self._mouth.client.pipeline(transaction=False) as pipe:
                    if self._owes_lost:
                        pipe.publish(_EVERYBODY, b"")
                    for channel, framed in batch:
                        pipe.publish(channel, framed)
                    await pipe.execute()
                self._owes_lost = False
            except Exception:  # the outermost loop, as above: what was in this batch is lost, and said to be
                self._owes_lost = True
                self._mouth = self._link.nodes.any(avoid=self._mouth.name)
                await asyncio.sleep(RECONNECT_S)

    async def _listen(self) -> None:
        while True:
            try:
                await self._hear()
            except Exception as error:  # the outermost loop: a closing connection raises whatever it likes
                if self._pubsub is not None:
                    log.warning("the line to Redis's signals broke; calling until it stands again", extra={"error": type(error).__name__})
            finally:
                self._pubsub = None
            await asyncio.sleep(RECONNECT_S)

    async def _hear(self) -> None:
        """Listen on one connection until it breaks. What was said while there was none is lost: every reader is told."""
        nodes = self._link.nodes
        ear = self._ear = nodes.any(avoid=self._ear.name if self._ear else "")
        async with ear.client.pubsub() as pubsub:
            await pubsub.subscribe(WAKE, _EVERYBODY, *(_PREFIX + topic for topic in self._topics))
            self._pubsub = pubsub
            for topic in list(self._topics):  # those that came while the line was being made
                if (channel := _PREFIX + topic).encode() not in pubsub.channels:
                    await pubsub.subscribe(channel)
            is_asked = False
            looks_at = asyncio.get_running_loop().time() + LOOK_S
            while True:
                if asyncio.get_running_loop().time() > looks_at:
                    looks_at += LOOK_S
                    await nodes.learn_again()
                    if not nodes.has(ear):
                        raise ConnectionError("this node has left the cluster")
                message = await pubsub.get_message(timeout=IDLE_S)
                if message is not None:
                    is_asked = False
                    self._dispatch(message["type"], message["channel"], message["data"])
                elif is_asked:
                    raise ConnectionError("Redis has gone quiet")
                else:
                    is_asked = True
                    await pubsub.ping()

    def _dispatch(self, kind: str, channel: bytes | None, data: bytes) -> None:
        name = (channel or b"").decode()
        match kind, name:
            case "subscribe", _:
                self._confirm(name)
            case "message", "fd:wake":
                self._on_wake(Lane(int(data)))
            case "message", "fd:lost":
                self._lose_all()
            case "message", _:
                self._deliver(name.removeprefix(_PREFIX), data)

    def _confirm(self, name: str) -> None:
        if name == WAKE:  # the first word on a new connection
            self._lose_all()
            self._on_reconnect()
            self._is_up.set()
        if (confirmed := self._confirmed.pop(name, None)) is not None and not confirmed.done():
            confirmed.set_result(None)

    def _deliver(self, topic: str, framed: bytes) -> None:
        for subscription in self._topics.get(topic, ()):
            if framed[:1] == _GOOD:
                subscription.mailbox.put(topic, framed[1:])
            else:
                subscription.mailbox.lose()


class RedisSubscription:
    """One reader of some topics."""

    def __init__(self, switchboard: Switchboard) -> None:
        self._switchboard = switchboard
        self._topics: set[str] = set()
        self.mailbox = Mailbox()

    def __aiter__(self) -> AsyncIterator[tuple[str, bytes]]:
        return self.mailbox

    async def add(self, topic: str) -> None:
        self._topics.add(topic)
        await self._switchboard.add(topic, self)

    async def remove(self, topic: str) -> None:
        self._topics.discard(topic)
        await self._switchboard.remove(topic, self)

    async def close(self) -> None:
        for topic in list(self._topics):
            await self.remove(topic)
        self.mailbox.shut()


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancels until it has ended: a connection that breaks in that very moment can swallow a cancellation."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=CANCEL_AGAIN_S)
    if not task.cancelled():
        task.exception()  # looked at, so that nobody complains of it
