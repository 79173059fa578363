"""Which lanes this process works on: a fair share, held by leases that another worker inherits when we die."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from gateway.core.bus import Bus
from gateway.core.errors import Busy
from gateway.core.ids import Lane, WorkerId

log = logging.getLogger(__name__)

GROUP = "turns"

Work = Callable[[Lane, int], Awaitable[None]]
"""Works on a lane under a fencing token until cancelled, or until it finds that the lane is another's."""


class Lanes:
    """Holds a fair share of the lanes and runs `work` on each."""

    def __init__(self, bus: Bus, work: Work, *, worker: WorkerId, lease_s: float) -> None:
        self._bus = bus
        self._work = work
        self._worker = worker
        self._lease_s = lease_s
        self._held: dict[Lane, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled; then the leases are given back, so that the next worker need not wait for their end."""
        try:
            async with asyncio.TaskGroup() as tasks:
                while True:
                    await self._balance(tasks)
                    await asyncio.sleep(self._lease_s / 3)
        finally:
            await self._give_all_back()

    async def _balance(self, tasks: asyncio.TaskGroup) -> None:
        """Renew what we have, give up what is over our share, take what is free."""
        try:
            live_count = await self._renew(tasks)
            share = -(-self._bus.lane_count // max(1, live_count))
            for lane in sorted(self._held, reverse=True)[: max(0, len(self._held) - share)]:
                await self._let_go(lane)
            for lane in self._others():
                if len(self._held) < share:
                    await self._take(lane, tasks)
        except (Busy, OSError, TimeoutError):
            log.warning("the bus can't be reached; lanes are kept until their leases end", exc_info=True)

    async def _renew(self, tasks: asyncio.TaskGroup) -> int:
        """Renew what we have and say that we live, all at once: on a cluster, one lease that can't be reached holds up no other."""
        renewals = asyncio.gather(*(self._take(lane, tasks) for lane in self._held), return_exceptions=True)
        live_count, outcomes = await asyncio.gather(self._bus.announce(GROUP, self._worker, self._lease_s), renewals)
        for error in filter(None, outcomes):
            raise error
        return live_count

    async def _take(self, lane: Lane, tasks: asyncio.TaskGroup) -> None:
        lease = await self._bus.take(_lease_name(lane), self._worker, self._lease_s)
        task = self._held.get(lane)
        if lease is None and task is not None:
            log.warning("lane lost to another worker", extra={"lane": lane})
            self._held.pop(lane).cancel()
        elif lease is not None and (task is None or task.done()):
            self._held[lane] = tasks.create_task(self._run(lane, lease.token), name=f"lane-{lane}")

    async def _run(self, lane: Lane, token: int) -> None:
        await self._work(lane, token)

    async def _let_go(self, lane: Lane) -> None:
        task = self._held.pop(lane)
        task.cancel()
        await asyncio.wait([task])
        await self._bus.give_back(_lease_name(lane), self._worker)

    async def _give_all_back(self) -> None:
        try:
            for lane in self._held:
                await self._bus.give_back(_lease_name(lane), self._worker)
            await self._bus.announce(GROUP, self._worker, 0)  # the others' shares grow at once
        except (Busy, OSError, TimeoutError):
            return  # the leases end by themselves

    def _others(self) -> list[Lane]:
        lanes = [Lane(number) for number in range(self._bus.lane_count) if number not in self._held]
        random.shuffle(lanes)  # two workers that start together try different lanes first
        return lanes


def _lease_name(lane: Lane) -> str:
    return f"lane:{lane}"
