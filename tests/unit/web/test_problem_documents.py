"""Each error becomes the problem that a client can use, and no more."""

import msgspec
import pytest
from aiohttp import web

from gateway.core.errors import (
    BadInput,
    Busy,
    Conflict,
    Faulty,
    Fenced,
    Forbidden,
    Forged,
    FrontdeskError,
    NotFound,
    StaleSession,
    TooLarge,
    TooMany,
    Uncertain,
)
from gateway.web.problems import document, problem_of


@pytest.mark.parametrize(
    ("error", "status", "code", "detail"),
    [
        (BadInput("bad_cid", "a ULID"), 400, "bad_cid", "a ULID"),
        (Forged("origin", "a page of ours"), 403, "origin", "a page of ours"),
        (Forged("login_required", "log in at /desk/"), 401, "login_required", "log in at /desk/"),
        (Forged("bearer_required", "a bearer token"), 401, "bearer_required", "a bearer token"),
        (TooLarge("file", "at most 10 MiB"), 413, "file", "at most 10 MiB"),
        (NotFound("no such session"), 404, "not_found", "no such session"),
        (Forbidden("this asks for the role admin"), 403, "forbidden", "this asks for the role admin"),
        (Conflict("a colleague has it"), 409, "conflict", "a colleague has it"),
        (Conflict("one admin must stay", code="last_admin"), 409, "last_admin", "one admin must stay"),
        (StaleSession("read it again"), 409, "stale", "read it again"),
        (Fenced("lost the lane"), 409, "conflict", "lost the lane"),
        (Busy("lane 3", 1.5), 503, "busy", "lane 3 is full; try again in 1.5 s"),
        (TooMany("login attempts", 7), 429, "too_many", "too many login attempts; try again in 7 s"),
        (web.HTTPNotFound(), 404, "not_found", "there is nothing at this address"),
        (web.HTTPRequestEntityTooLarge(10, 11), 413, "too_large", "the body is over the limit"),
        (TimeoutError(), 503, "late", "this took too long and was given up"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_each_error_has_its_status_its_code_and_its_words(error: Exception, status: int, code: str, detail: str) -> None:
    problem = problem_of(error)
    assert (problem.status, problem.code, problem.detail) == (status, code, detail)


def test_a_conflict_says_who_and_what_beside_its_words() -> None:
    body = document(problem_of(Conflict("Mei has it", code="taken", name="Mei")), "R1").body
    assert isinstance(body, bytes)
    assert {key: value for key, value in msgspec.json.decode(body).items() if key in ("code", "params", "problems")} == {
        "code": "taken", "params": {"name": "Mei"}
    }  # fmt: skip


def test_everything_wrong_with_a_form_is_listed() -> None:
    error = Faulty("bad_hours", "hours that make sense", [("monday", "expected HH:MM-HH:MM"), ("closed", "expected a date")])
    body = document(problem_of(error), "R1").body
    assert isinstance(body, bytes)
    told = msgspec.json.decode(body)
    assert (told["status"], told["code"]) == (400, "bad_hours")
    assert told["problems"] == [{"key": "monday", "message": "expected HH:MM-HH:MM"}, {"key": "closed", "message": "expected a date"}]


@pytest.mark.parametrize(
    "error", [KeyError("hunter2"), FrontdeskError("hunter2"), Uncertain("hunter2"), web.HTTPBadGateway(text="hunter2")]
)
def test_what_nobody_foresaw_is_a_500_that_tells_nothing(error: Exception) -> None:
    body = document(problem_of(error), "R1").body
    assert isinstance(body, bytes)
    assert b"hunter2" not in body
    assert msgspec.json.decode(body) == {
        "type": "urn:frontdesk:problem:internal",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "something went wrong here; the request id finds it in our log",
        "code": "internal",
        "request_id": "R1",
    }


def test_waiting_times_are_whole_seconds_and_never_none() -> None:
    assert problem_of(Busy("x", 0.2)).headers == {"Retry-After": "1"}
    assert problem_of(TooMany("x", 6.1)).headers == {"Retry-After": "7"}


def test_a_401_carries_its_challenge() -> None:
    assert problem_of(Forged("bearer_required", "x")).headers == {"WWW-Authenticate": 'Bearer realm="frontdesk"'}


def test_405_still_says_what_is_allowed() -> None:
    assert problem_of(web.HTTPMethodNotAllowed("PUT", ["GET", "POST"])).headers == {"Allow": "GET,POST"}


def test_the_response_is_a_problem_document() -> None:
    response = document(problem_of(NotFound("no such session")), "R1")
    assert response.status == 404
    assert response.headers["Content-Type"] == "application/problem+json"
