"""Keys as tones in the sound (ITU-T Q.23), for phones that send them no other way: what a receiver must take and leave is Q.24's.

Two tones at once, one of four low and one of four high ones, for at least 40 ms. Voices have such pairs, too, but never so long with so
little beside them: the sound is looked at every 6 ms, and four looks in a row have to see the same key and hardly anything else. Pure.
"""

import sys

import numpy as np

from adapters.phone.audio import RATE_HZ, Pcm

LOW_HZ, HIGH_HZ = (697, 770, 852, 941), (1_209, 1_336, 1_477, 1_633)
KEYS = ("123A", "456B", "789C", "*0#D")
LOOK_SAMPLES = 102
"""12.75 ms: as narrow as it must be to tell neighbours apart, as short as it may be to find 40 ms of tone."""
STEP_SAMPLES = LOOK_SAMPLES // 2
SEEN_COUNT = 4
"""Looks in a row; 32 ms, which 40 ms of tone hold wherever they begin. What is shorter than 23 ms is no key."""
UNSEEN_COUNT = 5
"""Looks in a row without it, before the same key is another one: a gap of 10 ms is none, one of 40 ms is."""
LOUD = 150.0
"""Of 32,767, effective value: some -45 dBm0. Keys have to be heard down to -25 or so."""
OF_ALL = 0.75
"""Of the sound's energy, in the two tones."""
OVER_NEIGHBOURS = 4.0
"""6 dB over each other tone of the same group; less lets in no voice, more keeps out twisted keys."""
HIGH_OVER_LOW, LOW_OVER_HIGH = 10**0.6, 10**1.0
"""How much one may be louder than the other: 4 and 8 dB by Q.24, and 2 dB for tones that are out of tune by the 1.5 % they may be."""

_AT = np.arange(LOOK_SAMPLES) / RATE_HZ
_WAVES = np.exp(-2j * np.pi * np.outer(_AT, LOW_HZ + HIGH_HZ))
_PURE = LOOK_SAMPLES / 2
"""A pure tone's square of its wave's part, over its energy."""


class ToneKeys:
    """Of one caller."""

    def __init__(self) -> None:
        self._rest = np.zeros(0)
        self._seen = ""
        self._seen_count = 0
        self._told = ""
        """The key that is pressed."""
        self._unseen_count = 0
        self._latest = ""
        self._looks_since = 0

    def has_just_told(self, key: str) -> bool:
        """It was the last one, less than a second ago: whoever tells it by other ways, too, means the same."""
        return bool(key) and key == self._latest and self._looks_since * STEP_SAMPLES < RATE_HZ

    def feed(self, pcm: Pcm) -> str:
        """The keys that this sound has brought."""
        samples = np.frombuffer(pcm, "<i2" if sys.byteorder == "little" else ">i2").astype(float)
        sound = np.concatenate((self._rest, samples))
        count = max(0, (len(sound) - LOOK_SAMPLES) // STEP_SAMPLES + 1)
        self._rest = sound[count * STEP_SAMPLES :]
        if not count:
            return ""
        looks = np.lib.stride_tricks.sliding_window_view(sound, LOOK_SAMPLES)[::STEP_SAMPLES][:count]
        return "".join(self._look(key) for key in _keys(looks))

    def _look(self, key: str) -> str:
        self._looks_since += 1
        self._seen_count = self._seen_count + 1 if key == self._seen else 1
        self._seen = key
        self._unseen_count = 0 if key and key == self._told else self._unseen_count + 1
        if self._unseen_count >= UNSEEN_COUNT:
            self._told = ""
        if key and key != self._told and self._seen_count >= SEEN_COUNT:
            self._told, self._unseen_count = key, 0
            self._latest, self._looks_since = key, 0
            return key
        return ""


def _keys(looks: "np.ndarray[tuple[int, int], np.dtype[np.float64]]") -> list[str]:
    """What each look sees: a key, or nothing."""
    energy = np.einsum("ij,ij->i", looks, looks)
    if not (energy > LOUD**2 * LOOK_SAMPLES).any():
        return [""] * len(looks)
    parts = np.abs(looks @ _WAVES) ** 2 / _PURE
    return [_key(whole, list(part)) for whole, part in zip(energy, parts, strict=True)]


def _key(whole: float, parts: list[float]) -> str:
    low, high = parts[:4], parts[4:]
    row, column = low.index(max(low)), high.index(max(high))
    deep, shrill = low[row], high[column]
    is_one = (
        whole > LOUD**2 * LOOK_SAMPLES
        and deep + shrill > OF_ALL * whole
        and shrill < deep * HIGH_OVER_LOW
        and deep < shrill * LOW_OVER_HIGH
        and all(other * OVER_NEIGHBOURS < deep for place, other in enumerate(low) if place != row)
        and all(other * OVER_NEIGHBOURS < shrill for place, other in enumerate(high) if place != column)
    )
    return KEYS[row][column] if is_one else ""
