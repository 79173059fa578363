"""How WeCom's callbacks end, noted so that `frontdesk doctor`, another process, can name what is set up wrongly."""

import logging
from collections.abc import Callable

import msgspec
from msgspec import Struct

from adapters.wecom_kf.cursors import Notebook
from gateway.core.errors import FrontdeskError

log = logging.getLogger(__name__)

AGAIN_S = 300.0
"""The same end is noted again after this long: anybody may knock at our address, and each note is a write."""
ENDS_MAX_COUNT = 50


class Noted(Struct, frozen=True, kw_only=True):
    """The last callback that was taken, and the last one that was refused, with its code. Seconds since 1970; 0: never."""

    taken_at_s: float = 0.0
    refused_at_s: float = 0.0
    code: str = ""


class Pushes:
    """The note of one channel."""

    def __init__(self, channel: str, notebook: Notebook, now_s: Callable[[], float]) -> None:
        self._page = f"wecom_kf/{channel}/pushes"
        self._notebook = notebook
        self._now_s = now_s
        self._last: dict[str, float] = {}

    async def note(self, refusal: str) -> None:
        """A callback was taken (""), or refused with this code. Never raises."""
        now = self._now_s()
        if now - self._last.get(refusal, -AGAIN_S) < AGAIN_S:
            return
        if len(self._last) >= ENDS_MAX_COUNT:
            self._last.clear()
        self._last[refusal] = now
        try:
            noted = await self.read()
            changes = {"refused_at_s": now, "code": refusal} if refusal else {"taken_at_s": now}
            await self._notebook.note_down(self._page, msgspec.json.encode(msgspec.structs.replace(noted, **changes)).decode())
        except (FrontdeskError, OSError):
            log.warning("how a callback ended could not be noted")

    async def read(self) -> Noted:
        """What is noted. Raises where the notebook can't be read."""
        text = await self._notebook.notebook(self._page)
        try:
            return msgspec.json.decode(text, type=Noted) if text else Noted()
        except msgspec.DecodeError:
            return Noted()
