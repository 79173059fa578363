"""The outbox: leases what is due, checks that it may still be said, sends it part by part, and settles what became of it.

A message is sent at most once where we can't know, and its customer is never left without somebody who knows:

- **Rejected**: final, `failed`.
- **TryLater**: certainly not taken; tried again (`gateway.retry`) behind the parts already taken. After the last attempt `failed`.
- **Uncertain** (the channel says so, our deadline passed, the worker died or was stopped while a part was on its way): never repeated
  blindly. A channel whose peer drops repeats (`Capabilities.is_idempotent`) is tried again; for all others the message ends `uncertain`,
  the parts behind the unclear one unsent, and the desk is told: a person can ask the customer what arrived, a program can't.
  To survive a death, each part is noted as begun before it is handed over: one small commit more, spared on idempotent channels.
- **Stale epoch**: somebody else took the floor after it was decided; `refused`, and says so in its detail.

Order: the store leases only the first unsettled row of a thread, so a message waits behind the one before it, retries included, also where
that one belongs to the session before.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from msgspec import Struct, structs

from gateway.core.changes import Changes, Settled
from gateway.core.channel import Channel
from gateway.core.errors import Busy, InDoubt, Rejected, SendError, Uncertain
from gateway.core.ids import ChannelName, WorkerId
from gateway.core.message import Outgoing, Part, Receipt, Status
from gateway.core.ports import Bus, Clock, Store, Subscription
from gateway.core.session import Controller, Session
from gateway.core.signals import DESK, OUTBOX, DeskSignal, pack
from gateway.metrics import Metrics
from gateway.pace import Pace
from gateway.rendering import Link, fit, no_link
from gateway.retry import next_attempt

log = logging.getLogger(__name__)

LEASE_S = 90.0
"""How long a worker has for a row; a dead worker's row waits at most this long."""
SEND_S = 30.0
"""The net over a channel's own deadlines for one part."""
LEFT_S = SEND_S + 10.0
"""A part is not begun with less than this left of the lease."""
PACE_MAX_S = 2.0
"""A row whose channel's pace asks for a longer wait goes back, so that a slow channel does not hold up the others."""
SETTLE_TRIES = 5
GROUP = "delivery"
ANNOUNCED_S = 10.0


class _Row(Struct):
    """A leased row, and what we have done for it so far."""

    outgoing: Outgoing
    token: int
    until: datetime
    ids: tuple[str, ...] = ()
    session: Session | None = None


class Delivery:
    """Sends what the outbox holds. Any number of processes may run it."""

    def __init__(
        self,
        store: Store,
        bus: Bus,
        channels: Mapping[ChannelName, Channel],
        *,
        clock: Clock,
        worker: WorkerId,
        metrics: Metrics,
        link: Link = no_link,
        concurrency: int = 32,
        poll_s: float = 1.0,
        drain_s: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`link` gives files an address for channels that can't carry them; `poll_s`: how late a retry or a lost signal may be noticed."""
        self._store = store
        self._bus = bus
        self._channels = channels
        self._clock = clock
        self._worker = worker
        self._metrics = metrics
        self._link = link
        self._concurrency = concurrency
        self._poll_s = poll_s
        self._drain_s = drain_s
        self._sleep = sleep
        self._paces = {name: Pace(channel.capabilities.parts_per_second) for name, channel in channels.items()}
        self._sending: set[asyncio.Task[None]] = set()
        self._news = asyncio.Event()
        self._count_at = 0.0

    async def run(self) -> None:
        """Until cancelled; then what is being sent gets `drain_s` to end, and what does not is uncertain (see above)."""
        subscription = await self._bus.subscribe(OUTBOX)
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen(subscription), name="outbox-signals")
                await self._work(tasks)
        finally:
            await subscription.close()

    async def send_due(self) -> int:
        """Send everything that is due now, once; returns how many rows were tried."""
        count = 0
        async with asyncio.TaskGroup() as tasks:
            while started := await self._lease(tasks):
                count += started
                await asyncio.wait(list(self._sending))
        return count

    async def _listen(self, subscription: Subscription) -> None:
        async for _ in subscription:
            self._news.set()

    async def _work(self, tasks: asyncio.TaskGroup) -> None:
        try:
            while True:
                self._news.clear()
                await self._lease_and_log(tasks)
                await self._next_news()
        except asyncio.CancelledError:
            if self._sending:
                await asyncio.wait(list(self._sending), timeout=self._drain_s)
            raise

    async def _next_news(self) -> None:
        """Wait for a signal, a finished sending, or the time to look again."""
        try:
            async with asyncio.timeout(self._poll_s):
                await self._news.wait()
        except TimeoutError:
            return

    async def _lease_and_log(self, tasks: asyncio.TaskGroup) -> None:
        try:
            await self._share_pace()
            await self._lease(tasks)
        except Exception as error:  # the outermost loop: whatever it was, the outbox is looked at again
            self._metrics.errors.labels("delivery", type(error).__name__).inc()
            log.exception("the outbox could not be read; trying again")

    async def _share_pace(self) -> None:
        """Learn now and then how many processes send, so that together they keep the pace."""
        if (now_s := self._clock.monotonic()) < self._count_at:
            return
        self._count_at = now_s + ANNOUNCED_S / 3
        workers = await self._bus.announce(GROUP, self._worker, ANNOUNCED_S)
        for pace in self._paces.values():
            pace.share(workers)

    async def _lease(self, tasks: asyncio.TaskGroup) -> int:
        free = self._concurrency - len(self._sending)
        if free <= 0:
            return 0
        now = self._clock.now()
        rows = await self._store.lease_outgoing(self._worker, now, LEASE_S, free)
        for outgoing, token in rows:
            row = _Row(outgoing, token, now + timedelta(seconds=LEASE_S))
            task = tasks.create_task(self._send_and_log(row), name="send")
            self._sending.add(task)
            task.add_done_callback(self._sent)
        return len(rows)

    def _sent(self, task: asyncio.Task[None]) -> None:
        self._sending.discard(task)
        self._news.set()

    async def _send_and_log(self, row: _Row) -> None:
        try:
            await self._settle(row, await self._send(row))
        except Exception as error:  # the outermost loop of one row: its lease ends, and it is looked at again
            self._metrics.errors.labels("delivery", type(error).__name__).inc()
            log.exception("a message could not be settled; its lease will end", extra={"outbox": row.outgoing.id})

    async def _send(self, row: _Row) -> Settled:
        """Hand over the parts that are not yet taken; what is to be settled."""
        outgoing = row.outgoing
        channel = self._channels.get(outgoing.channel)
        if channel is None:
            return self._final(row, Status.FAILED, f"there is no channel {outgoing.channel} any more")
        parts = fit(outgoing.message.parts, channel.capabilities, self._link)
        if outgoing.parts_begun > outgoing.parts_sent and not channel.capabilities.is_idempotent:
            return self._final(row, Status.UNCERTAIN, f"{_place(outgoing, parts)} was on its way when its worker stopped")
        for part in parts[outgoing.parts_sent :]:
            if (settled := await self._may_begin(row, channel, parts)) or (settled := await self._hand_over(row, channel, part, parts)):
                return settled
        return self._final(row, Status.SENT)

    async def _may_begin(self, row: _Row, channel: Channel, parts: tuple[Part, ...]) -> Settled | None:
        """None when the next part may go out now; else what is to be settled instead."""
        now = self._clock.now()
        wait_s = self._paces[row.outgoing.channel].reserve(self._clock.monotonic(), PACE_MAX_S)
        if wait_s is None:
            return self._waiting(row, now + timedelta(seconds=PACE_MAX_S))
        if wait_s > 0:
            await self._sleep(wait_s)
        if (row.until - self._clock.now()).total_seconds() < LEFT_S:
            return self._waiting(row, now)
        if not channel.capabilities.is_idempotent and not await self._note_begun(row):
            return self._waiting(row, now)  # if the row is another's by now, settling will say so
        try:
            row.session = await self._store.session(row.outgoing.session_id)
        except Busy as busy:  # nothing has gone out: say so, or its next worker would have to take it for uncertain
            return self._waiting(row, now + timedelta(seconds=busy.retry_after_s))
        if row.session is None or row.outgoing.epoch < row.session.floor:
            floor = row.session.floor if row.session else "none: the session is gone"
            why = (
                f"decided under epoch {row.outgoing.epoch}, the floor is {floor}; {row.outgoing.parts_sent} of {len(parts)} parts went out"
            )
            return self._final(row, Status.REFUSED, why)
        return None

    async def _hand_over(self, row: _Row, channel: Channel, part: Part, parts: tuple[Part, ...]) -> Settled | None:
        """None when the channel took the part; else what is to be settled."""
        outgoing = row.outgoing
        try:
            receipt = await self._call(channel, part, outgoing)
        except SendError as error:
            return self._failed(row, channel, error, _place(outgoing, parts))
        taken = outgoing.parts_sent + 1
        row.outgoing = structs.replace(outgoing, parts_sent=taken, parts_begun=max(taken, outgoing.parts_begun))
        if receipt.channel_message_id is not None:
            row.ids += (receipt.channel_message_id,)
        return None

    async def _call(self, channel: Channel, part: Part, outgoing: Outgoing) -> Receipt:
        """Send one part under our own deadline. Whatever a channel raises against its contract is Uncertain: we can't know."""
        try:
            async with asyncio.timeout(SEND_S):
                return await channel.send(part, outgoing)
        except SendError:
            raise
        except TimeoutError:
            raise Uncertain(f"no answer within {SEND_S:g} s") from None
        except Exception as error:  # a channel's mistake must not stop the others' messages
            log.exception("a channel broke its contract", extra={"channel": outgoing.channel})
            raise Uncertain(f"the channel raised {type(error).__name__}") from error

    def _failed(self, row: _Row, channel: Channel, error: SendError, place: str) -> Settled:
        attempts = row.outgoing.attempts + 1
        retry_at = next_attempt(error, attempts, self._clock.now(), is_idempotent=channel.capabilities.is_idempotent)
        detail = f"{place}: {error.reason}" + (f" ({error.code})" if error.code else "")
        row.outgoing = structs.replace(row.outgoing, attempts=attempts)
        if retry_at is not None:
            self._metrics.sends.labels(row.outgoing.channel, "retry").inc()
            return self._waiting(row, retry_at, detail)
        if isinstance(error, Uncertain):
            return self._final(row, Status.UNCERTAIN, detail)
        words = "" if isinstance(error, Rejected) else f", after {attempts} attempts"
        return self._final(row, Status.FAILED, detail + words)

    async def _note_begun(self, row: _Row) -> bool:
        """Put down that the next part is about to go out; False when that can't be written, or the row is another worker's."""
        begun = structs.replace(row.outgoing, parts_begun=row.outgoing.parts_sent + 1)
        try:
            (outcome,) = await self._store.commit([Changes(settled=(_settled(row, begun, Status.PENDING, retry_at=row.until),))])
        except Busy:
            return False
        if outcome is None:
            row.outgoing, row.ids = begun, ()
        return outcome is None

    async def _settle(self, row: _Row, settled: Settled) -> None:
        """Write what became of a row, patiently: what the customer has got must not be sent again."""
        is_in_doubt = False
        for attempt in range(SETTLE_TRIES):
            try:
                (outcome,) = await self._store.commit([Changes(settled=(settled,))])
            except Busy as busy:
                if attempt == SETTLE_TRIES - 1:
                    raise
                is_in_doubt = is_in_doubt or isinstance(busy, InDoubt)
                await self._sleep(busy.retry_after_s)
                continue
            if outcome is not None and not is_in_doubt:
                log.warning("a row was leased anew before it was settled", extra={"outbox": settled.id, "status": settled.status.value})
            elif settled.retry_at is None:
                await self._tell(row, settled)
            return

    async def _tell(self, row: _Row, settled: Settled) -> None:
        """Say aloud what a row's end means to people: always when it did not arrive, else to the desk if it has the session."""
        outgoing, session = row.outgoing, row.session
        self._metrics.sends.labels(outgoing.channel, settled.status.value).inc()
        if settled.status is not Status.SENT:
            facts = {"outbox": settled.id, "session": settled.session_id, "status": settled.status.value, "detail": settled.detail}
            log.warning("a message did not go out", extra={"channel": outgoing.channel, **facts})
        if settled.status is not Status.SENT or (session is not None and session.controller is not Controller.BOT):
            agent_id, state, queue = (session.agent_id, session.state, session.queue) if session else (None, None, None)
            fates = ((settled.seq, settled.status),)
            told = DeskSignal("message", session_id=settled.session_id, agent_id=agent_id, state=state, queue=queue, fates=fates)
            await self._bus.signal(DESK, pack(told))

    def _final(self, row: _Row, status: Status, detail: str = "") -> Settled:
        return _settled(row, row.outgoing, status, detail=detail)

    def _waiting(self, row: _Row, retry_at: datetime, detail: str = "") -> Settled:
        """Back into the outbox: nothing is on its way any more."""
        outgoing = structs.replace(row.outgoing, parts_begun=row.outgoing.parts_sent)
        return _settled(row, outgoing, Status.PENDING, retry_at=retry_at, detail=detail)


def _settled(row: _Row, outgoing: Outgoing, status: Status, *, retry_at: datetime | None = None, detail: str = "") -> Settled:
    return Settled(
        id=outgoing.id, session_id=outgoing.session_id, seq=outgoing.message.seq, status=status, token=row.token,
        parts_sent=outgoing.parts_sent, parts_begun=outgoing.parts_begun, attempts=outgoing.attempts, retry_at=retry_at,
        channel_message_ids=row.ids, detail=detail,
    )  # fmt: skip


def _place(outgoing: Outgoing, parts: tuple[Part, ...]) -> str:
    return f"part {outgoing.parts_sent + 1} of {len(parts)}"
