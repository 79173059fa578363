"""An engine in the speech process as an ear of a call."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from adapters.phone.audio import Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.process import START_S, SpeechProcess


class AsideRecognizer:
    """pocketsphinx or sherpa-onnx."""

    def __init__(self, process: SpeechProcess, can: Callable[[str], bool]) -> None:
        self._process = process
        self._can = can

    @property
    def facts(self) -> Mapping[str, str]:
        """What the engine says of itself once it is loaded."""
        return self._process.facts

    def can(self, language: str, /) -> bool:
        return self._can(language)

    async def load(self) -> None:
        """Whoever speaks first need not wait for the model."""
        with suppress(SpeechFailed):
            await self._process.ready(START_S)

    async def recognize(self, pcm: Pcm, language: str, hints: Sequence[str], within_s: float, /) -> tuple[str, float]:
        """Raises SpeechFailed."""
        return await self._process.recognize(pcm, language, hints, within_s)

    async def close(self) -> None:
        await self._process.close()
