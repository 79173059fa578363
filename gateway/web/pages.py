"""The widget's code and the demo shop: static files, read once when the application is built, served compressed.

What takes longer than reading them is done when somebody first asks: a process that only answers phones and mails never does it.

| path | what |
|---|---|
| `/chat/{site}/widget.js` | the loader, for pages of any origin |
| `/chat/{site}/static/{name}` | the widget: `panel.js`, and a file per language; for pages of any origin |
| `/static/tokens.js` | what our own pages share |
| `/`, `/static/demo/{name}` | the demo shop |
| `/widget/`, `/static/guide/{name}` | how to put the widget on a page, live |

Only names that were found then can be asked for, so no path leads out of a folder. See scripts.py for what becomes of the widget's
scripts on their way out; everybody else's go as they are written, but for lines that hold nothing but a comment.
"""

import asyncio
import hashlib
import re
import zlib
from collections.abc import Mapping
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from aiohttp import hdrs, web
from msgspec import Struct

from gateway.core.errors import NotFound
from gateway.core.ids import ChannelName
from gateway.web.deps import DEPS
from gateway.web.scripts import lean, together, whole

LOADER = "widget.js"
PANEL = "panel.js"
ONWARD = "onward.js"
"""What only sites with another channel to go on need: fetched by the panel there."""
LANGUAGES = ("en", "zh-CN", "zh-TW")
"""Of the widget; only the visitor's is fetched."""
LOADER_MAX_AGE_S = 300
"""How long a browser goes on with the loader it has; everything else is asked for anew, and mostly answered by 304."""
_TYPES = {"js": "text/javascript", "css": "text/css", "html": "text/html", "svg": "image/svg+xml"}
_FOR_ALL = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""Code is no secret: pages of other origins import it. Who may talk to a site is decided by its origins, at the API."""
_COMMENTS = re.compile(rb"^[ \t]*(?:/\*\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*$", re.MULTILINE | re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9.\-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


class Asset(Struct, frozen=True, kw_only=True, dict=True):
    """One file, in memory."""

    body: bytes
    mime: str
    etag: str

    @cached_property
    def packed(self) -> bytes:
        """The same by gzip."""
        return min((_packed(self.body, memory) for memory in (6, 7, 8)), key=len)


class Pages:
    """Everything that is served, by name, and the handlers that serve it."""

    def __init__(self) -> None:
        ours = files("gateway.web") / "static"
        self.shared = _folder(ours)
        self._scripts = {**_scripts(ours), **_scripts(files("adapters.webchat") / "static")}
        self.demo = _folder(ours / "demo")
        self.guide = _folder(ours / "guide")

    @cached_property
    def widget(self) -> Mapping[str, Asset]:
        """The widget's files, as they travel: a tenth of a second of a core, so not for the loop."""
        made = _widget(self._scripts)
        _ = made[PANEL].packed
        return made

    async def loader(self, request: web.Request) -> web.Response:
        """The one script that a page embeds."""
        _require_site(request)
        return _answer(request, await self._of_widget(LOADER), {**_FOR_ALL, "Cache-Control": f"public, max-age={LOADER_MAX_AGE_S}"})

    async def widget_file(self, request: web.Request) -> web.Response:
        """A module of the widget."""
        _require_site(request)
        return _answer(request, await self._of_widget(request.match_info["name"]), {**_FOR_ALL, "Cache-Control": "no-cache"})

    async def _of_widget(self, name: str) -> Asset | None:
        if "widget" not in vars(self):
            await asyncio.to_thread(lambda: self.widget)
        return self.widget.get(name)

    async def shared_file(self, request: web.Request) -> web.Response:
        """What several of our pages use."""
        return _answer(request, self.shared.get(request.match_info["name"]), {"Cache-Control": "no-cache"})

    async def demo_file(self, request: web.Request) -> web.Response:
        """A part of the demo shop."""
        return _answer(request, self.demo.get(request.match_info["name"]), {"Cache-Control": "no-cache"})

    async def guide_file(self, request: web.Request) -> web.Response:
        """A part of the guide."""
        return _answer(request, self.guide.get(request.match_info["name"]), {"Cache-Control": "no-cache"})

    async def demo_page(self, request: web.Request) -> web.Response:
        """The demo shop, with the widget of the first site."""
        return _page_with_chat(request, self.demo["index.html"])

    async def guide_page(self, request: web.Request) -> web.Response:
        """The guide to the widget, with that of the first site."""
        return _page_with_chat(request, self.guide["index.html"])


def routes() -> list[web.RouteDef]:
    """The routes; reads every file, once, before the first request."""
    pages = Pages()
    return [
        web.get("/", pages.demo_page),
        web.get("/static/demo/{name}", pages.demo_file),
        web.get("/widget", to_guide),
        web.get("/widget/", pages.guide_page),
        web.get("/static/guide/{name}", pages.guide_file),
        web.get("/static/{name}", pages.shared_file),
        web.get("/chat/{site}/widget.js", pages.loader),
        web.get("/chat/{site}/static/{name}", pages.widget_file),
    ]


def policy(host: str) -> str:
    """The strictest policy that our pages work under, and so any customer's page: no inline script or style, no other host.

    Sockets of our own host are named besides 'self', which older browsers do not take for them.
    """
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return (
        f"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'{sockets}; img-src 'self' data: blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


async def to_guide(request: web.Request) -> web.Response:  # noqa: ARG001 - a handler's signature
    """People type the address without the slash."""
    raise web.HTTPPermanentRedirect("/widget/")


def _page_with_chat(request: web.Request, page: Asset) -> web.Response:
    channels = request.app[DEPS].channels
    site = next((name for name, channel in channels.items() if channel.type == "webchat"), None)
    if site is not None:
        page = _asset("index.html", page.body.replace(b"/chat/site/", f"/chat/{site}/".encode()))
    return _answer(request, page, {"Cache-Control": "no-cache", "Content-Security-Policy": policy(request.host)})


def _require_site(request: web.Request) -> None:
    channel = request.app[DEPS].channels.get(ChannelName(request.match_info["site"]))
    if channel is None or channel.type != "webchat":
        raise NotFound("there is no such site")


def _answer(request: web.Request, asset: Asset | None, headers: Mapping[str, str]) -> web.Response:
    if asset is None:
        raise NotFound("there is no such file")
    response = web.Response(headers={**headers, hdrs.VARY: hdrs.ACCEPT_ENCODING, "X-Content-Type-Options": "nosniff"})
    response.etag = asset.etag
    if any(tag.value in {asset.etag, "*"} for tag in request.if_none_match or ()):
        response.set_status(304)
        return response
    response.content_type = asset.mime
    response.charset = "utf-8"
    is_packed = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "")
    if is_packed:
        response.headers[hdrs.CONTENT_ENCODING] = "gzip"
    response.body = asset.packed if is_packed else asset.body
    return response


def _folder(folder: Traversable) -> dict[str, Asset]:
    names = [entry.name for entry in folder.iterdir() if entry.is_file() and _suffix(entry.name) in _TYPES]
    return {name: _asset(name, (folder / name).read_bytes()) for name in names}


def _scripts(folder: Traversable) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in folder.iterdir() if _suffix(entry.name) == "js"}


def _widget(sources: Mapping[str, bytes]) -> dict[str, Asset]:
    """The loader, everything else in one piece but for what few sites need, and the languages."""
    names = [LOADER, *(f"{language}.js" for language in LANGUAGES)]
    apart = {PANEL: whole(lean(together(sources, PANEL))), ONWARD: lean(together(sources, ONWARD))}
    parts = {**apart, **{name: lean(sources[name]) for name in names}}
    return {name: _asset(name, body) for name, body in parts.items()}


def _asset(name: str, body: bytes) -> Asset:
    if _suffix(name) == "js":
        body = _COMMENTS.sub(lambda found: b"\n" * found[0].count(b"\n"), body)
    return Asset(body=body, mime=_TYPES[_suffix(name)], etag=hashlib.sha256(body).hexdigest()[:32])


def _packed(body: bytes, memory: int) -> bytes:
    """By gzip. More memory is not always better: it makes longer blocks, and fewer codes to fit what is in them."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31, memory)
    return squeeze.compress(body) + squeeze.flush()


def _suffix(name: str) -> str:
    return name.rpartition(".")[2]
