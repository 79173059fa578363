"""Whether a server that has sent us away takes us again: whoever finds out tells whoever waits, in whichever process.

After refused logins the listener waits for up to half an hour, so that nobody locks the account. Whoever has mended the account meanwhile
looks whether it works (the doctor, the health page): they get in, and then the listener need not wait any longer.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime

from adapters.email.oauth import Notebook
from gateway.core.errors import FrontdeskError
from gateway.core.ids import ChannelName

LOOK_S = 5.0


class Door:
    """Of one channel's servers."""

    def __init__(self, channel: ChannelName, notebook: Notebook, *, now: Callable[[], datetime], look_s: float = LOOK_S) -> None:
        self._page = f"email/{channel}/door"
        self._notebook = notebook
        self._now = now
        self._look_s = look_s

    async def found_open(self) -> None:
        """Somebody has got in just now."""
        await self._notebook.note_down(self._page, self._now().isoformat())

    async def wait(self) -> None:
        """Until somebody gets in from now on. Never raises."""
        before = await self._last()
        while (last := await self._last()) is None or last == before:
            before = last if before is None else before
            await asyncio.sleep(self._look_s)

    async def _last(self) -> str | None:
        """When somebody got in last, "" for never; None where nobody knows just now."""
        try:
            return await self._notebook.notebook(self._page)
        except (FrontdeskError, OSError):
            return None
