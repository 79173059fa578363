"""One desk's socket: reads pings, writes frames, ends when the login does."""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Iterable

import msgspec
from aiohttp import WSMsgType, web
from msgspec import Struct

from gateway.core.errors import Conflict
from gateway.core.handoff import Stage
from gateway.core.ids import AgentId
from gateway.core.session import State
from gateway.logs import place
from gateway.web import desk_views as views
from gateway.web.auth import Login, agent_behind
from gateway.web.deps import Deps
from gateway.web.desk_frames import RESYNC, Frame, Viewer

log = logging.getLogger(__name__)

HEARTBEAT_S = 10.0
"""How often a page says that it is there."""
SILENCE_S = 45.0
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


class ClientFrame(Struct, frozen=True):
    """What a page may send: only `ping` means something so far."""

    type: str = ""


class Connection:
    """A socket that is open, with the login behind it."""

    def __init__(self, deps: Deps, socket: web.WebSocketResponse, login: Login) -> None:
        self._deps = deps
        self._socket = socket
        self.token_hash = login.token_hash
        self.viewer = Viewer(login.agent)
        self._waiting: deque[Frame] = deque()
        self._wake = asyncio.Event()
        self._must_check = False
        self._must_learn = False
        self._close_code: int | None = None
        self._n = 0
        self._beat_at_s = float("-inf")

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
        self._wake.set()

    def check_soon(self) -> None:
        """The account has changed: see whether it still may be here."""
        self._must_check = True
        self._wake.set()

    def resync(self) -> None:
        """Signals were lost: the page reads again, and so do we."""
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
        sessions = await store.sessions_in(_OWN_STATES, agent_id=self.agent_id)
        offered = [one for one in await store.open_handoffs() if one.stage is Stage.OFFERED and one.agent_id == self.agent_id]
        self.viewer.learn((session.id for session in sessions.items), {one.session_id: one.id for one in offered})
        return [{"type": "offer", **views.offer(one)} for one in offered]

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
            if await self._is_welcome():
                await self._beat()
            self.tell([{"type": "pong", "at": self._deps.clock.now()}])

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
        self.viewer.agent = agent
        return True

    async def _beat(self) -> None:
        now_s = self._deps.clock.monotonic()
        if now_s - self._beat_at_s < BEAT_LEAST_S:
            return
        self._beat_at_s = now_s
        with contextlib.suppress(Conflict):  # somebody changed the account at this moment: the next beat is soon
            await self._deps.desk.heartbeat(self.agent_id)
