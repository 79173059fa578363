"""Starting the measured servers and the load, and reading what the operating system says of them."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from tests.peers.gateway import AS_INSTALLED, Gateway
from tests.peers.processes import Process, free_port, is_listening

ROOT = Path(__file__).resolve().parent.parent
ECHO = Path(__file__).with_name("echo.py")
CORES = sorted(os.sched_getaffinity(0))


def pin(pid: int, core: int) -> None:
    """Keep a process on one core, where there are two: server and load must not share."""
    if len(CORES) > 1:
        for thread in psutil.Process(pid).threads():
            os.sched_setaffinity(thread.id, {CORES[core]})


def say(what: str) -> None:
    """Progress, for whoever waits; the figures have stdout for themselves."""
    print(f"  {what}", file=sys.stderr, flush=True)


class Server:
    """A measured process."""

    def __init__(self, port: int, pids: list[int]) -> None:
        self.port = port
        self._processes = [psutil.Process(pid) for pid in pids]

    def cpu_s(self) -> float:
        """Seconds of processor time used so far, all threads."""
        return sum(times.user + times.system for times in (process.cpu_times() for process in self._processes))

    def rss_bytes(self) -> int:
        """Resident memory."""
        return sum(int(process.memory_info().rss) for process in self._processes)


@contextmanager
def echo() -> Iterator[Server]:
    """The bare peer."""
    with peer(sys.executable, ECHO) as server:
        yield server


@contextmanager
def peer(python: str, script: Path) -> Iterator[Server]:
    """A peer's script, which is told its port, run by the interpreter that has what it imports."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        process = Process([python, str(script), str(port)], Path(folder) / "peer.log")
        try:
            process.wait_for(lambda: is_listening(port), script.stem)
            pin(process.pid, 0)
            yield Server(port, [process.pid])
        finally:
            process.kill()


@contextmanager
def frontdesk(**settings: Any) -> Iterator[Server]:
    """The real program, embedded, synchronous=FULL, its data on a disk folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), program=AS_INSTALLED, **settings)
        gateway.start()
        try:
            pin(gateway.pid(), 0)
            yield Server(gateway.port, [gateway.pid()])
        finally:
            gateway.stop()


@contextmanager
def spread(store_url: str, bus_url: str, *, workers: int, is_pinned: bool) -> Iterator[tuple[Server, Server]]:
    """The real program over Redis and PostgreSQL: one process for web and everything else, and so many that only handle turns.

    All of its processes together (on one core if pinned), and the workers alone.
    """
    names = [f"turns-{number}" for number in range(workers)]
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), program=AS_INSTALLED, store_url=store_url, bus_url=bus_url)
        try:
            gateway.start("web", "web,delivery,listen,timers")
            for name in names:
                gateway.start(name, "turns")
            pids = {name: gateway.pid(name) for name in gateway.names}
            for pid in pids.values() if is_pinned else ():
                pin(pid, 0)
            yield Server(gateway.port, list(pids.values())), Server(gateway.port, [pids[name] for name in names])
        finally:
            gateway.stop()


def load(server: Server, **plan: Any) -> dict[str, float]:
    """Put load on a server; the load's figures with the server's `cpu_s` over the measured time."""
    command = [sys.executable, "-m", "bench.load", json.dumps({"port": server.port, **plan})]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        pin(process.pid, -1)
        assert process.stdout.readline().strip() == "measuring"
        before = server.cpu_s()
        assert process.stdout.readline().strip() == "measured"
        used = max(server.cpu_s() - before, 0.01)  # the system counts in hundredths
        figures: dict[str, float] = json.loads(process.stdout.readline())
    if figures["lost"]:
        raise RuntimeError(f"{figures['lost']:.0f} connections broke under load: what is left measures nothing")
    return {**figures, "cpu_s": used, "per_cpu_s": figures["count"] / used}


@contextmanager
def holding(server: Server, **plan: Any) -> Iterator[None]:
    """Keep idle connections open meanwhile."""
    command = [sys.executable, "-m", "bench.load", json.dumps({"port": server.port, "hold_s": 600, **plan})]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "holding"
        try:
            yield
        finally:
            process.kill()
