"""Whether somebody speaks, frame by frame: not a line's noise, not a key's tones, not the beeps of an exchange.

webrtcvad alone takes tones for voices; energy alone takes noise for them. A frame counts as speech when it is louder than what the line
murmurs all the time, is no tone, and webrtcvad says so. Where that is not installed, the first two have to do.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from adapters.phone.audio import FRAME_BYTES, RATE_HZ

Judge = Callable[[bytes], bool]
"""Whether a frame of 20 ms is speech."""

QUIETEST_DB = -50.0
"""Of full scale. What is fainter is never speech."""
ABOVE_NOISE_DB = 7.0
NOISE_START_DB = -62.0
NOISE_MOST_DB = -30.0
_FALLS = 0.4
_RISES_DB = 0.3
"""A frame: 15 dB a second while nobody speaks."""
_RISES_IN_SPEECH_DB = 0.01
_STRICT = 2
"""webrtcvad's modes go from 0 (takes much for speech) to 3."""
_SIZE = 512
_BAND = slice(200 * _SIZE // RATE_HZ, 3_600 * _SIZE // RATE_HZ)
"""Where voices are, and the hum of the mains is not."""
_LOBE = 6
"""Bins to either side of a peak that belong to it: a Hann window of 160 samples in 512."""
_TONE_MIN_BIN = 330 * _SIZE // RATE_HZ
"""Voices are pure only at their fundamental, which is lower."""
_TONE_SHARE = 0.9
_FLAT = 0.4
"""The geometric over the arithmetic mean of the band's power: 0.56 of white noise, less than 0.2 of whatever has a voice in it."""
_WINDOW = np.hanning(FRAME_BYTES // 2)
_SCALE = 2.0 / (32_768.0**2 * float(np.square(_WINDOW).sum()) * _SIZE)

Power = NDArray[np.float64]
"""Of one frame, bin by bin."""


class Detector:
    """Of one call: it learns how loud the line is."""

    def __init__(self, judge: Judge | None = None) -> None:
        self._judge = judge or (lambda _: True)
        self._noise_db = NOISE_START_DB

    def is_speech(self, frame: bytes) -> bool:
        """Of one whole frame."""
        power = spectrum(frame)
        level_db = _level_db(power)
        if level_db < max(QUIETEST_DB, self._noise_db + ABOVE_NOISE_DB):
            self._learn(level_db, is_speech=False)
            return False
        found = not is_noise(power) and not is_tone(power) and self._judge(frame)
        self._learn(level_db, is_speech=found)
        return found

    def _learn(self, level_db: float, *, is_speech: bool) -> None:
        if level_db < self._noise_db:
            self._noise_db += (max(level_db, NOISE_START_DB) - self._noise_db) * _FALLS
        else:
            rise_db = _RISES_IN_SPEECH_DB if is_speech else _RISES_DB
            self._noise_db = min(self._noise_db + rise_db, level_db, NOISE_MOST_DB)


def webrtc() -> Judge | None:
    """webrtcvad's judgement, where it is installed. For one call: it keeps a state."""
    try:
        import webrtcvad
    except ImportError:
        return None
    detector = webrtcvad.Vad(_STRICT)
    return lambda frame: bool(detector.is_speech(frame, RATE_HZ))


def spectrum(frame: bytes) -> Power:
    samples = np.frombuffer(frame, dtype="<i2").astype(np.float64)
    found: Power = np.square(np.abs(np.fft.rfft((samples - samples.mean()) * _WINDOW, _SIZE)))
    return found


def is_noise(power: Power) -> bool:
    """As much in every part of the band: hiss. An s is like that too, but no word is made of s alone."""
    band = power[_BAND] + 1e-9
    return float(np.exp(np.log(band).mean()) / band.mean()) > _FLAT


def is_tone(power: Power) -> bool:
    """One tone or two, and nothing else: DTMF keys (Q.23), dial, ring and busy tones (E.180), a fax."""
    total = float(power.sum())
    if total <= 0:
        return False
    first, first_power = _peak(power)
    if first < _TONE_MIN_BIN:
        return False
    if first_power >= _TONE_SHARE * total:
        return True
    rest = power.copy()
    rest[max(0, first - _LOBE) : first + _LOBE + 1] = 0
    second, second_power = _peak(rest)
    return second >= _TONE_MIN_BIN and first_power + second_power >= _TONE_SHARE * total


def _peak(power: Power) -> tuple[int, float]:
    at = int(power.argmax())
    return at, float(power[max(0, at - _LOBE) : at + _LOBE + 1].sum())


def _level_db(power: Power) -> float:
    """Of full scale, of what lies in the band."""
    heard = float(power[_BAND].sum()) * _SCALE
    return max(10 * float(np.log10(heard)), -100.0) if heard > 0 else -100.0
