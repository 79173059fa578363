"""Reads off what cannot be counted as it happens: how much waits on the bus and in the outbox, how channels fetch."""

import asyncio
import logging
from collections.abc import Mapping

from gateway.core.bus import Bus
from gateway.core.channel import Channel, Pulse, Watched
from gateway.core.errors import Busy
from gateway.core.ids import ChannelName, Lane
from gateway.core.ports import Clock, Store
from gateway.metrics import Metrics

log = logging.getLogger(__name__)

EVERY_S = 10.0


class Gauges:
    """Keeps the depths in the metrics. Any process may show them: they are the installation's, not its own."""

    def __init__(
        self, *, store: Store, bus: Bus, metrics: Metrics, clock: Clock | None = None, channels: Mapping[ChannelName, Channel] | None = None
    ) -> None:  # fmt: skip
        self._store = store
        self._bus = bus
        self._metrics = metrics
        self._clock = clock
        self._watched = {name: channel for name, channel in (channels or {}).items() if isinstance(channel, Watched)}
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
        for name, channel in self._watched.items():
            if (pulse := await channel.pulse()) is not None:
                self._show(name, pulse)

    def _show(self, name: ChannelName, pulse: Pulse) -> None:
        self._metrics.channel_behind.labels(name).set(pulse.behind_count)
        self._metrics.channel_alarm.labels(name).set(pulse.is_alarm)
        for kind, count in pulse.counts.items():
            self._metrics.channel_fetched.labels(name, kind).set(count)
        if pulse.success_at is not None and self._clock is not None:
            self._metrics.channel_age.labels(name).set(max(0.0, (self._clock.now() - pulse.success_at).total_seconds()))
