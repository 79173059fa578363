"""A scripted server of the desk API: any number of sessions and messages at once, a shift in seconds, refusals when they are wanted.

It serves the real page, and answers it as `docs/desk-api.md` says; what it has is in memory. For what a real gateway can't be made to
do at a chosen moment, and for the page's benchmarks, where only the page is to be measured.
"""

import asyncio
import contextlib
import html
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import WSMsgType, web

from config.texts import load_texts
from gateway.web import desk_page, pages
from gateway.web.deps import DEPS, Deps
from handoff.conversations import DISPOSITIONS

Json = dict[str, Any]

START = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
PAGE_COUNT = 200
CHANNEL = {
    "name": "site", "type": "webchat", "text_max_bytes": 4096, "file_max_bytes": 1024 * 1024,
    "file_types": ["image/png", "image/jpeg", "application/pdf", "text/plain"], "markdown": True, "typing": True, "read_marks": True,
}  # fmt: skip
ME = {
    "id": "a7", "name": "mei", "shown_name": "坐席 07", "role": "supervisor", "status": "available", "status_since": START.isoformat(),
    "queues": [], "languages": ["zh"], "capacity_units": 300,
}  # fmt: skip
COLLEAGUE = {"id": "a8", "shown_name": "坐席 08", "status": "busy", "is_connected": True, "queues": [], "languages": ["zh"]}


def at(seconds: float) -> str:
    """A moment of the shift."""
    return (START + timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


@dataclass
class Script:
    """What goes wrong, counted down or standing; nothing does by default."""

    refusals: list[tuple[int, Json]] = field(default_factory=list)
    """(status, problem) for the next replies."""
    reply_delay_s: float = 0.0
    upload_delay_s: float = 0.0
    upload_refusal: tuple[int, Json] | None = None


class DeskServer:
    """One agent's desk with everything on it."""

    def __init__(self) -> None:
        self.script = Script()
        self.sessions: dict[str, Json] = {}
        self.messages: dict[str, list[Json]] = {}
        self.notes: dict[str, list[Json]] = {}
        self.packets: dict[str, Json] = {}
        self.queue: list[Json] = []
        self.offers: list[Json] = []
        self.replies: list[Json] = []
        self.channels: list[Json] = [dict(CHANNEL)]
        self.windows: dict[str, Json] = {}
        """What may still be sent, by session; those of channels that don't count have none."""
        self.headings: dict[str, Json] = {}
        """What heads a reply by mail, by session; those of other channels have none."""
        self.besides: dict[str, Json] = {}
        self.known_elsewhere: dict[str, Json] = {}
        """Who a session's customer is, where that is more than its own address."""
        self.files: dict[str, tuple[Json, bytes]] = {}
        self.posted: list[tuple[str, Json]] = []
        """Every POST that changed something: (path, body)."""
        self.heard: list[Json] = []
        """Every frame of the page but pings."""
        self.sockets: dict[web.WebSocketResponse, int] = {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    # ---- what there is ---------------------------------------------------------------------------------------------------------

    def add_session(self, session_id: str, name: str | None = None, *, state: str = "active", **more: Any) -> Json:
        """A session of mine, without messages."""
        session = {
            "id": session_id, "channel": "site", "episode": 1, "state": state, "state_since": at(0), "controller": "agent", "version": 1,
            "opened_at": at(0), "queue": "default", "agent_id": ME["id"], "agent_name": ME["shown_name"], "handoff_id": None,
            "language": "zh-CN", "customer_name": name, "page": None, "first_seq": 1, "seq": 0, "customer_read_seq": 0, "agent_read_seq": 0,
            "last_customer_at": None, "last_answer_at": None, "closed_at": None, "close_reason": None, "disposition": None, **more,
        }  # fmt: skip
        self.sessions[session_id], self.messages[session_id] = session, []
        return session

    def say(self, session_id: str, author: str, text: str, **more: Any) -> Json:
        """A message on record; nobody is told yet."""
        session, log = self.sessions[session_id], self.messages[session_id]
        seq = session["seq"] + 1
        parts = more.pop("parts", None) or [{"type": "text", "text": text, **({"markdown": True} if author in {"bot", "agent"} else {})}]
        message = {
            "seq": seq, "id": f"{session_id}-{seq}", "session_id": session_id, "author": author, "at": more.pop("at", at(20.0 * seq)),
            "text": text, "parts": parts, "name": "坐席 07" if author == "agent" else None, "agent_id": "a7" if author == "agent" else None,
            "cid": None, "reply_to": None, "status": "sent", "why": {}, **more,
        }  # fmt: skip
        log.append(message)
        spoke = "last_customer_at" if author == "customer" else "last_answer_at"
        session.update({"seq": seq, "version": session["version"] + 1, spoke: message["at"]})
        return message

    async def tell(self, frame: Json) -> None:
        """A frame to every socket of the page."""
        for socket in list(self.sockets):
            self.sockets[socket] += 1
            with contextlib.suppress(ConnectionError):
                await socket.send_str(json.dumps({**frame, "n": self.sockets[socket]}))

    async def tell_session(self, session_id: str, *messages: Json) -> None:
        """That a session has changed, with its new messages."""
        session = self.sessions[session_id]
        kind = {"type": "message", "messages": list(messages)} if messages else {"type": "session"}
        await self.tell({**kind, "session_id": session_id, **{key: session[key] for key in ("version", "state", "agent_id", "queue")}})

    async def hear(self, session_id: str, author: str, text: str, **more: Any) -> Json:
        """A message on record, and the page told of it."""
        message = self.say(session_id, author, text, **more)
        await self.tell_session(session_id, message)
        return message

    # ---- serving ---------------------------------------------------------------------------------------------------------------

    def more_routes(self) -> list[web.RouteDef]:
        """What a desk with more on it answers besides."""
        return []

    @asynccontextmanager
    async def running(self) -> AsyncIterator["DeskServer"]:
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app[DEPS] = cast("Deps", SimpleNamespace(channels={}))
        app[desk_page.PAGE] = desk_page.Page()
        app.add_routes([*pages.routes(), *desk_page.routes(), *self.more_routes()])
        api = "/desk/api"
        app.add_routes(
            [
                web.get("/desk/ws", self._socket),
                web.get("/plain/{id}", self._plain),
                web.get(f"{api}/texts", self._texts),
                web.get(f"{api}/files/{{id}}", self._file),
                web.get(f"{api}/sessions/{{id}}", self._whole),
                web.get(f"{api}/sessions/{{id}}/messages", self._after),
                web.get(f"{api}/sessions/{{id}}/identities", self._identities),
                web.get(f"{api}/{{what:.*}}", self._get),
                web.post(f"{api}/sessions/{{id}}/reply", self._reply),
                web.post(f"{api}/sessions/{{id}}/files", self._upload),
                web.post(f"{api}/sessions/{{id}}/{{act}}", self._act),
                web.post(f"{api}/replies", self._keep_reply),
                web.post(f"{api}/{{what:.*}}", self._post),
            ]
        )
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", self.port)
        await site.start()
        self.port = site.port
        try:
            yield self
        finally:
            for socket in list(self.sockets):
                with contextlib.suppress(Exception):
                    await socket.close()
            await runner.cleanup()

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        self.sockets[socket] = 1
        await socket.send_str(json.dumps({"type": "hello", "agent": ME, "heartbeat_s": 10, "at": now(), "n": 1}))
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if frame["type"] == "ping":
                self.sockets[socket] += 1
                await socket.send_str(json.dumps({"type": "pong", "at": now(), "n": self.sockets[socket]}))
            else:
                self.heard.append(frame)
        self.sockets.pop(socket, None)
        return socket

    async def _plain(self, request: web.Request) -> web.Response:
        """The bubbles of a session on a page that does nothing: what the desk's own scrolling is held against."""
        sheets = "".join(f'<link rel="stylesheet" href="/desk/static/{name}.css">' for name in ("tokens", "base", "panes", "conversation"))
        bubbles = "".join(map(bubble, self.messages[request.match_info["id"]]))
        log = f'<div class="transcript"><div class="scroll"><div class="log">{bubbles}</div></div></div>'
        body = f'<div class="talk"><header></header>{log}</div>'
        page = f"<!doctype html><html><head>{sheets}<style>.talk {{ height: 100vh }}</style></head><body>{body}</body></html>"
        return web.Response(text=page, content_type="text/html")

    async def _texts(self, request: web.Request) -> web.Response:
        language = request.query.get("lang", "en")
        every = load_texts()
        texts = every.get(language, every["en"])
        told = {key: text for key, text in texts.items() if key.startswith("desk.")}
        for family in ("wechat.code.", "email.code."):
            told |= {f"desk.code.{key.removeprefix(family)}": text for key, text in texts.items() if key.startswith(family)}
        return web.json_response({"language": language, "texts": told})

    async def _identities(self, request: web.Request) -> web.Response:
        """Nobody is known elsewhere, unless the test says so."""
        nobody: dict[str, Any] = {"contact_id": None, "identities": [], "suggestions": [], "may_change": False}
        return web.json_response(self.known_elsewhere.get(request.match_info["id"], nobody))

    async def _get(self, request: web.Request) -> web.Response:
        match request.match_info["what"]:
            case "me":
                return web.json_response({"csrf": "csrf", "agent": ME})
            case "settings":
                return web.json_response(self._settings())
            case "agents":
                return listed([{**ME, "is_connected": True}, COLLEAGUE])
            case "queue":
                return web.json_response({"items": self.queue, "next": None, "total": len(self.queue), "offers": self.offers})
            case "sessions" if request.query.get("scope") != "all":
                return self._sessions(request)
            case "replies":
                return listed(self.replies)
            case _:
                return listed([])

    def _settings(self) -> Json:
        queues = [{"name": "default", "title": "售前咨询"}, {"name": "refunds", "title": "退款售后"}]
        statuses = ["available", "busy", "away", "wrap_up", "offline"]
        return {
            "name": "演示商店", "queues": queues, "dispositions": list(DISPOSITIONS), "languages": ["zh-CN", "zh-TW", "en"],
            "statuses": statuses, "channels": self.channels, "password_min_chars": 12,
        }  # fmt: skip

    def _sessions(self, request: web.Request) -> web.Response:
        after, limit = request.query.get("after", ""), int(request.query.get("limit", 50))
        mine = sorted(s["id"] for s in self.sessions.values() if s["agent_id"] == ME["id"] and s["state"] != "closed" and s["id"] > after)
        following = mine[limit - 1] if len(mine) > limit else None
        return web.json_response({"items": [self._line(self.sessions[one]) for one in mine[:limit]], "next": following})

    def _line(self, session: Json) -> Json:
        """A session in a list: with its last words, and how much of it is unread."""
        log = self.messages[session["id"]]
        last = log[-1] if log else None
        unread = sum(one["author"] == "customer" and one["seq"] > session["agent_read_seq"] for one in log[-100:])
        spoken = last and {key: last[key] for key in ("seq", "author", "at", "text")}
        return {**session, "window": self.windows.get(session["id"]), "last": spoken, "unread": unread}

    async def _whole(self, request: web.Request) -> web.Response:
        session_id = request.match_info["id"]
        if session_id not in self.sessions:
            return problem(404, {"code": "not_found", "detail": "no such session"})
        log = self.messages[session_id]
        end = min(int(request.query.get("before", len(log) + 1)), len(log) + 1)
        start = max(1, end - PAGE_COUNT)
        return web.json_response(
            {
                "session": self.sessions[session_id], "window": self.windows.get(session_id), "handoff": None,
                "packet": self.packets.get(session_id), "letter": self.headings.get(session_id), "beside": self.besides.get(session_id),
                "transcript": log[start - 1 : end - 1], "before": start if start > 1 else None, "notes": self.notes.get(session_id, []),
                "trace": [], "intervals": [], "case": None, "earlier": [], "rating": None, "forms": [],
            }
        )  # fmt: skip

    async def _after(self, request: web.Request) -> web.Response:
        after, limit = int(request.query.get("after", 0)), int(request.query.get("limit", 50))
        log = self.messages[request.match_info["id"]]
        return listed(log[after : after + limit])

    async def _reply(self, request: web.Request) -> web.Response:
        session_id, body = request.match_info["id"], await request.json()
        self.posted.append((f"sessions/{session_id}/reply", body))
        await asyncio.sleep(self.script.reply_delay_s)
        if self.script.refusals:
            return problem(*self.script.refusals.pop(0))
        known = next((one for one in self.messages[session_id] if one["cid"] and one["cid"] == body.get("cid")), None)
        if known is None:
            text = body.get("text") or ""
            parts: list[Json] = [{"type": "letter", **body["letter"]}] if "letter" in body else []
            parts += [{"type": "text", "text": text, "markdown": True}] if text else []
            parts += [{"type": "file", "file": self.files[name][0], "caption": ""} for name in body.get("files", [])]
            known = self.say(session_id, "agent", text, parts=parts, cid=body.get("cid"), at=now())
            await self.tell_session(session_id, known)
        return web.json_response({"message": known})

    async def _upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        given = form["file"]
        assert isinstance(given, web.FileField)
        await asyncio.sleep(self.script.upload_delay_s)
        if self.script.upload_refusal:
            return problem(*self.script.upload_refusal)
        content = given.file.read()
        ref: Json = {"id": f"f{len(self.files) + 1}", "name": given.filename, "mime": given.content_type, "size_bytes": len(content)}
        self.files[ref["id"]] = (ref, content)
        self.posted.append((f"sessions/{request.match_info['id']}/files", ref))
        return web.json_response({"file": ref}, status=201)

    async def _file(self, request: web.Request) -> web.Response:
        ref, content = self.files[request.match_info["id"]]
        return web.Response(body=content, content_type=ref["mime"])

    async def _act(self, request: web.Request) -> web.Response:
        session_id, act = request.match_info["id"], request.match_info["act"]
        session, body = self.sessions[session_id], await request.json()
        self.posted.append((f"sessions/{session_id}/{act}", body))
        match act:
            case "note":
                notes = self.notes.setdefault(session_id, [])
                notes.append(
                    {
                        "id": f"n{len(notes)}", "session_id": session_id, "agent_id": "a7", "agent_name": "坐席 07", "at": now(),
                        "after_seq": session["seq"], "text": body["text"],
                    }
                )  # fmt: skip
                return web.json_response({"note": notes[-1]})
            case "read":
                session["agent_read_seq"] = max(session["agent_read_seq"], body["seq"])
                return web.json_response({})
            case "typing":
                return web.json_response({})
            case "hold" | "resume":
                session["state"] = "on_hold" if act == "hold" else "active"
            case "close":
                session.update(state="closed", agent_id=None, disposition=body["disposition"], close_reason="resolved")
            case "transfer" | "return_to_bot":
                session.update(state="queued" if act == "transfer" else "bot", agent_id=None, agent_name=None)
        session["version"] += 1
        await self.tell_session(session_id)
        return web.json_response({"session": session})

    async def _keep_reply(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.posted.append(("replies", body))
        self.replies.append(canned(f"r{len(self.replies) + 1}", **body))
        await self.tell({"type": "replies"})
        return web.json_response({"reply": self.replies[-1]}, status=201)

    async def _post(self, request: web.Request) -> web.Response:
        self.posted.append((request.match_info["what"], await request.json()))
        return web.json_response({"agent": ME})


def canned(reply_id: str, shortcut: str, title: str, texts: dict[str, str], folder: str = "", *, is_shared: bool = True) -> Json:
    """A canned reply as the API shows it."""
    return {
        "id": reply_id, "shortcut": shortcut, "title": title, "texts": texts, "folder": folder, "is_shared": is_shared,
        "is_mine": not is_shared, "updated_at": at(0), "updated_by": "a7", "version": 1,
    }  # fmt: skip


def bubble(message: Json) -> str:
    """A message's bubble, as the desk builds it."""
    text, moment = html.escape(message["text"]), message["at"][11:16]
    if message["author"] == "system":
        return f'<p class="system"><span dir="auto">{text}</span><time>{moment}</time></p>'
    who = f'<p class="who"><bdi>{message["name"] or message["author"]}</bdi></p>'
    thought = '<details class="thought"><summary>已回答 · 83 %</summary></details>' if message["why"] else ""
    said = f'<div class="bubble"><p dir="auto">{text}</p></div>{thought}<p class="foot"><time>{moment}</time><span class="fate"></span></p>'
    return f'<div class="said {message["author"]} first last">{who}{said}</div>'


def now() -> str:
    """The server's time, as frames carry it."""
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")


def problem(status: int, body: Json) -> web.Response:
    """A problem document."""
    return web.json_response({"status": status, **body}, status=status, content_type="application/problem+json")


def listed(items: Sequence[Json]) -> web.Response:
    """A list of one page."""
    return web.json_response({"items": list(items), "next": None})


WORDS = (
    "您好，请问我的退款什么时候能到账？", "The parcel says delivered but nothing is here.", "订单号 20261118-4471，付的是信用卡",
    "好的，谢谢！", "我已经等了五天了，仓库说验收了，可是一直没有看到退款到账，能不能帮我催一下？" * 2, "👍", "OK",
    "见 https://www.example.com/orders/20261118-4471 里的物流",
)  # fmt: skip
THOUGHT = {"decision": "answer", "confidence": 0.83, "entry": "refund-time", "candidates": [["refund-time", 0.83, "退款多久到账？"]]}
ANSWERS = ("查到了：退货 **11 月 19 日**已验收，退款已原路发出。", "请稍等，我看一下。", "1. 打开订单\n2. 点“申请退款”\n3. 选择原因")


def fill(server: DeskServer, session_id: str, count: int) -> None:
    """A long conversation as they are: questions of any length, answers, the bot's thoughts, choices, lines of the system."""
    for n in range(server.sessions[session_id]["seq"], server.sessions[session_id]["seq"] + count):
        match n % 10:
            case 1:
                server.say(session_id, "bot", ANSWERS[n % 3], why=THOUGHT)
            case 4 | 6 | 8:
                server.say(session_id, "agent", ANSWERS[n % 3])
            case 9 if n % 50 == 9:
                server.say(session_id, "system", "坐席 07 已接手对话")
            case _:
                server.say(session_id, "customer", f"{WORDS[n % len(WORDS)]} ({n})" if n % 7 else WORDS[n % len(WORDS)])
