"""What the desk says where the state does not allow it any more: a code for each case, with the names that its words need."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.handoff import AgentStatus, Role
from tests.integration.desk_house import House, Page, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def conflict(page: Page, at: str, **body: Any) -> tuple[str, dict[str, str]]:
    """The code and values of a refusal."""
    reply = await page.post(f"/desk/api/sessions/{at}", **body)
    assert reply.status == 409, reply.body
    return reply.body["code"], reply.body.get("params", {})


async def test_whoever_is_late_reads_who_was_first(house: House) -> None:
    lin, first = await house.logged_in("lin")
    _, late = await house.logged_in("mei")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    session = await house.offered(lin)
    assert await conflict(late, f"{session.id}/accept") == ("offered_elsewhere", {})
    assert await conflict(late, f"{session.id}/reply", text="hi") == ("not_accepted", {"queue": "default"})
    await first.post(f"/desk/api/sessions/{session.id}/accept")
    assert await conflict(late, f"{session.id}/accept") == ("taken", {"name": "Lin"})
    assert await conflict(late, f"{session.id}/reject") == ("not_offered", {})
    assert await conflict(late, f"{session.id}/hold") == ("not_yours", {"name": "Lin"})
    assert await conflict(boss, f"{session.id}/reply", text="hi") == ("take_over_first", {"name": "Lin"})
    await boss.post(f"/desk/api/sessions/{session.id}/transfer", agent=(await boss.get("/desk/api/me")).body["agent"]["id"])
    assert await conflict(first, f"{session.id}/reply", text="hi") == ("not_yours", {"name": "Zoe"})


async def test_what_the_state_does_not_allow_names_the_state(house: House) -> None:
    lin, page = await house.logged_in("lin")
    await page.post("/desk/api/status", status="available")
    session = await house.offered(lin)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    assert await conflict(page, f"{session.id}/resume") == ("not_now", {"state": "active"})
    assert await conflict(page, f"{session.id}/transfer", agent=lin.id) == ("already_yours", {})
    await page.post(f"/desk/api/sessions/{session.id}/return_to_bot")
    assert await conflict(page, f"{session.id}/reply", text="hi") == ("with_bot", {})
    assert await conflict(page, f"{session.id}/accept") == ("not_waiting", {"state": "bot"})


async def test_a_closed_session_says_so(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    await page.post(f"/desk/api/sessions/{session.id}/close", disposition="resolved")
    assert await conflict(page, f"{session.id}/close", disposition="resolved") == ("session_closed", {})
    assert await conflict(page, f"{session.id}/accept") == ("not_waiting", {"state": "closed"})


async def test_full_hands_and_absent_colleagues_say_what_to_do(house: House) -> None:
    _, page = await house.logged_in("lin", capacity_units=0)
    session = await house.waiting()
    assert await conflict(page, f"{session.id}/accept") == ("hands_full", {})
    mei, other = await house.logged_in("mei")
    await house.deps.desk.set_status(mei.id, AgentStatus.AVAILABLE)
    gone = await house.agent("kim")
    await other.post(f"/desk/api/sessions/{session.id}/accept")
    assert await conflict(other, f"{session.id}/transfer", agent=gone.id) == ("colleague_gone", {"name": "Kim", "queue": "default"})
