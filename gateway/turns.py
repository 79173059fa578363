"""The turns worker: handles a lane's events in order, commits each batch as one transaction.

A lane belongs to one worker at a time, by a lease with a fencing token. The place up to which a lane is handled is committed in the
record together with the outcome, under that token: a worker that has lost its lane without knowing it writes nothing any more, and
the next one goes on exactly where the last commit ended. An event that is read twice all the same is known by its key.
"""

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from gateway.core.bus import Bus, LaneEvent
from gateway.core.changes import Changes, DeadLetter, Progress, dead_letter_id
from gateway.core.errors import Busy, Conflict, Fenced, Repeat
from gateway.core.events import Called, Fated, Fetched, Inbound, LinksWanted, LookedUp, Played, Said, Seen
from gateway.core.ids import ChannelName, Lane, Thread
from gateway.core.message import Message
from gateway.core.parts import Arriving
from gateway.core.ports import Clock, Store
from gateway.core.session import Session, looks_up_anew
from gateway.core.signals import Refused, pack, signals_of, thread_topic
from gateway.episode import Episodes
from gateway.metrics import Metrics
from gateway.quota import granting

log = logging.getLogger(__name__)

BATCH_COUNT = 200
"""Events of a lane in one transaction."""
HOT_COUNT = 2_000
"""Sessions that a lane keeps in memory; the version guard finds the ones that changed elsewhere."""
TRIES = 8
"""How often a batch is decided anew because sessions changed under it, before the lane starts over from the record."""
IDLE_S = 5.0
"""How long a lane sleeps at most without being told of anything new: the net under lost wake-ups."""
TRIM_EVERY_S = 0.25
"""How often the bus is told what it may forget. Rarely enough to cost nothing, often enough that a lane is not full of handled events."""
CALM_S = 60.0
"""A lane that has worked for this long recovers from new trouble as quickly as from the first."""
_BY_THE_RECORD = (Called, Played, LinksWanted, Fated, Fetched)
"""What is decided by the record as it stands."""
_AWAY = (Busy, OSError, TimeoutError)
"""The store or the bus can't be used just now; the events are fine and wait."""

ThreadKey = tuple[ChannelName, Thread]
Decided = tuple[LaneEvent, Session | None, Changes]
"""An event, its session before, and a transaction that it asks for."""
_Decide = Callable[[LaneEvent], Awaitable[list[Changes]]]


class LookupsBegin(Protocol):
    """Whoever performs look-ups outside the lanes."""

    def begin(self, session: Session) -> None:
        """The session, as committed, waits for a look-up. At once, without waiting; what is not begun is found by a timer."""
        ...


class FetchesBegin(Protocol):
    """Whoever fetches the files that a channel's peer holds, outside the lanes."""

    def begin(self, session: Session, message: Message) -> None:
        """The message, as committed, has parts that are `Arriving`. At once, without waiting; what is not begun is found by a timer."""
        ...


class Line(Protocol):
    """Whoever is on the line with the peers of this process (`gateway.in_place`)."""

    def offer(self, inbound: Inbound, changes: Changes) -> Changes:
        """The changes with their answer placed, where the event's push waits for it here; else as they are. At once, without waiting."""
        ...

    def decided(self, changes: Changes, *, is_written: bool) -> None:
        """What became of them; False where nobody knows. Must follow each `offer`."""
        ...


@dataclass(frozen=True)
class Turns:
    """What handles lanes. One for a process; `work` runs once for each lane held."""

    store: Store
    bus: Bus
    episodes: Episodes
    clock: Clock
    metrics: Metrics
    lookups: LookupsBegin | None = None
    """Performs what a committed session waits for; None: a timer hands it to people."""
    fetches: FetchesBegin | None = None
    """Fetches what a committed message is still without; None: a timer of another process does."""
    line: Line | None = None
    """None: nobody waits in this process; whoever does elsewhere is told by signals."""

    async def work(self, lane: Lane, token: int) -> None:
        """Handle a lane's events until cancelled or fenced out. Starts over from the record after any trouble."""
        trouble_count = 0
        while True:
            started_s = self.clock.monotonic()
            try:
                await _LaneWork(self, lane, token).run()
            except Fenced:
                log.warning("lane taken over by another worker", extra={"lane": lane})
                return
            except Exception as trouble:  # the outermost loop of a worker: logged, counted, tried again
                trouble_count = 1 if self.clock.monotonic() - started_s > CALM_S else trouble_count + 1
                self.metrics.errors.labels("turns", type(trouble).__name__).inc()
                is_expected = isinstance(trouble, (Conflict, *_AWAY))
                log.warning("lane starts over", extra={"lane": lane, "error": type(trouble).__name__}, exc_info=not is_expected)
                await asyncio.sleep(_pause_s(trouble_count))


class _LaneWork:
    """One holding of one lane: its sessions in memory, its place."""

    def __init__(self, turns: Turns, lane: Lane, token: int) -> None:
        self._turns = turns
        self._lane = lane
        self._token = token
        self._hot: OrderedDict[ThreadKey, Session | None] = OrderedDict()
        self._position = ""
        self._count = {outcome: turns.metrics.turns.labels(outcome) for outcome in ("committed", "repeat", "decided_again")}

    async def run(self) -> None:
        self._position = await self._turns.store.claim_lane(self._lane, self._token)
        trimming = asyncio.create_task(self._trim(), name=f"lane-{self._lane}-trimming")
        try:
            await self._follow()
        finally:
            trimming.cancel()

    async def _follow(self) -> None:
        bus = self._turns.bus
        while True:
            events = await bus.read(self._lane, self._position, BATCH_COUNT)
            if events:
                await self._handle(_apart(events))
            else:
                await bus.wait((self._lane,), IDLE_S)

    async def _handle(self, events: Sequence[LaneEvent]) -> None:
        """Decide and commit a batch. Where the record can't take it for what it says, find out whose fault that is."""
        try:
            await self._commit_all(events, self._decide)
        except (Conflict, *_AWAY):
            raise
        except Exception as error:  # one outcome that can't be written must not stop everybody behind it
            log.exception("a batch could not be written", extra={"lane": self._lane, "events": len(events)})
            self._turns.metrics.errors.labels("turns", type(error).__name__).inc()
            await self._handle_apart(events, error)

    async def _handle_apart(self, events: Sequence[LaneEvent], error: Exception) -> None:
        """Half by half; what is left alone goes to people, and to the dead letters where the record refuses even that."""
        self._hot.clear()
        if len(events) > 1:
            middle = len(events) // 2
            await self._handle(events[:middle])
            await self._handle(events[middle:])
            return
        try:
            await self._commit_all(events, partial(self._rescue, error))
        except (Conflict, *_AWAY):
            raise
        except Exception as second:
            log.exception("an event could not be written", extra={"lane": self._lane, "position": events[0].position})
            self._hot.clear()
            await self._commit_all(events, partial(self._bury, second))

    async def _commit_all(self, events: Sequence[LaneEvent], decide: _Decide) -> None:
        """Decide and commit; decide again what others changed meanwhile, until all of it is on record."""
        undecided = list(events)
        progress = Progress(lane=self._lane, token=self._token, position=events[-1].position)
        for _ in range(TRIES):
            undecided = await self._attempt(undecided, progress, decide)
            if not undecided:
                self._position = progress.position
                return
        raise Conflict(f"{len(undecided)} events of lane {self._lane} could not be committed in {TRIES} tries")

    async def _attempt(self, events: Sequence[LaneEvent], progress: Progress, decide: _Decide) -> list[LaneEvent]:
        """Decide and commit these events; returns those that must be decided again."""
        await self._load(events)
        decided: list[Decided] = []
        for item in events:
            made = await decide(item)
            decided += [(item, self._advance(_thread(item), changes.session), changes) for changes in made]
        self._turns.metrics.turn_batch.observe(len(events))
        outcomes = await self._commit(decided, progress)
        return await self._settle(decided, outcomes, progress)

    async def _commit(self, decided: list[Decided], progress: Progress) -> Sequence[Conflict | None]:
        """Write what was decided; whoever waits on the line in this process learns what became of their answer, whatever that is."""
        line, store = self._turns.line, self._turns.store
        if line is None:
            return await store.commit([changes for _, _, changes in decided], progress)
        decided[:] = [(item, before, line.offer(item.event, changes)) for item, before, changes in decided]
        outcomes: Sequence[Conflict | None] = ()
        try:
            outcomes = await store.commit([changes for _, _, changes in decided], progress)
        finally:
            for place, (_, _, changes) in enumerate(decided):
                if changes.placed:
                    line.decided(changes, is_written=place < len(outcomes) and outcomes[place] is None)
        return outcomes

    async def _settle(self, decided: Sequence[Decided], outcomes: Sequence[Conflict | None], progress: Progress) -> list[LaneEvent]:
        again: dict[str, LaneEvent] = {}
        self._begin_lookups(decided, outcomes)
        self._begin_fetches(decided, outcomes)
        self._count["committed"].inc(outcomes.count(None))
        for (item, before, changes), outcome in zip(decided, outcomes, strict=True):
            if outcome is None:
                await self._tell(before, changes)
            else:
                self._count["repeat" if isinstance(outcome, Repeat) else "decided_again"].inc()
                self._hot.pop(_thread(item), None)
                if not isinstance(outcome, Repeat):
                    again[item.position] = item
        if not again and any(outcomes):  # only repeats were refused: nothing is owed, the place alone must move
            await self._turns.store.commit([], progress)
        while len(self._hot) > HOT_COUNT:
            self._hot.popitem(last=False)
        return list(again.values())

    def _begin_lookups(self, decided: Sequence[Decided], outcomes: Sequence[Conflict | None]) -> None:
        """Send off what the committed sessions wait for; before anything is awaited, so that none is forgotten when we are stopped."""
        if self._turns.lookups is None:
            return
        for (_, before, changes), outcome in zip(decided, outcomes, strict=True):
            if outcome is None and changes.session is not None and looks_up_anew(before, changes.session):
                self._turns.lookups.begin(changes.session)

    def _begin_fetches(self, decided: Sequence[Decided], outcomes: Sequence[Conflict | None]) -> None:
        """Send off what the committed messages are still without, as above."""
        if self._turns.fetches is None:
            return
        for (_, _, changes), outcome in zip(decided, outcomes, strict=True):
            if outcome is None and changes.session is not None:
                for message in changes.messages:
                    if _is_arriving(message):
                        self._turns.fetches.begin(changes.session, message)

    async def _load(self, events: Sequence[LaneEvent]) -> None:
        """Have the events' sessions at hand. Words find out by their commit that an agent has changed the session since; marks and the
        like may ask for none (a mark behind the end that we know of), so for them it is read anew."""
        for item in events:
            if not isinstance(item.event.event, Said):
                self._hot.pop(_thread(item), None)
        missing = [thread for thread in {_thread(item) for item in events} if thread not in self._hot]
        if missing:
            self._hot.update(dict.fromkeys(missing))
            for session in await self._turns.store.latest_sessions(missing):
                self._hot[session.channel, session.thread] = session

    def _advance(self, thread: ThreadKey, session: Session | None) -> Session | None:
        """Take the thread's session to its next version in memory; returns the one before, if it is the same session."""
        before = self._hot.get(thread)
        if session is None:
            return before
        if (session.channel, session.thread) != thread:
            return session  # another conversation's (whose it is, or what was posted there): its own lane finds out by the version
        self._hot[thread] = session
        return before if before is not None and before.id == session.id else None

    async def _decide(self, item: LaneEvent) -> list[Changes]:
        """What an event does. One that can't be handled goes to people; if even that fails, to the dead letters: the lane goes on."""
        session = self._hot.get(_thread(item))
        try:
            return await self._turns.episodes.handle(session, item.event)
        except _AWAY:
            raise
        except Exception as error:  # a poisoned event must not stop everybody behind it
            log.exception("an event could not be handled", extra={"lane": self._lane, "position": item.position})
            self._turns.metrics.errors.labels("turns", type(error).__name__).inc()
            return await self._rescue(error, item)

    async def _rescue(self, error: Exception, item: LaneEvent) -> list[Changes]:
        """Words, and sessions whose look-up can't be ended, go to people. Whatever else can't be handled is kept, but for marks, which
        the next one mends."""
        if isinstance(item.event.event, Seen):
            return []
        if not isinstance(item.event.event, (Said, LookedUp)):
            return await self._let_go(error, item)
        try:
            return await self._turns.episodes.rescue(self._hot.get(_thread(item)), item.event)
        except _AWAY:
            raise
        except Exception as second:  # not even people can have it: keep it, and tell its sender
            log.exception("an event could not be rescued", extra={"lane": self._lane, "position": item.position})
            return await self._let_go(second, item)

    async def _let_go(self, error: Exception, item: LaneEvent) -> list[Changes]:
        """Keep what can't be handled, and hold on to what it lets us send: that does not depend on what it says."""
        return granting(item.event, await self._bury(error, item), self._turns.clock.now())

    async def _bury(self, error: Exception, item: LaneEvent) -> list[Changes]:
        self._turns.metrics.dead_letters.inc()
        letter_id, now = dead_letter_id(item.event.key), self._turns.clock.now()
        letter = DeadLetter(id=letter_id, lane=self._lane, event=item.event, error=_place(error), at=now, attempts=1)
        return [Changes(dead_letters=(letter,))]

    async def _tell(self, before: Session | None, changes: Changes) -> None:
        bus = self._turns.bus
        self._turns.metrics.count(changes)
        for topic, payload in signals_of(before, changes):
            await bus.signal(topic, payload)
        for letter in changes.dead_letters:
            if letter.event.cid:
                await bus.signal(thread_topic(letter.event.channel, letter.event.thread), pack(Refused(letter.event.cid)))

    async def _trim(self) -> None:
        """Have the bus forget what is handled, beside the work, which need not wait for it. What a dead holder left goes first."""
        trimmed = ""
        while True:
            if self._position != trimmed:
                position = self._position
                try:
                    await self._turns.bus.trim(self._lane, position)
                    trimmed = position
                except _AWAY as error:
                    log.warning("handled events are kept for now", extra={"lane": self._lane, "error": type(error).__name__})
            await asyncio.sleep(TRIM_EVERY_S)


def _pause_s(trouble_count: int) -> float:
    """Doubling from 50 ms to 5 s, with jitter so that lanes do not come back all at once."""
    return float(min(5.0, 0.05 * 2 ** min(trouble_count, 7)) * random.uniform(0.5, 1))  # noqa: S311 - jitter, no secret


def _apart(events: Sequence[LaneEvent]) -> Sequence[LaneEvent]:
    """The events that one batch may hold: of a thread's news of its own messages only the first, because the next is decided by what that
    one writes (`gateway.tidings`). A call's news are decided by the record as well, so nothing of their thread goes before them in a
    batch, and nothing behind them (`gateway.telephone`); what was heard is noted with a message on record."""
    if not any(isinstance(item.event.event, _BY_THE_RECORD) or item.event.person for item in events):
        return events
    seen: set[ThreadKey] = set()
    told: set[ThreadKey] = set()
    alone: set[ThreadKey] = set()
    for place, item in enumerate(events):
        thread, is_of_call = _thread(item), isinstance(item.event.event, Called) or bool(item.event.person)
        if thread in alone or (thread in seen and (is_of_call or isinstance(item.event.event, Played | LinksWanted))):
            return events[:place]
        if isinstance(item.event.event, Fated | Fetched):
            if thread in told:
                return events[:place]
            told.add(thread)
        if is_of_call:
            alone.add(thread)
        seen.add(thread)
    return events


def _is_arriving(message: Message) -> bool:
    for part in message.parts:  # noqa: SIM110 - every message comes by here, and a generator is half its cost
        if isinstance(part, Arriving) and not part.failure:
            return True
    return False


def _thread(item: LaneEvent) -> ThreadKey:
    return item.event.channel, item.event.thread


def _place(error: Exception) -> str:
    """The error's type and its innermost place; never its text, which may hold a customer's."""
    trace, place = error.__traceback__, ""
    while trace is not None:
        place = f"{trace.tb_frame.f_code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__} at {place}"
