"""One call's sound over a socket: whole prompts go in, keys, marks and what the caller says come out. The other side keeps the time.

It speaks the grammar of Asterisk's `chan_websocket` (`media_words`), which our own SIP worker speaks too.

- A piece goes out as START_MEDIA_BUFFERING, sound, STOP_MEDIA_BUFFERING id, MARK_MEDIA id. Versions without MARK_MEDIA answer the third
  alone (MEDIA_BUFFERING_COMPLETED), so whichever answer comes first says that the piece was played.
- The peer queues 1,000 frames and drops what comes then; its MEDIA_XOFF may reach us late. So never more than AHEAD_S of sound is out.
- FLUSH_MEDIA empties the peer's queue and ends a piece that is half sent. Marks of before are forgotten here: they never come.
"""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable
from itertools import count

from aiohttp import ClientWebSocketResponse, WSMsgType
from msgspec import Struct

from adapters.phone.audio import BYTES_PER_S, FRAME_BYTES, Pcm, duration_ms
from adapters.phone.driver import Digit, LineFailed, Reached, Sound
from adapters.phone.media_words import Word, read, write

AHEAD_S = 8.0
"""How much sound may wait at the peer: less than the 900 frames (18 s) at which it says MEDIA_XOFF."""
CHUNK_BYTES = BYTES_PER_S // 2
SEND_TIMEOUT_S = 10.0
"""For one message; then the peer is taken for dead."""
WAITING_MAX_BYTES = 20 * 60 * BYTES_PER_S
"""Of sound that waits here, twenty minutes: more is a mistake of ours, and is refused."""
KEYS = frozenset("0123456789*#ABCD")

Tell = Callable[[Digit | Sound | Reached], None]


class Piece(Struct, eq=False):
    """Something to be heard, as far as it is sent."""

    name: str
    mark: str
    pcm: Pcm
    sent_bytes: int = 0
    is_sent: bool = False


class MediaSocket:
    """The sound of one call. `run` owns it: nothing happens before, nothing behind."""

    def __init__(
        self, socket: ClientWebSocketResponse, tell: Tell, *, directs: bool = False, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`directs`: the peer knows SET_MEDIA_DIRECTION, and sends sound only while somebody listens."""
        self._socket = socket
        self._directs = directs
        self._tell = tell
        self._now = now
        self._numbers = count(1)
        self._pieces: deque[Piece] = deque()
        """Not heard to the end yet, in order."""
        self._urgent: deque[str] = deque()
        self._is_json = False
        self._is_off = False
        self._is_listening = False
        self._sounds_until = 0.0
        self._began_at = 0.0
        """When the first of `pieces` began to sound."""
        self._work = asyncio.Event()
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._started: asyncio.Future[Word] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Until the peer closes the socket, or it breaks."""
        writer = asyncio.create_task(self._write())
        try:
            await self._read()
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await writer
            self._pieces.clear()
            self._quiet.set()
            if not self._started.done():
                self._started.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SEND_TIMEOUT_S):
                    await self._socket.close()

    async def started(self, timeout_s: float) -> Word:
        """What the peer said at the start. Raises LineFailed where it says nothing in time, or carries sound that we don't."""
        done, _ = await asyncio.wait({self._started}, timeout=timeout_s)
        if not done or self._started.cancelled():
            raise LineFailed("expected MEDIA_START, got nothing", code="unreachable")
        word = self._started.result()
        if word.values.get("format", "slin") != "slin":
            raise LineFailed(f"expected sound as slin, got {word.values['format'][:20]!r}", code="unable")
        return word

    def listen(self, *, is_on: bool) -> None:
        """Whether what the caller says is told."""
        if self._directs and is_on != self._is_listening:
            self._urgent.append(write("SET_MEDIA_DIRECTION", {"direction": "both" if is_on else "out"}, is_json=self._is_json))
            self._work.set()
        self._is_listening = is_on

    def play(self, pcm: Pcm, mark: str) -> None:
        """Behind all that is played already. `Reached(mark)` once it was heard."""
        if sum(len(piece.pcm) - piece.sent_bytes for piece in self._pieces) + len(pcm) > WAITING_MAX_BYTES:
            raise LineFailed("expected twenty minutes of sound at most, got more", code="unable")
        whole = pcm + bytes(-len(pcm) % FRAME_BYTES)
        self._pieces.append(Piece(f"m{next(self._numbers)}", mark, whole))
        self._quiet.clear()
        self._work.set()

    def flush(self) -> int:
        """Silence. How many ms of the pieces whose mark was not reached have been heard."""
        sent_ms = sum(piece.sent_bytes for piece in self._pieces) * 1_000 // BYTES_PER_S
        heard_ms = min(sent_ms, int((self._now() - self._began_at) * 1_000)) if sent_ms else 0
        self._forget()
        self._urgent.append(self._command("FLUSH_MEDIA"))
        self._work.set()
        return max(0, heard_ms)

    async def drained(self, timeout_s: float) -> None:
        """Until all was heard, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._quiet.wait()

    @property
    def waiting_ms(self) -> int:
        """How much is still to be heard, at most."""
        return sum(duration_ms(piece.pcm) for piece in self._pieces)

    def say(self, name: str) -> None:
        """A command of one word (ANSWER, HANGUP), ahead of all sound."""
        self._urgent.append(self._command(name))
        self._work.set()

    def _forget(self) -> None:
        self._pieces.clear()
        self._sounds_until = 0.0
        self._is_off = False  # the peer's queue is empty now
        self._quiet.set()

    # What comes

    async def _read(self) -> None:
        async for message in self._socket:
            match message.type:
                case WSMsgType.BINARY:
                    if self._is_listening and message.data:
                        self._tell(Sound(bytes(message.data)))
                case WSMsgType.TEXT:
                    if word := read(message.data):
                        self._take(word)
                case _:
                    return

    def _take(self, word: Word) -> None:
        match word.name:
            case "MEDIA_START" if not self._started.done():
                self._is_json = word.is_json
                self._started.set_result(word)
                self._work.set()
            case "MEDIA_XOFF" | "MEDIA_XON":
                self._is_off = word.name == "MEDIA_XOFF"
                self._work.set()
            case "MEDIA_MARK_PROCESSED" | "MEDIA_BUFFERING_COMPLETED":
                self._reach(word.id)
            case "DTMF_END" | "DTMF":
                if (digit := word.values.get("digit", "").upper()) in KEYS and digit:
                    self._tell(Digit(digit))
            case _:
                pass  # STATUS, QUEUE_DRAINED, ERROR, and whatever comes with newer versions

    def _reach(self, name: str) -> None:
        """A piece was heard, and so were those before it."""
        if all(piece.name != name for piece in self._pieces):
            return
        while self._pieces:
            piece = self._pieces.popleft()
            self._tell(Reached(piece.mark))
            if piece.name == name:
                break
        self._began_at = self._now()
        if not self._pieces:
            self._quiet.set()

    # What goes

    async def _write(self) -> None:
        """One writer: a piece is never cut by another, and a flush goes out behind the chunk that is under way."""
        await asyncio.wait({self._started})
        try:
            while True:
                if self._urgent:
                    await self._send(self._urgent.popleft())
                elif (piece := self._next()) is not None and self._may_send():
                    await self._push(piece)
                else:
                    await self._pause(piece)
        except (TimeoutError, OSError):
            await self._socket.close()  # `_read` ends by it

    def _next(self) -> Piece | None:
        return next((piece for piece in self._pieces if not piece.is_sent), None)

    def _may_send(self) -> bool:
        return not self._is_off and self._sounds_until - self._now() < AHEAD_S

    async def _pause(self, piece: Piece | None) -> None:
        """Until there is something new, or there is room again for what waits."""
        room_s = None if piece is None or self._is_off else max(0.02, self._sounds_until - self._now() - AHEAD_S)
        self._work.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(room_s):
                await self._work.wait()

    async def _push(self, piece: Piece) -> None:
        """The next chunk of it, with what stands before and behind."""
        if piece.sent_bytes == 0:
            await self._send(self._command("START_MEDIA_BUFFERING"))
        chunk = piece.pcm[piece.sent_bytes : piece.sent_bytes + CHUNK_BYTES]
        if piece not in self._pieces:
            return  # flushed meanwhile
        self._count(piece, len(chunk))
        if chunk:
            await self._send(chunk)
        if piece.sent_bytes < len(piece.pcm) or piece not in self._pieces:
            return
        piece.is_sent = True
        for name in ("STOP_MEDIA_BUFFERING", "MARK_MEDIA"):
            await self._send(self._command(name, piece.name))

    def _count(self, piece: Piece, size_bytes: int) -> None:
        now = self._now()
        if piece is self._pieces[0] and piece.sent_bytes == 0 and self._sounds_until <= now:
            self._began_at = now
        piece.sent_bytes += size_bytes
        self._sounds_until = max(now, self._sounds_until) + size_bytes / BYTES_PER_S

    def _command(self, name: str, piece: str = "") -> str:
        return write(name, {"correlation_id": piece} if piece else {}, is_json=self._is_json)

    async def _send(self, what: str | bytes) -> None:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            if isinstance(what, str):
                await self._socket.send_str(what)
            else:
                await self._socket.send_bytes(what)
