"""Whatever stands in a path, a query, a header or a body: no route answers with an error of ours."""

import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from gateway.core.handoff import Role
from gateway.web.server import build
from tests.integration.desk_house import House, Page, open_house

HOSTILE = [
    "%00", "a%00b", "%ED%A0%80", "%FF", "..%2F..%2Fetc%2Fpasswd", "%0D%0AX-Injected:%201", "%E2%80%AE", "%27%3B--", "9" * 400, "-1", "1e9",
    "NaN", "%3Cscript%3E", "%25s%25n", "%F0%9F%98%80",
]  # fmt: skip
BODIES: list[Any] = [
    {}, [], 0, "x", None, {"text": "\0"}, {"text": ""}, {"text": " \u200b"}, {"text": "x" * 100_000}, {"text": 1e308}, {"text": None},
    {"status": "\0"}, {"status": "busy\0"}, {"queue": "\0"}, {"agent": "\0"}, {"queue": "a", "agent": "b"}, {"disposition": "\0"},
    {"disposition": "x" * 100_000}, {"comment": "\0" * 9}, {"seq": 2**64}, {"seq": -1}, {"seq": True}, {"on": "yes"},
    {"name": "\0", "password": "\0"}, {"name": "x" * 100, "password": "y" * 1024}, {"text": "x", "cid": "../../\0"},
]  # fmt: skip
RAW = [
    b"\xff",
    b'{"text": "\\ud800"}',
    b'{"text":' + b"[" * 20_000,
    b'{"seq": ' + b"9" * 5_000 + b"}",
    b'{"seq": 1e999}',
    b"\xef\xbb\xbf{}",
    b"{}{}",
]
HEADERS = {
    "Last-Event-ID": "9" * 400, "Idempotency-Key": "\u00ff", "Authorization": "Bearer \u00ff", "X-CSRF-Token": "\u00ff", "Origin": "\u00ff",
    "Accept": "text/html;" * 50, "If-None-Match": '"\u00ff', "Range": "bytes=-1", "Cookie": 'frontdesk="\\303"; a=\u00ff',
    "X-Forwarded-For": "\u00ff", "Content-Encoding": "gzip", "Content-Type": "multipart/form-data", "Accept-Encoding": "\u00ff",
}  # fmt: skip


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def page(house: House) -> Page:
    _, page = await house.logged_in("ann", Role.ADMIN)
    return page


def routes(house: House) -> list[tuple[str, str]]:
    """(method, pattern) of every route but the sockets."""
    found = {(route.method, route.resource.canonical) for route in build(house.deps).router.routes() if route.resource is not None}
    return sorted((method, pattern) for method, pattern in found if method in ("GET", "POST") and not pattern.endswith("/ws"))


async def status_of(page: Page, method: str, path: str, **more: Any) -> int:
    reply = await page.ask(method, URL(path, encoded=True), **more)  # type: ignore[arg-type] # aiohttp takes both; only this one leaves the bytes alone
    assert "X-Injected" not in reply.headers
    return reply.status


def filled(pattern: str, value: str) -> str:
    """The pattern with a hostile value in each place but the site's, which is hostile in a request of its own."""
    return pattern.replace("{site}", "site").replace("{id}", value).replace("{name}", value)


async def test_no_path_and_no_query_breaks_a_route(house: House, page: Page) -> None:
    for (method, pattern), value in itertools.product(routes(house), HOSTILE):
        query = f"wait_s=0&after={value}&limit={value}&status={value}&state={value}&session={value}&before={value}&lang={value}&mac={value}"
        path = filled(pattern, value)
        body: dict[str, Any] = {"json": {}} if method == "POST" else {}
        assert await status_of(page, method, f"{path}?{query}", **body) < 500, (method, path)
        if "{site}" in pattern:
            path = pattern.replace("{site}", value).replace("{id}", "x").replace("{name}", "x")
            assert await status_of(page, method, path, **body) < 500, (method, path)


async def test_no_body_breaks_a_route(house: House, page: Page) -> None:
    session = await house.waiting()
    bodies = [json.dumps(body).encode() for body in BODIES] + RAW
    for (method, pattern), body in itertools.product(routes(house), bodies):
        is_asked_elsewhere = pattern.endswith(("/login", "/logout", "/messages"))  # nobody takes turns here: a good message would wait
        if method == "POST" and not is_asked_elsewhere:
            path = filled(pattern, session.id)
            status = await status_of(page, method, path, data=body, headers={"Content-Type": "application/json", "Idempotency-Key": "c1"})
            assert status < 500, (path, body[:60], status)


async def test_no_login_form_breaks_the_door(house: House) -> None:
    stranger = await house.page()
    for body in [json.dumps(body).encode() for body in BODIES] + RAW:
        status = await status_of(stranger, "POST", "/desk/api/login", data=body, headers={"Content-Type": "application/json"})
        assert status in (400, 401, 413), body[:60]


async def test_no_header_breaks_a_route(house: House, page: Page) -> None:
    for (method, pattern), (name, value) in itertools.product(routes(house), HEADERS.items()):
        body: dict[str, Any] = {"json": {}} if method == "POST" else {}
        if not pattern.endswith("/logout"):
            assert await status_of(page, method, filled(pattern, "x") + "?wait_s=0", headers={name: value}, **body) < 500, (pattern, name)
