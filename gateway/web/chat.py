"""Web chat, put together: its routes, its hub, its goodbye."""

import asyncio
import logging
from collections.abc import AsyncIterator

from aiohttp import web

from gateway.metrics import Metrics
from gateway.web import chat_http, chat_linking, files
from gateway.web.chat_hub import ChatHub
from gateway.web.chat_reception import RECEPTION, Reception
from gateway.web.chat_sockets import SOCKETS, Sockets, chat_socket
from gateway.web.deps import DEPS
from gateway.web.files import FILE_URLS, FileUrls

log = logging.getLogger(__name__)

ROUND_S = 1.0
PREFLIGHT_S = 600
_CORS = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "Access-Control-Max-Age": str(PREFLIGHT_S),
}


def setup(app: web.Application) -> None:
    """Add web chat to an application that has its Deps."""
    deps = app[DEPS]
    urls = app[FILE_URLS] = FileUrls(deps.secret, deps.clock)
    hub = ChatHub(deps.store, deps.bus, deps.clock, urls.url, survey_text=lambda locale: deps.texts.say("chat.survey", locale))
    app[RECEPTION] = Reception(deps, hub)
    app[SOCKETS] = Sockets()
    app.add_routes([*chat_http.routes(), web.get("/chat/{site}/ws", chat_socket), *chat_linking.routes(), *files.routes()])
    for path in ("hello", "messages", "frames", "events", "files", "files/{id}", "files/{id}/address", "link"):
        app.router.add_route("OPTIONS", f"/chat/{{site}}/{path}", preflight)
    app.on_response_prepare.append(allow_origin)
    app.on_shutdown.append(say_bye)
    app.cleanup_ctx.append(lifespan)


async def lifespan(app: web.Application) -> AsyncIterator[None]:
    """The hub's work, from the first request to the last."""
    metrics, sockets = app[DEPS].metrics, app[SOCKETS]
    if isinstance(metrics, Metrics):
        metrics.sockets.labels("webchat").set_function(lambda: len(sockets))
    async with app[RECEPTION].hub.running():
        rounds = asyncio.create_task(_make_rounds(app))
        yield
        rounds.cancel()
        await asyncio.wait([rounds])


async def say_bye(app: web.Application) -> None:
    """Every client is told to come back, and its socket closed; polls and streams end."""
    app[RECEPTION].hub.dismiss()
    await app[SOCKETS].say_bye()


async def preflight(request: web.Request) -> web.StreamResponse:
    """A browser asks whether its page may (https://fetch.spec.whatwg.org/#cors-preflight-fetch). Raises Forged where it may not."""
    reception = request.app[RECEPTION]
    reception.origin(request, reception.site(request))
    return web.Response(status=204, headers=_CORS)


async def allow_origin(request: web.Request, response: web.StreamResponse) -> None:
    """Let an allowed page read the answer, also where it is a problem. Cookies play no part in web chat, so none are allowed."""
    if not request.path.startswith("/chat/"):
        return
    response.headers.setdefault("Vary", "Origin")
    origin = request.headers.get("Origin")
    chat = request.app[RECEPTION].find(request.match_info.get("site", ""))
    if origin is None or chat is None or not request.app[RECEPTION].is_allowed(origin, request, chat):
        return
    response.headers.setdefault("Access-Control-Allow-Origin", origin)
    response.headers.setdefault("Access-Control-Expose-Headers", "Retry-After, X-Request-Id")
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


async def _make_rounds(app: web.Application) -> None:
    while True:
        await asyncio.sleep(ROUND_S)
        try:
            now_s = app[DEPS].clock.monotonic()
            app[SOCKETS].beat(now_s)
            await app[SOCKETS].hang_up_on_the_dumb(now_s)
        except Exception as error:  # the outermost loop
            log.warning("silent sockets could not be closed: %s", type(error).__name__)
