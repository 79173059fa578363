"""The right to work alone on what a channel fetches: a lease that is renewed while the work goes on, and stops the work when it is lost."""

import asyncio
import logging
from contextlib import suppress
from typing import Protocol

from gateway.core.errors import FrontdeskError

log = logging.getLogger(__name__)

LEASE_S = 15.0
AWAY_LOOK_S = 0.5
"""Between two tries of whoever holds on without a bus: whoever waits for the lease must not be first when it is back."""


class Leases(Protocol):
    """The right to do something alone among all processes."""

    async def take(self, name: str, ttl_s: float) -> bool: ...

    async def give_back(self, name: str) -> None: ...


class LeaseLost(Exception):
    """Another process may have the lease by now."""


class Hold:
    """A lease that is held, by our own clock: a process that stood still knows it before anybody tells it."""

    def __init__(self, name: str, leases: Leases, *, ttl_s: float = LEASE_S, spare_s: float = 0.0) -> None:
        """`spare_s`: how much longer it is held on to while the bus can't be reached. For work that nobody can take over unharmed; what
        two may not begin is not begun meanwhile (`is_overdue`)."""
        self._name = name
        self._leases = leases
        self._ttl_s = ttl_s
        self._spare_s = spare_s
        self._until_s = 0.0

    async def take(self) -> bool:
        """Take or renew it. The time counts from before the asking, so that ours ends first."""
        asked_s = _now_s()
        is_ours = await self._leases.take(self._name, self._ttl_s)
        if is_ours:
            self._until_s = asked_s + self._ttl_s
        return is_ours

    async def keep(self) -> None:
        """Renew it again and again. Raises LeaseLost; a bus that is away may come back before the lease ends."""
        while True:
            was_overdue = self.is_overdue
            await asyncio.sleep(min(AWAY_LOOK_S, self._ttl_s / 3) if was_overdue else self._ttl_s / 3)
            try:
                is_ours = await self.take()
            except (FrontdeskError, OSError):
                if not was_overdue:
                    log.warning("a lease can't be renewed just now", extra={"lease": self._name})
                is_ours = True
            if not is_ours:
                raise LeaseLost
            self.check()

    def check(self) -> None:
        """Raises LeaseLost where its time is over."""
        if _now_s() >= self._until_s + self._spare_s:
            raise LeaseLost

    @property
    def is_overdue(self) -> bool:
        """Held on to, though its time is over."""
        return _now_s() >= self._until_s

    async def give_back(self) -> None:
        """Let go of it, so that the next process need not wait for its end."""
        if _now_s() < self._until_s:
            self._until_s = 0.0
            with suppress(FrontdeskError, OSError):
                await self._leases.give_back(self._name)


def _now_s() -> float:
    return asyncio.get_running_loop().time()
