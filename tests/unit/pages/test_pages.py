"""How the pages' files are served."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from gateway.core.errors import NotFound
from gateway.web import pages
from gateway.web.deps import DEPS, Deps

Client = TestClient[web.Request, web.Application]
MakeClient = Callable[[web.Application], Awaitable[Client]]


@pytest.fixture
async def client(aiohttp_client: MakeClient) -> Client:
    app = web.Application()
    app[DEPS] = cast("Deps", SimpleNamespace(channels={"mail": SimpleNamespace(type="email"), "shop": SimpleNamespace(type="webchat")}))
    app.add_routes(pages.routes())
    return await aiohttp_client(app)


async def test_the_loader_may_be_embedded_by_any_page(client: Client) -> None:
    answer = await client.get("/chat/shop/widget.js")
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "attachShadow" in await answer.text()


async def test_a_module_is_asked_for_anew_and_mostly_not_sent_again(client: Client) -> None:
    first = await client.get("/chat/shop/static/panel.js")
    assert first.headers["Cache-Control"] == "no-cache"
    again = await client.get("/chat/shop/static/panel.js", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status == 304
    assert await again.read() == b""
    assert again.headers["ETag"] == first.headers["ETag"]


async def test_files_go_compressed_to_whoever_takes_them(client: Client) -> None:
    plain = await client.get("/chat/shop/static/panel.js", headers={"Accept-Encoding": "identity"})
    packed = await client.get("/chat/shop/static/panel.js", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert await packed.read() == await plain.read()  # the client unpacks


async def test_what_our_pages_share_is_for_our_own(client: Client) -> None:
    shared = await client.get("/static/tokens.js")
    assert shared.status == 200
    assert "Access-Control-Allow-Origin" not in shared.headers


@pytest.mark.parametrize(
    "path",
    ["/chat/nowhere/widget.js", "/chat/mail/widget.js", "/chat/shop/static/none.js", "/chat/shop/static/frames.js", "/static/none.js",
     "/static/demo/..%2Ftokens.js",
     "/chat/shop/static/..%2F..%2Fchannel.py", "/static/pages.py"],
)  # fmt: skip
async def test_nothing_else_is_found(aiohttp_client: MakeClient, path: str) -> None:
    @web.middleware
    async def told(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> web.StreamResponse:
        try:
            return await handler(request)
        except NotFound:
            return web.Response(status=404)

    app = web.Application(middlewares=[told])
    app[DEPS] = cast("Deps", SimpleNamespace(channels={"mail": SimpleNamespace(type="email"), "shop": SimpleNamespace(type="webchat")}))
    app.add_routes(pages.routes())
    client = await aiohttp_client(app)
    assert (await client.get(path)).status == 404


async def test_the_demo_page_has_the_first_site_and_a_strict_policy(client: Client) -> None:
    answer = await client.get("/", headers={"Host": "help.example.com"})
    assert 'src="/chat/shop/widget.js" defer' in await answer.text()
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self' ws://help.example.com wss://help.example.com; "
        "img-src 'self' data: blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


@pytest.mark.parametrize("host", ["evil.com; script-src *", "a b", "", "x'y", "[::1];"])
def test_a_host_that_is_none_adds_nothing_to_the_policy(host: str) -> None:
    assert "connect-src 'self'; img-src" in pages.policy(host)
