"""One call over SIP, as the dialogue has it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, assert_never

from adapters.phone.audio import Pcm
from adapters.phone.driver import (
    Bridged,
    Digit,
    Ended,
    Hearing,
    Held,
    Incoming,
    LegEvent,
    LineFailed,
    Message,
    Parted,
    Reached,
    Ringing,
    Sound,
    Speech,
    Transferred,
)
from adapters.phone.happenings import Happenings
from adapters.phone.media import MediaSocket
from adapters.phone.sip import words as w
from adapters.phone.sip.station import Station
from adapters.phone.taking import END_KEY, Taking, tone

TONE_MARK = "\0tone"
TRANSFER_S = 60.0
DRAIN_EXTRA_S = 2.0
START_S = 5.0
ESTABLISHED_S = 15.0
"""The worker gives up a little sooner."""
RECORDING_MAX_BYTES = 1_500_000_000
"""A day of it."""


class SipLeg:
    """One call. The driver tells it what the worker tells; its commands go to the worker and its media socket."""

    def __init__(self, incoming: Incoming, station: Station, own: Callable[[Coroutine[Any, Any, None]], None], *, is_ours: bool) -> None:
        self._incoming = incoming
        self._station = station
        self._own = own
        """Runs a task that the driver waits for."""
        self._is_ours = is_ours
        self._happenings = Happenings()
        self._media: MediaSocket | None = None
        self._hears = False
        self._message_s = 0.0
        self._taking: Taking | None = None
        self._rings = False
        self._is_bridged = False
        self._has_music = False
        self._language = ""
        self._is_up = False
        self._settled = asyncio.Event()
        """It is up, or it never will be."""

    @property
    def incoming(self) -> Incoming:
        return self._incoming

    @property
    def is_over(self) -> bool:
        return self._happenings.is_over

    def events(self) -> AsyncIterator[LegEvent]:
        return self._happenings.follow()

    # Commands

    async def connect(self) -> None:
        """Come to its sound. Raises LineFailed."""
        media = MediaSocket(await self._station.media(self._incoming.call), self._heard, directs=True)
        self._media = media
        self._own(media.run())
        await media.started(START_S)

    async def answer(self) -> None:
        if self.is_over:
            return
        if self._media is None:
            try:
                await self.connect()
            except LineFailed:
                if self.is_over:
                    return
                raise
        await self._send(w.Answer(self._incoming.call))

    async def established(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ESTABLISHED_S):
                await self._settled.wait()
        return self._is_up

    async def reject(self, code: int) -> None:  # noqa: ARG002 - the stack says 486 whatever the reason
        await self._send(w.Reject(self._incoming.call))

    async def play(self, speech: Speech, mark: str) -> None:
        if self._media is None or self.is_over or (self._is_bridged and not self._has_music):
            return
        self._media.play(speech.pcm or b"", mark)
        if speech.language != self._language:
            self._language = speech.language
            await self._send(w.Language(self._incoming.call, speech.language))

    async def flush(self) -> int:
        if self._media is None or self.is_over:
            return 0
        heard_ms = self._media.flush()
        if self._message_s:
            self._begin_message()
        return heard_ms

    async def hear(self, hearing: Hearing | None) -> None:
        self._hears = hearing is not None and hearing.speech
        self._set_listening()

    async def music(self, *, is_on: bool) -> None:
        is_resumed = self._is_bridged and self._has_music and not is_on
        self._has_music = is_on
        if is_resumed and self._media is not None and not self.is_over:
            self._media.flush()
        await self._send(w.Music(self._incoming.call, is_on))

    async def take_message(self, max_s: float) -> None:
        if self._media is None or self.is_over:
            return
        self._message_s = max_s
        self._media.play(tone(), TONE_MARK)

    async def record(self, *, is_on: bool) -> None:
        await self._send(w.Record(self._incoming.call, is_on))

    async def bridge(self, target: str, ring_s: float) -> None:
        self._rings = False
        await self._send(w.Bridge(self._incoming.call, target, ring_s))

    async def part(self) -> None:
        await self._send(w.Part(self._incoming.call))

    async def transfer(self, target: str) -> None:
        await self._send(w.Transfer(self._incoming.call, target, TRANSFER_S))

    async def hangup(self) -> None:
        if not self.is_over:
            self._own(self._hang_up())

    async def _hang_up(self) -> None:
        if self._media is not None:
            await self._media.drained(self._media.waiting_ms / 1_000 + DRAIN_EXTRA_S)
        with contextlib.suppress(LineFailed):
            await self._send(w.Hangup(self._incoming.call))

    async def _send(self, command: w.Command) -> None:
        if not self.is_over:
            await self._station.send(command)

    # What happens

    def take(self, event: w.Event) -> None:
        """What the worker tells of this call."""
        tell = self._happenings.tell
        match event:
            case w.Up():
                self._is_up = True
                self._settled.set()
                tell(Bridged()) if self._is_ours else None
            case w.OnHold(is_on=is_on):
                tell(Held(is_on))
            case w.OtherRings():
                tell(Ringing()) if not self._rings else None
                self._rings = True
            case w.OtherUp():
                self._is_bridged, self._has_music = True, False
                tell(Bridged())
            case w.OtherGone(why=why):
                self._is_bridged = False
                tell(Parted(why))
            case w.HandedOver():
                tell(Transferred())
            case w.Registration() | w.Rang() | w.Dialled() | w.Over():
                pass  # the driver's
            case _:
                assert_never(event)

    def end(self, why: str, facts: dict[str, Any], recording: Pcm | None) -> None:
        """It is over; a message that was being taken comes first."""
        if self._taking is not None or self._message_s:
            self._end_message()
        self._happenings.tell(Ended(why, facts, recording))
        self._settled.set()

    def _heard(self, event: Digit | Sound | Reached) -> None:
        """What comes over the media socket."""
        match event:
            case Reached(mark=mark) if mark == TONE_MARK:
                self._begin_message()
            case Sound(pcm=pcm) if self._taking is not None:
                if self._taking.hear(pcm):
                    self._end_message()
            case Digit(digit=digit) if self._taking is not None and digit == END_KEY:
                self._end_message()
            case _:
                self._happenings.tell(event)

    def _begin_message(self) -> None:
        self._taking, self._message_s = Taking(self._message_s), 0.0
        self._set_listening()

    def _end_message(self) -> None:
        message = self._taking.message if self._taking is not None else b""
        self._taking, self._message_s = None, 0.0
        self._set_listening()
        self._happenings.tell(Message(message))

    def _set_listening(self) -> None:
        if self._media is not None and not self.is_over:
            self._media.listen(is_on=self._hears or self._taking is not None)
