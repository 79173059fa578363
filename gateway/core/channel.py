"""The channel contract: what every adapter gives, what it may do besides, and what it may not.

An adapter
- **parses** what its peer sent into `Inbound` events and the reply that the peer expects: pure, no I/O, the signature verified first;
- **sends** one part of one message at a time, and says honestly what became of it (a Receipt, or one of the three SendErrors);
- says what it can carry, in numbers with units (`Capabilities`), so that the middle can fit a message to it.

It may not read or write the store, decide who answers, retry, keep order, or split messages: the middle does that for all channels.
It is handed everything it needs; it reaches for nothing. What only some channels can do is a Protocol of its own, found by `isinstance`.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from gateway.core.events import Inbound
from gateway.core.ids import ChannelName, EventKey
from gateway.core.message import Outgoing, Receipt
from gateway.core.parts import Arriving, Letter, Part


class Reach(StrEnum):
    """How a message gets to the customer."""

    PULLED = "pulled"
    """The customer's client reads the transcript itself, by `seq`, and proves that it is complete. Committing the message is sending it,
    and its epoch was checked in that very transaction; `send` only wakes the clients that are looking now."""
    PUSHED = "pushed"
    """We call the peer. Every message goes through the outbox, its epoch checked just before."""


class Grade(StrEnum):
    """How well a channel carries something."""

    NATIVE = "native"
    DEGRADED = "degraded"
    """As something else: choices as numbered text, a file as a link."""
    NO = "no"


class Capabilities(Struct, frozen=True, kw_only=True):
    """What a channel can carry."""

    reach: Reach
    text_max_bytes: int
    markdown: Grade = Grade.NO
    choices: Grade = Grade.DEGRADED
    choices_max_count: int = 10
    files: Grade = Grade.NO
    file_max_bytes: int = 0
    """Of one file; where a message is one thing (`is_whole`), of all its files together."""
    locations: Grade = Grade.DEGRADED
    is_idempotent: bool = False
    """A part sent twice reaches the customer once: `send` gives its peer a key made from `outgoing.id` and `outgoing.parts_sent`."""
    typing: bool = False
    read_marks: bool = False
    parts_per_second: float = 0.0
    """What the peer allows; 0: no limit known."""
    survey: bool = False
    is_counted: bool = False
    """The peer counts what we send (`gateway.core.allowance`): a turn goes out as one message, text parts are joined, and the last of what
    may be sent is left to people."""
    reserve_count: int = 0
    """Of a counted channel: how many messages only an agent may still send."""
    file_types: tuple[str, ...] = ()
    """The types that `files` holds for; empty: all. Others go out as a link."""
    brings_any_file: bool = False
    """What customers send may be of any type but programs, as people attach anything to a mail. Else the types that chats know."""
    is_whole: bool = False
    """A message is one thing (a mail): `send` is called once, with all its parts in one `Together`. What bot and system say in a turn
    goes out as one message."""
    letters: bool = False
    """It carries `Letter`: subject and copies."""
    patience_s: float = 0.0
    """For how long a message that is not taken yet is tried again, at growing distances; 0: as a chat's (`gateway.retry`)."""
    send_s: float = 30.0
    """How long one `send` may take at most, its own deadlines included; what is not answered by then is uncertain."""
    at_once_count: int = 0
    """How many messages may be on their way at once (its connections, say): more wait in the outbox. They have places of their own there,
    so that a slow peer holds up nobody else's. 0: as many as any channel's."""
    calls: bool = False
    """Its customers call: a session has a call (`Session.call`), and what is said while nobody is on the line reaches nobody."""
    notices: bool = False
    """It carries `Notice`: where free text may not go out, an approved form may."""


class Raw(Struct, frozen=True, kw_only=True):
    """What a peer sent, untouched. `context` holds what the edge has verified itself (a socket's visitor, a client's address)."""

    body: bytes
    received_at_ms: int
    method: str = ""
    path: str = ""
    headers: Mapping[str, str] = {}
    query: Mapping[str, str] = {}
    context: Mapping[str, Any] = {}


class Reply(Struct, frozen=True, kw_only=True):
    """What the peer expects back once its events are durable."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/plain; charset=utf-8"


class Parsed(Struct, frozen=True, kw_only=True):
    """The events in what a peer sent (none: nothing for us), and the reply."""

    events: tuple[Inbound, ...] = ()
    reply: Reply = Reply()
    news: str = ""
    """For the channel's own listener: there is something to fetch (`Wakes`). Opaque; told before the peer is answered."""


@runtime_checkable
class Channel(Protocol):
    """One account of one kind of channel."""

    @property
    def name(self) -> ChannelName:
        """The NAME of its section in the configuration."""
        ...

    @property
    def type(self) -> str:
        """The kind: `webchat`, `email`, ..."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    def parse(self, raw: Raw) -> Parsed:
        """The events in `raw`. Pure. Verifies before it reads. Raises BadInput, Forged or TooLarge; nothing else, whatever the bytes."""
        ...

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:
        """Hand one part to the peer. Raises Rejected, Shut, TryLater or Uncertain, nothing else; may be cancelled
        (then it is uncertain)."""
        ...


Accept = Callable[[Inbound], Awaitable[bool]]
"""Makes an event durable; True if it is new, False for a repeat. Raises Busy: then the peer must be told to come again."""


@runtime_checkable
class Listening(Protocol):
    """A channel that fetches its events itself (a mailbox, a call leg)."""

    async def listen(self, accept: Accept) -> None:
        """Run until cancelled; an event is confirmed to the peer only after `accept` returned."""
        ...


class Pulse(Struct, frozen=True, kw_only=True):
    """How a channel's fetching goes, whichever process does it."""

    success_at: datetime | None = None
    """When it last got all that there was, or a part of it. None: not yet."""
    is_alarm: bool = False
    """That is too long ago."""
    trouble: str = ""
    """Why, in a stable word; "": all is well."""
    behind_count: int = 0
    """What is known to wait, and not fetched yet."""
    counts: Mapping[str, int] = {}
    """What was fetched since the process that fetches began, by a closed set of words."""


@runtime_checkable
class Watched(Protocol):
    """A channel whose fetching is watched from outside."""

    async def pulse(self) -> Pulse | None:
        """How it goes; None: nobody has fetched yet. Raises what the store raises."""
        ...


@runtime_checkable
class Wakes(Protocol):
    """A channel whose peer calls only to say that there is something to fetch; its listener may run in another process."""

    async def wake(self, news: str) -> None:
        """Tell the listener of `Parsed.news`. Best effort, never raises: what is lost costs delay, the listener looks by itself too."""
        ...


@runtime_checkable
class NotesPushes(Protocol):
    """A channel that remembers how its peer's calls end, so that `diagnose` can name what is set up wrongly at the peer."""

    async def note_push(self, refusal: str) -> None:
        """A call was taken (""), or refused with this code of a BadInput. Cheap to call each time; never raises."""
        ...


@runtime_checkable
class Closable(Protocol):
    """A channel that holds connections."""

    async def close(self) -> None:
        """Let go of them. Safe to repeat; a later send may open new ones."""
        ...


@runtime_checkable
class ShowsTyping(Protocol):
    """A channel that can show that an answer is being written."""

    async def show_typing(self, outgoing_to: str, *, is_on: bool) -> None:
        """Best effort; `outgoing_to` is the thread."""
        ...


@runtime_checkable
class AnswersInPlace(Protocol):
    """A channel whose peer waits on the line, and takes an answer as the response to its own push (`Inbound.answer_by`)."""

    def in_place(self, parts: Sequence[Part], inbound: Inbound, at: datetime) -> tuple[Reply, int] | None:
        """The response that carries as many of these fitted parts as go into one, from the first on, and how many that are.

        None: the first can't go this way, or goes better by `send`. Pure: the same values give the same response, so that a repeat of
        the push gets the same answer again; `at` is when it was first given.
        """
        ...


@runtime_checkable
class AnswersWebhooks(Protocol):
    """A channel whose peer asks, by calls of its own, what it is to do next (a cloud that has somebody on the phone), and does as it is
    answered. None of these calls is an event by itself: what comes of them is told by the channel's listener."""

    async def webhook(self, raw: Raw) -> Reply:
        """The answer; `raw.context["target"]` is the path and query as they came. Raises BadInput (Forged) or NotFound, nothing else.
        May take some seconds; may be repeated."""
        ...


@runtime_checkable
class Fetches(Protocol):
    """A channel whose peer holds the files that its customers send."""

    def fetch(self, part: Arriving) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """The content in pieces, not more than the channel's limit. Entering or iterating raises `FetchFailed` and nothing else."""
        ...


class Enclosed(Struct, frozen=True, kw_only=True):
    """Something that lies in a mail. `place` names it inside its mail."""

    place: int
    name: str
    mime: str
    """Sniffed, not believed."""
    size_bytes: int
    is_inline: bool = False
    is_held_back: bool = False
    """A program, or of a kind that may run something: it is not given out."""


class Opened(Struct, frozen=True, kw_only=True):
    """A customer's mail as people know it."""

    headers: tuple[tuple[str, str], ...]
    """From, To, Cc, Reply-To, Date, Subject, as text; further ones that explain it (what vouches for the sender)."""
    text: str
    """What was written, without what was quoted."""
    quoted: str = ""
    signature: str = ""
    html: str = ""
    """The mail's own look, sanitized: no scripts, no forms, nothing loaded from elsewhere unless that was asked for; its own pictures are
    `data:` addresses. Fit for a sandboxed frame and nothing else. Empty: it has none."""
    has_remote: bool = False
    """It wants pictures from elsewhere, which are off: they tell their sender who reads."""
    enclosed: tuple[Enclosed, ...] = ()
    trouble: str = ""
    """A stable word for why only a part of it can be shown."""


@runtime_checkable
class OpensLetters(Protocol):
    """A channel whose messages are letters (`Letter.raw`)."""

    async def open_letter(self, letter: Letter, *, with_remote: bool = False) -> Opened:
        """Raises NotFound where the mail is gone; never for what is in it."""
        ...

    def enclosure(self, letter: Letter, place: int) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """What lies there, in pieces. Raises NotFound, also for what is held back."""
        ...


@runtime_checkable
class ShowsScene(Protocol):
    """A channel whose app reads QR codes of ours: whoever scans one comes with its code (`Came`)."""

    async def scene_qr(self, code: str, ttl_s: float) -> str:
        """The address that a QR code for `code` holds, good for so long. `code`: at most 61 letters and digits.

        Raises Rejected (the account may not), TryLater or Uncertain, nothing else; the caller sets the deadline.
        """
        ...


@runtime_checkable
class Diagnosable(Protocol):
    """A channel that can try out its own configuration."""

    async def diagnose(self) -> tuple[bool, str]:
        """Whether it works, and in words what to do where it does not. Never raises; the caller sets the deadline."""
        ...


class Verdict(Struct, frozen=True, kw_only=True):
    """How a channel's set-up is, as keys of the catalogue under `doctor.` with their values: whoever reads has it in their language."""

    is_ok: bool
    why: str
    todo: str = ""
    values: Mapping[str, str] = {}
    beside: tuple["Verdict", ...] = ()
    """What else is good about it, where it has several parts."""
    is_touchy: bool = False
    """Trying again and again does harm: a refused login gets the account locked."""


@runtime_checkable
class Examinable(Protocol):
    """The like of `Diagnosable` for a channel that has words in every language of ours."""

    async def examine(self) -> Verdict:
        """What is wrong first of all, or what is good. Never raises; the caller sets the deadline."""
        ...


@runtime_checkable
class Lengthy(Protocol):
    """An `Examinable` that has to be given longer than others."""

    @property
    def examination_s(self) -> float: ...


def event_key(channel: ChannelName, *parts: str) -> EventKey:
    """The key of an inbound event: unique over all channels, because it starts with its own."""
    return EventKey("/".join((channel, *parts)))
