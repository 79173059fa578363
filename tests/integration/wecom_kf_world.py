"""Processes of ours that serve a scripted 微信客服, and what is durable of it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from adapters.wecom_kf import WeComKfChannel, open_wecom_kf
from config.schema import BusSettings
from gateway.bus import open_bus, open_shelf
from gateway.channels import Leases
from gateway.clock import SystemClock
from gateway.core.bus import Bus
from gateway.core.channel import Accept
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, Lane, WorkerId
from gateway.core.parts import plain_text
from gateway.intake import Intake
from gateway.store import SqliteStore
from tests.peers.wechat.clock import MovableClock
from tests.peers.wechat.kf import KfPlatform
from tests.peers.wechat.kf_company import KfAccount
from tests.unit.adapters.kf_means import MemoryFiles, settings_of

SOON_S = 30.0
LANES = 2


async def until(is_so: Callable[[], bool] | Callable[[], Awaitable[bool]]) -> None:
    """Wait for something that has to come true."""
    async with asyncio.timeout(SOON_S):
        while True:
            found = is_so()
            if found if isinstance(found, bool) else await found:
                return
            await asyncio.sleep(0.01)


async def quick(seconds: float) -> None:
    """Every pause is short here."""
    await asyncio.sleep(min(seconds, 0.01))


class World:
    """One company, and the processes of one installation that serve it."""

    def __init__(self, platform: KfPlatform, store: SqliteStore, bus: Bus) -> None:
        self.platform = platform
        self.store = store
        self.bus = bus
        self.account: KfAccount = platform.account()
        self.processes: dict[WeComKfChannel, asyncio.Task[None]] = {}
        self.marks: list[str] = []

    def channel(self, **settings: Any) -> WeComKfChannel:
        """Another process of ours."""
        worker = WorkerId(f"w{len(self.processes)}")
        return open_wecom_kf(
            ChannelName("kf"), settings_of(**{"api_base": self.platform.url, **settings}), files=MemoryFiles(),
            shelf=open_shelf(self.bus, clock=SystemClock()), leases=Leases(self.bus, worker), notebook=self, bus=self.bus,
            now_s=lambda: self.platform.clock.now().timestamp(), sleep=quick,
        )  # fmt: skip

    def start(self, accept: Accept | None = None, **settings: Any) -> WeComKfChannel:
        """A process that listens."""
        channel = self.channel(**settings)
        self.processes[channel] = asyncio.create_task(channel.listen(accept or Intake(self.bus).accept))
        return channel

    async def kill(self, channel: WeComKfChannel) -> None:
        """It stops wherever it is."""
        task = self.processes.pop(channel)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await channel.close()

    async def close(self) -> None:
        for channel in list(self.processes):
            await self.kill(channel)

    async def events(self) -> list[Inbound]:
        """What is durable, in the order of its lane."""
        return [entry.event for lane in range(LANES) for entry in await self.bus.read(Lane(lane), "", 10_000)]

    async def texts(self, customer: str) -> list[str]:
        """What this customer has said, in order."""
        events = [event for event in await self.events() if event.sender.value == customer]
        return [plain_text(event.event.parts) for event in events if isinstance(event.event, Said)]

    async def heard(self, customer: str, *texts: str) -> None:
        """Wait until exactly these texts have come, in this order."""

        async def is_so() -> bool:
            return len(await self.texts(customer)) >= len(texts)

        await until(is_so)
        assert await self.texts(customer) == list(texts)

    async def notebook(self, name: str) -> str:
        return await self.store.notebook(name)

    async def note_down(self, name: str, value: str) -> None:
        if "/cursor/" in name:
            self.marks.append(value)
        await self.store.note_down(name, value)


@asynccontextmanager
async def a_world(folder: Path, redis_url: str | None) -> AsyncIterator[World]:
    clock = SystemClock()
    store = SqliteStore(folder / "frontdesk.db", clock=clock)
    await store.open()
    settings = BusSettings(url=redis_url or "local:", lanes=LANES)
    bus = open_bus(settings, log=None if redis_url else store, clock=clock)
    await bus.open()
    platform = KfPlatform(MovableClock())
    async with platform.running():
        world = World(platform, store, bus)
        try:
            yield world
        finally:
            await world.close()
            await bus.close()
            await store.close()
