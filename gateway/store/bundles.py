"""Contents that come many at a time (the mails of a batch), kept together in one file: two words of the disk for all of them.

    FOLDER/kept/K/K7Q2...            an index, then the contents one behind the other

A file's id is the name of its bundle and a digest of its own, so that nothing has to be looked up or kept in step: while an id is known
to anybody, its bundle is whole and on disk. A bundle is never changed. What is in it can't be guessed from outside, and its name follows
from what is in it: the same batch again finds it there.
"""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from gateway.core.errors import NotFound
from gateway.core.files import StoredFile, ToKeep
from gateway.core.ids import FileId
from gateway.core.parts import FileRef
from gateway.store import disk

TOGETHER_MAX_BYTES = 64 * 1024
"""What is larger has a bundle of its own: the disk's word costs little beside it, and it is written once whatever it comes with."""
_ID = re.compile(r"[A-Za-z0-9_-]{32}\Z")
_NAME_CHARS = 16
_NAME_BYTES = 12
_INDEX = msgspec.json.Decoder(list[StoredFile])
_LENGTH_BYTES = 4


class Place(Struct, frozen=True):
    """Where a content lies."""

    stored: StoredFile
    path: Path
    offset: int


class Bundles:
    """All bundles of one folder. Blocks; may be used by any number of threads and processes at once."""

    def __init__(self, folder: Path, aside: Path) -> None:
        """`aside` is where what is not whole yet is written: on the same file system, swept by somebody else."""
        self._folder = folder
        self._aside = aside

    def keep(self, items: Sequence[ToKeep]) -> list[FileRef]:
        """On disk when this returns. Raises OSError: then what was not on disk before is not known to anybody."""
        digests = [hashlib.sha256(item.content).hexdigest() for item in items]
        small = [place for place, item in enumerate(items) if len(item.content) <= TOGETHER_MAX_BYTES]
        alone = [[place] for place, item in enumerate(items) if len(item.content) > TOGETHER_MAX_BYTES]
        refs: dict[int, FileRef] = {}
        for places in filter(None, [small, *alone]):
            kept = self._bundled([items[place] for place in places], [digests[place] for place in places])
            refs.update(zip(places, kept, strict=True))
        return [refs[place] for place in range(len(items))]

    def find(self, file_id: FileId) -> Place:
        """Raises NotFound."""
        if not _ID.match(file_id):
            raise NotFound("there is no such file")
        path = self._path(file_id[:_NAME_CHARS])
        try:
            with path.open("rb") as file:
                stored, offset = _index(file)
        except (FileNotFoundError, msgspec.MsgspecError):
            raise NotFound("there is no such file") from None
        for one in stored:
            if one.ref.id == file_id:
                return Place(one, path, offset)
            offset += one.ref.size_bytes
        raise NotFound("there is no such file")

    def drop(self, file_id: FileId) -> bool:
        """Delete a bundle that holds this alone; False: it holds others, too. One that is gone is gone."""
        try:
            path = self.find(file_id).path
        except NotFound:
            return True
        with path.open("rb") as file:
            stored, _ = _index(file)
        if len(stored) > 1:
            return False
        path.unlink(missing_ok=True)
        disk.sync_folder(path.parent)
        return True

    def _bundled(self, items: Sequence[ToKeep], digests: Sequence[str]) -> list[FileRef]:
        name = _digest(*(word for item, digest in zip(items, digests, strict=True) for word in (item.owner, item.name, item.mime, digest)))
        refs = [_ref(name, item, digest) for item, digest in zip(items, digests, strict=True)]
        path = self._path(name)
        folder = disk.folder_made(path.parent)
        if path.exists():
            disk.sync_folder(folder)  # whoever renamed it may have died before this
        else:
            disk.write_whole(path, _pieces(items, refs), self._aside)
        return refs

    def _path(self, name: str) -> Path:
        return self._folder / name[0] / name  # few folders: to make one costs a word of the disk, too


def _pieces(items: Sequence[ToKeep], refs: Sequence[FileRef]) -> Iterator[bytes]:
    each = {ref.id: (StoredFile(ref, item.owner), item.content) for item, ref in zip(items, refs, strict=True)}
    index = msgspec.json.encode([stored for stored, _ in each.values()])
    yield len(index).to_bytes(_LENGTH_BYTES)
    yield index
    yield from (content for _, content in each.values())


def _index(file: BinaryIO) -> tuple[list[StoredFile], int]:
    """What lies in a bundle, and where the first of it begins."""
    length = int.from_bytes(file.read(_LENGTH_BYTES))
    return _INDEX.decode(file.read(length)), _LENGTH_BYTES + length


def _ref(bundle: str, item: ToKeep, digest: str) -> FileRef:
    file_id = FileId(bundle + _digest(item.owner, item.name, item.mime, digest))
    return FileRef(id=file_id, name=item.name, mime=item.mime, size_bytes=len(item.content), sha256=digest)


def _digest(*words: str) -> str:
    """16 characters that an id may hold."""
    whole = hashlib.sha256("\n".join(words).encode()).digest()
    return urlsafe_b64encode(whole[:_NAME_BYTES]).decode()
