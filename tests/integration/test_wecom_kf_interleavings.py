"""Whatever happens between WeCom and the listener, and in whatever order: each customer's words come once, in their order."""

import asyncio
import random
from contextlib import suppress

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.wecom_kf import WeComKfChannel, open_wecom_kf
from gateway.core.channel import Raw
from gateway.core.errors import Busy
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, Lane
from gateway.core.parts import plain_text
from tests.peers.wechat.clock import MovableClock
from tests.peers.wechat.faults import Fault
from tests.peers.wechat.kf import KfPlatform
from tests.unit.adapters.kf_means import MemoryFiles, MemoryLeases, MemoryNotebook, MemoryShelf, local_bus, settings_of

LANES = 2
SOON_S = 30.0
FAULTS = {
    "busy": Fault(errcode=-1),
    "often": Fault(errcode=45009),
    "stale call token": Fault(errcode=95007),
    "unknown cursor": Fault(errcode=40058),
    "over token": Fault(kills_token=42001),
    "gateway": Fault(status=502),
    "page lost on its way": Fault(is_cut_after=True),
    "no answer": Fault(is_cut_before=True),
    "garbage": Fault(is_garbage=True),
}
_says = st.tuples(st.just("says"), st.integers(0, 2))
_dies = st.tuples(st.just("dies"), st.integers(0, 3))
_deeds = st.one_of(
    _says,
    _says,
    _dies,
    _dies,
    st.tuples(st.just("forgets"), st.just(0)),
    st.tuples(st.just("turns"), st.integers(1, 30)),
    st.tuples(st.just("calls"), st.integers(0, 1)),
    st.tuples(st.sampled_from(sorted(FAULTS)), st.just(0)),
)


async def _quick(seconds: float) -> None:
    await asyncio.sleep(min(seconds, 0.002))


class _Run:
    """One history."""

    def __init__(self, platform: KfPlatform, seed: int) -> None:
        self.platform = platform
        self.account = platform.account()
        self.customers = [platform.customer(self.account) for _ in range(3)]
        self.said: list[list[str]] = [[], [], []]
        self.bus, self.notebook, self.leases, self.shelf = local_bus(), MemoryNotebook(), MemoryLeases(), MemoryShelf()
        self.chance = random.Random(seed)
        self.listening: asyncio.Task[None] | None = None
        self.channel: WeComKfChannel | None = None
        self.dies_after = -1

    async def start(self) -> None:
        self.channel = open_wecom_kf(
            ChannelName("kf"), settings_of(self.platform.url, poll_s=0.004), files=MemoryFiles(), shelf=self.shelf,
            leases=self.leases.worker(), notebook=self.notebook, bus=self.bus, now_s=lambda: self.platform.clock.now().timestamp(),
            sleep=_quick,
        )  # fmt: skip
        self.listening = asyncio.create_task(self.channel.listen(self.accept))

    async def stop(self) -> None:
        assert self.listening is not None
        assert self.channel is not None
        self.listening.cancel()
        with suppress(asyncio.CancelledError):
            await self.listening
        await self.channel.close()

    async def accept(self, event: Inbound) -> bool:
        """The lane: full now and then, and sometimes the process dies just before or just behind the moment of truth."""
        if self.chance.random() < 0.2:
            raise Busy("lane", 0.001)
        if self.dies_after == 0:
            await self.die()
        is_new = await self.bus.append(event)
        self.dies_after -= 1
        if self.dies_after == 0 and self.chance.random() < 0.5:
            await self.die()
        return is_new

    async def die(self) -> None:
        """Here and now: nothing of this process goes on."""
        self.dies_after = -1
        assert self.listening is not None
        self.listening.cancel()
        await asyncio.Event().wait()

    async def does(self, deed: str, number: int) -> None:
        match deed:
            case "says":
                self.said[number].append(f"{len(self.said[number])}")
                self.customers[number].says(self.said[number][-1])
            case "dies":
                self.dies_after = number
            case "forgets":
                self.platform.forget_cursors()
            case "turns":
                for _ in range(number):
                    await asyncio.sleep(0.001)
            case "calls":
                await self.call_back(is_lost=bool(number))
            case fault:
                self.platform.faults.next("kf/sync_msg", FAULTS[fault])
        if self.listening is not None and self.listening.done():
            await self.stop()
            await self.start()

    async def call_back(self, *, is_lost: bool) -> None:
        query, body = self.platform.callback(self.account.open_kfid)
        if is_lost or self.channel is None:
            return
        raw = Raw(body=body, received_at_ms=self.platform.clock.now_ms(), method="POST", query=query)
        await self.channel.wake(self.channel.parse(raw).news)

    async def heard(self) -> list[list[str]]:
        events = [entry.event for lane in range(LANES) for entry in await self.bus.read(Lane(lane), "", 1000)]
        texts: list[list[str]] = [[], [], []]
        for event in events:
            if isinstance(event.event, Said):
                who = next(n for n, one in enumerate(self.customers) if one.external_userid == event.sender.value)
                texts[who].append(plain_text(event.event.parts))
        return texts

    async def ends_well(self) -> None:
        self.dies_after = -1
        self.platform.faults.clear()
        async with asyncio.timeout(SOON_S):
            while sum(map(len, await self.heard())) < sum(map(len, self.said)):
                assert self.listening is not None
                if self.listening.done():
                    await self.stop()
                    await self.start()
                await asyncio.sleep(0.002)
        await asyncio.sleep(0.02)  # a repeat would come now
        assert await self.heard() == self.said


async def _lived(deeds: list[tuple[str, int]], page_count: int, seed: int) -> None:
    platform = KfPlatform(MovableClock(), seed=seed)
    platform.page_max_count = page_count
    async with platform.running():
        run = _Run(platform, seed)
        await run.bus.open()
        await run.start()
        try:
            for deed, number in deeds:
                await run.does(deed, number)
            await run.ends_well()
        finally:
            await run.stop()
            await run.bus.close()


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(deeds=st.lists(_deeds, min_size=6, max_size=30), page_count=st.integers(1, 4), seed=st.integers(0, 1000))
def test_every_word_comes_once_and_in_order_whatever_happens(deeds: list[tuple[str, int]], page_count: int, seed: int) -> None:
    asyncio.run(_lived(deeds, page_count, seed))
