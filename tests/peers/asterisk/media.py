"""The ends of media channels: a WebSocket that comes to us, or a TCP connection that we make."""

import asyncio
import contextlib
import struct
import uuid
from collections import deque

from aiohttp import web

from tests.peers.asterisk.exchange import SILENCE, Channel, Exchange
from tests.peers.asterisk.frames import FrameQueue

SAYS_MEDIA_START = "MEDIA_START connection_id:{id} channel:{name} channel_id:{channel} format:slin optimal_frame_size:320 ptime:20"


class WebSocketEnd:
    """chan_websocket: waits for one socket under its connection id."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.connection = str(uuid.uuid4())
        self.queue = FrameQueue()
        self.channel: Channel | None = None
        self.socket: web.WebSocketResponse | None = None
        self.is_mute = False
        self._outbox: deque[str | bytes] = deque()

    def frame(self) -> bytes | None:
        return self.queue.take()

    def deliver(self, frame: bytes) -> None:
        if self.socket is not None and not self.is_mute:
            self._outbox.append(frame)

    def hear_digit(self, digit: str) -> None:
        if self.channel is not None:
            self._outbox.append(f"DTMF_END digit:{digit} channel_id:{self.channel.id}")

    def dropped(self, cause: int) -> None:
        if self.socket is not None:
            task = asyncio.get_running_loop().create_task(self.socket.close())
            task.add_done_callback(lambda _: None)

    async def post(self) -> None:
        """All that has been said goes out."""
        while self._outbox or self.queue.out:
            what = self.queue.out.pop(0) if self.queue.out else self._outbox.popleft()
            if self.socket is None or self.socket.closed:
                continue
            with contextlib.suppress(ConnectionError):
                await (self.socket.send_str(what) if isinstance(what, str) else self.socket.send_bytes(what))

    async def serve(self, socket: web.WebSocketResponse) -> None:
        """From the handshake to the end of the socket, with which the channel ends."""
        assert self.channel is not None
        self.socket = socket
        start = SAYS_MEDIA_START.format(id=self.connection, name=self.channel.name, channel=self.channel.id)
        await socket.send_str(start)
        self._exchange.set_state(self.channel, "Up")
        if not self._exchange.enter(self.channel, self.channel.app, self.channel.args):
            self._exchange.hang_up(self.channel, 16, is_asked=True)
        async for message in socket:
            if isinstance(message.data, str):
                self.queue.text(message.data)
                if self.queue.wants_hangup:
                    break
                await self.post()
            elif isinstance(message.data, bytes):
                self.queue.binary(message.data)
                await self.post()
        self._exchange.hang_up(self.channel, 16)

    async def close(self) -> None:
        if self.socket is not None:
            await self.socket.close()


class AudioSocketEnd:
    """chan_audiosocket: connects out, says its UUID, and plays each frame as it comes."""

    def __init__(self, exchange: Exchange, call: uuid.UUID) -> None:
        self._exchange = exchange
        self._call = call
        self.channel: Channel | None = None
        self.is_mute = False
        self.backlog_max_count = 0
        self._waiting: deque[bytes] = deque()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    async def connect(self, address: str) -> None:
        host, _, port = address.rpartition(":")
        self._reader, self._writer = await asyncio.open_connection(host, int(port))

    def begin(self) -> None:
        """As `audiosocket_call`: answered at once, and the UUID first."""
        assert self.channel is not None
        self._write(0x01, self._call.bytes)
        self._exchange.set_state(self.channel, "Up")
        self._exchange.enter(self.channel, self.channel.app, self.channel.args)
        self._task = asyncio.get_running_loop().create_task(self._read())

    def frame(self) -> bytes | None:
        return self._waiting.popleft() if self._waiting else None

    def deliver(self, frame: bytes) -> None:
        if not self.is_mute:
            self._write(0x10, frame)

    def hear_digit(self, digit: str) -> None:
        self._write(0x03, digit.encode())

    def dropped(self, cause: int) -> None:
        if self._writer is not None:
            self._writer.close()

    async def post(self) -> None:
        """It writes as it goes."""

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        if self._task is not None:
            await asyncio.wait({self._task})

    def _write(self, kind: int, payload: bytes) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write(struct.pack("!BH", kind, len(payload)) + payload)

    async def _read(self) -> None:
        assert self._reader is not None
        assert self.channel is not None
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                kind, length = struct.unpack("!BH", await self._reader.readexactly(3))
                if kind == 0x00:
                    break
                if kind != 0x10 or length < 1:
                    break  # "other than hangup or audio": the real one hangs up too
                self._waiting.append((await self._reader.readexactly(length)).ljust(len(SILENCE), b"\0"))
                self.backlog_max_count = max(self.backlog_max_count, len(self._waiting))
        if self._writer is not None:
            self._writer.close()
        self._exchange.hang_up(self.channel, 16)


MediaEnd = WebSocketEnd | AudioSocketEnd
