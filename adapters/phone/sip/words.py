"""What the gateway and its SIP worker say to each other: JSON, one word a message, over a socket of this machine that asks for a token."""

from typing import Any

import msgspec
from msgspec import Struct, field

PING_S = 10.0
"""How often each side asks whether the other is still there; half of that without an answer, and it is not."""


class Start(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The worker's first and only line of input: all that it needs, secrets among it, which is why it is neither argument nor file."""

    token: str
    socket: str
    """The Unix socket that it opens, in a folder of our own."""
    listen: str
    number: str
    rtp_ports: str
    folder: str
    """Where recordings grow; the same folder."""
    advertised: str = ""
    encryption: str = "off"
    certificate: str = ""
    trunk_host: str = ""
    trunk_user: str = ""
    trunk_password: str = ""
    trunk_transport: str = "udp"
    trunk_registers: bool = True
    peers: tuple[str, ...] = ()
    calls_max_count: int = 50
    call_max_s: float = 3_600.0
    rtp_timeout_s: int = 60
    unanswered_s: float = 20.0
    """So long the gateway may take to answer or refuse a call; then it is refused."""
    music: bytes = b""
    farewells: dict[str, bytes] = {}
    """By language: what callers hear when the gateway is gone. Under "": those to whom nothing was said in one of these."""
    test_key: bytes = b""
    """What passes for test calls are made with; empty: none is taken for one."""


# What the gateway asks for


class Answer(Struct, frozen=True, tag="answer"):
    call: str


class Reject(Struct, frozen=True, tag="reject"):
    call: str


class Language(Struct, frozen=True, tag="language"):
    """What the caller is spoken to in, for the last word."""

    call: str
    language: str


class Music(Struct, frozen=True, tag="music"):
    call: str
    is_on: bool


class Record(Struct, frozen=True, tag="record"):
    call: str
    is_on: bool


class Bridge(Struct, frozen=True, tag="bridge"):
    call: str
    target: str
    ring_s: float


class Part(Struct, frozen=True, tag="part"):
    call: str


class Transfer(Struct, frozen=True, tag="transfer"):
    call: str
    target: str
    timeout_s: float


class Hangup(Struct, frozen=True, tag="hangup"):
    call: str


class Dial(Struct, frozen=True, tag="dial"):
    """Answered by `Dialled` with the same `request`."""

    request: int
    target: str
    caller_id: str
    ring_s: float


class Shut(Struct, frozen=True, tag="shut"):
    """Say goodbye to whoever is on the line, and end."""


Command = Answer | Reject | Language | Music | Record | Bridge | Part | Transfer | Hangup | Dial | Shut

# What the worker tells


class Registration(Struct, frozen=True, tag="registration"):
    """How registering with the trunk went, each time."""

    is_ok: bool
    status: int = 0
    """Of SIP; 0: no answer at all."""


class Rang(Struct, frozen=True, tag="rang"):
    """A call comes in."""

    call: str
    number: str
    dialled: str
    name: str
    headers: dict[str, str] = {}
    is_test: bool = False
    """Our own doctor's, by its pass: it is answered by the driver, and nobody else hears of it."""


class Dialled(Struct, frozen=True, tag="dialled"):
    request: int
    call: str = ""
    code: str = ""
    """Why not: a code of LineFailed."""


class Up(Struct, frozen=True, tag="up"):
    """The call is answered; sound flows."""

    call: str


class OnHold(Struct, frozen=True, tag="on_hold"):
    call: str
    is_on: bool


class OtherRings(Struct, frozen=True, tag="other_rings"):
    call: str


class OtherUp(Struct, frozen=True, tag="other_up"):
    call: str


class OtherGone(Struct, frozen=True, tag="other_gone"):
    call: str
    why: str


class HandedOver(Struct, frozen=True, tag="handed_over"):
    call: str


class Over(Struct, frozen=True, tag="over"):
    """The call is no more. `recording`: a file of sound, both sides."""

    call: str
    why: str
    facts: dict[str, Any] = field(default_factory=dict)
    recording: str = ""


Event = Registration | Rang | Dialled | Up | OnHold | OtherRings | OtherUp | OtherGone | HandedOver | Over

read_start = msgspec.json.Decoder(Start).decode
read_command = msgspec.json.Decoder(Command).decode
read_event = msgspec.json.Decoder(Event).decode


def write(word: Command | Event | Start) -> str:
    """As it goes over the wire."""
    return msgspec.json.encode(word).decode()
