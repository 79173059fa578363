"""Uploads on this machine's disk, by content hash: the same bytes are kept once, and a file is on disk before anybody is told its id.

    FOLDER/bytes/ab/abcdef...        the content, named by its SHA-256
    FOLDER/names/K7/K7Q2...json      what a file id stands for: its FileRef and its owner
    FOLDER/kept/K/K7Q2...            what came together and is kept together: see bundles.py
    FOLDER/incoming/                 uploads under way; whatever a crash left there is swept at the next start

Processes on several machines share the folder by a network file system, or keep web chat's uploads on one of them.
"""

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from config.problems import ConfigError, Problem
from gateway.core.errors import BadInput, Busy, NotFound, TooLarge
from gateway.core.files import StoredFile, ToKeep
from gateway.core.ids import FileId
from gateway.core.parts import FileRef
from gateway.store.bundles import Bundles
from gateway.store.disk import create, flush, folder_made, sync_folder
from gateway.store.sniffing import CHUNK_BYTES, SNIFF_BYTES, checked_mime, is_text

WHOLE_MAX_BYTES = 256 * 1024
"""What is no larger is held in memory until it is there."""
NAME_MAX_CHARS = 120
_ABANDONED_S = 3600
"""Another process of ours may be writing what is younger."""
_ID = re.compile(r"[A-Za-z0-9_-]{32}\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069/\\]")
"""What has no place in a file's name: controls, marks that turn the reading direction, separators of folders."""


def open_files(folder: Path) -> "LocalFiles":
    """The file store in this folder, made if it is not there; what a crash left behind is swept. For the start: it blocks for a moment.

    Raises ConfigError where the folder can't be made.
    """
    try:
        for name in ("bytes", "names", "kept", "incoming"):
            (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ConfigError(
            [Problem("[gateway] data_dir", f"expected a folder that can be written: {error.strerror}: {error.filename}")]
        ) from None
    for path in (folder / "incoming").iterdir():
        if path.stat().st_mtime < time.time() - _ABANDONED_S:
            path.unlink(missing_ok=True)
    return LocalFiles(folder)


class LocalFiles:
    """The file store of one machine."""

    def __init__(self, folder: Path, *, new_id: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> None:
        self._folder = folder
        self._new_id = new_id
        self._bundles = Bundles(folder / "kept", folder / "incoming")

    async def put(
        self, chunks: AsyncIterator[bytes], *, name: str, max_bytes: int, allowed: Sequence[str], owner: str = ""
    ) -> Mapping[str, Any]:
        """Store a stream. Raises TooLarge, BadInput (the sniffed type is not allowed), Busy (the disk is full): then nothing is kept."""
        fields = {"id": FileId(self._new_id()), "name": clean_name(name)}
        try:
            first, is_whole = await _first(chunks, max_bytes)
            if is_whole:
                ref = await asyncio.to_thread(self._put_whole, first, fields, allowed, owner)
            else:
                ref = await self._put_stream(first, chunks, fields, max_bytes, allowed, owner)
        except ConnectionError:
            raise  # the sender has gone
        except OSError as error:
            raise Busy("the file store", 30) from error
        return msgspec.structs.asdict(ref)

    async def keep(self, content: bytes, *, name: str, mime: str, owner: str) -> FileRef:
        """`keep_many` of one."""
        (ref,) = await self.keep_many([ToKeep(content=content, name=name, mime=mime, owner=owner)])
        return ref

    async def keep_many(self, items: Sequence[ToKeep]) -> list[FileRef]:
        """Store these in one go; the very same batch is written once. Raises Busy (the disk is full): then nothing is known of it."""
        if not items:
            return []
        named = [msgspec.structs.replace(item, name=clean_name(item.name)) for item in items]
        try:
            return await asyncio.to_thread(self._bundles.keep, named)
        except OSError as error:
            raise Busy("the file store", 30) from error

    async def drop(self, ref: FileRef) -> bool:
        """Delete what was kept by itself. False: it lies with others, or was uploaded. Raises Busy where the disk does not let it go."""
        try:
            return await asyncio.to_thread(self._dropped, ref.id)
        except OSError as error:
            raise Busy("the file store", 30) from error

    async def get(self, file_id: FileId) -> StoredFile:
        """What an id stands for. Raises NotFound."""
        if not _ID.match(file_id):
            raise NotFound("there is no such file")
        return await asyncio.to_thread(self._stored, file_id)

    async def read(self, ref: FileRef) -> AsyncIterator[bytes]:
        """The content, in pieces. Raises NotFound."""
        file, left = await asyncio.to_thread(self._opened, ref)
        try:
            while piece := await asyncio.to_thread(file.read, min(left, CHUNK_BYTES)):
                left -= len(piece)
                yield piece
        finally:
            file.close()

    # ---- on the disk -----------------------------------------------------------------------------------------------------------

    def _put_whole(self, content: bytes, fields: Mapping[str, Any], allowed: Sequence[str], owner: str) -> FileRef:
        """What fits into memory costs one thread's turn."""
        if not content:
            raise BadInput("empty_file", "a file with something in it")
        mime = checked_mime(content[:SNIFF_BYTES], lambda: is_text([content]), allowed)
        ref = FileRef(**fields, mime=mime, size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())
        incoming = self._incoming()
        try:
            with create(incoming) as file:
                file.write(content)
                flush(file)
            self._keep(incoming, StoredFile(ref, owner))
        finally:
            incoming.unlink(missing_ok=True)
        return ref

    async def _put_stream(
        self, first: bytes, chunks: AsyncIterator[bytes], fields: Mapping[str, Any], max_bytes: int, allowed: Sequence[str], owner: str
    ) -> FileRef:
        incoming = self._incoming()
        try:
            digest, size = await self._receive(first, chunks, incoming, max_bytes)
            mime = await asyncio.to_thread(checked_mime, first[:SNIFF_BYTES], partial(_is_text_file, incoming), allowed)
            ref = FileRef(**fields, mime=mime, size_bytes=size, sha256=digest)
            await asyncio.to_thread(self._keep, incoming, StoredFile(ref, owner))
        finally:
            await asyncio.to_thread(incoming.unlink, missing_ok=True)
        return ref

    async def _receive(self, first: bytes, chunks: AsyncIterator[bytes], path: Path, max_bytes: int) -> tuple[str, int]:
        """Write the stream to `path`, durably: (SHA-256, size)."""
        digest, size = hashlib.sha256(first), len(first)
        with await asyncio.to_thread(create, path) as file:
            await asyncio.to_thread(file.write, first)
            async for chunk in chunks:
                size += len(chunk)
                _check_size(size, max_bytes)
                digest.update(chunk)
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(flush, file)
        return digest.hexdigest(), size

    def _keep(self, incoming: Path, stored: StoredFile) -> None:
        content = self._bytes_path(stored.ref.sha256)
        folder_made(content.parent)
        incoming.replace(content)
        sync_folder(content.parent)
        self._write_name(stored)

    def _stored(self, file_id: FileId) -> StoredFile:
        try:
            return msgspec.json.decode(self._name_path(file_id).read_bytes(), type=StoredFile)
        except FileNotFoundError:
            return self._bundles.find(file_id).stored

    def _dropped(self, file_id: FileId) -> bool:
        return _ID.match(file_id) is not None and not self._name_path(file_id).exists() and self._bundles.drop(file_id)

    def _opened(self, ref: FileRef) -> tuple[BinaryIO, int]:
        """Where the content begins, and how long it is."""
        try:
            return self._bytes_path(ref.sha256).open("rb"), ref.size_bytes
        except FileNotFoundError:
            place = self._bundles.find(ref.id)
            file = place.path.open("rb")
            file.seek(place.offset)
            return file, place.stored.ref.size_bytes

    def _write_name(self, stored: StoredFile) -> None:
        path = self._name_path(stored.ref.id)
        folder_made(path.parent)
        with create(path) as file:
            file.write(msgspec.json.encode(stored))
            flush(file)
        sync_folder(path.parent)

    def _incoming(self) -> Path:
        return self._folder / "incoming" / secrets.token_hex(16)

    def _bytes_path(self, sha256: str) -> Path:
        return self._folder / "bytes" / sha256[:2] / sha256

    def _name_path(self, file_id: FileId) -> Path:
        return self._folder / "names" / file_id[:2] / f"{file_id}.json"


def clean_name(name: str) -> str:
    """A name fit to be shown and to be saved under: no folders, no controls, not too long."""
    cleaned = _CONTROL.sub("_", name.encode("utf-8", "replace").decode()).strip(" .")
    if len(cleaned) <= NAME_MAX_CHARS:
        return cleaned or "file"
    stem, dot, extension = cleaned.rpartition(".")
    if not dot or len(extension) > 10:
        return cleaned[:NAME_MAX_CHARS]
    return f"{stem[: NAME_MAX_CHARS - len(extension) - 1]}.{extension}"


async def _first(chunks: AsyncIterator[bytes], max_bytes: int) -> tuple[bytes, bool]:
    """What comes first of a stream, and whether that is all of it."""
    gathered = bytearray()
    async for chunk in chunks:
        gathered += chunk
        _check_size(len(gathered), max_bytes)
        if len(gathered) > WHOLE_MAX_BYTES:
            return bytes(gathered), False
    return bytes(gathered), True


def _check_size(size: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise TooLarge("file_too_large", f"a file of at most {max_bytes} bytes")


def _is_text_file(path: Path) -> bool:
    with path.open("rb") as file:
        return is_text(iter(partial(file.read, CHUNK_BYTES), b""))
