"""What all calls of a channel share."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from adapters.phone.driver import Abilities
from adapters.phone.keeping import Keeping
from adapters.phone.links import Links
from adapters.phone.speech.words import Ear, Voice
from adapters.phone.tools import Sleep
from gateway.core.calls import Conversations, Menus
from gateway.core.channel import Accept
from gateway.core.ids import ChannelName
from gateway.core.ports import Clock
from gateway.core.texts import Texts

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class House:
    """What all calls of a channel share."""

    channel: ChannelName
    accept: Accept
    conversations: Conversations
    menus: Menus
    texts: Texts
    voice: Voice
    ear: Ear | None
    abilities: Abilities
    keeping: Keeping
    links: Links
    clock: Clock
    sleep: Sleep
    deadline_s: float = 10.0
    """For a command to the line."""
    is_trusted: bool = False
    """The network proves its callers' numbers."""
    keeps_audio: bool = False


class patience:  # noqa: N801 - reads as what it is: `async with patience(5)`
    """A time that may pass without harm."""

    def __init__(self, seconds: float) -> None:
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *raised: Any) -> bool:
        try:
            await self._timeout.__aexit__(*raised)
        except TimeoutError:
            log.warning("behind a call's end something took too long")
            return True
        return False
