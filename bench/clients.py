"""One connection of the load, by hand on asyncio protocols: a socket of the web chat (or of the bare echo), or a line of HTTP posts."""

import asyncio
import base64
import os
import time
from typing import Protocol, cast

from msgspec import Struct

from gateway.core.ids import ulid

QUESTIONS = [f"question number {number}" for number in range(30)]
SOCKET_PATHS = {"echo": "/ws", "chat": "/chat/site/ws"}
POST_PATHS = {"post_echo": "/post", "post_chat": "/chat/site/messages", "botbuilder": "/api/messages"}
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
    warmup_s: float = 1.0
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
    return SocketClient(crowd, number) if crowd.plan.kind in SOCKET_PATHS else PostClient(crowd, number)


class Client(asyncio.Protocol):
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

    def opened(self) -> None:
        """The connection stands."""
        raise NotImplementedError

    def message(self, cid: str, text: str) -> bytes:
        """A message's bytes."""
        raise NotImplementedError


class SocketClient(Client):
    """A WebSocket: of the web chat, or of an echo."""

    def __init__(self, crowd: Crowd, number: int) -> None:
        super().__init__(crowd, number)
        self.is_open = False

    def opened(self) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self.write(
            f"GET {SOCKET_PATHS[self.crowd.plan.kind]} HTTP/1.1\r\nHost: 127.0.0.1:{self.crowd.plan.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
        )

    def message(self, cid: str, text: str) -> bytes:
        return frame(f'{{"type":"message","cid":"{cid}","text":"{text}"}}'.encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.is_open:
            head, end, rest = self.buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert b" 101 " in head.split(b"\r\n")[0], head
            self.is_open, self.buffer = True, rest
            self._upgraded()
        self._frames()

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

    def _upgraded(self) -> None:
        if self.crowd.plan.kind == "echo":
            self.crowd.ready(self)
        else:
            self.write(frame(b'{"type":"hello","locale":"en"}'))

    def _received(self, payload: bytes) -> None:
        if self.crowd.plan.kind == "echo" or b'"author":"bot"' in payload:
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
