"""Appending to Redis Streams: what waits for a node goes in one round trip, a script call per lane; nothing waits for more to come."""

import asyncio
import contextlib
import logging
import os
from collections import defaultdict
from functools import partial
from typing import Any

from msgspec import Struct, msgpack
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import MovedError, NoScriptError, OutOfMemoryError, RedisError

from gateway.bus.redis_link import AGAIN_ERRORS, CALL_S, Link, Script, refusal
from gateway.bus.redis_nodes import Node
from gateway.core.errors import Busy, InDoubt
from gateway.core.events import Inbound
from gateway.core.ids import Lane

log = logging.getLogger(__name__)

KEYS_KEPT_MS = 48 * 3600 * 1000
CALL_MAX_COUNT = 512
"""Events of one script call, which nothing else in Redis can interrupt: about a millisecond."""
LINE_MAX_COUNT = 10_000
"""Events of this process on their way; the next one is told to come again."""
RETRY_S = 1.0
REPLICA_MS = 1000
"""How long a replica may take to receive what its master was given; then it is asked again, until the call's deadline."""
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

    @property
    def is_open(self) -> bool:
        """Whether somebody still waits for an answer."""
        return not all(one.done.done() for one in self.events)


class Appender:
    """The lines of events on their way into Redis. One flight at a time takes a lane's events, which keeps their order; each node of a
    cluster has its own flight, so that one that is away holds up nobody else's lanes."""

    def __init__(self, link: Link, *, lane_max_count: int, waits_for_replica: bool) -> None:
        """`waits_for_replica`: on a cluster, where a master has one, an event counts as durable when a replica has it too."""
        self._link = link
        self._waits_for_replica = waits_for_replica
        self._lane_max_count = lane_max_count
        self._script = Script("append")
        self._lines: defaultdict[Lane, list[_Waiting]] = defaultdict(list)
        self._count = 0
        self._flights: dict[str, asyncio.Task[None]] = {}
        self._flying: set[Lane] = set()
        self._again: set[asyncio.Task[None]] = set()

    async def append(self, lane: Lane, event: Inbound) -> bool:
        """See the port. Raises Busy where the lane is full, InDoubt (a Busy) where Redis did not answer in time: the repeat finds out."""
        if self._count >= LINE_MAX_COUNT:
            raise Busy("the line to the session bus", RETRY_S)
        waiting = _Waiting(event_key(lane, event), _encode(event), asyncio.get_running_loop().create_future())
        self._lines[lane].append(waiting)
        self._count += 1
        self._depart(self._home(lane))
        return await waiting.done

    async def close(self) -> None:
        """Finish what is on its way."""
        while tasks := [task for task in (*self._flights.values(), *self._again) if not task.done()]:
            done, _ = await asyncio.wait(tasks, timeout=CALL_S * 2)
            if not done:
                break
        for task in tasks:
            task.cancel()

    def _home(self, lane: Lane) -> str:
        return self._link.nodes.home(stream(lane))

    def _depart(self, home: str) -> None:
        flight = self._flights.get(home)
        if flight is None or flight.done():
            self._flights[home] = asyncio.create_task(self._fly(home), name="bus-append")

    async def _fly(self, home: str) -> None:
        await asyncio.sleep(0)  # whoever appends in this very turn of the loop comes along
        while lanes := [lane for lane in self._lines if lane not in self._flying and self._home(lane) == home]:
            calls = [self._call(lane, self._take(lane)) for lane in lanes]
            self._flying.update(lanes)
            leaves_at = asyncio.get_running_loop().time()
            with contextlib.suppress(Exception):  # whatever it was: it is asked again, and told then
                await self._send(calls)
            left = [call for call in calls if call.is_open]
            if left:
                self._keep(asyncio.create_task(self._persist(left, leaves_at + CALL_S), name="bus-append-again"))
            self._land(set(lanes) - {call.lane for call in left})

    async def _persist(self, calls: list[_Call], until: float) -> None:
        """Ask again until it is done or too late. Beside the flights: a slot that moves holds up no other lane of its node."""
        try:
            await self._link.call(partial(self._send, calls), max(0.0, until - asyncio.get_running_loop().time()))
        except Exception as error:  # the outermost loop: whatever it was, nobody may wait for ever
            if not isinstance(error, OSError):
                log.exception("appending to Redis failed")
            for call in calls:
                _fail(call, _trouble(error))
        self._land({call.lane for call in calls})

    def _land(self, lanes: set[Lane]) -> None:
        """What came for these lanes meanwhile goes next, wherever they live now."""
        self._flying -= lanes
        for home in {self._home(lane) for lane in lanes if lane in self._lines}:
            self._depart(home)

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._again.add(task)
        task.add_done_callback(self._again.discard)

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
        """One round trip to each node for all calls not answered yet; raises one of AGAIN_ERRORS when some are to be made again."""
        nodes: dict[Node, list[_Call]] = {}
        for call in calls:
            if call.is_open:
                nodes.setdefault(self._link.nodes.of(stream(call.lane)), []).append(call)
        outcomes = await asyncio.gather(*(self._send_to(node, part) for node, part in nodes.items()), return_exceptions=True)
        for error in sorted(filter(None, outcomes), key=lambda error: isinstance(error, AGAIN_ERRORS)):
            raise error

    async def _send_to(self, node: Node, calls: list[_Call]) -> Exception | None:
        """One round trip; gives why some calls have to be made again."""
        is_waited_for = self._waits_for_replica and node.has_replica
        async with node.client.pipeline(transaction=False) as pipe:
            for call in calls:
                pipe.execute_command("EVALSHA", self._script.sha, *call.words)
            if is_waited_for:
                pipe.execute_command("WAIT", 1, REPLICA_MS)
            answers = await pipe.execute(raise_on_error=False)
            if any(isinstance(answer, NoScriptError) for answer in answers):
                await node.client.script_load(self._script.source)
        if is_waited_for and not _is_received(answers.pop()):
            late = RedisConnectionError("no replica has received it yet")
            answers = [answer if isinstance(answer, Exception) else late for answer in answers]
        return self._settle_all(node, calls, answers)

    def _settle_all(self, node: Node, calls: list[_Call], answers: list[Any]) -> Exception | None:
        again: Exception | None = None
        for call, answer in zip(calls, answers, strict=True):
            if isinstance(answer, MovedError):
                self._link.nodes.moved(answer, node)
            if isinstance(answer, NoScriptError):
                again = again or RedisConnectionError("a script had to be taught")
            elif isinstance(answer, AGAIN_ERRORS):  # also ASK: the other node would refuse a call of which not every key is there
                again = answer
            elif isinstance(answer, Exception):
                _fail(call, _trouble(answer))
            else:
                _settle(call, answer)
        return again


def stream(lane: Lane) -> str:
    """A lane's stream; all keys of a lane share one hash slot."""
    return f"{{fd:lane:{lane}}}:events"


def event_key(lane: Lane, event: Inbound) -> str:
    return f"{{fd:lane:{lane}}}:key:{event.key}"


def _is_received(answer: Any) -> bool:
    """Whether WAIT counted a replica; a master that has just become one refuses the word."""
    return isinstance(answer, int) and answer >= 1


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
