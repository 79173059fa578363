"""How soon there is an answer: after a cold start, and after a `kill -9`."""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil

from bench.result import Result
from bench.servers import ECHO
from tests.peers.gateway import AS_INSTALLED, Gateway
from tests.peers.processes import Process, free_port, is_listening
from tests.peers.visitor import Visitor

REST_S = 3.0


def cold_start(*, runs: int = 5) -> Result:
    """From the start of the process to the first answered question, and memory at rest, against importing aiohttp and serving an echo.

    The very first start compiles our modules, prepares the knowledge base and makes the encoder's file: told beside the others.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), program=AS_INSTALLED)
        first_s = _start_and_ask_s(gateway)
        very_first_rss_mib = _rest_mib(gateway.pid())
        gateway.stop()
        bare, again, cpu_s = [], [], []
        for run in range(runs):
            bare.append(_bare_start_s())  # in turns: a machine that others use is not the same for long
            again.append(_start_and_ask_s(gateway))
            cpu_s.append(sum(psutil.Process(gateway.pid()).cpu_times()[:2]))
            rss_mib = _rest_mib(gateway.pid()) if run == runs - 1 else 0.0
            gateway.stop()
    ratio = statistics.median(again) / statistics.median(bare)
    return Result(
        name="cold_start", against="importing aiohttp and serving an echo", ratio=ratio, must="< 4, < 200 MiB", goal="< 2, < 100 MiB",
        is_met=ratio < 4 and max(rss_mib, very_first_rss_mib) < 200,
        figures={
            "seconds": statistics.median(again), "very_first_s": first_s, "bare_s": statistics.median(bare),
            "cpu_s": statistics.median(cpu_s), "rss_mib": rss_mib, "very_first_rss_mib": very_first_rss_mib,
        },
    )  # fmt: skip


def _rest_mib(pid: int) -> float:
    """Resident memory once it grows no more: the encoder loads behind the first answers."""
    before, now = 0, psutil.Process(pid).memory_info().rss
    while now > before:
        time.sleep(REST_S)
        before, now = now, psutil.Process(pid).memory_info().rss
    return now / 2**20


def recovery(*, runs: int = 5) -> Result:
    """From `kill -9` to the next answered turn, against a bare start."""
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), program=AS_INSTALLED)
        start_s = _start_and_ask_s(gateway)
        took = []
        for _ in range(runs):
            gateway.kill()
            took.append(_start_and_ask_s(gateway))
        gateway.stop()
    extra_s = statistics.median(took) - start_s
    return Result(
        name="recovery", against="the same start without a kill", ratio=statistics.median(took) / start_s, must="start + 1 s",
        goal="start + 0.3 s", is_met=extra_s <= 1, figures={"seconds": statistics.median(took), "start_s": start_s, "extra_s": extra_s},
    )  # fmt: skip


def _bare_start_s() -> float:
    port, started = free_port(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        process = Process([sys.executable, str(ECHO), str(port)], Path(folder) / "echo.log")
        process.wait_for(lambda: is_listening(port), "the echo server")
        took_s = time.perf_counter() - started
        process.kill()
    return took_s


def _start_and_ask_s(gateway: Gateway) -> float:
    started = time.perf_counter()
    gateway.start()
    asyncio.run(_ask(gateway))
    return time.perf_counter() - started


async def _ask(gateway: Gateway) -> None:
    async with Visitor(gateway.url, "first") as visitor:
        seq = await visitor.acknowledged(await visitor.say("question number 1"))
        await visitor.answer_to(seq)
