"""The scripted Asterisk as a server on a free port: REST, events, and media."""

import asyncio
import base64
import contextlib
from typing import Any

from aiohttp import web

from tests.peers.asterisk.exchange import Exchange, Refusal
from tests.peers.asterisk.media import WebSocketEnd
from tests.peers.asterisk.pace import Pace
from tests.peers.asterisk.people import Caller, Manner, Phone
from tests.peers.asterisk.rest import Rest

USER, PASSWORD = "frontdesk", "s3cret-of-ari"
APP = "frontdesk"


class AsteriskServer:
    """`async with AsteriskServer() as asterisk`; time is `asterisk.pace`."""

    def __init__(self) -> None:
        self.pace = Pace()
        self.exchange = Exchange()
        self.rest = Rest(self.exchange, self.pace)
        self.requests: list[str] = []
        """All that was asked for: `POST channels/1/answer`."""
        self.refuses: dict[str, tuple[int, str]] = {}
        """By a part of a request: what is answered instead, as long as it stands here."""
        self.fell_through: list[Caller] = []
        """Callers who met no application, and went on in the dialplan."""
        self.port = 0
        self._runner: web.AppRunner | None = None
        self._sockets: set[web.WebSocketResponse] = set()

    async def __aenter__(self) -> "AsteriskServer":
        self.pace.ticks.append(self._tick)
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.rest.close()
        await self.stop()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Again on the same port."""
        app = web.Application(client_max_size=1_000_000)
        app.router.add_get("/ari/events", self._events)
        app.router.add_get("/media/{connection}", self._media)
        app.router.add_route("*", "/ari/{path:.+}", self._ask)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """The HTTP server is away, with all its sockets; channels stay where they are."""
        await self.drop_events()
        for end in self.rest.media:
            if isinstance(end, WebSocketEnd):
                await end.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def crash(self) -> None:
        """And nothing of before is there when it comes back."""
        await self.stop()
        self.exchange.channels.clear()
        self.exchange.bridges.clear()
        self.exchange.live.clear()
        self.exchange.apps.clear()

    async def drop_events(self) -> None:
        for socket in list(self._sockets):
            await socket.close()
        while self.exchange.is_active(APP):
            await asyncio.sleep(0)

    # Who calls

    def call(self, number: str = "+8613800138000", *, name: str = "", exten: str = "400", args: tuple[str, ...] = ()) -> Caller:
        """Somebody calls, and the dialplan says `Stasis(frontdesk)`."""
        caller = Caller(self.exchange, number, name, exten)
        self.exchange.add(caller.channel)
        if not self.exchange.enter(caller.channel, APP, args):
            self.fell_through.append(caller)
        return caller

    def phone(self, endpoint: str = "PJSIP/107", manner: Manner = "rings") -> Phone:
        phone = self.rest.phones[endpoint] = Phone(self.exchange, manner)
        return phone

    @property
    def left_behind(self) -> list[str]:
        """Channels, bridges and recordings that are still there."""
        exchange = self.exchange
        return sorted((*exchange.channels, *exchange.bridges, *exchange.live, *exchange.stored))

    async def _tick(self) -> None:
        self.exchange.tick()
        for end in list(self.rest.media):
            await end.post()

    # HTTP

    def _is_known(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "")
        return given == "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    async def _ask(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        asked = f"{request.method} {path}"
        self.requests.append(asked)
        if not self._is_known(request):
            return _refusal(401, "Authentication required")
        for part, (status, message) in self.refuses.items():
            if part in asked:
                return _refusal(status, message)
        try:
            answer = await self.rest.ask(request.method, path.split("/"), request.query)
        except Refusal as refusal:
            return _refusal(refusal.status, str(refusal))
        return _answer(answer)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        if not self._is_known(request):
            return _refusal(401, "Authentication required")
        app = request.query.get("app", "")
        if not app:
            return _refusal(400, "HTTP request is missing param: [app]")
        socket = web.WebSocketResponse(protocols=("ari",))
        await socket.prepare(request)
        outbox: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        send = outbox.put_nowait
        self.exchange.register(app, send)
        self._sockets.add(socket)
        writer = asyncio.get_running_loop().create_task(_write(socket, outbox))
        try:
            async for _ in socket:
                pass
        finally:
            self.exchange.deactivate(app, send)
            self._sockets.discard(socket)
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
        return socket

    async def _media(self, request: web.Request) -> web.StreamResponse:
        connection = request.match_info["connection"]
        ends = [end for end in self.rest.media if isinstance(end, WebSocketEnd) and end.connection == connection]
        if not ends or ends[0].channel is None or ends[0].channel.id not in self.exchange.channels:
            return _refusal(404, "WebSocket instance not found")
        if ends[0].socket is not None:
            return _refusal(409, "Another websocket connection exists for this connection id")
        socket = web.WebSocketResponse(protocols=("media",), max_msg_size=65_535)
        await socket.prepare(request)
        await ends[0].serve(socket)
        return socket


async def _write(socket: web.WebSocketResponse, outbox: "asyncio.Queue[dict[str, Any]]") -> None:
    with contextlib.suppress(ConnectionError):
        while True:
            await socket.send_json(await outbox.get())


def _answer(answer: Any) -> web.Response:
    if answer is None:
        return web.Response(status=204)
    if isinstance(answer, bytes):
        return web.Response(body=answer, content_type="audio/wav")
    return web.json_response(answer)


def _refusal(status: int, message: str) -> web.Response:
    headers = {"WWW-Authenticate": 'Basic realm="Asterisk REST Interface"'} if status == 401 else {}
    return web.json_response({"message": message}, status=status, headers=headers)
