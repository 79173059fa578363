"""A private Redis that keeps what it acknowledged: append-only file, synced at every write."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.processes import PeerError, Process, find_program, free_port


class RedisServer:
    """A Redis of our own. `restart` and `kill` keep its port and its folder, so its data is what a real restart leaves."""

    def __init__(self, *, is_durable: bool = True, extra: tuple[str, ...] = (), port: int = 0) -> None:
        """`is_durable=False`: no append-only file, as a careless operator would run it. `extra`: more words for its command line."""
        self._program = find_program("redis-server")
        self.folder = Path(tempfile.mkdtemp(prefix="frontdesk-redis-"))
        self.port = port or free_port()
        self._durability = ("--appendonly", "yes", "--appendfsync", "always") if is_durable else ("--appendonly", "no")
        self._extra = extra
        self._process: Process | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start it unless it runs; returns when it answers."""
        if self._process is not None and self._process.is_running:
            return
        command = [
            self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder), "--save", "", *self._durability,
            *self._extra,
        ]  # fmt: skip
        self._process = Process(command, self.folder / "redis.log")
        self._process.wait_for(self._answers, "Redis")

    def stop(self) -> None:
        """Stop it as an operator would."""
        if self._process is not None:
            self._process.stop(signal.SIGTERM)

    def kill(self) -> None:
        """`kill -9`."""
        if self._process is not None:
            self._process.kill()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """It stands still, as a machine that swaps does, until the block's end."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self._process.pid, signal.SIGCONT)

    def restart(self, *, is_killed: bool = False) -> None:
        """Stop (or kill) it and start it again with the data that it has on disk."""
        if is_killed:
            self.kill()
        else:
            self.stop()
        self.start()

    def flush(self) -> None:
        """Forget all data."""
        answer = self.command("FLUSHALL")
        if answer != "+OK":
            raise PeerError(f"Redis did not flush: {answer}")

    def command(self, words: str) -> str:
        """The first line that Redis answers to an inline command."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            connection.sendall(words.encode() + b"\r\n")
            return connection.makefile("rb").readline().decode().strip()

    def remove(self) -> None:
        """Kill it and delete its folder."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _answers(self) -> bool:
        try:
            return self.command("PING") == "+PONG"
        except OSError:
            return False
