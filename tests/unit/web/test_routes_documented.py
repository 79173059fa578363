"""Every route is written down, and every route that is written down exists."""

import re
from pathlib import Path

from aiohttp import web

from tests.unit.web.application import built

DOCS = Path(__file__).resolve().parents[3] / "docs"
ROW = re.compile(r"^\| `(GET|POST|PUT|PATCH|DELETE) (/\S*)` \|", re.MULTILINE)
ALIASES = {("GET", "/desk")}
"""Redirects to the documented form."""


def documented() -> list[tuple[str, str]]:
    return [found for name in ("http-api.md", "desk-api.md") for found in ROW.findall((DOCS / name).read_text("utf-8"))]


def registered(app: web.Application) -> set[tuple[str, str]]:
    routes = {(route.method, route.resource.canonical) for route in app.router.routes() if route.resource is not None}
    return {(method, path) for method, path in routes if method not in {"HEAD", "OPTIONS"}} - ALIASES


def test_the_documents_and_the_program_name_the_same_routes() -> None:
    assert sorted(documented()) == sorted(registered(built()))


def test_every_route_of_the_desks_api_asks_who_calls() -> None:
    open_to_all = {
        (route.method, route.resource.canonical)
        for route in built().router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(("/desk/api", "/desk/ws"))
        and not hasattr(route.handler, "__wrapped__")
        and route.method != "HEAD"
    }
    assert open_to_all == {("POST", "/desk/api/login"), ("GET", "/desk/api/texts")}
