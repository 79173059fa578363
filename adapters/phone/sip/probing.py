"""Starts the process that rings our own line, and has its report. Nothing of it is left behind, however it ends."""

import asyncio
import contextlib
import os
import secrets
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
from msgspec import Struct

from adapters.phone.sip.passes import issue

MODULE = "adapters.phone.sip.probe"
ORDER_MAX_BYTES = 16_384
REPORT_MAX_BYTES = 16_384
KEYS_COUNT = 2
BUSY = 486
BUSY_AGAIN_S = 0.5
READY_S = 10.0
_ROOT = str(Path(__file__).resolve().parents[3])
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")


class Order(Struct, frozen=True, kw_only=True):
    """Whom to ring, and how long that may take."""

    target: str
    test_pass: str
    keys: str
    interface: str = ""
    """The address to ring from; empty: as the machine's routes say."""
    encryption: str = "off"
    answer_s: float
    all_s: float
    """For the answer, and for all."""


class Report(Struct, frozen=True, kw_only=True):
    """How it went."""

    status: int = 0
    """Of SIP; 0: no answer at all."""
    reason: str = ""
    answered_ms: int = 0
    has_heard: bool = False
    """What the line plays was heard."""
    was_heard: bool = False
    """The line says that it heard us."""
    keys: str = ""
    """That the line says it understood."""
    trouble: str = ""
    """Why there was no call to report of: something with our own phone."""


Ring = Callable[[str, str], Awaitable[Report]]
"""Rings an address, from an interface."""

read_order = msgspec.json.Decoder(Order).decode
_read_report = msgspec.json.Decoder(Report).decode


def write(word: Order | Report) -> str:
    """As it goes over the wire."""
    return msgspec.json.encode(word).decode()


@asynccontextmanager
async def probing(key: bytes, *, encryption: str, within_s: float) -> AsyncIterator[Ring]:
    """A phone to ring with: one call, or some more while the line is engaged by somebody else's test."""
    first = asyncio.create_task(_Process.open())  # it takes its time, in which a line can be started
    opened: list[_Process] = []

    async def ring(target: str, interface: str) -> Report:
        loop, until_s = asyncio.get_running_loop(), 0.0
        while True:
            try:
                process = await (_Process.open() if opened else first)
            except OSError as error:  # TimeoutError is one
                return Report(trouble=type(error).__name__)
            opened.append(process)
            until_s = until_s or loop.time() + within_s
            left_s = max(1.0, until_s - loop.time())
            order = Order(
                target=target, interface=interface, encryption=encryption, all_s=left_s, answer_s=left_s * 0.6,
                test_pass=issue(key, at_s=time.time(), nonce=secrets.token_hex(16)), keys=_keys(),
            )  # fmt: skip
            report = await process.ring(order)
            if report.status != BUSY or loop.time() + BUSY_AGAIN_S + 2 > until_s:
                return report
            await asyncio.sleep(BUSY_AGAIN_S)

    try:
        yield ring
    finally:
        if not opened:
            opened += [one for one in await asyncio.gather(first, return_exceptions=True) if isinstance(one, _Process)]
        for process in opened:
            await process.close()


class _Process:
    """One life of the probe."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    @classmethod
    async def open(cls) -> "_Process":
        environ = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"PYTHONPATH": _ROOT, "OMP_NUM_THREADS": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", MODULE, start_new_session=True, env=environ, limit=REPORT_MAX_BYTES,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        opened = cls(process)
        try:
            async with asyncio.timeout(READY_S):
                await opened.ready()
        except BaseException:
            await opened.close()
            raise
        return opened

    async def ready(self) -> None:
        """Until it has read all that it needs. Raises OSError where it dies over that."""
        assert self._process.stdout is not None
        if not await self._process.stdout.readline():
            raise ConnectionResetError("expected a phone to ring with, got none")

    async def ring(self, order: Order) -> Report:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(order.all_s + 1):
                self._process.stdin.write(write(order).encode() + b"\n")
                await self._process.stdin.drain()
                return _read_report(await self._process.stdout.readline())
        except TimeoutError:
            return Report(trouble="no report in time")
        except (OSError, ValueError):
            return Report(trouble="the phone to ring with has died")

    async def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()
        await self._process.wait()


def _keys() -> str:
    """Two different ones, other ones each time: what is understood is not what was understood before."""
    keys = list("0123456789")
    secrets.SystemRandom().shuffle(keys)
    return "".join(keys[:KEYS_COUNT])
