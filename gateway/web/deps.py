"""Everything that the web needs, handed in by `gateway.app` as one value.

Handlers read `request.app[DEPS]`; they reach for nothing else.
"""

from collections.abc import Mapping

from aiohttp import web
from msgspec import Struct

from config.schema import Settings
from gateway.brains import Brains
from gateway.core.bus import Bus
from gateway.core.channel import Accept, Channel
from gateway.core.files import Files
from gateway.core.ids import ChannelName, Ids
from gateway.core.ports import Clock, Shelf, Store
from gateway.core.texts import Texts
from gateway.in_place import InPlace
from gateway.library import Library
from gateway.metrics import Metrics
from handoff.desk import Desk
from handoff.opening import OpeningHours


class Deps(Struct, frozen=True, kw_only=True):
    """What handlers work with. `secret` is the installation's signing key; what is signed with it names its purpose first."""

    settings: Settings
    store: Store
    bus: Bus
    clock: Clock
    ids: Ids
    texts: Texts
    channels: Mapping[ChannelName, Channel]
    accept: Accept
    files: Files
    desk: Desk
    opening: OpeningHours
    """When queues have people, read from memory."""
    library: Library
    """The knowledge base."""
    brains: Brains
    """The bots of this process."""
    secret: bytes
    metrics: Metrics
    public_url: str
    """Without a slash at its end."""
    in_place: InPlace | None = None
    """Who answers peers that wait on the line; None: no channel here has such."""
    shelf: Shelf | None = None
    """What the web processes share for a while; None: there is one of them."""


DEPS: web.AppKey[Deps] = web.AppKey("deps", Deps)
