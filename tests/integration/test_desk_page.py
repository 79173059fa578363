"""How the agents' page is served."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from aiohttp import web

from gateway.web import desk_page, middleware
from gateway.web.deps import DEPS
from gateway.web.desk_page import ASSETS, load_assets
from tests.unit.web.application import deps


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application(middlewares=[middleware.front])
    app[DEPS] = deps()
    app[ASSETS] = load_assets()
    app.on_response_prepare.append(middleware.on_prepare)
    app.add_routes(desk_page.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{site.port}"
    finally:
        await runner.cleanup()


async def test_the_page_may_run_its_own_scripts_and_nothing_else(url: str) -> None:
    async with aiohttp.ClientSession(url) as http, http.get("/desk/") as response:
        assert (response.status, response.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["style-src"]) == ("'none'", "'self'", "'self'")
    assert (policy["frame-ancestors"], policy["form-action"], policy["base-uri"]) == ("'none'", "'none'", "'none'")


async def test_each_of_its_files_is_served_and_asked_for_only_once(url: str) -> None:
    async with aiohttp.ClientSession(url) as http:
        for name, asset in load_assets().items():
            async with http.get(f"/desk/static/{name}") as response:
                assert (response.status, await response.read()) == (200, asset.body), name
                assert response.headers["Cache-Control"] == "no-cache"
                etag = response.headers["ETag"]
            async with http.get(f"/desk/static/{name}", headers={"If-None-Match": etag}) as again:
                assert (again.status, await again.read()) == (304, b""), name


@pytest.mark.parametrize("name", ["..%2fdesk.py", "nothing.js", "index.html%00"])
async def test_nothing_beside_them_is_served(url: str, name: str) -> None:
    async with aiohttp.ClientSession(url) as http, http.get(f"/desk/static/{name}") as response:
        assert response.status == 404


async def test_scripts_come_as_scripts() -> None:
    assert {asset.mime for name, asset in load_assets().items() if name.endswith(".js")} == {"text/javascript"}
