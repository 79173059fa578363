"""The worker as the gateway sees it: a process that was started, its control socket, and the way to its media sockets."""

import asyncio
import contextlib
import logging
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import msgspec
from aiohttp import WSMsgType
from msgspec import structs

from adapters.phone.audio import Pcm
from adapters.phone.driver import LineFailed
from adapters.phone.sip import words as w
from adapters.phone.sip.lines import Lines
from config.phone import Phone

log = logging.getLogger(__name__)

MODULE = "adapters.phone.sip.worker"
READY_S = 20.0
COMMAND_S = 5.0
SHUT_S = 15.0
"""For callers to hear a last word; then the process is killed."""
MESSAGE_MAX_BYTES = 1024 * 1024
NO_STACK = 3

_ROOT = str(Path(__file__).resolve().parents[3])
_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH")


class Station:
    """One life of the worker."""

    def __init__(self, process: asyncio.subprocess.Process, start: w.Start) -> None:
        self._process = process
        self._start = start
        self._session: aiohttp.ClientSession | None = None
        self._control: aiohttp.ClientWebSocketResponse | None = None
        self._ear = asyncio.create_task(_repeat(process))

    @property
    def pid(self) -> int:
        return self._process.pid

    def recording_of(self, call: str) -> Path:
        """Where the call's recording grows, if it is recorded."""
        return Path(self._start.folder) / f"{call}.pcm"

    @classmethod
    async def open(
        cls, settings: Phone, *, music: Pcm, farewells: Mapping[str, Pcm], rtp_timeout_s: int, test_key: bytes = b""
    ) -> "Station":
        """Start the process, and come to its control socket. Raises LineFailed: `unable` where it can't listen."""
        folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="frontdesk-sip-")
        start = structs.replace(_start(settings, folder, music, farewells, rtp_timeout_s), test_key=test_key)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", MODULE, start_new_session=True, stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
            env={name: os.environ[name] for name in _KEPT if name in os.environ} | {"PYTHONPATH": _ROOT, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        station = cls(process, start)
        try:
            await station._connect()
        except BaseException:
            await station.close()
            await station.forget()
            raise
        return station

    async def _connect(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            async with asyncio.timeout(READY_S):
                self._process.stdin.write(w.write(self._start).encode() + b"\n")
                await self._process.stdin.drain()
                if not await self._process.stdout.readline():
                    await self._process.wait()
                    code = "unable" if self._process.returncode == NO_STACK else "unreachable"
                    raise LineFailed("the SIP worker has ended before it was ready", code=code)
                connector = aiohttp.UnixConnector(path=self._start.socket, limit=0)
                headers = {"Authorization": f"Bearer {self._start.token}"}
                self._session = aiohttp.ClientSession(connector=connector, headers=headers)
                self._control = await self._socket("control")
        except TimeoutError:
            raise LineFailed(f"expected a SIP worker within {READY_S:g} s", code="unreachable") from None
        except (OSError, aiohttp.ClientError) as error:
            raise LineFailed("the SIP worker can't be reached", code="unreachable") from error

    async def _socket(self, path: str) -> aiohttp.ClientWebSocketResponse:
        if self._session is None:
            raise LineFailed("the SIP worker is gone", code="unreachable")
        beat = w.PING_S if path == "control" else None
        return await self._session.ws_connect(f"http://worker/{path}", heartbeat=beat, max_msg_size=MESSAGE_MAX_BYTES)

    async def media(self, call: str) -> aiohttp.ClientWebSocketResponse:
        """The call's media socket. Raises LineFailed."""
        try:
            async with asyncio.timeout(COMMAND_S):
                return await self._socket(f"media/{call}")
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise LineFailed("the call's sound can't be had", code="unreachable") from error

    async def send(self, command: w.Command) -> None:
        """Ask for something. Raises LineFailed where the worker is gone."""
        try:
            async with asyncio.timeout(COMMAND_S):
                if self._control is None or self._control.closed:
                    raise LineFailed("the SIP worker is gone", code="unreachable")
                await self._control.send_str(w.write(command))
        except (TimeoutError, OSError, aiohttp.ClientError) as error:
            raise LineFailed("the SIP worker does not answer", code="unreachable") from error

    async def events(self) -> AsyncIterator[w.Event]:
        """What it tells, until it is gone."""
        assert self._control is not None
        async for message in self._control:
            if message.type is WSMsgType.TEXT:
                try:
                    yield w.read_event(message.data)
                except msgspec.MsgspecError:
                    log.exception("the SIP worker said what is no word of ours")

    async def close(self) -> None:
        """Let it say goodbye to its callers, and end it."""
        try:
            try:
                await self.send(w.Shut())
            except LineFailed:
                if self._process.stdin is not None:
                    self._process.stdin.close()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SHUT_S):
                    await self._process.wait()
        finally:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
            self._ear.cancel()
            if self._control is not None:
                await self._control.close()
            if self._session is not None:
                await self._session.close()

    async def forget(self) -> None:
        """Remove what it has left: only once its recordings were read."""
        await asyncio.to_thread(shutil.rmtree, self._start.folder, ignore_errors=True)


def _start(settings: Phone, folder: str, music: Pcm, farewells: Mapping[str, Pcm], rtp_timeout_s: int) -> w.Start:
    sip = settings.sip
    return w.Start(
        token=secrets.token_urlsafe(32), socket=f"{folder}/worker.sock", folder=folder, listen=sip.listen, number=sip.number,
        rtp_ports=sip.rtp_ports, advertised=sip.advertised, encryption=sip.encryption,
        certificate=str(Path(sip.certificate).absolute()) if sip.certificate else "", trunk_host=sip.trunk.host, trunk_user=sip.trunk.user,
        trunk_password=sip.trunk.password, trunk_transport=sip.trunk.transport, trunk_registers=sip.trunk.register, peers=sip.peers,
        calls_max_count=settings.calls_max_count, call_max_s=settings.call_max_s, rtp_timeout_s=rtp_timeout_s, music=music,
        farewells=dict(farewells),
    )  # fmt: skip


async def _repeat(process: asyncio.subprocess.Process) -> None:
    """Its lines among ours, without what belongs in no log."""
    lines = Lines(time.monotonic)
    assert process.stderr is not None
    with contextlib.suppress(OSError):
        while line := await _next_line(process.stderr):
            if said := lines.fit(line.decode("utf-8", "replace")):
                log.warning("the SIP worker says", extra={"line": said})


async def _next_line(reader: asyncio.StreamReader) -> bytes:
    """The next one, without what is longer than any: a pipe that nobody empties would stop the worker, and all calls."""
    while True:
        with contextlib.suppress(ValueError):
            return await reader.readline()
