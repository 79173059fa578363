"""A scripted server of `frontdesk.v1` for the widget's journeys: keeps the protocol, echoes as a bot, and fails when it is told to.

It fails what a real gateway can't be made to fail at a chosen moment. It also holds the client to the protocol: every breach is noted in
`breaches`, which a test asserts to be empty.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, cast

from aiohttp import WSMsgType, web

from gateway.web import pages
from gateway.web.deps import DEPS, Deps
from tests.peers.chat_script import AT, CONFIG, FORM_REQUIRED, POSTED, Conversation, Json, Script, cut, form_faults, is_cut


class ChatServer:
    """The server: one site, called `site`."""

    def __init__(self) -> None:
        self.script = Script()
        self.conversations: dict[str, Conversation] = {}
        self.breaches: list[str] = []
        self.connections = 0
        self.origin = ""
        self.port = 0
        self._tokens = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def only(self) -> Conversation:
        """The conversation of a test with one visitor."""
        (conversation,) = self.conversations.values()
        return conversation

    def texts(self, author: str = "customer") -> list[str]:
        """What was said, in its order."""
        return [message["text"] for message in self.only.messages if message["author"] == author]

    async def say(self, author: str, text: str, **more: Any) -> None:
        """Say something to the only visitor."""
        await self.only.show(self.only.add(author, text, **more))

    async def show(self, frame: Json) -> None:
        """Show the only visitor any frame, over its sockets and in its polls: typing, read, survey, state, error."""
        await self.only.show(frame)

    async def hang_up(self) -> None:
        """Cut every socket, as a lost network does."""
        for conversation in self.conversations.values():
            for socket in list(conversation.sockets):
                cut(socket)

    @asynccontextmanager
    async def running(self) -> AsyncIterator["ChatServer"]:
        app = web.Application()
        channels = {"site": SimpleNamespace(type="webchat")}
        app[DEPS] = cast("Deps", SimpleNamespace(channels=channels))
        app.add_routes(pages.routes())
        app.add_routes(
            [
                web.get("/chat/site/ws", self._socket),
                web.post("/chat/site/hello", self._hello_over_http),
                web.post("/chat/site/messages", self._post),
                web.post("/chat/site/frames", self._post_frame),
                web.get("/chat/site/events", self._events),
                web.post("/chat/site/files", self._upload),
                web.get("/chat/site/files/{name}", self._file),
                web.options("/chat/site/{path}", self._preflight),
                web.get("/host", self._host),
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
            await self.hang_up()
            await runner.cleanup()

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if self.script.refuses_sockets:
            return web.Response(status=403)
        self.connections += 1
        ws = web.WebSocketResponse(compress=False)
        await ws.prepare(request)
        conversation: Conversation | None = None
        async for message in ws:
            if message.type is not WSMsgType.TEXT:
                break
            frame = json.loads(message.data)
            if frame["type"] == "hello":
                conversation = await self._hello(ws, frame)
            elif conversation is None:
                self.breaches.append(f"{frame['type']} before hello")
            else:
                conversation.received.append(frame)
                await self._heard(ws, conversation, frame)
        if conversation is not None:
            conversation.sockets.discard(ws)
        return ws

    async def _hello(self, ws: web.WebSocketResponse, frame: Json) -> Conversation:
        known = self.conversations.get(frame.get("token", ""))
        conversation = known or self._new()
        conversation.received.append(frame)
        last_seq = frame.get("last_seq", 0)
        if last_seq and not known:
            last_seq = 0
        if last_seq > len(conversation.messages):
            self.breaches.append(f"last_seq {last_seq} of {len(conversation.messages)}")
        await ws.send_str(json.dumps({"type": "welcome", **self._standing(conversation), "resumed": bool(known and known.messages)}))
        conversation.sockets.add(ws)
        for message in conversation.messages[last_seq:]:
            await ws.send_str(json.dumps(message))
        return conversation

    def _standing(self, conversation: Conversation) -> Json:
        form = None if conversation.filled else self.script.form
        config = {**CONFIG, "form": form, "hours": self.script.hours}
        standing = {"session": "s1", "seq": len(conversation.messages), "state": "bot", "at": self.script.clock}
        return {"token": conversation.token, **standing, "config": config}

    def _owes(self, conversation: Conversation) -> bool:
        """A form that requires something has not been filled in."""
        form = self.script.form
        is_required = form is not None and (form.get("consent") is not None or any(one["required"] for one in form["fields"]))
        return is_required and not conversation.filled

    def _fill(self, conversation: Conversation, frame: Json) -> Json:
        """Take a form, and note what a real server would refuse. The second copy gets the same answer."""
        form = self.script.form or {"fields": [], "consent": None, "kind": "none"}
        if not any(one["cid"] == frame.get("cid") for one in conversation.filled):
            self.breaches += form_faults(form, frame)
            conversation.filled.append(frame)
        return {"type": "filled", "cid": frame.get("cid"), "at": AT}

    def _new(self) -> Conversation:
        token = f"token-{next(self._tokens)}"
        self.conversations[token] = Conversation(token)
        return self.conversations[token]

    async def _heard(self, ws: web.WebSocketResponse, conversation: Conversation, frame: Json) -> None:
        if frame["type"] == "ping":
            await ws.send_str('{"type": "pong"}')
        if frame["type"] not in ("message", "form") or is_cut(ws):
            return
        script = self.script
        if script.refusal:
            error, script.refusal = script.refusal, None
            await ws.send_str(json.dumps({"type": "error", "cid": frame["cid"], **error}))
            return
        if frame["type"] == "form":
            await conversation.show(self._fill(conversation, frame))
            return
        if self._owes(conversation):
            await ws.send_str(json.dumps({"type": "error", "cid": frame["cid"], "code": "form_required", "text": FORM_REQUIRED}))
            return
        if script.drops_before_taking > 0:
            script.drops_before_taking -= 1
            cut(ws)
            return
        own, is_new = self._take(conversation, frame)
        if script.drops_before_ack > 0:
            script.drops_before_ack -= 1
            cut(ws)
            return
        await ws.send_str(json.dumps({"type": "ack", "cid": frame["cid"], "seq": own["seq"], "at": AT}))
        if is_new:
            await conversation.show(own)
            await self._answer(conversation, own)

    def _take(self, conversation: Conversation, frame: Json) -> tuple[Json, bool]:
        """The message on record; a second copy of it changes nothing."""
        known = next((one for one in conversation.messages if one.get("cid") == frame["cid"]), None)
        if known:
            return known, False
        kinds = [kind for kind in ("text", "choice", "file") if frame.get(kind)]
        if not kinds:
            self.breaches.append("an empty message")
        return conversation.add("customer", frame.get("text") or "", cid=frame["cid"]), True

    async def _answer(self, conversation: Conversation, own: Json) -> None:
        if self.script.is_mute:
            return
        answer = conversation.add("bot", f"答：{own['text']}", reply_to=own["seq"], markdown=True)
        if self.script.skips_frames > 0:
            self.script.skips_frames -= 1
            return
        await conversation.show(answer)

    # ---- over HTTP ---------------------------------------------------------------------------------------------------------------

    async def _hello_over_http(self, request: web.Request) -> web.Response:
        known = self.conversations.get((await request.json()).get("token", ""))
        body = {"type": "welcome", **self._standing(known or self._new()), "resumed": bool(known and known.messages)}
        return web.json_response(body, headers=self._cors(request))

    async def _post(self, request: web.Request) -> web.Response:
        conversation = self._bearer(request)
        if conversation is None:
            self.breaches.append("a message without a token")
            raise web.HTTPUnauthorized
        frame = {"type": "message", "cid": request.headers["Idempotency-Key"], **await request.json()}
        conversation.received.append(frame)
        if self._owes(conversation):
            return self._problem(request, 403, {"code": "form_required"})
        own, is_new = self._take(conversation, frame)
        if is_new:
            await conversation.show(own)
            await self._answer(conversation, own)
        body = {"cid": frame["cid"], "seq": own["seq"], "at": AT, "token": conversation.token, "session": "s1"}
        return web.json_response(body, headers=self._cors(request))

    async def _post_frame(self, request: web.Request) -> web.Response:
        """One small frame of a client without a socket: 204, or a form's `filled`."""
        conversation = self._bearer(request)
        if conversation is None:
            self.breaches.append("a frame without a token")
            raise web.HTTPUnauthorized
        frame = await request.json()
        conversation.received.append(frame)
        if frame["type"] not in POSTED:
            self.breaches.append(f"{frame['type']} posted as a frame")
        if frame["type"] != "form":
            return web.Response(status=204, headers=self._cors(request))
        if self.script.refusal:
            refusal, self.script.refusal = self.script.refusal, None
            return self._problem(request, 400, refusal)
        filled = self._fill(conversation, frame)
        await conversation.show(filled)
        return web.json_response(filled, headers=self._cors(request))

    def _problem(self, request: web.Request, status: int, error: Json) -> web.Response:
        problems = [{"key": key, "message": "something else"} for key in error.get("fields", ())]
        body = {"title": "refused", "status": status, "detail": "refused", "code": error["code"], "problems": problems}
        return web.json_response(body, status=status, headers=self._cors(request))

    async def _events(self, request: web.Request) -> web.Response:
        conversation = self._bearer(request)
        if conversation is None:
            return web.json_response({"title": "no token", "status": 401}, status=401, headers=self._cors(request))
        after = int(request.query.get("after", "0"))
        mark = int(request.query.get("mark") or len(conversation.frames))
        if len(conversation.messages) <= after and len(conversation.frames) <= mark:
            try:
                async with asyncio.timeout(float(request.query["wait_s"])):
                    await conversation.news.wait()
            except TimeoutError:
                pass
        events = conversation.messages[after:]
        body = {
            "events": events, "seq": after + len(events), "state": {"type": "state", "state": "bot", "session": "s1"},
            "frames": conversation.frames[mark:], "mark": str(len(conversation.frames)),
        }  # fmt: skip
        return web.json_response(body, headers=self._cors(request))

    async def _upload(self, request: web.Request) -> web.Response:
        if self._bearer(request) is None:
            self.breaches.append("an upload without a token")
        async for part in await request.multipart():
            body = await cast("Any", part).read()
            name = str(cast("Any", part).filename)
        mime = "image/png" if body.startswith(b"\x89PNG") else "text/plain"
        file = {"id": "f1", "name": name, "mime": mime, "size": len(body), "url": f"/chat/site/files/{name}"}
        self.uploaded = bytes(body)
        return web.json_response({"file": file}, headers=self._cors(request))

    async def _file(self, request: web.Request) -> web.Response:
        return web.Response(body=self.uploaded, content_type="image/png", headers={"Cross-Origin-Resource-Policy": "cross-origin"})

    async def _preflight(self, request: web.Request) -> web.Response:
        return web.Response(status=204, headers=self._cors(request))

    def _cors(self, request: web.Request) -> dict[str, str]:
        return {
            "Access-Control-Allow-Origin": request.headers.get("Origin", "*"),
            "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key",
            "Access-Control-Allow-Methods": "GET, POST",
        }

    def _bearer(self, request: web.Request) -> Conversation | None:
        return self.conversations.get(request.headers.get("Authorization", "").removeprefix("Bearer "))

    async def _host(self, request: web.Request) -> web.Response:
        """A page of another origin, under the strictest policy that lets the widget in."""
        there = request.query["at"]
        policy = (
            f"default-src 'none'; script-src {there}; connect-src {there} {there.replace('http', 'ws')}; img-src {there}; "
            "require-trusted-types-for 'script'"
        )
        return web.Response(
            text=f'<!doctype html><html lang="en"><title>A shop</title><script src="{there}/chat/site/widget.js" async></script><p>Hi',
            content_type="text/html", headers={"Content-Security-Policy": policy},
        )  # fmt: skip
