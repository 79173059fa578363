"""The files of a simulator's page: its own folder, and what it shares with the product's pages."""

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from aiohttp import web

from gateway.web.desk_page import tokens_css

Handler = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]
SHARED = Path(__file__).resolve().parents[2] / "gateway" / "web" / "static"


class SimPage:
    """`folder` holds index.html and what it loads by /page/NAME; `policy` tells its Content-Security-Policy for a host."""

    def __init__(self, folder: Path, policy: Callable[[str], str]) -> None:
        self._folder = folder
        self._policy = policy

    def routes(self) -> list[tuple[str, str, Handler]]:
        """(method, path, handler): at / and below /page/ and /static/."""
        return [("GET", "/", self._index), ("GET", "/page/{name}", self._file), ("GET", "/static/dom.js", self._shared)]

    async def _index(self, request: web.Request) -> web.StreamResponse:
        headers = {"Content-Security-Policy": self._policy(request.host), "Cache-Control": "no-store"}
        return web.FileResponse(self._folder / "index.html", headers=headers)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name == "tokens.css":
            return web.Response(text=tokens_css((SHARED / "tokens.js").read_text()), content_type="text/css")
        if name not in {path.name for path in self._folder.iterdir()}:
            raise web.HTTPNotFound
        return web.FileResponse(self._folder / name, headers={"Cache-Control": "no-store"})

    async def _shared(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(SHARED / "dom.js")
