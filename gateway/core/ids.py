"""A type for every id, and the maker of new ones."""

import hashlib
import os
from base64 import b32encode
from collections.abc import Iterator
from functools import lru_cache
from typing import NewType, Protocol

AgentId = NewType("AgentId", str)
CaseId = NewType("CaseId", str)
ChannelName = NewType("ChannelName", str)
"""The NAME of `[channels.NAME]`: one account of one kind of channel."""
ContactId = NewType("ContactId", str)
EntryId = NewType("EntryId", str)
"""A knowledge entry's id, as its owner wrote it."""
EventKey = NewType("EventKey", str)
"""What makes two copies of one inbound event the same event: unique per channel account, for ever."""
FileId = NewType("FileId", str)
HandoffId = NewType("HandoffId", str)
Lane = NewType("Lane", int)
"""One partition of the session bus. All events of one thread share a lane."""
MessageId = NewType("MessageId", str)
OutboxId = NewType("OutboxId", str)
QueueName = NewType("QueueName", str)
SessionId = NewType("SessionId", str)
Thread = NewType("Thread", str)
"""The conversation as its channel knows it (a visitor, an openid, a mail thread); its sessions follow one another."""
WorkerId = NewType("WorkerId", str)

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CROCKFORD = bytes.maketrans(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", _ALPHABET.encode())
_ANY_BYTE = _ALPHABET.encode() * 8
"""A letter for each byte; each letter for as many."""
_POOL_COUNT = 256


class Ids(Protocol):
    """Makes ids. Injected, so that a test can foretell them."""

    def new(self) -> str:
        """A fresh ULID: 26 characters that sort by time (github.com/ulid/spec)."""
        ...


def ulid(at_ms: int, entropy: bytes) -> str:
    """The ULID of a moment and ten random bytes."""
    return _time_part(at_ms) + _base32(entropy[:10])


def _base32(data: bytes) -> str:
    return b32encode(data).translate(_CROCKFORD).decode()


@lru_cache(maxsize=4)
def _time_part(at_ms: int) -> str:
    return "".join(_ALPHABET[(at_ms >> shift) & 31] for shift in range(45, -1, -5))


class RandomIds:
    """ULIDs from the operating system's randomness, fetched for many at a time: a system call each would cost more than all the rest."""

    def __init__(self, now_ms: "NowMs") -> None:
        self._now_ms = now_ms
        self._entropy: Iterator[str] = iter(())
        """The random parts of the next ids, written already: 16 characters, of which each byte gives one."""

    def new(self) -> str:
        entropy = next(self._entropy, None)
        if entropy is None:
            pool = os.urandom(16 * _POOL_COUNT).translate(_ANY_BYTE).decode()
            self._entropy = iter([pool[start : start + 16] for start in range(0, len(pool), 16)])
            entropy = next(self._entropy)
        return _time_part(self._now_ms()) + entropy


class NowMs(Protocol):
    """Milliseconds since 1970 in UTC."""

    def __call__(self) -> int: ...


def derived(*parts: str | int) -> str:
    """An id that the same parts always give, so that a replay makes the same row and not a second one.

    26 characters of the ULID alphabet, but not ordered by time.
    """
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).digest()
    number = int.from_bytes(digest[:17], "big")
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))


def session_id(channel: ChannelName, thread: Thread, episode: int) -> SessionId:
    """The id of a thread's n-th session. Known before the session exists, so a welcome can already name it."""
    return SessionId(derived("session", channel, thread, episode))
