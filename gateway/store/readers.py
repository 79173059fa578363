"""SQLite's readers: a few threads with a connection each, beside the writer."""

import asyncio
import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from gateway.core.errors import Busy
from gateway.store.lite import connect, drive, translated
from gateway.store.steps import Steps, busy

T = TypeVar("T")

DEADLINE_S = 10.0


class Readers:
    """Threads that read. `close` ends them; until then each keeps the connection that it has opened."""

    def __init__(self, path: Path, *, name: str, count: int, line_max_count: int) -> None:
        """`line_max_count`: reads that may wait for a thread; the next one is told to come again."""
        self._path = path
        self._name = name
        self._line_max_count = line_max_count
        self._threads = ThreadPoolExecutor(count, name)
        self._idle: SimpleQueue[sqlite3.Connection] = SimpleQueue()
        self._open_count = 0

    async def read(self, steps: Steps[T]) -> T:
        """Run steps that only read. Raises Busy where too many wait, or the answer is not there in time."""
        if self._open_count >= self._line_max_count:
            raise Busy(f"the line of the {self._name}", 1.0)
        self._open_count += 1
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._read_now, steps)
        running.add_done_callback(self._ended)
        try:
            async with asyncio.timeout(DEADLINE_S):  # wait_for of Python 3.11 loses a cancellation that meets the result
                return await running
        except TimeoutError:
            raise busy("the store does not answer in time", 1.0) from None
        except sqlite3.Error as error:
            raise translated(error) from error

    async def close(self) -> None:
        """Waits for what is being read."""
        await asyncio.to_thread(self._threads.shutdown)
        with contextlib.suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    def _read_now(self, steps: Steps[T]) -> T:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = connect(self._path, is_reader=True)
        try:
            return drive(connection, steps)
        finally:
            self._idle.put(connection)

    def _ended(self, _: "asyncio.Future[Any]") -> None:
        self._open_count -= 1
