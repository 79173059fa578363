"""Files on disk, so that what was reported as kept is there after a power cut."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO


def create(path: Path) -> BinaryIO:
    """A new file for its owner's eyes only; it must not be there yet."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def flush(file: BinaryIO) -> None:
    """What was written is on disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """A new name survives a power cut only once its folder is on disk too."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def folder_made(folder: Path) -> Path:
    """The folder, made if it is not there, and then known to its own folder for good."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        sync_folder(folder.parent)
    return folder


def write_whole(path: Path, pieces: Iterable[bytes], aside: Path) -> None:
    """A file that is whole or not there: written aside, flushed, renamed, and its name flushed too."""
    incoming = aside / secrets.token_hex(16)
    try:
        with create(incoming) as file:
            file.writelines(pieces)
            flush(file)
        incoming.replace(path)
    finally:
        incoming.unlink(missing_ok=True)
    sync_folder(path.parent)
