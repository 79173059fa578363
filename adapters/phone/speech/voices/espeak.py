"""espeak-ng by its library: from the package espeakng-loader, else the system's. A sentence costs 3 to 6 ms.

The library keeps its state in globals, so one thread may use it, and the process that it lives in is one that may die.
Its functions: speak_lib.h of espeak-ng 1.51 and 1.52.
"""

import ctypes
import ctypes.util
import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from adapters.phone.audio import Pcm
from adapters.phone.speech.engines import Deaf
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.shaping import TAIL_S, Samples, framed, levelled, resampled, silence, to_pcm, trimmed
from adapters.phone.speech.voices.pinyin import PhraseReader, Reader, readable
from adapters.phone.speech.voices.runs import Run, clean, is_chinese, is_traditional, runs
from gateway.core.texts import nearest

WORDS_PER_MINUTE = 155
"""espeak-ng's own 175 is for screen readers; a caller hears it once, and over a telephone."""
SYLLABLES_PER_MINUTE = 200
"""The same measure for Mandarin, where it counts syllables: 4.5 of them a second."""
RATE_MIN, RATE_MAX = 80, 450
"""What espeak-ng takes."""
SPEECH_MAX_S = 60.0
BETWEEN_RUNS_S = 0.06
BETWEEN_SENTENCES_S = 0.35
_SYNCHRONOUS, _DO_NOT_EXIT, _UTF8, _RATE, _OK = 2, 0x8000, 1, 1, 0
_MANDARIN = "cmn-latn-pinyin"
"""Reads numbered pinyin, and characters only in 1.52; `cmn` of 1.51 reads the tones' digits aloud."""
_ENGLISH = "en-us"
_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class Espeak(Deaf):
    """A voice that is always there. Not for two threads at once."""

    def __init__(self, voices: Mapping[str, str], speed: float) -> None:
        """`voices` by language, espeak-ng's names, such as `en-gb+f3`. Raises SpeechFailed(missing) without the library."""
        self._voices = dict(voices)
        self._library, data = _loaded()
        self._heard: list[Samples] = []
        self._room = 0
        self._callback = _CALLBACK(self._take)  # kept: the library calls it as long as it lives
        self._rate_hz = _started(self._library, data)
        self._readers: dict[bool, Reader] = {}
        self._speed = speed

    def facts(self) -> Mapping[str, str]:
        return {"version": _text(self._library.espeak_Info(None)), "library": _text(getattr(self._library, "_name", ""))}

    def speak(self, text: str, language: str, /) -> Pcm:
        """Raises SpeechFailed(unable) where it has no voice for the language, or nothing in the text is heard."""
        pieces = [piece for run in runs(clean(text), language) if len(piece := self._read(run, language))]
        if not pieces:
            raise SpeechFailed("expected something that can be read aloud", code="unable")
        return framed(to_pcm(np.concatenate([levelled(_joined(pieces, BETWEEN_RUNS_S)), silence(TAIL_S)])))

    def _read(self, run: Run, language: str) -> Samples:
        if not run.is_chinese:
            return self._heard_of(run.text, self._named(language, _ENGLISH), WORDS_PER_MINUTE)
        voice = self._named(language, _MANDARIN)
        sentences = readable(run.text, self._reader(traditional=is_traditional(language)))
        return _joined([self._heard_of(each, voice, SYLLABLES_PER_MINUTE) for each in sentences], BETWEEN_SENTENCES_S)

    def _heard_of(self, text: str, voice: str, per_minute: int) -> Samples:
        self._library.espeak_SetParameter(_RATE, min(max(round(per_minute * self._speed), RATE_MIN), RATE_MAX), 0)
        return trimmed(resampled(self._synthesized(text, voice), self._rate_hz))

    def _named(self, language: str, usual: str) -> str:
        """The configured voice where it is of this run's script; else espeak-ng's for the language; else the usual one."""
        of_script = [tag for tag in self._voices if is_chinese(tag) == (usual == _MANDARIN)]
        same = [tag for tag in of_script if tag.split("-")[0].lower() == language.split("-")[0].lower()]
        if same or (of_script and is_chinese(language) != (usual == _MANDARIN)):
            return self._voices[nearest(language, tuple(same or of_script))]
        if usual == _MANDARIN or is_chinese(language):
            return usual
        tag = language.lower().replace("_", "-")
        return _ENGLISH if tag in ("en", "en-us") else tag

    def _synthesized(self, text: str, voice: str) -> Samples:
        base = voice.split("-")[0]
        if self._library.espeak_SetVoiceByName(voice.encode()) != _OK and self._library.espeak_SetVoiceByName(base.encode()) != _OK:
            raise SpeechFailed(f"expected a voice that espeak-ng has, got {voice!r}", code="unable")
        self._heard, self._room = [], int(SPEECH_MAX_S * self._rate_hz)
        self._library.espeak_SetSynthCallback(self._callback)  # the library has one for all
        words = text.encode("utf-8", "replace")
        if self._library.espeak_Synth(words, len(words) + 1, 0, 0, 0, _UTF8, None, None) != _OK:
            raise SpeechFailed("espeak-ng could not read it", code="broken")
        return np.concatenate(self._heard) if self._heard else np.zeros(0, dtype=np.float32)

    def _take(self, samples: Any, count: int, _: Any) -> int:
        """One piece of what is synthesized; 1 ends it."""
        if samples and count > 0:
            self._heard.append((np.ctypeslib.as_array(samples, (count,)) / 32_768).astype(np.float32))
            self._room -= count
        return int(self._room <= 0)

    def _reader(self, *, traditional: bool) -> Reader:
        if traditional not in self._readers:
            self._readers[traditional] = PhraseReader(traditional=traditional)
        return self._readers[traditional]


def _joined(pieces: Sequence[Samples], pause_s: float) -> Samples:
    """One behind the other, with a rest between them."""
    parts = [part for piece in pieces for part in (piece, silence(pause_s))][:-1]
    return np.concatenate(parts) if parts else silence(0)


def is_here() -> bool:
    """Whether there is a library to load, without loading it."""
    return importlib.util.find_spec("espeakng_loader") is not None or ctypes.util.find_library("espeak-ng") is not None


def _loaded() -> tuple[Any, bytes | None]:
    """(the library, where its data lies unless it knows itself)"""
    try:
        import espeakng_loader

        path, data = espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    except (ImportError, RuntimeError):
        path, data = ctypes.util.find_library("espeak-ng"), None
    if not path:
        raise SpeechFailed("espeak-ng is not installed: pip install 'frontdesk[phone]', or the system's package espeak-ng", code="missing")
    try:
        library = ctypes.CDLL(path)
    except OSError as error:
        raise SpeechFailed("the library of espeak-ng can't be loaded", code="missing") from error
    library.espeak_Info.restype = ctypes.c_char_p
    return library, data.encode() if data else None


def _started(library: Any, data: bytes | None) -> int:
    rate_hz: int = library.espeak_Initialize(_SYNCHRONOUS, 0, data, _DO_NOT_EXIT)
    if rate_hz <= 0:
        raise SpeechFailed("espeak-ng's data can't be read", code="missing")
    return rate_hz


def _text(found: Any) -> str:
    return found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found)
