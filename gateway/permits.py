"""Whether the next part of a row may go out now, and what is written down before it does. Where messages are counted, it is paid for."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from msgspec import structs

from gateway.core.allowance import next_pocket
from gateway.core.changes import KEPT_UNTIL, Changes, Settled, Spent
from gateway.core.channel import Channel
from gateway.core.errors import Busy
from gateway.core.ids import ChannelName
from gateway.core.message import Author, Outgoing, Status
from gateway.core.parts import Part
from gateway.core.ports import Clock, Store
from gateway.core.texts import Texts
from gateway.pace import Pace
from gateway.quota import Keep, budget, judge, with_hint
from gateway.sending import Row

SEND_S = 30.0
"""The net over a channel's own deadlines for one part (`Capabilities.send_s`), as far as the lease covers it."""
SETTLE_S = 10.0
LEFT_S = SEND_S + SETTLE_S
"""A part is not begun with less than this left of the lease."""
PACE_MAX_S = 2.0
"""A row whose channel's pace asks for a longer wait goes back, so that a slow channel does not hold up the others."""
BEFORE_MAX_COUNT = 50
"""Rows of a thread, from its first on, that are looked at for being let go meanwhile."""


class Permits:
    """One for a process."""

    def __init__(
        self, store: Store, channels: Mapping[ChannelName, Channel], *, clock: Clock, texts: Texts | None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        """`texts` has the words for "more follows" (None: nothing is said)."""
        self._store = store
        self._clock = clock
        self._texts = texts
        self._sleep = sleep
        self._paces = {name: Pace(channel.capabilities.parts_per_second) for name, channel in channels.items()}

    def share_pace(self, workers: int) -> None:
        """Learn how many processes send, so that together they keep the pace."""
        for pace in self._paces.values():
            pace.share(workers)

    async def refusal(self, row: Row, channel: Channel, parts: tuple[Part, ...]) -> Settled | None:
        """None when the next part may go out now; else what is to be settled instead."""
        now = self._clock.now()
        wait_s = self._paces[row.outgoing.channel].reserve(self._clock.monotonic(), PACE_MAX_S)
        if wait_s is None:
            return row.waiting(now + timedelta(seconds=PACE_MAX_S))
        if wait_s > 0:
            await self._sleep(wait_s)
        if (row.until - self._clock.now()).total_seconds() < LEFT_S:
            return row.waiting(now)
        if channel.capabilities.is_counted:
            if settled := await self._pay(row, channel, parts):
                return settled
        elif not await self._is_begun(row, channel):
            return row.waiting(now)  # if the row is another's by now, settling will say so
        return await self._floor(row, channel, parts)

    async def _is_begun(self, row: Row, channel: Channel) -> bool:
        """Whether the next part may be handed over: it is noted where a death in between must be seen, and where it takes longer than the
        lease; the row is this worker's until then."""
        capabilities = channel.capabilities
        if capabilities.send_s > SEND_S:
            row.until = self._clock.now() + timedelta(seconds=capabilities.send_s + SETTLE_S)
        elif capabilities.is_idempotent:
            return True
        return await self._note_begun(row)

    async def _floor(self, row: Row, channel: Channel, parts: tuple[Part, ...]) -> Settled | None:
        """None while its author has the floor; else what is to be settled instead.

        What an agent wrote to a patient channel stays said: it may be days on its way, and a colleague who takes over meanwhile does not
        take it back.
        """
        now = self._clock.now()
        try:
            row.session = await self._store.session(row.outgoing.session_id)
        except Busy as busy:  # nothing has gone out: say so, or its next worker would have to take it for uncertain
            return row.waiting(now + timedelta(seconds=busy.retry_after_s))
        stays_said = channel.capabilities.patience_s > 0 and row.outgoing.message.author is Author.AGENT
        if row.session is None or (row.outgoing.epoch < row.session.floor and not stays_said):
            floor = row.session.floor if row.session else "none: the session is gone"
            why = (
                f"decided under epoch {row.outgoing.epoch}, the floor is {floor}; {row.outgoing.parts_sent} of {len(parts)} parts went out"
            )
            return row.final(Status.REFUSED, why)
        return None

    async def _pay(self, row: Row, channel: Channel, parts: tuple[Part, ...]) -> Settled | None:
        """Note the next part as begun, and what it costs as spent; else what is to be settled instead: it is kept, or can't be written."""
        outgoing, now = row.outgoing, self._clock.now()
        try:
            row.allowance = await self._store.allowance(outgoing.channel, outgoing.thread)
            is_overtaking = outgoing.parts_sent == 0 and await self._is_overtaking(outgoing)
        except Busy as busy:
            return row.waiting(now + timedelta(seconds=busy.retry_after_s))
        if outgoing.parts_begun > outgoing.parts_sent:
            return None  # it was paid for when it was handed over first, and the peer drops repeats
        if settled := await self._floor(row, channel, parts):
            return settled
        author = outgoing.message.author
        verdict = judge(parts[outgoing.parts_sent], author, row.allowance, channel.capabilities, now, is_over=row.is_over)
        if isinstance(verdict, Keep):
            return row.kept(verdict.why)
        if is_overtaking:
            return row.waiting(now)
        spent = None
        if verdict.pocket is not None:
            spent = Spent(channel=outgoing.channel, thread=outgoing.thread, pocket=verdict.pocket, count=1, serial=row.serial)
        return None if await self._note_begun(row, spent) else row.waiting(now)

    async def _is_overtaking(self, outgoing: Outgoing) -> bool:
        """Whether something that was kept before this one, when it was leased, has been let go since: that goes first."""
        rows = await self._store.outgoing_of(outgoing.channel, outgoing.thread, BEFORE_MAX_COUNT)
        return any(row.outgoing.message.seq < outgoing.message.seq and row.due_at < KEPT_UNTIL for row in rows)

    def worded(self, row: Row, channel: Channel, part: Part, parts: tuple[Part, ...]) -> Part:
        """The part as it goes out: the last one that may, while more remain, says that they follow."""
        if row.allowance is None or row.session is None or self._texts is None:
            return part
        author, now = row.outgoing.message.author, self._clock.now()
        going_count = budget(author, row.allowance, channel.capabilities, now, is_over=row.is_over)
        hint = self._texts.say("wechat.continued", row.session.language)
        return with_hint(parts[row.outgoing.parts_sent :], going_count, hint, channel.capabilities)[0]

    async def owe(self, row: Row) -> None:
        """The part has been taken, or may have been: what was paid stays paid. If the customer came again between paying and sending, the
        peer counts it to that deed, and so do we: better a message too few than one that is refused."""
        paid, row.paid = row.paid, None
        if paid is None:
            return
        now = self._clock.now()
        try:
            allowance = await self._store.allowance(paid.channel, paid.thread)
        except Busy:
            return
        if allowance is not None and allowance.serial != paid.serial and (pocket := next_pocket(allowance, now)):
            row.owed = structs.replace(paid, pocket=pocket, serial=allowance.serial)

    async def _note_begun(self, row: Row, spent: Spent | None = None) -> bool:
        """Put down that the next part is about to go out; False when that can't be written, or the row is another worker's."""
        begun = row.begun()
        try:
            (outcome,) = await self._store.commit([Changes(settled=(begun,), spent=tuple(filter(None, (spent, row.owed))))])
        except Busy:
            return False
        if outcome is None:
            row.outgoing, row.ids = structs.replace(row.outgoing, parts_begun=begun.parts_begun), ()
            row.paid, row.owed = spent, None
        return outcome is None
