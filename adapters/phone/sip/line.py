"""One call in the worker: what it hears, what it says, and whom it is connected with."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct, field

from adapters.phone.audio import FRAME_BYTES, FRAME_MS, Pcm, duration_ms
from adapters.phone.media_words import Word, write
from adapters.phone.sip.playout import XOFF_FRAMES, XON_FRAMES, Inactive, Playout, Restarted
from adapters.phone.sip.recording import Recording
from adapters.phone.sip.tone_keys import ToneKeys

if TYPE_CHECKING:
    from adapters.phone.sip.stack import StackCall

READ_MAX_BYTES = 16_384
SAID_MAX_COUNT = 1_000
"""Messages that wait for a slow gateway; then the oldest sound goes."""


class Holding(Struct):
    """Whether a phone holds us."""

    by_direction: bool = False
    by_address: bool = False
    """The old way: it wants our sound at an address of nothing."""

    @property
    def is_on(self) -> bool:
        return self.by_direction or self.by_address


class Other(Struct, eq=False):
    """The other side of a bridge: an agent's phone."""

    native: "StackCall"
    playout: Playout
    is_up: bool = False
    holding: Holding = field(default_factory=Holding)
    """Of their phone: the caller hears music."""
    ends_as: str = ""
    """Why, where we end it."""


class Line:
    """One call."""

    def __init__(self, name: str, native: "StackCall", music: Pcm, *, is_ours: bool) -> None:
        self.name = name
        self.native = native
        self.is_ours = is_ours
        """We have dialled it."""
        self.is_test = False
        """Our own doctor's."""
        self.language = ""
        self.playout = Playout(music)
        self.holding = Holding()
        self.other: Other | None = None
        self._has_music = False
        self.recording: Recording | None = None
        self.records = False
        """Off again: the recording has a gap there."""
        self.is_up = False
        self.over = asyncio.Event()
        self.ends_as = ""
        """Why, where we end it."""
        self.timer: asyncio.TimerHandle | None = None
        self.up_at = 0.0
        self.said: asyncio.Queue[str | Pcm | None] = asyncio.Queue()
        """To the gateway, over the media socket; None: it is over."""
        self.tone_keys: ToneKeys | None = None
        """Where the phone sends its keys in no other way."""
        self.has_media = False
        self._hears = False
        self._is_full = False

    @property
    def is_over(self) -> bool:
        return self.over.is_set()

    async def say_last(self, pcm: Pcm) -> None:
        """To its end, or until nobody hears it any more."""
        self.playout.flush(self.native.sound)
        self.playout.add(pcm)
        with suppress(TimeoutError):
            async with asyncio.timeout(duration_ms(pcm) / 1_000 + 0.2):
                await self.over.wait()

    # From the gateway

    def hear(self, said: Word | Pcm, hang_up: Callable[[], None]) -> None:
        """What comes over the media socket."""
        if isinstance(said, bytes):
            self.playout.add(said[: len(said) // 2 * 2])
            if self.playout.queue_frames >= XOFF_FRAMES and not self._is_full:
                self._is_full = True
                self.say(write("MEDIA_XOFF"))
            return
        match said.name:
            case "MARK_MEDIA":
                self.playout.mark(said.id)
            case "FLUSH_MEDIA":
                self.playout.flush(self.native.sound)
            case "SET_MEDIA_DIRECTION":
                self._set_hearing(is_on=said.values.get("direction") == "both")
            case "HANGUP":
                hang_up()
            case _:
                pass  # START_MEDIA_BUFFERING and STOP_MEDIA_BUFFERING: frames are cut anyway

    def _set_hearing(self, *, is_on: bool) -> None:
        if is_on and not self._reads:
            self._read()  # what waits there was said before anybody asked
        self._hears = is_on

    def set_music(self, *, is_on: bool) -> None:
        """The gateway wants it. While somebody is connected that is a hold, which begins and ends at once: what is still to be heard of
        them or of us is dropped."""
        is_new = is_on is not self._has_music
        self._has_music = is_on
        if is_new and self.other is not None and self.other.is_up:
            self.playout.flush(self.native.sound)
            self.other.playout.flush(self.other.native.sound)
        self.settle_music()

    def settle_music(self) -> None:
        """As the gateway wants it, and the phone that the caller is connected with."""
        self.playout.set_music(is_on=self._has_music or (self.other is not None and self.other.holding.is_on))

    @property
    def talks_with(self) -> Other | None:
        """Who is connected with the caller, and hears them."""
        return None if self.other is None or not self.other.is_up or self._has_music else self.other

    def begin(self) -> None:
        """Somebody has come to the media socket."""
        self.has_media = True
        frame = {"format": "slin", "optimal_frame_size": str(FRAME_BYTES), "ptime": str(FRAME_MS)}
        self.say(write("MEDIA_START", {"connection_id": self.name, "channel_id": self.name, **frame}))

    def say(self, what: str | Pcm) -> None:
        """Tell the gateway over the media socket."""
        if isinstance(what, bytes) and self.said.qsize() >= SAID_MAX_COUNT:
            return
        self.said.put_nowait(what)

    def say_key(self, key: str) -> None:
        self.say(f"DTMF_END digit:{key}")

    # At the pace of the line

    @property
    def _reads(self) -> bool:
        return self._hears or self.records or self.tone_keys is not None or (self.other is not None and self.other.is_up)

    @property
    def is_resting(self) -> bool:
        """A tick would do nothing."""
        return not self.is_up or (not self._reads and self.playout.is_resting)

    def tick(self) -> None:
        """20 ms of it, or as many as have gone by."""
        heard = self._read() if self._reads else b""
        for key in self.tone_keys.feed(heard) if self.tone_keys is not None and heard else "":
            self.say_key(key)
        self._relay(heard)
        played, marks = self.playout.tick(self.native.sound)
        if self.recording is not None and self.records:
            self.recording.heard(heard)
            self.recording.said(played)
            self.recording.grow()
        for name in marks:
            self.say(write("MEDIA_MARK_PROCESSED", {"correlation_id": name}))
        if self._is_full and self.playout.queue_frames < XON_FRAMES:
            self._is_full = False
            self.say(write("MEDIA_XON"))
        if self._hears and heard:
            self.say(heard)

    def _read(self) -> Pcm:
        return _read(self.native)

    def _relay(self, heard: Pcm) -> None:
        """Each side's voice to the other; to nobody, while we hold them."""
        other = self.other
        if other is None or not other.is_up:
            return
        spoken = _read(other.native)
        if heard and not self._has_music:
            other.playout.add_live(heard)
        if spoken and not self._has_music:
            self.playout.add_live(spoken)
        other.playout.tick(other.native.sound)


def _read(native: "StackCall") -> Pcm:
    try:
        return native.sound.read(READ_MAX_BYTES)
    except (Inactive, Restarted):
        return b""
