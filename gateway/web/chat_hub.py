"""The hub of web chat: one for a process. Brings signals to the sockets, and repairs from the record what a lost signal left out: messages,
and where the session stands.

Nothing here runs per socket: one task reads all signals, one looks after what is late. A signal that never comes costs at most
CONFIRM_AFTER_S for whoever waits for an ack, and SWEEP_S for everybody else.
"""

import asyncio
import logging
from asyncio import Event, Future
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, assert_never

from adapters.webchat.channel import message_key
from adapters.webchat.frames import Filled as FilledFrame
from adapters.webchat.frames import ReadNow, Survey
from adapters.webchat.frames import StateNow as StateFrame
from adapters.webchat.frames import TypingNow as TypingFrame
from gateway.core import signals
from gateway.core.bus import Bus, Subscription
from gateway.core.changes import dead_letter_id
from gateway.core.errors import BadInput, TooMany
from gateway.core.ids import ChannelName, EventKey, SessionId, Thread
from gateway.core.message import Author, Message
from gateway.core.ports import Clock, Store
from gateway.core.signals import thread_topic, unpack_thread
from gateway.web.chat_repair import FileUrlOf, Repair, logged
from gateway.web.chat_watch import Acks, Reader, Waiting, Watch, encode, encode_all

log = logging.getLogger(__name__)

TICK_S = 0.5
CONFIRM_AFTER_S = 1.0
"""A message that is durable but has no ack after so long is looked up in the record, and so on every so often."""
GIVE_UP_S = 60.0
"""Then its sender is told to send it again, which is safe."""
SWEEP_S = 15.0
IDLE_S = 30.0
"""A conversation that nobody looks at any more is listened to for so long: whoever comes back, or polls, finds it warm."""
FOLLOWERS_MAX_COUNT = 64
"""Sockets, polls and streams of one conversation in this process. The next one is told to come again: no one token may take the room of
all customers."""
FOLLOWERS_AGAIN_S = 5.0
SUBSCRIBE_S = 10.0
RESUBSCRIBE_S = 1.0
REPLAY_COUNT = 100
REPLAY_DEADLINE_S = 30.0
"""For a client to take one page of what it missed."""
_REREADS = 5


class ChatHub:
    """Who follows which conversation in this process."""

    def __init__(self, store: Store, bus: Bus, clock: Clock, file_url: FileUrlOf, *, survey_text: Callable[[str], str]) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock
        self._file_url = file_url
        self._survey_text = survey_text
        self._watches: dict[str, Watch] = {}
        self._acks = Acks()
        self._repair = Repair(store, clock, self._acks, file_url, show_survey=self._show_survey)
        self._subscription: Subscription | None = None
        self._is_running = False
        self._tasks: set[asyncio.Task[None]] = set()
        self.is_closing = False
        self._lost = Event()
        """Signals were lost: everything must be compared with the record."""

    def __len__(self) -> int:
        return len(self._watches)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen until the block is left. The hub owns its tasks itself: start and stop may be different tasks of the server's."""
        self._subscription = await self._bus.subscribe()
        self._is_running = True
        self._spawn(self._listen())
        self._spawn(self._look_after())
        try:
            yield
        finally:
            self._is_running = False
            tasks = list(self._tasks)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await self._subscription.close()

    # ---- who looks -------------------------------------------------------------------------------------------------------------

    async def watch(self, channel: ChannelName, thread: Thread) -> Watch:
        """Follow a conversation. Whatever is committed from now on will be heard of."""
        topic = thread_topic(channel, thread)
        watch = self._watches.get(topic)
        if watch is None:
            watch = self._watches[topic] = Watch(channel, thread, topic, self._now_us)
        watch.idle_since_s = self._clock.monotonic()
        subscription = self._subscription
        if subscription is not None and watch.heard_on is not subscription:
            async with asyncio.timeout(SUBSCRIBE_S):
                await subscription.add(topic)
            watch.heard_on = subscription
        return watch

    def _now_us(self) -> int:
        return int(self._clock.now().timestamp() * 1_000_000)

    def check_room(self, watch: Watch) -> None:
        """Raises TooMany where one visitor's token is open in more places than a person has."""
        if len(watch.readers) + len(watch.pollers) >= FOLLOWERS_MAX_COUNT:
            raise TooMany("connections of this conversation", FOLLOWERS_AGAIN_S)

    def join(self, watch: Watch, reader: Reader) -> None:
        """This socket follows; it is shown nothing before it has caught up (`replay`)."""
        watch.readers += (reader,)

    def leave(self, watch: Watch, reader: Reader) -> None:
        watch.readers = tuple(one for one in watch.readers if one is not reader)
        watch.idle_since_s = self._clock.monotonic()

    @asynccontextmanager
    async def polling(self, watch: Watch) -> AsyncIterator[Event]:
        """An event that is set whenever there is something new in the conversation."""
        event = Event()
        watch.has_polled = True
        watch.pollers += (event,)
        try:
            yield event
        finally:
            watch.pollers = tuple(one for one in watch.pollers if one is not event)
            watch.idle_since_s = self._clock.monotonic()

    def dismiss(self) -> None:
        """We are going: whoever waits over HTTP is answered now."""
        self.is_closing = True
        for watch in self._watches.values():
            watch.wake_pollers()

    async def replay(self, watch: Watch, reader: Reader) -> None:
        """Show a reader all that it lacks, then let it go live. Between the last look at what we know and going live nothing is awaited,
        so nothing can slip in between."""
        for _ in range(_REREADS):
            while await self._replay_page(watch, reader) == REPLAY_COUNT:
                pass
            if watch.seq <= reader.sent_seq:
                break
        reader.is_live = True

    async def _replay_page(self, watch: Watch, reader: Reader) -> int:
        messages = await self._store.thread_messages(watch.channel, watch.thread, reader.sent_seq, REPLAY_COUNT)
        if messages:
            reader.sent_seq = messages[-1].seq
            reader.write(b"".join(encode_all(messages, partial(self._file_url, watch.channel))))
            async with asyncio.timeout(REPLAY_DEADLINE_S):
                await reader.drain()
        return len(messages)

    # ---- acks ------------------------------------------------------------------------------------------------------------------

    def expect(self, watch: Watch, key: EventKey, cid: str, reader: "Reader | Future[Message]") -> None:
        """`reader` waits for the ack of a message that is about to become durable."""
        self._acks.expect(key, cid, watch, reader, self._clock.monotonic())

    def unexpect(self, key: EventKey, reader: "Reader | Future[Message]") -> None:
        """It does not wait any more: the message was not accepted, or it has gone."""
        self._acks.leave(key, reader)

    async def confirm(self, keys: Sequence[EventKey]) -> None:
        """Look these messages up in the record, and ack those that are there."""
        for message in await self._store.messages_by_key(keys):
            for reader, ack in self._acks.settle((message,)).items():
                reader.write(ack)

    async def settle_repeat(self, watch: Watch, key: EventKey, cid: str) -> None:
        """A message that was accepted before: ack it, or say again that it could not be handled. Else it is still on its way."""
        await self.confirm([key])
        if self._acks.awaits(key) and await self._store.dead_letter(dead_letter_id(key)) is not None:
            self._refuse(watch, cid)

    # ---- signals ---------------------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Hear every signal. If the subscription itself breaks, subscribe again and compare everything with the record."""
        while self._subscription is not None:
            try:
                async for topic, payload in self._subscription:
                    self._dispatch(topic, payload)
            except Exception:  # the outermost loop
                log.exception("the subscription to the customers' signals broke")
                await asyncio.sleep(RESUBSCRIBE_S)
                await self._resubscribe()
            else:
                return  # closed by us

    async def _resubscribe(self) -> None:
        try:
            self._subscription = await self._bus.subscribe(*self._watches)
            self._lost.set()
        except Exception as error:  # tried again: the old one is as broken as before
            log.warning("no new subscription to the customers' signals yet: %s", type(error).__name__)

    def _dispatch(self, topic: str, payload: bytes) -> None:
        watch = self._watches.get(topic)
        if not topic:
            self._lost.set()
        elif watch is not None and not payload:
            self._spawn(logged(self._repair.compare([watch])))
        elif watch is not None:
            self._hear_safely(watch, payload)

    def _hear_safely(self, watch: Watch, payload: bytes) -> None:
        try:
            self._hear(watch, payload)
        except Exception:  # one bad signal must not end all of them; what it carried is found by the sweep
            log.exception("a signal could not be shown")

    def _hear(self, watch: Watch, payload: bytes) -> None:
        match unpack_thread(payload):
            case signals.Messages(messages=messages):
                self._hear_messages(watch, messages)
            case signals.StateNow() as now:
                watch.hear_state(StateFrame(now.state.value, now.session_id, position=now.position, eta_s=now.eta_s, agent=now.agent))
            case signals.TypingNow(author=Author.CUSTOMER) | signals.ReadNow(author=Author.CUSTOMER):
                pass  # for the desk
            case signals.TypingNow(author=author, is_on=is_on):
                watch.show(TypingFrame(author.value, is_on))
            case signals.ReadNow(seq=seq):
                watch.show(ReadNow(seq))
            case signals.SurveyNow(session_id=session):
                self._show_survey(watch, session)
            case signals.Filled(cid=cid, at=at):
                watch.show_filled(FilledFrame(cid, at))
            case signals.Refused(cid=cid):
                self._refuse(watch, cid)
            case signals.Rotated(is_linked=is_linked):
                watch.rotate(is_linked=is_linked)
            case unknown:
                assert_never(unknown)

    def _show_survey(self, watch: Watch, session: SessionId) -> None:
        """In each reader's language; whoever polls puts it into words himself."""
        for reader in watch.readers:
            reader.write(encode(Survey(session=session, text=self._survey_text(reader.locale))))
        watch.keep(Survey(session=session, text=""))

    def _hear_messages(self, watch: Watch, messages: Sequence[Message]) -> None:
        is_behind = watch.hear(messages, self._acks.settle(messages), partial(self._file_url, watch.channel))
        if is_behind and not watch.is_catching_up:
            self._spawn(logged(self._repair.catch_up(watch)))
        if messages[-1].author is Author.AGENT and not watch.is_with_agent:  # the signal that says so was lost
            self._spawn(self._repair.refresh(watch))

    def _refuse(self, watch: Watch, cid: str) -> None:
        waiting = self._acks.forget(message_key(watch.channel, watch.thread, cid))
        if waiting is not None:
            self._tell_lost(waiting, "refused")

    def _tell_lost(self, waiting: Waiting, code: str) -> None:
        for reader in waiting.readers:
            if isinstance(reader, Future):
                if not reader.done():
                    reader.set_exception(BadInput("refused", "another message: this one could not be handled"))
            else:
                reader.refuse(waiting.cid, code)

    # ---- repair ----------------------------------------------------------------------------------------------------------------

    async def _look_after(self) -> None:
        swept_s = self._clock.monotonic()
        while True:
            await self._tick()
            try:
                await self._confirm_overdue(self._clock.monotonic())
                if self._lost.is_set() or self._clock.monotonic() - swept_s >= SWEEP_S:
                    self._lost.clear()
                    swept_s = self._clock.monotonic()
                    await self.sweep()
            except Exception as error:  # the outermost loop: the record is away for now
                log.warning("the conversations could not be compared with the record: %s", type(error).__name__)

    async def _tick(self) -> None:
        try:
            async with asyncio.timeout(TICK_S):
                await self._lost.wait()
        except TimeoutError:
            pass

    async def _confirm_overdue(self, now_s: float) -> None:
        overdue = self._acks.overdue(now_s - CONFIRM_AFTER_S)
        for waiting in overdue:
            waiting.asked_s = now_s
        if overdue:
            await self.confirm([waiting.key for waiting in overdue])
            await self._repair.fetch_missed({(waiting.watch.channel, waiting.watch.thread): waiting.watch for waiting in overdue})
        for waiting in overdue:
            if now_s - waiting.since_s > GIVE_UP_S and self._acks.forget(waiting.key) is not None:
                self._tell_lost(waiting, "unconfirmed")

    async def refresh(self, watch: Watch) -> None:
        """Compare one conversation with the record, but not again and again."""
        await self._repair.refresh(watch)

    async def sweep(self) -> None:
        """Compare every conversation with the record, end what a replaced token still follows, and stop listening to what nobody does."""
        now_s = self._clock.monotonic()
        for watch in [watch for watch in self._watches.values() if not watch.is_used and now_s - watch.idle_since_s > IDLE_S]:
            del self._watches[watch.topic]
            if self._subscription is not None:
                await self._subscription.remove(watch.topic)
        used = [watch for watch in self._watches.values() if watch.is_used]
        await self._repair.compare(used)
        await self._repair.end_replaced(used)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it beside the listening. Bounded: the two loops, and for each conversation one catching up."""
        if not self._is_running:
            work.close()
            return
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
