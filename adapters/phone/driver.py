"""What carries calls, as the rest of the phone sees it: a driver takes and makes calls, a leg is one of them.

A driver may not decide what is said: it plays, listens, connects and tells. A leg's events come in order and end with `Ended`, which comes
exactly once, whoever hung up. A command on a leg that has ended does nothing, and raises nothing: hanging up at the same moment is
everyday telephony. `LineFailed` says that a command could not be done while the call goes on.

On a turn-based driver (a webhook cloud) commands wait until `hear`, `music`, `bridge`, `transfer`, `take_message` or `hangup` says whose
turn it is now; then all of them go out as one answer.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct, field

from adapters.phone.audio import Pcm
from gateway.core.errors import FrontdeskError


class LineFailed(FrontdeskError):
    """What carries calls could not do what was asked. `code`: a stable word (unreachable, refused, busy, no_answer, forbidden, unable)."""

    def __init__(self, reason: str, *, code: str) -> None:
        super().__init__(reason)
        self.code = code


class Abilities(Struct, frozen=True, kw_only=True):
    """What a driver can do."""

    raw_audio: bool
    """It carries sound both ways as it is. Else it speaks text itself (`server_tts`) or plays from an address of ours."""
    server_tts: bool = False
    server_asr: bool = False
    is_turn_based: bool = False
    bridge: bool = True
    transfer: bool = True
    dial: bool = True
    record: bool = True
    outlives: bool = False
    """Its calls outlive the process that had them: the next one takes them on, each under another id."""


class Incoming(Struct, frozen=True, kw_only=True):
    """Somebody calls (or was called by us). All of it is what the network says: none is trusted."""

    call: str
    """The driver's id of it, unique for ever."""
    number: str = ""
    dialled: str = ""
    name: str = ""
    headers: Mapping[str, str] = {}


class Digit(Struct, frozen=True, tag="digit"):
    """A key was pressed: 0-9, *, #, A-D. Told at its beginning."""

    digit: str


class Sound(Struct, frozen=True, tag="sound"):
    """The next of what the caller says, in frames; only while `hear` or `take_message` asked for it."""

    pcm: Pcm


class Understood(Struct, frozen=True, tag="understood"):
    """`server_asr`: what the peer's recognizer made of the caller's words. Nothing: empty."""

    text: str
    confidence: float


class Nothing(Struct, frozen=True, tag="nothing"):
    """Turn-based: `hear` ended without a key or a word."""


class Reached(Struct, frozen=True, tag="reached"):
    """All that was played before and with this mark has been heard. A flushed mark never comes."""

    mark: str


class Held(Struct, frozen=True, tag="held"):
    """The caller has put us on hold, or has come back."""

    is_on: bool


class Ringing(Struct, frozen=True, tag="ringing"):
    """The phone of whom we connect rings."""


class Bridged(Struct, frozen=True, tag="bridged"):
    """They have answered, and are connected with the caller."""


class Parted(Struct, frozen=True, tag="parted"):
    """The other side is gone, or never came; the caller is ours again."""

    why: str
    """busy, no_answer, refused, unreachable, broke, or hung_up (they have talked and the other side ended it)."""


class Transferred(Struct, frozen=True, tag="transferred"):
    """The caller is with somebody else for good; `Ended` follows."""


class Message(Struct, frozen=True, tag="message"):
    """`take_message` is over: what the caller has said after the tone. Empty: nothing."""

    pcm: Pcm


class Ended(Struct, frozen=True, tag="ended"):
    """The call is over."""

    why: str
    """hung_up, by_us, transferred, lost, failed, limit; of a call that we made and nobody took: busy, no_answer, refused, unreachable."""
    facts: Mapping[str, Any] = {}
    """seconds, codec, loss, jitter_ms, ...: what is known."""
    recording: Pcm | None = None


LegEvent = Digit | Sound | Understood | Nothing | Reached | Held | Ringing | Bridged | Parted | Transferred | Message | Ended


class Hearing(Struct, frozen=True, kw_only=True):
    """What is listened for, until something else is asked. Streaming drivers only give out the sound; who asked counts keys and silence."""

    speech: bool = False
    keys_max_count: int = 1
    finish_on: str = ""
    """A key that ends several."""
    silence_s: float = 6.0
    """Turn-based: how long nothing may come before `Nothing`."""
    language: str = "en"
    hints: tuple[str, ...] = ()
    """Words that are likely."""


class Speech(Struct, frozen=True, kw_only=True):
    """Something to be heard: as sound, or (`server_tts`) as words."""

    text: str
    language: str
    pcm: Pcm | None = None
    """None where the driver speaks itself."""


class Leg(Protocol):
    """One call, from its first ring to its end."""

    @property
    def incoming(self) -> Incoming: ...

    def events(self) -> AsyncIterator[LegEvent]:
        """All that happens to it, in order, until `Ended`; iterated once, by one."""
        ...

    async def answer(self) -> None: ...

    async def reject(self, code: int) -> None:
        """Refuse it: 486, 503, 603 where the driver can say which."""
        ...

    async def play(self, speech: Speech, mark: str) -> None:
        """Add to what is being played; `Reached(mark)` once it was heard. Returns at once: the driver paces. While the caller is connected
        with somebody, and not on hold, it is dropped: nobody is talked over, and the mark never comes."""
        ...

    async def flush(self) -> int:
        """Silence, now: whatever is played or waits is dropped. How many ms of it the caller had heard since the last mark was reached."""
        ...

    async def hear(self, hearing: Hearing | None) -> None:
        """From now on listen for this; None: for keys alone, and no sound is given out."""
        ...

    async def music(self, *, is_on: bool) -> None:
        """Play the waiting music in a loop, under what `play` adds. Connecting the caller (`Bridged`) ends it.

        While they are connected it is the hold: the caller hears the music and what `play` adds, neither side hears the other, and both
        calls stay; without it they talk again, and what was still being played is dropped. Where the other side leaves meanwhile it goes
        on. A turn-based driver can't hold.
        """
        ...

    async def take_message(self, max_s: float) -> None:
        """A tone, then all that the caller says, until `#`, a long silence, the time, or the end of the call: then `Message`."""
        ...

    async def record(self, *, is_on: bool) -> None:
        """Both sides, from now on; what was recorded comes with `Ended`."""
        ...

    async def bridge(self, target: str, ring_s: float) -> None:
        """Ring `target` (from the configuration) and connect it: `Ringing`, then `Bridged` or `Parted`. The music goes on until then."""
        ...

    async def part(self) -> None:
        """Let go of the other side, or stop ringing it; the caller stays. Then `Parted`."""
        ...

    async def transfer(self, target: str) -> None:
        """Hand the caller over to `target` for good: `Transferred`, or `Parted` where that fails."""
        ...

    async def hangup(self) -> None:
        """End it behind what is still to be played."""
        ...


@runtime_checkable
class Establishes(Protocol):
    """A leg whose caller has to confirm the answer (SIP's ACK). Until then nobody has shown that they are there: anybody can write any
    number into one packet, and any sender's address."""

    async def established(self) -> bool:
        """Whether the answer was confirmed; False where it was not in time, or the call is over before."""
        ...


Take = Callable[[Leg], Awaitable[None]]
"""Takes a call that comes in, and returns when that is over; cancelled when we stop."""


class Driver(Protocol):
    """What carries calls."""

    @property
    def abilities(self) -> Abilities: ...

    async def run(self, take: Take) -> None:
        """Take calls until cancelled; each in a task of its own. Restarts what it needs by itself, at growing distances."""
        ...

    async def dial(self, target: str, *, caller_id: str, ring_s: float) -> Leg:
        """Call somebody: a leg whose first event is `Bridged` (answered) or `Ended`. Raises LineFailed."""
        ...

    async def close(self) -> None: ...


class Health(Struct, frozen=True, kw_only=True):
    """How a driver's own connection goes."""

    is_up: bool
    trouble: str = ""
    """A stable word."""
    facts: dict[str, Any] = field(default_factory=dict)
