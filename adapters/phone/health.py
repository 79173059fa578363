"""How taking calls goes, told by the process that takes them and known to all: kept in the channel's notebook."""

import asyncio
import inspect
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

import msgspec
from msgspec import Struct

from adapters.phone.driver import Driver, Health
from adapters.phone.tools import Notebook, Sleep
from gateway.core.channel import Pulse
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName

log = logging.getLogger(__name__)

EVERY_S = 15.0
SOON_S = 3.0
"""While there is no line: whoever looks is to see soon that it is back."""
ALIVE = timedelta(seconds=45)
"""Whoever takes calls has written within that time; else nobody does."""
ALARM = timedelta(seconds=90)
"""Without a line for so long, or without a word from who takes the calls."""


@runtime_checkable
class TellsHealth(Protocol):
    """A driver that knows how its own connection goes."""

    @property
    def health(self) -> Health | Callable[[], Health | Awaitable[Health]]:
        """Known, or asked for."""
        ...


class Page(Struct, frozen=True, omit_defaults=True):
    """What is written down."""

    success_at: datetime | None = None
    trouble: str = ""
    counts: dict[str, int] = {}
    at: datetime | None = None
    """When it was written."""
    host: str = ""
    """The machine of whoever wrote it."""

    def is_of_now(self, now: datetime) -> bool:
        """Somebody lives who takes the calls, or tries to."""
        return self.at is not None and now - self.at < ALIVE

    @property
    def is_up(self) -> bool:
        """Calls were taken when it was written."""
        return self.at is not None and self.success_at == self.at


class Pulsing:
    """Of one channel."""

    def __init__(
        self, channel: ChannelName, notebook: Notebook, *, now: Callable[[], datetime], sleep: Sleep, host: str = ""
    ) -> None:  # fmt: skip
        self._page = f"phone/{channel}/health"
        self._notebook = notebook
        self._now = now
        self._sleep = sleep
        self._host = host
        self._success_at: datetime | None = None
        self.counts: Counter[str] = Counter()

    async def keep(self, driver: Driver, calls_count: Callable[[], int]) -> None:
        """Write it down again and again. Until cancelled."""
        while True:
            is_up = False
            try:
                is_up = await self._write(driver, calls_count())
            except (FrontdeskError, OSError):
                log.warning("how calls go can't be written down just now", extra={"page": self._page})
            await self._sleep(EVERY_S if is_up else SOON_S)

    async def pulse(self) -> Pulse | None:
        """How it goes; None: nobody has taken calls yet. Raises what the record raises."""
        page = await self.page()
        if page is None:
            return None
        is_alarm = page.success_at is None or self._now() - page.success_at > ALARM
        return Pulse(success_at=page.success_at, is_alarm=is_alarm, trouble=page.trouble, counts=page.counts)

    async def page(self) -> Page | None:
        """What was written down last, by whoever takes the calls. Raises what the record raises."""
        text = await self._notebook.notebook(self._page)
        try:
            return msgspec.json.decode(text, type=Page) if text else None
        except msgspec.DecodeError:
            return None

    async def _write(self, driver: Driver, calls_count: int) -> bool:
        """Whether there is a line."""
        health, now = await self._health(driver), self._now()
        if health.is_up:
            self._success_at = now
        page = Page(self._success_at, health.trouble, {**self.counts, "now": calls_count}, now, self._host)
        await self._notebook.note_down(self._page, msgspec.json.encode(page).decode())
        return health.is_up

    async def _health(self, driver: Driver) -> Health:
        if not isinstance(driver, TellsHealth):
            return Health(is_up=True)
        try:
            async with asyncio.timeout(EVERY_S):
                found = driver.health
                if isinstance(found, Health):
                    return found
                asked = found()
                return await asked if inspect.isawaitable(asked) else asked
        except Exception:  # whatever a driver raises, calls go on being taken
            log.exception("a line can't say how it goes", extra={"page": self._page})
            return Health(is_up=False, trouble="unable")
