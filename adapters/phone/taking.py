"""A message after the tone: the tone, and when the caller has finished. For drivers that carry raw sound."""

import math
import sys
from array import array

from adapters.phone.audio import BYTES_PER_S, FRAME_BYTES, FRAME_MS, RATE_HZ, Pcm

TONE_HZ = 1_000
TONE_MS = 300
TONE_PEAK = 8_000
SILENCE_S = 6.0
"""That long without a sound, and the message is over."""
FIRST_SILENCE_S = 10.0
"""Before the first word: people think."""
LOUD = 350
"""The mean of a frame's samples, without their sign, from which on it is speech and not the line's noise: about -40 dBFS."""
END_KEY = "#"


def tone() -> Pcm:
    """What says "speak now", with soft ends."""
    total = RATE_HZ * TONE_MS // 1_000
    edge = RATE_HZ // 100
    samples = array("h")
    for index in range(total):
        gain = min(1.0, index / edge, (total - index) / edge)
        samples.append(int(TONE_PEAK * gain * math.sin(2 * math.pi * TONE_HZ * index / RATE_HZ)))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def is_loud(pcm: Pcm) -> bool:
    """Whether somebody speaks in this, by its loudness alone."""
    samples = array("h", pcm[: len(pcm) // 2 * 2])
    if sys.byteorder == "big":
        samples.byteswap()
    return bool(samples) and sum(map(abs, samples)) >= LOUD * len(samples)


class Taking:
    """One message, as it grows."""

    def __init__(self, max_s: float) -> None:
        self._max_bytes = int(max_s * BYTES_PER_S)
        self._pcm = bytearray()
        self._quiet_ms = 0
        self._loud_until = 0
        """Where the last loud frame ended, in bytes: the silence behind it is no part of the message."""

    def hear(self, pcm: Pcm) -> bool:
        """True once it is over."""
        self._pcm += pcm[: self._max_bytes - len(self._pcm)]
        for start in range(0, len(pcm), FRAME_BYTES):
            if is_loud(pcm[start : start + FRAME_BYTES]):
                self._quiet_ms = 0
                self._loud_until = len(self._pcm)
            else:
                self._quiet_ms += FRAME_MS
        patience_s = SILENCE_S if self._loud_until else FIRST_SILENCE_S
        return len(self._pcm) >= self._max_bytes or self._quiet_ms >= patience_s * 1_000

    @property
    def message(self) -> Pcm:
        """What was said; empty where nobody spoke."""
        if not self._loud_until:
            return b""
        return bytes(self._pcm[: min(len(self._pcm), self._loud_until + BYTES_PER_S // 2)])
