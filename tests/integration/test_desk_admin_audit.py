"""The audit log at the desk: who did what, found again, and proven."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.changes import Changes
from gateway.core.handoff import AuditEvent, Role
from gateway.store import Record
from tests.contract.records import tamper
from tests.integration.desk_house import House, Page, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


@pytest.fixture
async def root(house: House) -> Page:
    return (await house.logged_in("root", Role.ADMIN))[1]


async def events(house: House, count: int, actor: str = "command") -> None:
    now = house.clock.now()
    await house.write(
        Changes(audits=tuple(AuditEvent(at=now, actor=actor, action="login_failed", subject=f"name:{n}") for n in range(count)))
    )


async def told(page: Page, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await page.get("/desk/api/audit", **query)).body["items"]
    return found


async def test_events_carry_the_names_of_agents_and_of_nobody_else(house: House, root: Page) -> None:
    lin, _ = await house.logged_in("lin")
    login, added = (await told(root))[:2]
    assert (login["action"], login["actor"], login["actor_name"], login["subject_name"]) == ("login", lin.id, "Lin", "Lin")
    assert (added["action"], added["actor"], added["actor_name"], added["subject_name"]) == ("agent_added", "command", None, "Lin")


async def test_events_are_found_by_who_and_by_what(house: House, root: Page) -> None:
    lin, page = await house.logged_in("lin")
    await page.post("/desk/api/status", status="away")
    assert [one["action"] for one in await told(root, actor=lin.id)] == ["status", "login"]
    assert [one["actor_name"] for one in await told(root, action="login")] == ["Lin", "Root"]
    assert [one["action"] for one in await told(root, actor=lin.id, action="status")] == ["status"]
    assert await told(root, actor="nobody") == []


async def test_a_filtered_log_comes_in_pages_too(house: House, root: Page) -> None:
    await events(house, 5)
    first = (await root.get("/desk/api/audit", action="login_failed", limit="3")).body
    second = (await root.get("/desk/api/audit", action="login_failed", limit="3", after=first["next"])).body
    assert [one["subject"] for one in (*first["items"], *second["items"])] == ["name:4", "name:3", "name:2", "name:1", "name:0"]
    assert second["next"] is None


async def test_a_log_that_nobody_touched_is_whole(house: House, root: Page) -> None:
    await events(house, 40)
    count = len((await house.deps.store.audit(limit=200)).items)
    assert (await root.get("/desk/api/audit/verify")).body == {"checked": count, "next": None, "broken": None}


async def test_the_first_link_that_does_not_hold_is_named(house: House, root: Page) -> None:
    await events(house, 40)
    assert isinstance(house.deps.store, Record)
    await tamper(house.deps.store, "UPDATE audit SET body = '{}' WHERE id = 10")
    body = (await root.get("/desk/api/audit/verify")).body
    assert (body["checked"], body["next"], body["broken"]["after"]) == (9, None, 9)
    assert body["broken"]["why"].startswith("event 10 does not match its hash")


async def test_a_long_log_is_checked_in_pieces_from_request_to_request(house: House, root: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.web.desk_admin_audit.PIECE_COUNT", 10)
    monkeypatch.setattr("gateway.web.desk_admin_audit.BUDGET_S", 0.0)
    await events(house, 40)
    total = len((await house.deps.store.audit(limit=200)).items)
    seen, after = [], "0"
    while after is not None:
        body = (await root.get("/desk/api/audit/verify", after=after)).body
        seen.append(body["checked"])
        after = body["next"]
    assert seen == [10, 20, 30, 40, total]


async def test_a_place_behind_the_logs_end_is_said_to_be_missing(house: House, root: Page) -> None:
    body = (await root.get("/desk/api/audit/verify", after="1000")).body
    assert body["broken"] == {"after": 999, "why": "event 1000 is missing"}
