"""Piper: neural voices that an operator supplies, an .onnx file with its .json beside it by language. A second of speech takes 0.22 s.

The package piper-tts is the operator's to install: https://github.com/OHF-Voice/piper1-gpl (its Python API, seen in 1.8.0, November 2026).
"""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from adapters.phone.audio import Pcm
from adapters.phone.speech.engines import Deaf
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.shaping import Samples, spoken
from adapters.phone.speech.voices.runs import clean, is_heard
from gateway.core.texts import nearest

SPEECH_MAX_S = 60.0


class Piper(Deaf):
    """Voices from files."""

    def __init__(self, models: Mapping[str, str], speed: float) -> None:
        """Raises SpeechFailed(missing) without the package or a file; a voice is loaded when its language is first spoken."""
        try:
            piper = importlib.import_module("piper")
        except ImportError as error:
            raise SpeechFailed("Piper is not installed: pip install piper-tts", code="missing") from error
        self._piper: Any = piper
        self._paths = {language: _found(Path(path)) for language, path in models.items()}
        self._settings: Any = piper.SynthesisConfig(length_scale=1 / speed)
        self._loaded: dict[Path, Any] = {}

    def facts(self) -> Mapping[str, str]:
        return {language: path.name for language, path in self._paths.items()}

    def speak(self, text: str, language: str, /) -> Pcm:
        words = clean(text)
        if not is_heard(words):
            raise SpeechFailed("expected something that can be read aloud", code="unable")
        said, rate_hz, room = list[Samples](), 0, SPEECH_MAX_S
        for chunk in self._voice(language).synthesize(words, syn_config=self._settings):
            samples, rate_hz = np.asarray(chunk.audio_float_array, dtype=np.float32), int(chunk.sample_rate)
            said.append(samples)
            room -= len(samples) / rate_hz
            if room <= 0:
                break
        pcm = spoken(np.concatenate(said), rate_hz) if said else b""
        if not pcm:
            raise SpeechFailed("the voice said nothing", code="broken")
        return pcm

    def _voice(self, language: str) -> Any:
        path = self._path(language)
        if path not in self._loaded:
            try:
                self._loaded[path] = self._piper.PiperVoice.load(path)
            except Exception as error:
                raise SpeechFailed(f"{path.name} can't be loaded as a Piper voice", code="missing") from error
        return self._loaded[path]

    def _path(self, language: str) -> Path:
        base = language.split("-")[0].lower()
        same = {tag: path for tag, path in self._paths.items() if tag.split("-")[0].lower() == base}
        if not same:
            raise SpeechFailed(f"there is no Piper voice for {language}", code="unable")
        return same[nearest(language, tuple(same))]


def _found(path: Path) -> Path:
    for file in (path, path.with_name(path.name + ".json")):
        if not file.is_file():
            raise SpeechFailed(f"{file} is not there", code="missing")
    return path
