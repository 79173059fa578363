"""The raw mails that were kept, read again for whoever opens one; the last few stay in memory."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence

from adapters.email.parsing import enclosure
from adapters.email.parsing.reading import read
from adapters.email.words import Mail
from gateway.core.errors import NotFound, TooLarge
from gateway.core.files import Files
from gateway.core.ids import FileId

HELD_MAX_COUNT = 8
HELD_MAX_BYTES = 32 * 1024 * 1024
MAIL_MAX_BYTES = 100 * 1024 * 1024
AT_ONCE_COUNT = 1
"""A large mail takes many times its size while it is read, and keeps other threads waiting: the next one waits its turn."""
PIECE_BYTES = 64 * 1024


class Raws:
    """Reads the mails of one channel."""

    def __init__(self, files: Files, owner: str, ours: Sequence[str]) -> None:
        self._files = files
        self._owner = owner
        self._ours = tuple(ours)
        self._turns = asyncio.Semaphore(AT_ONCE_COUNT)
        self._held: OrderedDict[FileId, tuple[bytes, Mail]] = OrderedDict()

    async def opened(self, file_id: FileId) -> tuple[bytes, Mail]:
        """A mail's bytes, and what is in it. Raises NotFound."""
        held = self._held.get(file_id)
        if held is None:
            async with self._turns:
                held = self._held.get(file_id) or await self._read(file_id)
        if file_id in self._held:
            self._held.move_to_end(file_id)
        return held

    async def content(self, file_id: FileId, place: int) -> bytes:
        """What lies at a place of a mail. Raises NotFound, also for what is held back."""
        raw, mail = await self.opened(file_id)
        found = next((one for one in mail.enclosed if one.place == place), None)
        if found is None or found.is_held_back:
            raise NotFound("nothing that is given out lies there")
        async with self._turns:
            return await asyncio.to_thread(enclosure.content, raw, place)

    async def _read(self, file_id: FileId) -> tuple[bytes, Mail]:
        raw = await self._raw(file_id)
        held = raw, await asyncio.to_thread(read, raw, ours=self._ours)
        self._hold(file_id, held)
        return held

    async def _raw(self, file_id: FileId) -> bytes:
        stored = await self._files.get(file_id)
        if stored.owner != self._owner:
            raise NotFound("there is no such mail")
        return await whole(self._files.read(stored.ref), MAIL_MAX_BYTES)

    def _hold(self, file_id: FileId, held: tuple[bytes, Mail]) -> None:
        if len(held[0]) > HELD_MAX_BYTES:
            return
        self._held[file_id] = held
        while len(self._held) > HELD_MAX_COUNT or sum(len(raw) for raw, _ in self._held.values()) > HELD_MAX_BYTES:
            self._held.popitem(last=False)


async def whole(pieces: AsyncIterator[bytes], max_bytes: int) -> bytes:
    """All of a file. Raises TooLarge beyond a limit."""
    got = bytearray()
    async for piece in pieces:
        got += piece
        if len(got) > max_bytes:
            raise TooLarge("file_too_large", f"at most {max_bytes} bytes")
    return bytes(got)


async def pieces_of(content: bytes) -> AsyncIterator[bytes]:
    """In pieces, as files are handed on."""
    for start in range(0, len(content), PIECE_BYTES):
        yield content[start : start + PIECE_BYTES]
