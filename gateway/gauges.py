"""Reads off what cannot be counted as it happens: how much waits on the bus and in the outbox."""

import asyncio
import logging

from gateway.core.errors import Busy
from gateway.core.ids import Lane
from gateway.core.ports import Bus, Store
from gateway.metrics import Metrics

log = logging.getLogger(__name__)

EVERY_S = 10.0


class Gauges:
    """Keeps the depths in the metrics. Any process may show them: they are the installation's, not its own."""

    def __init__(self, *, store: Store, bus: Bus, metrics: Metrics) -> None:
        self._store = store
        self._bus = bus
        self._outbox = metrics.outbox_depth
        self._kept = metrics.kept_depth
        self._lanes = [metrics.lane_depth.labels(str(lane)) for lane in range(bus.lane_count)]

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self.read()
            except (Busy, OSError, TimeoutError):
                log.warning("depths are not known: the store or the bus can't be reached", exc_info=True)
            except Exception:  # the outermost loop of a worker: numbers are not worth a process
                log.exception("depths are not known")
            await asyncio.sleep(EVERY_S)

    async def read(self) -> None:
        """Read all of them once."""
        self._outbox.set(await self._store.outbox_depth())
        self._kept.set(await self._store.kept_depth())
        for lane, gauge in enumerate(self._lanes):
            gauge.set(await self._bus.depth(Lane(lane)))
