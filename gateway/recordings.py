"""Ends what is kept of callers' voices when its time is over (`recording.days`): recordings, voicemail, what a recognizer heard.

The sessions are gone through by their age, a page at a time, up to a mark in the notebook. Files go first and the record follows, so that a
death in between is made good by the next round: deleting twice is deleting once. What was understood of it stays.
"""

import asyncio
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from msgspec import structs

from config.phone import Phone
from config.schema import Settings
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.errors import Busy
from gateway.core.files import Archive
from gateway.core.handoff import AuditEvent
from gateway.core.ids import ChannelName, WorkerId
from gateway.core.message import Message
from gateway.core.parts import Arriving, File, FileRef, Part, Spoken
from gateway.core.past import PastSession
from gateway.core.ports import Clock, Store
from gateway.core.session import Session
from gateway.logs import place

log = logging.getLogger(__name__)

EVERY_S = 60.0
LEASE = "recordings"
PAGE_COUNT = 50
MESSAGES_COUNT = 500
EXPIRED = "expired"
"""Why a file is not there: its time was over."""
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)


def recorded(settings: Settings) -> dict[ChannelName, int]:
    """The numbers, and for how many days the voices of their callers are kept."""
    return {ChannelName(name): one.recording.days for name, one in settings.channels.items() if isinstance(one, Phone)}


class Recordings:
    """Deletes what is too old. Any number of processes may run it; a lease lets one of them work."""

    def __init__(
        self, *, store: Store, bus: Bus, files: Archive, clock: Clock, worker: WorkerId, days: Mapping[ChannelName, int]
    ) -> None:  # fmt: skip
        self._store = store
        self._bus = bus
        self._files = files
        self._clock = clock
        self._worker = worker
        self._days = days

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                if await self._bus.take(LEASE, self._worker, EVERY_S * 3):
                    for channel, days in self._days.items():
                        await self.sweep(channel, days)
            except (Busy, OSError, TimeoutError):
                log.warning("recordings wait: the store or the bus can't be reached", exc_info=True)
            except Exception as error:  # the outermost loop of a worker: one odd session must not end the process, again and again
                log.error("recordings start over", extra={"error": place(error)})  # noqa: TRY400 - `place` holds back words
            await asyncio.sleep(EVERY_S)

    async def sweep(self, channel: ChannelName, days: int) -> int:
        """Delete what has become too old since the last time; returns how many sessions lost something."""
        mark, end = f"recordings/{channel}", self._clock.now() - timedelta(days=days)
        noted = await self._store.notebook(mark)
        begin, count, after = datetime.fromisoformat(noted) if noted else _BEGINNING, 0, ""
        if begin >= end:
            return 0
        while True:
            page = await self._store.past_sessions(begin, end, limit=PAGE_COUNT, after=after)
            for past in page.items:
                if past.session.channel == channel:
                    count += await self._forget(past)
            if page.next is None:
                break
            after = page.next
        await self._store.note_down(mark, end.isoformat())
        return count

    async def _forget(self, past: PastSession) -> bool:
        """One session's voices. Where it changes at this moment its files are gone all the same, and the next round mends the record."""
        messages = await self._whole(past)
        refs = list(dict.fromkeys(ref for message in messages for ref in voices(message.parts)))
        recording = past.session.call.recording if past.session.call else None
        refs += [recording] if recording is not None and recording not in refs else []
        if not refs:
            return False
        for ref in refs:
            if not await self._files.drop(ref):
                log.warning("a recording could not be deleted by itself", extra={"session": past.session.id, "file": ref.id})
        changes = self._changes(past.session, messages, len(refs))
        (outcome,) = await self._store.commit([changes])
        if outcome is not None:
            raise outcome
        return True

    def _changes(self, session: Session, messages: list[Message], count: int) -> Changes:
        amended = tuple(structs.replace(one, parts=silenced(one.parts)) for one in messages if any(voices(one.parts)))
        audit = AuditEvent(
            at=self._clock.now(), actor="system", action="recordings_deleted", subject=session.id, detail={"files": count}
        )  # fmt: skip
        if session.call is None or session.call.recording is None:
            return Changes(amended=amended, audits=(audit,), expects=(session.id, session.version))
        without = structs.replace(session, version=session.version + 1, call=structs.replace(session.call, recording=None))
        return Changes(session=without, amended=amended, audits=(audit,))

    async def _whole(self, past: PastSession) -> list[Message]:
        messages = list(past.messages)
        while past.is_cut:
            more = await self._store.session_messages(past.session.id, messages[-1].seq if messages else 0, MESSAGES_COUNT)
            messages += more
            if len(more) < MESSAGES_COUNT:
                break
        return messages


def voices(parts: tuple[Part, ...]) -> Iterator[FileRef]:
    """The sound in a message."""
    for part in parts:
        match part:
            case File(file=ref) if ref.mime.startswith("audio/"):
                yield ref
            case Spoken(audio=FileRef() as ref):
                yield ref
            case _:
                pass


def silenced(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """A message without its sound; what was understood stays, and that there was something is said."""
    return tuple(_silenced(part) for part in parts)


def _silenced(part: Part) -> Part:
    match part:
        case File(file=ref, caption=caption) if ref.mime.startswith("audio/"):
            return Arriving(kind="voice", name=ref.name, caption=caption, failure=EXPIRED)
        case Spoken():
            return structs.replace(part, audio=None)
        case _:
            return part
