"""What a bot needs that is slow to make: meanings, the classifier, the calibration. Made once for a knowledge base, kept by its digest."""

import hashlib
from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct

from bot.confidence import Calibration
from bot.encoder import Floats
from bot.entries import Entry
from bot.weights import VERSION

FORMAT = 2


class Label(Struct, frozen=True):
    """What a customer's question really meant: an entry, or None where no entry answers it."""

    text: str
    entry: str | None


class Kept(Struct, frozen=True):
    """An array as bytes: half precision is enough for what is compared, and half the size."""

    shape: tuple[int, ...]
    values: bytes


class Prepared(Struct, frozen=True, kw_only=True):
    """The slow parts of a bot, for the knowledge base with this digest."""

    digest: str
    embeddings: Kept
    classifier: tuple[Kept, Kept] | None
    """See `ridge.Ridge`."""
    calibration: Calibration

    def to_bytes(self) -> bytes:
        """Fit for a file."""
        return msgspec.msgpack.encode(self)

    @staticmethod
    def from_bytes(data: bytes) -> "Prepared":
        """The reverse. Raises msgspec.MsgspecError where it isn't one."""
        return msgspec.msgpack.decode(data, type=Prepared)


def digest(entries: Sequence[Entry], encoder_name: str | None, target_precision: float, labels: Sequence[Label] = ()) -> str:
    """What a preparation depends on, in 32 hexadecimal digits: questions, owners, encoder, weights, precision, labels."""
    told = (FORMAT, VERSION, encoder_name, round(target_precision, 6), [(str(entry.id), entry.questions) for entry in entries], labels)
    return hashlib.sha256(msgspec.msgpack.encode(told)).hexdigest()[:32]


def kept(array: Floats) -> Kept:
    """An array, kept."""
    return Kept(array.shape, np.ascontiguousarray(array, np.float16).tobytes())


def restored(array: Kept) -> Floats:
    """A kept array, ready for use."""
    return np.frombuffer(array.values, np.float16).reshape(array.shape).astype(np.float32)
