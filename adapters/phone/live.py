"""Which calls are on the line, written down: a process that dies leaves callers behind who are owed a call, and the next one says so."""

import asyncio
import logging

import msgspec
from msgspec import Struct, structs

from adapters.phone.numbers import address_of, thread_of
from adapters.phone.tools import Notebook
from gateway.core.channel import Accept, event_key
from gateway.core.contact import Proof
from gateway.core.errors import FrontdeskError
from gateway.core.events import Called, CallStage, Inbound
from gateway.core.ids import ChannelName, Thread
from gateway.core.ports import Clock

log = logging.getLogger(__name__)


class Line(Struct, frozen=True):
    """One call."""

    call: str
    number: str
    dialled: str
    began_ms: int
    thread: Thread = Thread("")
    """Empty: its number's."""
    why: str = "lost"
    """It has ended, as is told of whoever can't tell it any more."""


class Live:
    """Of one channel."""

    def __init__(self, channel: ChannelName, notebook: Notebook, clock: Clock) -> None:
        self._channel = channel
        self._notebook = notebook
        self._clock = clock
        self._lines: dict[str, Line] = {}
        self._left: dict[str, Line] = {}
        """Of the process before, or ended while the record was away: they stay written down until they were told."""
        self._has_left = asyncio.Event()
        self._writing = asyncio.Lock()
        self._written = 0
        self._changed = 0

    def __len__(self) -> int:
        return len(self._lines)

    def knows(self, call: str) -> bool:
        """Whether it is on the line, or was when the process before died."""
        return call in self._lines or call in self._left

    async def begin(self, line: Line) -> None:
        """It is written down before the call is answered; calls that begin at once share a writing."""
        self._lines[line.call] = line
        await self._write()

    async def end(self, call: str, *, unwritten: str = "") -> None:
        """It is over. `unwritten`: why, where the record could not be told; then it is, once it is back."""
        line = self._lines.pop(call, None)
        if line is not None and unwritten:
            self._left[call] = structs.replace(line, why=unwritten)
            self._has_left.set()
        await self._write()

    def forget(self) -> None:
        """Know of none, as a process that has just begun."""
        self._lines.clear()
        self._left.clear()

    @property
    def owes_word(self) -> bool:
        """Whether the record has yet to be told of the end of calls."""
        return bool(self._left)

    async def somebody_left(self) -> None:
        """Until there are calls whose end is to be told yet."""
        await self._has_left.wait()

    async def recall(self) -> None:
        """What the process before has left behind, read before a call of ours is written over it. Raises what the record raises."""
        self._left |= {line.call: line for line in await self._read() if line.call not in self._lines}
        if self._left:
            self._has_left.set()

    async def tell_lost(self, accept: Accept) -> int:
        """Those that were left behind and are not ours by now, told as what became of them; how many. Raises what the record raises: what
        is left to tell is told by the next try."""
        count = 0
        for line in list(self._left.values()):
            if line.call not in self._lines:
                await accept(self._lost(line))
                count += 1
            self._left.pop(line.call, None)
        if not self._left:
            self._has_left.clear()
        await self._write()
        return count

    async def _read(self) -> list[Line]:
        text = await self._notebook.notebook(self._page)
        try:
            return msgspec.json.decode(text, type=list[Line]) if text else []
        except msgspec.DecodeError:
            log.warning("the list of calls can't be read", extra={"channel": self._channel})
            return []

    def _lost(self, line: Line) -> Inbound:
        thread = line.thread or thread_of(self._channel, line.number, line.call)
        return Inbound(
            channel=self._channel, thread=thread, sender=address_of(line.number, line.call),
            key=event_key(self._channel, line.call[:200], str(line.began_ms), "lost"), at=self._clock.now(), proof=Proof.NONE,
            event=Called(call=line.call, stage=CallStage.ENDED, number=line.number, dialled=line.dialled, why=line.why),
        )  # fmt: skip

    async def _write(self) -> None:
        """Never raises: a list that can't be written costs the call-back of a caller, not the call."""
        self._changed += 1
        wanted = self._changed
        async with self._writing:
            if self._written >= wanted:
                return
            self._written = self._changed
            try:
                await self._notebook.note_down(self._page, msgspec.json.encode(list((self._left | self._lines).values())).decode())
            except (FrontdeskError, OSError):
                log.warning("the list of calls can't be written just now", extra={"channel": self._channel})

    @property
    def _page(self) -> str:
        return f"phone/{self._channel}/calls"
