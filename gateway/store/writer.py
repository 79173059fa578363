"""SQLite's one writer: a thread that takes every write that waits, and makes them durable with one COMMIT.

It never waits for more to come: while one group is being synced the next one gathers by itself. What one turn of the loop submits is
handed over as one, though: waking the thread for each write would have it fight with the loop for the interpreter.
"""

import asyncio
import contextlib
import logging
import queue
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from gateway.core.errors import Busy, InDoubt
from gateway.store.checkpoints import Checkpoints
from gateway.store.group import Request, apart, together
from gateway.store.lite import drive, translated
from gateway.store.steps import StatementFailed, Steps

log = logging.getLogger(__name__)

LINE_MAX_COUNT = 20_000
"""Writes that may wait; the next one is told to come again."""
GROUP_MAX_COUNT = 4_096
"""Writes of one transaction: what a crash-safe COMMIT of a slow disk still takes well under a second."""
HANDED_MAX_COUNT = 1_024
"""Writes that are handed over as one."""
DEADLINE_S = 10.0
LOOK_EVERY_S = 1.0

_Waiting = tuple[Request, "asyncio.Future[Any]", float]


class Writer:
    """Owns the writing connection from `start` until `stop`."""

    def __init__(self, connection: sqlite3.Connection, checkpoints: Checkpoints) -> None:
        self._connection = connection
        self._checkpoints = checkpoints
        self._line: queue.SimpleQueue[Sequence[_Waiting] | None] = queue.SimpleQueue()
        self._submitted: list[_Waiting] = []
        """Those of this turn of the loop."""
        self._open: deque[_Waiting] = deque()
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._loop = asyncio.get_running_loop()
        self._watch: asyncio.TimerHandle | None = None
        self._is_stopping = False

    def start(self) -> None:
        self._thread.start()

    async def stop(self) -> None:
        """Finish what waits, then end the thread."""
        if not self._is_stopping and self._thread.is_alive():
            self._is_stopping = True
            self._hand_over()
            self._line.put(None)
            await asyncio.to_thread(self._thread.join, DEADLINE_S)
        if self._watch is not None:
            self._watch.cancel()

    def submit(self, request: Request) -> "asyncio.Future[Any]":
        """A future of the request's result. Raises Busy where the line is full. One that is cancelled before its turn is not written."""
        if self._is_stopping or len(self._open) >= LINE_MAX_COUNT:
            raise Busy("the store's line", 1.0)
        waiting = (request, self._loop.create_future(), self._loop.time() + DEADLINE_S)
        self._open.append(waiting)
        self._submitted.append(waiting)
        if len(self._submitted) == 1:
            self._loop.call_soon(self._hand_over)
        if self._watch is None:
            self._watch = self._loop.call_later(LOOK_EVERY_S, self._look)
        return waiting[1]

    def _hand_over(self) -> None:
        submitted, self._submitted = self._submitted, []
        for start in range(0, len(submitted), HANDED_MAX_COUNT):
            self._line.put(submitted[start : start + HANDED_MAX_COUNT])

    def _look(self) -> None:
        """Drop what is done, and fail whoever has waited too long: the disk hangs, and nobody knows what it has kept."""
        now = self._loop.time()
        while self._open and (self._open[0][1].done() or self._open[0][2] <= now):
            _, future, _ = self._open.popleft()
            if not future.done():
                future.set_exception(InDoubt("the store"))
        self._watch = self._loop.call_later(LOOK_EVERY_S, self._look) if self._open else None

    def _work(self) -> None:
        while (first := self._line.get()) is not None:
            group = [waiting for waiting in self._gather(first) if not waiting[1].done()]
            if group:
                results = self._written([request for request, _, _ in group])
                self._checkpoints.wrote()
                with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
                    self._loop.call_soon_threadsafe(self._resolve, group, results)

    def _gather(self, first: Sequence[_Waiting]) -> Sequence[_Waiting]:
        group = list(first)
        with contextlib.suppress(queue.Empty):
            while len(group) <= GROUP_MAX_COUNT - HANDED_MAX_COUNT:
                handed = self._line.get_nowait()
                if handed is None:
                    self._line.put(None)
                    break
                group.extend(handed)
        return group

    def _written(self, requests: Sequence[Request]) -> Sequence[Any]:
        try:
            try:
                return self._transaction(together, requests)
            except StatementFailed:
                return self._transaction(apart, requests)
        except sqlite3.Error as error:
            return [translated(error)] * len(requests)
        except Exception as error:  # the thread must outlive whatever one group does
            log.exception("a group of writes failed")
            return [error] * len(requests)

    def _transaction(self, make: Callable[[Sequence[Request]], Steps[list[Any]]], requests: Sequence[Request]) -> list[Any]:
        connection = self._connection
        self._checkpoints.finish(connection)
        connection.execute("BEGIN IMMEDIATE")
        try:
            results = drive(connection, make(requests))
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return results

    def _resolve(self, group: Sequence[_Waiting], results: Sequence[Any]) -> None:
        for (_, future, _), result in zip(group, results, strict=True):
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)
        while self._open and self._open[0][1].done():
            self._open.popleft()
