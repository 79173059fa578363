"""What callers hear where no voice is left: the gateway is gone, and the worker alone is on the line."""

import math
import sys
from array import array

from adapters.phone.audio import RATE_HZ, Pcm

REORDER_HZ = (480, 620)
"""Together, in quick beats: what exchanges say for "try again later" (ITU-T E.180, E.182: congestion)."""
BEAT_S = 0.25
BEATS_COUNT = 4
PEAK = 6_000


def farewell() -> Pcm:
    """Two seconds of the tone of congestion."""
    samples = array("h")
    for _ in range(BEATS_COUNT):
        samples.extend(_beat())
        samples.extend([0] * int(BEAT_S * RATE_HZ))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()


def _beat() -> list[int]:
    return [
        int(PEAK / len(REORDER_HZ) * sum(math.sin(2 * math.pi * hz * index / RATE_HZ) for hz in REORDER_HZ))
        for index in range(int(BEAT_S * RATE_HZ))
    ]
