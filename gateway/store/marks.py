"""What channels note under keys of their own."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.core.ids import ChannelName
from gateway.store.rows import micros
from gateway.store.steps import Fetch, Steps, Write

KEY_MAX_CHARS = 256
"""A longer one stands under its hash: anybody may write a Message-ID of 60 KB, and an index takes no such key."""
_MARKS = "SELECT key, value FROM mark WHERE channel = ? AND kind = ? AND key = ANY(?)"
_MARK = (
    "INSERT INTO mark (channel, kind, key, value, at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (channel, kind, key) DO UPDATE SET value = excluded.value, at = excluded.at"
)
_UNMARK = "DELETE FROM mark WHERE channel = ? AND kind = ? AND key = ?"
_OLD = "SELECT key FROM mark WHERE channel = ? AND kind = ? AND at < ? ORDER BY at LIMIT ?"
_FORGET = f"{_UNMARK} AND at < ?"
"""What has been noted anew meanwhile stays."""


def marks(channel: ChannelName, kind: str, keys: Sequence[str]) -> Steps[dict[str, str]]:
    """What is noted under these keys."""
    asked = {stored(key): key for key in keys}
    return {asked[key]: str(value) for key, value in (yield Fetch(_MARKS, (channel, kind, list(asked))))}


def mark(channel: ChannelName, kind: str, values: Mapping[str, str], at: datetime) -> Steps[None]:
    """Note these, in the order of their keys: two writers can't wait for each other."""
    yield Write(_MARK, [(channel, kind, key, value, micros(at)) for key, value in sorted((stored(key), values[key]) for key in values)])


def unmark(channel: ChannelName, kind: str, keys: Sequence[str]) -> Steps[None]:
    """Forget these."""
    yield Write(_UNMARK, [(channel, kind, key) for key in sorted(map(stored, keys))])


def drop_marks(channel: ChannelName, kind: str, before: datetime, limit: int) -> Steps[int]:
    """Forget the oldest ones from before this moment; how many."""
    rows = yield Fetch(_OLD, (channel, kind, micros(before), limit))
    yield Write(_FORGET, [(channel, kind, key, micros(before)) for key in sorted(key for (key,) in rows)])
    return len(rows)


def stored(key: str) -> str:
    """The key as both engines can keep it, whatever was in it."""
    if len(key) <= KEY_MAX_CHARS and key.isprintable():
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
