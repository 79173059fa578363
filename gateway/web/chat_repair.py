"""What a lost signal left out of a conversation, read from the record: messages, and where the session stands."""

import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

from gateway import linking
from gateway.core.contact import Address, AddressKind
from gateway.core.ids import ChannelName, SessionId, Thread
from gateway.core.parts import FileRef
from gateway.core.ports import Clock, Store
from gateway.core.session import Session, State
from gateway.web.chat_watch import Acks, Watch

log = logging.getLogger(__name__)

COMPARE_COUNT = 1_000
"""Threads in one query."""
REFRESH_S = 2.0
"""A conversation that seems to have missed a signal is compared with the record at once, but not more often than this."""
PAGE_COUNT = 100
_CATCH_UPS = 100
"""Pages read in one go; more than that is the next sweep's."""

FileUrlOf = Callable[[ChannelName, FileRef], str]


class Repair:
    """Compares conversations with the record. The hub says when."""

    def __init__(
        self, store: Store, clock: Clock, acks: Acks, file_url: FileUrlOf, *, show_survey: Callable[[Watch, SessionId], None]
    ) -> None:
        self._store = store
        self._clock = clock
        self._acks = acks
        self._file_url = file_url
        self._show_survey = show_survey

    async def refresh(self, watch: Watch) -> None:
        """Compare one conversation with the record, but not again and again."""
        now_s = self._clock.monotonic()
        if now_s - watch.compared_s >= REFRESH_S:
            await logged(self.compare([watch]))

    async def fetch_missed(self, watches: Mapping[tuple[ChannelName, Thread], Watch]) -> None:
        """Compare only how far each conversation has come: what overload asks for, again and again, has to be cheap."""
        for thread, seq in (await self._store.seqs(list(watches))).items():
            await self._bring_up(watches[thread], seq)

    async def compare(self, watches: Sequence[Watch]) -> None:
        """Show the followers of these conversations whatever they lack."""
        for start in range(0, len(watches), COMPARE_COUNT):
            some = {(watch.channel, watch.thread): watch for watch in watches[start : start + COMPARE_COUNT]}
            heard = {thread: watch.state_count for thread, watch in some.items()}
            for watch in some.values():
                watch.compared_s = self._clock.monotonic()
            for session in await self._store.latest_sessions(list(some)):
                thread = session.channel, session.thread
                await self._repair(some[thread], session, heard[thread])

    async def end_replaced(self, watches: Sequence[Watch]) -> None:
        """Close what a replaced token still follows, where the signal of that was lost: its visitor was identified, linked or parted."""
        for start in range(0, len(watches), COMPARE_COUNT):
            some = {Address(AddressKind.VISITOR, one.channel, one.thread): one for one in watches[start : start + COMPARE_COUNT]}
            for link in await self._store.newest_links(list(some)):
                watch = some[link.address]
                if linking.is_bound(link) and not watch.rotated_count:
                    watch.rotate()
                elif linking.generation(link) > watch.generation:
                    watch.generation = linking.generation(link)
                    watch.rotate(is_linked=True)

    async def _repair(self, watch: Watch, session: Session, state_count: int) -> None:
        """Show what was missed: the messages first, then where the session stands now, and the question at its end."""
        seq = watch.seq
        is_news = watch.stands(session, state_count)
        if session.seq > seq:
            watch.wake_pollers()
        await self._bring_up(watch, session.seq)
        if is_news:
            watch.show(watch.standing())
            if session.state is State.CLOSED:
                self._show_survey(watch, session.id)

    async def _bring_up(self, watch: Watch, seq: int) -> None:
        """The conversation has come so far: whoever lacks something gets it."""
        if seq > watch.seq:
            watch.seq = seq
            watch.wake_pollers()
        if watch.behind_seq is not None and not watch.is_catching_up:
            await self.catch_up(watch)

    async def catch_up(self, watch: Watch) -> None:
        """Read from the record what the live readers lack."""
        watch.is_catching_up = True
        try:
            for _ in range(_CATCH_UPS):
                after = watch.behind_seq
                if after is None:
                    return
                messages = await self._store.thread_messages(watch.channel, watch.thread, after, PAGE_COUNT)
                if not messages:
                    return
                watch.hear(messages, self._acks.settle(messages), partial(self._file_url, watch.channel))
        finally:
            watch.is_catching_up = False


async def logged(work: Coroutine[Any, Any, None]) -> None:
    """Do it; what goes wrong is logged and not raised: the next sweep tries again."""
    try:
        await work
    except Exception as error:
        log.warning("a conversation could not catch up with the record: %s", type(error).__name__)
