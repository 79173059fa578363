"""How the platform's pushes end, noted so that `frontdesk doctor`, another process, can name what is set up wrongly."""

import logging
from collections.abc import Callable
from typing import Protocol

import msgspec
from msgspec import Struct

from gateway.core.errors import FrontdeskError

log = logging.getLogger(__name__)

AGAIN_S = 300.0
"""The same end is noted again after this long: anybody may knock at our address, and each note is a write."""
SIGNED = frozenset({"key", "app", "not_encrypted"})
"""Refusals of pushes that are signed, and so the platform's own; the others may be anybody's knocking."""


class Notebook(Protocol):
    """A channel's own small memory."""

    async def notebook(self, name: str) -> str: ...

    async def note_down(self, name: str, value: str) -> None: ...


class Noted(Struct, frozen=True, kw_only=True):
    """The last push that was taken, and the last one that was refused, with its code. Seconds since 1970; 0: never."""

    taken_at_s: float = 0.0
    refused_at_s: float = 0.0
    code: str = ""


class Pushes:
    """The note of one channel."""

    def __init__(self, page: str, notebook: Notebook, now_s: Callable[[], float]) -> None:
        self._page = page
        self._notebook = notebook
        self._now_s = now_s
        self._last: dict[str, float] = {}
        self._standing = ""

    async def note(self, refusal: str) -> None:
        """A push was taken (""), or refused with this code. Never raises."""
        now = self._now_s()
        if not self._is_news(refusal) and now - self._last.get(refusal, -AGAIN_S) < AGAIN_S:
            return
        self._last[refusal] = now
        self._standing = refusal
        try:
            noted = await self.read()
            changes = {"refused_at_s": now, "code": refusal} if refusal else {"taken_at_s": now}
            await self._notebook.note_down(self._page, msgspec.json.encode(msgspec.structs.replace(noted, **changes)).decode())
        except (FrontdeskError, OSError):
            log.warning("how a push ended could not be noted")

    def _is_news(self, refusal: str) -> bool:
        """Whether the platform's own pushes end otherwise than the last that were noted: a check of the address, say, came between."""
        return refusal != self._standing and bool({refusal, self._standing} & SIGNED)

    async def read(self) -> Noted:
        """What is noted. Raises where the notebook can't be read."""
        text = await self._notebook.notebook(self._page)
        try:
            return msgspec.json.decode(text, type=Noted) if text else Noted()
        except msgspec.DecodeError:
            return Noted()
