"""One process's line to Redis, single or a cluster: every call goes to the node that serves its key, under a deadline, repeated while the
line is down or a slot moves, its failures in our words."""

import asyncio
from collections.abc import Awaitable, Callable
from hashlib import sha1
from importlib.resources import files
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import AskError, ClusterDownError, MovedError, NoScriptError, ReadOnlyError, RedisError, TryAgainError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.maint_notifications import MaintNotificationsConfig

from gateway.bus.redis_nodes import Node, Nodes

T = TypeVar("T")

CALL_S = 5.0
"""How long a call may take, repeats included: a Redis that restarts is back within that, or the caller must know."""
SOCKET_S = 3.0
_PAUSES_S = (0.02, 0.05, 0.1, 0.2, 0.5)
LOST_ERRORS = (RedisConnectionError, RedisTimeoutError, ReadOnlyError, ClusterDownError, OSError)
"""The line is down, Redis is starting, or a failover goes on: the same call may succeed in a moment, perhaps elsewhere."""
AGAIN_ERRORS = (*LOST_ERRORS, AskError, TryAgainError)
"""Or a slot is on its way to another node (MovedError is an AskError): nothing was done, and it is to be asked again."""


class Script:
    """A script that runs inside Redis, in one step."""

    def __init__(self, name: str) -> None:
        self.source = files("gateway.bus").joinpath(f"{name}.lua").read_text(encoding="utf-8")
        self.sha = sha1(self.source.encode()).hexdigest()  # noqa: S324 - the name that Redis gives a script, not a secret


class Link:
    """Calls to Redis. Whatever is called may be repeated, so it must bear that."""

    def __init__(self, url: str) -> None:
        self.nodes = Nodes(url, _connect)

    async def open(self) -> None:
        """Find out what there is: one Redis, or a cluster and its map."""
        await self.call(self.nodes.learn)

    async def close(self) -> None:
        await self.nodes.close()

    async def run(self, script: Script, keys: list[str], args: list[Any]) -> Any:
        """Run a script where its keys live, teaching it to a Redis that has forgotten it."""

        async def call() -> Any:
            try:
                return await self._execute(keys[0], "EVALSHA", script.sha, len(keys), *keys, *args)
            except NoScriptError:
                return await self._execute(keys[0], "EVAL", script.source, len(keys), *keys, *args)

        return await self.call(call)

    async def do(self, command: str, key: str, *words: Any, deadline_s: float = CALL_S) -> Any:
        """Run one command where its key lives."""
        return await self.call(lambda: self._execute(key, command, key, *words), deadline_s)

    async def do_at(self, node: Node, *words: Any) -> Any:
        """Run one command on one node."""
        return await self.call(lambda: _execute_at(node, *words))

    async def call(self, attempt: Callable[[], Awaitable[T]], deadline_s: float = CALL_S) -> T:
        """Try until it succeeds or the deadline has passed. Raises TimeoutError or ConnectionError (both OSErrors) when Redis can't be
        reached, and ConnectionError with its code where it refuses (out of memory, no permission)."""
        pauses = iter(_PAUSES_S)
        try:
            async with asyncio.timeout(deadline_s):
                while True:
                    try:
                        return await attempt()
                    except AGAIN_ERRORS as error:
                        if isinstance(error, LOST_ERRORS):
                            await self.nodes.learn_again()
                        await asyncio.sleep(next(pauses, _PAUSES_S[-1]))
        except TimeoutError:
            raise TimeoutError(f"Redis did not answer within {deadline_s:g} s") from None
        except RedisError as error:
            raise refusal(error) from error

    async def _execute(self, key: str, *words: Any) -> Any:
        node = self.nodes.of(key)
        try:
            return await _execute_at(node, *words)
        except MovedError as error:
            self.nodes.moved(error, node)
            raise
        except AskError as error:
            return await _ask(self.nodes.told(error, node), *words)


def _connect(url: str) -> Redis:
    return Redis.from_url(
        url, socket_timeout=SOCKET_S, socket_connect_timeout=SOCKET_S, retry=Retry(NoBackoff(), 0), max_connections=64,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )  # fmt: skip


async def _execute_at(node: Node, *words: Any) -> Any:
    return await node.client.execute_command(*words)  # type: ignore[no-untyped-call]  # untyped in redis-py


async def _ask(node: Node, *words: Any) -> Any:
    """Ask the node to which a slot is moving, just this once: both words on one connection."""
    async with node.client.pipeline(transaction=False) as pipe:
        pipe.execute_command("ASKING")
        pipe.execute_command(*words)
        return (await pipe.execute())[1]


def refusal(error: RedisError) -> ConnectionError:
    """A refusal in our words: Redis's own may quote what was sent, so only its code is kept."""
    code = str(error).split(" ", 1)[0][:32]
    return ConnectionError(f"Redis refused: {type(error).__name__} {code}")
