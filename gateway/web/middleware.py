"""What surrounds every request: its id, its deadline, its errors as problem documents, the security headers, the access log."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from aiohttp import hdrs, web
from aiohttp.abc import AbstractAccessLogger

from gateway.logs import place
from gateway.web.address import client_address
from gateway.web.deps import DEPS
from gateway.web.problems import document, problem_of

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
H = TypeVar("H", bound=Callable[..., Awaitable[web.StreamResponse]])

DEADLINE_S = 35.0
"""For a whole request, its body's arrival included: above the 25 s of a long poll. A stream (SSE, a socket) only has to begin by then."""

REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)
_DEADLINE: web.RequestKey[asyncio.Timeout] = web.RequestKey("deadline", asyncio.Timeout)
_HAS_BEGUN: web.RequestKey[bool] = web.RequestKey("has_begun", bool)
_DEADLINE_ATTRIBUTE = "deadline_s"

_STRICT = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": _STRICT,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""The strictest of each; a handler that needs less sets its own (the widget's loader is for other origins, a page has scripts)."""
HSTS = "max-age=31536000"
_ROUTINE = ("/chat/", "/wechat/", "/phone/", "/static/", "/desk/static/", "/healthz", "/readyz", "/metrics")


def deadline(seconds: float) -> Callable[[H], H]:
    """Give a handler more time than DEADLINE_S, or less (an upload over a slow line needs more)."""

    def mark(handler: H) -> H:
        setattr(handler, _DEADLINE_ATTRIBUTE, seconds)
        return handler

    return mark


def allow(request: web.Request, seconds: float) -> None:
    """Give this request so much time from now on, whatever its handler had."""
    request[_DEADLINE].reschedule(asyncio.get_running_loop().time() + seconds)


@web.middleware
async def front(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost middleware: names the request, limits its time, answers every error with a problem document, and counts."""
    deps = request.app[DEPS]
    request[REQUEST_ID] = deps.ids.new()
    started = deps.clock.monotonic()
    response = await _answered(request, handler)
    seconds = deps.clock.monotonic() - started if isinstance(response, web.Response) else None
    deps.metrics.count_request(route_of(request), response.status, seconds)
    return response


async def _answered(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await _in_time(request, handler)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _refusal(request, error)
    except ConnectionError:
        raise  # the caller has gone: there is nobody to answer
    except Exception as error:
        if request.get(_HAS_BEGUN):
            _report(request, error)
            raise ConnectionResetError("an answer that had begun broke off") from None
        return _refusal(request, error)


async def _in_time(request: web.Request, handler: Handler) -> web.StreamResponse:
    seconds: float = getattr(request.match_info.handler, _DEADLINE_ATTRIBUTE, DEADLINE_S)
    async with asyncio.timeout(seconds) as limit:
        request[_DEADLINE] = limit
        try:
            if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
                raise web.HTTPUnsupportedMediaType
            return await handler(request)
        finally:
            del request[_DEADLINE]


def _refusal(request: web.Request, error: Exception) -> web.Response:
    problem = problem_of(error)
    if problem.status == 500:
        _report(request, error)
    response = document(problem, request[REQUEST_ID])
    if problem.status == 413 or isinstance(error, TimeoutError):
        response.force_close()  # the rest of the body is not worth reading
    return response


def _report(request: web.Request, error: Exception) -> None:
    log.error("request failed", extra={"request": request[REQUEST_ID], "route": route_of(request), "error": place(error, depth=6)})
    request.app[DEPS].metrics.errors.labels("web", type(error).__name__).inc()


def route_of(request: web.BaseRequest) -> str:
    """The route's pattern: never an id, so that it may be a metric's label."""
    if not isinstance(request, web.Request):
        return "none"
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"


async def on_prepare(request: web.Request, response: web.StreamResponse) -> None:
    """Sets the headers that every response carries, just before they are sent."""
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "frontdesk"
    response.headers["X-Request-Id"] = request.get(REQUEST_ID, "")
    if request.app[DEPS].public_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    request[_HAS_BEGUN] = True
    if not isinstance(response, web.Response) and _DEADLINE in request:
        request[_DEADLINE].reschedule(None)  # a stream lasts as long as it likes


class AccessLog(AbstractAccessLogger):
    """One line a request, after its last byte. No query (it may hold a token), no header, no body.

    What customers' browsers and supervisors ask all day long, and get, is said at level debug only: a line costs as much as the request,
    and the metrics count them all.
    """

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Called by aiohttp; `time` is in seconds."""
        is_routine = response.status < 400 and request.path.startswith(_ROUTINE)
        level = logging.DEBUG if is_routine else logging.INFO
        if not self.logger.isEnabledFor(level):
            return
        facts = {
            "method": request.method,
            "path": request.rel_url.raw_path[:200],
            "status": response.status,
            "bytes": response.body_length if response.prepared else 0,
            "ms": round(time * 1000, 1),
            "client": client_address(request) if isinstance(request, web.Request) and REQUEST_ID in request else request.remote,
            "request": request.get(REQUEST_ID, "-"),
        }
        self.logger.log(level, "request", extra=facts)

    @property
    def enabled(self) -> bool:
        """Whether anybody would read the line."""
        return self.logger.isEnabledFor(logging.INFO)
