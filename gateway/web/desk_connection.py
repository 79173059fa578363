"""One desk's socket: reads pings and looks, writes frames, ends when the login does."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Annotated, Protocol

import msgspec
from aiohttp import WSMsgType, web
from msgspec import Meta, Struct

from gateway.core.errors import Conflict
from gateway.core.handoff import Handoff, Stage
from gateway.core.ids import AgentId, SessionId
from gateway.core.session import State
from gateway.logs import place
from gateway.web import desk_views as views
from gateway.web.auth import Login, agent_behind
from gateway.web.deps import Deps
from gateway.web.desk_calls import calls_of
from gateway.web.desk_frames import RESYNC, Frame, Viewer
from gateway.web.desk_windows import window_of
from gateway.web.limits import Buckets
from handoff.reading import sees_entry

log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
"""How often a page says that it is there."""
SILENCE_S = 45.0
PINGS_MAX_COUNT, PINGS_S = 20, 10.0
"""A page that pings more often than so many times in so many seconds is answered without a look into the store."""
BEAT_LEAST_S = 5.0
"""A page that pings more often than this is answered, but not written down."""
WRITE_DEADLINE_S = 10.0
WAITING_MAX_COUNT = 256
"""Frames that may wait for a slow page. When more come, all of them are dropped for one `resync`: the page reads the store again."""

LOGIN_OVER = 4401
SILENT = 4408
TOO_SLOW = 1013
GOING_AWAY = 1001
BROKEN = 1011

_OWN_STATES = (State.ACTIVE, State.WAITING_CUSTOMER, State.ON_HOLD, State.WRAP_UP)


SESSIONS_MAX_COUNT = 200
"""Of an agent's open sessions: their versions go into a pong. Who has more is told of the oldest, and that there are more."""


class ClientFrame(Struct, frozen=True):
    """What a page may send: `ping`, and `look` with the session that it shows."""

    type: str = ""
    session_id: Annotated[str, Meta(min_length=1, max_length=64)] | None = None
    is_writing: bool = False


class Look(Struct, frozen=True):
    """What a page shows just now."""

    session_id: SessionId | None = None
    is_writing: bool = False


class Room(Protocol):
    """The desks of this process, as one of them knows them."""

    def look(self, connection: "Connection") -> None:
        """This page looks at something else now, or still. Never waits."""
        ...

    async def line(self) -> Sequence[Handoff]:
        """What waits and what is offered, as it was some seconds ago at most."""
        ...


class Connection:
    """A socket that is open, with the login behind it."""

    def __init__(self, deps: Deps, socket: web.WebSocketResponse, login: Login, room: Room) -> None:
        self._deps = deps
        self._socket = socket
        self._room = room
        self.source = deps.ids.new()
        """This page, as other processes know it."""
        self.look = Look()
        """What the page says that it shows."""
        self.seen: SessionId | None = None
        """The session whose right to be seen was checked: set by the hub."""
        self.has_left = False
        self._told_looking: Frame | None = None
        self.token_hash = login.token_hash
        self.viewer = Viewer(login.agent)
        self._waiting: deque[Frame] = deque()
        self._wake = asyncio.Event()
        self._must_check = False
        self._must_learn = False
        self._close_code: int | None = None
        self._n = 0
        self._beat_at_s = float("-inf")
        self._pings = Buckets(PINGS_MAX_COUNT, PINGS_S)

    @property
    def agent_id(self) -> AgentId:
        """Whose desk this is."""
        return self.viewer.agent.id

    # ---- from the hub: never waits --------------------------------------------------------------------------------------------

    def tell(self, frames: Iterable[Frame]) -> None:
        """Send these as soon as the page can take them."""
        for frame in frames:
            if frame["type"] in {"queue", "resync"} and frame in self._waiting:
                continue  # it says "read again", and that is already said
            if len(self._waiting) < WAITING_MAX_COUNT:
                self._waiting.append(frame)
            else:
                self._deps.metrics.lost_signals.inc()
                self._waiting.clear()
                self._waiting.append(RESYNC)
                self._told_looking = None
        self._wake.set()

    def tell_looking(self, frame: Frame) -> None:
        """Who else looks at the session that this page shows; the same again is not told."""
        if frame != self._told_looking:
            self.tell([frame])
            self._told_looking = frame

    def forget_looking(self) -> None:
        """The page shows another session: what it knew of the last one's lookers counts no more."""
        self._told_looking = None

    def check_soon(self) -> None:
        """The account has changed: see whether it still may be here."""
        self._must_check = True
        self._wake.set()

    def resync(self) -> None:
        """Signals were lost: the page reads again, and so do we."""
        self.forget_looking()
        self.tell([RESYNC])
        self._must_learn = True

    def end(self, code: int, goodbye: Frame | None = None) -> None:
        """Close, after one last frame."""
        self._waiting.clear()
        if goodbye is not None:
            self._waiting.append(goodbye)
        self._close_code = code
        self._wake.set()

    # ---- the two directions ---------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until either side closes, or the store is gone. Heartbeats from the first moment."""
        try:
            async with asyncio.TaskGroup() as tasks:
                writer = tasks.create_task(self._write())
                await self._greet()
                await self._read()
                if self._close_code is None:
                    writer.cancel()  # else it is just saying goodbye
        except* Exception as group:  # the worker's outermost loop: the page comes back by itself
            log.error("a desk's socket broke off", extra={"error": place(group.exceptions[0])})  # noqa: TRY400 - the group's own place says nothing
            self._deps.metrics.errors.labels("desk_socket", type(group.exceptions[0]).__name__).inc()
            await self._socket.close(code=BROKEN)

    async def _greet(self) -> None:
        now = self._deps.clock.now()
        self.tell([{"type": "hello", "agent": views.own_account(self.viewer.agent), "heartbeat_s": HEARTBEAT_S, "at": now}])
        await self._beat()
        self.tell(await self._standing_offers())

    async def _standing_offers(self) -> list[Frame]:
        store = self._deps.store
        self.viewer.begin_learning()
        sessions = await store.sessions_in(_OWN_STATES, agent_id=self.agent_id, limit=1000)
        offered = [one for one in await store.open_handoffs() if one.stage is Stage.OFFERED and one.agent_id == self.agent_id]
        self.viewer.learn((session.id for session in sessions.items), {one.session_id: one.id for one in offered})
        calls = await calls_of(self._deps, offered)
        return [{"type": "offer", **views.offer(one, calls.get(one.session_id))} for one in offered]

    async def _read(self) -> None:
        while not self._socket.closed:
            try:
                message = await self._socket.receive(timeout=SILENCE_S)
            except TimeoutError:
                await self._socket.close(code=SILENT, message=b"silent for too long")
                return
            if message.type is not WSMsgType.TEXT:
                return  # closed, closing, too big or binary: aiohttp has answered what is to be answered
            await self._take(message.data)

    async def _take(self, text: str) -> None:
        try:
            frame = msgspec.json.decode(text, type=ClientFrame)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            self.tell([{"type": "error", "code": "bad_frame"}])
            return
        if frame.type == "ping":
            await self._answer_ping()
        elif frame.type == "look":
            self.look = Look(None if frame.session_id is None else SessionId(frame.session_id), frame.is_writing)
            self._room.look(self)

    async def _answer_ping(self) -> None:
        """Every few seconds a pong holds what the page needs to see for itself that it has missed nothing."""
        told: Frame = {}
        is_wild = self._pings.take("", self._deps.clock.monotonic()) > 0
        if not is_wild and await self._is_welcome() and await self._beat():
            told = await self._standing()
        self.tell([{"type": "pong", "at": self._deps.clock.now(), **told}])

    async def _standing(self) -> Frame:
        """The versions of the agent's open sessions and of the one that is looked at, what may still be sent there, and the line's mark."""
        store = self._deps.store
        page = await store.sessions_in(_OWN_STATES, agent_id=self.agent_id, limit=SESSIONS_MAX_COUNT)
        versions = {session.id: session.version for session in page.items}
        seen = next((session for session in page.items if session.id == self.seen), None)
        if self.seen is not None and seen is None and (seen := await store.session(self.seen)):
            versions[seen.id] = seen.version
        line = [entry for entry in await self._room.line() if sees_entry(self.viewer.agent, entry)]
        window = None if seen is None else await window_of(self._deps, seen)
        told: Frame = {"sessions": versions, "is_all": page.next is None, "queue_mark": views.line_mark(line)}
        return told if window is None else told | {"window": window, "window_of": self.seen}

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._must_check:
                self._must_check = False
                await self._is_welcome()
            if self._must_learn:
                self._must_learn = False
                self.tell(await self._standing_offers())
            while self._waiting:
                if not await self._send(self._waiting.popleft()):
                    return
            if self._close_code is not None:
                await self._socket.close(code=self._close_code)
                return

    async def _send(self, frame: Frame) -> bool:
        self._n += 1
        try:
            async with asyncio.timeout(WRITE_DEADLINE_S):
                await self._socket.send_str(msgspec.json.encode({**frame, "n": self._n}).decode())
        except TimeoutError:
            self._deps.metrics.slow_sockets.labels("desk").inc()
            self._close_code = TOO_SLOW
            await self._socket.close(code=TOO_SLOW, drain=False)
            return False
        except ConnectionError:
            return False
        return True

    # ---- who is there ---------------------------------------------------------------------------------------------------------

    async def _is_welcome(self) -> bool:
        agent = await agent_behind(self._deps, self.token_hash)
        if agent is None:
            self.end(LOGIN_OVER)
            return False
        own = views.own_account(agent)
        if own != views.own_account(self.viewer.agent):
            self.tell([{"type": "me", "agent": own}])
        self.viewer.agent = agent
        return True

    async def _beat(self) -> bool:
        """Write down that the desk is there; False where that was done a moment ago."""
        now_s = self._deps.clock.monotonic()
        if now_s - self._beat_at_s < BEAT_LEAST_S:
            return False
        self._beat_at_s = now_s
        with contextlib.suppress(Conflict):  # somebody changed the account at this moment: the next beat is soon
            await self._deps.desk.heartbeat(self.agent_id)
        return True
