"""The ear of a phone channel: finds where somebody speaks, and has what was said recognized while it goes on listening."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

from adapters.phone.audio import Pcm, duration_ms
from adapters.phone.speech.ears.detecting import Detector, Judge, webrtc
from adapters.phone.speech.ears.loops import believed
from adapters.phone.speech.ears.utterances import Utterance, Utterances
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.words import Began, Loads, Recognized

log = logging.getLogger(__name__)

HINTS_MAX_COUNT = 60
HINT_MAX_CHARS = 200
WAITING_MAX_COUNT = 3
"""Utterances of one call that wait for the recognizer; what comes then is late."""
_Heard = asyncio.Queue[Began | Recognized | None]
_Waiting = asyncio.Queue[Pcm | None]
_TROUBLES = frozenset({"late", "refused", "unreachable", "broken"})


class Recognizer(Protocol):
    """Makes words of one utterance, or raises SpeechFailed."""

    def can(self, language: str, /) -> bool: ...

    async def recognize(self, pcm: Pcm, language: str, hints: Sequence[str], within_s: float, /) -> tuple[str, float]: ...

    async def close(self) -> None: ...


class ListeningEar:
    """Each `Began` is followed by one `Recognized`, in order; what is said while the last words are being recognized begins at once."""

    def __init__(self, recognizer: Recognizer | None, *, deadline_s: float, judge: Callable[[], Judge | None] = webrtc) -> None:
        """`recognizer`: None where none is configured; then it can no language."""
        self.recognizer = recognizer
        self._deadline_s = deadline_s
        self._judge = judge

    def can(self, language: str) -> bool:
        return self.recognizer is not None and self.recognizer.can(language)

    async def listen(self, sound: AsyncIterator[Pcm], language: str, hints: Sequence[str]) -> AsyncIterator[Began | Recognized]:
        """Ends with the stream. Closing it (`aclose`) leaves nothing behind."""
        words = tuple(hint[:HINT_MAX_CHARS] for hint in hints[:HINTS_MAX_COUNT])
        heard: _Heard = asyncio.Queue()  # a call has a handful of utterances a minute
        waiting: _Waiting = asyncio.Queue()  # bounded by WAITING_MAX_COUNT
        tasks = (
            asyncio.create_task(self._pumped(sound, waiting, heard), name="ear"),
            asyncio.create_task(self._worked(waiting, language, words, heard), name="ear words"),
        )
        try:
            while (event := await heard.get()) is not None:
                yield event
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def load(self) -> None:
        if isinstance(self.recognizer, Loads):
            await self.recognizer.load()

    async def close(self) -> None:
        if self.recognizer is not None:
            await self.recognizer.close()

    async def _pumped(self, sound: AsyncIterator[Pcm], waiting: _Waiting, heard: _Heard) -> None:
        """Frames in; what begins and ends in them out."""
        utterances = Utterances(Detector(self._judge()).is_speech)
        try:
            async for pcm in sound:
                for event in utterances.feed(pcm):
                    _take(event, waiting, heard)
            if (last := utterances.end()) is not None:
                _take(last, waiting, heard)
        except Exception:
            log.exception("the sound of a call could not be listened to")
        finally:
            waiting.put_nowait(None)

    async def _worked(self, waiting: _Waiting, language: str, hints: tuple[str, ...], heard: _Heard) -> None:
        """Utterances recognized, one after the other, while the call is listened to."""
        try:
            while (pcm := await waiting.get()) is not None:
                heard.put_nowait(await self._recognized(pcm, language, hints))
        finally:
            heard.put_nowait(None)

    async def _recognized(self, pcm: Pcm, language: str, hints: tuple[str, ...]) -> Recognized:
        if self.recognizer is None:
            return Recognized(text="", confidence=0.0, pcm=pcm, trouble="refused")
        try:
            async with asyncio.timeout(self._deadline_s):
                text, confidence = await self.recognizer.recognize(pcm, language, hints, self._deadline_s)
        except (SpeechFailed, TimeoutError) as error:
            code = error.code if isinstance(error, SpeechFailed) else "late"
            log.warning("an utterance was not recognized", extra={"code": code, "ms": duration_ms(pcm)})
            return Recognized(text="", confidence=0.0, pcm=pcm, trouble=code if code in _TROUBLES else "refused")
        except Exception:
            log.exception("a recognizer failed")
            return Recognized(text="", confidence=0.0, pcm=pcm, trouble="broken")
        words, sure = believed(text, confidence, duration_ms(pcm) / 1000)
        return Recognized(text=words, confidence=sure, pcm=pcm)


def _take(event: Began | Utterance, waiting: _Waiting, heard: _Heard) -> None:
    if isinstance(event, Began):
        heard.put_nowait(event)
    elif waiting.qsize() >= WAITING_MAX_COUNT:
        heard.put_nowait(Recognized(text="", confidence=0.0, pcm=event.pcm, trouble="late"))
    else:
        waiting.put_nowait(event.pcm)
