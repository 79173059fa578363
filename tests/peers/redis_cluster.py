"""A private Redis Cluster of three masters, with replicas if wanted, on free ports; as durable as a single Redis of the tests."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from redis import Redis
from redis.crc import key_slot
from redis.exceptions import ConnectionError as RedisConnectionError

from tests.peers.processes import PeerError, free_port, wait_until
from tests.peers.redis import RedisServer

SLOT_COUNT = 16384
BUS_OFFSET = 10_000
MASTER_COUNT = 3
NODE_TIMEOUT_MS = 2000
MOVED_COUNT = 20
"""Keys of one MIGRATE."""
_OPTIONS = (
    "--cluster-enabled", "yes", "--cluster-node-timeout", str(NODE_TIMEOUT_MS), "--cluster-require-full-coverage", "no",
    "--repl-diskless-sync-delay", "0", "--repl-ping-replica-period", "1",
)  # fmt: skip


class RedisCluster:
    """Three masters with a third of the slots each; replica n follows master n % 3."""

    def __init__(self, *, replica_count: int = 0) -> None:
        self.masters = [_server() for _ in range(MASTER_COUNT)]
        self.replicas = [_server() for _ in range(replica_count)]
        self._is_formed = False

    @property
    def servers(self) -> list[RedisServer]:
        return [*self.masters, *self.replicas]

    @property
    def url(self) -> str:
        return self.masters[0].url

    def start(self) -> None:
        """Start what does not run; returns when all of them know each other and serve every slot."""
        for server in self.servers:
            server.start()
        if not self._is_formed:
            self._form()
        wait_until(lambda: all(_is_whole(server) for server in self.servers), "a whole Redis Cluster")
        self._is_formed = True

    def flush(self) -> None:
        """Forget all data."""
        for server in self.masters:
            server.flush()

    def home(self, key: str) -> int:
        """The number of the master that serves a key, as the first server that runs sees it."""
        slot = key_slot(key.encode())
        port = next(port for first, last, port in _ranges(self.servers) if first <= slot <= last)
        return [server.port for server in self.servers].index(port)

    def move(self, key: str, target: int) -> int:
        """Move a key's slot to another master, as `redis-cli --cluster reshard` does; how many keys went along."""
        with self.moving(key, target) as moved_count:
            return moved_count

    @contextmanager
    def moving(self, key: str, target: int) -> Iterator[int]:
        """The slot on its way: all its keys are there already, and it is still this master's. With the block's end it is the other's."""
        slot, moved_count = key_slot(key.encode()), 0
        home, there = self.servers[self.home(key)], self.masters[target]
        with Redis.from_url(home.url) as source, Redis.from_url(there.url) as sink:
            sink.execute_command("CLUSTER", "SETSLOT", slot, "IMPORTING", _id(source))
            source.execute_command("CLUSTER", "SETSLOT", slot, "MIGRATING", _id(sink))
            while keys := source.execute_command("CLUSTER", "GETKEYSINSLOT", slot, MOVED_COUNT):
                source.execute_command("MIGRATE", "127.0.0.1", there.port, "", 0, 5000, "KEYS", *keys)
                moved_count += len(keys)
            yield moved_count
            for client in (sink, source):
                client.execute_command("CLUSTER", "SETSLOT", slot, "NODE", _id(sink))
        wait_until(lambda: all(_port_of(server, slot) == there.port for server in self.servers), "a slot's move known to all")

    def remove(self) -> None:
        """Kill all and delete their folders."""
        for server in self.servers:
            server.remove()

    def _form(self) -> None:
        for number, server in enumerate(self.servers):
            with Redis.from_url(server.url) as client:
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                if number < MASTER_COUNT:
                    slots = range(number * SLOT_COUNT // MASTER_COUNT, (number + 1) * SLOT_COUNT // MASTER_COUNT)
                    client.execute_command("CLUSTER", "ADDSLOTS", *slots)
                if number:
                    client.execute_command("CLUSTER", "MEET", "127.0.0.1", self.masters[0].port)
        for number, replica in enumerate(self.replicas):
            master = self.masters[number % MASTER_COUNT]
            with Redis.from_url(replica.url) as client, Redis.from_url(master.url) as followed:
                wait_until(lambda: _id(followed) in str(client.execute_command("CLUSTER", "NODES")), "a replica knowing its master")
                client.execute_command("CLUSTER", "REPLICATE", _id(followed))
                wait_until(lambda: client.info("replication").get("master_link_status") == "up", "a replica that follows")
        wait_until(lambda: all(_replica_count(server) == len(self.replicas) for server in self.servers), "all replicas known to all")


def _server() -> RedisServer:
    """Its nodes talk to each other `BUS_OFFSET` further."""
    return RedisServer(port=free_port(another_at=BUS_OFFSET), extra=_OPTIONS)


def _id(client: Redis) -> str:
    answer = client.execute_command("CLUSTER", "MYID")  # type: ignore[no-untyped-call]  # untyped in redis-py
    return answer.decode() if isinstance(answer, bytes) else str(answer)


def _ranges(servers: Sequence[RedisServer]) -> list[tuple[int, int, int]]:
    """(first slot, last slot, port of its master), as the first of the servers that answers sees it."""
    for server in servers:
        with suppress(RedisConnectionError), Redis.from_url(server.url) as client:
            return [(int(part[0]), int(part[1]), int(part[2][1])) for part in client.execute_command("CLUSTER", "SLOTS")]
    raise PeerError("no node of the Redis Cluster answers")


def _replica_count(server: RedisServer) -> int:
    with Redis.from_url(server.url) as client:
        return sum(len(part) - 3 for part in client.execute_command("CLUSTER", "SLOTS"))


def _port_of(server: RedisServer, slot: int) -> int:
    return next(port for first, last, port in _ranges([server]) if first <= slot <= last)


def _is_whole(server: RedisServer) -> bool:
    with Redis.from_url(server.url) as client:
        info = client.execute_command("CLUSTER", "INFO")
    said = info if isinstance(info, dict) else dict(line.split(":", 1) for line in info.decode().split())
    return said["cluster_state"] == "ok" and sum(last - first + 1 for first, last, _ in _ranges([server])) == SLOT_COUNT
