"""Shows customers that somebody writes to them, on channels that do so by a call (`ShowsTyping`): while the bot's answer is late or looked
up, while an agent types. Gone when the answer goes.

Best effort throughout: what is lost here costs a little politeness. One process of all shows them, by a lease.
"""

import asyncio
import logging
from collections.abc import Mapping

from msgspec import Struct

from gateway.core.bus import Bus, Subscription
from gateway.core.channel import Channel, Reach, ShowsTyping
from gateway.core.errors import Busy
from gateway.core.ids import ChannelName, Thread, WorkerId
from gateway.core.message import Author
from gateway.core.ports import Clock
from gateway.core.signals import TYPING, Messages, thread_topic, unpack_thread, unpack_typing
from gateway.metrics import Metrics

log = logging.getLogger(__name__)

EVERY_S = 5.0
"""A thread's sign is shown at most so often, should an agent begin and stop all the time."""
LASTS_S = 15.0
"""So long a sign stays by itself; shown again meanwhile it is refused (客服输入状态, seen 2026-11)."""
CALL_S = 5.0
CALLS_MAX_COUNT = 32
"""On their way at the same time; more are not made."""
SHOWN_MAX_COUNT = 5_000
LEASE = "typing"
LEASE_S = 15.0

ThreadKey = tuple[ChannelName, Thread]


class _Shown(Struct):
    """A thread's sign."""

    at_s: float
    is_on: bool = True


class TypingSigns:
    """Shows the signs that the topic TYPING tells of."""

    def __init__(self, bus: Bus, channels: Mapping[ChannelName, Channel], *, clock: Clock, worker: WorkerId, metrics: Metrics) -> None:
        self._bus = bus
        self._channels = {name: channel for name, channel in channels.items() if _shows(channel)}
        self._clock = clock
        self._worker = worker
        self._metrics = metrics
        self._shown: dict[ThreadKey, _Shown] = {}
        self._calls: set[asyncio.Task[None]] = set()
        self._is_ours = False

    async def run(self) -> None:
        """Until cancelled. Does nothing where no channel shows them."""
        if not self._channels:
            await asyncio.Event().wait()
        subscription = await self._bus.subscribe(TYPING)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hold(), name="typing-lease")
                tasks.create_task(self._follow(subscription), name="typing-signals")
        finally:
            for call in self._calls:
                call.cancel()
            await subscription.close()

    async def _hold(self) -> None:
        while True:
            try:
                self._is_ours = await self._bus.take(LEASE, self._worker, LEASE_S) is not None
            except (Busy, OSError, TimeoutError):
                self._is_ours = False
            await asyncio.sleep(LEASE_S / 3)

    async def _follow(self, subscription: Subscription) -> None:
        async for topic, payload in subscription:
            if not topic:
                continue
            try:
                await self._heard(subscription, topic, payload)
            except Exception as error:  # the outermost loop of a worker: one odd signal must not end the signs
                self._metrics.errors.labels("typing", type(error).__name__).inc()
                log.exception("a typing sign was not understood")

    async def _heard(self, subscription: Subscription, topic: str, payload: bytes) -> None:
        if topic == TYPING:
            sign = unpack_typing(payload)
            if self._is_ours and sign.channel in self._channels:
                await (self._on if sign.is_on else self._off)(subscription, (sign.channel, sign.thread))
            return
        signal = unpack_thread(payload)
        if isinstance(signal, Messages) and any(message.author is not Author.CUSTOMER for message in signal.messages):
            for key in [key for key in self._shown if thread_topic(*key) == topic]:
                await self._off(subscription, key)

    async def _on(self, subscription: Subscription, key: ThreadKey) -> None:
        now_s, shown = self._clock.monotonic(), self._shown.get(key)
        await self._forget_old(subscription, now_s)
        if shown is not None and now_s - shown.at_s < (LASTS_S if shown.is_on else EVERY_S):
            return
        if self._shown.pop(key, None) is None and len(self._shown) >= SHOWN_MAX_COUNT:
            return
        self._shown[key] = _Shown(now_s)
        await subscription.add(thread_topic(*key))
        self._call(key, is_on=True)

    async def _off(self, subscription: Subscription, key: ThreadKey) -> None:
        shown = self._shown.get(key)
        if shown is None or not shown.is_on:
            return
        shown.is_on = False
        await subscription.remove(thread_topic(*key))
        if self._clock.monotonic() - shown.at_s < LASTS_S:
            self._call(key, is_on=False)

    async def _forget_old(self, subscription: Subscription, now_s: float) -> None:
        """Signs come in the order of their time, so that only the first ones can be old."""
        while self._shown:
            key, shown = next(iter(self._shown.items()))
            if now_s - shown.at_s < LASTS_S:
                return
            del self._shown[key]
            if shown.is_on:
                await subscription.remove(thread_topic(*key))

    def _call(self, key: ThreadKey, *, is_on: bool) -> None:
        if len(self._calls) >= CALLS_MAX_COUNT:
            return
        call = asyncio.create_task(self._show(key, is_on=is_on), name="typing-sign")
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)

    async def _show(self, key: ThreadKey, *, is_on: bool) -> None:
        channel = self._channels[key[0]]
        assert isinstance(channel, ShowsTyping), "only such are kept"
        try:
            async with asyncio.timeout(CALL_S):
                await channel.show_typing(key[1], is_on=is_on)
        except Exception as error:  # best effort by its contract: whatever it was, nobody is told but the log
            log.debug("a typing sign was not shown", extra={"channel": key[0], "error": type(error).__name__})


def _shows(channel: Channel) -> bool:
    can = channel.capabilities
    return can.reach is Reach.PUSHED and can.typing and isinstance(channel, ShowsTyping)
