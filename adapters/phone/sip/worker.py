"""The worker process: SIP and RTP on one side, the gateway on the other. `python -m adapters.phone.sip.worker`, started by the driver.

It lives in a process of its own, so that a busy gateway breaks no call. The gateway's word (`Start`, a token in it) comes as the first line
of input; then the gateway comes to a Unix socket with that token: one control socket, and a media socket per call. Its input stays open:
when it ends, the gateway is gone, however it died, and the callers get a word and a BYE.
"""

import asyncio
import contextlib
import hmac
import logging
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import WSMsgType, web

from adapters.phone.media_words import read as read_media
from adapters.phone.sip import words as w
from adapters.phone.sip.exchange import Exchange, Shutting
from adapters.phone.sip.line import Line
from adapters.phone.sip.lines import discreet
from adapters.phone.sip.peers import Peers
from adapters.phone.sip.stack import Stack

log = logging.getLogger("adapters.phone.sip.worker")

START_MAX_BYTES = 64 * 1024 * 1024
START_TIMEOUT_S = 20.0
MESSAGE_MAX_BYTES = 1024 * 1024
SEND_TIMEOUT_S = 10.0
GOODBYE_S = 12.0
TICK_S = 0.02
LATE_S = 0.2
"""Later than this, and the ticks between are left out: the buffers have had it."""
NO_STACK = 3
"""How the process ends where the SIP stack can't be opened, or has died."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Worker:
    """The sockets and the clock around the calls."""

    def __init__(self, start: w.Start) -> None:
        self._start = start
        self._stack = Stack(start)
        self._events: asyncio.Queue[w.Event | None] = asyncio.Queue()
        self._peers = Peers(start.peers, start.trunk_host)
        self._exchange = Exchange(start, self._stack, self._events.put_nowait, lambda: self._peers.all)
        self._gone = asyncio.Event()
        """The gateway is, or the stack."""
        self._has_control = False

    async def run(self, gateway_gone: asyncio.Event) -> int:
        """Until the gateway is gone. How the process ends."""
        self._stack.on_dead = lambda: os._exit(NO_STACK)
        await self._peers.find()
        await self._stack.open()
        runner = web.AppRunner(self._app(), access_log=None)
        await runner.setup()
        os.umask(0o077)
        await web.UnixSite(runner, self._start.socket).start()
        print("ready", flush=True)  # noqa: T201 - what the driver waits for, then it comes to the socket
        beside = [
            asyncio.create_task(work) for work in (self._tick(), self._stack.register(), self._watch(gateway_gone), self._peers.keep())
        ]
        await self._gone.wait()
        await self._exchange.goodbye()
        self._events.put_nowait(None)
        for task in beside:
            task.cancel()
        await self._stack.close()
        if gateway_gone.is_set():
            shutil.rmtree(self._start.folder, ignore_errors=True)  # nobody else will
        return 0

    async def _watch(self, gateway_gone: asyncio.Event) -> None:
        await gateway_gone.wait()
        log.warning("the gateway is gone")
        self._gone.set()

    # The clock

    async def _tick(self) -> None:
        """Every 20 ms by absolute deadlines."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = max(due + TICK_S, loop.time() - LATE_S)
            await asyncio.sleep(max(0.0, due - loop.time()))
            for line in list(self._exchange.lines.values()):
                if not line.is_resting:
                    self._tick_line(line)

    def _tick_line(self, line: Line) -> None:
        try:
            line.tick()
        except Exception:  # one call's trouble is not the others'
            log.exception("a call's sound has failed")
            line.is_up = False
            asyncio.get_running_loop().create_task(line.native.end())

    # The sockets

    def _app(self) -> web.Application:
        app = web.Application(middlewares=[self._only_the_gateway])
        app.router.add_get("/control", self._control)
        app.router.add_get("/media/{call}", self._media)
        return app

    @web.middleware
    async def _only_the_gateway(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, f"Bearer {self._start.token}".encode()):
            raise web.HTTPForbidden
        return await handler(request)

    async def _control(self, request: web.Request) -> web.StreamResponse:
        if self._has_control:
            raise web.HTTPConflict
        self._has_control = True
        socket = web.WebSocketResponse(heartbeat=w.PING_S, compress=False, max_msg_size=MESSAGE_MAX_BYTES)
        await socket.prepare(request)
        teller = asyncio.create_task(self._tell(socket))
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._exchange.do(w.read_command(message.data))
        except (msgspec.MsgspecError, Shutting):
            log.info("told to end")
        finally:
            self._gone.set()
            await asyncio.wait({teller}, timeout=GOODBYE_S)  # what is still to be told: how the calls end that end now
            teller.cancel()
        return socket

    async def _tell(self, socket: web.WebSocketResponse) -> None:
        while (event := await self._events.get()) is not None:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await socket.send_str(w.write(event))

    async def _media(self, request: web.Request) -> web.StreamResponse:
        line = self._exchange.lines.get(request.match_info["call"])
        if line is None:
            raise web.HTTPNotFound
        if line.has_media:
            raise web.HTTPConflict
        socket = web.WebSocketResponse(compress=False, max_msg_size=MESSAGE_MAX_BYTES)
        line.begin()
        await socket.prepare(request)
        sayer = asyncio.create_task(_say(line, socket))
        try:
            await self._hear(line, socket)
        finally:
            sayer.cancel()
            self._exchange.let_go(line)
        return socket

    async def _hear(self, line: Line, socket: web.WebSocketResponse) -> None:
        async for message in socket:
            if message.type is WSMsgType.BINARY:
                line.hear(message.data, lambda: None)
            elif message.type is WSMsgType.TEXT and (word := read_media(message.data)):
                line.hear(word, lambda: self._exchange.hang_up(line))


async def _say(line: Line, socket: web.WebSocketResponse) -> None:
    """All that the call says to the gateway, until it is over."""
    with contextlib.suppress(OSError, TimeoutError):
        while (said := await line.said.get()) is not None:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                if isinstance(said, str):
                    await socket.send_str(said)
                else:
                    await socket.send_bytes(said)
    await socket.close()


class Discreet(logging.Formatter):
    """One short line, without numbers and addresses of people: the stack's own lines have them."""

    def format(self, record: logging.LogRecord) -> str:
        text = " ".join(record.getMessage().split())
        if record.exc_info and record.exc_info[0]:
            text += f" ({record.exc_info[0].__name__})"
        return f"{record.levelname} {record.name}: {discreet(text)}"


def _configure_logs() -> None:
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Discreet())
    logging.getLogger().handlers[:] = [handler]
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger("aiohttp.websocket").setLevel(logging.CRITICAL)


async def _input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=START_MAX_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _drain(reader: asyncio.StreamReader, gone: asyncio.Event) -> None:
    while await reader.read(4_096):
        pass
    gone.set()


async def run() -> int:
    """Read what is wanted, and do it."""
    reader = await _input()
    async with asyncio.timeout(START_TIMEOUT_S):
        start = w.read_start(await reader.readline())
    gone = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, gone.set)
    drain = asyncio.create_task(_drain(reader, gone))
    try:
        return await Worker(start).run(gone)
    except Exception:  # the outermost: said, and told by the code
        log.exception("the SIP stack could not be opened")
        return NO_STACK
    finally:
        drain.cancel()


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is the gateway's, which then ends us
    _configure_logs()
    sys.exit(asyncio.run(run()))


if __name__ == "__main__":
    main()
