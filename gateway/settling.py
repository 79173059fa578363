"""Settles outbox rows behind somebody's back: what an answer on the line came to is written after the peer has it, many at a time.

Nothing is lost where this process dies first: the rows are leased with a part begun, so that delivery will call them uncertain, and say so.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from msgspec import Struct

from gateway.core.bus import Bus
from gateway.core.changes import Changes, Settled
from gateway.core.errors import Busy
from gateway.core.message import Status
from gateway.core.ports import Store
from gateway.core.session import Controller, Session
from gateway.core.signals import DESK, OUTBOX, DeskSignal, pack
from gateway.metrics import Metrics

log = logging.getLogger(__name__)

LINE_MAX_COUNT = 20_000
"""Rows that may wait while the record is away; of more, the oldest are left to become uncertain."""
BATCH_MAX_COUNT = 500
AGAIN_S = 0.5


class Ended(Struct, frozen=True):
    """What became of a row, and whose session it is (None: not known here)."""

    settled: Settled
    session: Session | None = None


class Settling:
    """One for a process. `run` writes what `add` was given."""

    def __init__(self, *, store: Store, bus: Bus, metrics: Metrics, drain_s: float = 5.0) -> None:
        self._store = store
        self._bus = bus
        self._metrics = metrics
        self._drain_s = drain_s
        self._line: deque[Ended] = deque(maxlen=LINE_MAX_COUNT)
        self._news = asyncio.Event()

    def add(self, ended: Sequence[Ended]) -> None:
        """Have these written soon. At once, without waiting."""
        self._line.extend(ended)
        self._news.set()

    async def run(self) -> None:
        """Until cancelled; then what waits has a moment to be written."""
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                await self.flush()
        except asyncio.CancelledError:
            try:
                async with asyncio.timeout(self._drain_s):
                    await self.flush()
            except TimeoutError:
                log.warning("rows are left to become uncertain", extra={"rows": len(self._line)})
            raise

    async def flush(self) -> None:
        """Write what waits, patiently while the record is away."""
        while self._line:
            batch = [self._line.popleft() for _ in range(min(len(self._line), BATCH_MAX_COUNT))]
            try:
                await self._written(batch)
            except (Busy, OSError, TimeoutError) as error:
                self._line.extendleft(reversed(batch))
                log.warning("rows wait to be settled", extra={"error": type(error).__name__, "rows": len(self._line)})
                await asyncio.sleep(AGAIN_S)
            except asyncio.CancelledError:
                self._line.extendleft(reversed(batch))  # to write the same again changes nothing
                raise
            except Exception as error:  # the outermost loop of a worker: these become uncertain, the next ones need not
                self._metrics.errors.labels("settling", type(error).__name__).inc()
                log.exception("rows could not be settled")

    async def _written(self, batch: Sequence[Ended]) -> None:
        outcomes = await self._store.commit([Changes(settled=(ended.settled,)) for ended in batch])
        is_something_left = False
        for ended, outcome in zip(batch, outcomes, strict=True):
            if outcome is not None:
                continue  # a repeat of the push has said the same, or the row is somebody else's by now
            if ended.settled.retry_at is not None:
                is_something_left = True
            else:
                await self._tell(ended)
        if is_something_left:
            await self._bus.signal(OUTBOX, b"")

    async def _tell(self, ended: Ended) -> None:
        """Those at the desk see it arrive, where the session is theirs."""
        settled, session = ended.settled, ended.session
        if session is None or (session.controller is Controller.BOT and settled.status is Status.SENT):
            return
        fates = tuple((seq, settled.status) for seq in (settled.seq, *settled.also))
        told = DeskSignal(
            "message", session_id=session.id, agent_id=session.agent_id, state=session.state, queue=session.queue, fates=fates,
        )  # fmt: skip
        await self._bus.signal(DESK, pack(told))
