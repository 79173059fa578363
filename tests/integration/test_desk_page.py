"""How the agents' page is served."""

import gzip
import re
from collections.abc import AsyncIterator
from urllib.parse import urljoin

import aiohttp
import pytest
from aiohttp import web

from gateway.web import desk_page, middleware
from gateway.web.deps import DEPS
from gateway.web.desk_page import PAGE, Page, load_assets, tokens_css
from tests.unit.web.application import deps


@pytest.fixture
async def url() -> AsyncIterator[str]:
    app = web.Application(middlewares=[middleware.front])
    app[DEPS] = deps()
    app[PAGE] = Page()
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
        for path, asset in load_assets().by_path.items():
            async with http.get(f"/desk/static/{path}") as response:
                assert (response.status, await response.read()) == (200, asset.body), path
                assert response.headers["Cache-Control"] == "no-cache"
                etag = response.headers["ETag"]
            async with http.get(f"/desk/static/{path}", headers={"If-None-Match": etag}) as again:
                assert (again.status, await again.read()) == (304, b""), path


async def test_under_the_releases_own_address_a_file_is_kept_for_good(url: str) -> None:
    version = load_assets().version
    async with aiohttp.ClientSession(url) as http:
        async with http.get("/desk/") as page:
            assert page.headers["Cache-Control"] == "no-cache"
            assert f'src="/desk/static/@{version}/start.js"' in await page.text()
        async with http.get(f"/desk/static/@{version}/app.js") as ours:
            assert ours.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        async with http.get("/desk/static/@0123456789ab/app.js") as theirs:
            assert (theirs.status, theirs.headers["Cache-Control"]) == (200, "no-cache")  # a page that was open during an upgrade goes on


async def test_files_go_compressed_to_whoever_takes_them(url: str) -> None:
    async with aiohttp.ClientSession(url, auto_decompress=False) as http:
        async with http.get("/desk/static/app.js", headers={"Accept-Encoding": "gzip"}) as packed:
            assert packed.headers["Content-Encoding"] == "gzip"
            body = await packed.read()
        async with http.get("/desk/static/app.js", headers={"Accept-Encoding": "identity"}) as plain:
            assert "Content-Encoding" not in plain.headers
            assert gzip.decompress(body) == await plain.read()
            assert plain.headers["Vary"] == "Accept-Encoding"


async def test_the_first_load_is_named_whole_so_that_no_module_waits_for_another(url: str) -> None:
    assets = load_assets()
    async with aiohttp.ClientSession(url) as http, http.get("/desk/") as page:
        named = set(re.findall(rf'rel="modulepreload" href="/desk/static/@{assets.version}/([^"]+)"', await page.text()))
    for path in named:
        imports = re.findall(r'^import [^"]*"([^"]+)";', assets.by_path[path].body.decode(), re.MULTILINE)
        targets = {urljoin(f"/desk/static/@{assets.version}/{path}", target) for target in imports}
        assert {target.removeprefix(f"/desk/static/@{assets.version}/") for target in targets} <= named, path
    assert {"start.js", "app.js", "desk.js", "shared/dom.js"} <= named
    assert not [path for path in named if path.startswith("admin/")]


async def test_no_module_is_fetched_under_two_addresses() -> None:
    scripts = [asset.body.decode() for path, asset in load_assets().by_path.items() if path.endswith(".js")]
    assert [script for script in scripts if '"/static/' in script] == []


@pytest.mark.parametrize(
    "path",
    ["..%2fdesk.py", "nothing.js", "index.html%00", "..%2f..%2fdesk.py", "admin/..%2f..%2fdesk.py", "admin", "README.md", "@zz/app.js"],
)
async def test_nothing_beside_them_is_served(url: str, path: str) -> None:
    async with aiohttp.ClientSession(url) as http, http.get(f"/desk/static/{path}") as response:
        assert response.status == 404


def test_scripts_come_as_scripts() -> None:
    assert {asset.mime for path, asset in load_assets().by_path.items() if path.endswith(".js")} == {"text/javascript"}


def test_a_chosen_theme_overrules_what_the_system_prefers() -> None:
    css = tokens_css(
        "export const TOKENS = `\n:root, :host {\n  --fd-text: #111;\n}\n@media (prefers-color-scheme: dark) {\n  :root, :host {\n"
        "    --fd-text: #eee;\n  }\n}\n@media print { :root { --fd-text: #000; } }\n`;"
    )
    assert re.sub(r"\s+", " ", css).strip() == (
        ":root, :host { --fd-text: #111; } "
        "@media (prefers-color-scheme: dark) { :root:not([data-theme=light]) { --fd-text: #eee; } } "
        ":root[data-theme=dark] { color-scheme: dark; --fd-text: #eee; } "
        ":root[data-theme=light] { color-scheme: light; } "
        "@media print { :root { --fd-text: #000; } }"
    )


def test_tokens_that_are_not_where_they_were_are_an_error() -> None:
    with pytest.raises(ValueError, match="TOKENS"):
        tokens_css("export const COLOURS = ``;")
