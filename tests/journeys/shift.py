"""A scripted desk with what its frame needs: offers, a queue, colleagues' sessions, cases, search, and a server that proves itself."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import WSMsgType, web
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.peers.chromium import watched
from tests.peers.desk_server import ME, DeskServer, problem

Json = dict[str, Any]
ALLOWED = ("WebSocket connection to", "ERR_CONNECTION", "ERR_INTERNET_DISCONNECTED", "status of 503", "status of 409", "status of 422")


def moment(seconds: float = 0.0) -> str:
    """That long from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


class Shift(DeskServer):
    """The scripted desk, its agent's status and lists among it."""

    def __init__(self, *, role: str = "agent", page_limit: int = 200) -> None:
        super().__init__()
        self.me: Json = {**ME, "role": role, "status": "available"}
        self.page_limit = page_limit
        """No list answers more at once."""
        self.others: list[Json] = []
        self.cases: list[Json] = []
        self.found: list[Json] = []
        self.search_delay_s = 0.0
        self.is_search_broken = False
        self.asked: list[str] = []
        """Every GET, with its query."""
        self.is_mute = False
        """Frames get lost on their way to the page."""
        self.is_proving = True
        """Each pong says how the sessions stand."""

    def offer(self, session_id: str, wish: str, *, seconds: float = 60, name: str | None = None) -> Json:
        """A session that is offered to me; nobody is told yet."""
        if session_id not in self.sessions:
            self.add_session(session_id, name, state="offered", agent_id=None, agent_name=None)
        packet = {
            "reason": "explicit_request", "trigger": "转人工", "wish": wish, "summary": wish, "language": "zh-CN", "seq": 1,
            "channel": "site", "channel_type": "webchat", "category": None, "urgency": "normal", "slots": {}, "bot_turns": [],
            "customer": {"name": name},
            "earlier": [], "open_cases": [], "constraints": {}, "suggested": [], "comment": "",
        }  # fmt: skip
        made = {
            "handoff_id": f"h-{session_id}", "session_id": session_id, "channel": "site", "queue": "default", "reason": "explicit_request",
            "language": "zh-CN", "offered_at": moment(), "expires_at": moment(seconds), "packet": packet,
        }  # fmt: skip
        self.offers.append(made)
        return made

    async def tell_offer(self, session_id: str, wish: str, **more: Any) -> Json:
        """The same, and the page told of it."""
        made = self.offer(session_id, wish, **more)
        await self.tell({"type": "offer", **made})
        return made

    async def end_offer(self, session_id: str) -> None:
        """It has lapsed, or a colleague has it."""
        self.offers = [one for one in self.offers if one["session_id"] != session_id]
        await self.tell({"type": "offer_over", "handoff_id": f"h-{session_id}", "session_id": session_id})

    def wait(self, session_id: str, wish: str, *, seconds: float = 90) -> Json:
        """Somebody in the queue."""
        if session_id not in self.sessions:
            self.add_session(session_id, state="queued", agent_id=None, agent_name=None)
        entry = {
            "handoff_id": f"h-{session_id}", "session_id": session_id, "channel": "site", "queue": "default", "stage": "queued",
            "reason": "low_confidence", "urgency": "normal", "language": "zh-CN", "requested_at": moment(-seconds),
            "waited_s": int(seconds), "wish": wish, "agent_id": None, "expires_at": None,
        }  # fmt: skip
        self.queue.append(entry)
        return entry

    def say(self, session_id: str, author: str, text: str, **more: Any) -> Json:
        """As there; the session's line says how it ends, and who waits."""
        message = super().say(session_id, author, text, **{"at": moment(), **more})
        session = self.sessions[session_id]
        if author == "agent":
            session.update(agent_read_seq=message["seq"])
        if session["state"] in {"active", "waiting_customer"} and author in {"agent", "customer"}:
            session.update(state="active" if author == "customer" else "waiting_customer", state_since=message["at"])
        return message

    async def tell(self, frame: Json) -> None:
        """As there, unless frames get lost."""
        if not self.is_mute:
            await super().tell(frame)

    async def hang_up(self) -> None:
        """Every socket of the page ends; it may come back."""
        for socket in list(self.sockets):
            await socket.close()

    # ---- serving ---------------------------------------------------------------------------------------------------------------

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.sockets[socket] = 0
        await self._send(socket, {"type": "hello", "agent": self.me, "heartbeat_s": 10, "at": moment()})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if frame["type"] == "ping":
                await self._send(socket, {"type": "pong", "at": moment(), **(self._proof() if self.is_proving else {})})
            else:
                self.heard.append(frame)
        self.sockets.pop(socket, None)
        return socket

    async def _send(self, socket: web.WebSocketResponse, frame: Json) -> None:
        self.sockets[socket] += 1
        with contextlib.suppress(ConnectionError):
            await socket.send_str(json.dumps({**frame, "n": self.sockets[socket]}))

    def _proof(self) -> Json:
        mine = {one["id"]: one["version"] for one in self.sessions.values() if one["agent_id"] == ME["id"] and one["state"] != "closed"}
        return {"sessions": mine, "is_all": True, "queue_mark": self.mark}

    async def _get(self, request: web.Request) -> web.Response:
        what = request.match_info["what"]
        self.asked.append(request.path_qs)
        match what:
            case "me":
                return web.json_response({"csrf": "csrf", "agent": self.me})
            case "cases":
                return self._paged(request, self.cases)
            case "queue":
                page = self._cut(request, self.queue)
                return web.json_response({**page, "total": len(self.queue), "offers": self.offers, "mark": self.mark})
            case "sessions" if request.query.get("scope") == "all":
                return self._paged(request, self.others)
            case "search":
                return await self._search(request)
            case _:
                return await super()._get(request)

    @property
    def mark(self) -> str:
        return " ".join(one["handoff_id"] for one in [*self.queue, *self.offers])

    async def _search(self, request: web.Request) -> web.Response:
        await asyncio.sleep(self.search_delay_s)
        if self.is_search_broken:
            return problem(503, {"code": "busy", "detail": "too many searches"})
        hits = [one for one in self.found if request.query["q"] in one["snippet"]]
        return self._paged(request, hits)

    def _sessions(self, request: web.Request) -> web.Response:
        mine = [one for one in self.sessions.values() if one["agent_id"] == ME["id"] and one["state"] != "closed"]
        return self._paged(request, [self._line(one) for one in mine])

    def _paged(self, request: web.Request, items: list[Json]) -> web.Response:
        return web.json_response(self._cut(request, items))

    def _cut(self, request: web.Request, items: list[Json]) -> Json:
        start, limit = int(request.query.get("after", 0)), min(self.page_limit, int(request.query.get("limit", 50)))
        following = str(start + limit) if len(items) > start + limit else None
        return {"items": items[start : start + limit], "next": following}

    async def _act(self, request: web.Request) -> web.Response:
        session_id, act = request.match_info["id"], request.match_info["act"]
        if act not in {"accept", "reject"}:
            return await super()._act(request)
        self.posted.append((f"sessions/{session_id}/{act}", {}))
        self.offers = [one for one in self.offers if one["session_id"] != session_id]
        self.queue = [one for one in self.queue if one["session_id"] != session_id]
        if act == "accept":
            session = self.sessions[session_id]
            session.update(
                state="active", agent_id="a7", agent_name="坐席 07", version=session["version"] + 1, last_customer_at=moment(-30)
            )
        await self.tell({"type": "offer_over", "handoff_id": f"h-{session_id}", "session_id": session_id})
        return web.json_response({"session": self.sessions[session_id]})

    async def _post(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else {}
        self.posted.append((request.match_info["what"], body))
        match request.match_info["what"]:
            case "status":
                self.me["status"] = body["status"]
            case "me/password" if body["old"] != "correct horse battery":
                return problem(422, {"code": "password_wrong", "detail": "that is not the password"})
        return web.json_response({"agent": self.me})


@asynccontextmanager
async def desk_of(
    chromium: Browser, shift: Shift, *allowed: str, init: str = "", **options: Any
) -> AsyncIterator[tuple[BrowserContext, Page]]:
    """(profile, page): the agent at this desk, everything read."""
    async with shift.running(), watched(chromium, allowed=[*ALLOWED, *allowed], **options) as context:
        if init:
            await context.add_init_script(init)
        page = await context.new_page()
        await page.goto(f"{shift.url}/desk/")
        await expect(page.locator(".bar .self")).to_be_visible()
        await expect(page.locator(".lists .mine .empty, .lists .mine .line").first).to_be_visible()
        yield context, page


async def sequence(page: Page, *keys: str) -> None:
    """Keys one right after the other, however busy this machine is: the page waits only so long for the second."""
    for_each = 'keys => keys.forEach(key => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true})))'
    await page.evaluate(for_each, list(keys))


async def until(page: Page, expression: str, patience_s: float = 30.0) -> None:
    """Waits for this to be true in the page (whose policy forbids Playwright's own way of waiting)."""
    async with asyncio.timeout(patience_s):
        while not await page.evaluate(expression):
            await asyncio.sleep(0.05)
