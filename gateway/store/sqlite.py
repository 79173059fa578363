"""The record in one SQLite file, with the local bus's durable log beside it: the embedded default."""

import asyncio
import contextlib
import fcntl
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Literal, TypeVar

from config.problems import ConfigError, Problem
from gateway.core.errors import Busy
from gateway.core.ids import Lane, WorkerId
from gateway.core.message import Inbound
from gateway.core.ports import Clock, LaneEvent, Lease
from gateway.store import log
from gateway.store.checkpoints import Checkpoints
from gateway.store.commit import Batch, Outcomes
from gateway.store.lite import connect, drive, is_locked, translated
from gateway.store.migrations import check_not_newer, latest, migrate
from gateway.store.record import Record
from gateway.store.rows import body, micros
from gateway.store.steps import Steps, busy
from gateway.store.writer import Writer

T = TypeVar("T")

_READERS = 2
_READ_DEADLINE_S = 10.0
_READS_MAX_COUNT = 2_000
"""Reads that may wait for a reader; the next one is told to come again."""
_SWITCH_TO_WAL_S = 5.0


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
        self._threads: ThreadPoolExecutor | None = None
        self._idle_readers: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._reads = 0

    async def open(self) -> None:
        """Lock the file when serving, bring the schema forward, start the threads. Raises ConfigError in words for an operator."""
        if self._is_serving:
            self._lock = _locked(self.path)
        try:
            self._connection = await asyncio.to_thread(self._opened)
        except BaseException:
            self._unlock()
            raise
        self._threads = ThreadPoolExecutor(_READERS, "store-reader")
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
        if self._threads is not None:
            await asyncio.to_thread(self._threads.shutdown)
        with contextlib.suppress(Empty):
            while True:
                self._idle_readers.get_nowait().close()
        if self._connection is not None:
            await asyncio.to_thread(self._connection.close)
        self._writer = self._checkpoints = self._threads = self._connection = None
        self._unlock()

    async def healthy(self) -> None:
        """Raises Busy unless a write comes through: an empty one, as durable as any."""
        await self._write(log.nothing)

    async def _read(self, steps: Steps[T]) -> T:
        if self._threads is None:
            raise busy("the store is closed", 1.0)
        if self._reads >= _READS_MAX_COUNT:
            raise Busy("the line of the store's readers", 1.0)
        self._reads += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._read_now, steps)
        running.add_done_callback(self._read_ended)
        try:
            async with asyncio.timeout(_READ_DEADLINE_S):  # wait_for of Python 3.11 loses a cancellation that meets the result
                return await running
        except TimeoutError:
            raise busy("the store does not answer in time", 1.0) from None
        except sqlite3.Error as error:
            raise translated(error) from error

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

    def _read_now(self, steps: Steps[T]) -> T:
        try:
            connection = self._idle_readers.get_nowait()
        except Empty:
            connection = connect(self.path, is_reader=True)
        try:
            return drive(connection, steps)
        finally:
            self._idle_readers.put(connection)

    def _read_ended(self, _: "asyncio.Future[Any]") -> None:
        self._reads -= 1

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
    give_up_at = time.monotonic() + _SWITCH_TO_WAL_S
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
    connection.execute("BEGIN EXCLUSIVE")
    try:
        result = drive(connection, steps)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return result
