"""`/desk/`: the agents' page, served as it lies in `handoff/static`, under a policy that lets it talk to nobody but us.

The files are read once, when the application is built; only their own names can be asked for, so no path leads out of the folder.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from importlib.resources import files

from aiohttp import web
from msgspec import Struct

from gateway.core.errors import NotFound

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "media-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
)
INDEX = "index.html"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".html": "text/html", ".json": "application/json"}


class Asset(Struct, frozen=True, kw_only=True):
    """A file of the page, in memory."""

    body: bytes
    mime: str
    etag: str


ASSETS: web.AppKey[Mapping[str, Asset]] = web.AppKey("desk_assets", Mapping)


def load_assets() -> dict[str, Asset]:
    """Every file of the page, by name."""
    folder = files("handoff") / "static"
    return {entry.name: _asset(entry.name, entry.read_bytes()) for entry in folder.iterdir() if entry.is_file()}


def _asset(name: str, body: bytes) -> Asset:
    suffix = name[name.rfind(".") :]
    mime = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body=body, mime=mime, etag=hashlib.sha256(body).hexdigest()[:32])


async def index(request: web.Request) -> web.Response:
    """The page."""
    return _serve(request, INDEX)


async def static(request: web.Request) -> web.Response:
    """One of its files."""
    return _serve(request, request.match_info["name"])


async def to_index(request: web.Request) -> web.Response:  # noqa: ARG001 - a handler's signature
    """People type the address without the slash."""
    raise web.HTTPPermanentRedirect("/desk/")


def _serve(request: web.Request, name: str) -> web.Response:
    asset = request.app[ASSETS].get(name)
    if asset is None:
        raise NotFound("the desk has no such file")
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-cache"}
    is_known = any(tag.value in {asset.etag, "*"} for tag in request.if_none_match or ())
    if is_known:
        response = web.Response(status=304, headers=headers)
    else:
        charset = "utf-8" if asset.mime.startswith("text/") else None
        response = web.Response(body=asset.body, content_type=asset.mime, charset=charset, headers=headers)
    response.etag = asset.etag
    return response


def routes() -> list[web.RouteDef]:
    return [web.get("/desk", to_index), web.get("/desk/", index), web.get("/desk/static/{name}", static)]
