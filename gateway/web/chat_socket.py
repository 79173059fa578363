"""One client's socket of web chat.

A socket costs its handler and one small object: no task, no queue. The handler reads and accepts one frame after another; whatever goes
out is put into the transport's buffer by the hub, as finished frames and without waiting, and a client that does not read is dropped: it
will resume from its `last_seq`.
"""

import asyncio

from aiohttp.abc import AbstractStreamWriter
from msgspec import structs

from adapters.webchat.channel import Caller, WebChat
from adapters.webchat.frames import (
    Bye,
    ClientFrame,
    End,
    Filled,
    Form,
    Hello,
    Ping,
    Pong,
    Rate,
    Read,
    ReadNow,
    Say,
    ServerFrame,
    Typing,
    cid_of,
    read_frame,
)
from gateway.core.errors import BadInput, TooMany
from gateway.core.events import Inbound, Visit
from gateway.core.parts import FileRef
from gateway.core.session import State
from gateway.web.chat_frames import accept_small, fill, tell_typing
from gateway.web.chat_reception import Guest, Reception
from gateway.web.chat_watch import Watch, encode
from gateway.web.files import own_file

BEAT_S = 12.5
"""A client that has been silent for so long is asked whether it lives, and is dropped where it says nothing for as long again."""
HELLO_S = 30.0
"""For a client to say who it is."""
BUFFER_MAX_BYTES = 1024 * 1024
"""Written but not taken by the client. Over this it is dropped: it does not read."""
HISTORY_COUNT = 200
"""Messages shown to a client that has none yet."""
SMALL_S = 10.0
SMALL_MAX_COUNT = 1_000
"""Small frames of one socket in SMALL_S. No client that works comes near it; whoever sends more is hung up on."""
_ROTATED_S = 1.0
"""For another tab to have kept the new token."""
_PONG = encode(Pong())
_PROTOCOL_PING, _PROTOCOL_PONG = 0x89, 0x8A
"""The first bytes of WebSocket's own control frames (RFC 6455, section 5.5); nothing to do with the frames of `frontdesk.v1`."""
_IS_THERE = bytes((_PROTOCOL_PING, 0))


class ChatSocket:
    """One client's connection."""

    __slots__ = (
        "__weakref__",
        "_address",
        "_beat_s",
        "_caller",
        "_chat",
        "_filled_cid",
        "_is_asked",
        "_reception",
        "_small_count",
        "_small_since_s",
        "_transport",
        "_writer",
        "is_heard",
        "is_live",
        "locale",
        "opened_s",
        "read_seq",
        "sent_seq",
        "watch",
    )  # fmt: skip

    def __init__(
        self, reception: Reception, chat: WebChat, address: str, transport: asyncio.Transport, writer: AbstractStreamWriter
    ) -> None:
        self._reception = reception
        self._chat = chat
        self._address = address
        self._transport = transport
        self._writer = writer
        self._caller: Caller | None = None
        self._filled_cid = ""
        self.opened_s = reception.deps.clock.monotonic()
        self._beat_s = self.opened_s + BEAT_S
        self._is_asked = False
        self._small_count = 0
        self._small_since_s = self.opened_s
        self.is_heard = False
        """Something came since the last beat, a pong at least."""
        self.watch: Watch | None = None
        self.locale = reception.locale(None)
        self.sent_seq = 0
        self.read_seq = 0
        self.is_live = False

    # ---- out -------------------------------------------------------------------------------------------------------------------

    def write(self, frames: bytes) -> None:
        """See `chat_watch.Reader`. Straight into the transport: going through aiohttp would cost a coroutine for every frame."""
        transport = self._transport
        if transport.is_closing():
            return
        transport.write(frames)
        if transport.get_write_buffer_size() > BUFFER_MAX_BYTES:
            transport.abort()
            self._reception.note_slow()

    async def drain(self) -> None:
        await self._writer.drain()

    def refuse(self, cid: str, code: str) -> None:
        self._send(self._reception.error(BadInput(code, "another message"), self.locale, cid))

    def show_filled(self, frame: Filled) -> None:
        if self._filled_cid != frame.cid:  # else it has been answered already
            self._send(frame)

    def rotate(self, *, is_linked: bool) -> None:
        if self._caller is not None and (is_linked or self._caller.visitor.user is None):
            self.say_bye(_ROTATED_S)
            self.part()

    def _send(self, frame: ServerFrame) -> None:
        self.write(encode(frame))

    # ---- in --------------------------------------------------------------------------------------------------------------------

    async def hear(self, data: bytes) -> bool:
        """Handle one frame, whatever it is. False: this client is hopeless, and is to be hung up on."""
        try:
            frame = read_frame(data)
        except BadInput as error:
            return self._nonsense(error, cid_of(data))
        if not isinstance(frame, Say) and self.is_flooding():
            return False
        try:
            if frame is not None:
                await self._handle(frame)
        except TooMany as error:
            self._send(self._reception.error(error, self.locale, _cid(frame)))
        except BadInput as error:
            return self._nonsense(error, _cid(frame))
        except Exception as error:  # the socket's outermost loop: told to the client, logged by `error`
            self._send(self._reception.error(error, self.locale, _cid(frame)))
        return True

    def is_flooding(self) -> bool:
        """One more of the frames that cost little and that no rate is set for: pings, marks, types that we don't know."""
        now_s = self._reception.deps.clock.monotonic()
        if now_s - self._small_since_s > SMALL_S:
            self._small_since_s, self._small_count = now_s, 0
        self._small_count += 1
        return self._small_count > SMALL_MAX_COUNT

    def _nonsense(self, error: BadInput, cid: str | None) -> bool:
        self._send(self._reception.error(error, self.locale, cid))
        try:
            self._reception.limits(self._chat).nonsense(self._address, self._reception.deps.clock.monotonic())
        except TooMany:
            return False
        return True

    async def _handle(self, frame: ClientFrame) -> None:
        if isinstance(frame, Ping):
            self.write(_PONG)
            return
        if isinstance(frame, Hello):
            await self._greet(frame)
            return
        caller, watch = self._caller, self.watch
        if caller is None or watch is None:
            raise BadInput("hello_first", "a hello before anything else")
        match frame:
            case Say():
                await self._say(frame, caller, watch)
            case Form():
                await self._fill(frame, caller, watch)
            case Read(seq=seq):
                if self.read_seq < seq <= self.sent_seq:  # nobody reads what was not sent, or unreads what was
                    self.read_seq = seq
                    await self._accept(frame, caller, watch)
            case Rate() | End():
                self._reception.limits(self._chat).message(caller.visitor.id, self._address, self._reception.deps.clock.monotonic())
                await self._accept(frame, caller, watch)
            case Typing(on=is_on):
                await tell_typing(self._reception, watch, is_on=is_on)

    async def _say(self, frame: Say, caller: Caller, watch: Watch) -> None:
        """Make a message durable. Its ack comes when the turn is on record: by signal, or by the hub's looking for it."""
        deps, hub, chat = self._reception.deps, self._reception.hub, self._chat
        self._reception.limits(chat).message(caller.visitor.id, self._address, deps.clock.monotonic())
        if not watch.is_settled:
            await self._reception.require_form(chat, watch, caller.visitor)
        if frame.file is not None:
            caller = _with_file(caller, await own_file(self._reception, chat, caller.visitor, frame.file))
        event = self._event(frame, caller)
        hub.expect(watch, event.key, frame.cid, self)
        try:
            is_new = await deps.accept(event)
        except BaseException:
            hub.unexpect(event.key, self)
            raise
        if not is_new:
            await hub.settle_repeat(watch, event.key, frame.cid)

    async def _fill(self, frame: Form, caller: Caller, watch: Watch) -> None:
        """Keep a form. Its `filled` goes to this client from here, to its other tabs by signal."""
        reception = self._reception
        reception.limits(self._chat).form(caller.visitor.id, self._address, reception.deps.clock.monotonic())
        before, self._filled_cid = self._filled_cid, frame.cid
        try:
            filled, name = await fill(reception, self._chat, frame, caller, watch)
        except BaseException:
            self._filled_cid = before
            raise
        self._send(filled)
        if self._caller is caller and name:
            self._caller = Caller(visitor=caller.visitor, visit=structs.replace(caller.visit, name=name))

    async def _accept(self, frame: Read | Rate | End, caller: Caller, watch: Watch) -> None:
        await accept_small(self._reception, self._chat, frame, caller, watch)

    def _event(self, frame: Say, caller: Caller) -> Inbound:
        event = self._chat.event(frame, caller, self._reception.deps.clock.now())
        assert event is not None
        return event

    # ---- the beginning and the end ---------------------------------------------------------------------------------------------

    async def _greet(self, hello: Hello) -> None:
        """Welcome the visitor, then show exactly what it missed. A second hello on the same socket begins anew, as somebody else maybe."""
        reception = self._reception
        self.locale = reception.locale(hello.locale)
        if self._caller is not None:
            reception.limits(self._chat).message(self._caller.visitor.id, self._address, reception.deps.clock.monotonic())
        guest = await reception.admit(self._chat, hello, self._address)
        self.part()
        await reception.tell_rotated(guest)
        watch = await reception.hub.watch(self._chat.name, guest.visitor.id)
        session = await reception.standing(watch, guest)
        reception.hub.check_room(watch)
        owed = await reception.owed(self._chat, watch, guest, session)
        last_seq = session.seq if session else 0
        name = guest.visitor.name or watch.said_name
        self._caller = Caller(visitor=guest.visitor, visit=Visit(locale=hello.locale, page=hello.page, name=name))
        self.sent_seq = first_missing(hello.last_seq if guest.is_known else None, last_seq)
        self.read_seq = session.customer_read_seq if session else 0
        self._send(reception.welcome(self._chat, guest, session, self.locale, owed))
        try:
            await self._follow(watch, guest)
        except BaseException:
            self.part()  # half a transcript is none: the client says hello again
            raise
        if session is not None and self.is_live:
            self._tell_standing(watch, session.agent_read_seq)

    async def _follow(self, watch: Watch, guest: Guest) -> None:
        self.watch = watch
        watch.generation = max(watch.generation, guest.visitor.link)
        self._reception.hub.join(watch, self)
        if guest.is_known:
            await self._reception.require_current(guest.visitor)  # once more: from now on we would hear of it
        if guest.is_known or guest.visitor.user is not None:
            await self._reception.hub.replay(watch, self)
        else:
            self.is_live = True  # a visitor whom we have just made has missed nothing

    def _tell_standing(self, watch: Watch, agent_read_seq: int) -> None:
        if watch.state not in (State.BOT, State.CLOSED):
            self._send(watch.standing())
        if agent_read_seq:
            self._send(ReadNow(agent_read_seq))

    def part(self) -> None:
        """Follow nothing any more."""
        if self.watch is not None:
            self._reception.hub.leave(self.watch, self)
        self.watch, self._caller, self.is_live = None, None, False

    def beat(self, now_s: float) -> None:
        """Called every second or so. One for all sockets costs less than aiohttp's heartbeat, which sets a timer with every frame."""
        if now_s < self._beat_s:
            return
        self._beat_s = now_s + BEAT_S
        if self.is_heard or not self.is_live:  # while we show it what it missed we do not listen
            self.is_heard = self._is_asked = False
        elif self._is_asked:
            self._transport.abort()
        else:
            self._is_asked = True
            self.write(_IS_THERE)

    def pong(self, data: bytes) -> None:
        """Answer a ping of WebSocket's own; its data is at most 125 bytes."""
        self.write(bytes((_PROTOCOL_PONG, len(data))) + data)

    def say_bye(self, retry_after_s: float) -> None:
        self._send(Bye(retry_after_s))

    @property
    def has_said_hello(self) -> bool:
        return self._caller is not None

    def is_dumb(self, now_s: float) -> bool:
        """It has been here for a while, and has never said who it is."""
        return not self.has_said_hello and now_s - self.opened_s > HELLO_S

    def hang_up(self) -> None:
        """Close at once, without a word."""
        self._transport.abort()


def first_missing(asked: int | None, last_seq: int) -> int:
    """The seq behind which a client's messages begin: what it says it has, or for one that has none the last HISTORY_COUNT."""
    return max(0, last_seq - HISTORY_COUNT) if asked is None else min(asked, last_seq)


def _with_file(caller: Caller, file: FileRef) -> Caller:
    return Caller(visitor=caller.visitor, session=caller.session, visit=caller.visit, file=file)


def _cid(frame: ClientFrame | None) -> str | None:
    return frame.cid if isinstance(frame, Say | Form) else None
