"""Attacks on accounts: logins that slip past a password change or a shut account, and rights that nobody gave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.core.handoff import Agent, Role
from gateway.web.auth import hash_of, new_token
from handoff.administration import AgentChange
from tests.integration.desk_house import PASSWORD, House, Page, open_house, refused

OTHER = "another horse battery"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def log_in_while(house: House, page: Page, monkeypatch: pytest.MonkeyPatch, work: Callable[[], Awaitable[Any]]) -> int:
    """The status of a login during which, its password being right, something else happens to the account."""
    put_login = house.deps.store.put_login

    async def late(*given: Any) -> None:
        await work()
        await put_login(*given)

    with monkeypatch.context() as patch:
        patch.setattr(house.deps.store, "put_login", late)
        return (await page.login("lin")).status


async def test_a_login_with_the_old_password_does_not_outlive_its_change(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    lin, page = await house.agent("lin"), await house.page()

    async def changed() -> None:
        await house.deps.desk.set_password_of(lin.id, OTHER, actor="command")

    assert await log_in_while(house, page, monkeypatch, changed) == 401
    assert (await page.get("/desk/api/me")).status == 401
    assert (await page.login("lin", OTHER)).status == 200


async def test_a_login_during_which_the_account_is_shut_never_comes_to_life(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, page = await house.agent("lin"), await house.page()

    async def shut() -> None:
        await house.deps.desk.disable("lin", actor="command")

    assert await log_in_while(house, page, monkeypatch, shut) == 401
    await house.deps.desk.enable("lin", actor="command")
    assert (await page.get("/desk/api/me")).status == 401


async def test_a_login_that_stands_while_its_account_is_shut_is_gone_when_it_opens(house: House) -> None:
    lin, token = await house.agent("lin"), new_token()
    await house.deps.desk.disable("lin", actor="command")
    ends = house.clock.now().replace(year=2030)
    await house.deps.store.put_login(hash_of(token), lin.id, ends)  # one that got in between the two steps of shutting
    await house.deps.desk.enable("lin", actor="command")
    assert await house.deps.store.login(hash_of(token), house.clock.now()) is None


async def test_no_answer_of_the_desk_holds_anything_of_a_password(house: House) -> None:
    lin, page = await house.logged_in("zoe", Role.ADMIN)
    answers = [
        await page.post("/desk/api/agents", name="mei", password=OTHER),
        await page.ask("PUT", f"/desk/api/agents/{lin.id}", json={"languages": ["en"]}),
        await page.post("/desk/api/me/password", old=PASSWORD, new=OTHER),
        await page.post("/desk/api/me/password", old=PASSWORD, new=OTHER),
        *[await page.get(f"/desk/api/{what}") for what in ("agents", "me", "audit", "settings", "health")],
    ]
    for one in answers:
        assert not [word for word in ("argon2", "battery", "password_hash") if word in str(one.body)]


@pytest.mark.parametrize("role", [Role.AGENT, Role.SUPERVISOR])
async def test_nobody_below_an_admin_changes_an_account(house: House, role: Role) -> None:
    me, page = await house.logged_in("lin", role)
    boss = await house.agent("zoe", Role.ADMIN)
    tries: list[tuple[str, str, dict[str, Any]]] = [
        ("PUT", f"/desk/api/agents/{me.id}", {"role": "admin"}),
        ("PUT", f"/desk/api/agents/{boss.id}", {"is_disabled": True}),
        ("POST", "/desk/api/agents", {"name": "eve", "password": PASSWORD, "role": "admin"}),
        ("POST", f"/desk/api/agents/{boss.id}/password", {"password": OTHER}),
        ("GET", "/desk/api/audit", {}),
        ("GET", "/desk/api/audit/verify", {}),
    ]
    for method, path, body in tries:
        assert refused(await page.ask(method, path, **({"json": body} if method != "GET" else {}))) == (403, "forbidden")
    assert [one.role for one in sorted(await house.deps.store.agents(), key=lambda one: one.name)] == [role, Role.ADMIN]


async def test_nothing_is_changed_without_the_logins_csrf_token_or_from_another_origin(house: House) -> None:
    lin, page = await house.logged_in("zoe", Role.ADMIN)
    page.csrf, csrf = "", page.csrf
    routes = [
        ("POST", "/desk/api/agents"), ("PUT", f"/desk/api/agents/{lin.id}"), ("POST", "/desk/api/me/password"),
        ("PUT", "/desk/api/hours/x"), ("DELETE", "/desk/api/hours/x"), ("POST", "/desk/api/health"), ("POST", "/desk/api/replies"),
        ("PUT", "/desk/api/replies/x"), ("DELETE", "/desk/api/replies/x"), ("POST", "/desk/api/sessions/x/files"),
    ]  # fmt: skip
    for method, path in routes:
        assert refused(await page.ask(method, path, json={})) == (403, "csrf"), path
        foreign = await page.ask(method, path, json={}, headers={"X-CSRF-Token": csrf, "Origin": "https://evil.example"})
        assert refused(foreign) == (403, "origin"), path


async def test_two_admins_who_shut_each_other_leave_one(house: House) -> None:
    ann, zoe = await house.agent("ann", Role.ADMIN), await house.agent("zoe", Role.ADMIN)

    async def shut(actor: Agent, other: Agent) -> Any:
        return await house.deps.desk.change_agent(other.id, AgentChange(is_disabled=True), actor=actor.id)

    await asyncio.gather(shut(ann, zoe), shut(zoe, ann), return_exceptions=True)
    assert sum(not one.is_disabled for one in await house.deps.store.agents()) == 1


async def test_a_demoted_supervisors_open_page_sees_everybodys_sessions_no_more(house: House) -> None:
    boss, page = await house.logged_in("zoe", Role.SUPERVISOR)
    session = await house.waiting()
    async with page.socket() as socket:
        assert (await page.get(f"/desk/api/sessions/{session.id}")).status == 200
        await house.deps.desk.change_agent(boss.id, AgentChange(role=Role.AGENT, queues=(house_queue(),)), actor="command")
        async with asyncio.timeout(30):
            while True:
                frame = await socket.receive_json()
                if frame["type"] == "me":
                    break
        assert frame["agent"]["role"] == "agent"
        assert (await page.get(f"/desk/api/sessions/{session.id}")).status == 404
        await socket.send_json({"type": "look", "session_id": session.id})
        async with asyncio.timeout(30):
            while frame["type"] != "error":
                frame = await socket.receive_json()
        assert frame["code"] == "not_found"


def house_queue() -> Any:
    """Not the one that the session waits in."""
    return "refunds"
