"""What channels note under keys of their own."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from gateway.core.ids import ChannelName
from gateway.store.rows import micros
from gateway.store.steps import Fetch, Steps, Write

_MARKS = "SELECT key, value FROM mark WHERE channel = ? AND kind = ? AND key = ANY(?)"
_MARK = (
    "INSERT INTO mark (channel, kind, key, value, at) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (channel, kind, key) DO UPDATE SET value = excluded.value, at = excluded.at"
)
_UNMARK = "DELETE FROM mark WHERE channel = ? AND kind = ? AND key = ?"
_OLD = "SELECT key FROM mark WHERE channel = ? AND kind = ? AND at < ? ORDER BY at LIMIT ?"


def marks(channel: ChannelName, kind: str, keys: Sequence[str]) -> Steps[dict[str, str]]:
    """What is noted under these keys."""
    return {key: str(value) for key, value in (yield Fetch(_MARKS, (channel, kind, list(keys))))}


def mark(channel: ChannelName, kind: str, values: Mapping[str, str], at: datetime) -> Steps[None]:
    """Note these, in the order of their keys: two writers can't wait for each other."""
    yield Write(_MARK, [(channel, kind, key, values[key], micros(at)) for key in sorted(values)])


def unmark(channel: ChannelName, kind: str, keys: Sequence[str]) -> Steps[None]:
    """Forget these."""
    yield Write(_UNMARK, [(channel, kind, key) for key in sorted(keys)])


def drop_marks(channel: ChannelName, kind: str, before: datetime, limit: int) -> Steps[int]:
    """Forget the oldest ones from before this moment; how many."""
    rows = yield Fetch(_OLD, (channel, kind, micros(before), limit))
    yield Write(_UNMARK, [(channel, kind, key) for (key,) in rows])
    return len(rows)
