"""Reads a knowledge base from disk: a folder of YAML, JSON lines and CSV files, or one of them."""

import contextlib
import threading
from pathlib import Path

from bot import Entry
from bot.formats import SUFFIXES, Source
from bot.knowledge import parse
from config.problems import ConfigError, Problem
from gateway.contents import Contents, contents_of

SAMPLE = Path(__file__).resolve().parent.parent / "config" / "knowledge"
FILE_MAX_BYTES = 32 * 1024 * 1024
FILES_MAX_COUNT = 1_000


def load_knowledge(path: str | Path) -> tuple[Entry, ...]:
    """All entries below `path` ("" is the sample knowledge base). Raises ConfigError with every problem: file, line, entry, expected."""
    root = Path(path) if path and str(path) else SAMPLE
    files, problems = _files(root)
    sources = []
    for file in files:
        source = _read(file, root)
        if isinstance(source, Problem):
            problems.append(source)
        else:
            sources.append(source)
    entries, found = parse(sources)
    problems += found
    if not problems and not entries:
        problems.append(Problem(str(root), "expected at least one entry, found none"))
    if problems:
        raise ConfigError(problems)
    return entries


class KnowledgeFiles:
    """The files of `[bot] knowledge`, read when they have changed. For threads: reading and understanding take their time."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path) if path and str(path) else SAMPLE
        self._known: tuple[object, Contents] | None = None
        self._lock = threading.Lock()

    def contents(self) -> Contents:
        """What they say now. Raises ConfigError with every problem."""
        with self._lock:
            look = self._look()
            if self._known is None or self._known[0] != look:
                self._known = look, contents_of(load_knowledge(self.path))
            return self._known[1]

    def _look(self) -> object:
        """What tells that a file is another one, without opening it."""
        files, _ = _files(self.path)
        with contextlib.suppress(OSError):
            return [(str(file), stat.st_mtime_ns, stat.st_size, stat.st_ino) for file in files for stat in (file.stat(),)]
        return object()


def _files(root: Path) -> tuple[list[Path], list[Problem]]:
    if root.is_file():
        if root.suffix.lower() in SUFFIXES:
            return [root], []
        return [], [Problem(str(root), f"expected a file that ends in {', '.join(SUFFIXES)}")]
    if not root.is_dir():
        return [], [Problem(str(root), "expected a file or a folder, found neither")]
    files = sorted(file for file in root.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file() and not _is_hidden(file, root))
    if len(files) > FILES_MAX_COUNT:
        return [], [Problem(str(root), f"expected at most {FILES_MAX_COUNT} files, found {len(files)}")]
    return files, []


def _is_hidden(file: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(root).parts)


def _read(file: Path, root: Path) -> Source | Problem:
    name = str(file.relative_to(root)) if file != root else file.name
    try:
        if file.stat().st_size > FILE_MAX_BYTES:
            return Problem(name, f"expected at most {FILE_MAX_BYTES} bytes, found {file.stat().st_size}")
        return Source(name, file.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = file.read_bytes()[: error.start].count(b"\n") + 1
        return Problem(f"{name}:{line}", "expected text in UTF-8, found other bytes: save the file as UTF-8")
    except OSError as error:
        return Problem(name, f"expected a file that can be read, found: {error.strerror}")
