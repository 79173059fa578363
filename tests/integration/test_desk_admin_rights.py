"""Nobody reaches what their role does not give them, and nothing changes without the login's own token."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from config.schema import Hours, Queue, Settings
from gateway.core.handoff import Role
from tests.integration.desk_house import House, Reply, open_house

SETTINGS = Settings(queues={"default": Queue(hours="office")}, hours={"office": Hours()})
ROUTES: list[tuple[str, str, Role, dict[str, Any]]] = [
    ("POST", "agents", Role.ADMIN, {"name": "new", "password": "x" * 12}),
    ("PUT", "agents/ID", Role.ADMIN, {"shown_name": "x"}),
    ("POST", "agents/ID/password", Role.ADMIN, {"password": "x" * 12}),
    ("POST", "me/password", Role.AGENT, {"old": "x", "new": "y"}),
    ("GET", "hours", Role.AGENT, {}),
    ("PUT", "hours/office", Role.SUPERVISOR, {"hours": {}, "version": 0}),
    ("DELETE", "hours/office?version=0", Role.SUPERVISOR, {}),
    ("GET", "health", Role.SUPERVISOR, {}),
    ("POST", "health", Role.SUPERVISOR, {}),
    ("GET", "audit", Role.ADMIN, {}),
    ("GET", "audit/verify", Role.ADMIN, {}),
]
BELOW = {Role.SUPERVISOR: [Role.AGENT], Role.ADMIN: [Role.AGENT, Role.SUPERVISOR], Role.AGENT: []}
CHANGES = [route for route in ROUTES if route[0] != "GET"]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path, SETTINGS) as opened:
        yield opened


def refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["code"]


async def test_every_route_asks_for_its_role(house: House) -> None:
    target = await house.agent("target")
    pages = {role: (await house.logged_in(role.value, role))[1] for role in Role}
    for method, path, role, body in ROUTES:
        for lower in BELOW[role]:
            reply = await pages[lower].ask(method, f"/desk/api/{path.replace('ID', target.id)}", json=body or None)
            assert refused(reply) == (403, "forbidden"), (method, path, lower)
    assert (await house.deps.store.agents())[-1].shown_name == "Target"


async def test_no_route_tells_or_does_anything_without_a_login(house: House) -> None:
    page = await house.page()
    for method, path, _, body in ROUTES:
        assert refused(await page.ask(method, f"/desk/api/{path}", json=body or None)) == (401, "login_required"), path


async def test_every_change_asks_for_the_logins_own_token_and_origin(house: House) -> None:
    target = await house.agent("target")
    _, page = await house.logged_in("root", Role.ADMIN)
    csrf = page.csrf
    for method, path, _, body in CHANGES:
        at = f"/desk/api/{path.replace('ID', target.id)}"
        page.csrf = ""
        assert refused(await page.ask(method, at, json=body or None)) == (403, "csrf"), path
        page.csrf = csrf
        reply = await page.ask(method, at, json=body or None, headers={"Origin": "https://evil.example"})
        assert refused(reply) == (403, "origin"), path


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "agents", {}),
        ("POST", "agents", {"name": "x", "password": 7}),
        ("POST", "agents", {"name": "x" * 101, "password": "x" * 12}),
        ("POST", "agents", {"name": "x", "password": "x" * 1025}),
        ("POST", "agents", {"name": "x", "password": "x" * 12, "role": "owner"}),
        ("PUT", "agents/ID", {"queues": "all"}),
        ("PUT", "agents/ID", {"capacity_units": "many"}),
        ("PUT", "agents/ID", {"is_disabled": 1}),
        ("POST", "agents/ID/password", {}),
        ("POST", "me/password", {"old": "x"}),
        ("PUT", "hours/office", {"hours": {}}),
        ("PUT", "hours/office", {"hours": {}, "version": -1}),
        ("PUT", "hours/office", {"hours": {}, "version": 2**60}),
    ],
)
async def test_a_body_that_is_none_is_refused(house: House, method: str, path: str, body: dict[str, Any]) -> None:
    target = await house.agent("target")
    _, page = await house.logged_in("root", Role.ADMIN)
    assert refused(await page.ask(method, f"/desk/api/{path.replace('ID', target.id)}", json=body)) == (400, "bad_body")


async def test_a_form_is_not_json_and_a_huge_body_is_not_read(house: House) -> None:
    _, page = await house.logged_in("root", Role.ADMIN)
    for method, path, _, _ in CHANGES:
        if "health" in path or method == "DELETE":
            continue  # they read no body
        at = f"/desk/api/{path.replace('ID', 'x')}"
        assert refused(await page.ask(method, at, data={"name": "x"})) == (400, "content_type"), path
        huge = await page.ask(method, at, data=b'{"name": "' + b"x" * 300_000 + b'"}', headers={"Content-Type": "application/json"})
        assert refused(huge) == (413, "too_large"), path


@pytest.mark.parametrize(
    "path", ["hours?limit=0", "audit?limit=x", "audit?after=x", "audit/verify?after=x", "audit?actor=%00", "audit?after=-1"]
)
async def test_a_query_that_makes_no_sense_is_refused(house: House, path: str) -> None:
    _, page = await house.logged_in("root", Role.ADMIN)
    assert (await page.get(f"/desk/api/{path}")).status == 400
