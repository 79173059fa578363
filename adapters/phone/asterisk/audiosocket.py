"""AudioSocket: one call's sound over TCP, as Asterisk's `chan_audiosocket` speaks it (res_audiosocket.h, seen November 2026).

    kind (1 byte), length (2 bytes, big-endian), payload
    0x00 hang up    0x01 the call's UUID, 16 bytes, first    0x03 a key    0x10 sound, slin 8 kHz    0xff an error of the Asterisk's

The Asterisk connects to us and plays what it gets as soon as it comes: we keep the time. Nothing of the connection is trusted before its
UUID is one that we have just asked for.
"""

import asyncio
import contextlib
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from struct import Struct

from adapters.phone.audio import FRAME_BYTES, FRAME_MS, Pcm, duration_ms
from adapters.phone.driver import Digit, LineFailed, Reached, Sound
from adapters.phone.media import KEYS, WAITING_MAX_BYTES, Piece, Tell

KIND_HANGUP, KIND_UUID, KIND_DTMF, KIND_AUDIO, KIND_ERROR = 0x00, 0x01, 0x03, 0x10, 0xFF
HEAD = Struct("!BH")
AHEAD_MS = 3 * FRAME_MS
"""How much is at the Asterisk before its time, so that a short stop of ours is not heard; a barge-in is silent after that."""
LATE_MS = 200
"""Further behind than this, and the time lost is not made up for: a burst would be cut off by the Asterisk anyway."""
FIRST_WORD_S = 5.0
STRANGERS_MAX_COUNT = 64
"""Connections that have not said their UUID."""
SEND_TIMEOUT_S = 10.0


def frame(kind: int, payload: bytes = b"") -> bytes:
    return HEAD.pack(kind, len(payload)) + payload


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """The next frame. Raises IncompleteReadError at the end."""
    kind, length = HEAD.unpack(await reader.readexactly(HEAD.size))
    return kind, await reader.readexactly(length)


class AudioStream:
    """The sound of one call, as `media.MediaSocket` is, but paced here."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        tell: Tell,
        *,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._tell = tell
        self._now = now
        self._sleep = sleep
        self._pieces: deque[Piece] = deque()
        self._work = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._is_listening = False

    async def run(self) -> None:
        """Until the peer closes the connection, or it breaks."""
        pacer = asyncio.create_task(self._pace())
        try:
            await self._read()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            pacer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await pacer
            self._pieces.clear()
            self._quiet.set()
            await _close(self._writer)

    async def started(self, timeout_s: float) -> None:
        """It has: its UUID."""

    def listen(self, *, is_on: bool) -> None:
        self._is_listening = is_on

    def play(self, pcm: Pcm, mark: str) -> None:
        """Behind all that is played already."""
        if sum(len(piece.pcm) - piece.sent_bytes for piece in self._pieces) + len(pcm) > WAITING_MAX_BYTES:
            raise LineFailed("expected twenty minutes of sound at most, got more", code="unable")
        self._pieces.append(Piece(mark, mark, pcm + bytes(-len(pcm) % FRAME_BYTES)))
        self._quiet.clear()
        self._work.set()

    def flush(self) -> int:
        """Silence. How many ms of the pieces that were not heard to their end have been heard."""
        sent_ms = sum(piece.sent_bytes for piece in self._pieces) * FRAME_MS // FRAME_BYTES
        self._pieces.clear()
        self._quiet.set()
        return max(0, sent_ms - AHEAD_MS)

    async def drained(self, timeout_s: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._quiet.wait()

    @property
    def waiting_ms(self) -> int:
        return sum(duration_ms(piece.pcm) for piece in self._pieces)

    async def _read(self) -> None:
        while True:
            kind, payload = await read_frame(self._reader)
            if kind in (KIND_HANGUP, KIND_ERROR):
                return
            if kind == KIND_AUDIO and self._is_listening and payload:
                self._tell(Sound(payload))
            if kind == KIND_DTMF and (digit := payload[:1].decode("ascii", "replace").upper()) in KEYS:
                self._tell(Digit(digit))

    async def _pace(self) -> None:
        """By absolute deadlines: what a sleep overshoots is made up for by the next."""
        try:
            while True:
                self._work.clear()
                if not self._pieces:
                    await self._work.wait()
                await self._spend()
        except (TimeoutError, OSError):
            self._writer.close()  # `_read` ends by it

    async def _spend(self) -> None:
        """All that there is, until nothing is left."""
        due_ms = self._now() * 1_000
        while self._pieces:
            now_ms = self._now() * 1_000
            if now_ms - due_ms > LATE_MS:
                due_ms = now_ms
            if due_ms - now_ms >= AHEAD_MS:
                await self._sleep((due_ms - now_ms - AHEAD_MS + FRAME_MS) / 1_000)
                continue
            piece = self._pieces[0]
            await self._send(piece)
            due_ms += FRAME_MS
            if piece.sent_bytes >= len(piece.pcm):
                await self._finish(piece, due_ms)

    async def _send(self, piece: Piece) -> None:
        chunk = piece.pcm[piece.sent_bytes : piece.sent_bytes + FRAME_BYTES]
        piece.sent_bytes += len(chunk)
        if not chunk:
            return
        self._writer.write(frame(KIND_AUDIO, chunk))
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await self._writer.drain()

    async def _finish(self, piece: Piece, due_ms: float) -> None:
        """The last of it is on its way: its mark is reached when it is heard, unless more follows right behind."""
        if len(self._pieces) == 1:
            await self._sleep(max(0.0, due_ms - self._now() * 1_000) / 1_000)
        if piece not in self._pieces:
            return  # flushed meanwhile
        self._pieces.remove(piece)
        self._tell(Reached(piece.mark))
        if not self._pieces:
            self._quiet.set()


class AudioSockets:
    """Where the Asterisk finds us: one port for all calls."""

    def __init__(self, listen: str) -> None:
        self._host, _, port = listen.rpartition(":")
        self._port = int(port)
        self._server: asyncio.Server | None = None
        self._expected: dict[uuid.UUID, asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]] = {}
        self._strangers_count = 0

    async def open(self) -> None:
        """Raises OSError where the port is taken."""
        if self._server is None:
            self._server = await asyncio.start_server(self._welcome, self._host.strip("[]"), self._port)

    @property
    def address(self) -> str:
        """Where the Asterisk connects to."""
        port = self._server.sockets[0].getsockname()[1] if self._server and self._server.sockets else self._port
        return f"{self._host}:{port}"

    def expect(self, call: uuid.UUID) -> asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        """The connection of a call that is being asked for. Cancel it, or let it come."""
        future: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.get_running_loop().create_future()
        self._expected[call] = future
        future.add_done_callback(lambda _: self._expected.pop(call, None))
        return future

    async def close(self) -> None:
        for future in list(self._expected.values()):
            future.cancel()
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._strangers_count >= STRANGERS_MAX_COUNT:
            writer.close()
            return
        self._strangers_count += 1
        try:
            async with asyncio.timeout(FIRST_WORD_S):
                kind, payload = await read_frame(reader)
        except (TimeoutError, asyncio.IncompleteReadError, OSError):
            kind, payload = KIND_ERROR, b""
        finally:
            self._strangers_count -= 1
        known = self._expected.get(uuid.UUID(bytes=payload)) if kind == KIND_UUID and len(payload) == 16 else None
        if known is None or known.done():
            await _close(writer)
        else:
            known.set_result((reader, writer))


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await writer.wait_closed()
