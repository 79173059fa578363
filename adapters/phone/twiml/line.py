"""What all calls of one channel share: addresses, the REST interface, sounds, and how long one waits for what."""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar
from urllib.parse import quote

from adapters.phone.audio import BYTES_PER_S, SAMPLE_BYTES, Pcm, duration_ms
from adapters.phone.driver import LineFailed
from adapters.phone.tools import Sleep
from adapters.phone.twiml.dialects import Dialect
from adapters.phone.twiml.rest import Rest
from adapters.phone.twiml.sounds import Sounds
from adapters.phone.twiml.tickets import Ticket, Tickets, Why
from adapters.phone.twiml.turns import Way

PATIENCE_S = 2.0
"""For something to say, before the cloud is told to come again: it hangs up after 15 s, and callers take a longer silence for the end."""
WAITING_S = 0.3
"""The like while the caller waits for somebody, with music: mostly there is nothing new."""
MUSIC_S = 20.0
"""How much waiting music goes out at once. Where the cloud's REST interface can't be called, news wait until it is over; then so much:"""
ALONE_MUSIC_S = 6.0
SETTLE_S = 0.05
"""What is said together comes in several commands, one right behind the other."""
PLACES = {Why.STATUS: "status", Why.AGENT: "agent", Why.RECORDED: "recording"}
VOICE = "voice"
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How long is waited."""

    patience_s: float = PATIENCE_S
    waiting_s: float = WAITING_S
    settle_s: float = SETTLE_S
    grace_s: float = 30.0
    """Over what the cloud may take: then the caller has gone, and nobody has told us."""
    asking_s: float = 5.0
    """For the process that has a call, where the webhook came to another one: its patience, and the way there and back."""
    taped_s: float = 5.0
    """For the news of a message, once the call is over."""
    recording_s: float = 12.0
    """For the cloud to make a recording ready."""


class Spawn(Protocol):
    """Does something beside, in a task that the driver owns."""

    def __call__(self, work: Coroutine[Any, Any, T], /) -> "asyncio.Task[T]": ...


class Music:
    """The waiting music, piece by piece."""

    def __init__(self, load: Callable[[], Pcm]) -> None:
        self._load = load
        self._pcm: Pcm | None = None

    async def piece(self, from_ms: int, of_s: float) -> Pcm:
        """The next of it; shorter at its end."""
        if self._pcm is None:
            self._pcm = await asyncio.to_thread(self._load)
        at = from_ms * BYTES_PER_S // 1_000 % len(self._pcm)
        at -= at % SAMPLE_BYTES
        return self._pcm[at : at + int(of_s * BYTES_PER_S)]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One channel's."""

    base: str
    """The channel's public address, without a slash at its end."""
    dialect: Dialect
    tickets: Tickets
    rest: Rest
    sounds: Sounds
    music: Music
    now_s: Callable[[], float]
    """Seconds that never go back."""
    sleep: Sleep
    spawn: Spawn
    caller_id: str = ""
    voices: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = Pace()

    def address(self, ticket: Ticket) -> str:
        """Where the cloud comes with this."""
        return f"{self.base}/{PLACES.get(ticket.why, VOICE)}?t={quote(self.tickets.write(ticket))}"

    def way(self, leg: str, turn: int) -> Way:
        """What the answer that begins this turn is written with."""
        return Way(
            dialect=self.dialect, address=lambda why: self.address(Ticket(why=why, leg=leg, turn=turn)), voices=self.voices,
            caller_id=self.caller_id,
        )  # fmt: skip

    async def sound(self, pcm: Pcm) -> str:
        """The address of a sound of ours. Raises LineFailed where it is longer than any prompt."""
        try:
            return f"{self.base}/audio/{await self.sounds.lay_out(pcm)}.wav"
        except ValueError as error:
            raise LineFailed(str(error), code="unable") from None

    async def music_piece(self, from_ms: int) -> tuple[str, int]:
        """The address of some waiting music, and how many ms it is."""
        pcm = await self.music.piece(from_ms, MUSIC_S if self.rest.is_usable else ALONE_MUSIC_S)
        return (await self.sound(pcm), duration_ms(pcm)) if pcm else ("", 0)
