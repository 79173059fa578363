"""Web chat as a channel: what a client says becomes events; committing a message is sending it, so sending only wakes the sockets."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import assert_never

from msgspec import Struct

from adapters.webchat.frames import ClientFrame, End, Form, Hello, Ping, Rate, Read, Say, Typing, read_frame
from adapters.webchat.identity import IdentityCheck
from adapters.webchat.tokens import Tokens, Visitor
from config.schema import WebChat as Settings
from gateway.core.channel import Capabilities, Grade, Parsed, Raw, Reach, event_key
from gateway.core.errors import BadInput, Forged, TryLater
from gateway.core.events import Ended, Event, Inbound, Rated, Said, Seen, Visit
from gateway.core.ids import ChannelName, EventKey, SessionId, Thread, derived
from gateway.core.message import Author, Outgoing, Receipt
from gateway.core.parts import MAX_TEXT_BYTES, File, FileRef, Part, Pick, Text
from gateway.core.signals import TypingNow, pack, thread_topic

Signal = Callable[[str, bytes], Awaitable[None]]
"""`Bus.signal`."""
_SIGNAL_S = 5.0


class Caller(Struct, frozen=True, kw_only=True):
    """What the edge knows of whoever speaks: goes into `Raw.context["caller"]`."""

    visitor: Visitor
    session: SessionId | None = None
    """The thread's newest session: what a rating or an end is about."""
    visit: Visit = Visit()
    file: FileRef | None = None
    """The stored file that the message names, checked to be the visitor's own."""


class WebChat:
    """One site's chat."""

    def __init__(self, name: ChannelName, settings: Settings, secret: bytes, signal: Signal) -> None:
        """`secret` is the installation's signing key. Raises ConfigError where the site's keys for identities can't hold."""
        self._name = name
        self._signal = signal
        self.settings = settings
        self.tokens = Tokens(secret)
        self.identities = IdentityCheck(name, settings)

    def __repr__(self) -> str:
        return f"WebChat({self._name!r})"

    @property
    def name(self) -> ChannelName:
        return self._name

    @property
    def type(self) -> str:
        return "webchat"

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(
            reach=Reach.PULLED, text_max_bytes=MAX_TEXT_BYTES, markdown=Grade.NATIVE, choices=Grade.NATIVE, files=Grade.NATIVE,
            file_max_bytes=self.settings.file_max_bytes, typing=True, read_marks=True, survey=True,
        )  # fmt: skip

    def parse(self, raw: Raw) -> Parsed:
        """The event in one client's frame; `raw.context["caller"]` is the Caller whom the edge has verified."""
        caller = raw.context.get("caller")
        if not isinstance(caller, Caller) or caller.visitor.site != self._name:
            raise Forged("token_invalid", "a visitor of this site, verified by its token")
        frame = read_frame(raw.body)
        at = datetime.fromtimestamp(raw.received_at_ms / 1000, UTC)
        event = self.event(frame, caller, at) if frame is not None else None
        return Parsed(events=(event,) if event else ())

    def event(self, frame: ClientFrame, caller: Caller, at: datetime) -> Inbound | None:
        """What a frame means; None where it is no event (hello, typing, form, ping). Raises BadInput for a file that is not there."""
        thread = caller.visitor.id
        match frame:
            case Say(cid=cid):
                return self._inbound(caller, at, Said((_part(frame, caller),)), message_key(self._name, thread, cid), cid)
            case Read(seq=seq):
                return self._inbound(caller, at, Seen(seq), event_key(self._name, thread, "read", str(seq)))
            case Rate(score=score, comment=comment):
                session = SessionId(frame.session) if frame.session else caller.session
                which = derived(session or "", score, comment or "")
                return self._inbound(caller, at, Rated(score, comment or "", session), event_key(self._name, thread, "rate", which))
            case End():
                return self._inbound(caller, at, Ended(), event_key(self._name, thread, "end", caller.session or "-"))
            case Hello() | Typing() | Form() | Ping():
                return None
            case unknown:
                assert_never(unknown)

    async def send(self, part: Part, outgoing: Outgoing) -> Receipt:  # noqa: ARG002 - the transcript holds the part already
        """Wake the thread's clients; they read what they lack."""
        await self._tell(outgoing.thread, b"")
        return Receipt()

    async def show_typing(self, outgoing_to: str, *, is_on: bool) -> None:
        """Tell the thread's clients that an answer is being written."""
        await self._tell(Thread(outgoing_to), pack(TypingNow(Author.AGENT, is_on)))

    async def _tell(self, thread: Thread, payload: bytes) -> None:
        try:
            async with asyncio.timeout(_SIGNAL_S):
                await self._signal(thread_topic(self._name, thread), payload)
        except (OSError, TimeoutError) as error:
            raise TryLater("the bus did not take the signal", code=type(error).__name__) from error

    def _inbound(self, caller: Caller, at: datetime, event: Event, key: EventKey, cid: str | None = None) -> Inbound:
        visitor = caller.visitor
        return Inbound(
            channel=self._name, thread=visitor.id, key=key, sender=visitor.address, at=at, event=event, cid=cid, visit=caller.visit,
        )  # fmt: skip


def message_key(site: ChannelName, thread: Thread, cid: str) -> EventKey:
    """The key of the message that a visitor's client calls `cid`.

    The cid goes first: clients make ULIDs, so the keys of one moment lie side by side in the record's indexes and share their pages.
    """
    return event_key(site, cid, thread)


def _part(frame: Say, caller: Caller) -> Part:
    text = (frame.text or "").replace("\0", "")
    if frame.choice is not None:
        return Pick(frame.choice, text)
    if frame.file is not None:
        if caller.file is None or caller.file.id != frame.file:
            raise BadInput("no_such_file", "the id of a file that you uploaded")
        return File(caller.file, text)
    return Text(text)
