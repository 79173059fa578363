"""A knowledge base as data: entries in the contract's keys, with digests that tell what differs, and the form in which they are kept. Pure.

May take seconds for tens of thousands of entries: not for the loop.
"""

import hashlib
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from bot import Entry
from bot.formats import Source
from bot.knowledge import parse
from bot.writing import record
from config.problems import ConfigError, Problem
from gateway.core.ids import EntryId

TEXT_MAX_BYTES = 64 * 1024 * 1024
"""Of all entries as JSON lines."""
KEPT_MAX_BYTES = 16 * 1024 * 1024
"""Of the same, compressed: one row of the record."""

Record = Mapping[str, Any]
"""An entry in the contract's keys, without those at their defaults."""

_encode = msgspec.json.Encoder(order="sorted").encode


class Contents(Struct, frozen=True):
    """All entries of one state of the knowledge base, in their owner's order."""

    entries: tuple[Entry, ...]
    records: Mapping[EntryId, Record]
    digests: Mapping[EntryId, str]
    """Of each entry: equal ones have the same."""
    digest: str
    """Of them all, and their order."""


class Difference(Struct, frozen=True):
    """What one state has that another had not, by the ids of entries."""

    added: tuple[EntryId, ...]
    changed: tuple[EntryId, ...]
    dropped: tuple[EntryId, ...]


def digest_of(entry: Record) -> str:
    """What stands for an entry's content."""
    return hashlib.sha256(_encode(entry)).hexdigest()[:32]


def contents_of(entries: Iterable[Entry], like: Contents | None = None) -> Contents:
    """Entries that have been read, with everything that is told from them. `like`: contents that share most of them: quicker."""
    every = tuple(entries)
    same = {entry.id: entry for entry in like.entries} if like else {}
    records, digests = {}, {}
    for entry in every:
        is_known = like is not None and same.get(entry.id) is entry
        records[entry.id] = like.records[entry.id] if like is not None and is_known else record(entry)
        digests[entry.id] = like.digests[entry.id] if like is not None and is_known else digest_of(records[entry.id])
    return Contents(every, records, digests, hashlib.sha256("\n".join(digests.values()).encode()).hexdigest()[:32])


def packed(contents: Contents) -> bytes:
    """The entries as the record keeps them. Raises ConfigError where they are too much for it."""
    text = b"\n".join(map(_encode, contents.records.values()))
    kept = zlib.compress(text, 6) if len(text) <= TEXT_MAX_BYTES else b""
    if not kept or len(kept) > KEPT_MAX_BYTES:
        raise ConfigError([Problem("knowledge base", f"expected at most {TEXT_MAX_BYTES} bytes of entries, found {len(text)}")])
    return kept


def unpacked(kept: bytes, name: str) -> Contents:
    """The entries again. Raises ConfigError where they can't be read (any more); `name` is what it calls them."""
    unpacking = zlib.decompressobj()
    try:
        text = unpacking.decompress(kept, TEXT_MAX_BYTES).decode()
        is_whole = unpacking.eof
    except (zlib.error, UnicodeDecodeError):
        text, is_whole = "", False
    if not is_whole:
        raise ConfigError([Problem(name, "expected entries as they were published, found something else")])
    entries, problems = parse([Source(f"{name}.jsonl", text)])
    if problems:
        raise ConfigError(problems)
    return contents_of(entries)


def difference(before: Contents, after: Contents) -> Difference:
    """What is different in `after`."""
    both = [entry_id for entry_id in after.digests if entry_id in before.digests]
    return Difference(
        added=tuple(entry_id for entry_id in after.digests if entry_id not in before.digests),
        changed=tuple(entry_id for entry_id in both if after.digests[entry_id] != before.digests[entry_id]),
        dropped=tuple(entry_id for entry_id in before.digests if entry_id not in after.digests),
    )


def languages_of(entry: Record) -> Sequence[str]:
    """The tags of the languages that it is answered in."""
    return sorted(entry.get("answer", {}))
