"""What each role may see at the desk, and what the page is told to offer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.handoff import Role
from gateway.core.ids import QueueName
from tests.integration.desk_house import House, open_house, refused


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_the_audit_log_is_for_admins(house: House) -> None:
    for name, role, status in (("lin", Role.AGENT, 403), ("mei", Role.SUPERVISOR, 403), ("zoe", Role.ADMIN, 200)):
        _, page = await house.logged_in(name, role)
        assert (await page.get("/desk/api/audit")).status == status, role
    assert refused(await (await house.logged_in("ann"))[1].get("/desk/api/audit")) == (403, "forbidden")


async def test_everybodys_sessions_are_for_supervisors(house: House) -> None:
    _, lin = await house.logged_in("lin")
    assert refused(await lin.get("/desk/api/sessions", scope="all")) == (403, "forbidden")
    _, mei = await house.logged_in("mei", Role.SUPERVISOR)
    await house.waiting()
    assert len((await mei.get("/desk/api/sessions", scope="all", state="queued")).body["items"]) == 1


async def test_colleagues_are_names_for_agents_and_accounts_for_supervisors(house: House) -> None:
    _, lin = await house.logged_in("lin", queues=(QueueName("refunds"),))
    _, mei = await house.logged_in("mei", Role.SUPERVISOR)
    await house.agent("old")
    await house.deps.desk.disable("old", actor="command")
    await lin.post("/desk/api/status", status="available")
    seen = (await lin.get("/desk/api/agents")).body["items"]
    assert [(one["shown_name"], one["status"], one["is_connected"], one["queues"]) for one in seen] == [
        ("Lin", "available", True, ["refunds"]),
        ("Mei", "offline", False, []),
    ]
    assert set(seen[0]) == {"id", "shown_name", "status", "is_connected", "queues", "languages"}
    accounts = (await mei.get("/desk/api/agents")).body["items"]
    assert [(one["name"], one["is_disabled"], one["held_units"]) for one in accounts] == [
        ("lin", False, 0),
        ("mei", False, 0),
        ("old", True, 0),
    ]
    assert not any("password" in key for one in accounts for key in one)


async def test_the_page_learns_what_it_offers_to_pick_from(house: House) -> None:
    _, page = await house.logged_in("lin")
    body = (await page.get("/desk/api/settings")).body
    assert body["queues"] == [{"name": "default", "title": "default"}, {"name": "refunds", "title": "Refunds"}]
    assert body["name"] == "Rosewood"
    assert "resolved" in body["dispositions"]
    assert body["statuses"] == ["available", "busy", "away", "wrap_up", "offline"]
    assert body["password_min_chars"] == 10


@pytest.mark.parametrize(("asked", "given"), [("zh-HK", "zh-TW"), ("en-GB", "en"), ("zh", "zh-CN"), ("xx" * 50, "en")])
async def test_the_pages_texts_come_in_the_nearest_language_also_before_the_login(house: House, asked: str, given: str) -> None:
    reply = await (await house.page()).get("/desk/api/texts", lang=asked)
    assert reply.body["language"] == given
    assert all(key.startswith("desk.") for key in reply.body["texts"])
