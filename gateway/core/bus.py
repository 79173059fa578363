"""The session bus: durable lanes for events, leases, and signals that may be lost. Two are behind it: embedded, and Redis."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from gateway.core.events import Inbound
from gateway.core.ids import Lane, WorkerId


class LaneEvent(Struct, frozen=True):
    """An event in its place in the lane."""

    position: str
    event: Inbound


class Lease(Struct, frozen=True):
    """The right to work on something alone. `token` rises with every new holder, so that an old one can be told from a new one."""

    name: str
    token: int


class Subscription(Protocol):
    """Signals of some topics, in order. Bounded: when the reader is too slow, or the line broke, signals are dropped and `lost` says so."""

    def __aiter__(self) -> AsyncIterator[tuple[str, bytes]]:
        """(topic, payload) as they come. After a loss the next item is ("", b""): read the store again from what you know."""
        ...

    async def add(self, topic: str) -> None:
        """Listen to this topic too."""
        ...

    async def remove(self, topic: str) -> None: ...

    async def close(self) -> None: ...


class Bus(Protocol):
    """The session bus: durable lanes for events, leases with fencing tokens, and signals that may be lost."""

    @property
    def lane_count(self) -> int: ...

    async def open(self) -> None:
        """Connect; refuse an unsafe set-up (a Redis that forgets) aloud."""
        ...

    async def close(self) -> None: ...

    async def append(self, event: Inbound) -> bool:
        """Make an event durable in its thread's lane. False: it is a repeat (its key was seen). Raises Busy when the lane is full."""
        ...

    async def read(self, lane: Lane, after: str, limit: int) -> Sequence[LaneEvent]:
        """Up to `limit` events behind position `after` ("" for the beginning), in order; empty if there are none."""
        ...

    async def wait(self, lanes: Sequence[Lane], timeout_s: float) -> None:
        """Return as soon as one of these lanes may have something new, at the latest after `timeout_s`."""
        ...

    async def trim(self, lane: Lane, upto: str) -> None:
        """Forget the events up to and with `upto`, which are handled and committed. Their keys stay known for 48 h."""
        ...

    async def depth(self, lane: Lane) -> int:
        """How many events wait in a lane."""
        ...

    async def take(self, name: str, worker: WorkerId, ttl_s: float) -> Lease | None:
        """Take or renew a lease; None while another worker holds it. Renewing keeps the token, a new holder gets a higher one."""
        ...

    async def give_back(self, name: str, worker: WorkerId) -> None:
        """Let go of a lease early."""
        ...

    async def announce(self, group: str, worker: WorkerId, ttl_s: float) -> int:
        """Say that a worker of this group is alive, and learn how many are: what a fair share of the lanes is counted from."""
        ...

    async def signal(self, topic: str, payload: bytes) -> None:
        """Tell whoever listens. May be lost; never blocks on a slow reader."""
        ...

    async def subscribe(self, *topics: str) -> Subscription: ...

    async def healthy(self) -> None:
        """Raise if the bus can't be used just now."""
        ...


class LaneLog(Protocol):
    """The durable log under the local bus; the embedded store implements it.

    Positions are decimal numbers that rise, inside a lane, in the order in which `log_append` was called: it enters the writer's line
    before it first waits. What `log_read` returns has no gaps that are filled later.
    """

    async def log_append(self, lane: Lane, event: Inbound) -> str | None:
        """The event's position once it is durable, or None where its key was seen in the last 48 h."""
        ...

    async def log_read(self, lane: Lane, after: str, limit: int) -> Sequence[LaneEvent]: ...

    async def log_trim(self, lane: Lane, upto: str) -> None: ...

    async def log_depth(self, lane: Lane) -> int: ...

    async def log_lease(self, name: str, worker: WorkerId, ttl_s: float, now: datetime) -> Lease | None: ...

    async def log_give_back(self, name: str, worker: WorkerId) -> None: ...

    async def log_announce(self, group: str, worker: WorkerId, ttl_s: float, now: datetime) -> int: ...
