"""A recognizer that is asked over HTTP: POST of audio/wav with `?language=`, answered by {"text", "confidence"}."""

from collections.abc import Sequence

from adapters.phone.audio import Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.service import Service, parsed
from adapters.phone.speech.wav import write_wav

ANSWER_MAX_BYTES = 64 * 1024
CONFIDENCE = 0.8
"""Of services that do not say how sure they are."""


class AskedRecognizer:
    """An ear behind an address."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def can(self, _language: str, /) -> bool:
        return True

    async def recognize(self, pcm: Pcm, language: str, _hints: Sequence[str], within_s: float, /) -> tuple[str, float]:
        """Raises SpeechFailed."""
        _, content = await self._service.post(
            within_s, ANSWER_MAX_BYTES, accept="application/json", body=write_wav(pcm), kind="audio/wav", query={"language": language}
        )
        answer = parsed(content)
        text, confidence = answer.get("text"), answer.get("confidence", CONFIDENCE)
        if not isinstance(text, str) or isinstance(confidence, bool) or not isinstance(confidence, int | float):
            raise SpeechFailed('expected {"text": "...", "confidence": 0..1} of the speech service', code="broken")
        return text, float(confidence) if confidence == confidence else 0.0

    async def close(self) -> None:
        await self._service.close()
