"""What drivers, voices and ears are handed: all of it injected, none of it reached for."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from gateway.core.files import Files
from gateway.core.ports import Clock, Shelf

Sleep = Callable[[float], Awaitable[None]]


class Subscription(Protocol):
    """Signals as they come."""

    def __aiter__(self) -> AsyncIterator[tuple[str, bytes]]: ...

    async def close(self) -> None: ...


class Signals(Protocol):
    """The part of the bus that tells other processes."""

    async def signal(self, topic: str, payload: bytes) -> None: ...

    async def subscribe(self, *topics: str) -> Subscription: ...


class Notebook(Protocol):
    """The channel's own small memory, which outlives processes."""

    async def notebook(self, name: str) -> str: ...

    async def note_down(self, name: str, value: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Tools:
    """What drivers are handed, voice and ear a part of it. They take what they need:

        open_sip(name, settings, tools) -> Driver           adapters.phone.sip.driver
        open_asterisk(name, settings, tools) -> Driver      adapters.phone.asterisk.driver
        open_twiml(name, settings, tools) -> Driver         adapters.phone.twiml.driver

    Opening does no I/O. A driver has `run` and `close`; a voice and an ear are closed by `close()` too, and open what they need at the
    first use. The waiting music is `adapters.phone.speech.music.waiting_music(path) -> Pcm`, for drivers that play it themselves.
    """

    secret: bytes
    """Signs, and says its purpose first."""
    clock: Clock
    data_dir: Path
    public_url: str
    shelf: Shelf
    notebook: Notebook
    bus: Signals
    files: Files
    languages: tuple[str, ...]
    """That callers are spoken to in."""
    sleep: Sleep = asyncio.sleep
