"""How a line goes, as whoever looks reads it."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.phone.driver import Health
from adapters.phone.health import Pulsing
from gateway.core.channel import Pulse
from gateway.core.ids import ChannelName

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


class Notebook:
    def __init__(self) -> None:
        self.pages: dict[str, str] = {}

    async def notebook(self, name: str) -> str:
        return self.pages.get(name, "")

    async def note_down(self, name: str, value: str) -> None:
        self.pages[name] = value


class Known:
    health = Health(is_up=True, trouble="trunk_refused")


class Asked:
    def health(self) -> Health:
        return Health(is_up=False, trouble="refused")


class Awaited:
    async def health(self) -> Health:
        return Health(is_up=True)


class Silent:
    """Knows nothing of itself."""


class Broken:
    async def health(self) -> Health:
        raise RuntimeError("no idea")


@pytest.mark.parametrize(
    ("driver", "pulse"),
    [
        (Known(), Pulse(success_at=NOW, trouble="trunk_refused", counts={"now": 2})),
        (Asked(), Pulse(is_alarm=True, trouble="refused", counts={"now": 2})),
        (Awaited(), Pulse(success_at=NOW, counts={"now": 2})),
        (Silent(), Pulse(success_at=NOW, counts={"now": 2})),
        (Broken(), Pulse(is_alarm=True, trouble="unable", counts={"now": 2})),
    ],
)
async def test_a_driver_says_how_it_goes_in_whichever_way_it_can(driver: Any, pulse: Pulse) -> None:
    stop = asyncio.Event()

    async def sleep(_: float) -> None:
        stop.set()
        await asyncio.Event().wait()

    pulsing = Pulsing(ChannelName("hotline"), Notebook(), now=lambda: NOW, sleep=sleep)
    keeping = asyncio.create_task(pulsing.keep(driver, lambda: 2))
    await stop.wait()
    keeping.cancel()
    assert await pulsing.pulse() == pulse
