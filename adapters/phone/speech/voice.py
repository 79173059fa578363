"""The voice of a phone channel: asks one speaker after the other, keeps what they said, and has a recording for when none of them can.

The order: the operator's recording of the prompt; what was said before; each speaker in turn, every one with a deadline; our recording of
the prompt; our recording that says that nothing can be read aloud; two gentle tones. Never silence, never an exception.
"""

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from adapters.phone.audio import Pcm
from adapters.phone.speech.cache import SpeechCache, speech_key
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.music import attention
from adapters.phone.speech.recordings import Recordings, catalogued
from adapters.phone.speech.shaping import framed, silence, to_pcm
from adapters.phone.speech.voices.runs import clean, is_heard
from adapters.phone.speech.words import Spoken
from gateway.core.texts import Texts

log = logging.getLogger(__name__)

TEXT_MAX_CHARS = 1_000
"""Of one piece; a minute and a half. Whoever speaks hands over sentences."""
SORRY = "phone.no_voice"
"""Our recording that says that something can't be read aloud, and what to do."""
WARM_REST_S = 0.05
"""Between two prompts that are made beforehand: callers go first."""
_MADE_BY = "3"
"""Goes up when our own shaping of speech changes: what was kept before is made again."""


class Speaker(Protocol):
    """Makes sound of words, or raises SpeechFailed."""

    name: str

    def identity(self, language: str, /) -> str: ...

    def can(self, language: str, /) -> bool: ...

    async def speak(self, text: str, language: str, within_s: float) -> Pcm: ...

    async def close(self) -> None: ...


class FallingVoice:
    """Falls from one speaker to the next."""

    def __init__(
        self, speakers: Sequence[Speaker], *, cache: SpeechCache, theirs: Recordings, ours: Recordings, texts: Texts, deadline_s: float
    ) -> None:
        self.speakers = tuple(speakers)
        self._cache = cache
        self._theirs = theirs
        self._ours = ours
        self._texts = texts
        self._deadline_s = deadline_s
        self._making: dict[str, asyncio.Task[Spoken | None]] = {}
        self._is_closed = False

    async def say(self, text: str, language: str, *, key: str = "") -> Spoken:
        key = catalogued(key)
        if key and (found := await self._theirs.find(key, language)) is not None:
            return Spoken(pcm=found, by="recorded")
        words = clean(text)[:TEXT_MAX_CHARS]
        if not is_heard(words):
            return Spoken(pcm=framed(to_pcm(silence(0.2))), by="recorded")  # nothing to say is said by a short rest
        return await self._spoken(words, language, is_same=self._is_same(words, language, key)) or await self._fallen(key, language)

    async def warm(self, items: Sequence[tuple[str, str, str]]) -> None:
        for text, language, key in items:
            words = clean(text)[:TEXT_MAX_CHARS]
            if not is_heard(words) or (key and await self._theirs.find(catalogued(key), language) is not None):
                continue
            await self._spoken(words, language, is_same=True)
            await asyncio.sleep(WARM_REST_S)

    async def close(self) -> None:
        self._is_closed = True
        for task in tuple(self._making.values()):
            task.cancel()
        await asyncio.gather(*self._making.values(), return_exceptions=True)
        for speaker in self.speakers:
            await speaker.close()

    async def _spoken(self, words: str, language: str, *, is_same: bool) -> Spoken | None:
        """By a speaker, or as one has said it before. `is_same`: these words are the same for every caller."""
        for speaker in self.speakers:
            if self._is_closed or not speaker.can(language):
                continue
            name = speech_key(_MADE_BY, speaker.name, speaker.identity(language), language, words)
            if (found := self._cache.remembered(name)) is not None:
                return Spoken(pcm=found, by="cache")
            spoken = await self._once(name, self._found(speaker, name, words, language, is_same=is_same))
            if spoken is not None:
                return spoken
        return None

    async def _once(self, name: str, making: Coroutine[Any, Any, Spoken | None]) -> Spoken | None:
        """Fifty callers who are greeted at once are greeted by one piece of work; it goes on if one of them hangs up."""
        task = self._making.get(name)
        if task is None:
            task = self._making[name] = asyncio.create_task(making, name="speech")
            task.add_done_callback(lambda _: self._making.pop(name, None))
        else:
            making.close()
        return await asyncio.shield(task)

    async def _found(self, speaker: Speaker, name: str, words: str, language: str, *, is_same: bool) -> Spoken | None:
        if (found := await self._cache.kept(name)) is not None:
            return Spoken(pcm=found, by="cache")
        made = await self._made(speaker, name, words, language, is_same=is_same)
        return None if made is None else Spoken(pcm=made, by=speaker.name)

    async def _made(self, speaker: Speaker, name: str, words: str, language: str, *, is_same: bool) -> Pcm | None:
        try:
            async with asyncio.timeout(self._deadline_s):
                pcm = await speaker.speak(words, language, self._deadline_s)
        except (SpeechFailed, TimeoutError) as error:
            code = error.code if isinstance(error, SpeechFailed) else "late"
            log.warning("a voice did not speak", extra={"voice": speaker.name, "code": code, "chars": len(words)})
            return None
        except Exception:
            log.exception("a voice failed")
            return None
        if is_same:
            await self._cache.keep(name, pcm)
        else:
            self._cache.remember(name, pcm)
        return pcm

    async def _fallen(self, key: str, language: str) -> Spoken:
        """What is played where nobody could speak."""
        if key and (found := await self._ours.find(key, language)) is not None:
            return Spoken(pcm=found, by="recorded")
        sorry = await self._ours.find(SORRY, language)
        return Spoken(pcm=sorry if sorry is not None else attention(), by="recorded", is_whole=False)

    def _is_same(self, words: str, language: str, key: str) -> bool:
        """Whether this is a prompt as it stands in the catalogue, without anything of a caller's filled in."""
        return bool(key) and clean(self._texts.catalogue(language).get(key, "")) == words
