"""What we and the speech process say to one another, over its standard input and output: a length, then one of these."""

import struct
from collections.abc import Mapping
from typing import BinaryIO, Literal

import msgspec
from msgspec import Struct

from adapters.phone.audio import BYTES_PER_S, Pcm

FRAME_MAX_BYTES = 90 * BYTES_PER_S
"""More than the longest speech of either side."""
_LENGTH = struct.Struct(">I")


class Order(Struct, frozen=True, kw_only=True, tag="order"):
    """The first one: what the process is to be."""

    engine: Literal["espeak", "piper", "pocketsphinx", "sherpa"]
    voices: Mapping[str, str] = {}
    models: Mapping[str, str] = {}
    speed: float = 1.0


class Speak(Struct, frozen=True, kw_only=True, tag="speak"):
    id: int
    text: str
    language: str
    within_s: float
    """Later nobody waits for it: it is not done."""


class Recognize(Struct, frozen=True, kw_only=True, tag="recognize"):
    id: int
    pcm: Pcm
    language: str
    hints: tuple[str, ...] = ()
    within_s: float


class Ready(Struct, frozen=True, tag="ready"):
    """It has loaded what it needs."""

    facts: Mapping[str, str] = {}


class Spoke(Struct, frozen=True, tag="spoke"):
    id: int
    pcm: Pcm


class Heard(Struct, frozen=True, tag="heard"):
    id: int
    text: str
    confidence: float


class Failed(Struct, frozen=True, tag="failed"):
    """One request, or (id 0) the process itself. `reason` is fit for an operator's eyes."""

    id: int
    code: str
    reason: str = ""


Request = Order | Speak | Recognize
Reply = Ready | Spoke | Heard | Failed

_encoder = msgspec.msgpack.Encoder()
_requests: msgspec.msgpack.Decoder[Request] = msgspec.msgpack.Decoder(Request)
_replies: msgspec.msgpack.Decoder[Reply] = msgspec.msgpack.Decoder(Reply)


def packed(frame: Request | Reply) -> bytes:
    body = _encoder.encode(frame)
    return _LENGTH.pack(len(body)) + body


def length(head: bytes) -> int:
    """How much follows. Raises ValueError for more than anybody has to say."""
    (size,) = _LENGTH.unpack(head)
    if size > FRAME_MAX_BYTES:
        raise ValueError("a frame that is too long")
    return int(size)


def reply(body: bytes) -> Reply:
    """Raises msgspec.MsgspecError."""
    return _replies.decode(body)


def read_request(stream: BinaryIO) -> Request | None:
    """The next one; None when the other side is gone."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    body = stream.read(length(head))
    return _requests.decode(body)


HEAD_BYTES = _LENGTH.size
