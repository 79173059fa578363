"""The other side that a caller is connected with: an agent's phone, from its first ring to its end."""

import logging
import re
from collections.abc import Callable

from adapters.phone.asterisk import causes
from adapters.phone.asterisk.ari import Ari, AriFailed
from adapters.phone.asterisk.happened import Happened
from adapters.phone.asterisk.targets import endpoint
from adapters.phone.driver import Bridged, LegEvent, LineFailed, Ringing

log = logging.getLogger(__name__)

_NOT_SHOWN = re.compile(r"[^0-9+*#]")


class Colleague:
    """One phone that is rung, and talks."""

    def __init__(self, ari: Ari, app: str, bridge: str, channel: str, tell: Callable[[LegEvent], None]) -> None:
        self._ari = ari
        self._app = app
        self._bridge = bridge
        self.channel = channel
        self._tell = tell
        self._rings = False
        self._status = ""
        self._cause = 0
        self.is_aside = False
        """The caller hears music instead of them."""
        self.is_asked = False
        """The Asterisk knows the channel."""
        self.is_here = False
        """They have been connected."""

    async def call(self, target: str, *, number: str, beside: str, ring_s: float) -> str:
        """Ring it, showing the caller's number. Why not, or nothing."""
        try:
            await self._ari.post(
                "channels", self.channel,
                endpoint=endpoint(target), app=self._app, appArgs="agent", originator=beside,
                timeout=str(max(1, round(ring_s))), callerId=_NOT_SHOWN.sub("", number)[:32],
            )  # fmt: skip
        except LineFailed as error:
            log.warning("a colleague can't be rung", extra={"why": str(error)})
            return "unreachable"
        except AriFailed as error:  # 500, "Allocation failed": such a phone is not there, or not registered
            log.warning("a colleague's phone can't be reached", extra={"why": str(error)})
            return "unreachable"
        self.is_asked = True
        return ""

    def see(self, event: Happened) -> None:
        """How it rings, and how it ends."""
        self._cause = event.cause or self._cause
        if event.type == "Dial":
            self._status = event.dialstatus or self._status
        rings = event.dialstatus == "RINGING" or (
            event.type == "ChannelStateChange" and event.channel is not None and event.channel.state == "Ringing"
        )
        if rings and not self._rings and not self.is_here:
            self._rings = True
            self._tell(Ringing())

    async def join(self) -> bool:
        """They have answered: into the bridge, with the caller."""
        try:
            await self._ari.post("bridges", self._bridge, "addChannel", channel=self.channel)
        except AriFailed as error:
            log.warning("a colleague could not be connected", extra={"why": str(error)})
            return False
        self.is_here = True
        self._tell(Bridged())
        return True

    async def stand_aside(self, *, is_on: bool) -> None:
        """Out of the bridge while the caller hears music, and back. Raises AriFailed."""
        if self.is_here and is_on != self.is_aside:
            self.is_aside = is_on
            await self._ari.post("bridges", self._bridge, "removeChannel" if is_on else "addChannel", channel=self.channel)

    def why_gone(self, cause: int) -> str:
        """Why it is over. The first that was said of it is the truest: behind a failure everything is cleared normally."""
        cause = self._cause or cause
        return causes.why_parted(cause) if self.is_here else causes.why_not(cause, self._status)
