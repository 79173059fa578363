"""Which Redis serves a key: the only one there is or, on a cluster, the master of the key's hash slot.

Why not redis-py's own cluster client: it may send ASKING and the command that it is for over two connections of its pool, it closes every
node's connections when one of them says CLUSTERDOWN, and it repeats by itself beneath our deadlines. All that we need is a map of slots
over the same plain clients, so a single Redis pays nothing for it.
"""

import asyncio
import contextlib
import logging
import random
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, NoPermissionError, RedisError, ResponseError

from config.problems import ConfigError, Problem

log = logging.getLogger(__name__)

MAP_S = 1.0
"""How long one node may take to tell the map; then the next one is asked."""
_NO_CLUSTER = ("cluster support disabled", "unknown command")
"""How a Redis that is no cluster, or a proxy before one, answers the question for the map."""
_OTHER_DATABASE = "not allowed in cluster mode"
"""How a cluster answers to a database other than 0."""


class Node:
    """One Redis. `has_replica`: its cluster knows one that would take its place."""

    def __init__(self, name: str, client: Redis, *, has_replica: bool = False) -> None:
        self.name = name
        self.client = client
        self.has_replica = has_replica


class Nodes:
    """The plain Redis of the URL, or the masters of the cluster that it belongs to."""

    def __init__(self, url: str, connect: Callable[[str], Redis]) -> None:
        self._url = url
        self._connect = connect
        self._first = Node("", connect(url))
        self._nodes: dict[str, Node] = {}
        self._slots: list[str] = []
        self._learning: asyncio.Task[None] | None = None

    @property
    def masters(self) -> list[Node]:
        """Every Redis that holds data of ours."""
        return [self._nodes[name] for name in sorted(set(self._slots) - {""})] if self._slots else [self._first]

    async def learn(self) -> None:
        """Ask whether there is a cluster, and draw its map. Raises ConfigError for a database that no cluster has, and what redis-py raises
        when nobody answers."""
        try:
            await self._draw(self._first)
        except NoPermissionError:
            log.warning("Redis does not tell whether it is a cluster (CLUSTER SLOTS is forbidden): taken for a single one")
        except ResponseError as error:
            if _OTHER_DATABASE in str(error):
                raise ConfigError([Problem("[bus] url", "expected database 0: a Redis Cluster has no other")]) from error
            if not any(words in str(error) for words in _NO_CLUSTER):
                raise

    async def learn_again(self) -> None:
        """Draw the map anew, by the first node that answers; nothing for a plain Redis. Those who call at once share one asking."""
        if not self._slots:
            return
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(self._ask_around(), name="bus-map")
        await asyncio.shield(self._learning)

    def of(self, key: str) -> Node:
        """Where a key lives. Raises ClusterDownError where no master is known to serve it."""
        if not self._slots:
            return self._first
        name = self.home(key)
        if not name:
            raise ClusterDownError("no master is known for a slot")
        return self._nodes[name]

    def home(self, key: str) -> str:
        """The name of the node where a key lives: the same for all keys of a plain Redis, "" where none is known."""
        return self._slots[key_slot(key.encode())] if self._slots else ""

    def any(self, avoid: str = "") -> Node:
        """A node for what all nodes can do alike; another one than that to be avoided, if there is one."""
        masters = self.masters or [self._first]
        return random.choice([node for node in masters if node.name != avoid] or masters)  # noqa: S311 - spreads load, guards nothing

    def has(self, node: Node) -> bool:
        """Whether a node still belongs to the map."""
        return node is self._first if not self._slots else self._nodes.get(node.name) is node

    def moved(self, error: MovedError, said_by: Node) -> None:
        """Note that a slot lives elsewhere now."""
        node = self.told(error, said_by)
        if self._slots:
            self._slots[error.slot_id] = node.name

    def told(self, error: AskError, said_by: Node) -> Node:
        """The node that a redirection names; without a host it is the one who said it."""
        host = error.host or said_by.name.rpartition(":")[0]
        return self._node(host, error.port)

    async def close(self) -> None:
        if self._learning is not None:
            self._learning.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._learning
        for node in (self._first, *self._nodes.values()):
            await node.client.aclose()

    async def _ask_around(self) -> None:
        """Never raises: without an answer the old map stands, and whoever needs a new one asks again."""
        known = list(self._nodes.values())
        random.shuffle(known)
        for node in (*known, self._first):
            with contextlib.suppress(RedisError, OSError):
                async with asyncio.timeout(MAP_S):
                    await self._draw(node)
                    return

    async def _draw(self, node: Node) -> None:
        answer: list[list[Any]] = await node.client.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]  # untyped in redis-py
        slots, with_replicas = [""] * REDIS_CLUSTER_HASH_SLOTS, set()
        for first, last, master, *replicas in answer:
            host = _text(master[0]) or urlsplit(self._url).hostname or ""
            name = self._node(host, int(master[1])).name
            slots[first : last + 1] = [name] * (last + 1 - first)
            if replicas:
                with_replicas.add(name)
        self._slots = slots
        gone = [self._nodes.pop(name) for name in set(self._nodes) - set(slots)]
        for name, known in self._nodes.items():
            known.has_replica = name in with_replicas
        for one in gone:
            await one.client.aclose()

    def _node(self, host: str, port: int) -> Node:
        name = f"{host}:{port}"
        if name not in self._nodes:
            self._nodes[name] = Node(name, self._connect(address_in(self._url, host, port)))
        return self._nodes[name]


def address_in(url: str, host: str, port: int) -> str:
    """The URL of another node: everything but the address stays as it is (TLS, user and password, options)."""
    parts = urlsplit(url)
    user, at, _ = parts.netloc.rpartition("@")
    if parts.scheme == "unix":
        parts = parts._replace(scheme="redis", path="")
    return parts._replace(netloc=f"{user}{at}{f'[{host}]' if ':' in host else host}:{port}").geturl()


def _text(value: bytes | str | None) -> str:
    return value.decode() if isinstance(value, bytes) else value or ""
