"""What the parts of a call work with."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from adapters.phone.asterisk.ari import Ari
from adapters.phone.asterisk.sound import Sounds
from adapters.phone.audio import Pcm

if TYPE_CHECKING:
    from adapters.phone.asterisk.leg import AsteriskLeg


Spawn = Callable[[Coroutine[Any, Any, None]], "asyncio.Task[None] | None"]
"""Runs a task of a call's, which ends with it."""


class Board(Protocol):
    """Which events are whose, and whether the Asterisk is there."""

    @property
    def is_up(self) -> bool: ...

    async def up(self) -> None:
        """Until it is."""
        ...

    def claim(self, key: str, leg: "AsteriskLeg") -> None: ...

    def forget(self, key: str) -> None: ...


@dataclass(frozen=True, kw_only=True)
class Means:
    """What a leg works with."""

    ari: Ari
    app: str
    sounds: Sounds
    board: Board
    music: Pcm
    timeout_s: float
    caller_id: str = ""
    name_of: Callable[[str], str]
    """A new id for a channel, a bridge or a recording of ours, by what it is."""
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
