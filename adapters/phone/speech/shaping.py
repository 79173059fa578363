"""Makes sound fit for a telephone line: one rate, one level, no silence around it, whole frames."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from adapters.phone.audio import FRAME_BYTES, RATE_HZ, SAMPLE_BYTES, Pcm
from adapters.phone.speech.errors import SpeechFailed

Samples = NDArray[np.float32]
"""Between -1 and 1, one channel."""

LEVEL = 0.1
"""What speech is brought to: -20 dB of full scale while somebody speaks, as telephones expect it."""
CEILING = 0.9
"""Above this peaks are bent, not cut."""
GAIN_MAX = 8.0
"""A recording fainter than that is nearly nothing but noise: more would make it louder, not clearer."""
QUIET = 0.004
"""-48 dB: below that nobody speaks."""
LEAD_S = 0.02
TAIL_S = 0.12
"""What is left around speech, so that two pieces behind one another don't run together."""
_BLOCK = RATE_HZ // 100
_FULL = 32_767.0


def resampled(samples: Samples, rate_hz: int, to_hz: int = RATE_HZ) -> Samples:
    """At another rate. Raises SpeechFailed where soxr is not installed and the rate has to change."""
    if rate_hz == to_hz or not len(samples):
        return samples
    try:
        import soxr
    except ImportError as error:
        raise SpeechFailed(f"sound of {rate_hz} Hz needs the package soxr: pip install 'frontdesk[phone]'", code="missing") from error
    changed: Any = soxr.resample(samples, rate_hz, to_hz)
    return np.asarray(changed, dtype=np.float32)


def levelled(samples: Samples) -> Samples:
    """As loud as every other prompt, by what is loud in it; nothing clips."""
    loudness = _loudness(samples)
    if loudness <= 0:
        return samples
    louder = samples * np.float32(min(LEVEL / loudness, GAIN_MAX))
    return _bent(louder)


def trimmed(samples: Samples) -> Samples:
    """Without the silence before and behind it. Nothing but silence: nothing."""
    blocks = _blocks(samples)
    loud = np.flatnonzero(np.abs(blocks).max(axis=1, initial=0) > QUIET)
    if not len(loud):
        return samples[:0]
    first, last = int(loud[0]) * _BLOCK, (int(loud[-1]) + 1) * _BLOCK
    return samples[max(0, first - int(LEAD_S * RATE_HZ)) : last]


def spoken(samples: Samples, rate_hz: int) -> Pcm:
    """Speech of any rate and level, ready to be played: empty where nothing is heard in it."""
    kept = trimmed(levelled(resampled(samples, rate_hz)))
    return framed(to_pcm(np.concatenate([kept, silence(TAIL_S)]))) if len(kept) else b""


def recorded(samples: Samples, rate_hz: int) -> Pcm:
    """A recording of somebody's own: their level and their pauses are meant so. Only peaks are bent."""
    return framed(to_pcm(_bent(resampled(samples, rate_hz))))


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE_HZ), dtype=np.float32)


def framed(pcm: Pcm) -> Pcm:
    """Filled up with silence to whole frames."""
    return pcm + bytes(-len(pcm) % FRAME_BYTES)


def to_pcm(samples: Samples) -> Pcm:
    return (np.clip(samples, -1, 1) * _FULL).astype("<i2").tobytes()


def to_samples(pcm: bytes) -> Samples:
    whole = pcm[: len(pcm) - len(pcm) % SAMPLE_BYTES]
    return (np.frombuffer(whole, dtype="<i2") / _FULL).astype(np.float32)


def _blocks(samples: Samples) -> Samples:
    """In pieces of 10 ms, the last one filled up."""
    filled = np.concatenate([samples, np.zeros(-len(samples) % _BLOCK, dtype=np.float32)])
    return filled.reshape(-1, _BLOCK)


def _loudness(samples: Samples) -> float:
    """The level while somebody speaks: pauses don't count."""
    powers = np.square(_blocks(samples)).mean(axis=1)
    speaking = powers[powers > QUIET**2]
    return float(np.sqrt(speaking.mean())) if len(speaking) else 0.0


def _bent(samples: Samples) -> Samples:
    """Peaks above half of full scale are bent towards the ceiling instead of being cut off, which crackles."""
    knee = np.float32(0.5)
    over = np.abs(samples) - knee
    room = np.float32(CEILING) - knee
    bent = np.sign(samples) * (knee + room * np.tanh(np.maximum(over, 0) / room))
    return np.where(over > 0, bent, samples).astype(np.float32)
