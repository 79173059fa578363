"""What the dialogue wants of the line, done: at once and in order, or behind the words."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import assert_never

from adapters.phone import driver
from adapters.phone.dialogue.words import Bridge, Hangup, Hear, Left, Music, Part, Record, Stimulus, TakeMessage, Transfer
from adapters.phone.driver import Leg, LineFailed
from adapters.phone.house import House
from adapters.phone.mouth import Mouth

log = logging.getLogger(__name__)

Wanted = Music | Record | TakeMessage | Bridge | Transfer | Part
_WHY_NOT = ("busy", "no_answer", "refused")


class Hands:
    """Of one call."""

    def __init__(self, leg: Leg, house: House, mouth: Mouth, tell: Callable[[Stimulus], None], call: str) -> None:
        self._leg = leg
        self._house = house
        self._mouth = mouth
        self._tell = tell
        self._line: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue()
        self._who = {"channel": house.channel, "call": call}

    def do(self, command: Wanted | Hear | Hangup) -> None:
        match command:
            case Hear(hearing=hearing):
                self._order(lambda: self._leg.hear(hearing))
            case Hangup():
                self._mouth.then(self._leg.hangup)
            case Bridge() | Transfer():  # behind our last words, or these would be said to two who talk
                self._mouth.then(lambda: self._ask(command))
            case _:
                self._order(lambda: self._ask(command))

    async def run(self) -> None:
        while True:
            act = await self._line.get()
            try:
                async with asyncio.timeout(self._house.deadline_s):
                    await act()
            except (LineFailed, TimeoutError, OSError) as error:
                log.warning("a command to the line failed: %s", type(error).__name__, extra=self._who)

    def _order(self, act: Callable[[], Awaitable[None]]) -> None:
        """Turn-based lines do everything in order with what is said; the others at once, in order among themselves."""
        if self._house.abilities.is_turn_based:
            self._mouth.then(act)
        else:
            self._line.put_nowait(act)

    async def _ask(self, command: Wanted) -> None:
        match command:
            case Music(is_on=is_on):
                await self._leg.music(is_on=is_on)
            case Record():
                await self._leg.record(is_on=True)
            case TakeMessage(max_s=max_s):
                await self._or_else(self._leg.take_message(max_s), lambda _: Left())
            case Bridge(target=target, ring_s=ring_s):
                await self._or_else(self._leg.bridge(target, ring_s), driver.Parted)
            case Transfer(target=target):
                await self._or_else(self._leg.transfer(target), driver.Parted)
            case Part():
                await self._or_else(self._leg.part(), driver.Parted)
            case unknown:
                assert_never(unknown)

    async def _or_else(self, doing: Awaitable[None], failed: Callable[[str], Stimulus]) -> None:
        """What can't be done is told as having come to nothing."""
        try:
            await doing
        except LineFailed as error:
            log.warning("the line could not do what was asked: %s", error.code, extra=self._who)
            self._tell(failed(error.code if error.code in _WHY_NOT else "unreachable"))
