"""A webhook that came to a process which does not have its call: passed to the one that has, over signals, and its answer back.

A signal may be lost: then the cloud is told to come again, and so it is where the process that had the call is gone, until another one
may take it.
"""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress

import msgspec
from msgspec import Struct

from adapters.phone.tools import Signals
from adapters.phone.twiml.hooks import Hook
from adapters.phone.twiml.line import Spawn
from gateway.core.channel import Reply
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName

log = logging.getLogger(__name__)

RETRY_S = (0.5, 1.0, 2.0, 4.0)
"""Between attempts to listen again, where the bus can't be used."""


class Asked(Struct, frozen=True):
    """Whose call is this?"""

    hook: Hook
    back: str
    """The topic of the answer: heard by the one who asks."""


Answer = Callable[[Hook], Awaitable[Reply | None]]
"""None: it is not ours."""

_encode = msgspec.msgpack.Encoder().encode
_decode_asked = msgspec.msgpack.Decoder(Asked)
_decode_reply = msgspec.msgpack.Decoder(Reply)


class Relay:
    """Between the processes that serve one channel."""

    def __init__(self, channel: ChannelName, signals: Signals, *, asking_s: float) -> None:
        self._channel = channel
        self._signals = signals
        self._asking_s = asking_s

    async def ask(self, hook: Hook) -> Reply | None:
        """The answer of the process that has the call; None where nobody answers in time."""
        back = f"phone/{self._channel}/told/{secrets.token_hex(16)}"
        subscription = await self._signals.subscribe(back)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._asking_s):
                    await self._signals.signal(self._topic, _encode(Asked(hook, back)))
                    async for topic, payload in subscription:
                        if topic:
                            return _decode_reply.decode(payload)
        finally:
            await subscription.close()
        return None

    async def serve(self, answer: Answer, spawn: Spawn, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Answer what others ask, until cancelled."""
        failed_count = 0
        while True:
            try:
                await self._serve(answer, spawn)
                failed_count = 0
            except (FrontdeskError, OSError, RuntimeError):
                log.warning("webhooks of other processes can't be heard just now", extra={"channel": self._channel})
                await sleep(RETRY_S[min(failed_count, len(RETRY_S) - 1)])
                failed_count += 1

    @property
    def _topic(self) -> str:
        return f"phone/{self._channel}/hooks"

    async def _serve(self, answer: Answer, spawn: Spawn) -> None:
        subscription = await self._signals.subscribe(self._topic)
        try:
            async for topic, payload in subscription:
                if topic and (asked := _asked(payload)) is not None:
                    spawn(self._answer(asked, answer))
        finally:
            await subscription.close()

    async def _answer(self, asked: Asked, answer: Answer) -> None:
        reply = await answer(asked.hook)
        if reply is not None:
            await self._signals.signal(asked.back, _encode(reply))


def _asked(payload: bytes) -> Asked | None:
    """None for what another version of ours has said."""
    try:
        return _decode_asked.decode(payload)
    except (msgspec.DecodeError, ValueError):
        log.warning("a webhook that was passed on can't be read")
        return None
