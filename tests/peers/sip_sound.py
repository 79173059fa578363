"""Sound as telephones have it: A-law, tones to say, and how much of a tone was heard."""

import numpy as np


def _table() -> "np.ndarray[tuple[int], np.dtype[np.int16]]":
    """A-law (G.711): code -> sample."""
    code = np.arange(256) ^ 0x55
    segment, low = (code & 0x70) >> 4, ((code & 0x0F) << 4) + 8
    size = np.where(segment == 0, low, (low + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, size, -size).astype(np.int16)


ALAW = _table()
_ORDER = np.argsort(ALAW, kind="stable")


def to_alaw(pcm: bytes) -> bytes:
    samples = np.frombuffer(pcm, "<i2")
    places = np.clip(np.searchsorted(ALAW[_ORDER], samples), 0, 255)
    return bytes(_ORDER[places].astype(np.uint8).tobytes())


def from_alaw(data: bytes) -> bytes:
    return bytes(ALAW[np.frombuffer(data, np.uint8)].astype("<i2").tobytes())


def sine(hz: float, ms: int, peak: int = 8_000) -> bytes:
    at = np.arange(ms * 8) / 8_000
    return bytes((peak * np.sin(2 * np.pi * hz * at)).astype("<i2").tobytes())


def strength(pcm: bytes, hz: float) -> float:
    """How much of the sound is of this pitch, 0 to 1."""
    samples = np.frombuffer(pcm, "<i2").astype(float)
    if not samples.size or not samples.any():
        return 0.0
    at = np.arange(samples.size) / 8_000
    part = abs(np.dot(samples, np.exp(-2j * np.pi * hz * at))) * np.sqrt(2 / samples.size)
    return float(part / np.linalg.norm(samples))
