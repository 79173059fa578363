"""What a caller hears: what is said, in order, and the waiting music wherever nothing is. It outlives the socket that carries it."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import count
from typing import Protocol

from msgspec import Struct

from adapters.phone.audio import BYTES_PER_S, Pcm, duration_ms

MUSIC_CHUNK_BYTES = BYTES_PER_S // 2
MUSIC_AHEAD_MS = 1_000
"""So long a stop of this process is not heard; and so long, at most, an announcement waits behind the music."""


class Out(Protocol):
    """Where sound goes: `media.MediaSocket`, or a stream that we pace."""

    async def run(self) -> None: ...

    async def started(self, timeout_s: float) -> object:
        """The peer has said what sound it carries. Raises LineFailed."""
        ...

    def listen(self, *, is_on: bool) -> None: ...

    def play(self, pcm: Pcm, mark: str) -> None: ...

    def flush(self) -> int: ...

    async def drained(self, timeout_s: float) -> None: ...

    @property
    def waiting_ms(self) -> int: ...


class Item(Struct, frozen=True):
    """Something that goes out."""

    name: str
    pcm: Pcm
    mark: str | None = None
    """None: music."""


class Programme:
    """Decides what goes out next; keeps what was not heard yet."""

    def __init__(self, music: Pcm, reached: Callable[[str], None]) -> None:
        self._music = music
        self._tell = reached
        self._out: Out | None = None
        self._items: deque[Item] = deque()
        self._names: Iterator[int] = count(1)
        self._is_musical = False
        self._place = 0

    def tune(self, out: Out | None) -> None:
        """From now on through this; what was not heard to its end through the one before is played again."""
        self._out = out
        if out is not None:
            for item in self._items:
                out.play(item.pcm, item.name)
        self._fill()

    def play(self, pcm: Pcm, mark: str) -> None:
        """Behind what is said already; music waits meanwhile."""
        self._add(Item(str(next(self._names)), pcm, mark))

    def music(self, *, is_on: bool) -> None:
        """With it, whenever nothing is said. Without, it stops at once, or where what is said begins."""
        self._is_musical = is_on
        if not is_on and all(item.mark is None for item in self._items):
            self._drop()
        self._fill()

    def flush(self) -> int:
        """How many ms had been heard of what is said and was not reached. The music goes on."""
        before_ms = 0
        for item in self._items:
            if item.mark is not None:
                break
            before_ms += duration_ms(item.pcm)
        said_ms = sum(duration_ms(item.pcm) for item in self._items if item.mark is not None)
        heard_ms = self._drop() - before_ms
        self._fill()
        return min(max(0, heard_ms), said_ms)

    def reached(self, name: str) -> None:
        """What has this name was heard to its end, and what stood before it."""
        if all(item.name != name for item in self._items):
            return
        while self._items:
            item = self._items.popleft()
            if item.mark is not None:
                self._tell(item.mark)
            if item.name == name:
                break
        self._fill()

    @property
    def waiting_ms(self) -> int:
        """How much is to be heard yet, at most."""
        return sum(duration_ms(item.pcm) for item in self._items)

    async def drained(self, timeout_s: float) -> None:
        """Until all was heard, or the time is over."""
        if self._out is not None:
            await self._out.drained(timeout_s)

    def _add(self, item: Item) -> None:
        self._items.append(item)
        if self._out is not None:
            self._out.play(item.pcm, item.name)

    def _drop(self) -> int:
        self._items.clear()
        return self._out.flush() if self._out is not None else 0

    def _fill(self) -> None:
        """Music wants to be a little ahead, and no more: whoever is to be spoken to hears it first."""
        while self._is_musical and self._music and self._out is not None and self.waiting_ms < MUSIC_AHEAD_MS:
            chunk = self._music[self._place : self._place + MUSIC_CHUNK_BYTES]
            self._place = (self._place + len(chunk)) % len(self._music)
            self._add(Item(str(next(self._names)), chunk))
