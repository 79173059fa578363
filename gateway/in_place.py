"""The answer on the line: a peer that waits for it (`Inbound.answer_by`) gets it as the response to its own push.

    the event is durable -> its turn places the answer in its own transaction, where it runs in this very process (`offer`)
                         -> else its turn is committed (a signal; at the end of the time a look at the record, whatever was signalled),
                            and what waits for the customer, first row first, is taken: `Placed` is durable, the rows are leased to it
    -> the response is written -> the rows are settled, behind the peer's back

At most one process can place an answer: whoever comes second is refused by the rows' tokens, and gives what the first has placed. A repeat
of the push gets the same answer again as long as the peer may ask for it. What is not placed in time is sent by delivery.

    dies before `Placed` is durable     the rows fall due: delivery sends them
    dies behind it, before the response the next repeat of the push is answered with what was placed; if none comes: uncertain, and said so
    the response can't be written       the rows go back, due when the peer asks no more: a repeat carries them, or delivery sends them
    the record's word is in doubt       no answer at all (InDoubt goes up): the peer comes again, and then the record tells
"""

import asyncio
import logging
from collections.abc import Callable

from gateway.answers import Answer, Silence
from gateway.asking import REPEATED_FOR, Asking, Desk
from gateway.attention import Attention, Pause, Watch, pause
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.channel import Accept, AnswersInPlace, Channel
from gateway.core.errors import Busy
from gateway.core.events import Inbound
from gateway.core.ids import ChannelName, EventKey
from gateway.core.ports import Clock, Store
from gateway.core.signals import TYPING, TypingAt, pack
from gateway.core.texts import Texts
from gateway.metrics import Metrics
from gateway.rendering import Link, no_link
from gateway.settling import Settling

__all__ = ["Answer", "InPlace", "Silence"]

log = logging.getLogger(__name__)

WATCHES_MAX_COUNT = 5_000
"""Pushes of one process that may wait at the same time; more are answered at once, and their answers sent."""
FORGET_EVERY_S = 60.0


class InPlace:
    """Places answers. One for a process; `run` must be running."""

    def __init__(
        self, *, store: Store, bus: Bus, clock: Clock, metrics: Metrics, texts: Texts, link: Link = no_link, pause: Pause = pause,
        drain_s: float = 5.0,
    ) -> None:  # fmt: skip
        self._store = store
        self._bus = bus
        self._clock = clock
        self.settling = Settling(store=store, bus=bus, metrics=metrics, drain_s=drain_s)
        self._desk = Desk(store=store, bus=bus, clock=clock, texts=texts, link=link, pause=pause, settling=self.settling)
        self._attention = Attention(bus, max_count=WATCHES_MAX_COUNT)
        self._lines: dict[ChannelName, AnswersInPlace | None] = {}
        self._asking: dict[EventKey, Asking] = {}
        """The first try of each push that waits here."""
        self._claims: dict[EventKey, Asking] = {}
        """Those whose turn is about to be committed with its answer placed."""

    async def open(self) -> None:
        await self._attention.open()

    async def close(self) -> None:
        await self._attention.close()

    async def run(self) -> None:
        """Listen and settle until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._attention.run(), name="in-place-signals")
            tasks.create_task(self._attention.tidy(), name="in-place-topics")
            tasks.create_task(self.settling.run(), name="in-place-settling")
            tasks.create_task(self._forget(), name="in-place-forgetting")

    async def answer(
        self, channel: Channel, inbound: Inbound, accept: Accept, is_there: Callable[[], bool], *, is_alone: bool = False
    ) -> Answer | Silence:
        """Make the event durable, and wait for its answer until `answer_by`. `is_there`: whether the peer still waits. `is_alone`: nothing
        can be sent any other way, so an answer of several parts says that more follows.

        Raises what `accept` raises (nothing is accepted then), and InDoubt: the peer must be told nothing, so that it comes again. The
        caller has the deadline over it all; cancelled, what was placed goes back.
        """
        line, is_full = self._line(channel), self._attention.is_full
        if line is None or inbound.answer_by is None or is_full:
            await accept(inbound)
            return Silence.FULL if is_full else Silence.ELSEWHERE
        watch = Watch(inbound)
        asking = Asking(self._desk, channel, line, inbound, watch, is_there, is_alone=is_alone)
        self._asking.setdefault(inbound.key, asking)
        try:
            await self._attention.begin(watch)
            said = await asking.answered(is_new=await accept(inbound))
        finally:
            self._attention.end(watch)
            asking.close()
            if self._asking.get(inbound.key) is asking:
                del self._asking[inbound.key]
        if said is Silence.LATE and channel.capabilities.typing:
            await self._bus.signal(TYPING, pack(TypingAt(inbound.channel, inbound.thread, is_on=True)))
        return said

    # ---- for turns of the same process: see gateway.turns.Line ------------------------------------------------------------------

    def offer(self, inbound: Inbound, changes: Changes) -> Changes:
        """A turn's changes with its answer placed already, where its push waits here for it; else as they are. `decided` must follow."""
        asking = self._asking.get(inbound.key)
        if asking is None or not changes.outgoing:
            return changes
        offered = asking.offered(changes)
        if offered.placed:
            self._claims[inbound.key] = asking
        return offered

    def decided(self, changes: Changes, *, is_written: bool) -> None:
        """What became of the offered changes. False where nobody knows."""
        for placed in changes.placed:
            asking = self._claims.pop(placed.key, None)
            if asking is not None:
                asking.claim_ended(is_written=is_written)

    def _line(self, channel: Channel) -> AnswersInPlace | None:
        """The channel as one that answers on the line; to ask a protocol costs more than all the rest of a push here."""
        if channel.name not in self._lines:
            self._lines[channel.name] = channel if isinstance(channel, AnswersInPlace) else None
        return self._lines[channel.name]

    async def _forget(self) -> None:
        """Drop the answers that nobody can ask for again. Every process may."""
        while True:
            await asyncio.sleep(FORGET_EVERY_S)
            try:
                await self._store.drop_placed(self._clock.now() - REPEATED_FOR)
            except (Busy, OSError, TimeoutError) as error:
                log.warning("old answers are kept for now", extra={"error": type(error).__name__})
