"""chan_websocket's queue of frames (QUEUE_LENGTH_MAX and its neighbours, dequeue_frame, handle_command)."""

from collections import deque

FRAME_BYTES = 320
MAX_COUNT, XOFF_COUNT, XON_COUNT = 1_000, 900, 800
TEXT_MAX_BYTES = 128


class FrameQueue:
    """Frames, and what is said when they are reached. `out` is what the channel says, in order."""

    def __init__(self) -> None:
        self._queue: deque[bytes | str] = deque()
        self._rest = b""
        self._is_bulk = False
        self._is_full = False
        self.frames_count = 0
        self.dropped_count = 0
        self.flushes_count = 0
        self.out: list[str] = []
        self.wants_hangup = False

    def text(self, text: str) -> None:
        if not text or len(text.encode()) > TEXT_MAX_BYTES:
            return
        name, _, given = text.strip().partition(" ")
        match name:
            case "START_MEDIA_BUFFERING":
                self._is_bulk = True
            case "STOP_MEDIA_BUFFERING":
                self._is_bulk = False
                if self._rest:
                    self._put(self._rest)
                self._rest = b""
                self._queue.append(f"MEDIA_BUFFERING_COMPLETED {given}".strip())
            case "MARK_MEDIA":
                self._queue.append(f"MEDIA_MARK_PROCESSED {given}".strip())
            case "FLUSH_MEDIA":
                self._queue.clear()
                self.frames_count, self._is_bulk, self._rest = 0, False, b""
                self.flushes_count += 1
            case "GET_STATUS":
                self.out.append(f"STATUS queue_length:{self.frames_count}")
            case "HANGUP":
                self.wants_hangup = True

    def binary(self, data: bytes) -> None:
        if self.frames_count >= MAX_COUNT:
            self.dropped_count += len(data) // FRAME_BYTES
            return
        data = self._rest + data if self._is_bulk else data
        whole = len(data) // FRAME_BYTES * FRAME_BYTES
        for start in range(0, whole, FRAME_BYTES):
            self._put(data[start : start + FRAME_BYTES])
        self._rest = data[whole:] if self._is_bulk else b""

    def take(self) -> bytes | None:
        """The frame whose time it is, every 20 ms."""
        if self._is_full and self.frames_count < XON_COUNT:
            self._is_full = False
            self.out.append("MEDIA_XON")
        while self._queue and isinstance(self._queue[0], str):
            self.out.append(str(self._queue.popleft()))
        if not self._queue:
            return None
        self.frames_count -= 1
        frame = self._queue.popleft()
        return frame if isinstance(frame, bytes) else None

    def _put(self, frame: bytes) -> None:
        self._queue.append(frame)
        self.frames_count += 1
        if not self._is_full and self.frames_count >= XOFF_COUNT:
            self._is_full = True
            self.out.append("MEDIA_XOFF")
