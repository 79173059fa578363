"""A call behind an Asterisk, whole: the scripted Asterisk, the real driver, channel, middle, record, queue and desk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from adapters.phone.asterisk.driver import open_asterisk
from adapters.phone.channel import PhoneChannel
from adapters.phone.driver import Driver
from gateway.core.events import CallStage
from gateway.core.message import Author
from gateway.core.parts import Pick
from gateway.core.session import Session, State
from tests.contract.asterisk_line import MUSIC, settings_for, tools_for
from tests.contract.phone_lines import loud_s, sound
from tests.integration.calls_house import HOTLINE
from tests.integration.phone_house import PhoneHouse, phone_house
from tests.peers.asterisk import AsteriskServer

PHONE = "PJSIP/107"


class World:
    """A house, and the Asterisk before it."""

    def __init__(self, house: PhoneHouse, asterisk: AsteriskServer) -> None:
        self.house = house
        self.asterisk = asterisk

    async def until(self, holds: Callable[[], bool], what: str) -> None:
        """Time passes until it is so."""
        for _ in range(10_000):
            if holds():
                return
            await self.passes()
        raise AssertionError(f"expected {what}")

    async def passes(self) -> None:
        """A little time, at the Asterisk and here."""
        await self.asterisk.pace.advance(0.1)
        self.house.house.clock.advance(0.1)
        await asyncio.sleep(0.001)

    async def hears(self, words: str) -> None:
        await self.until(lambda: any(words in said for said, _, _ in self.house.voice.said), words)

    async def comes_to(self, holds: Callable[[Session], bool]) -> None:
        for _ in range(10_000):
            if holds(session := await self.house.session()):
                return
            await self.passes()
        raise AssertionError(f"expected another session than {session}")


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with AsteriskServer() as asterisk:

        def drive(_: PhoneChannel) -> Driver:
            return open_asterisk(HOTLINE, settings_for(asterisk), tools_for(asterisk), music=MUSIC)

        async with phone_house(tmp_path, drive=drive, agents={"a07": PHONE}) as house:
            yield World(house, asterisk)


async def test_a_caller_is_greeted_waits_with_music_and_talks_with_an_agent(world: World) -> None:
    agent = await world.house.house.hire()
    phone = world.asterisk.phone(PHONE, "answers")
    await world.until(lambda: world.house.channel.driver.is_up, "the driver")  # type: ignore[attr-defined]
    caller = world.asterisk.call(name="张")
    await world.hears("For English, press two")
    caller.press("20")
    await world.hears("To be called back")
    heard_s = loud_s(bytes(caller.heard))
    await world.until(lambda: loud_s(bytes(caller.heard)) > heard_s + 2, "music")
    await world.house.house.desk.heartbeat(agent.id)
    await world.house.house.engine.round()
    await world.house.house.desk.accept(agent, (await world.house.session()).id)
    await world.comes_to(lambda session: session.call is not None and session.call.stage is CallStage.TALKING)
    assert phone.shown == "+8613800138000"
    caller.say(sound(0.5))
    await world.until(lambda: loud_s(bytes(phone.heard)) >= 0.4, "the caller's words")
    caller.hang_up()
    await world.comes_to(lambda session: session.state in (State.WRAP_UP, State.CLOSED))
    await world.until(lambda: not world.asterisk.left_behind, "nothing to be left")
    pressed = [part for message in await world.house.messages() if message.author is Author.CUSTOMER for part in message.parts]
    assert pressed == [Pick(id="person", text="Talk to a person", keys="0")]
