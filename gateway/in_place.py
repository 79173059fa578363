"""The answer on the line: a peer that waits for it (`Inbound.answer_by`) gets it as the response to its own push.

    the event is durable -> its turn is committed (a signal; at the end of the time a look at the record, whatever was signalled)
    -> what waits for the customer, first row first -> `Placed` is durable, the rows are leased to it -> the response is written
    -> the rows are settled, behind the peer's back

At most one process can place an answer: whoever comes second is refused by the rows' tokens, and gives what the first has placed. A repeat
of the push gets the same answer again as long as the peer may ask for it. What is not placed in time is sent by delivery.

    dies before `Placed` is durable     the rows fall due: delivery sends them
    dies behind it, before the response the next repeat of the push is answered with what was placed; if none comes: uncertain, and said so
    the response can't be written       the rows go back, due when the peer asks no more: a repeat carries them, or delivery sends them
    the record's word is in doubt       no answer at all (InDoubt goes up): the peer comes again, and then the record tells
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from gateway import placing
from gateway.attention import Attention, Pause, Watch, pause
from gateway.core.changes import Changes, Placed, PlacedRow, Settled
from gateway.core.channel import Accept, AnswersInPlace, Channel, Reply
from gateway.core.errors import Busy, Conflict, InDoubt
from gateway.core.ids import SessionId
from gateway.core.message import Inbound, Part, Status
from gateway.core.ports import Bus, Clock, Store, Waiting
from gateway.core.session import Session
from gateway.core.signals import OUTBOX, TYPING, TypingAt, pack
from gateway.core.texts import Texts
from gateway.metrics import Metrics
from gateway.quota import with_hint
from gateway.rendering import Link, no_link
from gateway.settling import Ended, Settling

log = logging.getLogger(__name__)

WATCHES_MAX_COUNT = 5_000
"""Pushes of one process that may wait at the same time; more are answered at once, and their answers sent."""
ROWS_MAX_COUNT = 20
"""Of a thread's outbox that are looked at: one message never carries more."""
REPEATED_FOR = timedelta(seconds=16)
"""How long after a push its peer may come again: three tries of five seconds (消息推送, seen 2026-11), and a moment."""
FORGET_EVERY_S = 60.0
LOOKING_S = 0.5
"""Behind `answer_by`, for the record to be asked."""


class Silence(StrEnum):
    """Why a push gets no answer on the line."""

    QUIET = "quiet"
    """The turn said nothing to the customer, and nothing is on its way."""
    LATE = "late"
    """Nothing was there in time: what comes is sent."""
    ELSEWHERE = "elsewhere"
    """What waits is being sent, or goes better by `send`."""
    FULL = "full"
    """Too many wait already."""
    GONE = "gone"
    """The peer waits no more."""


class Carried(Struct, frozen=True):
    """A row that an answer carries, and its lease."""

    row: PlacedRow
    token: int
    parts_before: int
    attempts: int
    session: Session | None


class Answer:
    """A response that carries an answer, its place taken. Exactly one of `written` and `lost` has to be called."""

    def __init__(self, reply: Reply, carrying: Sequence[Carried], until: datetime, settling: Settling, *, is_repeat: bool) -> None:
        self.reply = reply
        self.is_repeat = is_repeat
        self._carrying = carrying
        self._until = until
        self._settling = settling

    def written(self, now: datetime) -> None:
        """The peer has it, as far as anybody can see."""
        self._settling.add([Ended(_sent(one, now), one.session) for one in self._carrying])

    def lost(self) -> None:
        """It was not written: a repeat of the push may carry it until the peer asks no more, then delivery sends it."""
        self._settling.add([Ended(_back(one, self._until)) for one in self._carrying])


class InPlace:
    """Places answers. One for a process; `run` must be running."""

    def __init__(
        self, *, store: Store, bus: Bus, clock: Clock, metrics: Metrics, texts: Texts, link: Link = no_link, pause: Pause = pause,
        drain_s: float = 5.0,
    ) -> None:  # fmt: skip
        self.store = store
        self.bus = bus
        self.clock = clock
        self.texts = texts
        self.link = link
        self.pause = pause
        self.settling = Settling(store=store, bus=bus, metrics=metrics, drain_s=drain_s)
        self._attention = Attention(bus, max_count=WATCHES_MAX_COUNT)
        self._placing: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        await self._attention.open()

    async def close(self) -> None:
        await self._attention.close()

    async def run(self) -> None:
        """Listen and settle until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._attention.run(), name="in-place-signals")
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
        if not isinstance(channel, AnswersInPlace) or inbound.answer_by is None or self._attention.is_full:
            is_full = self._attention.is_full
            await accept(inbound)
            return Silence.FULL if is_full else Silence.ELSEWHERE
        async with self._attention.watching(inbound) as watch:
            is_new = await accept(inbound)
            said = await _Asking(self, channel, channel, inbound, watch, is_there, is_alone=is_alone).answered(is_new=is_new)
        if said is Silence.LATE and channel.capabilities.typing:
            await self.bus.signal(TYPING, pack(TypingAt(inbound.channel, inbound.thread, is_on=True)))
        return said

    async def place(self, placed: Placed, answer: Answer) -> Conflict | None:
        """Make an answer's place durable; None: it is. Cancelled, it is given back as soon as the record has told."""
        task = asyncio.create_task(self._commit(Changes(placed=(placed,))), name="place")
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            giving_back = asyncio.create_task(_given_back(task, answer), name="place-back")
            self._placing.add(giving_back)
            giving_back.add_done_callback(self._placing.discard)
            raise

    async def _forget(self) -> None:
        """Drop the answers that nobody can ask for again. Every process may."""
        while True:
            await asyncio.sleep(FORGET_EVERY_S)
            try:
                await self.store.drop_placed(self.clock.now() - REPEATED_FOR)
            except (Busy, OSError, TimeoutError) as error:
                log.warning("old answers are kept for now", extra={"error": type(error).__name__})

    async def _commit(self, changes: Changes) -> Conflict | None:
        (outcome,) = await self.store.commit([changes])
        return outcome


class _Found(Struct, frozen=True):
    """What may go on the line: the parts that the response carries, and when it was made."""

    load: placing.Load
    parts: tuple[Part, ...]
    reply: Reply
    at: datetime
    sessions: dict[SessionId, Session]


class _Asking:
    """One push on its way to its answer."""

    def __init__(
        self, house: InPlace, channel: Channel, line: AnswersInPlace, inbound: Inbound, watch: Watch, is_there: Callable[[], bool], *,
        is_alone: bool,
    ) -> None:  # fmt: skip
        assert inbound.answer_by is not None, "asked for by the caller"
        self._house = house
        self._store = house.store
        self._channel = channel
        self._line = line
        self._inbound = inbound
        self._answer_by = inbound.answer_by
        self._watch = watch
        self._is_there = is_there
        self._is_alone = is_alone
        self._until = house.clock.now() + REPEATED_FOR

    async def answered(self, *, is_new: bool) -> Answer | Silence:
        """The whole of it."""
        if not is_new:
            if (again := await self._again()) is not None:
                return again
            self._watch.doubt()  # its turn may be over already
        try:
            async with asyncio.timeout(max(0.0, self._left_s()) + LOOKING_S):
                found = await self._waited()
        except InDoubt:
            raise
        except (TimeoutError, Busy):
            return Silence.LATE  # the event is durable: its answer will be sent
        return await self._placed(found) if isinstance(found, _Found) else found

    # ---- waiting ---------------------------------------------------------------------------------------------------------------

    async def _waited(self) -> _Found | Silence:
        """Until there is something to say, or nothing will come, or the time is over."""
        watch = self._watch
        while True:
            has_news = await self._house.pause(watch.news, max(0.0, self._left_s()))
            watch.news.clear()
            if not self._is_there():
                return Silence.GONE
            if has_news and not await self._may_look():
                continue
            found = await self._look()
            if found is not None or not has_news:
                return found or Silence.LATE

    async def _may_look(self) -> bool:
        """Whether the turn is committed. Where a signal may have been lost only the record knows."""
        watch = self._watch
        if watch.is_in_doubt:
            watch.is_in_doubt = False
            watch.is_decided = watch.is_decided or bool(await self._store.messages_by_key([self._inbound.key]))
        return watch.is_decided or not watch.is_recorded

    async def _look(self) -> _Found | Silence | None:
        """What waits for the customer; None: nothing yet, but something may come."""
        inbound = self._inbound
        waiting = await self._store.outgoing_of(inbound.channel, inbound.thread, ROWS_MAX_COUNT)
        if not waiting:
            return await self._nothing()
        sessions = await self._sessions(waiting)
        now = self._house.clock.now()
        free = placing.free(waiting, self._answer_by, now, REPEATED_FOR)
        load = placing.load(free, sessions, self._channel.capabilities, self._house.link)
        found = self._chosen(load, sessions, now) if load.pieces else None
        if found is None:
            await self._release(waiting)
            return Silence.ELSEWHERE
        return found

    def _chosen(self, load: placing.Load, sessions: dict[SessionId, Session], now: datetime) -> _Found | None:
        """As much of it as the channel takes on the line; None: nothing."""
        parts = load.parts
        chosen = self._line.in_place(parts, self._inbound, now)
        if chosen is not None and self._is_alone and chosen[1] < len(parts):
            language = sessions[load.rows[0][0].outgoing.session_id].language
            parts = with_hint(parts, chosen[1], self._house.texts.say("wechat.continued", language), self._channel.capabilities)
            chosen = self._line.in_place(parts, self._inbound, now)
        return _Found(load, parts[: chosen[1]], chosen[0], now, sessions) if chosen is not None else None

    async def _nothing(self) -> _Found | Silence | None:
        """Nothing waits: whether something may come."""
        if not self._watch.is_decided:
            return None
        thread = (self._inbound.channel, self._inbound.thread)
        if any(session.looking is not None for session in await self._store.latest_sessions([thread])):
            return None
        came_meanwhile = await self._store.outgoing_of(*thread, 1)
        return await self._look() if came_meanwhile else Silence.QUIET

    async def _release(self, waiting: Sequence[Waiting]) -> None:
        """What can't go on the line need not wait for us."""
        left_to_us = tuple(row.outgoing.id for row in waiting if placing.is_left_to_us(row))
        if left_to_us:
            await self._store.commit([Changes(released=left_to_us)])
            await self._house.bus.signal(OUTBOX, b"")

    # ---- placing ---------------------------------------------------------------------------------------------------------------

    async def _placed(self, found: _Found) -> Answer | Silence:
        """Take the place; where somebody was faster, say what they said."""
        inbound, house = self._inbound, self._house
        rows = placing.carried(found.load, len(found.parts))
        placed = Placed(
            key=inbound.key, channel=inbound.channel, thread=inbound.thread, at=found.at, until=self._until,
            parts=found.parts, rows=rows, passed=found.load.passed,
        )  # fmt: skip
        before = {row.outgoing.id: row for row, _ in found.load.rows}
        carrying = [_carried(row, row.token + 1, before[row.id], found.sessions) for row in rows]
        answer = Answer(found.reply, carrying, self._until, house.settling, is_repeat=False)
        try:
            outcome = await house.place(placed, answer)
        except InDoubt:
            raise
        except Busy:  # nothing was written: what waits will be sent
            return Silence.LATE
        if outcome is None:
            return answer
        return await self._again() or Silence.ELSEWHERE

    async def _again(self) -> Answer | Silence | None:
        """The answer that was placed for this push before; None: there is none."""
        inbound = self._inbound
        placed = await self._store.placed(inbound.key)
        if placed is None:
            return None
        if placed.until <= self._house.clock.now():
            return Silence.ELSEWHERE  # by now delivery has what was not taken
        chosen = self._line.in_place(placed.parts, inbound, placed.at)
        carrying = await self._held(placed)
        if chosen is None or carrying is None:
            return Silence.ELSEWHERE
        return Answer(chosen[0], carrying, placed.until, self._house.settling, is_repeat=True)

    async def _held(self, placed: Placed) -> list[Carried] | None:
        """Its rows that are not settled yet, leased to it (again, where they had gone back); None: one of them is somebody else's."""
        waiting = {row.outgoing.id: row for row in await self._store.outgoing_of(placed.channel, placed.thread, ROWS_MAX_COUNT)}
        open_rows = [(row, waiting[row.id]) for row in placed.rows if row.id in waiting]
        ours = [(row, now) for row, now in open_rows if now.outgoing.parts_sent < row.parts_sent]
        sessions = await self._sessions([now for _, now in ours])
        carrying = [_carried(row, now.token, now, sessions) for row, now in ours]
        went_back = [one for one, (_, now) in zip(carrying, ours, strict=True) if not placing.is_taken(now)]
        if any(placing.is_stale(now, sessions) for _, now in ours if not placing.is_taken(now)):
            return None
        if went_back:
            outcomes = await self._store.commit([Changes(settled=(_begun(one, placed.until),)) for one in went_back])
            if any(outcomes):
                return None
        return carrying

    # ---- helpers ---------------------------------------------------------------------------------------------------------------

    async def _sessions(self, waiting: Sequence[Waiting]) -> dict[SessionId, Session]:
        ids = list({row.outgoing.session_id for row in waiting})
        return {session.id: session for session in await self._store.sessions(ids)} if ids else {}

    def _left_s(self) -> float:
        return (self._answer_by - self._house.clock.now()).total_seconds()


async def _given_back(placing_it: "asyncio.Task[Conflict | None]", answer: Answer) -> None:
    """Nobody will write this answer: once it is placed, give it back."""
    try:
        outcome = await placing_it
    except Busy:
        return  # not placed, or in doubt: then it becomes uncertain, unless a repeat carries it
    if outcome is None:
        answer.lost()


def _carried(row: PlacedRow, token: int, before: Waiting, sessions: dict[SessionId, Session]) -> Carried:
    outgoing = before.outgoing
    return Carried(row, token, outgoing.parts_sent, outgoing.attempts, sessions.get(row.session_id))


def _sent(one: Carried, now: datetime) -> Settled:
    status = Status.SENT if one.row.is_whole else Status.PENDING
    return _settled(one, status, parts_sent=one.row.parts_sent, parts_begun=one.row.parts_sent, retry_at=None if one.row.is_whole else now)


def _back(one: Carried, until: datetime) -> Settled:
    return _settled(one, Status.PENDING, parts_sent=one.parts_before, parts_begun=one.parts_before, retry_at=until)


def _begun(one: Carried, until: datetime) -> Settled:
    return _settled(one, Status.PENDING, parts_sent=one.parts_before, parts_begun=one.parts_before + 1, retry_at=until)


def _settled(one: Carried, status: Status, *, parts_sent: int, parts_begun: int, retry_at: datetime | None) -> Settled:
    row = one.row
    return Settled(
        id=row.id, session_id=row.session_id, seq=row.seq, status=status, token=one.token, also=row.also, parts_sent=parts_sent,
        parts_begun=parts_begun, attempts=one.attempts, retry_at=retry_at,
    )  # fmt: skip
