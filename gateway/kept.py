"""Ends what is kept for customers who never come back: a message that waits for a deed which will not come would wait for ever."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from gateway.core.bus import Bus
from gateway.core.changes import Changes, Settled
from gateway.core.ids import SessionId
from gateway.core.message import Status
from gateway.core.ports import Clock, Store, Waiting
from gateway.core.session import Session
from gateway.core.signals import DESK, DeskSignal, pack

log = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=90)
"""A quarter: under a question that old an answer would be out of place, and most of what it says has changed since."""
ROUND_COUNT = 200
"""Rows that one round looks at; the next one goes on behind them."""
NEVER_BACK = "not_back"


class Kept:
    """Goes through what is kept, round by round. For one process at a time; two that do it write nothing twice."""

    def __init__(self, *, store: Store, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._after = ""

    async def end_old(self) -> int:
        """Settle what has been kept for too long among the next rows, and tell the desk; returns how many."""
        page = await self._store.old_kept(self._clock.now() - KEPT_FOR, ROUND_COUNT, self._after)
        ended = await self._ended(page.items) if page.items else []
        self._after = page.next or ""
        await self._tell(ended)
        return len(ended)

    async def _ended(self, rows: Sequence[Waiting]) -> list[Settled]:
        """Those that were still kept: one that its customer has let go meanwhile, or an agent has withdrawn, is left alone."""
        settled = [_never_sent(row) for row in rows]
        outcomes = await self._store.commit([Changes(settled=(one,)) for one in settled])
        return [one for one, outcome in zip(settled, outcomes, strict=True) if outcome is None]

    async def _tell(self, ended: Sequence[Settled]) -> None:
        """The desk reads of it as of any other message that did not arrive."""
        if not ended:
            return
        sessions = {session.id: session for session in await self._store.sessions(list({one.session_id for one in ended}))}
        for one in ended:
            facts = {"outbox": one.id, "session": one.session_id, "status": one.status.value, "detail": one.detail}
            log.warning("a message did not go out", extra=facts)
            await self._bus.signal(DESK, pack(_told(one, sessions)))


def _never_sent(row: Waiting) -> Settled:
    outgoing = row.outgoing
    went_out = f"; {outgoing.parts_sent} parts had gone out" if outgoing.parts_sent else ""
    return Settled(
        id=outgoing.id, session_id=outgoing.session_id, seq=outgoing.message.seq, status=Status.FAILED, token=row.token,
        parts_sent=outgoing.parts_sent, parts_begun=outgoing.parts_begun, attempts=outgoing.attempts, also=outgoing.also,
        detail=f"kept for {KEPT_FOR.days} days; the customer did not come back{went_out} ({NEVER_BACK})", is_idle=True, while_kept=True,
    )  # fmt: skip


def _told(one: Settled, sessions: dict[SessionId, Session]) -> DeskSignal:
    session = sessions.get(one.session_id)
    agent_id, state, queue = (session.agent_id, session.state, session.queue) if session else (None, None, None)
    fates = tuple((seq, one.status) for seq in (one.seq, *one.also))
    return DeskSignal("message", session_id=one.session_id, agent_id=agent_id, state=state, queue=queue, fates=fates)
