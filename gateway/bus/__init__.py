"""The session bus: durable lanes, leases and signals, inside one process or over Redis. One contract for both."""

from config.schema import BusSettings
from gateway.bus.lanes import lane_of
from gateway.bus.local import LocalBus
from gateway.bus.shelf import HasShelf, LocalShelf
from gateway.core.bus import Bus, LaneLog
from gateway.core.ports import Clock, Shelf

__all__ = ["lane_of", "open_bus", "open_shelf"]


def open_bus(settings: BusSettings, *, log: LaneLog | None, clock: Clock) -> Bus:
    """The bus that the settings name, not yet connected: `await bus.open()` does that.

    `log` is the durable log under the local bus, and not needed for Redis. Raises ValueError for a URL that is neither.
    """
    if settings.url.startswith("local:"):
        if log is None:
            raise ValueError("the local bus needs a durable log: the embedded store, sqlite:///...")
        return LocalBus(log, clock=clock, lane_count=settings.lanes, lane_max_count=settings.lane_max_count)
    if settings.url.startswith(("redis://", "rediss://", "unix://")):
        from gateway.bus.redis import RedisBus  # a hundred milliseconds that the embedded size need not pay

        return RedisBus(
            settings.url, clock=clock, lane_count=settings.lanes, lane_max_count=settings.lane_max_count,
            require_durable=settings.require_durable,
        )  # fmt: skip
    raise ValueError(f"bus.url: expected local: or redis://... or rediss://..., not {settings.url.split(':')[0]}:")


def open_shelf(bus: Bus, *, clock: Clock) -> Shelf:
    """The shelf beside a bus that `open_bus` gave: in the same Redis, or in this process's memory. Usable while the bus is open."""
    return bus.shelf() if isinstance(bus, HasShelf) else LocalShelf(clock)
