"""Sound as everything here carries it: 8 kHz, one channel, 16 bit signed little-endian, in frames of 20 ms."""

RATE_HZ = 8_000
SAMPLE_BYTES = 2
FRAME_MS = 20
FRAME_BYTES = RATE_HZ * SAMPLE_BYTES * FRAME_MS // 1_000
BYTES_PER_S = RATE_HZ * SAMPLE_BYTES

Pcm = bytes
"""Samples, a whole number of them."""


def duration_ms(pcm: Pcm) -> int:
    """How long it takes to play."""
    return len(pcm) * 1_000 // BYTES_PER_S
