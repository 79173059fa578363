"""What took long to make, kept beside the data by what it was made from: losing it costs time, nothing else.

Files are whole or not there: written aside and renamed, with their digest before them, so that one that a power cut has torn is made anew.
"""

import contextlib
import hashlib
import os
import re
import secrets
from pathlib import Path

FILES_MAX_COUNT = 12
TOTAL_MAX_BYTES = 1024 * 1024 * 1024
_DIGEST_BYTES = 32
_KEY = re.compile(r"[0-9a-f]{16,64}")
_SUFFIX = ".made"
_LEFT_OVER_S = 3_600.0


class Cache:
    """A folder of such files. Blocks: for threads and commands."""

    def __init__(self, folder: Path, *, total_max_bytes: int = TOTAL_MAX_BYTES) -> None:
        self._folder = folder
        self._total_max_bytes = total_max_bytes

    def path(self, key: str) -> Path:
        """Where the file of a key is; a key is 16 to 64 hexadecimal digits."""
        if not _KEY.fullmatch(key):
            raise ValueError("a key of hexadecimal digits was expected")
        return self._folder / f"{key}{_SUFFIX}"

    def get(self, key: str) -> bytes | None:
        """What is kept; None where there is nothing, or nothing whole. What is used counts as new."""
        path = self.path(key)
        try:
            content = path.read_bytes()
        except OSError:
            return None
        made = content[_DIGEST_BYTES:]
        if hashlib.sha256(made).digest() != content[:_DIGEST_BYTES]:
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return made

    def put(self, key: str, made: bytes) -> None:
        """Keep it, and let the oldest go where there is too much. Raises OSError where the disk takes nothing."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self.path(key)
        aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
        try:
            with aside.open("wb") as file:
                file.write(hashlib.sha256(made).digest())
                file.write(made)
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                aside.unlink()
            raise
        self._trim(path)

    def _trim(self, newest: Path) -> None:
        """The newest stay, this one in any case; what a writer left behind that died goes too."""
        found = sorted(self._stats(f"*{_SUFFIX}"), reverse=True)
        total = 0
        for place, (_, size, path) in enumerate(found):
            total += size
            if path != newest and (place >= FILES_MAX_COUNT or total > self._total_max_bytes):
                with contextlib.suppress(OSError):
                    path.unlink()
        limit = max((changed_s for changed_s, _, _ in found), default=0.0) - _LEFT_OVER_S
        for changed_s, _, path in self._stats("*.tmp"):
            if changed_s < limit:
                with contextlib.suppress(OSError):
                    path.unlink()

    def _stats(self, pattern: str) -> list[tuple[float, int, Path]]:
        found = []
        for path in self._folder.glob(pattern):
            with contextlib.suppress(OSError):
                stat = path.stat()
                found.append((stat.st_mtime, stat.st_size, path))
        return found
