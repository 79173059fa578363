"""A recording of both sides of a call, growing in a file: 8 kHz, 16 bit, mixed."""

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import numpy as np

from adapters.phone.audio import BYTES_PER_S, SAMPLE_BYTES, Pcm

LATE_S = 0.5
"""So late the sound of a moment may still come; what is older is mixed and written."""
WRITE_BYTES = BYTES_PER_S
"""As much at once."""


class Recording:
    """Where each side's sound stands on one clock: what comes is placed at now, and gaps are silence."""

    def __init__(self, path: Path, writer: Executor, now: Callable[[], float], max_s: float) -> None:
        self._file = path.open("wb")
        self.path = path
        self._writer = writer
        self._now = now
        self._started_at = now()
        self._max_bytes = int(max_s) * BYTES_PER_S
        self._written_bytes = 0
        self._sides = (bytearray(), bytearray())

    def heard(self, pcm: Pcm) -> None:
        """By us, from the caller."""
        self._place(self._sides[0], pcm)

    def said(self, pcm: Pcm) -> None:
        """To the caller."""
        self._place(self._sides[1], pcm)

    def grow(self) -> None:
        """Write what is old enough."""
        ready = self._position() - int(LATE_S * BYTES_PER_S) - self._written_bytes
        if ready >= WRITE_BYTES:
            self._write(ready // SAMPLE_BYTES * SAMPLE_BYTES)

    def close(self) -> None:
        """The rest; the file is whole once the writer has done its work."""
        self._write(max(map(len, self._sides)))
        self._writer.submit(self._file.close)

    def _position(self) -> int:
        """Now, in bytes from the beginning."""
        samples = int((self._now() - self._started_at) * BYTES_PER_S) // SAMPLE_BYTES
        return min(samples * SAMPLE_BYTES, self._max_bytes)

    def _place(self, side: bytearray, pcm: Pcm) -> None:
        """At its end; behind a gap where it lags, for then nothing came for a while."""
        if not pcm:
            return
        behind = self._position() - self._written_bytes - len(side) - len(pcm)
        if behind > LATE_S * BYTES_PER_S / 2:
            side += bytes(behind)
        room = self._max_bytes - self._written_bytes - len(side)
        side += pcm[: max(0, room)]

    def _write(self, size_bytes: int) -> None:
        parts = [bytes(side[:size_bytes]).ljust(size_bytes, b"\0") for side in self._sides]
        for side in self._sides:
            del side[:size_bytes]
        self._written_bytes += size_bytes
        if size_bytes:
            self._writer.submit(self._file.write, mix(*parts))


def mix(one: Pcm, other: Pcm) -> Pcm:
    """Both at once, cut where they are too loud together."""
    both = np.frombuffer(one, "<i2").astype(np.int32) + np.frombuffer(other, "<i2")
    return bytes(np.clip(both, -32_768, 32_767).astype("<i2").tobytes())
