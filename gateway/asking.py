"""One push on its way to its answer: see `gateway.in_place`."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec import Struct, structs

from gateway import placing
from gateway.answers import Answer, Carried, Silence, begun
from gateway.attention import Pause, Watch
from gateway.core.bus import Bus
from gateway.core.changes import NEW_ROW, Changes, Placed, PlacedRow
from gateway.core.channel import AnswersInPlace, Channel, Reply
from gateway.core.errors import Busy, Conflict, InDoubt
from gateway.core.events import Inbound
from gateway.core.ids import SessionId
from gateway.core.message import Status
from gateway.core.parts import Part
from gateway.core.ports import Clock, Store, Waiting
from gateway.core.session import Session
from gateway.core.signals import OUTBOX
from gateway.core.texts import Texts
from gateway.quota import with_hint
from gateway.rendering import Link
from gateway.settling import Settling

ROWS_MAX_COUNT = 20
"""Of a thread's outbox that are looked at: one message never carries more."""
REPEATED_FOR = timedelta(seconds=16)
"""How long after a push its peer may come again: three tries of five seconds (消息推送, seen 2026-11), and a moment."""
LOOKING_S = 0.5
"""Behind `answer_by`, for the record to be asked."""

Sessions = dict[SessionId, Session]


@dataclass(frozen=True)
class Desk:
    """What pushes are answered with."""

    store: Store
    bus: Bus
    clock: Clock
    texts: Texts
    link: Link
    pause: Pause
    settling: Settling


class _Found(Struct, frozen=True):
    """What may go on the line: the parts that the response carries, and when it was made."""

    load: placing.Load
    parts: tuple[Part, ...]
    reply: Reply
    at: datetime
    sessions: Sessions


class Asking:
    """A push that waits, until `close`."""

    def __init__(
        self, desk: Desk, channel: Channel, line: AnswersInPlace, inbound: Inbound, watch: Watch, is_there: Callable[[], bool], *,
        is_alone: bool,
    ) -> None:  # fmt: skip
        assert inbound.answer_by is not None, "asked for by the caller"
        self._desk = desk
        self._store = desk.store
        self._channel = channel
        self._line = line
        self._inbound = inbound
        self._answer_by = inbound.answer_by
        self._watch = watch
        self._is_there = is_there
        self._is_alone = is_alone
        self._until = desk.clock.now() + REPEATED_FOR
        self._claim: Answer | None = None
        self._claim_ended: asyncio.Future[bool] | None = None
        self._is_repeat = False
        self._is_closed = False

    async def answered(self, *, is_new: bool) -> Answer | Silence:
        """The whole of it."""
        self._is_repeat = not is_new
        if not is_new:
            if (again := await self._again()) is not None:
                return again
            self._watch.doubt()  # its turn may be over already
        while (said := await self._waited()) is None:
            continue
        return said

    def close(self) -> None:
        """Nobody waits any more. An answer that came in this very moment goes back."""
        self._is_closed = True
        ended = self._claim_ended
        if self._claim is not None and ended is not None and ended.done() and not ended.cancelled() and ended.result():
            self._claim.lost()

    # ---- an answer placed by its own turn ----------------------------------------------------------------------------------------

    def offered(self, changes: Changes) -> Changes:
        """The turn's changes, its answer placed with them; as they are where it can't go on the line, or nobody waits for it."""
        session, now = changes.session, self._desk.clock.now()
        if session is None or self._claim_ended is not None or self._is_closed or now >= self._answer_by or not self._is_there():
            return changes
        waiting = [Waiting(outgoing, NEW_ROW, now, is_leased=False) for outgoing in changes.outgoing]
        sessions = {session.id: session}
        load = placing.load(waiting, sessions, self._channel.capabilities, self._desk.link)
        found = self._chosen(load, sessions, now) if load.pieces else None
        if found is None:
            return changes
        placed, self._claim = self._made(found)
        self._claim_ended = asyncio.get_running_loop().create_future()
        self._watch.is_claimed = True
        return structs.replace(changes, placed=(placed,))

    def claim_ended(self, *, is_written: bool) -> None:
        """The turn with our answer is on record; or it is not, or nobody knows: then the record tells."""
        claim, ended = self._claim, self._claim_ended
        if claim is None or ended is None:
            return
        if self._is_closed and is_written:
            claim.lost()
        if not ended.done():
            ended.set_result(is_written)
        self._watch.is_claimed = is_written
        self._watch.wake()

    async def _claimed(self) -> Answer | Silence | None:
        """The answer that our turn has placed; None: it has not, and we go on waiting."""
        claim, ended = self._claim, self._claim_ended
        if claim is None or ended is None:
            return None
        is_written = await ended
        self._claim = None  # from here on it is the caller's, or nobody's
        if is_written:
            return claim if self._is_there() else self._gone(claim)
        self._watch.doubt()
        return await self._again()

    def _gone(self, claim: Answer) -> Silence:
        claim.lost()
        return Silence.GONE

    # ---- waiting ---------------------------------------------------------------------------------------------------------------

    async def _waited(self) -> Answer | Silence | None:
        """Until there is something to say, or nothing will come, or the time is over; None: it was a false alarm."""
        has_news = await self._desk.pause(self._watch, max(0.0, self._left_s()))
        if self._claim is not None:
            return await self._claimed()
        if not self._is_there():
            return Silence.GONE
        try:
            async with asyncio.timeout(max(0.0, self._left_s()) + LOOKING_S):
                found = await self._look() if not has_news or await self._may_look() else None
        except InDoubt:
            raise
        except (TimeoutError, Busy):
            return Silence.LATE  # the event is durable: its answer will be sent
        if isinstance(found, _Found):
            return await self._placed(found)
        if found is not None and self._is_repeat:
            return await self._again() or found  # the first try, or its turn, has placed the answer meanwhile
        return found or (None if has_news else Silence.LATE)

    async def _may_look(self) -> bool:
        """Whether the turn is committed. Where a signal may have been lost only the record knows."""
        watch = self._watch
        if watch.is_in_doubt:
            watch.is_in_doubt = False
            is_on_record = bool(await self._store.messages_by_key([self._inbound.key]))
            watch.is_decided = watch.is_decided or is_on_record  # a signal may have come while we read
        return watch.is_decided or not watch.is_recorded

    async def _look(self) -> _Found | Silence | None:
        """What waits for the customer; None: nothing yet, but something may come."""
        inbound = self._inbound
        waiting = await self._store.outgoing_of(inbound.channel, inbound.thread, ROWS_MAX_COUNT)
        if not waiting:
            return await self._nothing()
        sessions = await self._sessions(waiting)
        now = self._desk.clock.now()
        free = placing.free(waiting, self._answer_by, now, REPEATED_FOR)
        load = placing.load(free, sessions, self._channel.capabilities, self._desk.link)
        found = self._chosen(load, sessions, now) if load.pieces else None
        if found is None:
            await self._release(waiting)
            return Silence.ELSEWHERE
        return found

    def _chosen(self, load: placing.Load, sessions: Sessions, now: datetime) -> _Found | None:
        """All of it, where the channel takes that on the line; None: it goes out by `send`. What is sent behind an answer that the peer has
        lost would stand before it when a repeat brings it: only who has no other road gets a part of it here."""
        parts = load.parts
        chosen = self._line.in_place(parts, self._inbound, now)
        if chosen is not None and chosen[1] < len(parts):
            if not self._is_alone:
                return None
            language = sessions[load.rows[0][0].outgoing.session_id].language
            parts = with_hint(parts, chosen[1], self._desk.texts.say("wechat.continued", language), self._channel.capabilities)
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
            await self._desk.bus.signal(OUTBOX, b"")

    # ---- placing ---------------------------------------------------------------------------------------------------------------

    def _made(self, found: _Found) -> tuple[Placed, Answer]:
        """The place of an answer, and the answer in it."""
        inbound, load = self._inbound, found.load
        rows = placing.carried(load, len(found.parts))
        placed = Placed(
            key=inbound.key, channel=inbound.channel, thread=inbound.thread, at=found.at, until=self._until, parts=found.parts, rows=rows,
            passed=load.passed,
        )  # fmt: skip
        before = {row.outgoing.id: row for row, _ in load.rows}
        carrying = [_carried(row, row.token + 1, before[row.id], found.sessions) for row in rows]
        return placed, Answer(found.reply, carrying, self._until, self._desk.settling, is_repeat=False)

    async def _placed(self, found: _Found) -> Answer | Silence:
        """Take the place; where somebody was faster, say what they said."""
        placed, answer = self._made(found)
        try:
            (outcome,) = await self._place(placed, answer)
        except InDoubt:
            raise
        except Busy:  # nothing was written: what waits will be sent
            return Silence.LATE
        if outcome is None:
            return answer
        return await self._again() or Silence.ELSEWHERE

    async def _place(self, placed: Placed, answer: Answer) -> list[Conflict | None]:
        """Make the place durable. Cancelled, it is given back as soon as the record has told."""
        task = asyncio.create_task(self._store.commit([Changes(placed=(placed,))]), name="place")
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(lambda done: _give_back(done, answer))
            raise

    async def _again(self) -> Answer | Silence | None:
        """The answer that was placed for this push before; None: there is none."""
        inbound = self._inbound
        placed = await self._store.placed(inbound.key)
        if placed is None:
            return None
        if placed.until <= self._desk.clock.now():
            return Silence.ELSEWHERE  # by now delivery has what was not taken
        chosen = self._line.in_place(placed.parts, inbound, placed.at)
        carrying = await self._held(placed)
        if chosen is None or carrying is None:
            return Silence.ELSEWHERE
        return Answer(chosen[0], carrying, placed.until, self._desk.settling, is_repeat=True)

    async def _held(self, placed: Placed) -> list[Carried] | None:
        """Its rows that are not settled yet, leased to it (again, where they had gone back); None: one of them is somebody else's, or was
        taken back before the peer had it."""
        waiting = {row.outgoing.id: row for row in await self._store.outgoing_of(placed.channel, placed.thread, ROWS_MAX_COUNT)}
        if await self._is_taken_back([row for row in placed.rows if row.id not in waiting]):
            return None
        open_rows = [(row, waiting[row.id]) for row in placed.rows if row.id in waiting]
        ours = [(row, now) for row, now in open_rows if now.outgoing.parts_sent < row.parts_sent]
        if any(now.token != row.token + 1 for row, now in ours):
            return None  # leased by somebody else since
        sessions = await self._sessions([now for _, now in ours])
        carrying = [_carried(row, now.token, now, sessions) for row, now in ours]
        went_back = [one for one, (_, now) in zip(carrying, ours, strict=True) if not placing.is_taken(now)]
        if any(placing.is_stale(now, sessions) for _, now in ours if not placing.is_taken(now)):
            return None
        if went_back:
            outcomes = await self._store.commit([Changes(settled=(begun(one, placed.until),)) for one in went_back])
            if any(outcomes):
                return None
        return carrying

    async def _is_taken_back(self, gone: Sequence[PlacedRow]) -> bool:
        """Whether a row that waits no more was never said: an agent has withdrawn it since."""
        said = [await self._store.session_messages(row.session_id, row.seq - 1, 1) for row in gone]
        return any(message.status is Status.REFUSED for messages in said for message in messages)

    # ---- helpers ---------------------------------------------------------------------------------------------------------------

    async def _sessions(self, waiting: Sequence[Waiting]) -> Sessions:
        ids = list({row.outgoing.session_id for row in waiting})
        return {session.id: session for session in await self._store.sessions(ids)} if ids else {}

    def _left_s(self) -> float:
        return (self._answer_by - self._desk.clock.now()).total_seconds()


def _give_back(placed: "asyncio.Task[list[Conflict | None]]", answer: Answer) -> None:
    """Nobody will write this answer. Where the record is in doubt it becomes uncertain, unless a repeat carries it."""
    if not placed.cancelled() and placed.exception() is None and placed.result() == [None]:
        answer.lost()


def _carried(row: PlacedRow, token: int, before: Waiting, sessions: Sessions) -> Carried:
    outgoing = before.outgoing
    return Carried(row, token, outgoing.parts_sent, outgoing.attempts, sessions.get(row.session_id))
