"""The frames of `frontdesk.v1`: JSON text with a `type`. Unknown fields and unknown types are ignored, both ways.

The client's:  hello  message  form  typing  read  rate  end  ping
The server's:  welcome  ack  filled  message  typing  state  read  survey  error  bye  pong
"""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from gateway.core.errors import BadInput, TooLarge
from gateway.core.parts import MAX_TEXT_BYTES

SUBPROTOCOL = "frontdesk.v1"
FRAME_MAX_BYTES = 64 * 1024
_SEQ_MAX = 2**53
"""What a JavaScript number holds exactly."""

Cid = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}\\Z")]
"""The client's own id of something it sends; a ULID does well. Anything else could not stand in a key."""
Seq = Annotated[int, Meta(ge=0, le=_SEQ_MAX)]
Short = Annotated[str, Meta(max_length=200)]


# ---- what the client says -------------------------------------------------------------------------------------------------------


class Hello(Struct, frozen=True, tag="hello"):
    """Who I am, and what I have seen."""

    token: Annotated[str, Meta(max_length=2048)] | None = None
    last_seq: Seq | None = None
    """What is already there; absent: send the last messages."""
    locale: Annotated[str, Meta(max_length=35)] | None = None
    page: Annotated[str, Meta(max_length=2048)] | None = None
    identity: Annotated[str, Meta(max_length=8192)] | None = None
    """A JWT made by the site's own server."""
    link: Annotated[str, Meta(max_length=200)] | None = None
    """The `claim` of the last QR code asked for: shows that a link was this client's own doing, and its token may go on."""


class Say(Struct, frozen=True, tag="message", gc=False):
    """Exactly one of a text, a choice's id and a file's id; with a choice or a file the text is its label or caption."""

    cid: Cid
    text: str | None = None
    choice: Short | None = None
    file: Short | None = None


class Form(Struct, frozen=True, tag="form"):
    """The form of the welcome, filled in. What was left blank may be left out."""

    cid: Cid
    kind: Literal["prechat", "offline"]
    consent: Annotated[str, Meta(max_length=64)] | None = None
    """The version that was shown and agreed to."""
    fields: Annotated[dict[Annotated[str, Meta(max_length=32)], Short], Meta(max_length=9)] = {}
    page: Annotated[str, Meta(max_length=2048)] | None = None
    """Where it was filled in; over a socket the hello has said it."""


class Typing(Struct, frozen=True, tag="typing", gc=False):
    on: bool = True


class Read(Struct, frozen=True, tag="read", gc=False):
    seq: Seq


class Rate(Struct, frozen=True, tag="rate", gc=False):
    score: Annotated[int, Meta(ge=1, le=5)]
    comment: Annotated[str, Meta(max_length=2000)] | None = None
    session: Annotated[str, Meta(max_length=64)] | None = None
    """The survey's session; absent: the newest."""


class End(Struct, frozen=True, tag="end", gc=False):
    pass


class Ping(Struct, frozen=True, tag="ping", gc=False):
    pass


ClientFrame = Hello | Say | Form | Typing | Read | Rate | End | Ping

_KNOWN = frozenset({"hello", "message", "form", "typing", "read", "rate", "end", "ping"})
_client: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(ClientFrame)
_any = msgspec.json.Decoder()


def read_frame(data: bytes) -> ClientFrame | None:
    """A client's frame; None for a type that we do not know. Raises BadInput or TooLarge, nothing else, whatever the bytes."""
    if len(data) > FRAME_MAX_BYTES:
        raise TooLarge("frame_too_large", f"a frame of at most {FRAME_MAX_BYTES} bytes; files go by POST .../files")
    try:
        frame = _client.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _refuse_unless_unknown(data, error)
        return None
    if isinstance(frame, Say):
        check_said(frame)
    return frame


def check_said(frame: Say) -> None:
    """Refuse a message with nothing in it, with two things in it, or with too much."""
    if (frame.choice is not None) and (frame.file is not None):
        raise BadInput("bad_message", "one of text, choice and file")
    if frame.choice is None and frame.file is None and not (frame.text and frame.text.replace("\0", "").strip()):
        raise BadInput("empty_message", "a text that is not blank, a choice or a file")
    text = frame.text
    if text and len(text) * 4 > MAX_TEXT_BYTES and len(text.encode()) > MAX_TEXT_BYTES:
        raise TooLarge("text_too_large", f"a text of at most {MAX_TEXT_BYTES} bytes")


def cid_of(data: bytes) -> str | None:
    """The `cid` of a frame that could not be read, so that its sender can tell which one it was."""
    try:
        frame = _any.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    cid = frame.get("cid") if isinstance(frame, dict) else None
    return cid if isinstance(cid, str) and len(cid) <= 64 else None


def read_body(body: bytes, cid: str) -> tuple[Say, "HttpMessage"]:
    """The message in the body of `POST .../messages`, and the body itself. Raises BadInput or TooLarge, nothing else."""
    try:
        posted = _posted.decode(body)
        said = msgspec.convert({"cid": cid, "text": posted.text, "choice": posted.choice, "file": posted.file, "type": "message"}, Say)
    except msgspec.ValidationError as error:
        raise BadInput("bad_message", str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("bad_json", "a JSON object in UTF-8") from None
    check_said(said)
    return said, posted


def _refuse_unless_unknown(data: bytes, error: Exception) -> None:
    """Raises BadInput, but not for an unknown type. msgspec's words name types and fields, never values."""
    try:
        frame = _any.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise BadInput("bad_json", "a JSON object in UTF-8") from None
    kind = frame.get("type") if isinstance(frame, dict) else None
    if not isinstance(kind, str):
        raise BadInput("bad_frame", 'a JSON object with a "type"')
    if kind in _KNOWN:
        raise BadInput("bad_frame", str(error) if isinstance(error, msgspec.ValidationError) else f"a well-formed {kind}")


# ---- what the server says -------------------------------------------------------------------------------------------------------


class ConsentAsked(Struct, frozen=True):
    """What is to be agreed to, in the client's language."""

    version: str
    text: str
    url: str | None = None


class FieldAsked(Struct, frozen=True):
    """One line of a form."""

    name: str
    label: str
    type: Literal["text", "email", "tel"]
    required: bool


class FormAsked(Struct, frozen=True, kw_only=True):
    """What is asked before the first message, answered by `form`."""

    kind: Literal["prechat", "offline"]
    consent: ConsentAsked | None
    fields: tuple[FieldAsked, ...]


class HoursNow(Struct, frozen=True, kw_only=True):
    """Whether people are there, and when that changes."""

    open: bool
    opens_at: datetime | None
    closes_at: datetime | None


class Config(Struct, frozen=True, kw_only=True):
    """What a client needs to know about this site."""

    name: str
    greeting: str
    locale: str
    """The language that we speak here."""
    text_max_bytes: int = MAX_TEXT_BYTES
    file_max_bytes: int
    file_types: tuple[str, ...]
    form: FormAsked | None = None
    """None: nothing is asked, or it has been filled in."""
    hours: HoursNow | None = None
    """None: always open."""
    link: str | None = None
    """The kind of channel on which the conversation may go on by a QR code; None: none is offered."""


class Welcome(Struct, frozen=True, tag="welcome", kw_only=True):
    """The conversation is yours; the messages behind your `last_seq` follow."""

    token: str
    session: str
    seq: int
    """The conversation's last message."""
    resumed: bool
    """The token named a conversation that has messages."""
    state: str
    at: datetime
    """The gateway's time: a client's own clock may be wrong."""
    config: Config
    linked: bool = False
    """The QR code that the hello claims has been scanned, and the link stands."""
    link_doubtful: bool = False
    """It has been scanned, but the two are not one customer: an agent is asked, or has undone it."""


class Ack(Struct, frozen=True, tag="ack", gc=False):
    """On record, durably. The same `cid` again gets the same ack."""

    cid: str
    seq: int
    at: datetime


class Filled(Struct, frozen=True, tag="filled", gc=False):
    """A form is on record, durably: this client's, or another tab's."""

    cid: str
    at: datetime


class Option(Struct, frozen=True, gc=False):
    id: str
    text: str


class SentFile(Struct, frozen=True, gc=False):
    id: str
    name: str
    mime: str
    size: int
    url: str
    """Signed, and good for an hour: fit for an <img>. Relative to the gateway."""


class Said(Struct, frozen=True, tag="message", kw_only=True, omit_defaults=True):
    """A message of the conversation."""

    seq: int
    id: str
    author: str
    text: str
    markdown: bool = False
    """Show `text` as markdown: ours only, never a customer's."""
    cid: str | None = None
    reply_to: int | None = None
    name: str | None = None
    choices: tuple[Option, ...] = ()
    files: tuple[SentFile, ...] = ()
    session: str
    at: datetime
    ask: str | None = None
    """`contact`: it asks where to answer; an email address or a phone number as the next message will do."""


class TypingNow(Struct, frozen=True, tag="typing", gc=False):
    author: str
    on: bool = True


class StateNow(Struct, frozen=True, tag="state", omit_defaults=True, gc=False):
    state: str
    session: str
    position: int | None = None
    eta_s: int | None = None
    agent: str | None = None


class ReadNow(Struct, frozen=True, tag="read", gc=False):
    seq: int


class Survey(Struct, frozen=True, tag="survey", kw_only=True):
    """How was it? Answered by `rate`."""

    session: str
    text: str
    min: int = 1
    max: int = 5


class Error(Struct, frozen=True, tag="error", omit_defaults=True, kw_only=True):
    """`code` is for programs, `text` for people in their language. `cid` names the message that it is about."""

    code: str
    text: str
    retry_after_s: float | None = None
    cid: str | None = None
    expected: str | None = None
    """For the client's developer: what would have been right."""
    fields: tuple[str, ...] = ()
    """With `form_invalid`: the names of the fields that are wrong, `consent` among them."""


class Bye(Struct, frozen=True, tag="bye", gc=False):
    """We are going; come back after so long."""

    retry_after_s: float


class Pong(Struct, frozen=True, tag="pong", gc=False):
    pass


ServerFrame = Welcome | Ack | Filled | Said | TypingNow | StateNow | ReadNow | Survey | Error | Bye | Pong

write_frame = msgspec.json.Encoder().encode
"""A server's frame as JSON bytes."""


class HttpMessage(Struct, frozen=True):
    """The body of `POST /chat/{site}/messages`; the `cid` is its Idempotency-Key."""

    text: str | None = None
    choice: Short | None = None
    file: Short | None = None
    locale: Annotated[str, Meta(max_length=35)] | None = None
    page: Annotated[str, Meta(max_length=2048)] | None = None


class Sent(Struct, frozen=True, kw_only=True):
    """The answer to `POST /chat/{site}/messages`."""

    cid: str
    seq: int
    at: datetime
    token: str
    session: str


class Events(Struct, frozen=True, kw_only=True):
    """The answer to a long poll: the messages behind `after` in order, and where the session stands."""

    events: tuple[Any, ...]
    frames: tuple[Any, ...] = ()
    """Frames without a seq that came meanwhile: typing, read, survey, filled."""
    mark: str = ""
    """The end of `frames`: the next poll's `mark`."""
    seq: int
    """The last of `events`, or `after` where there are none: the next poll's `after`."""
    state: StateNow


class Upload(Struct, frozen=True):
    """The answer to an upload; `file.id` goes into a message."""

    file: SentFile


_posted: msgspec.json.Decoder[HttpMessage] = msgspec.json.Decoder(HttpMessage)
