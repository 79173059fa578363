"""The driver behind a scripted Asterisk, as the kit of drivers wants it: one caller, one agent's phone, time that is moved."""

import asyncio
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, cast

from adapters.phone.asterisk.driver import AsteriskDriver, open_asterisk
from adapters.phone.tools import Tools
from config.phone import Asterisk, Phone
from gateway.core.ids import ChannelName
from tests.contract.phone_lines import Manner, loud_s, sound
from tests.fakes import START
from tests.peers.asterisk import AsteriskServer, Caller, Pace
from tests.peers.asterisk.server import PASSWORD, USER

MUSIC = b"\x10\x00\x20\x00" * 4_000
"""A second of it."""


class PacedClock:
    """Time as the scripted Asterisk has it."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace

    def now(self) -> datetime:
        return START

    def monotonic(self) -> float:
        return self._pace.now()

    def now_ms(self) -> int:
        return int(START.timestamp() * 1_000)


def tools_for(asterisk: AsteriskServer) -> Tools:
    """What the driver takes of it: a clock, and sleep."""
    nothing = cast("Any", None)
    return Tools(
        secret=b"", clock=PacedClock(asterisk.pace), data_dir=Path(), public_url="", shelf=nothing, notebook=nothing, bus=nothing,
        files=nothing, languages=("en",), sleep=asterisk.pace.sleep,
    )  # fmt: skip


def settings_for(asterisk: AsteriskServer, media: Literal["websocket", "audiosocket"] = "websocket", **more: Any) -> Phone:
    return Phone(
        driver="asterisk",
        asterisk=Asterisk(url=asterisk.url, user=USER, password=PASSWORD, media=media, audiosocket_listen="127.0.0.1:0"),
        timeout_s=5.0,
        **more,
    )


def driver_of(asterisk: AsteriskServer, media: Literal["websocket", "audiosocket"] = "websocket") -> AsteriskDriver:
    return open_asterisk(ChannelName("hotline"), settings_for(asterisk, media), tools_for(asterisk), music=MUSIC)


class AsteriskLine:
    """`async with AsteriskLine(media) as line`."""

    phone = "PJSIP/107"
    elsewhere = "sip:200@192.0.2.20"
    secrets = (PASSWORD,)
    lost_max_s = 0.2

    def __init__(self, media: Literal["websocket", "audiosocket"] = "websocket") -> None:
        self._media: Literal["websocket", "audiosocket"] = media
        self.asterisk = AsteriskServer()
        self._takes = True

    async def __aenter__(self) -> "AsteriskLine":
        await self.asterisk.__aenter__()
        self.driver = driver_of(self.asterisk, self._media)
        self.agents_phone = self.asterisk.phone(self.phone)
        self.caller: Caller | None = None
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        await self.asterisk.__aexit__(kind, error, where)

    @property
    def _caller(self) -> Caller:
        assert self.caller is not None
        return self.caller

    async def ready(self) -> bool:
        return self.driver.is_up

    async def ring(self, number: str, name: str) -> None:
        self.caller = self.asterisk.call(number, name=name)

    def is_answered(self) -> bool:
        return self._caller.is_answered

    def refused_with(self) -> int | None:
        return self._caller.why

    def is_on_line(self) -> bool:
        return self._caller.is_there

    def heard_s(self) -> float:
        return loud_s(bytes(self._caller.heard))

    async def press(self, keys: str) -> None:
        self._caller.press(keys)

    async def say(self, seconds: float) -> None:
        self._caller.say(sound(seconds))

    async def hold(self, *, is_on: bool) -> None:
        self._caller.hold(is_on=is_on)

    async def hang_up(self) -> None:
        self._caller.hang_up()

    def agent(self, manner: Manner) -> None:
        self.agents_phone.manner = manner

    async def agent_says(self, seconds: float) -> None:
        self.agents_phone.say(sound(seconds))

    def agent_heard_s(self) -> float:
        return loud_s(bytes(self.agents_phone.heard))

    async def agent_hangs_up(self) -> None:
        self.agents_phone.hang_up()

    def elsewhere_takes(self, *, is_taking: bool) -> None:
        self._takes = is_taking

    async def lose(self) -> None:
        await self.asterisk.crash()
        await self.asterisk.start()

    async def pass_time(self, seconds: float) -> None:
        await self.asterisk.pace.advance(seconds)
        if self._takes and self.caller is not None and self.caller.referred_to and self.caller.is_there:
            self.caller.hang_up()  # whom a REFER has taken elsewhere hangs up here
        await asyncio.sleep(0)

    def left_behind(self) -> list[str]:
        return self.asterisk.left_behind
