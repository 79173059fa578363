"""A speech service that is asked over HTTP: POST of {"text", "language", "voice", "format": "wav", "sample_rate": 8000}."""

import asyncio
import re
from collections.abc import Mapping

import numpy as np

from adapters.phone.audio import Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.service import Service
from adapters.phone.speech.shaping import Samples, spoken, to_samples
from adapters.phone.speech.wav import read_wav
from gateway.core.texts import nearest

ANSWER_MAX_BYTES = 8 * 1024 * 1024
_RATE = re.compile(r"rate=(\d{4,6})")
_RAW = ("audio/l16", "audio/pcm", "audio/raw", "audio/x-raw")


class AskedVoice:
    """A voice behind an address."""

    name = "http"

    def __init__(self, service: Service, voices: Mapping[str, str], speed: float) -> None:
        self._service = service
        self._voices = dict(voices)
        self._speed = speed

    def identity(self, language: str, /) -> str:
        return f"{self._service.url} {self._voice(language)} {self._speed:g}"

    def can(self, _language: str, /) -> bool:
        return True

    async def speak(self, text: str, language: str, within_s: float) -> Pcm:
        """Raises SpeechFailed."""
        asked = {
            "text": text, "language": language, "voice": self._voice(language), "format": "wav", "sample_rate": 8000,
            **({"speed": self._speed} if self._speed != 1 else {}),
        }  # fmt: skip
        kind, content = await self._service.post(within_s, ANSWER_MAX_BYTES, json=asked, accept="audio/wav, audio/l16;rate=8000")
        pcm = await asyncio.to_thread(_heard, kind, content)
        if not pcm:
            raise SpeechFailed("the speech service answered with silence", code="broken")
        return pcm

    async def close(self) -> None:
        await self._service.close()

    def _voice(self, language: str) -> str:
        same = [tag for tag in self._voices if tag.split("-")[0].lower() == language.split("-")[0].lower()]
        return self._voices[nearest(language, tuple(same))] if same else ""


def _heard(kind: str, content: bytes) -> Pcm:
    """Sound by what it is; only raw samples have to be believed by their type."""
    lowered = kind.lower()
    if content[:4] == b"RIFF":
        samples, rate_hz = read_wav(content)
    elif lowered.startswith(_RAW):
        named = _RATE.search(lowered)
        samples, rate_hz = _raw(content), int(named[1]) if named else 8_000
    else:
        raise SpeechFailed("expected audio/wav, or audio/l16 with its rate", code="broken")
    return spoken(samples, rate_hz)


def _raw(content: bytes) -> Samples:
    """RFC 3190 says the high byte comes first, most services send the low one first: sound is what is smoother."""
    little = to_samples(content)
    big = to_samples(np.frombuffer(content[: len(content) // 2 * 2], dtype=np.uint8).reshape(-1, 2)[:, ::-1].tobytes())
    return little if _roughness(little) <= _roughness(big) else big


def _roughness(samples: Samples) -> float:
    return float(np.abs(np.diff(samples)).sum())
