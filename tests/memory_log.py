"""A lane log in memory that keeps the port's contract: what survives a new bus object is what a disk would keep."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from gateway.core.bus import LaneEvent, Lease
from gateway.core.events import Inbound
from gateway.core.ids import EventKey, Lane, WorkerId


class MemoryLog:
    """Written in the order of the calls; each answer comes a turn of the loop later, as from a writer's thread."""

    def __init__(self) -> None:
        self.reads = 0
        self._next = 1
        self._keys: set[EventKey] = set()
        self._lanes: dict[Lane, list[LaneEvent]] = {}
        self._leases: dict[str, tuple[WorkerId, int, datetime]] = {}
        self._alive: dict[str, dict[WorkerId, datetime]] = {}

    async def log_append(self, lane: Lane, event: Inbound) -> str | None:
        if event.key in self._keys:
            return None
        self._keys.add(event.key)
        position = str(self._next)
        self._next += 1
        self._lanes.setdefault(lane, []).append(LaneEvent(position, event))
        await asyncio.sleep(0)
        return position

    async def log_read(self, lane: Lane, after: str, limit: int) -> Sequence[LaneEvent]:
        self.reads += 1
        return [entry for entry in self._lanes.get(lane, []) if int(entry.position) > int(after or 0)][:limit]

    async def log_trim(self, lane: Lane, upto: str) -> None:
        self._lanes[lane] = [entry for entry in self._lanes.get(lane, []) if int(entry.position) > int(upto)]

    async def log_depth(self, lane: Lane) -> int:
        return len(self._lanes.get(lane, []))

    async def log_lease(self, name: str, worker: WorkerId, ttl_s: float, now: datetime) -> Lease | None:
        holder, token, until = self._leases.get(name, (None, 0, now))
        if holder not in (None, worker) and until > now:
            return None
        if holder != worker or until <= now:
            token += 1
        self._leases[name] = (worker, token, now + timedelta(seconds=ttl_s))
        return Lease(name, token)

    async def log_give_back(self, name: str, worker: WorkerId) -> None:
        holder, token, until = self._leases.get(name, (None, 0, None))
        if holder == worker and until is not None:
            self._leases[name] = (WorkerId(""), token, datetime.min.replace(tzinfo=until.tzinfo))

    async def log_announce(self, group: str, worker: WorkerId, ttl_s: float, now: datetime) -> int:
        alive = self._alive.setdefault(group, {})
        alive[worker] = now + timedelta(seconds=ttl_s)
        return sum(until > now for until in alive.values())
