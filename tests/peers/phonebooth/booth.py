"""The page with two telephones: its files, what it shows as JSON, what its user does, and the sound both ways, over one socket."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from gateway.web.pages import policy
from tests.peers.phonebooth.reading import Log, Notes, Record
from tests.peers.phonebooth.telephone import Says, Stage, Telephone
from tests.peers.sim_page import SimPage

log = logging.getLogger(__name__)

PAGE = Path(__file__).with_name("page")
NUMBER = "+8613800138000"
LOOK_S = 0.4
TAIL_S = 0.1
SENT_MAX_COUNT = 200
"""Two seconds of sound for a page that does not read; then it is left out."""
DEED_MAX_BYTES = 4096


@dataclass
class Window:
    """One page that is open."""

    socket: web.WebSocketResponse
    frames: asyncio.Queue[bytes | str] = field(default_factory=lambda: asyncio.Queue(SENT_MAX_COUNT))

    def send(self, frame: bytes | str) -> None:
        if isinstance(frame, bytes) and self.frames.qsize() > SENT_MAX_COUNT // 2:
            return
        with contextlib.suppress(asyncio.QueueFull):
            self.frames.put_nowait(frame)

    async def write(self) -> None:
        while True:
            frame = await self.frames.get()
            await (self.socket.send_bytes(frame) if isinstance(frame, bytes) else self.socket.send_str(frame))


class Booth:
    """Its routes, its telephones, and what can be read along."""

    def __init__(
        self, customer: Telephone, agent: Telephone, record: Record, notes: Notes, *, desk_url: str, has_agent_phone: bool = True
    ) -> None:
        self._phones = {"customer": customer, "agent": agent}
        self._record = record
        self._notes = notes
        self._desk_url = desk_url
        self._has_agent_phone = has_agent_phone
        self._log = Log()
        self._windows: list[Window] = []
        self._stages = dict.fromkeys(self._phones, Stage.IDLE)
        self._deeds: set[asyncio.Task[None]] = set()
        customer.user = NUMBER
        for place, (name, phone) in enumerate(self._phones.items()):
            phone.on_change = lambda name=name: self._changed(name)  # type: ignore[misc]
            phone.on_sound = lambda alaw, head=bytes([place]): self._tell(head + alaw)  # type: ignore[misc]

    @asynccontextmanager
    async def running(self, port: int) -> AsyncIterator[str]:
        """Served on this port of the loopback (0: any free one); its address."""
        runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        reading = [asyncio.create_task(self._follow_notes()), asyncio.create_task(self._follow_record())]
        try:
            await web.TCPSite(runner, "127.0.0.1", port).start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            for task in (*reading, *self._deeds):
                task.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
            await runner.cleanup()

    def _app(self) -> web.Application:
        made = web.Application()
        made.add_routes([web.route(*one) for one in SimPage(PAGE, policy).routes()])
        made.router.add_get("/line", self._line)
        return made

    # ---- the page's socket -------------------------------------------------------------------------------------------------------

    async def _line(self, request: web.Request) -> web.StreamResponse:
        """Text: what is shown, and deeds. Binary: 20 ms of A-law behind a byte that says whose telephone."""
        if request.headers.get("Origin") != f"http://{request.host}" or request.url.host not in ("127.0.0.1", "localhost"):
            raise web.HTTPForbidden
        socket = web.WebSocketResponse(heartbeat=20.0, max_msg_size=DEED_MAX_BYTES)
        await socket.prepare(request)
        window = Window(socket)
        self._windows.append(window)
        window.send(self._view())
        writing = asyncio.create_task(window.write())
        try:
            async for message in socket:
                self._take(message)
        finally:
            self._windows.remove(window)
            writing.cancel()
        return socket

    def _take(self, message: aiohttp.WSMessage) -> None:
        if message.type is aiohttp.WSMsgType.BINARY and message.data:
            list(self._phones.values())[message.data[0] % 2].hear(message.data[1:])
        elif message.type is aiohttp.WSMsgType.TEXT:
            with contextlib.suppress(KeyError, ValueError):  # no page of ours says so
                asked = json.loads(message.data)
                self._do(asked["phone"], asked)
            self._show()

    def _do(self, name: str, asked: dict[str, Any]) -> None:
        """One deed at one of the telephones."""
        phone = self._phones[name]
        match asked["deed"]:
            case "ring":
                number = str(asked.get("number", "")).replace(" ", "")
                phone.user = number if number.strip("+").isalnum() and len(number) <= 32 else phone.user
                phone.ring()
            case "take":
                phone.take()
            case "end":
                phone.end()
            case "key":
                self._log.add("key", keys=str(asked["keys"])[:8])
                self._start(phone.key(str(asked["keys"])[:8]))
            case "hold":
                phone.hold(is_on=bool(asked["is_on"]))
            case "says":
                phone.says = Says(asked["says"])
            case "way" if asked["way"] in {way.name for way in fields(phone.ways)}:
                setattr(phone.ways, asked["way"], bool(asked["is_on"]))

    def _start(self, deed: Coroutine[object, object, None]) -> None:
        task = asyncio.get_running_loop().create_task(deed)
        self._deeds.add(task)
        task.add_done_callback(self._deeds.discard)

    # ---- what is shown -----------------------------------------------------------------------------------------------------------

    def _changed(self, name: str) -> None:
        """A telephone tells of itself."""
        phone, before = self._phones[name], self._stages[name]
        self._stages[name] = phone.stage
        if phone.stage is not before:
            if phone.stage is Stage.IDLE:
                self._log.ends() if name == "customer" else None
                self._log.add("over", phone=name, why=phone.last)
            elif name == "customer":  # of the agent's the record tells
                self._log.add("call", phone=name, stage=phone.stage)
        self._show()

    def _show(self) -> None:
        self._tell(self._view())

    def _tell(self, frame: bytes | str) -> None:
        for window in self._windows:
            window.send(frame)

    def _view(self) -> str:
        now = asyncio.get_running_loop().time()
        session = self._record.session_id
        return json.dumps({
            "number": f"sip:frontdesk@127.0.0.1:{self._phones['customer'].peer[1]}", "has_agent_phone": self._has_agent_phone,
            "desk": f"{self._desk_url}#/session/{session}" if session else self._desk_url, "log": self._log.entries,
            "phones": {
                name: {
                    "stage": phone.stage, "is_held": phone.is_held, "talk_s": now - phone.since if phone.stage is Stage.TALKING else 0,
                    "last": phone.last, "says": phone.says, "user": phone.user, "ways": asdict(phone.ways),
                }
                for name, phone in self._phones.items()
            },
        }, ensure_ascii=False)  # fmt: skip

    # ---- reading along -----------------------------------------------------------------------------------------------------------

    async def _follow_notes(self) -> None:
        while True:
            await asyncio.sleep(TAIL_S)
            fresh = self._notes.fresh()
            for note in fresh:
                self._log.take(note)
            if fresh:
                self._show()

    async def _follow_record(self) -> None:
        is_away = False
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                if self._windows and await self._record.look(self._phones["customer"].user, self._log):
                    self._show()
                is_away = False
            except (aiohttp.ClientError, TimeoutError) as error:
                if not is_away:
                    log.warning("the record can't be read: %s", type(error).__name__)
                    is_away = True
