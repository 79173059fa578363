"""The tones by which the two ends of a test call tell each other what they hear. Pure.

    the line: HERE ... HEARD once it hears ASKING ... the tone of a key once that is pressed
    who rings: ASKING once HERE is heard ... a key once HEARD is heard

All are multiples of 100 Hz, so that any two fit a window without a rest: none is taken for another.
"""

import math
import sys
from array import array

from adapters.phone.audio import BYTES_PER_S, RATE_HZ, Pcm

HERE_HZ, HEARD_HZ, ASKING_HZ = 500, 800, 2_600
KEYS_HZ = {str(digit): 1_100 + 100 * digit for digit in range(10)}
"""Of each key."""
PEAK = 8_000
WINDOW_BYTES = BYTES_PER_S * 8 // 100
"""80 ms: eight waves of 100 Hz."""
LEAST = 0.7
"""So much of the sound's strength must be the tone's: codecs and their noise take little."""
QUIET = 200.0
"""The root mean square below which it is a line's noise."""


def tone(hz: int, seconds: float) -> Pcm:
    """A plain tone; it can be repeated every 10 ms without a crack."""
    period = array("h", (round(PEAK * math.sin(2 * math.pi * hz * index / RATE_HZ)) for index in range(RATE_HZ // 100)))
    if sys.byteorder == "big":
        period.byteswap()
    return period.tobytes() * round(seconds * 100)


class Ear:
    """Hears whether a tone sounds, of what has come last."""

    def __init__(self) -> None:
        self._last = bytearray()

    def feed(self, pcm: Pcm) -> None:
        self._last += pcm
        del self._last[: max(0, len(self._last) - WINDOW_BYTES)]

    def hears(self, hz: int) -> bool:
        """Whether the last 80 ms were this tone."""
        if len(self._last) < WINDOW_BYTES:
            return False
        samples = array("h", bytes(self._last[-WINDOW_BYTES:]))
        if sys.byteorder == "big":
            samples.byteswap()
        energy = sum(sample * sample for sample in samples)
        if math.sqrt(energy / len(samples)) < QUIET:
            return False
        return _part(samples, hz) / energy >= LEAST * LEAST


def _part(samples: "array[int]", hz: int) -> float:
    """The energy of one pitch (Goertzel)."""
    turn = 2 * math.cos(2 * math.pi * hz / RATE_HZ)
    before = last = 0.0
    for sample in samples:
        before, last = last, sample + turn * last - before
    return (last * last + before * before - turn * last * before) * 2 / len(samples)
