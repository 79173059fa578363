"""The outbox: leases what is due, checks that it may still be said, sends it part by part, and settles what became of it.

A message is sent at most once where we can't know, and its customer is never left without somebody who knows:

- **Rejected**: final, `failed`.
- **TryLater**: certainly not taken; tried again (`gateway.retry`) behind the parts already taken. After the last attempt `failed`.
- **Uncertain** (the channel says so, our deadline passed, the worker died or was stopped while a part was on its way): never repeated
  blindly. A channel whose peer drops repeats (`Capabilities.is_idempotent`) is tried again; for all others the message ends `uncertain`,
  the parts behind the unclear one unsent, and the desk is told: a person can ask the customer what arrived, a program can't.
  To survive a death, each part is noted as begun before it is handed over: one small commit more, spared on idempotent channels.
- **Stale epoch**: somebody else took the floor after it was decided; `refused`, and says so in its detail. An agent's mail stays said.

Where a message is one thing (a mail), it is handed over in one call, and where the channel is patient it is tried again for days, at
growing distances; the desk is told of each delay. Slow channels have places of their own (`gateway.lines`): they hold up nobody else.

Where the channel counts messages (`gateway.quota`), each part is paid for in the commit that notes it as begun, and what was certainly not
taken is paid back in the one that says so. What may not go out is `kept` without a call, and so is what the channel refuses for want of an
allowance (**Shut**), which also empties ours: it is due again with the customer's next deed. Other channels pay for none of this.

Order: the store leases only the first unsettled row of a thread, so a message waits behind the one before it, retries included, also where
that one belongs to the session before. So it is with mail too: what delays one mail to somebody (greylisting, a full mailbox, a server
that is down) delays the next one as well, and an agent's "see the file I sent you" is not to arrive before it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec import structs

from gateway.core.bus import Bus, Subscription
from gateway.core.changes import Emptied, Settled
from gateway.core.channel import Channel
from gateway.core.errors import Busy, InDoubt, Rejected, SendError, Shut, TryLater, Uncertain
from gateway.core.ids import ChannelName, WorkerId
from gateway.core.message import Outgoing, Receipt, Status
from gateway.core.parts import Notice, Part
from gateway.core.ports import Clock, Store
from gateway.core.signals import OUTBOX
from gateway.core.texts import Texts
from gateway.lines import Line, Lines
from gateway.metrics import Metrics
from gateway.outcomes import Outcomes
from gateway.permits import SEND_S, Permits
from gateway.quota import NO_API, WHYS
from gateway.rendering import Link, fit, no_link
from gateway.retry import next_attempt, patient_until
from gateway.sending import Row

log = logging.getLogger(__name__)

LEASE_S = 90.0
"""How long a worker has for a row; a dead worker's row waits at most this long, but for a part that is on its way to a slow channel.
Where one process serves alone, its successor knows that it is dead, and need not wait."""
DELAYED = "delayed: "
"""What the detail of a message begins with that waits to be tried again, where that takes more than a moment."""
REPEATS_MAX_COUNT = 3
"""Of a patient channel: so often is handed over what may have been taken. Days of repeats would reach people, whatever their peer drops."""
SETTLE_TRIES = 5
GROUP = "delivery"
ANNOUNCED_S = 10.0


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
        texts: Texts | None = None,
        concurrency: int = 32,
        poll_s: float = 1.0,
        drain_s: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: Callable[[], float] = lambda: 0.0,
    ) -> None:
        """`link` gives files an address for channels that can't carry them; `texts` has the words for "more follows" (None: nothing is
        said); `poll_s`: how late a retry or a lost signal may be noticed; `chance`, from 0 to 1, keeps apart what failed together."""
        self._store = store
        self._bus = bus
        self._channels = channels
        self._clock = clock
        self._worker = worker
        self._metrics = metrics
        self._link = link
        self._lines = Lines(channels, concurrency)
        self._chance = chance
        self._poll_s = poll_s
        self._drain_s = drain_s
        self._sleep = sleep
        self._outcomes = Outcomes(bus, channels, clock=clock, metrics=metrics)
        self._permits = Permits(store, channels, clock=clock, texts=texts, sleep=sleep)
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
            while started := await self._lease(tasks, self._lines.all):
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
        due_in_s = self._lines.due_in(self._clock.monotonic())
        try:
            async with asyncio.timeout(self._poll_s if due_in_s is None else min(due_in_s, self._poll_s)):
                await self._news.wait()
        except TimeoutError:
            return

    async def _lease_and_log(self, tasks: asyncio.TaskGroup) -> None:
        try:
            await self._share_pace()
            now_s = self._clock.monotonic()
            await self._lease(tasks, [line for line in self._lines.all if line.is_due(now_s)])
        except Exception as error:  # the outermost loop: whatever it was, the outbox is looked at again
            self._metrics.errors.labels("delivery", type(error).__name__).inc()
            log.exception("the outbox could not be read; trying again")

    async def _share_pace(self) -> None:
        """Learn now and then how many processes send, so that together they keep the pace."""
        if (now_s := self._clock.monotonic()) < self._count_at:
            return
        self._count_at = now_s + ANNOUNCED_S / 3
        workers = await self._bus.announce(GROUP, self._worker, ANNOUNCED_S)
        self._permits.share_pace(workers)

    async def _lease(self, tasks: asyncio.TaskGroup, lines: Sequence[Line]) -> int:
        return sum([await self._lease_in(line, tasks) for line in lines])

    async def _lease_in(self, line: Line, tasks: asyncio.TaskGroup) -> int:
        if not (free := line.free(self._clock.monotonic())):
            return 0
        now = self._clock.now()
        rows = await self._store.lease_outgoing(self._worker, now, LEASE_S, free, only=line.only, but=line.but)
        line.take(len(rows), self._clock.monotonic())
        for outgoing, token in rows:
            row = Row(outgoing, token, now + timedelta(seconds=LEASE_S), was_unclear=outgoing.parts_begun > outgoing.parts_sent)
            task = tasks.create_task(self._send_and_log(row), name="send")
            self._sending.add(task)
            task.add_done_callback(partial(self._sent, line))
        return len(rows)

    def _sent(self, line: Line, task: asyncio.Task[None]) -> None:
        line.give_back()
        self._sending.discard(task)
        self._news.set()

    async def _send_and_log(self, row: Row) -> None:
        try:
            await self._settle(row, await self._send(row))
        except Exception as error:  # the outermost loop of one row: its lease ends, and it is looked at again
            self._metrics.errors.labels("delivery", type(error).__name__).inc()
            log.exception("a message could not be settled; its lease will end", extra={"outbox": row.outgoing.id})

    async def _send(self, row: Row) -> Settled:
        """Hand over the parts that are not yet taken; what is to be settled."""
        outgoing = row.outgoing
        channel = self._channels.get(outgoing.channel)
        if channel is None:
            return row.final(Status.FAILED, f"there is no channel {outgoing.channel} any more")
        parts = fit(outgoing.message.parts, channel.capabilities, self._link)
        if outgoing.parts_begun > outgoing.parts_sent and not channel.capabilities.is_idempotent:
            return row.final(Status.UNCERTAIN, f"{row.place(parts) or 'it'} was on its way when its worker stopped")
        for part in parts[outgoing.parts_sent :]:
            settled = await self._permits.refusal(row, channel, parts) or await self._hand_over(row, channel, part, parts)
            if settled is not None:
                return settled
        return row.final(Status.SENT, row.detail)

    async def _hand_over(self, row: Row, channel: Channel, part: Part, parts: tuple[Part, ...]) -> Settled | None:
        """None when the channel took the part; else what is to be settled."""
        outgoing = row.outgoing
        try:
            receipt = await self._call(channel, self._permits.worded(row, channel, part, parts), outgoing)
        except SendError as error:
            if isinstance(error, Uncertain):
                await self._permits.owe(row)
            return self._failed(row, channel, error, parts)
        self._lines.of(outgoing.channel).wake()
        taken = outgoing.parts_sent + 1
        row.outgoing = structs.replace(outgoing, parts_sent=taken, parts_begun=max(taken, outgoing.parts_begun))
        await self._permits.owe(row)
        if receipt.channel_message_id is not None:
            row.ids += (receipt.channel_message_id,)
        row.detail = receipt.detail or row.detail
        return None

    async def _call(self, channel: Channel, part: Part, outgoing: Outgoing) -> Receipt:
        """Send one part under our own deadline. Whatever a channel raises against its contract is Uncertain: we can't know."""
        deadline_s = max(SEND_S, channel.capabilities.send_s)
        try:
            async with asyncio.timeout(deadline_s):
                return await channel.send(part, outgoing)
        except SendError:
            raise
        except TimeoutError:
            raise Uncertain(f"no answer within {deadline_s:g} s") from None
        except Exception as error:  # a channel's mistake must not stop the others' messages
            log.exception("a channel broke its contract", extra={"channel": outgoing.channel})
            raise Uncertain(f"the channel raised {type(error).__name__}") from error

    def _failed(self, row: Row, channel: Channel, error: SendError, parts: tuple[Part, ...]) -> Settled:
        if isinstance(error, Shut) and channel.capabilities.is_counted and not isinstance(parts[row.outgoing.parts_sent], Notice):
            return self._shut(row, error)
        attempts = row.outgoing.attempts + 1
        retry_at = self._next_attempt(row, channel, error, attempts)
        place = row.place(parts)
        detail = (f"{place}: " if place else "") + error.reason + (f" ({error.code})" if error.code else "")
        row.outgoing = structs.replace(row.outgoing, attempts=attempts)
        if retry_at is not None:
            self._metrics.sends.labels(row.outgoing.channel, "retry").inc()
            detail = DELAYED + detail if channel.capabilities.patience_s else detail
            return row.unclear(retry_at, detail) if isinstance(error, Uncertain) else row.waiting(retry_at, detail)
        if isinstance(error, Uncertain):
            return row.final(Status.UNCERTAIN, detail)
        words = "" if isinstance(error, Rejected | Shut) else f", after {attempts} attempts"
        return row.final(Status.FAILED, detail + words)

    def _next_attempt(self, row: Row, channel: Channel, error: SendError, attempts: int) -> datetime | None:
        """When it is tried again; None: never."""
        capabilities, now, line = channel.capabilities, self._clock.now(), self._lines.of(row.outgoing.channel)
        is_worn = capabilities.patience_s > 0 and row.was_unclear and attempts >= REPEATS_MAX_COUNT
        retry_at = next_attempt(
            error, attempts, now, is_idempotent=capabilities.is_idempotent and not is_worn, chance=self._chance(),
            until=patient_until(row.outgoing.message.at, capabilities.patience_s, attempts, now),
        )  # fmt: skip
        if not (isinstance(error, TryLater) and error.is_general):
            line.wake()
        elif self._lines.has_own(row.outgoing.channel):
            rest = now + timedelta(seconds=line.rest(self._clock.monotonic(), error.retry_after_s or 0.0))
            retry_at = rest if retry_at is not None else None
        return retry_at

    def _shut(self, row: Row, error: Shut) -> Settled:
        """The channel allows nothing more, whatever we had counted; it is never asked twice. Where it takes nothing from us at all but
        answers to its own calls (`no_api`), that says nothing of what it allows."""
        outgoing = row.outgoing
        if error.code != NO_API:
            why = error.code if error.code in WHYS else WHYS[0]
            row.emptied = Emptied(channel=outgoing.channel, thread=outgoing.thread, why=why, serial=row.serial)
        return row.kept(f"{error.code}: {error.reason}")

    async def _settle(self, row: Row, settled: Settled) -> None:
        """Write what became of a row, patiently: what the customer has got must not be sent again."""
        is_in_doubt = False
        for attempt in range(SETTLE_TRIES):
            try:
                (outcome,) = await self._store.commit([row.changes(settled, is_repeated=is_in_doubt)])
            except Busy as busy:
                if attempt == SETTLE_TRIES - 1:
                    raise
                is_in_doubt = is_in_doubt or isinstance(busy, InDoubt)
                await self._sleep(busy.retry_after_s)
                continue
            if outcome is not None and not is_in_doubt:
                log.warning("a row was leased anew before it was settled", extra={"outbox": settled.id, "status": settled.status.value})
            elif settled.retry_at is None or settled.status is Status.KEPT:
                await self._outcomes.tell(row, settled)
            elif settled.detail.startswith(DELAYED):
                await self._outcomes.signal(row, settled)
            return
