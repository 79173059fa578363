"""pocketsphinx with its American English model: commands, digits and likely words. 0.1 s for an utterance; rough, but all inside.

A grammar always finds something in it. What was really said is judged by a second decoder that hears phones alone: where the grammar's
words fit the sound much worse than any phones do, they were not said.
"""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.phone.audio import RATE_HZ, Pcm
from adapters.phone.speech.ears.grammar import grammar, is_whole, phrases
from adapters.phone.speech.engines import Mute
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.shaping import levelled, resampled, to_pcm, to_samples, trimmed

MODEL_RATE_HZ = 16_000
GRAMMARS_MAX_COUNT = 16
EVEN = 1.9e-3
"""How much worse a frame fits the grammar's words than free phones, in its own scale, where right and wrong are equally likely."""
STEEP = 3.5e-4
"""Measured on 43 phrases inside the grammar and 11 outside it, of three voices."""


LOST_MAX_FRAMES = 30
SLOW_S, SLOW_LETTER_S = 0.6, 0.12
"""Nobody takes longer for so many letters: there was more in it than the grammar has words for."""


class Sphinx(Mute):
    """An English ear."""

    def __init__(self) -> None:
        """Raises SpeechFailed(missing)."""
        try:
            import pocketsphinx
        except ImportError as error:
            raise SpeechFailed("pocketsphinx is not installed: pip install 'frontdesk[phone]'", code="missing") from error
        phones = Path(pocketsphinx.__file__).parent / "model/en-us/en-us-phone.lm.bin"
        self._words: Any = pocketsphinx.Decoder(lm=None, samprate=MODEL_RATE_HZ, dither=True, loglevel="FATAL")
        self._phones: Any = pocketsphinx.Decoder(
            lm=None, allphone=str(phones), beam=1e-20, pbeam=1e-20, lw=2.0, samprate=MODEL_RATE_HZ, dither=True, loglevel="FATAL"
        )
        self._grammars: OrderedDict[str, None] = OrderedDict()

    def facts(self) -> Mapping[str, str]:
        return {"model": "en-us"}

    def recognize(self, pcm: Pcm, language: str, hints: tuple[str, ...], /) -> tuple[str, float]:
        if language.split("-")[0].lower() != "en":
            raise SpeechFailed(f"pocketsphinx understands English alone, not {language}", code="unable")
        samples = levelled(to_samples(pcm))
        sound = to_pcm(resampled(samples, RATE_HZ, MODEL_RATE_HZ))
        likely = phrases(hints, lambda word: self._words.lookup_word(word) is not None)
        self._words.activate_search(self._grammar(likely))
        text, score = _decoded(self._words, sound)
        if not is_whole(text, likely) or len(trimmed(samples)) > RATE_HZ * (SLOW_S + SLOW_LETTER_S * len(text)):
            return "", 0.0
        _, free = _decoded(self._phones, sound)
        return text, _confidence(score, free, int(self._words.n_frames()))

    def _grammar(self, likely: tuple[str, ...]) -> str:
        """The name of the grammar with these phrases: made once, the last few kept."""
        source = grammar(likely)
        name = hashlib.sha256(source.encode()).hexdigest()[:16]
        if name not in self._grammars:
            self._words.add_jsgf_string(name, source)
            if len(self._grammars) >= GRAMMARS_MAX_COUNT:
                self._words.remove_search(self._grammars.popitem(last=False)[0])
        self._grammars[name] = None
        self._grammars.move_to_end(name)
        return name


def _decoded(decoder: Any, sound: bytes) -> tuple[str, float]:
    """(the words, how well they fit)."""
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()
    found = decoder.hyp()
    if found is None or _last_frame(decoder) < decoder.n_frames() - LOST_MAX_FRAMES:
        return "", 0.0  # it lost its way in the middle: what it has scored is only the beginning
    return found.hypstr, found.best_score


def _last_frame(decoder: Any) -> int:
    return max((segment.end_frame for segment in decoder.seg()), default=0)


def _confidence(score: float, free: float, frames_count: int) -> float:
    if score <= 0 or free <= 0 or frames_count <= 0:
        return 0.0
    worse = (math.log(free) - math.log(score)) / frames_count
    return round(1 / (1 + math.exp(min(max((worse - EVEN) / STEEP, -50.0), 50.0))), 3)
