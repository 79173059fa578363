"""How reading the mailboxes goes, told by the process that does it and known to all: kept in the channel's notebook."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
from msgspec import Struct

from adapters.email.imap.listener import Status
from adapters.email.oauth import Notebook
from gateway.core.channel import Pulse
from gateway.core.errors import FrontdeskError

log = logging.getLogger(__name__)

EVERY_S = 15.0


class Page(Struct, frozen=True, omit_defaults=True):
    """What is written down."""

    begun_at: datetime
    """When the process that wrote it began."""
    success_at: datetime | None = None
    trouble: str = ""
    behind_count: int = 0
    counts: dict[str, int] = {}


class Listens(Protocol):
    """Whoever reads the mailboxes."""

    def status(self) -> Status: ...


class Health:
    """Of one channel."""

    def __init__(
        self, name: str, listener: Listens, notebook: Notebook, *, counts: Mapping[str, int], alarm_s: float, now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._name = f"email/{name}/health"
        self._listener = listener
        self._notebook = notebook
        self._counts = counts
        self._alarm_s = alarm_s
        self._now = now
        self._sleep = sleep
        self._begun_at = now()

    async def keep(self) -> None:
        """Write it down again and again, while this process is the one that reads. Until cancelled."""
        while True:
            await self._sleep(EVERY_S)
            try:
                await self.write()
            except (FrontdeskError, OSError):
                log.warning("how reading goes can't be written down just now", extra={"page": self._name})

    async def write(self) -> None:
        """Write it down, if this process reads."""
        status = self._listener.status()
        if not status.is_reading:
            return
        counts = {**self._counts, "left_out": status.left_out_count, "rescans": status.rescan_count}
        page = Page(self._begun_at, status.success_at, status.trouble, status.behind_count, counts)
        await self._notebook.note_down(self._name, msgspec.json.encode(page).decode())

    async def pulse(self) -> Pulse | None:
        """How it goes, by whichever process; None: none has read yet."""
        text = await self._notebook.notebook(self._name)
        try:
            page = msgspec.json.decode(text, type=Page) if text else None
        except msgspec.DecodeError:
            return None
        if page is None:
            return None
        silent = self._now() - (page.success_at or page.begun_at)
        return Pulse(
            success_at=page.success_at, is_alarm=silent > timedelta(seconds=self._alarm_s), trouble=page.trouble,
            behind_count=page.behind_count, counts=page.counts,
        )  # fmt: skip
