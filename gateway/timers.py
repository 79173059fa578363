"""What must happen because time has passed: sessions that nobody goes on with are closed, and what is kept for nobody is given up.

The bot's after a long silence, and answered mails that nobody writes back to; and those whose customer has left and whose agent forgot
the disposition, because they hold the agent's hands.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.draft import Draft
from gateway.core.errors import Busy
from gateway.core.handoff import AuditEvent
from gateway.core.ids import ChannelName, Ids, WorkerId
from gateway.core.ports import Clock, Store
from gateway.core.session import CloseReason, Session, State
from gateway.core.signals import signals_of
from gateway.kept import Kept
from handoff import moves

log = logging.getLogger(__name__)

EVERY_S = 30.0
LEASE = "timers"
PAGE_COUNT = 200
ON_THE_LINE_S = 86_400.0
"""Who is on the line is there, also in silence. No call lasts longer than this: one that does was forgotten."""
ANSWERED_EVERY_S = 600.0
"""How often the mails that agents have answered are looked through."""
_NEVER = datetime.max.replace(tzinfo=UTC)

_End = Callable[[Draft], Awaitable[None]]
"""Writes a session's end into its draft."""


class Timers:
    """Closes idle sessions, and ends what is kept for too long. Any number of processes may run it; a lease lets one of them work."""

    def __init__(
        self, *, store: Store, bus: Bus, clock: Clock, ids: Ids, worker: WorkerId, idle_s: float, wrap_up_s: float,
        idle_s_of: Mapping[ChannelName, float] = MappingProxyType({}),
    ) -> None:  # fmt: skip
        """`idle_s_of`: channels whose customers take longer than `idle_s` to write again."""
        self._store = store
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._worker = worker
        self._idle_s = idle_s
        self._idle_s_of = idle_s_of
        self._wrap_up_s = wrap_up_s
        self._answered_at_s = float("-inf")
        self.kept = Kept(store=store, bus=bus, clock=clock)

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if await self._bus.take(LEASE, self._worker, EVERY_S * 2):
                    await self.close_idle()
                    await self.close_forgotten()
                    await self._close_answered_seldom()
                    await self.kept.end_old()
            except (Busy, OSError, TimeoutError):
                log.warning("timers wait: the store or the bus can't be reached", exc_info=True)
            except Exception:  # the outermost loop of a worker: one odd session must not end the process, again and again
                log.exception("timers start over")
            await asyncio.sleep(EVERY_S)

    async def close_idle(self) -> int:
        """Close the bot's sessions in which nobody has said anything for too long; returns how many."""

        def ends_at(session: Session) -> datetime:
            idle_s = self._idle_s_of.get(session.channel, self._idle_s)
            is_on_line = session.call is not None and session.call.is_up
            return last_word_at(session) + timedelta(seconds=max(idle_s, ON_THE_LINE_S) if is_on_line else idle_s)

        return await self._close_all(State.BOT, ends_at, self._expired)

    async def close_forgotten(self) -> int:
        """Close the sessions whose customer has ended them long ago, and whose agent wrote no disposition; returns how many."""
        left = timedelta(seconds=self._wrap_up_s)
        return await self._close_all(State.WRAP_UP, lambda session: session.state_since + left, self._wrapped_up)

    async def close_answered(self) -> int:
        """Close what agents have answered by mail and nobody has written back to; returns how many. A later mail opens a new session."""

        def ends_at(session: Session) -> datetime:
            idle_s = self._idle_s_of.get(session.channel)
            return _NEVER if idle_s is None else last_word_at(session) + timedelta(seconds=idle_s)

        return await self._close_all(State.WAITING_CUSTOMER, ends_at, self._answered)

    async def _close_answered_seldom(self) -> None:
        """There may be thousands, and days decide."""
        if self._idle_s_of and self._clock.monotonic() - self._answered_at_s >= ANSWERED_EVERY_S:
            self._answered_at_s = self._clock.monotonic()
            await self.close_answered()

    async def _close_all(self, state: State, ends_at: Callable[[Session], datetime], end: _End) -> int:
        now, count, after = self._clock.now(), 0, ""
        while True:
            page = await self._store.sessions_in((state,), limit=PAGE_COUNT, after=after)
            for session in page.items:
                if ends_at(session) < now:
                    count += await self._close(session, end)
            if page.next is None:
                return count
            after = page.next

    async def _close(self, session: Session, end: _End) -> bool:
        """False: somebody has spoken meanwhile."""
        draft = Draft(session, now=self._clock.now(), ids=self._ids, is_pushed=False)
        await end(draft)
        changes = draft.changes()
        (outcome,) = await self._store.commit([changes])
        if outcome is None:
            await self._tell(session, changes)
        return outcome is None

    async def _expired(self, draft: Draft) -> None:
        memory = draft.session.memory
        is_resolved = memory.misses == 0 and not memory.awaits_contact
        draft.close(CloseReason.BOT_RESOLVED if is_resolved else CloseReason.EXPIRED)

    async def _wrapped_up(self, draft: Draft) -> None:
        await self._resolve(draft, "wrap_up_forgotten")

    async def _answered(self, draft: Draft) -> None:
        await self._resolve(draft, "not_written_back")

    async def _resolve(self, draft: Draft, why: str) -> None:
        handoff_id = draft.session.handoff_id
        moves.complete(draft, await self._store.handoff(handoff_id) if handoff_id else None)
        detail = {"agent": draft.session.agent_id, "why": why}
        draft.add("audits", AuditEvent(at=draft.now, actor="system", action="session_closed", subject=draft.session.id, detail=detail))
        draft.close(CloseReason.RESOLVED)

    async def _tell(self, before: Session, changes: Changes) -> None:
        for topic, payload in signals_of(before, changes):
            await self._bus.signal(topic, payload)


def last_word_at(session: Session) -> datetime:
    """When somebody last said something in a session."""
    return max(filter(None, (session.opened_at, session.last_customer_at, session.last_answer_at)))
