"""An engine in the speech process as an ear of a call."""

from collections.abc import Callable, Sequence

from adapters.phone.audio import Pcm
from adapters.phone.speech.process import SpeechProcess


class AsideRecognizer:
    """pocketsphinx or sherpa-onnx."""

    def __init__(self, process: SpeechProcess, can: Callable[[str], bool]) -> None:
        self._process = process
        self._can = can

    def can(self, language: str, /) -> bool:
        return self._can(language)

    async def recognize(self, pcm: Pcm, language: str, hints: Sequence[str], within_s: float, /) -> tuple[str, float]:
        """Raises SpeechFailed."""
        return await self._process.recognize(pcm, language, hints, within_s)

    async def close(self) -> None:
        await self._process.close()
