"""`/desk/`: the agents' page, as it lies in `handoff/static`, under a policy that lets it talk to nobody but us.

The files are read once, when somebody first asks for one; only names that were found then can be asked for, so no path leads out of the
folder. The page asks for them under the release's own address, `/desk/static/@VERSION/...`, where a browser keeps them for good; an address
without it, or with another release's (a page that was open while its server changed), is answered too, to be asked for anew each time.
Three things are put together here, and nothing else: what `/static/` shares with other pages lies beside the page's own under `shared/`;
`tokens.css` is cut out of `tokens.js`, so that the first paint waits for no script; and the index names every module of the first load, so
that they come at once and not one after another.
"""

import asyncio
import gzip
import hashlib
import mimetypes
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable

from aiohttp import hdrs, web
from msgspec import Struct

from gateway.core.errors import NotFound

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; "
    "media-src 'self'; frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'"
)
INDEX = "index.html"
FIRST = "start.js"
"""What the page runs; all that it imports is fetched with it."""
FOR_GOOD = "public, max-age=31536000, immutable"
_TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".html": "text/html", ".json": "application/json"}
_PLACE = b"/desk/static/"
_SHARED = re.compile(rb'(\bfrom |\bimport\()"/static/([\w-]+\.js)"')
_IMPORTS = re.compile(r'^(?:import|export) [^"]*"([^"\n]+\.js)";', re.MULTILINE)
_TOKENS = re.compile(r"export const TOKENS = `(.*?)`;", re.DOTALL)
_DARK = "@media (prefers-color-scheme: dark) {"


class Asset(Struct, frozen=True, kw_only=True, dict=True):
    """A file of the page, in memory."""

    body: bytes
    mime: str
    etag: str

    @cached_property
    def packed(self) -> bytes | None:
        """The same by gzip, made when it is first asked for: a fraction of a millisecond. None where that saves nothing."""
        packed = gzip.compress(self.body, 9, mtime=0)
        return packed if len(packed) < len(self.body) else None


class Assets(Struct, frozen=True, kw_only=True):
    """All of them, by their path below `/desk/static/@VERSION/`."""

    by_path: Mapping[str, Asset]
    version: str
    """Changes when any of them does."""


class Page:
    """Reads them when somebody first asks: a process whose agents look at another one never does, and no start waits for it."""

    async def assets(self) -> Assets:
        """All files; the first time from a thread."""
        if "_assets" not in vars(self):
            await asyncio.to_thread(lambda: self._assets)
        return self._assets

    @cached_property
    def _assets(self) -> Assets:
        return load_assets()


PAGE: web.AppKey[Page] = web.AppKey("desk_page", Page)


def load_assets() -> Assets:
    """Every file of the page."""
    bodies = {path: body for path, body in _walk(files("handoff") / "static") if not path.endswith(".md")}
    bodies |= {f"shared/{path}": body for path, body in _walk(files("gateway.web") / "static") if path.endswith(".js") and "/" not in path}
    bodies["tokens.css"] = tokens_css(bodies["shared/tokens.js"].decode()).encode()
    digest = hashlib.sha256(b"".join(path.encode() + b"\0" + bodies[path] for path in sorted(bodies)))
    version = digest.hexdigest()[:12]
    home = b"%s@%s/" % (_PLACE, version.encode())
    for path, body in bodies.items():
        bodies[path] = _SHARED.sub(rb'\1"%sshared/\2"' % home, body)
    bodies[INDEX] = _index(bodies, home)
    return Assets(by_path={path: _asset(path, body) for path, body in bodies.items()}, version=version)


def tokens_css(module: str) -> str:
    """The shared tokens as a plain style sheet, in which `data-theme` on the root overrules what the system prefers."""
    found = _TOKENS.search(module)
    if found is None:
        raise ValueError("tokens.js: expected `export const TOKENS = ` and a template")
    light, _, rest = found[1].partition(_DARK)
    end = _closing(rest)
    dark = rest[:end]
    chosen = dark.replace(":root, :host {", ":root[data-theme=dark] {\n    color-scheme: dark;", 1)
    system = _DARK + dark.replace(":root, :host {", ":root:not([data-theme=light]) {", 1) + "}"
    return f"{light}{system}\n{chosen}:root[data-theme=light] {{ color-scheme: light; }}\n{rest[end + 1 :]}"


def first_modules(bodies: Mapping[str, bytes], home: bytes = _PLACE) -> list[str]:
    """FIRST and every module that it imports before it runs, in the order in which they are found."""
    found: list[str] = []
    waiting = [FIRST]
    while waiting:
        path = waiting.pop(0)
        if path in bodies and path not in found:
            found.append(path)
            waiting += [_resolved(target, path, home.decode()) for target in _IMPORTS.findall(bodies[path].decode())]
    return found


def _resolved(target: str, importer: str, home: str) -> str:
    if target.startswith(home):
        return target.removeprefix(home)
    return posixpath.normpath(posixpath.join(posixpath.dirname(importer), target))


def _index(bodies: Mapping[str, bytes], home: bytes) -> bytes:
    links = b"\n".join(b'  <link rel="modulepreload" href="%s%s">' % (home, path.encode()) for path in first_modules(bodies, home))
    page = bodies[INDEX].replace(_PLACE, home)
    return page.replace(b"</head>", links + b"\n</head>")


def _closing(css: str) -> int:
    """Where the block ends whose opening brace stands before `css`."""
    depth = 1
    for at, character in enumerate(css):
        depth += {"{": 1, "}": -1}.get(character, 0)
        if not depth:
            return at
    raise ValueError("tokens.js: a brace is not closed")


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.is_file():
            yield prefix + entry.name, entry.read_bytes()


def _asset(path: str, body: bytes) -> Asset:
    suffix = path[path.rfind(".") :]
    mime = _TYPES.get(suffix) or mimetypes.guess_type(path)[0] or "application/octet-stream"
    return Asset(body=body, mime=mime, etag=hashlib.sha256(body).hexdigest()[:32])


async def index(request: web.Request) -> web.Response:
    """The page."""
    return _serve(request, await request.app[PAGE].assets(), INDEX, "no-cache")


async def static(request: web.Request) -> web.Response:
    """One of its files."""
    return _serve(request, await request.app[PAGE].assets(), request.match_info["path"], "no-cache")


async def kept_static(request: web.Request) -> web.Response:
    """One of its files, to be kept for good if it is this release's."""
    assets = await request.app[PAGE].assets()
    is_ours = request.match_info["version"] == assets.version
    return _serve(request, assets, request.match_info["path"], FOR_GOOD if is_ours else "no-cache")


async def to_index(request: web.Request) -> web.Response:  # noqa: ARG001 - a handler's signature
    """People type the address without the slash."""
    raise web.HTTPPermanentRedirect("/desk/")


def _serve(request: web.Request, assets: Assets, path: str, caching: str) -> web.Response:
    asset = assets.by_path.get(path)
    if asset is None:
        raise NotFound("the desk has no such file")
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": caching,
        hdrs.VARY: hdrs.ACCEPT_ENCODING,
        "X-Content-Type-Options": "nosniff",
    }
    is_known = any(tag.value in {asset.etag, "*"} for tag in request.if_none_match or ())
    if is_known:
        response = web.Response(status=304, headers=headers)
    else:
        charset = "utf-8" if asset.mime.startswith("text/") else None
        is_packed = "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, "") and asset.packed is not None
        if is_packed:
            headers[hdrs.CONTENT_ENCODING] = "gzip"
        response = web.Response(body=asset.packed if is_packed else asset.body, content_type=asset.mime, charset=charset, headers=headers)
    response.etag = asset.etag
    return response


def routes() -> list[web.RouteDef]:
    return [
        web.get("/desk", to_index),
        web.get("/desk/", index),
        web.get("/desk/static/@{version:[0-9a-f]{1,64}}/{path:.+}", kept_static),
        web.get("/desk/static/{path:.+}", static),
    ]
