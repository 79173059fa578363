"""Named arrays in a file that is mapped: processes share what lies in memory of it, and only what is looked at does.

A file is whole or not there: written aside and renamed, with a digest over all of it, which is checked whenever it is opened. So nothing
has to be forced to the disk, and what a power cut has torn is made anew.
"""

import contextlib
import hashlib
import math
import mmap
import os
import secrets
import weakref
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

_DIGEST_BYTES = 32
_LENGTH_BYTES = 8
_LINE_BYTES = 64
"""Every array begins on a line of the processor's cache."""
_KINDS = "fiu"


class _Place(Struct, frozen=True):
    """An array in the file; `at` counts from the end of the index."""

    kind: str
    shape: tuple[int, ...]
    at: int


class _Index(Struct, frozen=True):
    key: str
    places: dict[str, _Place]


def keep_arrays(path: Path, key: str, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Keep them under this key, in place of what was there, and remove what a writer left behind that died.

    Raises OSError where the disk takes nothing. Of several that keep the same at once any may be the last.
    """
    places, at = {}, 0
    for name, array in arrays.items():
        places[name] = _Place(array.dtype.str, array.shape, at)
        at = _on_line(at + array.nbytes)
    index = msgspec.msgpack.encode(_Index(key, places))
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with aside.open("w+b") as file:
            file.write(bytes(_DIGEST_BYTES) + len(index).to_bytes(_LENGTH_BYTES, "little") + index)
            first = _on_line(file.tell())
            for name, array in arrays.items():
                file.seek(first + places[name].at)
                file.write(np.ascontiguousarray(array).data)
            file.truncate(first + at)
            file.seek(_DIGEST_BYTES)
            digest = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            file.write(digest)
        _put_in_place(aside, path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink()
        raise


class Rows:
    """A table of which a few rows are wanted at a time: they are read from the file. Mapped, each would bring its neighbours into the
    process's memory with it, until all of them are there."""

    def __init__(self, number: int, like: NDArray[Any], at: int) -> None:
        """`number`: the system's for the open file, which is ours from now on; `like`: the same table; `at`: where it begins."""
        self._number = number
        weakref.finalize(self, os.close, number)
        self._kind, self._shape = like.dtype, like.shape[1:]
        self._row_bytes = like[:1].nbytes
        self._at = at

    def __getitem__(self, places: NDArray[Any]) -> NDArray[Any]:
        """These rows, in this order. Fit for several threads."""
        number, size, at = self._number, self._row_bytes, self._at
        read = b"".join([os.pread(number, size, at + size * place) for place in places.tolist()])
        return np.frombuffer(read, self._kind).reshape(len(places), *self._shape)


def mapped_arrays(path: Path, key: str, by_rows: Collection[str] = ()) -> dict[str, NDArray[Any] | Rows]:
    """What is kept under this key, to be read only; some of it by rows, where the system can.

    Raises OSError where there is no file, ValueError where it is not whole or another.
    """
    with path.open("rb") as file:
        digest = file.read(_DIGEST_BYTES)
        if len(digest) < _DIGEST_BYTES or hashlib.file_digest(file, "sha256").digest() != digest:
            raise ValueError("the file is not whole")
        view = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        arrays = _arrays(view, key)
        for name in by_rows if hasattr(os, "pread") else ():
            table, at = arrays[name]
            arrays[name] = Rows(os.dup(file.fileno()), table, at), at
    return {name: array for name, (array, _) in arrays.items()}


def _arrays(view: mmap.mmap, key: str) -> dict[str, tuple[Any, int]]:
    """Each array, and where it begins in the file."""
    began = _DIGEST_BYTES + _LENGTH_BYTES
    ended = began + int.from_bytes(view[_DIGEST_BYTES:began], "little")
    index = msgspec.msgpack.decode(view[began:ended], type=_Index)
    if index.key != key:
        raise ValueError("the file was made from something else")
    first = _on_line(ended)
    return {name: (_array(view, place, first + place.at), first + place.at) for name, place in index.places.items()}


def _put_in_place(aside: Path, path: Path) -> None:
    try:
        aside.replace(path)
    except FileNotFoundError:  # who was quicker took it for a dead one's
        if not path.exists():
            raise
    made_at = path.stat().st_mtime_ns
    for left in path.parent.glob(f"{path.name}.*.tmp"):
        with contextlib.suppress(OSError):
            if left.stat().st_mtime_ns < made_at:
                left.unlink()


def _array(view: mmap.mmap, place: _Place, at: int) -> NDArray[Any]:
    kind = np.dtype(place.kind)
    if kind.kind not in _KINDS:
        raise ValueError("expected numbers")
    return np.frombuffer(view, kind, math.prod(place.shape), at).reshape(place.shape)


def _on_line(at: int) -> int:
    return -(-at // _LINE_BYTES) * _LINE_BYTES
