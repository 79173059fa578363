"""An engine in the speech process as a voice of a call."""

from collections.abc import Callable

from adapters.phone.audio import Pcm
from adapters.phone.speech.process import SpeechProcess


class AsideVoice:
    """espeak-ng or Piper."""

    def __init__(self, process: SpeechProcess, *, identity: str, can: Callable[[str], bool]) -> None:
        """`identity`: what changes when it would speak differently."""
        self.name: str = process.engine
        self._process = process
        self._identity = identity
        self._can = can

    def identity(self, _language: str, /) -> str:
        return self._identity

    def can(self, language: str, /) -> bool:
        return self._can(language)

    async def speak(self, text: str, language: str, within_s: float) -> Pcm:
        """Raises SpeechFailed."""
        return await self._process.speak(text, language, within_s)

    async def close(self) -> None:
        await self._process.close()
