"""The driver over SIP with telephones on this machine, as the kit of drivers wants it: one caller, one agent's phone, real time."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec import convert

from adapters.phone.driver import Abilities, Health, Leg, LineFailed, Take
from adapters.phone.sip.driver import SipDriver
from config.phone import Phone
from gateway.core.ids import ChannelName
from tests.contract.phone_lines import PATIENCE_S, Manner, loud_s, sound
from tests.peers.processes import free_port
from tests.peers.sip_caller import HOST, SipCaller
from tests.peers.sip_line import tools

PASSWORD = "open-sesame-7741"
ANSWERS: dict[Manner, tuple[int, ...]] = {"answers": (180, 200), "rings": (180,), "busy": (486,), "refuses": (603,)}


class StandingDriver:
    """One worker process for many tests, each of which runs and closes a driver: behind it there are no calls of it any more."""

    def __init__(self, driver: SipDriver) -> None:
        self._driver = driver
        self._take: Take | None = None
        self._legs: list[Leg] = []

    @property
    def abilities(self) -> Abilities:
        return self._driver.abilities

    @property
    def health(self) -> Health:
        return self._driver.health

    def __repr__(self) -> str:
        return repr(self._driver)

    async def stand(self) -> None:
        await self._driver.run(self._hand_on)

    async def _hand_on(self, leg: Leg) -> None:
        assert self._take is not None, "a call while no test runs"
        self._legs.append(leg)
        await self._take(leg)

    async def run(self, take: Take) -> None:
        self._take = take
        try:
            await asyncio.Event().wait()
        finally:
            self._take = None

    async def dial(self, target: str, *, caller_id: str, ring_s: float) -> Leg:
        leg = await self._driver.dial(target, caller_id=caller_id, ring_s=ring_s)
        self._legs.append(leg)
        return leg

    async def close(self) -> None:
        """The phones must still be there, to take the BYE."""
        for leg in self._legs:
            with contextlib.suppress(LineFailed):
                await leg.hangup()
        self._legs.clear()
        async with asyncio.timeout(PATIENCE_S):
            while self.health.facts["calls"]:
                await asyncio.sleep(0.01)


@asynccontextmanager
async def standing() -> AsyncIterator[tuple[StandingDriver, int]]:
    """A driver that many tests share, and its port."""
    driver, port = open_driver()
    shared = StandingDriver(driver)
    task = asyncio.create_task(shared.stand())
    try:
        yield shared, port
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def open_driver() -> tuple[SipDriver, int]:
    port = free_port()
    trunk = {"host": f"{HOST}:9", "user": "frontdesk", "password": PASSWORD, "register": False}
    sip = {"listen": f"{HOST}:{port}", "rtp_ports": "30000-39998", "trunk": trunk}
    return SipDriver(ChannelName("hotline"), convert({"type": "phone", "sip": sip}, Phone), tools(), last_words={}), port


class SipContractLine:
    """`async with SipContractLine(*open_driver()) as line`."""

    elsewhere = "sip:200@127.0.0.1:9"
    secrets = (PASSWORD,)
    lost_max_s = 0.45

    def __init__(self, driver: SipDriver | StandingDriver, port: int) -> None:
        self.driver = driver
        self._port = port
        self._stack = AsyncExitStack()
        self._answered: asyncio.Task[object] | None = None
        self._has_hung_up = False
        self._pids: set[int] = set()

    async def __aenter__(self) -> Self:
        self.caller = await self._stack.enter_async_context(SipCaller.open(self._port))
        self.agents_phone = await self._stack.enter_async_context(SipCaller.open(self._port, "107"))
        self.phone = f"sip:107@{HOST}:{self.agents_phone.port}"
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None) -> None:
        if self._answered is not None:
            self._answered.cancel()
        await self._stack.aclose()

    async def ready(self) -> bool:
        pid = self.driver.health.facts["pid"]
        self._pids |= {pid} if pid else set()
        return self.driver.health.is_up

    async def ring(self, number: str, name: str) -> None:
        self.caller.user, self.caller.name = number, name
        self.caller.invite()
        self._answered = asyncio.create_task(self.caller.answered())

    def _final(self) -> int:
        """Of the first INVITE."""
        return next((m.status for m in self.caller.got if m.status >= 200 and m.cseq == "1 INVITE"), 0)

    def is_answered(self) -> bool:
        return self._final() == 200

    def refused_with(self) -> int | None:
        return self._final() if self._final() >= 300 else None

    def is_on_line(self) -> bool:
        is_hung_up_on = any(message.method == "BYE" for message in self.caller.got)
        return not (self._has_hung_up or is_hung_up_on or self.refused_with())

    def heard_s(self) -> float:
        return loud_s(self.caller.heard.pcm)

    async def press(self, keys: str) -> None:
        if self._answered is not None:
            await self._answered
        await self.caller.press(keys, pause_s=0.02)

    async def say(self, seconds: float) -> None:
        _say(self.caller, seconds)

    async def hold(self, *, is_on: bool) -> None:
        await self.caller.again("sendonly" if is_on else "sendrecv")

    async def hang_up(self) -> None:
        self._has_hung_up = True
        if self.is_answered():
            await self.caller.hang_up()
        else:
            await self.caller.give_up()

    def agent(self, manner: Manner) -> None:
        self.agents_phone.answers_with = ANSWERS[manner]

    async def agent_says(self, seconds: float) -> None:
        _say(self.agents_phone, seconds)

    def agent_heard_s(self) -> float:
        return loud_s(self.agents_phone.heard.pcm)

    async def agent_hangs_up(self) -> None:
        await self.agents_phone.hang_up_as_called()

    def elsewhere_takes(self, *, is_taking: bool) -> None:
        self.caller.tells_of_transfers = 200 if is_taking else 486

    async def lose(self) -> None:
        os.kill(self.driver.health.facts["pid"], signal.SIGKILL)

    async def pass_time(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def left_behind(self) -> list[str]:
        return [f"process {pid}" for pid in self._pids if Path(f"/proc/{pid}").exists()]


def _say(phone: SipCaller, seconds: float) -> None:
    """Once, packet by packet, whatever the clock says."""
    phone.source, phone.is_said_once = sound(seconds), True
