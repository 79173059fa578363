"""Listens to one caller while the dialogue wants words: sound goes to the ear, what it makes of it comes back."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from adapters.phone.audio import Pcm
from adapters.phone.dialogue.words import CallerBegan, Words
from adapters.phone.driver import Hearing
from adapters.phone.speech.words import Began, Ear, Recognized
from gateway.core.parts import FileRef

log = logging.getLogger(__name__)

FRAMES_MAX_COUNT = 500
"""Ten seconds: an ear that is slower loses the oldest."""

Keep = Callable[[Pcm], Awaitable[FileRef | None]]


class _Stream:
    """Frames on their way to the ear."""

    def __init__(self) -> None:
        self._frames: deque[Pcm] = deque(maxlen=FRAMES_MAX_COUNT)
        self._news = asyncio.Event()

    def put(self, pcm: Pcm) -> None:
        self._frames.append(pcm)
        self._news.set()

    async def __aiter__(self) -> AsyncIterator[Pcm]:
        while True:
            while not self._frames:
                self._news.clear()
                await self._news.wait()
            yield self._frames.popleft()


class Listening:
    """Of one call."""

    def __init__(self, ear: Ear | None, tell: Callable[[CallerBegan | Words], None], keep: Keep) -> None:
        """`keep` stores an utterance, where that is wanted."""
        self._ear = ear
        self._tell = tell
        self._keep = keep
        self._stream: _Stream | None = None
        self._task: asyncio.Task[None] | None = None

    def want(self, hearing: Hearing | None) -> None:
        """From now on listen for this; what was being said into the former question is let go."""
        self.close()
        if self._ear is not None and hearing is not None and hearing.speech:
            self._stream = _Stream()
            self._task = asyncio.create_task(self._listen(self._ear, self._stream, hearing))

    def hear(self, pcm: Pcm) -> None:
        if self._stream is not None:
            self._stream.put(pcm)

    def understood(self, text: str, confidence: float) -> None:
        """The line has an ear of its own."""
        self._tell(Words(text=text, confidence=confidence))

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
        self._task = self._stream = None

    async def _listen(self, ear: Ear, stream: _Stream, hearing: Hearing) -> None:
        try:
            async for event in ear.listen(aiter(stream), hearing.language, hearing.hints):
                match event:
                    case Began():
                        self._tell(CallerBegan())
                    case Recognized():
                        self._tell(await self._words(event))
        except Exception as error:  # whatever an ear raises, the caller is asked for keys
            log.warning("the ear failed: %s", type(error).__name__)
            self._tell(Words(text="", confidence=0.0, trouble="broken"))

    async def _words(self, found: Recognized) -> Words:
        audio = await self._keep(found.pcm) if found.text and found.pcm else None
        return Words(text=found.text, confidence=found.confidence, audio=audio, trouble=found.trouble)
