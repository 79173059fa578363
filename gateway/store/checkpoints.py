"""SQLite's checkpoints, beside the writer: its write-ahead log is copied into the database by a thread of its own.

A checkpoint inside the writer would keep every turn waiting that comes meanwhile, several times a second under load. A passive one
hinders nobody (sqlite.org/wal.html#ckpt). What it can't do while writes go on is to begin the log anew, so the log would grow for as
long as the load lasts: where it has become long, the writer copies the little that is left between two of its groups, and the next
write begins at the log's start.
"""

import contextlib
import sqlite3
import threading

EVERY_S = 0.4
"""Seldom enough that a page which many turns change is copied once for them all."""
LONG_PAGES = 24_000
"""96 MB of log: then the writer is asked to finish."""
_CHECKPOINT = "PRAGMA wal_checkpoint(PASSIVE)"


class Checkpoints:
    """Owns a connection from `start` until `stop`. `wrote` and `finish` are the writer's thread's to call."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._thread = threading.Thread(target=self._work, name="store-checkpoints", daemon=True)
        self._stopping = threading.Event()
        self._is_behind = False
        self._is_long = False

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Blocks for as long as a running checkpoint takes."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        self._connection.close()

    def wrote(self) -> None:
        """There is something to copy."""
        self._is_behind = True

    def finish(self, connection: sqlite3.Connection) -> None:
        """Where the log has become long: copy what is left of it, here, between two transactions."""
        if self._is_long:
            self._is_long = False
            connection.execute(_CHECKPOINT)

    def _work(self) -> None:
        while not self._stopping.wait(EVERY_S):
            if self._is_behind:
                self._is_behind = False
                with contextlib.suppress(sqlite3.Error):  # a full or ailing disk is the writer's to report; the log keeps everything
                    _, log_pages, _ = self._connection.execute(_CHECKPOINT).fetchone()
                    if log_pages > LONG_PAGES:
                        self._connection.execute(_CHECKPOINT)  # what was written meanwhile: the less is left, the shorter the writer's part
                        self._is_long = True
