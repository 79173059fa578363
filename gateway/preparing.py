"""A process of its own that prepares a bot: it reads an order, keeps what it made in the cache, and ends.

`python -m gateway.preparing FOLDER KEY`, the order on standard input. So the process that serves goes on at its own speed, and whatever
goes wrong here (memory, a bug, a full disk) goes wrong here alone. Exit codes: 0 made, 3 the entries can't be used, 4 no room to keep it.
"""

import contextlib
import os
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from config.problems import ConfigError
from gateway.cache import Cache
from gateway.contents import unpacked
from gateway.core.knowledge import Label
from gateway.encoding import map_encoder
from gateway.recipe import Recipe, prepared

UNUSABLE = 3
NO_ROOM = 4
_NICE = 5
"""Customers go first, but on a busy machine it must not wait for ever either."""


class Order(Struct, frozen=True):
    """What to prepare: entries as the record keeps them."""

    entries: bytes
    target_precision: float
    labels: tuple[Label, ...] = ()
    by_meaning: bool = True


def _offer_itself() -> None:
    """Where memory runs out, this process is the one to end, and not one that serves (Linux; elsewhere it stays as it is)."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def main(folder: str, key: str) -> int:
    os.nice(_NICE)
    _offer_itself()
    order = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=Order)
    try:
        recipe = Recipe(unpacked(order.entries, "entries"), order.target_precision, order.labels, order.by_meaning)
    except ConfigError:
        return UNUSABLE
    map_encoder(Path(folder).parent)
    made = prepared(recipe)
    try:
        Cache(Path(folder)).put(key, made)
    except OSError as error:
        sys.stderr.write(error.strerror or type(error).__name__)
        return NO_ROOM
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
