"""What is kept of a call's sound leaves the disk room for the record."""

from collections.abc import Callable
from typing import Any, cast

import pytest

from adapters.phone.keeping import FREE_MIN_BYTES, Keeping
from gateway.core.files import Files
from gateway.core.ids import ChannelName, FileId, Thread
from gateway.core.parts import FileRef


class Kept:
    """Keeps names alone."""

    def __init__(self) -> None:
        self.names: list[str] = []

    async def keep(self, content: bytes, *, name: str, mime: str, owner: str) -> FileRef:
        self.names.append(name)
        return FileRef(id=FileId("F1"), name=name, mime=mime, size_bytes=len(content), sha256="0" * 64)


@pytest.mark.parametrize(("free", "kept"), [(FREE_MIN_BYTES, ["message", "call", "words"]), (FREE_MIN_BYTES - 1, [])])
async def test_callers_never_take_the_last_of_the_disk(free: int, kept: list[str]) -> None:
    files, name = Kept(), cast("Callable[[str], str]", str)
    keeping = Keeping(ChannelName("hotline"), cast("Files", cast("Any", files)), None, name, lambda: free)
    found = [
        (await keeping.message(Thread("t"), b"\0\0" * 800, "en")).file,
        await keeping.recording(Thread("t"), b"\0\0" * 800),
        await keeping.words(Thread("t"), b"\0\0" * 800),
    ]
    assert ([file.name for file in found if file], files.names) == (kept, kept)
