"""Where uploads and mails as they came live, by content hash."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from msgspec import Struct

from gateway.core.ids import ChannelName, FileId, Thread
from gateway.core.parts import FileRef


class StoredFile(Struct, frozen=True):
    """A file, and whose it is: `file_owner` of the conversation that it belongs to."""

    ref: FileRef
    owner: str


def file_owner(channel: ChannelName, thread: Thread) -> str:
    """The owner of a conversation's files, whoever of the two sides sent them."""
    return f"{channel}/{thread}"


ANY_TYPE = "*/*"
"""Among the types that `Files.put` allows: whatever is no program; what is not recognised is `application/octet-stream`."""


class ToKeep(Struct, frozen=True, kw_only=True):
    """Something of a type that the caller knows and no customer may choose: a mail as it came."""

    content: bytes
    name: str
    mime: str
    owner: str


class Files(Protocol):
    """Where uploads live, by content hash."""

    async def put(
        self, chunks: AsyncIterator[bytes], *, name: str, max_bytes: int, allowed: Sequence[str], owner: str = ""
    ) -> Mapping[str, Any]:
        """Store a stream, durably on return. Raises TooLarge, BadInput (the sniffed type is not allowed) or Busy: then nothing is kept.

        Returns FileRef's fields.
        """
        ...

    async def keep(self, content: bytes, *, name: str, mime: str, owner: str) -> FileRef:
        """`keep_many` of one."""
        ...

    async def keep_many(self, items: Sequence[ToKeep]) -> list[FileRef]:
        """Store these, durably on return, in one go: what costs is the disk's word for each call, not what lies in it.

        The very same items get the same ids again and are written once, so a batch that is repeated costs nothing; an item that comes again
        in other company may get another id. Raises Busy: then nothing is kept.
        """
        ...

    async def get(self, file_id: FileId) -> StoredFile:
        """What an id stands for. Raises NotFound."""
        ...

    def read(self, ref: FileRef) -> AsyncIterator[bytes]:
        """The content, in pieces; iterating raises NotFound where it is gone."""
        ...


class Archive(Files, Protocol):
    """The same for whoever may delete."""

    async def drop(self, ref: FileRef) -> bool:
        """Delete what was kept by itself (`keep`), for good; gone already is well. False: it lies with others, or was uploaded."""
        ...
