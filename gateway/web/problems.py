"""What a client reads when something is wrong: RFC 9457 problem documents, made from our error tree and from HTTP's own errors.

Pure. A problem says what the caller can use (`code` for programs, `detail` for people) and never what happened inside: whatever is not
an error of ours is a 500 without words.
"""

import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import msgspec
from aiohttp import web
from msgspec import Struct

from gateway.core.errors import BadInput, Busy, Conflict, Faulty, Forbidden, Forged, FrontdeskError, NotFound, TooLarge, TooMany

CONTENT_TYPE = "application/problem+json"

LOGIN_REQUIRED = "login_required"
LOGIN_WRONG = "login_wrong"
BEARER_REQUIRED = "bearer_required"
_CHALLENGES = {LOGIN_REQUIRED: "Cookie", LOGIN_WRONG: "Cookie", BEARER_REQUIRED: "Bearer"}
"""The codes of a Forged that only lacks a login, with the challenge that a 401 must carry (RFC 9110, section 11.6.1)."""

_RETRY_LATE_S = 5

_HTTP_CODES = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    413: "too_large",
    415: "unsupported_media_type",
    416: "range_not_satisfiable",
    417: "expectation_failed",
    426: "upgrade_required",
}
_HTTP_DETAILS = {
    404: "there is nothing at this address",
    405: "this address does not take this method; see Allow",
    413: "the body is over the limit",
    415: "a body is taken as it is, without Content-Encoding",
}
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate", "Upgrade", "Sec-WebSocket-Version")


class Problem(Struct, frozen=True, kw_only=True):
    """One problem, before it is a response."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = {}
    params: Mapping[str, str] = {}
    problems: Sequence[tuple[str, str]] = ()
    codes: Sequence[tuple[str, Mapping[str, str]]] = ()


class Fault(Struct, frozen=True, omit_defaults=True):
    """One of many things wrong with a form: which field, and what was expected there; where there is one, its code with values."""

    key: str
    message: str
    code: str = ""
    params: Mapping[str, str] = {}


class Document(Struct, frozen=True, kw_only=True):
    """The members of RFC 9457, and our extensions: `code` and `request_id` always, `params` and `problems` where there are some."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    params: Mapping[str, str] | msgspec.UnsetType = msgspec.UNSET
    problems: Sequence[Fault] | msgspec.UnsetType = msgspec.UNSET


def problem_of(error: BaseException) -> Problem:
    """The problem that a client is told about this error."""
    match error:
        case FrontdeskError():
            return _of_ours(error)
        case web.HTTPException():
            return _of_http(error)
        case web.RequestPayloadError():
            return Problem(status=400, code="bad_body", detail="the body breaks off or can't be decoded")
        case TimeoutError():
            return Problem(
                status=503, code="late", detail="this took too long and was given up", headers={"Retry-After": str(_RETRY_LATE_S)}
            )
        case _:
            return _internal()


def _of_ours(error: FrontdeskError) -> Problem:
    match error:
        case TooLarge():
            return Problem(status=413, code=error.code, detail=error.expected)
        case Forged() if error.code in _CHALLENGES:
            headers = {"WWW-Authenticate": f'{_CHALLENGES[error.code]} realm="frontdesk"'}
            return Problem(status=401, code=error.code, detail=error.expected, headers=headers)
        case Forged():
            return Problem(status=403, code=error.code, detail=error.expected)
        case BadInput():
            faults = (error.problems, error.codes) if isinstance(error, Faulty) else ((), ())
            return Problem(status=400, code=error.code, detail=error.expected, problems=faults[0], codes=faults[1])
        case NotFound():
            return Problem(status=404, code="not_found", detail=str(error))
        case Forbidden():
            return Problem(status=403, code="forbidden", detail=str(error))
        case Conflict():
            return Problem(status=409, code=error.code, detail=str(error), params=error.params)
        case TooMany():
            return Problem(status=429, code="too_many", detail=str(error), headers=_retry_after(error))
        case Busy():
            return Problem(status=503, code="busy", detail=str(error), headers=_retry_after(error))
        case _:
            return _internal()


def _of_http(error: web.HTTPException) -> Problem:
    if error.status >= 500:
        return _internal()
    headers = {name: error.headers[name] for name in _KEPT_HEADERS if name in error.headers}
    detail = _HTTP_DETAILS.get(error.status, HTTPStatus(error.status).description or error.reason)
    return Problem(status=error.status, code=_HTTP_CODES.get(error.status, "bad_request"), detail=detail, headers=headers)


def _internal() -> Problem:
    return Problem(status=500, code="internal", detail="something went wrong here; the request id finds it in our log")


def _retry_after(error: Busy) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(error.retry_after_s)))}


def _faults(problem: Problem) -> list[Fault]:
    codes = problem.codes or [("", {})] * len(problem.problems)
    return [Fault(key, message, code, params) for (key, message), (code, params) in zip(problem.problems, codes, strict=True)]


def document(problem: Problem, request_id: str) -> web.Response:
    """The response that carries a problem."""
    body = Document(
        type=f"urn:frontdesk:problem:{problem.code}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        detail=problem.detail,
        code=problem.code,
        request_id=request_id,
        params=problem.params or msgspec.UNSET,
        problems=_faults(problem) or msgspec.UNSET,
    )
    return web.Response(status=problem.status, body=msgspec.json.encode(body), headers={**problem.headers, "Content-Type": CONTENT_TYPE})
