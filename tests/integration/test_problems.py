"""What every client sees of the server whatever it asks: problems, headers, deadlines, readiness, the log."""

import asyncio
import gzip
import logging
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from gateway.core.errors import Busy
from gateway.web import middleware
from gateway.web.deps import DEPS
from gateway.web.health import PART_DEADLINE_S
from tests.integration.desk_house import House, Page, Reply, open_house
from tests.unit.web.application import built, deps

MEMBERS = {"type", "title", "status", "detail", "code", "request_id"}
ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def page(house: House) -> Page:
    return await house.page()


def assert_problem(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.body["code"]) == (status, code)
    assert set(reply.body) == MEMBERS
    assert reply.body["status"] == status
    assert reply.body["type"] == f"urn:frontdesk:problem:{code}"
    assert reply.headers["Content-Type"] == "application/problem+json"
    assert ULID.fullmatch(reply.body["request_id"])
    assert reply.headers["X-Request-Id"] == reply.body["request_id"]


# ---- problems -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/nowhere", "/desk/nowhere", "/desk/api/nowhere", "/chat", "/desk/static/..%2f..%2fdesk.py", "/%00"])
async def test_an_unknown_address_is_a_404_problem(page: Page, path: str) -> None:
    assert_problem(await page.get(path), 404, "not_found")


async def test_a_wrong_method_is_a_405_problem_that_names_the_right_ones(page: Page) -> None:
    reply = await page.ask("DELETE", "/desk/api/status")
    assert_problem(reply, 405, "method_not_allowed")
    assert reply.headers["Allow"] == "POST"


async def test_a_body_over_the_limit_is_a_413_problem(page: Page) -> None:
    reply = await page.post("/desk/api/login", name="x" * 300_000, password="x")
    assert_problem(reply, 413, "too_large")


async def test_a_packed_body_is_a_415_problem_and_is_not_opened(page: Page) -> None:
    for packed in (gzip.compress(b"[" + b" " * 10_000_000 + b"]"), b"no gzip"):
        reply = await page.ask(
            "POST", "/desk/api/login", data=packed, headers={"Content-Encoding": "gzip", "Content-Type": "application/json"}
        )
        assert_problem(reply, 415, "unsupported_media_type")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000, b'{"name": NaN}', b"null", b'"x"'])
async def test_a_body_that_is_no_json_object_is_a_400_problem(page: Page, body: bytes) -> None:
    reply = await page.ask("POST", "/desk/api/login", data=body, headers={"Content-Type": "application/json"})
    assert reply.body["code"] in {"bad_json", "bad_body"}
    assert_problem(reply, 400, reply.body["code"])


async def test_what_is_full_says_when_to_come_again(house: House, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    async def full(*_: object) -> None:
        raise Busy("the writer", 2)

    monkeypatch.setattr(house.deps.desk, "login", full)
    reply = await page.login("lin")
    assert_problem(reply, 503, "busy")
    assert reply.headers["Retry-After"] == "2"


async def test_an_unforeseen_error_is_a_500_problem_and_a_log_line_without_its_text(
    house: House, page: Page, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        raise KeyError("hunter2")

    monkeypatch.setattr(house.deps.desk, "login", broken)
    with caplog.at_level(logging.ERROR):
        reply = await page.login("lin")
    assert_problem(reply, 500, "internal")
    assert "hunter2" not in str(reply.body)
    (line,) = [record for record in caplog.records if record.name == "gateway.web.middleware"]
    facts = vars(line)
    assert facts["request"] == reply.body["request_id"]
    assert facts["error"].startswith("KeyError at ")
    assert facts["route"] == "/desk/api/login"
    assert "hunter2" not in str(facts)


async def test_a_handler_that_is_late_is_a_503_problem(house: House, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    async def forever(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(middleware, "DEADLINE_S", 0.05)
    monkeypatch.setattr(house.deps.desk, "login", forever)
    assert_problem(await page.login("lin"), 503, "late")


async def test_a_body_that_never_ends_is_given_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "DEADLINE_S", 0.05)
    text = await _raw(house, b"POST /desk/api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{")
    assert text.startswith("HTTP/1.1 503 ")
    assert '"code":"late"' in text


@pytest.mark.parametrize(
    "head",
    [
        "GET /healthz HTTP/1.1\r\nX-Long: " + "x" * 9000,
        "GET /" + "x" * 9000 + " HTTP/1.1",
    ],
    ids=["header", "line"],
)
async def test_a_header_or_line_over_the_limit_is_a_431_problem_that_quotes_nothing(house: House, head: str) -> None:
    text = await _raw(house, f"{head}\r\nHost: x\r\n\r\n".encode())
    assert text.startswith("HTTP/1.0 431 ")
    assert '"code":"headers_too_large"' in text
    assert "xxx" not in text
    assert "aiohttp" not in text


async def test_too_many_headers_are_refused(house: House) -> None:
    lines = "\r\n".join(f"X-{number}: 1" for number in range(200))
    assert (await _raw(house, f"GET /healthz HTTP/1.1\r\nHost: x\r\n{lines}\r\n\r\n".encode())).split(" ")[1] in {"400", "431"}


@pytest.mark.parametrize("noise", [b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", b"hunter2\r\n\r\n", b"GET / HTTP/9\r\n\r\n"])
async def test_noise_instead_of_http_is_refused_unquoted_and_the_server_goes_on(
    house: House, page: Page, noise: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        text = await _raw(house, noise)
    assert text.startswith("HTTP/1.0 400 ")
    assert "application/problem+json" in text
    assert "hunter2" not in text + caplog.text
    assert (await page.get("/healthz")).status == 200


# ---- headers --------------------------------------------------------------------------------------------------------------------


async def test_every_route_answers_with_the_security_headers(house: House, page: Page) -> None:
    paths = {
        (route.method, re.sub(r"\{\w+\}", "x", route.resource.canonical))
        for route in built().router.routes()
        if route.resource is not None and route.method in {"GET", "POST"}
    }
    assert len(paths) > 45
    for method, path in sorted(paths):
        reply = await page.ask(method, path)
        for name in (
            "X-Content-Type-Options",
            "X-Frame-Options",
            "Referrer-Policy",
            "Permissions-Policy",
            "Content-Security-Policy",
            "Cache-Control",
        ):
            assert name in reply.headers, (path, name)
        assert "'unsafe" not in reply.headers["Content-Security-Policy"], path
        assert reply.headers["Server"] == "frontdesk", path
        assert ULID.fullmatch(reply.headers["X-Request-Id"]), path


async def test_what_is_not_a_page_may_load_nothing_and_be_framed_by_nobody(page: Page) -> None:
    reply = await page.get("/healthz")
    assert reply.headers["Content-Security-Policy"] == "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    assert reply.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert reply.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in reply.headers


async def test_the_desk_without_its_slash_is_found(page: Page) -> None:
    reply = await page.get("/desk")
    assert (reply.status, reply.headers["Location"]) == (308, "/desk/")


# ---- readiness and numbers ------------------------------------------------------------------------------------------------------


async def test_ready_names_each_part(page: Page) -> None:
    reply = await page.get("/readyz")
    assert reply.status == 200
    assert reply.body["ready"] is True
    assert {name: part["ok"] for name, part in reply.body["parts"].items()} == {"store": True, "bus": True, "web": True}


async def test_a_part_that_fails_makes_it_not_ready_but_alive(house: House, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    async def down() -> None:
        raise OSError("10.1.2.3 refused, password hunter2")

    monkeypatch.setattr(house.deps.store, "healthy", down)
    reply = await page.get("/readyz")
    assert (reply.status, reply.body["ready"]) == (503, False)
    assert reply.body["parts"]["store"]["why"] == "OSError"
    assert reply.body["parts"]["bus"]["ok"] is True
    assert (await page.get("/healthz")).body == {"status": "ok"}


async def test_a_part_that_hangs_is_not_waited_for(house: House, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("gateway.web.health.PART_DEADLINE_S", 0.05)
    monkeypatch.setattr(house.deps.bus, "healthy", hangs)
    assert (await page.get("/readyz")).body["parts"]["bus"]["why"] == "no answer within 0.05 s"
    assert PART_DEADLINE_S == 2.0


async def test_readiness_is_asked_of_the_parts_once_a_second_at_most(house: House, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = 0

    async def healthy() -> None:
        nonlocal asked
        asked += 1

    monkeypatch.setattr(house.deps.store, "healthy", healthy)
    for _ in range(5):
        await page.get("/readyz")
    assert asked == 1
    house.clock.advance(1)
    await page.get("/readyz")
    assert asked == 2


async def test_requests_are_counted_by_their_pattern_not_by_their_path(page: Page) -> None:
    await page.get("/desk/api/sessions/01JSECRET")
    await page.get("/nowhere/01JSECRET")
    reply = await page.get("/metrics")
    assert reply.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    text = reply.body.decode()
    assert 'frontdesk_http_requests_total{route="/desk/api/sessions/{id}",status="401"} 1.0' in text
    assert 'frontdesk_http_requests_total{route="none",status="404"} 1.0' in text
    assert "01JSECRET" not in text


# ---- the log --------------------------------------------------------------------------------------------------------------------


async def test_the_access_log_has_no_query_and_no_header(page: Page, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="gateway.web.access"):
        reply = await page.ask("GET", "/nowhere?token=hunter2", headers={"Authorization": "Bearer hunter3", "User-Agent": "hunter4"})
        async with asyncio.timeout(30):
            while not (lines := [record for record in caplog.records if record.name == "gateway.web.access"]):
                await asyncio.sleep(0.01)
    facts = vars(lines[0])
    assert (facts["method"], facts["path"], facts["status"], facts["client"]) == ("GET", "/nowhere", 404, "127.0.0.1")
    assert facts["request"] == reply.headers["X-Request-Id"]
    assert "hunter" not in str(facts)


# ---- stopping -------------------------------------------------------------------------------------------------------------------


async def test_a_request_that_has_begun_is_answered_by_a_stopping_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_house(tmp_path) as house:
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow(*_: object) -> None:
            begun.set()
            await go_on.wait()

        monkeypatch.setattr(house.deps.desk, "login", slow)
        page = await house.page()
        asked = asyncio.create_task(page.login("lin"))
        await begun.wait()
        stopping = asyncio.create_task(house.stop_serving())
        await _until_refused(house)
        go_on.set()
        assert (await asked).status == 401
        await stopping


async def test_an_error_after_the_answer_has_begun_breaks_the_line_off() -> None:
    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        raise ValueError("in the middle")

    app = web.Application(middlewares=[middleware.front])
    app[DEPS] = deps()
    app.on_response_prepare.append(middleware.on_prepare)
    app.router.add_get("/", stream)
    async with _served(app) as url, aiohttp.ClientSession(url) as http:
        with pytest.raises(aiohttp.ClientPayloadError):
            await (await http.get("/")).read()


async def test_a_stream_that_has_begun_outlives_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(middleware, "DEADLINE_S", 0.05)

    async def stream(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(0.2)
        await response.write(b"all of it")
        return response

    app = web.Application(middlewares=[middleware.front])
    app[DEPS] = deps()
    app.on_response_prepare.append(middleware.on_prepare)
    app.router.add_get("/", stream)
    async with _served(app) as url, aiohttp.ClientSession(url) as http:
        assert await (await http.get("/")).read() == b"all of it"


@asynccontextmanager
async def _served(app: web.Application) -> AsyncIterator[str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site.port}"
    finally:
        await runner.cleanup()


async def _until_refused(house: House) -> None:
    """Until nobody listens at the server's port any more."""
    async with asyncio.timeout(30):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", int(house.url.rpartition(":")[2]))
            except ConnectionError:  # refused, or reset where it was still in the line
                return
            writer.close()


async def _raw(house: House, sent: bytes) -> str:
    """What the server answers to these bytes, until it closes."""
    port = int(house.url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(sent)
        async with asyncio.timeout(30):
            return (await reader.read(65536)).decode()
    finally:
        writer.close()
