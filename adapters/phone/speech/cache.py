"""Speech that was made before: all of it in memory for a while, and on disk what is the same for every caller.

What is said to one caller alone (their order, their name) never gets to the disk: who asks to be forgotten is forgotten.
"""

import asyncio
import contextlib
import hashlib
import logging
import os
import threading
import zlib
from collections import OrderedDict
from pathlib import Path

from adapters.phone.audio import SAMPLE_BYTES, Pcm

log = logging.getLogger(__name__)

MEMORY_MAX_BYTES = 24 * 1024 * 1024
"""25 minutes of speech."""
DISK_MAX_BYTES = 256 * 1024 * 1024
FILE_MAX_BYTES = 4 * 1024 * 1024
LOOKED_OVER_EVERY_COUNT = 200
"""So many new files, then what has not been used for longest goes."""
_MADE = b"FDP1"
_HEAD_BYTES = len(_MADE) + 4


def speech_key(*parts: str) -> str:
    """The name of some speech: who speaks, how, in which language, and the words."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


class SpeechCache:
    """Safe to lose, safe to cut off in the middle: what is no good is as good as not there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory: OrderedDict[str, Pcm] = OrderedDict()
        self._size_bytes = 0
        self._written_count = 0
        self._is_told = False

    def remembered(self, key: str) -> Pcm | None:
        """Out of memory, at once."""
        found = self._memory.get(key)
        if found is not None:
            self._memory.move_to_end(key)
        return found

    async def kept(self, key: str) -> Pcm | None:
        """From the disk."""
        found = await asyncio.to_thread(self._read, key)
        if found is not None:
            self.remember(key, found)
        return found

    def remember(self, key: str, pcm: Pcm) -> None:
        before = self._memory.pop(key, b"")
        self._memory[key] = pcm
        self._size_bytes += len(pcm) - len(before)
        while self._size_bytes > MEMORY_MAX_BYTES and self._memory:
            self._size_bytes -= len(self._memory.popitem(last=False)[1])

    async def keep(self, key: str, pcm: Pcm) -> None:
        """On the disk too, where that takes it."""
        self.remember(key, pcm)
        await asyncio.to_thread(self._write, key, pcm)

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}.pcm"

    def _read(self, key: str) -> Pcm | None:
        path = self._path(key)
        try:
            content = path.read_bytes() if path.stat().st_size <= FILE_MAX_BYTES else b""
            os.utime(path)  # used today
        except OSError:
            return None
        pcm = content[_HEAD_BYTES:]
        is_whole = content[:_HEAD_BYTES] == _MADE + zlib.crc32(pcm).to_bytes(4, "big") and len(pcm) % SAMPLE_BYTES == 0
        return pcm if pcm and is_whole else None

    def _write(self, key: str, pcm: Pcm) -> None:
        path = self._path(key)
        half = path.with_suffix(f".{os.getpid()}-{threading.get_ident()}")  # two channels may keep the same words at once
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            half.write_bytes(_MADE + zlib.crc32(pcm).to_bytes(4, "big") + pcm)
            half.replace(path)
        except OSError as error:
            if not self._is_told:
                self._is_told = True
                log.warning("speech can't be kept on disk: it is made again", extra={"error": error.strerror})
            with contextlib.suppress(OSError):
                half.unlink()
            return
        self._written_count += 1
        if self._written_count % LOOKED_OVER_EVERY_COUNT == 1:
            tidy(self._folder, DISK_MAX_BYTES)


def tidy(folder: Path, most_bytes: int) -> None:
    """Deletes what was used longest ago, until the rest is small enough."""
    found: list[tuple[float, int, Path]] = []
    for path in folder.glob("??/*"):
        with contextlib.suppress(OSError):
            about = path.stat()
            found.append((about.st_mtime, about.st_size, path))
    left_bytes = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        if left_bytes <= most_bytes:
            return
        with contextlib.suppress(OSError):
            path.unlink()
        left_bytes -= size
