"""Where in a TOML file a key stands: tomllib does not say, and an operator wants the line."""

import contextlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]
NAMED_SECTIONS = ("queues", "hours", "channels")
"""Sections whose second word is a name that the operator chose."""

_HEADER = re.compile(r"\s*\[(?!\[)(?P<key>[^\]]+)\]")
_KEY = re.compile(r"""\s*(?P<key>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")


class Places:
    """The places of one file's keys."""

    def __init__(self, file_name: str, text: str = "") -> None:
        self._file_name = file_name
        self._lines: dict[Path, int] = {}
        for number, path in _keys(text):
            for length in range(1, len(path) + 1):
                self._lines.setdefault(path[:length], number)

    def where(self, path: Path) -> str:
        """`frontdesk.toml:12: [channels.site] origins`: the file, the line of the key or of what holds it, the section and the key."""
        depth = 2 if path[0] in NAMED_SECTIONS else 1
        return " ".join(filter(None, (f"{self.file(path)}:", f"[{'.'.join(path[:depth])}]", ".".join(path[depth:]))))

    def file(self, path: Path) -> str:
        """`frontdesk.toml:12`, or without a number where the line is not known."""
        known = (self._lines.get(path[:length]) for length in range(len(path), 0, -1))
        line = next(filter(None, known), None)
        return f"{self._file_name}:{line}" if line else self._file_name


def _keys(text: str) -> Iterator[tuple[int, Path]]:
    """(line, path) of each header and each `key =` at a line's beginning. The first of a kind counts."""
    section: Path = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            section = _parts(f"[{header['key']}]")
            yield number, section
        elif key := _KEY.match(line):
            yield number, section + _parts(f"{key['key']} = 0")


def _parts(line: str) -> Path:
    """The key of one line, its quotes and dots understood by the TOML parser itself."""
    found: list[str] = []
    with contextlib.suppress(tomllib.TOMLDecodeError):
        inner: Any = tomllib.loads(line)
        while isinstance(inner, Mapping) and inner:
            name, inner = next(iter(inner.items()))
            found.append(name)
    return tuple(found)
