"""The sockets of web chat: `/chat/{site}/ws`, who may open one, and how all of them are closed."""

import asyncio
from typing import Literal

from aiohttp import WSCloseCode, WSMsgType, web

from adapters.webchat.frames import FRAME_MAX_BYTES, SUBPROTOCOL
from gateway.core.errors import Busy
from gateway.web.address import client_address
from gateway.web.chat_reception import RECEPTION
from gateway.web.chat_socket import ChatSocket

READ_MAX_BYTES = 4 * FRAME_MAX_BYTES
"""A frame over its limit, but not over this, is read to say which message it was: a client that only saw its socket close would send the
same again and again."""
CLOSE_S = 2.0
"""For a client to answer our goodbye."""
_BYE_SPREAD_S = 4.0
"""Over which clients come back after a restart."""
_COME_AGAIN_S = 5.0
_TOO_MUCH = b"too much that can't be read, or of what needs no answer"


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
        self._open.pop(socket, None)

    def make_room(self) -> bool:
        """Hang up on the one that has been here longest without a hello. False: all have said it, and none has to go."""
        silent = next((socket for socket in self._open if not socket.has_said_hello), None)
        if silent is None:
            return False
        silent.hang_up()
        self.drop(silent)
        return True

    def beat(self, now_s: float) -> None:
        """Ask those that are silent whether they live, each in its own time, and drop those that are gone."""
        for socket in list(self._open):
            socket.beat(now_s)

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
    if sockets.is_closing or (len(sockets) >= chat.settings.sockets_max_count and not sockets.make_room()):
        raise Busy("the number of sockets", _COME_AGAIN_S)
    ws: web.WebSocketResponse[Literal[False]] = web.WebSocketResponse(
        autoping=False, compress=False, max_msg_size=READ_MAX_BYTES, protocols=(SUBPROTOCOL,), decode_text=False, timeout=CLOSE_S
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
        kind = message.type
        socket.is_heard = True
        if kind is WSMsgType.TEXT or kind is WSMsgType.BINARY:
            if not await socket.hear(message.data):
                await ws.close(code=WSCloseCode.POLICY_VIOLATION, message=_TOO_MUCH)
                return
            if len(message.data) > FRAME_MAX_BYTES:
                await ws.close(code=WSCloseCode.MESSAGE_TOO_BIG)
                return
        elif kind is WSMsgType.PING:
            if socket.is_flooding():
                await ws.close(code=WSCloseCode.POLICY_VIOLATION, message=_TOO_MUCH)
                return
            socket.pong(message.data)
        elif kind is not WSMsgType.PONG:
            return
