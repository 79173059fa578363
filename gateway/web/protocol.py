"""One client's connection, and what it is answered when what it sends is not HTTP.

aiohttp would quote the client's bytes in its answer and in the log; they may hold a secret, so ours says only what was wrong.
"""

import logging

from aiohttp import web
from aiohttp.http_exceptions import LineTooLong

from gateway.logs import place
from gateway.web.problems import Problem, document

log = logging.getLogger(__name__)


class Connection(web.RequestHandler):
    """aiohttp's connection, with our words for what goes wrong below the application."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's words, which quote
    ) -> web.StreamResponse:
        """The answer to a request that never reached the application, or that it could not answer. The connection ends with it."""
        if request.writer.output_size > 0:
            raise ConnectionResetError("an answer that had begun broke off")
        kind = type(exc).__name__
        if status >= 500 and isinstance(exc, Exception):
            log.error("request failed", extra={"error": place(exc, depth=6)})
        else:
            log.debug("not HTTP", extra={"client": request.remote, "error": kind})
        response = document(_problem(status, exc), request_id="")
        response.headers["Server"] = "frontdesk"
        response.force_close()
        return response


def _problem(status: int, error: BaseException | None) -> Problem:
    if isinstance(error, LineTooLong):
        return Problem(status=431, code="headers_too_large", detail="the request's line or headers are over the limit")
    if status < 500:
        return Problem(status=status, code="bad_request", detail="this is not HTTP/1.1 as RFC 9112 has it")
    return Problem(status=500, code="internal", detail="something went wrong here")
