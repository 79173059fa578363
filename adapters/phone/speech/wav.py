"""Sound files: RIFF WAVE read as operators and services make them, and written as telephones like them.

The standard library's `wave` reads neither A-law nor mu-law nor floats, which is what recordings for telephones come in.
"""

import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from adapters.phone.audio import RATE_HZ, SAMPLE_BYTES, Pcm
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.shaping import Samples

FILE_MAX_BYTES = 64 * 1024 * 1024
CHANNELS_MAX_COUNT = 8
RATE_MIN_HZ, RATE_MAX_HZ = 4_000, 192_000
_PCM, _FLOAT, _ALAW, _ULAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
_HEAD = struct.Struct("<4sI4s")
_CHUNK = struct.Struct("<4sI")
_FORMAT = struct.Struct("<HHIIHH")


def read_wav(content: bytes) -> tuple[Samples, int]:
    """(what is heard, its rate), its channels mixed into one. Raises SpeechFailed, which says what was expected."""
    if len(content) > FILE_MAX_BYTES:
        raise _unfit(f"a file of at most {FILE_MAX_BYTES // 1024**2} MiB")
    kind = channels = rate_hz = bits = 0
    for name, body in _chunks(content):
        if name == b"fmt " and len(body) >= _FORMAT.size:
            kind, channels, rate_hz, _, _, bits = _FORMAT.unpack_from(body)
            if kind == _EXTENSIBLE and len(body) >= 26:
                kind = int.from_bytes(body[24:26], "little")
        elif name == b"data":
            if not 1 <= channels <= CHANNELS_MAX_COUNT or not RATE_MIN_HZ <= rate_hz <= RATE_MAX_HZ:
                raise _unfit("1 to 8 channels of 4 to 192 kHz")
            return _mixed(_decoded(kind, bits, body), channels), rate_hz
    raise _unfit("a WAVE file with a format and sound in it")


def write_wav(pcm: Pcm) -> bytes:
    """A file of our samples as they are."""
    form = _FORMAT.pack(_PCM, 1, RATE_HZ, RATE_HZ * SAMPLE_BYTES, SAMPLE_BYTES, 8 * SAMPLE_BYTES)
    return _file(form, pcm)


def write_ulaw(pcm: Pcm) -> bytes:
    """A file of half the size, in mu-law (G.711): what a telephone makes of it anyway."""
    form = _FORMAT.pack(_ULAW, 1, RATE_HZ, RATE_HZ, 1, 8) + b"\0\0"
    return _file(form, to_ulaw(pcm))


def to_ulaw(pcm: Pcm) -> bytes:
    """G.711: 14 bits of a sample by their logarithm in 8."""
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.int32)
    size = np.minimum(np.abs(samples), 32_635) + 132
    segment = np.floor(np.log2(size)).astype(np.int32) - 7
    code = (segment << 4) | ((size >> (segment + 3)) & 0x0F)
    sign = np.where(samples < 0, 0x80, 0)
    found: NDArray[np.uint8] = (~(code | sign) & 0xFF).astype(np.uint8)
    return found.tobytes()


def _file(form: bytes, sound: bytes) -> bytes:
    filling = bytes(len(sound) % 2)
    body = _CHUNK.pack(b"fmt ", len(form)) + form + _CHUNK.pack(b"data", len(sound)) + sound + filling
    return _HEAD.pack(b"RIFF", len(body) + 4, b"WAVE") + body


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    if len(content) < _HEAD.size or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise _unfit("a WAVE file")
    at = _HEAD.size
    while at + _CHUNK.size <= len(content):
        name, size = _CHUNK.unpack_from(content, at)
        at += _CHUNK.size
        yield name, content[at : at + size]  # one that was streamed says a size that it does not have
        at += size + size % 2


def _decoded(kind: int, bits: int, body: bytes) -> Samples:
    match kind, bits:
        case (1, 8):
            found = (np.frombuffer(body, dtype=np.uint8).astype(np.float32) - 128) / 128
        case (1, 16):
            found = np.frombuffer(body[: len(body) // 2 * 2], dtype="<i2") / 32_768
        case (1, 24):
            found = _wide(np.frombuffer(body[: len(body) // 3 * 3], dtype=np.uint8)) / 2**31
        case (1, 32):
            found = np.frombuffer(body[: len(body) // 4 * 4], dtype="<i4") / 2**31
        case (3, 32):
            found = np.nan_to_num(np.frombuffer(body[: len(body) // 4 * 4], dtype="<f4"))
        case (6, 8):
            found = _alaw(np.frombuffer(body, dtype=np.uint8)) / 32_768
        case (7, 8):
            found = _ulaw(np.frombuffer(body, dtype=np.uint8)) / 32_768
        case _:
            raise _unfit("PCM of 8, 16, 24 or 32 bits, floats, A-law or mu-law")
    return np.clip(found, -1, 1).astype(np.float32)


def _wide(found: NDArray[np.uint8]) -> NDArray[np.int32]:
    """24 bits in the upper part of 32."""
    padded = np.zeros((len(found) // 3, 4), dtype=np.uint8)
    padded[:, 1:] = found.reshape(-1, 3)
    return padded.view("<i4").reshape(-1)


def _ulaw(found: NDArray[np.uint8]) -> NDArray[np.int32]:
    code = ~found.astype(np.int32) & 0xFF
    size = (((code & 0x0F) << 3) + 132 << ((code & 0x70) >> 4)) - 132
    return np.where(code & 0x80, -size, size)


def _alaw(found: NDArray[np.uint8]) -> NDArray[np.int32]:
    code = found.astype(np.int32) ^ 0x55
    segment, low = (code & 0x70) >> 4, ((code & 0x0F) << 4) + 8
    size = np.where(segment == 0, low, (low + 0x100) << np.maximum(segment - 1, 0))
    return np.where(code & 0x80, size, -size)


def _mixed(found: Samples, channels: int) -> Samples:
    whole = found[: len(found) // channels * channels]
    mixed: Samples = whole.reshape(-1, channels).mean(axis=1).astype(np.float32)
    return mixed


def _unfit(expected: str) -> SpeechFailed:
    return SpeechFailed(f"expected {expected}", code="unable")
