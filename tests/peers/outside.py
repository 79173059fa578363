"""Systems outside that the bot asks: one of orders, and a language model that speaks `/chat/completions`. They keep to their scripts."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Script = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Seen:
    """One request, as it came."""

    method: str
    path: str
    headers: dict[str, str]
    query: dict[str, str]
    body: bytes


@dataclass
class Outside:
    """Answers what `script` says; the default is an order that is under way."""

    url: str = ""
    seen: list[Seen] = field(default_factory=list)
    script: Script | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.seen.append(Seen(request.method, request.raw_path.split("?")[0], headers, dict(request.query), await request.read()))
        return await self.script(request) if self.script else web.json_response({"status": "shipped", "eta": "2026-12-01"})

    def says(self, body: Any = None, *, status: int = 200, raw: bytes | None = None, headers: dict[str, str] | None = None) -> None:
        """Answer this from now on."""

        async def script(_: web.Request) -> web.Response:
            content = raw if raw is not None else json.dumps(body).encode()
            return web.Response(status=status, body=content, headers={"Content-Type": "application/json", **(headers or {})})

        self.script = script

    def completes(self, content: str, *, finish: str = "stop") -> None:
        """Answer as a language model: this is its message."""
        self.says(
            {
                "id": "1",
                "object": "chat.completion",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": content}, "finish_reason": finish}],
            }
        )

    def answers(self, answer: str, *cites: str) -> None:
        """Answer as a language model that does what it is told."""
        self.completes(json.dumps({"answer": answer, "cites": cites}))

    def hangs(self) -> None:
        """Take the request and never answer."""

        async def script(_: web.Request) -> web.Response:
            await asyncio.Event().wait()
            raise AssertionError

        self.script = script

    def breaks(self) -> None:
        """Cut the line in the middle of the answer."""

        async def script(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse(headers={"Content-Length": "1000"})
            await response.prepare(request)
            await response.write(b'{"status"')
            assert request.transport is not None
            request.transport.close()
            return response

        self.script = script

    def pours(self) -> None:
        """Answer without an end."""

        async def script(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            while True:
                await response.write(b" " * 65536)

        self.script = script


@asynccontextmanager
async def outside() -> AsyncIterator[Outside]:
    """A running peer on a free port."""
    peer = Outside()
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", peer.handle)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    peer.url = f"http://{host}:{port}"
    try:
        yield peer
    finally:
        await runner.cleanup()
