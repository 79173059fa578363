"""The caller's channel: what is asked of the Asterisk about it."""

import logging
from collections.abc import Coroutine
from typing import Any

from adapters.phone.asterisk import causes
from adapters.phone.asterisk.ari import AriFailed
from adapters.phone.asterisk.means import Means
from adapters.phone.asterisk.targets import referred

log = logging.getLogger(__name__)


class Caller:
    """Of one call."""

    def __init__(self, channel: str, means: Means, call: str) -> None:
        self.channel = channel
        self._ari = means.ari
        self.call = call
        self._is_dropped = False

    async def join(self, bridge: str, *, is_answered: bool) -> None:
        """Answered where it is not yet, and in the bridge. Raises AriFailed."""
        if not is_answered:
            await self._ari.post("channels", self.channel, "answer")
        await self._ari.post("bridges", bridge, "addChannel", channel=self.channel)

    async def refer(self, target: str) -> None:
        """Sent elsewhere. Raises AriFailed, LineFailed."""
        await self._ari.post("channels", self.channel, "redirect", endpoint=referred(target))

    async def drop(self, cause: int) -> None:
        """Hang up on the caller, once."""
        if not self._is_dropped:
            self._is_dropped = True
            await self.hang_up(self.channel, cause=cause)

    async def hang_up(self, channel: str, *, cause: int = causes.NORMAL) -> None:
        """On any channel of this call."""
        await self.ask(self._ari.delete("channels", channel, reason_code=str(cause)))

    async def ask(self, request: Coroutine[Any, Any, object]) -> None:
        """A request whose failure changes nothing: it is gone already, or the Asterisk is, and clears up when it is back."""
        try:
            await request
        except AriFailed as error:
            if not error.is_gone:
                log.warning("the Asterisk did not do as asked", extra={"call": self.call, "why": str(error)})

    async def is_there(self) -> bool:
        """The caller is: what failed was not that they hung up."""
        try:
            await self._ari.get("channels", self.channel)
        except AriFailed as error:
            return error.status != 404
        return True
