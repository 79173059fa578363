"""One conversation as this process's clients follow it: who looks, how far each has come, and what each must be shown next.

Pure but for the writing into sockets' buffers, and never waits, so no other message can slip in between two steps. Every client has a
`sent_seq`; a message goes out only as the very next one. Whoever lacks one in between is behind, and is served from the record.
"""

from asyncio import Event, Future
from collections.abc import Callable, Sequence
from typing import Protocol

from adapters.webchat.frames import Ack, Filled, ServerFrame, StateNow, write_frame
from adapters.webchat.rendering import FileUrl, frame_of
from gateway.core.bus import Subscription
from gateway.core.ids import ChannelName, EventKey, SessionId, Thread
from gateway.core.message import Message
from gateway.core.session import CONTROLLERS, Controller, Session, State

RECENT_COUNT = 16
"""Frames without a seq that are kept for whoever polls."""
STRANGE_US = 30_000_000
"""How far back whoever polled at another process before is told them: as long as a poll lasts."""


class Reader(Protocol):
    """A socket that follows the conversation live."""

    sent_seq: int
    """The last message that was written to it."""
    is_live: bool
    """False while the record is being replayed to it: then signals are not written."""

    locale: str

    def write(self, frames: bytes) -> None:
        """Put finished WebSocket frames into its buffer. Never waits; a client that does not read is dropped."""
        ...

    async def drain(self) -> None:
        """Wait until its client has read most of that."""
        ...

    def refuse(self, cid: str, code: str) -> None:
        """Say that its message came to nothing."""
        ...

    def show_filled(self, frame: Filled) -> None:
        """The visitor's form is on record, from here or from another tab."""
        ...

    def rotate(self, *, is_linked: bool) -> None:
        """The visitor has been identified, or linked with another channel: stop following, if that was by a token from before."""
        ...


class Watch:
    """A conversation that somebody here follows."""

    __slots__ = (
        "agent", "channel", "compared_s", "first_mark", "frame_count", "generation", "has_polled", "heard_on", "idle_since_s",
        "is_catching_up", "is_known", "is_settled", "is_typing", "linked_count", "now_us", "pollers", "readers", "recent", "rotated_count",
        "said_name", "seq", "session", "state", "state_count", "thread", "topic", "typed_s",
    )  # fmt: skip

    def __init__(self, channel: ChannelName, thread: Thread, topic: str, now_us: Callable[[], int] = lambda: 0) -> None:
        """`now_us`: the wall clock, in microseconds. Frames are numbered by it, so one process's number means something to others."""
        self.channel = channel
        self.thread = thread
        self.topic = topic
        self.seq = 0
        """The last message that we know of."""
        self.session: SessionId | None = None
        self.state = State.BOT
        self.agent: str | None = None
        self.is_known = False
        """Where the session stands was read, or heard of: before that the state is a guess."""
        self.typed_s = float("-inf")
        """When the desk was last told whether the customer writes."""
        self.is_typing = False
        """What it was told."""
        self.compared_s = 0.0
        """When it was last compared with the record."""
        self.state_count = 0
        """How often we heard where the session stands: what was read before that is older."""
        self.is_settled = False
        """The visitor owes no form: asked of the record once, and true from then on."""
        self.said_name: str | None = None
        """What the visitor wrote as a name in a form."""
        self.has_polled = False
        self.recent: tuple[tuple[int, ServerFrame], ...] = ()
        """The last frames without a seq, numbered, kept once somebody has polled."""
        self.now_us = now_us
        self.first_mark = self.frame_count = now_us()
        self.readers: tuple[Reader, ...] = ()
        self.pollers: tuple[Event, ...] = ()
        """Set when there is anything new: whoever waits over HTTP reads the record himself."""
        self.idle_since_s = 0.0
        self.heard_on: Subscription | None = None
        """The subscription that its topic has been added to."""
        self.is_catching_up = False
        self.rotated_count = 0
        """How often its anonymous visitor has been identified while we looked: ends what was opened with an earlier token."""
        self.generation = 0
        """The newest link under which a token was made that somebody here came with (`gateway.linking.generation`)."""
        self.linked_count = 0
        """How often it was linked with another channel or parted from one: ends what was opened with any token."""

    @property
    def is_used(self) -> bool:
        return bool(self.readers or self.pollers)

    @property
    def behind_seq(self) -> int | None:
        """The lowest `sent_seq` of the live readers that lack something we know of; None when nobody does."""
        return min((one.sent_seq for one in self.readers if one.is_live and one.sent_seq < self.seq), default=None)

    def hear(self, messages: Sequence[Message], acks: dict[Reader, bytes], file_url: FileUrl) -> bool:
        """Messages in order: write to each live reader what it lacks, if it follows on what it has; `acks` go before.

        True when a live reader is behind: it lacks something that is not among these.
        """
        first, last = messages[0].seq, messages[-1].seq
        if last >= self.seq:
            self.seq = last
            if messages[-1].session_id != self.session:  # a new one begins with the bot; where it goes on to, is told behind this
                self.session, self.state, self.agent = messages[-1].session_id, State.BOT, None
                self.state_count += 1
        encoded: list[bytes] | None = None
        is_behind = False
        for reader in self.readers:
            ack = acks.pop(reader, b"")
            known_count = reader.sent_seq + 1 - first
            if reader.is_live and 0 <= known_count < len(messages):
                if encoded is None:
                    encoded = encode_all(messages, file_url)
                reader.sent_seq = last
                reader.write(ack + b"".join(encoded[known_count:] if known_count else encoded))
                continue
            if ack:
                reader.write(ack)
            is_behind = is_behind or (reader.is_live and known_count < 0)
        for reader, ack in acks.items():
            reader.write(ack)
        self.wake_pollers()
        return is_behind

    def show(self, frame: ServerFrame) -> None:
        """Something without a seq, to everybody who looks just now."""
        if self.readers:
            data = encode(frame)
            for reader in self.readers:
                if reader.is_live:
                    reader.write(data)
        self.keep(frame)

    def show_filled(self, frame: Filled) -> None:
        """The visitor's form is on record: every tab is told, also while it is shown what it missed."""
        for reader in self.readers:
            reader.show_filled(frame)
        self.keep(frame)

    def keep(self, frame: ServerFrame) -> None:
        """Have it ready for whoever polls."""
        if self.has_polled and not isinstance(frame, StateNow):
            self.frame_count = max(self.frame_count + 1, self.now_us())
            self.recent = (*self.recent[1 - RECENT_COUNT :], (self.frame_count, frame))
        self.wake_pollers()

    def knows(self, number: int) -> bool:
        """Whether a number may be one of ours; else it is another process's, or of long ago."""
        return number == self.first_mark or any(number == count for count, _ in self.recent)

    def frames_after(self, number: int) -> list[ServerFrame]:
        """The frames behind a number, in order. Behind one that is none of ours: those of the last seconds that were heard later. What
        the other process has told already may be among them: twice is better than never."""
        since = number if self.knows(number) else max(number, self.now_us() - STRANGE_US)
        return [frame for count, frame in self.recent if count > since]

    def stands(self, session: Session, state_count: int) -> bool:
        """The record says where the session stands; `state_count` was ours before it was asked. True when that was news to us."""
        if state_count != self.state_count or session.seq < self.seq:
            return False  # what we heard meanwhile is newer
        self.seq, self.is_known = session.seq, True
        news = (session.id, session.state, session.agent_name)
        if news == (self.session, self.state, self.agent):
            return False
        self.session, self.state, self.agent = news
        return True

    def hear_state(self, now: StateNow) -> None:
        """A signal says where the session stands."""
        self.session, self.state, self.agent = SessionId(now.session), State(now.state), now.agent
        self.state_count += 1
        self.is_known = True
        self.show(now)

    @property
    def is_with_agent(self) -> bool:
        """An agent has the session, as far as we have heard."""
        return CONTROLLERS[self.state] is Controller.AGENT

    def rotate(self, *, is_linked: bool = False) -> None:
        """The visitor's token has been replaced: the earlier one opens nothing any more, nor keeps open."""
        if is_linked:
            self.linked_count += 1
        else:
            self.rotated_count += 1
        for reader in self.readers:
            reader.rotate(is_linked=is_linked)
        self.wake_pollers()

    def wake_pollers(self) -> None:
        for poller in self.pollers:
            poller.set()

    def standing(self) -> StateNow:
        """Where the session stands, as far as we have heard."""
        return StateNow(self.state.value, self.session or "", agent=self.agent)


class Waiting:
    """A message that is durable but not on record yet, and who waits for its ack."""

    __slots__ = ("asked_s", "cid", "key", "readers", "since_s", "watch")

    def __init__(self, key: EventKey, cid: str, watch: Watch, reader: "Reader | Future[Message]", now_s: float) -> None:
        self.key = key
        self.cid = cid
        self.watch = watch
        self.readers: tuple[Reader | Future[Message], ...] = (reader,)
        self.since_s = now_s
        self.asked_s = now_s
        """When the record was last asked for it."""


class Acks:
    """Everything that waits for its ack, the longest first."""

    def __init__(self) -> None:
        self._by_key: dict[EventKey, Waiting] = {}

    def __len__(self) -> int:
        return len(self._by_key)

    def expect(self, key: EventKey, cid: str, watch: Watch, reader: "Reader | Future[Message]", now_s: float) -> None:
        """From now on `reader` waits for the message with this key."""
        waiting = self._by_key.get(key)
        if waiting is None:
            self._by_key[key] = Waiting(key, cid, watch, reader, now_s)
        elif reader not in waiting.readers:
            waiting.readers += (reader,)

    def settle(self, messages: Sequence[Message]) -> dict[Reader, bytes]:
        """These are on record: answers the futures that wait for them, and gives the sockets' acks, encoded."""
        acks: dict[Reader, bytes] = {}
        if not self._by_key:
            return acks
        for message in messages:
            waiting = self._by_key.pop(message.key, None) if message.key is not None else None
            for reader in waiting.readers if waiting else ():
                if isinstance(reader, Future):
                    if not reader.done():
                        reader.set_result(message)
                else:
                    acks[reader] = acks.get(reader, b"") + encode(Ack(message.cid or "", message.seq, message.at))
        return acks

    def awaits(self, key: EventKey) -> bool:
        """Somebody waits for this message's ack."""
        return key in self._by_key

    def overdue(self, before_s: float) -> list[Waiting]:
        """What the record was last asked for before this moment, or never."""
        found = []
        for waiting in self._by_key.values():
            if waiting.since_s > before_s:
                break
            if waiting.asked_s <= before_s:
                found.append(waiting)
        return found

    def forget(self, key: EventKey) -> Waiting | None:
        """Nobody waits for this any more."""
        return self._by_key.pop(key, None)

    def leave(self, key: EventKey, reader: "Reader | Future[Message]") -> None:
        """This one does not wait any longer."""
        waiting = self._by_key.get(key)
        if waiting is not None:
            waiting.readers = tuple(one for one in waiting.readers if one is not reader)
            if not waiting.readers:
                del self._by_key[key]


def encode(frame: ServerFrame) -> bytes:
    """A frame as it goes over a socket."""
    return text_frame(write_frame(frame))


def encode_all(messages: Sequence[Message], file_url: FileUrl) -> list[bytes]:
    """Messages as they go over a socket."""
    return [encode(frame_of(message, file_url)) for message in messages]


def text_frame(payload: bytes) -> bytes:
    """An unmasked, uncompressed text frame (RFC 6455, section 5.2), ready for the transport."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload
