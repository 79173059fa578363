"""The sockets of web chat: `/chat/{site}/ws`, who may open one, and how all of them are closed."""

import asyncio
from typing import Literal

from aiohttp import WSCloseCode, WSMsgType, web

from adapters.webchat.frames import FRAME_MAX_BYTES, SUBPROTOCOL
from gateway.core.errors import Busy
from gateway.web.address import client_address
from gateway.web.chat_reception import RECEPTION
from gateway.web.chat_socket import ChatSocket

HEARTBEAT_S = 25.0
CLOSE_S = 2.0
"""For a client to answer our goodbye."""
_BYE_SPREAD_S = 4.0
"""Over which clients come back after a restart."""
_COME_AGAIN_S = 5.0


class Sockets:
    """All of this process's sockets."""

    def __init__(self) -> None:
        self._open: dict[ChatSocket, web.WebSocketResponse[Literal[False]]] = {}
        self.is_closing = False

    def __len__(self) -> int:
        return len(self._open)

    def add(self, socket: ChatSocket, ws: web.WebSocketResponse[Literal[False]]) -> None:
        self._open[socket] = ws

    def drop(self, socket: ChatSocket) -> None:
        socket.part()
        del self._open[socket]

    async def hang_up_on_the_dumb(self, now_s: float) -> None:
        """Close those that never said hello."""
        dumb = [ws for socket, ws in self._open.items() if socket.is_dumb(now_s)]
        await asyncio.gather(*(ws.close(code=WSCloseCode.POLICY_VIOLATION, message=b"no hello") for ws in dumb))

    async def say_bye(self) -> None:
        """Tell every client that we are going, each to come back at another moment, and close."""
        self.is_closing = True
        count = max(1, len(self._open))
        for number, socket in enumerate(self._open):
            socket.say_bye(round(1 + _BYE_SPREAD_S * number / count, 1))
        await asyncio.gather(*(ws.close(code=WSCloseCode.GOING_AWAY) for ws in list(self._open.values())))


SOCKETS: web.AppKey[Sockets] = web.AppKey("chat_sockets", Sockets)


async def chat_socket(request: web.Request) -> web.StreamResponse:
    """`GET /chat/{site}/ws`. Refuses a wrong Origin (403) before there is a socket; a client without one is no browser."""
    reception, sockets = request.app[RECEPTION], request.app[SOCKETS]
    chat = reception.site(request)
    reception.origin(request, chat)
    if sockets.is_closing or len(sockets) >= chat.settings.sockets_max_count:
        raise Busy("the number of sockets", _COME_AGAIN_S)
    ws: web.WebSocketResponse[Literal[False]] = web.WebSocketResponse(
        heartbeat=HEARTBEAT_S, compress=False, max_msg_size=FRAME_MAX_BYTES, protocols=(SUBPROTOCOL,), decode_text=False, timeout=CLOSE_S
    )
    writer = await ws.prepare(request)
    transport = request.transport
    if transport is None:
        return ws
    socket = ChatSocket(reception, chat, client_address(request), transport, writer)
    sockets.add(socket, ws)
    try:
        await _listen(ws, socket)
    finally:
        sockets.drop(socket)
    return ws


async def _listen(ws: web.WebSocketResponse[Literal[False]], socket: ChatSocket) -> None:
    """One frame after another, until the client goes, goes silent, or is hopeless."""
    while True:
        message = await ws.receive()
        if message.type is not WSMsgType.TEXT and message.type is not WSMsgType.BINARY:
            return
        if not await socket.hear(message.data):
            await ws.close(code=WSCloseCode.POLICY_VIOLATION, message=b"too much that can't be read")
            return
