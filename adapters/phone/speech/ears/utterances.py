"""Where an utterance begins and ends in a stream of frames. Pure: it counts frames, not time.

quiet --6 of the last 10 frames are speech--> speaking (Began) --0.7 s without speech, or 15 s--> quiet (Utterance)
"""

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from adapters.phone.audio import FRAME_BYTES, FRAME_MS, Pcm
from adapters.phone.speech.words import Began

WINDOW_COUNT = 10
BEGINS_COUNT = 6
"""120 ms of 200: a word; a click, a key or a cough is shorter."""
RESUMES_COUNT = 2
"""Speech frames in a row that end a pause: one alone may be a crackle."""
ENDS_COUNT = 700 // FRAME_MS
"""0.7 s: people rest 0.2 to 0.5 s inside a sentence."""
MOST_COUNT = 15_000 // FRAME_MS
LEAD_COUNT = 400 // FRAME_MS
"""Kept from before the beginning was noticed: its first sound is the faintest."""
TAIL_COUNT = 300 // FRAME_MS
"""Of the silence at its end; recognizers want some."""


class Utterance(Struct, frozen=True):
    """All that was said."""

    pcm: Pcm


class Utterances:
    """Of one call."""

    def __init__(self, is_speech: Callable[[bytes], bool]) -> None:
        self._is_speech = is_speech
        self._rest = b""
        self._lead: deque[bytes] = deque(maxlen=LEAD_COUNT)
        self._window: deque[bool] = deque(maxlen=WINDOW_COUNT)
        self._said: list[bytes] | None = None
        self._silent_count = 0
        self._loud_count = 0

    def feed(self, pcm: Pcm) -> list[Began | Utterance]:
        """What has begun or ended in these samples. Frames need not be whole: what is left over waits for the next."""
        self._rest += pcm
        found: list[Began | Utterance] = []
        at = 0
        while at + FRAME_BYTES <= len(self._rest):
            event = self._frame(self._rest[at : at + FRAME_BYTES])
            at += FRAME_BYTES
            if event is not None:
                found.append(event)
        self._rest = self._rest[at:]
        return found

    def end(self) -> Utterance | None:
        """The stream is over: what was begun."""
        return self._ended() if self._said is not None else None

    def _frame(self, frame: bytes) -> Began | Utterance | None:
        is_speech = self._is_speech(frame)
        if self._said is None:
            return self._waited(frame, is_speech=is_speech)
        self._said.append(frame)
        self._loud_count = self._loud_count + 1 if is_speech else 0
        self._silent_count = 0 if self._loud_count >= RESUMES_COUNT else self._silent_count + 1
        return self._ended() if self._silent_count >= ENDS_COUNT or len(self._said) >= MOST_COUNT else None

    def _waited(self, frame: bytes, *, is_speech: bool) -> Began | None:
        self._lead.append(frame)
        self._window.append(is_speech)
        if sum(self._window) < BEGINS_COUNT:
            return None
        self._said, self._silent_count, self._loud_count = list(self._lead), 0, 0
        self._window.clear()
        return Began()

    def _ended(self) -> Utterance:
        said = self._said or []
        kept = said[: len(said) - max(0, self._silent_count - TAIL_COUNT)]
        self._said = None
        self._lead.clear()
        self._window.clear()
        return Utterance(b"".join(kept))
