"""The session bus over Redis: lanes are streams, leases carry fencing tokens, signals are pub/sub.

Why no consumer groups: a lane is leased to one worker at a time, and how far it has been handled is written in the record, in the very
transaction that holds the outcome, under the lease's fencing token. An XACK could only say the same a moment later and in another place,
and a crash between the two would have to be mended; the position in the record can't disagree with the record. So a reader asks for what
stands behind that position (XRANGE), a takeover begins there without claiming anything, and only what lies below it is ever trimmed.

If Redis lost its data (wiped, or an older copy restored), the record's position may lie behind everything in the stream. Such a lane is
read from its beginning: what was handled before is recognized by the record as a repeat.

Works on a Redis Cluster: all keys of a lane, of a lease or of a group share a hash slot, no call touches two of them, and each goes to
the node that serves its slot just now (`redis_nodes.py`). Signals reach every node by the cluster's own bus.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from msgspec import msgpack

from gateway.bus.lanes import lane_of
from gateway.bus.news import News, wait_for_news
from gateway.bus.redis_append import Appender, stream
from gateway.bus.redis_link import Link, Script
from gateway.bus.redis_safety import check_durability, check_lane_count
from gateway.bus.redis_signals import RedisSubscription, Switchboard
from gateway.bus.shelf import RedisShelf
from gateway.core.bus import LaneEvent, Lease
from gateway.core.events import Inbound
from gateway.core.ids import Lane, WorkerId
from gateway.core.ports import Clock

log = logging.getLogger(__name__)

HEALTHY_S = 2.0
RECHECK_S = 5.0
"""How often an idle lane's position is compared with its stream."""

_decode = msgpack.Decoder(Inbound).decode


class RedisBus:
    """Lanes, leases and signals for many processes."""

    def __init__(self, url: str, *, clock: Clock, lane_count: int, lane_max_count: int, require_durable: bool) -> None:
        self._clock = clock
        self._lane_count = lane_count
        self._require_durable = require_durable
        self._link = Link(url)
        self._news = [News() for _ in range(lane_count)]
        self._checked_at = [float("-inf")] * lane_count
        self._appender = Appender(self._link, lane_max_count=lane_max_count, waits_for_replica=require_durable)
        self._signals = Switchboard(self._link, on_wake=self._wake, on_reconnect=self._wake_all)
        self._take, self._give_back = Script("take"), Script("give_back")
        self._trim, self._announce = Script("trim"), Script("announce")

    @property
    def lane_count(self) -> int:
        return self._lane_count

    async def open(self) -> None:
        """Connect. Raises ConfigError for a Redis that would forget acknowledged messages, or has another number of lanes."""
        await self._link.open()
        await check_durability(self._link, is_required=self._require_durable)
        await check_lane_count(self._link, self._lane_count)
        await self._signals.open()

    async def close(self) -> None:
        await self._appender.close()
        await self._signals.close()
        await self._link.close()

    async def append(self, event: Inbound) -> bool:
        """See the port. InDoubt (a Busy) where Redis did not answer: the same event sent again is a repeat then, or is appended."""
        return await self._appender.append(lane_of(event.channel, event.thread, self._lane_count), event)

    async def read(self, lane: Lane, after: str, limit: int) -> Sequence[LaneEvent]:
        news = self._news[lane]
        count = news.count
        events = await self._range(lane, after, limit)
        if not events and after and await self._is_foreign(lane, after):
            log.warning(
                "a lane's position is behind its stream's end: Redis has lost data; reading from the beginning", extra={"lane": lane}
            )
            events = await self._range(lane, "", limit)
        news.is_there = len(events) == limit or count != news.count
        return events

    async def wait(self, lanes: Sequence[Lane], timeout_s: float) -> None:
        """See the port. Woken by a call over pub/sub; a call that is lost costs `timeout_s`, because the caller reads then anyway."""
        await wait_for_news([self._news[lane] for lane in lanes], timeout_s)

    async def trim(self, lane: Lane, upto: str) -> None:
        if upto:
            ms, seq = upto.split("-")
            await self._link.run(self._trim, [stream(lane)], [ms, seq, f"{ms}-{int(seq) + 1}"])

    async def depth(self, lane: Lane) -> int:
        return int(await self._link.do("XLEN", stream(lane)))

    async def take(self, name: str, worker: WorkerId, ttl_s: float) -> Lease | None:
        token = await self._link.run(self._take, _lease_keys(name), [worker, _ms(ttl_s)])
        return None if token is None else Lease(name, int(token))

    async def give_back(self, name: str, worker: WorkerId) -> None:
        await self._link.run(self._give_back, _lease_keys(name)[:1], [worker])

    async def announce(self, group: str, worker: WorkerId, ttl_s: float) -> int:
        return int(await self._link.run(self._announce, [f"fd:alive:{group}"], [worker, _ms(ttl_s)]))

    async def signal(self, topic: str, payload: bytes) -> None:
        self._signals.send(topic, payload)

    async def subscribe(self, *topics: str) -> RedisSubscription:
        subscription = RedisSubscription(self._signals)
        for topic in topics:
            await subscription.add(topic)
        return subscription

    def shelf(self) -> RedisShelf:
        """Usable while the bus is open."""
        return RedisShelf(self._link.do)

    async def healthy(self) -> None:
        """Raises TimeoutError or ConnectionError when no lane can be reached: a cluster that lost one of its masters serves the others."""
        lanes = {self._link.nodes.home(stream(Lane(lane))): stream(Lane(lane)) for lane in range(self._lane_count)}
        asked = (self._link.do("XLEN", key, deadline_s=HEALTHY_S) for key in lanes.values())
        outcomes = await asyncio.gather(*asked, return_exceptions=True)
        errors = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if len(errors) == len(outcomes):
            raise errors[0]

    async def _range(self, lane: Lane, after: str, limit: int) -> list[LaneEvent]:
        entries = await self._link.do("XRANGE", stream(lane), f"({after}" if after else "-", "+", "COUNT", limit)
        return [LaneEvent(position.decode(), _decode(_body(fields))) for position, fields in entries]

    async def _is_foreign(self, lane: Lane, position: str) -> bool:
        """Whether this stream has never got as far as the position: it is not the stream that the position was taken from."""
        now_s = self._clock.monotonic()
        if now_s < self._checked_at[lane] + RECHECK_S:
            return False
        self._checked_at[lane] = now_s
        newest: list[Any] = await self._link.do("XREVRANGE", stream(lane), "+", "-", "COUNT", 1)
        return bool(newest) and _rank(newest[0][0].decode()) < _rank(position)

    def _wake(self, lane: Lane) -> None:
        if lane < self._lane_count:
            self._news[lane].tell()

    def _wake_all(self) -> None:
        self._checked_at = [float("-inf")] * self._lane_count
        for news in self._news:
            news.tell()


def _body(fields: dict[bytes, bytes]) -> bytes:
    return fields[b"e"]


def _rank(position: str) -> tuple[int, int]:
    ms, seq = position.split("-")
    return int(ms), int(seq)


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _lease_keys(name: str) -> list[str]:
    return [f"{{fd:lease:{name}}}:holder", f"{{fd:lease:{name}}}:token"]
