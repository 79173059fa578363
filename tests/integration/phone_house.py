"""A number that people call, whole but for the line: the real channel, middle, record, queue and desk, over a scripted line; tests move the
clock."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import structs

from adapters.phone.channel import PhoneChannel
from adapters.phone.driver import Abilities, Driver
from adapters.phone.opening import open_phone
from adapters.phone.speech.words import Ear
from config.phone import Phone
from gateway.bus import open_shelf
from gateway.channels import Leases
from gateway.core.calls import Menus
from gateway.core.channel import Channel
from gateway.core.errors import Busy
from gateway.core.events import Inbound
from gateway.core.ids import ChannelName, Thread, WorkerId
from gateway.core.message import Message
from gateway.core.ports import Brain
from gateway.core.session import Session
from gateway.following import Following
from gateway.menus import NO_MENUS
from gateway.standings import Standings
from gateway.store.files import open_files
from handoff.telling import tell
from tests.integration.calls_house import HOTLINE, TEXTS, CallsHouse, calls_house, hotline
from tests.peers.phone_line import ABLE, Caller, ScriptedEar, ScriptedLine, ScriptedVoice


async def until(holds: Callable[[], bool], what: Callable[[], str] = lambda: "it to hold", timeout_s: float = 30.0) -> None:
    """Wait for what is meant; only a broken test waits for long."""
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout_s
    while not holds():
        assert loop.time() < end, f"expected {what()}"
        await asyncio.sleep(0.002)


@dataclass
class PhoneHouse:
    """What a test may touch."""

    house: CallsHouse
    channel: PhoneChannel
    line: ScriptedLine
    voice: ScriptedVoice
    is_away: bool = False
    """The record takes nothing."""
    refused_count: int = 0

    async def accept(self, inbound: Inbound) -> bool:
        """An event, handled and committed at once."""
        house = self.house
        if self.is_away:
            self.refused_count += 1
            raise Busy("away", retry_after_s=1)
        newest = await self.session_of(inbound.thread)
        before = newest
        for changes in await house.episodes.handle(newest, inbound):
            (outcome,) = await house.store.commit([changes])
            if outcome is not None:
                raise outcome
            await tell(house.bus, before, changes)
            before = changes.session or before
        return True

    async def session_of(self, thread: Thread) -> Session | None:
        found = await self.house.store.latest_sessions([(HOTLINE, thread)])
        return found[0] if found else None

    async def session(self, number: str = "+8613800138000") -> Session:
        from adapters.phone.numbers import thread_of

        for _ in range(3_000):
            if (session := await self.session_of(thread_of(HOTLINE, number, ""))) is not None:
                return session
            await self.later(0.01)
        raise AssertionError("no conversation with this number")

    async def messages(self, number: str = "+8613800138000") -> list[Message]:
        from adapters.phone.numbers import thread_of

        return await self.house.store.thread_messages(HOTLINE, thread_of(HOTLINE, number, ""), 0, 1000)

    async def later(self, seconds: float) -> None:
        """Time passes, in steps, so that whoever waits for a moment has it."""
        while seconds > 0:
            self.house.clock.advance(min(0.5, seconds))
            seconds -= 0.5
            for _ in range(5):
                await asyncio.sleep(0.002)

    async def hears(self, caller: Caller, words: str) -> None:
        """Until the caller has heard this."""
        await until(lambda: any(words in said for said in caller.heard), lambda: f"{words!r} to be heard, not {caller.heard}")


@asynccontextmanager
async def phone_house(
    folder: Path,
    *,
    abilities: Abilities = ABLE,
    ear: Ear | None = None,
    menus: Menus = NO_MENUS,
    brain: Brain | None = None,
    drive: Callable[[PhoneChannel], Driver] | None = None,
    beside: Mapping[ChannelName, tuple[Any, Channel]] = MappingProxyType({}),
    **settings: Any,
) -> AsyncIterator[PhoneHouse]:
    """A number that nobody has called yet, taking calls. `drive`: a driver in place of the scripted line. `beside`: further
    channels, with their settings."""
    chosen = hotline(**{"languages": ("zh-CN", "en"), **settings})
    chosen = structs.replace(chosen, channels={**chosen.channels, **{name: section for name, (section, _) in beside.items()}})
    async with calls_house(folder, chosen, others={name: channel for name, (_, channel) in beside.items()}) as house:
        if brain is not None:
            house.episodes._bot._brain = brain
        line, voice = ScriptedLine(abilities), ScriptedVoice()
        phone = chosen.channels["hotline"]
        assert isinstance(phone, Phone)
        standings = Standings(house.store, house.clock, chosen)
        channel = open_phone(
            HOTLINE, phone, secret=b"s" * 32, files=open_files(folder / "files"), shelf=open_shelf(house.bus, clock=house.clock),
            notebook=house.store, bus=house.bus, leases=Leases(house.bus, WorkerId("one")), clock=house.clock, texts=TEXTS,
            conversations=Following(HOTLINE, house.store, house.bus, standings), menus=menus, languages=("zh-CN", "en"),
            company="Example", data_dir=folder, public_url="http://help.example.com", sleep=_sleeping(house),
        )  # fmt: skip
        channel._open_driver = lambda: drive(channel) if drive else line
        channel._open_speech = lambda: (voice, ear if ear is not None else ScriptedEar(()))
        world = PhoneHouse(house, channel, line, voice)
        work = asyncio.create_task(channel.listen(world.accept))
        try:
            yield world
        finally:
            work.cancel()
            await asyncio.wait([work])
            await channel.close()


def _sleeping(house: CallsHouse) -> Callable[[float], Any]:
    async def sleep(seconds: float) -> None:
        until = house.clock.monotonic() + seconds
        while house.clock.monotonic() < until:
            await asyncio.sleep(0.002)

    return sleep
