"""Quick gateways without the wait: a process that has loaded the program, and serves nobody, forks one whenever a test asks for it.

Loading the program takes a core for half a second, and the tests start it more than a hundred times. Each gateway is a process of its own
as before: with its own session, log and environment, to be signalled and killed; only what it imports is there already. Whoever tests the
start itself runs the program `AS_INSTALLED`. As a program this file is that process: orders come on standard input, one JSON line each.
"""

import atexit
import contextlib
import ctypes
import functools
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.peers.processes import Process, guarded

LOADED = ("uvloop", "gateway.app", "gateway.commands.run", "gateway.web.server")
"""What every gateway has imported by the end of its start."""
IS_POSSIBLE = hasattr(os, "pidfd_open")
"""On Linux; elsewhere every gateway is loaded anew."""
_PR_SET_PDEATHSIG = 1


class Nursling(Process):
    """A gateway that was forked; everything else is as with any process of the tests."""

    def __init__(self, words: Sequence[str], log: Path) -> None:
        """`words`: the program's file, and the rest of the command line."""
        self.log = log
        log.touch()  # who waits for its words reads it before the process has begun
        self._process = _Forked(_nursery(), words, log)  # type: ignore[assignment]  # what Process asks of a Popen, it can


class _Forked:
    """The part of `subprocess.Popen` that `Process` needs, for a process whose parent is the nursery."""

    def __init__(self, nursery: "_Nursery", words: Sequence[str], log: Path) -> None:
        self._nursery = nursery
        self._words = tuple(words)
        self.pid: int = nursery.ask({"run": self._words, "log": str(log), "environment": dict(os.environ)})
        self._code: int | None = None

    def poll(self) -> int | None:
        """The exit code, or None. A pid is nobody else's before its code was asked for."""
        if self._code is None:
            self._code = self._nursery.ask({"ended": self.pid})
        return self._code

    def wait(self, timeout: float) -> int:
        if self._code is None:
            line = os.pidfd_open(self.pid)
            try:
                select.select([line], [], [], timeout)
            finally:
                os.close(line)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._words, timeout)
        return code

    def send_signal(self, sent: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sent)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Nursery:
    """The process that forks, as its test process sees it."""

    def __init__(self) -> None:
        self._one = threading.Lock()
        self._process = guarded([sys.executable, "-P", __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        atexit.register(self._end)

    def ask(self, order: dict[str, Any]) -> Any:
        """Its answer to an order. Raises ValueError where it has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._one:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
            return json.loads(self._process.stdout.readline())

    def _end(self) -> None:
        """Its children go with it: that is asked of the kernel."""
        with contextlib.suppress(OSError):
            self._process.communicate(timeout=10)


@functools.cache
def _nursery() -> _Nursery:
    return _Nursery()


# ---- in the other process


def serve() -> None:
    """Fork for every order, until nobody is on the line."""
    for line in sys.stdin.buffer:
        order = json.loads(line)
        if "run" in order:
            pid = os.fork()
            if pid == 0:
                return become(order["run"], order["log"], order["environment"])
            answer: int | None = pid
        else:
            ended, status = os.waitpid(order["ended"], os.WNOHANG)
            answer = os.waitstatus_to_exitcode(status) if ended else None
        os.write(1, json.dumps(answer).encode() + b"\n")
    return None


def become(words: list[str], log: str, environment: dict[str, str]) -> None:
    """Be the program of this command line, and end as it does."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    os.chdir("/")
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for ours, theirs in ((os.open(os.devnull, os.O_RDONLY), 0), (output, 1), (output, 2)):
        os.dup2(ours, theirs)
    os.closerange(3, 256)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = words
    runpy.run_path(words[0], run_name="__main__")


if __name__ == "__main__":
    for module in LOADED:
        importlib.import_module(module)
    importlib.import_module("gateway.core.expressions").compile_all()
    serve()
