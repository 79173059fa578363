"""One connection of the load, by hand on asyncio protocols: a socket of the web chat (or of the bare echo), or a line of HTTP posts."""

import asyncio
import base64
import json
import os
import time
from abc import ABC, abstractmethod
from typing import Protocol, cast

from msgspec import Struct

from bench.pushes import push
from gateway.core.ids import ulid

QUESTIONS = [f"question number {number}" for number in range(30)]
SOCKET_PATHS = {"echo": "/ws", "chat": "/chat/site/ws", "opsdroid": "/connector/websocket"}
POST_PATHS = {"post_echo": "/post", "post_chat": "/chat/site/messages", "botbuilder": "/api/messages", "wechat": "/wechat/oa"}
KINDS = (*SOCKET_PATHS, *POST_PATHS)
_MASK = b"\x00\x00\x00\x00"  # a mask of zeros is a mask: the payload stands as it is
_ACTIVITY = (
    '{"type":"message","id":"%s","channelId":"test","deliveryMode":"expectReplies","serviceUrl":"http://127.0.0.1:9/",'
    '"from":{"id":"visitor-%d"},"recipient":{"id":"bot"},"conversation":{"id":"conversation-%d"},"text":"%s"}'
)


class Plan(Struct, frozen=True):
    """What to do."""

    port: int
    kind: str
    connections: int
    seconds: float = 5.0
    rate: float = 0.0
    warmup_max_s: float = 1.0
    hold_s: float = 0.0


class Crowd(Protocol):
    """Whom a client tells: all of them together, with their plan."""

    plan: Plan
    is_over: bool
    lost: int

    def ready(self, client: "Client") -> None:
        """It may be asked."""
        ...

    def answered(self, client: "Client") -> None:
        """What it asked is answered."""
        ...


def frame(payload: bytes) -> bytes:
    """A client's text frame."""
    size = len(payload)
    head = bytes((0x81, 0x80 | size)) if size < 126 else bytes((0x81, 0x80 | 126)) + size.to_bytes(2, "big")
    return head + _MASK + payload


def new_client(crowd: Crowd, number: int) -> "Client":
    """A connection of the plan's kind."""
    if crowd.plan.kind == "wechat":
        return PushClient(crowd, number)
    return SocketClient(crowd, number) if crowd.plan.kind in SOCKET_PATHS else PostClient(crowd, number)


class Client(asyncio.Protocol, ABC):
    """One connection, with one message under way at a time."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        self.crowd = crowd
        self.number = number
        self.count = 0
        self.buffer = b""
        self.sent_at = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name
        self.opened()

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the protocol's signature
        self.crowd.lost += not self.crowd.is_over

    def ask(self) -> None:
        """Send the next message."""
        self.count += 1
        cid = ulid(1_793_611_800_000 + self.count, self.number.to_bytes(10, "big"))
        text = QUESTIONS[(self.number + self.count) % len(QUESTIONS)]
        self.sent_at = time.perf_counter()
        self.write(self.message(cid, text))

    def write(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)

    @abstractmethod
    def opened(self) -> None:
        """The connection stands."""

    @abstractmethod
    def message(self, cid: str, text: str) -> bytes:
        """A message's bytes."""


class SocketClient(Client):
    """A WebSocket: of the web chat, of an echo, or of opsdroid, which has to be asked for a socket's name first."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        super().__init__(crowd, number)
        self.is_open = False
        self.name = ""

    def opened(self) -> None:
        if self.crowd.plan.kind == "opsdroid":
            path = SOCKET_PATHS["opsdroid"]
            self.write(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.crowd.plan.port}\r\nContent-Length: 0\r\n\r\n".encode())
        else:
            self._upgrade(SOCKET_PATHS[self.crowd.plan.kind])

    def message(self, cid: str, text: str) -> bytes:
        if self.crowd.plan.kind == "opsdroid":
            return frame(f'{{"message":"{text}","user":"visitor","socket":"{self.name}"}}'.encode())
        return frame(f'{{"type":"message","cid":"{cid}","text":"{text}"}}'.encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if self.crowd.plan.kind == "opsdroid" and not self.name:
            self._take_name()
        elif not self.is_open:
            self._take_upgrade()
        if self.is_open:
            self._frames()

    def _take_name(self) -> None:
        if (found := read_answer(self.buffer)) is not None:
            _, body, self.buffer = found
            self.name = json.loads(body)["socket"]
            self._upgrade(f"{SOCKET_PATHS['opsdroid']}/{self.name}")

    def _upgrade(self, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.write(
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.crowd.plan.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def _take_upgrade(self) -> None:
        head, end, rest = self.buffer.partition(b"\r\n\r\n")
        if not end:
            return
        assert b" 101 " in head.split(b"\r\n")[0], head
        self.is_open, self.buffer = True, rest
        if self.crowd.plan.kind == "chat":
            self.write(frame(b'{"type":"hello","locale":"en"}'))
        else:
            self.crowd.ready(self)

    def _frames(self) -> None:
        while len(self.buffer) >= 2:
            size, start = self.buffer[1] & 127, 2
            if size == 126:
                if len(self.buffer) < 4:
                    return
                size, start = int.from_bytes(self.buffer[2:4], "big"), 4
            if len(self.buffer) < start + size:
                return
            opcode, payload = self.buffer[0] & 15, self.buffer[start : start + size]
            self.buffer = self.buffer[start + size :]
            if opcode == 9:
                self.write(bytes((0x8A, 0x80)) + _MASK)
            else:
                self._received(payload)

    def _received(self, payload: bytes) -> None:
        if self.crowd.plan.kind != "chat" or b'"author":"bot"' in payload:
            self.crowd.answered(self)
        elif b'"type":"welcome"' in payload:
            self.crowd.ready(self)
        elif b'"type":"error"' in payload:
            raise RuntimeError(payload)


class PostClient(Client):
    """Posts over one kept-alive connection; the visitor's token comes with the first answer, as for any HTTP client of the web chat."""

    token = b""

    def opened(self) -> None:
        self.crowd.ready(self)

    def message(self, cid: str, text: str) -> bytes:
        kind = self.crowd.plan.kind
        body = _ACTIVITY % (cid, self.number, self.number, text) if kind == "botbuilder" else f'{{"text":"{text}"}}'
        head = (
            f"POST {POST_PATHS[kind]} HTTP/1.1\r\nHost: 127.0.0.1:{self.crowd.plan.port}\r\nContent-Type: application/json\r\n"
            f"Idempotency-Key: {cid}\r\nContent-Length: {len(body)}\r\n"
        ).encode()
        bearer = b"Authorization: Bearer " + self.token + b"\r\n" if self.token else b""
        return head + bearer + b"\r\n" + body.encode()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (found := read_answer(self.buffer)) is not None:
            status, body, self.buffer = found
            if status != 200:
                raise RuntimeError(status, body)
            if not self.token and self.crowd.plan.kind == "post_chat":
                self.token = body.partition(b'"token":"')[2].partition(b'"')[0]
            self.crowd.answered(self)


class PushClient(Client):
    """WeChat's pushes in safe mode over one kept-alive connection; only an answer counts, not a bare `success`."""

    def opened(self) -> None:
        self.crowd.ready(self)

    def message(self, cid: str, text: str) -> bytes:  # noqa: ARG002 - a push has an id of its own
        query, body = push(f"openid-{self.number}", self.number * 1_000_000 + self.count, text)
        head = f"POST {POST_PATHS['wechat']}?{query} HTTP/1.1\r\nHost: 127.0.0.1:{self.crowd.plan.port}\r\nContent-Type: text/xml\r\n"
        return head.encode() + f"Content-Length: {len(body)}\r\n\r\n".encode() + body

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while (found := read_answer(self.buffer)) is not None:
            status, body, self.buffer = found
            if status != 200 or b"<Encrypt>" not in body:
                raise RuntimeError(status, body)
            self.crowd.answered(self)


def read_answer(data: bytes) -> tuple[int, bytes, bytes] | None:
    """(status, body, what follows) of the HTTP answer at the beginning of `data`; None while it is not complete."""
    head, end, rest = data.partition(b"\r\n\r\n")
    if not end:
        return None
    status_line, *lines = head.split(b"\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    size = int(fields[b"content-length"])  # a KeyError for chunks: none of these servers sends any
    if len(rest) < size:
        return None
    return int(status_line.split(b" ", 2)[1]), rest[:size], rest[size:]
