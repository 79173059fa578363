"""The session bus inside one process: lanes over the store's durable log, signals by hand."""

from collections.abc import AsyncIterator, Sequence

from gateway.bus.lanes import lane_of
from gateway.bus.mailbox import Mailbox
from gateway.bus.news import News, wait_for_news
from gateway.bus.tail import Outcome, Tail
from gateway.core.bus import LaneEvent, LaneLog, Lease
from gateway.core.errors import Busy, InDoubt
from gateway.core.events import Inbound
from gateway.core.ids import Lane, WorkerId
from gateway.core.ports import Clock

FULL_RETRY_S = 1.0
"""What a sender is told when a lane is full: a lane drains thousands of events in a second."""


class _Lane:
    """One lane's tail, and the news of it."""

    def __init__(self, depth: int) -> None:
        self.tail = Tail(depth)
        self.news = News()


class LocalBus:
    """Lanes, leases and signals for one process. What is durable, and the leases' tokens, are the log's."""

    def __init__(self, log: LaneLog, *, clock: Clock, lane_count: int, lane_max_count: int) -> None:
        self._log = log
        self._clock = clock
        self._lane_count = lane_count
        self._lane_max_count = lane_max_count
        self._lanes: list[_Lane] = []
        self._topics: dict[str, set[_Subscription]] = {}

    @property
    def lane_count(self) -> int:
        return self._lane_count

    async def open(self) -> None:
        self._lanes = [_Lane(await self._log.log_depth(Lane(number))) for number in range(self._lane_count)]

    async def close(self) -> None:
        for subscription in {one for readers in self._topics.values() for one in readers}:
            await subscription.close()

    async def append(self, event: Inbound) -> bool:
        """Make an event durable in its lane; see the port. Cancelled, it may still be written: the sender's repeat finds that out."""
        number = lane_of(event.channel, event.thread, self._lane_count)
        lane = self._lanes[number]
        if lane.tail.depth >= self._lane_max_count:
            raise Busy(f"lane {number}", FULL_RETRY_S)
        slot = lane.tail.reserve()
        outcome: LaneEvent | Outcome = Outcome.UNKNOWN
        try:
            position = await self._log.log_append(number, event)
            outcome = Outcome.REPEAT if position is None else LaneEvent(position, event)
        except Busy as busy:
            outcome = Outcome.UNKNOWN if isinstance(busy, InDoubt) else Outcome.REFUSED
            raise
        finally:
            if lane.tail.settle(slot, outcome):
                lane.news.tell()
        return position is not None

    async def read(self, lane: Lane, after: str, limit: int) -> Sequence[LaneEvent]:
        one = self._lanes[lane]
        events = one.tail.read(after, limit)
        if events is None:
            return await self._read_log(lane, after, limit)
        one.news.is_there = not one.tail.is_end(events[-1].position if events else after)
        return events

    async def _read_log(self, lane: Lane, after: str, limit: int) -> Sequence[LaneEvent]:
        one = self._lanes[lane]
        changes = one.tail.changes
        events = await self._log.log_read(lane, after, limit)
        one.news.is_there = len(events) == limit or changes != one.tail.changes
        if not one.news.is_there:
            one.tail.caught_up(events[-1].position if events else after)
        return events

    async def wait(self, lanes: Sequence[Lane], timeout_s: float) -> None:
        """See the port. A lane has news from an append until a `read` came to its end: an append between the two is not missed."""
        await wait_for_news([self._lanes[lane].news for lane in lanes], timeout_s)

    async def trim(self, lane: Lane, upto: str) -> None:
        if not upto:
            return
        await self._log.log_trim(lane, upto)
        if not self._lanes[lane].tail.trim(upto):
            self._lanes[lane].tail.recount(await self._log.log_depth(lane))

    async def depth(self, lane: Lane) -> int:
        return self._lanes[lane].tail.depth

    async def take(self, name: str, worker: WorkerId, ttl_s: float) -> Lease | None:
        return await self._log.log_lease(name, worker, ttl_s, self._clock.now())

    async def give_back(self, name: str, worker: WorkerId) -> None:
        await self._log.log_give_back(name, worker)

    async def announce(self, group: str, worker: WorkerId, ttl_s: float) -> int:
        return await self._log.log_announce(group, worker, ttl_s, self._clock.now())

    async def signal(self, topic: str, payload: bytes) -> None:
        for subscription in self._topics.get(topic, ()):
            subscription.mailbox.put(topic, payload)

    async def subscribe(self, *topics: str) -> "_Subscription":
        subscription = _Subscription(self._topics)
        for topic in topics:
            await subscription.add(topic)
        return subscription

    async def healthy(self) -> None:
        """Raise if the log can't be read."""
        await self._log.log_depth(Lane(0))


class _Subscription:
    """One reader of some topics; the bus's table of topics is shared with it."""

    def __init__(self, table: dict[str, set["_Subscription"]]) -> None:
        self._table = table
        self._topics: set[str] = set()
        self.mailbox = Mailbox()

    def __aiter__(self) -> AsyncIterator[tuple[str, bytes]]:
        return self.mailbox

    async def add(self, topic: str) -> None:
        self._topics.add(topic)
        self._table.setdefault(topic, set()).add(self)

    async def remove(self, topic: str) -> None:
        self._topics.discard(topic)
        readers = self._table.get(topic, set())
        readers.discard(self)
        if not readers:
            self._table.pop(topic, None)

    async def close(self) -> None:
        for topic in list(self._topics):
            await self.remove(topic)
        self.mailbox.shut()
