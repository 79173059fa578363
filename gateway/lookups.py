"""Look-ups outside the lanes: what a committed session waits for is fetched here, and the result enters its lane as an event.

Each is tried once: a call that may have reached the other system is not repeated, because nobody knows what a second one does. Its time
runs from the turn that asked. A process that dies leaves the look-up in the record, and `LateLookups` of any process finds it there.
"""

import asyncio
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Protocol

from gateway import looking
from gateway.core.bus import Bus
from gateway.core.decision import Looking, Road
from gateway.core.errors import Busy
from gateway.core.events import Found, Inbound, LookedUp
from gateway.core.ids import WorkerId
from gateway.core.ports import Clock, Store
from gateway.core.session import Session
from gateway.metrics import Metrics
from gateway.secrecy import Aside

log = logging.getLogger(__name__)

PENDING_MAX_COUNT = 1_000
"""Look-ups of one process that are on their way. More are not begun, and end as late ones."""
GRACE_S = 1.0
"""How long after its time a look-up is left to whoever performs it: clocks of two machines differ."""
EVERY_S = 1.0
LEASE = "look-ups"
PAGE_COUNT = 200
_AGAIN_S = (0.05, 0.2, 0.5, 1.0)
"""Pauses between tries to put a result into its lane; after them a timer is left to do it."""


class Asked(Protocol):
    """One road to the outside."""

    async def ask(self, session: Session, current: Looking) -> LookedUp:
        """What came of it. May raise or take for ever: the caller has the deadline, and turns either into a failure."""
        ...


class Lookups:
    """Performs look-ups. One for a process that handles turns."""

    def __init__(
        self, *, bus: Bus, roads: Mapping[Road, Asked], clock: Clock, metrics: Metrics, drain_s: float, aside: Aside | None = None
    ) -> None:  # fmt: skip
        """`aside`: where secrets wait for their look-ups, shared with whoever decides them."""
        self._bus = bus
        self._aside = aside or Aside()
        self._roads = roads
        self._clock = clock
        self._metrics = metrics
        self._drain_s = drain_s
        self._pending: set[asyncio.Task[None]] = set()

    def begin(self, session: Session) -> None:
        """Send off what the session waits for. At once; when too many are on their way it is left to the timer."""
        if session.looking is None:
            return
        if len(self._pending) >= PENDING_MAX_COUNT:
            self._metrics.lookups.labels(_road(session.looking).value, "not_begun").inc()
            return
        task = asyncio.create_task(self._perform(session, session.looking), name=f"look-up {session.looking.id}")
        self._pending.add(task)
        task.add_done_callback(self._pending.discard)

    async def run(self) -> None:
        """Until cancelled; then what is on its way has a moment to arrive."""
        try:
            await asyncio.Event().wait()
        finally:
            if self._pending:
                await asyncio.wait(self._pending, timeout=self._drain_s)
            for task in self._pending:
                task.cancel()

    async def _perform(self, session: Session, current: Looking) -> None:
        road, started_s = _road(current), self._clock.monotonic()
        result = await self._result(road, session, current)
        self._metrics.lookups.labels(road.value, result.found.value).inc()
        self._metrics.lookup_seconds.labels(road.value).observe(self._clock.monotonic() - started_s)
        await self._tell(looking.event(session, current, result))

    async def _result(self, road: Road, session: Session, current: Looking) -> LookedUp:
        """What the road says, or why it says nothing. Never raises anything but cancellation."""
        reason, whole = "error", self._aside.take(current)
        if whole is None:
            return LookedUp(session=session.id, id=current.id, found=Found.FAILURE, reason="secret gone")
        try:
            async with asyncio.timeout(max(0.0, (current.until - self._clock.now()).total_seconds())):
                return await self._roads[road].ask(session, whole)
        except TimeoutError:
            reason = "late"
        except Exception as error:  # whatever a road raises, the customer gets a person or the plain answer, and not silence
            log.exception("a look-up failed", extra={"session": session.id, "road": road.value})
            self._metrics.errors.labels("lookups", type(error).__name__).inc()
        return LookedUp(session=session.id, id=current.id, found=Found.FAILURE, reason=reason)

    async def _tell(self, event: Inbound) -> None:
        """Put the result into its lane; try again for a moment while the bus is full or away."""
        for pause_s in (*_AGAIN_S, None):
            try:
                await self._bus.append(event)
            except (Busy, OSError, TimeoutError):
                if pause_s is None:
                    log.warning("a look-up's result is left to the timer", extra={"channel": event.channel})
                    return
                await asyncio.sleep(pause_s)
            else:
                return


class LateLookups:
    """The net under look-ups: one whose time is over, and whose process may be dead, is ended by its lane. Any process may run it."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock, worker: WorkerId) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._worker = worker

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if await self._bus.take(LEASE, self._worker, EVERY_S * 5):
                    await self.look()
            except (Busy, OSError, TimeoutError):
                log.warning("late look-ups wait: the store or the bus can't be reached", exc_info=True)
            except Exception:  # the outermost loop of a worker: one odd session must not end the process, again and again
                log.exception("late look-ups start over")
            await asyncio.sleep(EVERY_S)

    async def look(self) -> int:
        """End what is overdue; how many there were. Done twice, it is done once: the events' keys are their own."""
        late = await self._store.late_lookups(self._overdue(), PAGE_COUNT)
        for session in late:
            if session.looking is not None:
                await self._bus.append(looking.failure(session, session.looking, "late", marks="late"))
        return len(late)

    def _overdue(self) -> datetime:
        return self._clock.now() - timedelta(seconds=GRACE_S)


def _road(current: Looking) -> Road:
    return current.decision.lookup.road if current.decision.lookup else Road.ACTION
