"""Appending to Redis Streams: what waits goes in one round trip, a script call per lane; nothing waits for more to come."""

import asyncio
import logging
import os
from collections import defaultdict
from functools import partial
from typing import Any

from msgspec import Struct, msgpack
from redis.exceptions import NoScriptError, OutOfMemoryError, RedisError

from gateway.bus.redis_link import CALL_S, LINE_ERRORS, Link, Script, refusal
from gateway.core.errors import Busy, InDoubt
from gateway.core.ids import Lane
from gateway.core.message import Inbound

log = logging.getLogger(__name__)

KEYS_KEPT_MS = 48 * 3600 * 1000
CALL_MAX_COUNT = 512
"""Events of one script call, which nothing else in Redis can interrupt: about a millisecond."""
LINE_MAX_COUNT = 10_000
"""Events of this process on their way; the next one is told to come again."""
RETRY_S = 1.0
WAKE = "fd:wake"
"""The channel on which `append.lua` calls out the lane that it has added to."""

_encode = msgpack.Encoder().encode


class _Waiting(Struct):
    key: str
    body: bytes
    done: "asyncio.Future[bool]"


class _Call(Struct):
    """One script call, worded so that it can be made again: the nonce tells its own work from others'."""

    lane: Lane
    events: list[_Waiting]
    words: tuple[Any, ...]


class Appender:
    """The line of events on their way into Redis. One flight at a time keeps each lane's order."""

    def __init__(self, link: Link, *, lane_max_count: int) -> None:
        self._link = link
        self._lane_max_count = lane_max_count
        self._script = Script("append")
        self._lines: defaultdict[Lane, list[_Waiting]] = defaultdict(list)
        self._count = 0
        self._flight: asyncio.Task[None] | None = None

    async def append(self, lane: Lane, event: Inbound) -> bool:
        """See the port. Raises Busy where the lane is full, InDoubt (a Busy) where Redis did not answer in time: the repeat finds out."""
        if self._count >= LINE_MAX_COUNT:
            raise Busy("the line to the session bus", RETRY_S)
        waiting = _Waiting(event_key(lane, event), _encode(event), asyncio.get_running_loop().create_future())
        self._lines[lane].append(waiting)
        self._count += 1
        if self._flight is None or self._flight.done():
            self._flight = asyncio.create_task(self._fly(), name="bus-append")
        return await waiting.done

    async def close(self) -> None:
        """Finish what is on its way."""
        if self._flight is not None:
            await asyncio.wait([self._flight], timeout=CALL_S * 2)
            self._flight.cancel()

    async def _fly(self) -> None:
        await asyncio.sleep(0)  # whoever appends in this very turn of the loop comes along
        while self._count:
            calls = [self._call(lane, self._take(lane)) for lane in list(self._lines)]
            try:
                await self._link.call(partial(self._send, calls))
            except Exception as error:  # the outermost loop: whatever it was, nobody may wait for ever
                if not isinstance(error, OSError):
                    log.exception("appending to Redis failed")
                for call in calls:
                    _fail(call, _trouble(error))

    def _take(self, lane: Lane) -> list[_Waiting]:
        line = self._lines.pop(lane)
        batch, rest = line[:CALL_MAX_COUNT], line[CALL_MAX_COUNT:]
        if rest:
            self._lines[lane] = rest
        self._count -= len(batch)
        return batch

    def _call(self, lane: Lane, events: list[_Waiting]) -> _Call:
        keys = [stream(lane), *(one.key for one in events)]
        args = [self._lane_max_count, KEYS_KEPT_MS, os.urandom(9).hex(), lane, *(one.body for one in events)]
        return _Call(lane, events, (len(keys), *keys, *args))

    async def _send(self, calls: list[_Call]) -> None:
        """One round trip for all calls that are not answered yet; raises a line error when some have to be made again."""
        open_calls = [call for call in calls if not all(one.done.done() for one in call.events)]
        async with self._link.client.pipeline(transaction=False) as pipe:
            for call in open_calls:
                pipe.execute_command("EVALSHA", self._script.sha, *call.words)
            answers = await pipe.execute(raise_on_error=False)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                await self._link.client.script_load(self._script.source)
        again: Exception | None = None
        for call, answer in zip(open_calls, answers, strict=True):
            if isinstance(answer, (NoScriptError, *LINE_ERRORS)):
                again = answer
            elif isinstance(answer, Exception):
                _fail(call, _trouble(answer))
            else:
                _settle(call, answer)
        if again is not None:
            raise ConnectionError("some lanes have to be asked again") from again


def stream(lane: Lane) -> str:
    """A lane's stream; all keys of a lane share one hash slot."""
    return f"{{fd:lane:{lane}}}:events"


def event_key(lane: Lane, event: Inbound) -> str:
    return f"{{fd:lane:{lane}}}:key:{event.key}"


def _settle(call: _Call, answer: list[int]) -> None:
    """Answer the senders."""
    for one, outcome in zip(call.events, answer, strict=True):
        if one.done.done():
            continue
        if outcome < 0:
            one.done.set_exception(Busy(f"lane {call.lane}", RETRY_S))
        else:
            one.done.set_result(outcome == 1)


def _trouble(error: Exception) -> Busy:
    if isinstance(error, OutOfMemoryError):
        return Busy("Redis's memory", RETRY_S * 5)
    if isinstance(error, RedisError):
        return Busy(f"the session bus ({refusal(error)})", RETRY_S * 5)
    return InDoubt("the session bus", RETRY_S)


def _fail(call: _Call, error: Busy) -> None:
    for one in call.events:
        if not one.done.done():
            one.done.set_exception(error)
