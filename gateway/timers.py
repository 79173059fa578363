"""What must happen because time has passed: sessions that nobody goes on with are closed."""

import asyncio
import logging
from datetime import datetime, timedelta

from gateway.core.changes import Draft
from gateway.core.errors import Busy
from gateway.core.ids import Ids, WorkerId
from gateway.core.ports import Bus, Clock, Store
from gateway.core.session import CloseReason, Session, State
from gateway.core.signals import signals_of

log = logging.getLogger(__name__)

EVERY_S = 30.0
LEASE = "timers"
PAGE_COUNT = 200


class Timers:
    """Closes idle sessions. Any number of processes may run it; a lease lets one of them work."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock, ids: Ids, worker: WorkerId, idle_s: float) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._worker = worker
        self._idle_s = idle_s

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if await self._bus.take(LEASE, self._worker, EVERY_S * 2):
                    await self.close_idle()
            except (Busy, OSError, TimeoutError):
                log.warning("timers wait: the store or the bus can't be reached", exc_info=True)
            await asyncio.sleep(EVERY_S)

    async def close_idle(self) -> int:
        """Close the bot's sessions in which nobody has said anything for too long; returns how many."""
        before, count, after = self._clock.now() - timedelta(seconds=self._idle_s), 0, ""
        while True:
            page = await self._store.sessions_in((State.BOT,), limit=PAGE_COUNT, after=after)
            for session in page.items:
                if last_word_at(session) < before:
                    count += await self._close(session)
            if page.next is None:
                return count
            after = page.next

    async def _close(self, session: Session) -> bool:
        """False: somebody has spoken meanwhile."""
        draft = Draft(session, now=self._clock.now(), ids=self._ids, is_pushed=False)
        is_resolved = session.memory.misses == 0 and not session.memory.awaits_contact
        draft.close(CloseReason.BOT_RESOLVED if is_resolved else CloseReason.EXPIRED)
        changes = draft.changes()
        (outcome,) = await self._store.commit([changes])
        if outcome is None:
            for topic, payload in signals_of(session, changes):
                await self._bus.signal(topic, payload)
        return outcome is None


def last_word_at(session: Session) -> datetime:
    """When somebody last said something in a session."""
    return max(filter(None, (session.opened_at, session.last_customer_at, session.last_answer_at)))
