"""The record in one SQLite file, with the local bus's durable log beside it: the embedded default."""

import asyncio
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, TypeVar

from config.problems import ConfigError, Problem
from gateway.core.bus import LaneEvent, Lease
from gateway.core.events import Inbound
from gateway.core.ids import Lane, WorkerId
from gateway.core.ports import Clock
from gateway.store import log
from gateway.store.checkpoints import Checkpoints
from gateway.store.commit import Batch, Outcomes
from gateway.store.lite import connect, drive, is_locked
from gateway.store.migrations import check_not_newer, latest, migrate
from gateway.store.readers import Readers
from gateway.store.record import Record
from gateway.store.rows import body, micros
from gateway.store.steps import Steps, busy
from gateway.store.writer import Writer

T = TypeVar("T")

_READERS = 2
_READS_MAX_COUNT = 2_000
_SEARCHES_MAX_COUNT = 50
_OPENING_S = 30.0
"""How long others may hold a file that is being opened: processes of a loaded machine that start together and bring it forward."""


class SqliteStore(Record):
    """Store and LaneLog in one file. Writes go through one thread in groups; reads run beside them on connections of their own.

    With `is_serving` it takes the file for one serving process; commands may open it besides, to read and to write.
    """

    def __init__(self, path: Path, *, clock: Clock, synchronous: Literal["full", "normal"] = "full", is_serving: bool = False) -> None:
        super().__init__(clock)
        self.path = path
        self._synchronous: Literal["full", "normal"] = synchronous
        self._is_serving = is_serving
        self._lock: int | None = None
        self._connection: sqlite3.Connection | None = None
        self._writer: Writer | None = None
        self._checkpoints: Checkpoints | None = None
        self._readers: Readers | None = None
        self._searcher: Readers | None = None

    async def open(self) -> None:
        """Lock the file when serving, bring the schema forward, start the threads. Raises ConfigError in words for an operator."""
        if self._is_serving:
            self._lock = _locked(self.path)
        try:
            self._connection = await asyncio.to_thread(self._opened)
        except BaseException:
            self._unlock()
            raise
        self._readers = Readers(self.path, name="store-readers", count=_READERS, line_max_count=_READS_MAX_COUNT)
        self._searcher = Readers(self.path, name="store-searcher", count=1, line_max_count=_SEARCHES_MAX_COUNT)
        self._connection.execute("PRAGMA wal_autocheckpoint = 0")  # see Checkpoints
        self._checkpoints = Checkpoints(connect(self.path))
        self._checkpoints.start()
        self._writer = Writer(self._connection, self._checkpoints)
        self._writer.start()

    async def close(self) -> None:
        if self._writer is not None:
            await self._writer.stop()
        if self._checkpoints is not None:
            await asyncio.to_thread(self._checkpoints.stop)
        for readers in (self._readers, self._searcher):
            if readers is not None:
                await readers.close()
        if self._connection is not None:
            await asyncio.to_thread(self._connection.close)
        self._writer = self._checkpoints = self._readers = self._searcher = self._connection = None
        self._unlock()

    async def healthy(self) -> None:
        """Raises Busy unless a write comes through: an empty one, as durable as any."""
        await self._write(log.nothing)

    async def _read(self, steps: Steps[T]) -> T:
        return await _open(self._readers).read(steps)

    async def _look_through(self, steps: Steps[T]) -> T:
        return await _open(self._searcher).read(steps)

    async def _write(self, make: Callable[[], Steps[T]]) -> T:
        result: T = await self._line().submit(make)
        return result

    async def _commit(self, batch: Batch) -> Outcomes:
        result = await self._line().submit(batch)
        if isinstance(result, Exception):
            raise result
        outcomes: Outcomes = result
        return outcomes

    # ---- gateway.core.ports.LaneLog

    async def log_append(self, lane: Lane, event: Inbound) -> str | None:
        request = log.Append(lane, event.key, micros(self.clock.now()), body(event))
        position: str | None = await self._line().submit(request)
        return position

    async def log_read(self, lane: Lane, after: str, limit: int) -> Sequence[LaneEvent]:
        return await self._read(log.read(lane, after, limit))

    async def log_trim(self, lane: Lane, upto: str) -> None:
        now = self.clock.now()
        await self._write(lambda: log.trim(lane, upto, now))

    async def log_depth(self, lane: Lane) -> int:
        return await self._read(log.depth(lane))

    async def log_lease(self, name: str, worker: WorkerId, ttl_s: float, now: datetime) -> Lease | None:
        return await self._write(lambda: log.lease(name, worker, ttl_s, now))

    async def log_give_back(self, name: str, worker: WorkerId) -> None:
        await self._write(lambda: log.give_back(name, worker))

    async def log_announce(self, group: str, worker: WorkerId, ttl_s: float, now: datetime) -> int:
        return await self._write(lambda: log.announce(group, worker, ttl_s, now))

    # ---- inside

    def _line(self) -> Writer:
        if self._writer is None:
            raise busy("the store is closed", 1.0)
        return self._writer

    def _opened(self) -> sqlite3.Connection:
        connection = _patiently_connected(self.path, self._synchronous)
        try:
            _bring_forward(connection, str(self.path))
            if self._is_serving:
                _in_transaction(connection, log.start_alone())
        except BaseException:
            connection.close()
            raise
        return connection

    def _unlock(self) -> None:
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _open(readers: Readers | None) -> Readers:
    if readers is None:
        raise busy("the store is closed", 1.0)
    return readers


def _locked(path: Path) -> int:
    """An operating system's lock on a file beside the database; it goes with the process, however that ends."""
    beside = path.with_name(path.name + ".lock")
    try:
        beside.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(beside, os.O_CREAT | os.O_RDWR, 0o600)
    except OSError as error:
        raise ConfigError([Problem(str(path), f"the database can't be opened: {error.strerror}: {error.filename}")]) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(lock, 20, 0).decode("ascii", "replace").strip() or "unknown"
        os.close(lock)
        raise ConfigError([
            Problem(
                str(path),
                f"another process (number {holder}) serves from this database already. Stop that one first, or give this one a "
                "database of its own in [store] url. Several processes can share a PostgreSQL database.",
            )
        ]) from None  # fmt: skip
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return lock


def _patiently_connected(path: Path, synchronous: Literal["full", "normal"]) -> sqlite3.Connection:
    """SQLite does not wait by itself while another process turns a new file to WAL mode."""
    give_up_at = time.monotonic() + _OPENING_S
    while True:
        try:
            return connect(path, synchronous=synchronous)
        except (sqlite3.Error, OSError) as error:
            if isinstance(error, sqlite3.Error) and is_locked(error) and time.monotonic() < give_up_at:
                time.sleep(0.02)
                continue
            raise ConfigError([Problem(str(path), f"the database can't be opened: {error}")]) from error


def _bring_forward(connection: sqlite3.Connection, where: str) -> None:
    current = _version(connection)
    check_not_newer(where, current)
    if current < latest():
        _in_transaction(connection, migrate(where, "sqlite"))


def _version(connection: sqlite3.Connection) -> int:
    try:
        return max((version for (version,) in connection.execute("SELECT version FROM schema_version")), default=0)
    except sqlite3.OperationalError:
        return 0


def _in_transaction(connection: sqlite3.Connection, steps: Steps[T]) -> T:
    _begin_patiently(connection)
    try:
        result = drive(connection, steps)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result


def _begin_patiently(connection: sqlite3.Connection) -> None:
    give_up_at = time.monotonic() + _OPENING_S
    while True:
        try:
            connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.Error as error:
            if not is_locked(error) or time.monotonic() > give_up_at:
                raise
        else:
            return
