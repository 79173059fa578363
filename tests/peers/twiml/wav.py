"""Recordings as a cloud gives them out."""

import struct


def wav(samples: bytes) -> bytes:
    """A file of 8 kHz, one channel, 16 bit."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8_000, 16_000, 2, 16)
    body = b"WAVE" + form + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", len(body)) + body
