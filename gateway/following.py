"""The threads of a channel as its call legs follow them: every message once and in order, and where the session stands.

    a signal ------.
                   v
    the watch --> wake --> read the session --> its messages up to there --> where it stands now

Signals say that there is news, the record says what it is. One watch for all legs asks every LOOK_S, in a single question, which sessions
have moved without a signal: a lost one costs less than a second, and fifty silent calls cost one small reading.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from gateway.core.bus import Bus, Subscription
from gateway.core.calls import News, Standing, Wanted
from gateway.core.errors import Busy
from gateway.core.ids import ChannelName, Thread
from gateway.core.message import Message
from gateway.core.ports import Store
from gateway.core.session import Session
from gateway.core.signals import Messages, StateNow, calls_topic, thread_topic, unpack_thread, unpack_wanted
from gateway.logs import place
from gateway.standings import NOWHERE, Place, Standings
from handoff import moves

log = logging.getLogger(__name__)

LOOK_S = 0.75
PLACE_EVERY = 20
"""Looks after which those who wait ask for their place again, because its signal may have been lost."""
AGAIN_S = 1.0
"""The pause before a broken line to the bus is taken up again."""
PAGE_COUNT = 100
THREADS_MAX_COUNT = 500
"""Of one question to the record."""
WISHES_MAX_COUNT = 100
"""Wishes that are remembered, so that one heard twice is one."""
WISHES_EVERY_S = 5.0
_AWAY = (Busy, OSError, TimeoutError)


class _Follower:
    """One leg, as the watch sees it."""

    def __init__(self, thread: Thread) -> None:
        self.thread = thread
        self.wake = asyncio.Event()
        self.session: Session | None = None
        """As it was read last."""
        self.was_open = True
        self.is_over = False
        self.place: Place | None = None
        """What the queue has told; None: to be read."""

    def hear(self, signal: object) -> None:
        """A signal of the thread: what says nothing of messages or states is not worth a reading."""
        if isinstance(signal, StateNow) and signal.position is not None:
            self.place = signal.position, signal.eta_s
        if isinstance(signal, StateNow | Messages):
            self.wake.set()

    def end(self) -> None:
        """Nobody follows any more: whoever still waits for news is let go."""
        self.is_over = True
        self.wake.set()

    def lose(self) -> None:
        """Something was lost: all of it is read anew."""
        self.place = None
        self.wake.set()

    def has_moved(self, now: Session) -> bool:
        before = self.session
        return before is None or (before.id, before.version) != (now.id, now.version)


class Following:
    """The threads of one channel."""

    def __init__(
        self, channel: ChannelName, store: Store, bus: Bus, standings: Standings, *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:  # fmt: skip
        self._channel = channel
        self._store = store
        self._bus = bus
        self._standings = standings
        self._sleep = sleep
        self._followers: set[_Follower] = set()
        self._watching: asyncio.Task[None] | None = None
        self._looks = 0

    @asynccontextmanager
    async def follow(self, thread: Thread, after_seq: int) -> AsyncIterator[AsyncIterator[News]]:
        follower, listening = _Follower(thread), asyncio.Event()
        task = asyncio.create_task(self._listen(follower, listening), name="a leg's signals")
        self._join(follower)
        try:
            await listening.wait()
            yield self._news(follower, after_seq)
        finally:
            follower.end()
            self._leave(follower)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def standing(self, thread: Thread) -> Standing | None:
        session = await self._newest(thread)
        return await self._standings.of(session, await self._standings.place(session)) if session else None

    async def wanted(self) -> AsyncIterator[Wanted]:
        heard: dict[str, None] = {}
        box: asyncio.Queue[Wanted] = asyncio.Queue(WISHES_MAX_COUNT)
        ways = ((self._hear_wishes, AGAIN_S), (self._see_wishes, WISHES_EVERY_S))
        works = [asyncio.create_task(self._over_again(way, box, every_s)) for way, every_s in ways]
        try:
            while True:
                if (wish := await box.get()).id not in heard:
                    heard[wish.id] = None
                    for old in list(heard)[:-WISHES_MAX_COUNT]:
                        del heard[old]
                    yield wish
        finally:
            for work in works:
                work.cancel()
            await asyncio.gather(*works, return_exceptions=True)

    async def _hear_wishes(self, box: asyncio.Queue[Wanted]) -> None:
        """By their signals: at once."""
        subscription = await self._bus.subscribe(calls_topic(self._channel))
        try:
            async for topic, payload in subscription:
                if topic:
                    await box.put(unpack_wanted(payload))
        finally:
            await subscription.close()

    async def _see_wishes(self, box: asyncio.Queue[Wanted]) -> None:
        """By the record: those whose signal was lost, or told when nobody listened."""
        for wish in await self._standings.wishes(self._channel):
            await box.put(wish)

    async def _over_again(
        self, way: Callable[[asyncio.Queue[Wanted]], Awaitable[None]], box: asyncio.Queue[Wanted], every_s: float
    ) -> None:  # fmt: skip
        while True:
            try:
                with suppress(*_AWAY):
                    await way(box)
            except Exception as error:  # the outermost loop of one way to hear of wishes: the other one goes on
                log.error("wishes to call could not be read", extra={"error": place(error)})  # noqa: TRY400 - `place` holds back words
            await self._sleep(every_s)

    # ---- one leg -----------------------------------------------------------------------------------------------------------------

    async def _news(self, follower: _Follower, seq: int) -> AsyncIterator[News]:
        last: Standing | None = None
        while not follower.is_over:
            follower.wake.clear()
            session = await self._newest(follower.thread)
            if session is not None:
                follower.session = session
                if last is None:
                    yield (last := await self._standing(follower, session))
                async for message in self._messages(follower.thread, seq, session.seq):
                    seq = message.seq
                    if not message.why.get("is_remark"):  # words between agents, which nobody is to hear
                        yield message
                now = await self._standing(follower, session)
                if now != last:
                    last = now
                    yield now
            await follower.wake.wait()

    async def _messages(self, thread: Thread, seq: int, upto: int) -> AsyncIterator[Message]:
        """Those behind `seq`, up to where the session stood when it was read: what is newer comes with the next reading."""
        while seq < upto:
            found = await self._store.thread_messages(self._channel, thread, seq, min(PAGE_COUNT, upto - seq))
            if not found:
                return
            for message in found:
                seq = message.seq
                yield message

    async def _standing(self, follower: _Follower, session: Session) -> Standing:
        if session.state not in moves.WAITING:
            follower.place = None
        elif follower.place is None:
            follower.place = await self._standings.place(session)
        standing = await self._standings.of(session, follower.place or NOWHERE)
        follower.was_open = standing.is_open
        return standing

    async def _newest(self, thread: Thread) -> Session | None:
        found = await self._store.latest_sessions([(self._channel, thread)])
        return found[0] if found else None

    async def _listen(self, follower: _Follower, listening: asyncio.Event) -> None:
        """Wake the leg at its thread's signals. A bus that is away is asked again; until then the watch alone wakes it."""
        while True:
            try:
                await self._hear(await self._bus.subscribe(thread_topic(self._channel, follower.thread)), follower, listening)
            except _AWAY as trouble:
                log.warning("a call is followed without signals", extra={"channel": self._channel, "error": type(trouble).__name__})
            except Exception as error:  # the outermost loop of one leg's ear: the watch goes on waking it
                log.error("a call's signals could not be read", extra={"error": place(error)})  # noqa: TRY400 - `place` holds back words
            finally:
                listening.set()
            await self._sleep(AGAIN_S)
            follower.lose()

    async def _hear(self, subscription: Subscription, follower: _Follower, listening: asyncio.Event) -> None:
        listening.set()
        try:
            async for topic, payload in subscription:
                if topic:
                    follower.hear(unpack_thread(payload))
                else:
                    follower.lose()
        finally:
            await subscription.close()

    # ---- the watch over all legs -------------------------------------------------------------------------------------------------

    def _join(self, follower: _Follower) -> None:
        self._followers.add(follower)
        if self._watching is None:
            self._watching = asyncio.create_task(self._watch(), name=f"calls of {self._channel}")

    def _leave(self, follower: _Follower) -> None:
        self._followers.discard(follower)
        if not self._followers and self._watching is not None:
            self._watching.cancel()
            self._watching = None

    async def _watch(self) -> None:
        while True:
            await self._sleep(LOOK_S)
            try:
                await self.look()
            except _AWAY as trouble:
                log.warning("calls are followed by signals alone", extra={"channel": self._channel, "error": type(trouble).__name__})
            except Exception as error:  # the outermost loop of the watch: the next look may see
                log.error("calls could not be looked after", extra={"error": place(error)})  # noqa: TRY400 - `place` holds back words

    async def look(self) -> None:
        """Wake whoever has missed something: one question to the record for all of them."""
        self._looks += 1
        followers = list(self._followers)
        for first in range(0, len(followers), THREADS_MAX_COUNT):
            await self._look_at(followers[first : first + THREADS_MAX_COUNT])

    async def _look_at(self, followers: list[_Follower]) -> None:
        found = await self._store.latest_sessions([(self._channel, one.thread) for one in followers])
        newest = {session.thread: session for session in found}
        for follower in followers:
            session = newest.get(follower.thread)
            if session is None:
                continue
            if session.state in moves.WAITING and self._looks % PLACE_EVERY == 0:
                follower.lose()
            elif follower.has_moved(session) or self._standings.is_open(session) is not follower.was_open:
                follower.wake.set()
