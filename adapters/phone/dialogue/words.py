"""What the dialogue with a caller is told (stimuli), and what it wants done (commands). All of it can be written down and read again."""

from typing import Any

from msgspec import Struct, field

from adapters.phone import driver
from adapters.phone.dialogue.state import Saying
from adapters.phone.driver import Hearing
from gateway.core.calls import Standing, Topic
from gateway.core.events import Event
from gateway.core.message import Message
from gateway.core.parts import FileRef

# ---- stimuli ---------------------------------------------------------------------------------------------------------------------


class Begun(Struct, frozen=True, kw_only=True):
    """The call is answered. `standing`: of the caller's newest session, if there was one before."""

    menus: dict[str, tuple[Topic, ...]]
    standing: Standing | None = None


class CallerBegan(Struct, frozen=True):
    """The caller has begun to speak."""


class Words(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What was understood of what the caller said."""

    text: str
    confidence: float
    audio: FileRef | None = None
    trouble: str = ""


class Heard(Struct, frozen=True, kw_only=True):
    """Something was heard to its end, or cut short."""

    mark: int
    seq: int = 0
    heard_ms: int = 0
    of_ms: int = 0
    is_whole: bool = True


class Left(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the caller said after the tone is kept. No file: nothing was said, or it could not be kept."""

    file: FileRef | None = None
    text: str = ""
    confidence: float = 0.0


class LinksSent(Struct, frozen=True):
    is_sent: bool


class Trouble(Struct, frozen=True):
    """What was said can't be written down just now; `is_over`: we give up."""

    is_over: bool = False


class Tick(Struct, frozen=True):
    """It is as late as `timers` wanted."""


class Over(Struct, frozen=True, kw_only=True):
    """The call is over, and its recording is kept."""

    why: str
    facts: dict[str, Any] = field(default_factory=dict)
    file: FileRef | None = None


Stimulus = (
    Begun | CallerBegan | Words | Heard | Left | LinksSent | Trouble | Tick | Over | Message | Standing
    | driver.Digit | driver.Nothing | driver.Held | driver.Ringing | driver.Bridged | driver.Parted | driver.Transferred
)  # fmt: skip


# ---- commands --------------------------------------------------------------------------------------------------------------------


class Say(Struct, frozen=True):
    """Behind what is being said."""

    saying: Saying


class Flush(Struct, frozen=True):
    """Silence, now: what was to be said is dropped, and told as `Heard`, cut short."""


class Hear(Struct, frozen=True):
    hearing: Hearing | None


class Music(Struct, frozen=True):
    is_on: bool


class Record(Struct, frozen=True):
    """From now on."""


class TakeMessage(Struct, frozen=True):
    max_s: float


class Bridge(Struct, frozen=True):
    target: str
    ring_s: float


class Transfer(Struct, frozen=True):
    target: str


class Part(Struct, frozen=True):
    """Let go of the agent's phone."""


class Hangup(Struct, frozen=True):
    """Behind what is being said."""


class Tell(Struct, frozen=True, kw_only=True):
    """An event for the hub."""

    event: Event
    person: str = ""


class SendLinks(Struct, frozen=True):
    links: tuple[str, ...]


Command = Say | Flush | Hear | Music | Record | TakeMessage | Bridge | Transfer | Part | Hangup | Tell | SendLinks
