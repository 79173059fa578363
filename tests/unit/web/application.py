"""The application without anything behind it: for what can be seen without a store or a bus."""

from typing import Any, cast

from aiohttp import web

from config.schema import Settings
from gateway.core.texts import Texts
from gateway.metrics import Metrics
from gateway.web.deps import Deps
from gateway.web.server import build
from handoff.opening import OpeningHours
from tests.fakes import CountedIds, FrozenClock


class Nothing:
    """Stands where something would be; whoever touches it fails."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"nobody should ask for {name} here")


def deps(**parts: Any) -> Deps:
    """Deps with these parts, and nothing else."""
    nothing = cast("Any", Nothing())
    given: dict[str, Any] = {
        "settings": Settings(),
        "store": nothing,
        "bus": nothing,
        "clock": FrozenClock(),
        "ids": CountedIds(),
        "texts": Texts({"en": {}}),
        "channels": {},
        "accept": nothing,
        "files": nothing,
        "desk": nothing,
        "opening": OpeningHours(Settings()),
        "library": nothing,
        "brains": nothing,
        "secret": b"s" * 32,
        "metrics": Metrics(with_process=False),
        "public_url": "http://127.0.0.1:8080",
    }
    return Deps(**given | parts)


def built(**parts: Any) -> web.Application:
    """The application over such Deps."""
    return build(deps(**parts))
