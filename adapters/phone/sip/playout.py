"""What one caller is to hear, fed steadily into a small buffer that the C stack empties at the pace of the line.

In order: what is said (the queue, with its marks), else what the other side of a bridge says, else music. Only a little is ever in the
stack's buffer, so that a flush is silence at once; and a mark is reached when the stack has taken the last sample before it.

Sound counts as played when it has left the stack's buffer. When a renegotiation replaces that buffer (`Restarted`), what was in it is
said again. A flush takes the stack up to one frame of time, and until then whatever is written would be thrown away with the rest.
"""

from collections import deque
from typing import Protocol

from adapters.phone.audio import BYTES_PER_S, FRAME_BYTES, Pcm

AHEAD_BYTES = BYTES_PER_S * 2 // 5
"""Of speech, 400 ms: what a busy machine may sleep without a gap."""
MUSIC_AHEAD_BYTES = BYTES_PER_S // 5
"""Less, as speech has to wait for it."""
LIVE_CUSHION_BYTES = BYTES_PER_S // 25
"""Of silence before the first of somebody else's voice, 40 ms, against the jitter of our clock and theirs."""
LIVE_MAX_BYTES = BYTES_PER_S // 5
"""More of it waits only where the clocks differ; then the oldest is dropped, so that people don't talk at cross purposes."""
QUEUE_MAX_FRAMES = 1_000
XOFF_FRAMES, XON_FRAMES = 900, 800


class Inactive(Exception):
    """The call carries no sound now."""


class Restarted(Exception):
    """The call's sound was renegotiated: what was in the buffer is lost."""


class Audio(Protocol):
    """The stack's buffers of one call. All raise Inactive or Restarted, none blocks."""

    def waiting_bytes(self) -> int:
        """Written and not sent yet."""
        ...

    def write(self, pcm: Pcm) -> int:
        """How much of it was taken."""
        ...

    def read(self, max_bytes: int) -> Pcm: ...

    def flush(self) -> None: ...


class Playout:
    """One caller's."""

    def __init__(self, music: Pcm = b"") -> None:
        self._queue: deque[Pcm | str] = deque()
        """Sound, and the names of marks."""
        self._queue_bytes = 0
        self._out = bytearray()
        """Written, not played yet."""
        self._out_start = 0
        """Where `_out` begins, counted in bytes from the call's start."""
        self._marks: deque[tuple[int, str]] = deque()
        """Written already, by where they stand."""
        self._said_until = 0
        """Where the last of what is said ends."""
        self._live = bytearray()
        self._music = music
        self._music_at = 0
        self._has_music = False
        self._is_flushing = False
        self._was_lost = False

    @property
    def queue_frames(self) -> int:
        return self._queue_bytes // FRAME_BYTES

    @property
    def is_idle(self) -> bool:
        """Nothing is said, nor left to be said."""
        return not self._queue and not self._marks

    @property
    def is_resting(self) -> bool:
        """A tick would do nothing."""
        return self.is_idle and not self._out and not self._live and not self._has_music and not self._is_flushing

    def add(self, pcm: Pcm) -> bool:
        """Say this behind the rest. False: the queue is full, and it was dropped."""
        if self.queue_frames >= QUEUE_MAX_FRAMES:
            return False
        self._queue.append(pcm)
        self._queue_bytes += len(pcm)
        return True

    def mark(self, name: str) -> None:
        self._queue.append(name)

    def add_live(self, pcm: Pcm) -> None:
        """What the other side says, now."""
        if not self._live and not self._out:
            self._live += bytes(LIVE_CUSHION_BYTES)
        self._live += pcm
        del self._live[: max(0, len(self._live) - LIVE_MAX_BYTES)]

    def set_music(self, *, is_on: bool) -> None:
        self._has_music = is_on and bool(self._music)

    def flush(self, audio: Audio) -> None:
        """Silence, or the music again. Marks of before never come."""
        self._queue.clear()
        self._marks.clear()
        self._queue_bytes = 0
        self._live.clear()
        self._out_start += len(self._out)
        self._out.clear()
        try:
            audio.flush()
        except (Inactive, Restarted):
            return
        self._is_flushing = True

    def tick(self, audio: Audio) -> tuple[Pcm, list[str]]:
        """Feed it. What was played since the last time, and which marks were reached by it."""
        try:
            played = self._settle(audio.waiting_bytes())
            if not self._is_flushing:
                self._feed(audio)
        except (Inactive, Restarted):
            self._was_lost = True
            played = b""
        return played, self._reached()

    def _settle(self, waiting_bytes: int) -> Pcm:
        """Take note of what has left the stack's buffer."""
        if self._is_flushing:
            self._is_flushing = waiting_bytes > 0
            return b""
        if self._was_lost:
            self._was_lost = False
            self._say_again()
        count = max(0, len(self._out) - waiting_bytes)
        played = bytes(self._out[:count])
        del self._out[:count]
        self._out_start += count
        return played

    def _say_again(self) -> None:
        """Put what was lost in front of the queue, with the marks that stood in it."""
        lost, position = bytes(self._out), self._out_start
        again: list[Pcm | str] = []
        for place, name in self._marks:
            again += [lost[: place - position], name]
            lost, position = lost[place - position :], place
        if self._marks or self._queue:  # else it was music, or silence
            again.append(lost)
        self._marks.clear()
        self._out.clear()
        self._queue.extendleft(reversed([item for item in again if item]))
        self._queue_bytes = sum(len(item) for item in self._queue if isinstance(item, bytes))

    def _feed(self, audio: Audio) -> None:
        self._feed_queue(audio)
        if self._queue or self._out_start < self._said_until:
            self._live.clear()  # it would lag behind for good
        elif self._live:
            room = max(0, LIVE_MAX_BYTES - len(self._out))
            del self._live[: self._write(audio, bytes(self._live[:room]))]
        elif self._has_music:
            self._feed_music(audio)

    def _feed_queue(self, audio: Audio) -> None:
        while self._queue:
            item = self._queue[0]
            if isinstance(item, str):
                self._marks.append((self._out_start + len(self._out), item))
                self._queue.popleft()
                continue
            room = AHEAD_BYTES - len(self._out)
            if room <= 0:
                return
            count = self._write(audio, item[:room])
            self._said_until = self._out_start + len(self._out)
            self._queue_bytes -= count
            self._queue[0] = item[count:]
            if count < len(item):
                return
            self._queue.popleft()

    def _feed_music(self, audio: Audio) -> None:
        room = MUSIC_AHEAD_BYTES - len(self._out)
        if room <= 0:
            return
        count = self._write(audio, self._music[self._music_at : self._music_at + room])
        self._music_at = (self._music_at + count) % len(self._music)

    def _write(self, audio: Audio, pcm: Pcm) -> int:
        count = audio.write(pcm)
        self._out += pcm[:count]
        return count

    def _reached(self) -> list[str]:
        names = []
        while self._marks and self._marks[0][0] <= self._out_start:
            names.append(self._marks.popleft()[1])
        return names
