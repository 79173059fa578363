"""Files that customers send and a channel's peer still holds: fetched beside the lanes, stored, and told to their lane as an event.

The turn has recorded the message already (`Arriving`); what comes of the fetch amends it. A peer that can't be reached is asked again, at
growing distances, for as long as it keeps the file; whatever a process that died has left is found in the record by any other.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from datetime import datetime, timedelta
from functools import partial

import msgspec
from msgspec import Struct

from gateway.core.bus import Bus
from gateway.core.channel import Channel, Fetches, event_key
from gateway.core.errors import BadInput, Busy, FetchFailed, TooLarge
from gateway.core.events import Fetched, Inbound
from gateway.core.files import ANY_TYPE, Files, file_owner
from gateway.core.ids import ChannelName, SessionId, WorkerId
from gateway.core.message import Message
from gateway.core.parts import Arriving, FileRef
from gateway.core.ports import Clock, Store
from gateway.core.session import Session
from gateway.metrics import Metrics
from gateway.shares import Shares
from gateway.store.sniffing import sniffed

log = logging.getLogger(__name__)

FETCH_S = 120.0
"""For one file, over a slow line."""
FILE_MAX_BYTES = 100 * 1024 * 1024
"""The net over the channels' own limits."""
THREAD_BYTES_PER_HOUR = 200 * 1024 * 1024
"""Of one customer: whoever sends more has the rest of it fetched later, and fills nobody's disk."""
AT_ONCE_MAX_COUNT = 4
PENDING_MAX_COUNT = 500
"""Of one process. Of more, only where they stand is remembered."""
BEHIND_MAX_COUNT = 100_000
"""Files that wait for that. What is not even remembered is found in the record a little later."""
KEPT_FOR = timedelta(days=3)
"""How long peers keep what was sent (获取临时素材; 微信客服 the same, seen 2026-11)."""
SOON_S = (2.0, 10.0)
"""Between the tries of whoever saw the message committed."""
LATE_AFTER = timedelta(seconds=60)
"""How long that is left alone."""
EVERY_S = 15.0
LATER_S = (30.0, 3600.0)
"""Between later tries: half the message's age, within these."""
PAGE_COUNT = 1_000
LEASE = "fetches"
_AGAIN_S = (0.05, 0.2, 0.5, 1.0)

ENDINGS: Mapping[str, str] = {
    "image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "image/webp": ".webp", "image/bmp": ".bmp", "image/heic": ".heic",
    "audio/amr": ".amr", "audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/x-m4a": ".m4a", "audio/m4a": ".m4a", "audio/aac": ".aac",
    "audio/ogg": ".ogg", "audio/x-wav": ".wav", "audio/wav": ".wav",
    "video/mp4": ".mp4", "video/quicktime": ".mov", "video/3gpp": ".3gp", "video/webm": ".webm", "video/x-m4v": ".m4v",
    "application/pdf": ".pdf", "text/plain": ".txt", "application/zip": ".zip", "application/x-rar-compressed": ".rar",
    "application/x-7z-compressed": ".7z", "application/rtf": ".rtf", "application/msword": ".doc", "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
}  # fmt: skip
"""The types that are kept, as they were sniffed, where the channel does not bring any. Nothing is run or shown unasked: the desk shows
pictures and offers the rest."""

Place = tuple[SessionId, int, int]
"""A session, a message's seq, a part's place in it."""


class _Wanted(Struct, frozen=True):
    """One file to fetch."""

    session: Session
    message: Message
    place: int
    part: Arriving

    @property
    def key(self) -> Place:
        return self.session.id, self.message.seq, self.place


class Fetching:
    """Fetches files. One for a process that handles turns; `run` looks for what others have left."""

    def __init__(
        self, *, channels: Mapping[ChannelName, Channel], store: Store, bus: Bus, files: Files, clock: Clock, worker: WorkerId,
        metrics: Metrics, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep, drain_s: float = 5.0,
    ) -> None:  # fmt: skip
        self._channels = channels
        self._store = store
        self._bus = bus
        self._files = files
        self._clock = clock
        self._worker = worker
        self._metrics = metrics
        self._sleep = sleep
        self._drain_s = drain_s
        self._is_ending = False
        self._at_once = asyncio.Semaphore(AT_ONCE_MAX_COUNT)
        self._shares = Shares(THREAD_BYTES_PER_HOUR)
        self._pending: dict[Place, asyncio.Task[None]] = {}
        self._behind: OrderedDict[Place, None] = OrderedDict()
        """What is begun when there is room."""
        self._catching_up: asyncio.Task[None] | None = None
        self._next_at: dict[Place, datetime] = {}
        """When what could not be had is asked for again."""

    def begin(self, session: Session, message: Message) -> None:
        """Fetch what this committed message is without. At once, without waiting."""
        for wanted in _wanted(session, message):
            self._start(wanted, SOON_S)

    async def run(self) -> None:
        """Until cancelled; then what is on its way has a moment to arrive."""
        try:
            while True:
                try:
                    if await self._bus.take(LEASE, self._worker, EVERY_S * 3):
                        await self.look()
                except (Busy, OSError, TimeoutError):
                    log.warning("files to be fetched wait: the store or the bus can't be reached", exc_info=True)
                except Exception:  # the outermost loop of a worker
                    log.exception("the search for files to be fetched starts over")
                await asyncio.sleep(EVERY_S)
        finally:
            await self._end()

    async def look(self) -> int:
        """Begin what has been left; how many files that are."""
        now = self._clock.now()
        messages = await self._store.late_fetches(now - LATE_AFTER, PAGE_COUNT)
        sessions = {one.id: one for one in await self._store.sessions(list({message.session_id for message in messages}))}
        found = [wanted for message in messages if (session := sessions.get(message.session_id)) for wanted in _wanted(session, message)]
        self._next_at = {wanted.key: at for wanted in found if (at := self._next_at.get(wanted.key))}
        due = [wanted for wanted in found if self._next_at.get(wanted.key, now) <= now]
        for wanted in due:
            self._start(wanted, ())
        return len(due)

    # ---- one file --------------------------------------------------------------------------------------------------------------

    def _start(self, wanted: _Wanted, pauses: tuple[float, ...]) -> None:
        if wanted.key in self._pending:
            return
        if len(self._pending) >= PENDING_MAX_COUNT:
            if len(self._behind) < BEHIND_MAX_COUNT:
                self._behind[wanted.key] = None
            return
        task = asyncio.create_task(self._had(wanted, pauses), name="fetch")
        self._pending[wanted.key] = task
        task.add_done_callback(partial(self._ended, wanted.key))

    def _ended(self, key: Place, _: asyncio.Task[None]) -> None:
        self._pending.pop(key, None)
        is_room = len(self._pending) <= PENDING_MAX_COUNT // 2
        if self._behind and is_room and self._catching_up is None and not self._is_ending:
            self._catching_up = asyncio.create_task(self._catch_up(), name="fetches-behind")

    async def _catch_up(self) -> None:
        """Begin what there was no room for, as the record has it now."""
        try:
            while self._behind and len(self._pending) < PENDING_MAX_COUNT:
                key, _ = self._behind.popitem(last=False)
                session_id, seq, _ = key
                session = await self._store.session(session_id)
                found = await self._store.session_messages(session_id, seq - 1, 1)
                for wanted in _wanted(session, found[0]) if session is not None and found else ():
                    if wanted.key == key:
                        self._start(wanted, SOON_S)
        except (Busy, OSError, TimeoutError):
            log.warning("files to be fetched wait: the store can't be reached", exc_info=True)  # found in the record a little later
        finally:
            self._catching_up = None

    async def _had(self, wanted: _Wanted, pauses: tuple[float, ...]) -> None:
        """Try, and try again; what is still not there is left to be looked for later."""
        for pause_s in (*pauses, None):
            async with self._at_once:
                result = await self._try(wanted)
            if result is None and self._clock.now() - wanted.message.at >= KEPT_FOR:
                result = "expired"
            if result is not None:
                await self._tell(wanted, result)
                return
            if pause_s is not None:
                await self._sleep(pause_s)
        age_s = (self._clock.now() - wanted.message.at).total_seconds()
        self._next_at[wanted.key] = self._clock.now() + timedelta(seconds=min(max(age_s / 2, LATER_S[0]), LATER_S[1]))

    async def _try(self, wanted: _Wanted) -> FileRef | str | None:
        """The file; a word for why it can't be had; or None: perhaps later. Raises nothing but cancellation."""
        outcome, whose = "failed", (wanted.session.channel, wanted.session.thread)
        try:
            if self._shares.is_used_up(whose, self._clock.monotonic()):
                outcome = "postponed"
                return None
            async with asyncio.timeout(FETCH_S):
                file = await self._stored(wanted)
            self._shares.take(whose, file.size_bytes, self._clock.monotonic())
            outcome = "stored"
        except FetchFailed as error:
            outcome = error.code
            return None if error.code == "unreachable" else error.code
        except TooLarge:
            outcome = "too_large"
            return outcome
        except BadInput as error:
            outcome = "empty" if error.code == "empty_file" else "held_back" if self._brings_any(wanted) else "refused_type"
            return outcome
        except (Busy, OSError):  # a deadline of ours, the disk
            return None
        except Exception as error:  # a channel's mistake must not stop the others' files
            self._metrics.errors.labels("fetches", type(error).__name__).inc()
            log.exception("a file could not be fetched", extra={"channel": wanted.session.channel})
            return None
        finally:
            self._metrics.fetches.labels(wanted.session.channel, outcome).inc()
        return file

    async def _stored(self, wanted: _Wanted) -> FileRef:
        session, part = wanted.session, wanted.part
        channel = self._channels.get(session.channel)
        if not isinstance(channel, Fetches):
            raise FetchFailed("gone", "the channel gives no files (any more)")
        allowed = (ANY_TYPE,) if self._brings_any(wanted) else tuple(ENDINGS)
        async with channel.fetch(part) as chunks:
            head = await anext(chunks, b"")
            mime = sniffed(head) or ""
            async with aclosing(_behind(head, chunks)) as content:
                fields = await self._files.put(
                    content, name=part.name or part.kind + ENDINGS.get(mime, ""), max_bytes=FILE_MAX_BYTES, allowed=allowed,
                    owner=file_owner(session.channel, session.thread),
                )  # fmt: skip
        return msgspec.convert(fields, FileRef)

    def _brings_any(self, wanted: _Wanted) -> bool:
        channel = self._channels.get(wanted.session.channel)
        return channel is not None and channel.capabilities.brings_any_file

    async def _tell(self, wanted: _Wanted, result: FileRef | str) -> None:
        """Put it into the session's lane, patiently; what can't be told is fetched again later."""
        session, file = wanted.session, result if isinstance(result, FileRef) else None
        fetched = Fetched(
            session=session.id, seq=wanted.message.seq, place=wanted.place, file=file, failure=result if isinstance(result, str) else ""
        )  # fmt: skip
        event = Inbound(
            channel=session.channel, thread=session.thread, key=event_key(session.channel, "fetched", wanted.message.id, str(wanted.place)),
            sender=session.address, at=self._clock.now(), event=fetched,
        )  # fmt: skip
        for pause_s in (*_AGAIN_S, None):
            try:
                await self._bus.append(event)
            except (Busy, OSError, TimeoutError):
                if pause_s is None:
                    log.warning("a fetched file could not be told; it is fetched again later", extra={"channel": session.channel})
                    return
                await self._sleep(pause_s)
            else:
                return

    async def _end(self) -> None:
        self._is_ending = True
        if self._catching_up is not None:
            self._catching_up.cancel()
        pending = list(self._pending.values())
        if pending:
            await asyncio.wait(pending, timeout=self._drain_s)
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending)


def _wanted(session: Session, message: Message) -> list[_Wanted]:
    return [
        _Wanted(session, message, place, part)
        for place, part in enumerate(message.parts)
        if isinstance(part, Arriving) and not part.failure
    ]


async def _behind(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if head:
        yield head
    async for chunk in chunks:
        yield chunk
