"""Starting, awaiting and stopping a server process that never outlives the tests, not even killed ones."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

POLL_S = 0.01
_STARTER = ThreadPoolExecutor(1, "peer-starter")
"""Starts every process: the signal at a parent's death (prctl(2)) comes when the *thread* that forked ends. This one lives as long as the
tests, while a thread of an event loop's pool, in which a test restarts a server, ends with that loop."""
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_SHARE = 10_000 // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_PORTS = [start + _WORKER * _SHARE + port for start in (10_000, 20_000) for port in range(0, _SHARE - 1, 2)]
"""Below those that systems give to connections (Linux 32768, RFC 6335 49152), and below those that the tests give to sound. Each of the
test processes has its own: none takes what another one has just found to be free."""
_PORTS_END = 30_000
_given: set[int] = set()


class PeerError(Exception):
    """A server that the tests need is missing or did not start."""


def free_port(*, another_at: int = 1) -> int:
    """A port of 127.0.0.1 that nobody uses just now, nor the one so far behind it, over UDP or TCP, and that no connection takes of its own
    accord: from among the system's own a connection may have it before the server does, or lie in its way for a minute (TIME_WAIT)."""
    while True:
        port = random.SystemRandom().choice(_PORTS)
        both = {port, port + another_at}
        is_free = all(_can_be_had(one, kind) for one in both for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM))
        if is_free and max(both) < _PORTS_END and not both & _given:
            _given.update(both)
            return port


def _can_be_had(port: int, kind: socket.SocketKind) -> bool:
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def find_program(name: str, *folders: Path) -> str:
    """The program's path. A test that needs it fails where it is missing: a skipped test would prove nothing."""
    for folder in folders:
        if (folder / name).exists():
            return str(folder / name)
    found = shutil.which(name)
    if found is None:
        raise PeerError(
            f"{name} is not installed; `make test` installs it (as root or with sudo), or install it with your system's packages"
        )
    return found


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    """Whether somebody accepts connections there."""
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False


def wait_until(holds: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
    """Return as soon as `holds()`; raise PeerError naming `what` after `timeout_s`."""
    deadline = time.monotonic() + timeout_s
    while not holds():
        if time.monotonic() > deadline:
            raise PeerError(f"{what} did not happen within {timeout_s:g} s")
        time.sleep(POLL_S)


class Process:
    """A server process: its own session (a Ctrl-C at the terminal is for the tests), and dead as soon as its parent is."""

    def __init__(self, command: Sequence[str], log: Path, *, user: str | None = None, orphaned: signal.Signals = signal.SIGKILL) -> None:
        self.log = log
        with log.open("ab") as output:
            self._process = guarded(command, user=user, orphaned=orphaned, stdin=subprocess.DEVNULL, stdout=output, stderr=output)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process.poll() is None

    def wait_for(self, ready: Callable[[], bool], what: str, timeout_s: float = 30.0) -> None:
        """Return once `ready()`; raise PeerError with the end of its log when the process ends first, or is too slow."""

        def settled() -> bool:
            return not self.is_running or ready()

        wait_until(settled, what, timeout_s)
        if not self.is_running:
            raise PeerError(f"{what} ended at its start:\n{self.log.read_text(errors='replace')[-2000:]}")

    def wait(self, timeout_s: float) -> int:
        """Wait for its end by itself; its exit code."""
        return self._process.wait(timeout_s)

    def stop(self, sent: signal.Signals = signal.SIGTERM, timeout_s: float = 15.0) -> None:
        """Ask it to stop; kill it when it does not. Safe to repeat."""
        if self.is_running:
            self._process.send_signal(sent)
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """`kill -9`, and reap."""
        if self.is_running:
            self._process.kill()
        self._process.wait(10)


def guarded(
    command: Sequence[str], *, user: str | None = None, orphaned: signal.Signals = signal.SIGKILL, **pipes: Any
) -> subprocess.Popen[bytes]:
    """A process of its own session that gets this signal when the tests end; `pipes` as Popen takes them."""
    words = [*_guard(user, orphaned), *command]

    def popen() -> subprocess.Popen[bytes]:
        return subprocess.Popen(words, start_new_session=True, cwd="/", text=False, **pipes)

    return _STARTER.submit(popen).result()


def _guard(user: str | None, orphaned: signal.Signals) -> list[str]:
    """The words before a command that change its user, and let the kernel signal it when its parent dies."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        if user is not None:
            raise PeerError("setpriv is needed to run PostgreSQL's tests as root; run them as an ordinary user, or install util-linux")
        return []
    switch = [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--init-groups"] if user else []
    return [setpriv, *switch, f"--pdeathsig={orphaned.name.removeprefix('SIG')}"]


def is_root() -> bool:
    return os.geteuid() == 0
