"""Accounts, as admins change them at the desk, and one's own password."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from config.schema import Queue, Security, Settings
from gateway.core.handoff import Agent, Role
from tests.integration.desk_house import PASSWORD, House, Page, Reply, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["code"]


async def put(page: Page, agent: Agent, **body: Any) -> Reply:
    return await page.ask("PUT", f"/desk/api/agents/{agent.id}", json=body)


async def closed_with(socket: aiohttp.ClientWebSocketResponse) -> int:
    """What a socket is closed with, once it is."""
    async with asyncio.timeout(30):
        while (message := await socket.receive()).type is not aiohttp.WSMsgType.CLOSE:
            assert message.type is aiohttp.WSMsgType.TEXT
    return int(message.data)


# ---- adding and changing ----------------------------------------------------------------------------------------------------------


async def test_an_admin_adds_somebody_who_can_log_in_at_once(house: House) -> None:
    root, page = await house.logged_in("root", Role.ADMIN)
    reply = await page.post(
        "/desk/api/agents", name="lin", password=PASSWORD, shown_name=" 坐席 07 ", role="supervisor", queues=["refunds", "refunds"],
        languages=["zh-CN", "en"], capacity_units=0,
    )  # fmt: skip
    assert reply.status == 201
    added = reply.body["agent"]
    assert (added["name"], added["shown_name"], added["role"], added["queues"]) == ("lin", "坐席 07", "supervisor", ["refunds"])
    assert (added["languages"], added["capacity_units"], added["is_disabled"], added["held_units"]) == (["zh-CN", "en"], 0, False, 0)
    assert (await (await house.page()).login("lin")).status == 200
    assert ("agent_added", added["id"]) in [(action, subject) for actor, action, subject in await house.audited() if actor == root.id]


async def test_a_name_is_there_only_once_however_it_is_written(house: House) -> None:
    await house.agent("lin")
    _, page = await house.logged_in("root", Role.ADMIN)
    assert refused(await page.post("/desk/api/agents", name="LIN", password=PASSWORD)) == (409, "name_taken")
    replies = await asyncio.gather(*(page.post("/desk/api/agents", name="mei", password=PASSWORD) for _ in range(5)))
    assert sorted(reply.status for reply in replies) == [201, 409, 409, 409, 409]
    assert {reply.body["code"] for reply in replies if reply.status == 409} == {"name_taken"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"name": "a b"}, "agent_name"),
        ({"name": ""}, "agent_name"),
        ({"password": "short"}, "password"),
        ({"queues": ["nowhere"]}, "agent_queues"),
        ({"languages": ["not a tag"]}, "agent_languages"),
        ({"capacity_units": -1}, "agent_capacity"),
        ({"capacity_units": 1001}, "agent_capacity"),
        ({"shown_name": "a\u202eb"}, "agent_shown_name"),
        ({"shown_name": "a\nb"}, "agent_shown_name"),
    ],
)
async def test_an_account_that_can_not_be_is_refused_with_its_reason(house: House, body: dict[str, Any], code: str) -> None:
    _, page = await house.logged_in("root", Role.ADMIN)
    assert refused(await page.post("/desk/api/agents", **{"name": "lin", "password": PASSWORD} | body)) == (400, code)
    assert [agent.name for agent in await house.deps.store.agents()] == ["root"]


async def test_only_what_is_given_is_changed_and_the_log_says_from_what_to_what(house: House) -> None:
    root, page = await house.logged_in("root", Role.ADMIN)
    lin = await house.agent("lin", queues=("refunds",))
    reply = await put(page, lin, role="supervisor", languages=["en"], shown_name=None)
    assert reply.status == 200
    assert (reply.body["agent"]["role"], reply.body["agent"]["shown_name"], reply.body["agent"]["queues"]) == (
        "supervisor",
        "Lin",
        ["refunds"],
    )
    event = (await house.deps.store.audit(limit=1)).items[0]
    assert (event.actor, event.action, event.subject) == (root.id, "agent_changed", lin.id)
    assert event.detail == {"role": {"from": "agent", "to": "supervisor"}, "languages": {"from": [], "to": ["en"]}}


async def test_a_change_that_changes_nothing_leaves_no_event(house: House) -> None:
    _, page = await house.logged_in("root", Role.ADMIN)
    lin = await house.agent("lin")
    before = await house.audited()
    assert (await put(page, lin, role="agent", is_disabled=False)).status == 200
    assert (await put(page, lin)).status == 200
    assert await house.audited() == before


async def test_an_agent_who_is_not_there_is_not_found(house: House) -> None:
    _, page = await house.logged_in("root", Role.ADMIN)
    assert refused(await page.ask("PUT", "/desk/api/agents/nobody", json={"role": "agent"})) == (404, "not_found")
    assert refused(await page.post("/desk/api/agents/nobody/password", password=PASSWORD)) == (404, "not_found")


async def test_a_role_holds_from_the_next_request(house: House) -> None:
    _, root = await house.logged_in("root", Role.ADMIN)
    lin, page = await house.logged_in("lin", Role.ADMIN)
    assert (await page.get("/desk/api/audit")).status == 200
    assert (await put(root, lin, role="agent")).status == 200
    assert refused(await page.get("/desk/api/audit")) == (403, "forbidden")
    assert refused(await page.post("/desk/api/agents", name="x", password=PASSWORD)) == (403, "forbidden")


async def test_an_open_desk_is_told_of_its_own_new_role(house: House) -> None:
    _, root = await house.logged_in("root", Role.ADMIN)
    lin, page = await house.logged_in("lin")
    async with page.socket() as socket:
        assert (await socket.receive_json())["type"] == "hello"
        await put(root, lin, role="supervisor", queues=["refunds"])
        async with asyncio.timeout(30):
            while (frame := await socket.receive_json())["type"] != "me":
                pass
    assert (frame["agent"]["id"], frame["agent"]["role"], frame["agent"]["queues"]) == (lin.id, "supervisor", ["refunds"])


async def test_whoever_is_disabled_is_out_at_once_and_comes_back_when_enabled(house: House) -> None:
    _, root = await house.logged_in("root", Role.ADMIN)
    lin, page = await house.logged_in("lin")
    async with page.socket() as socket:
        assert (await put(root, lin, is_disabled=True)).body["agent"]["is_disabled"] is True
        assert await closed_with(socket) == 4401
    assert (await page.get("/desk/api/me")).status == 401
    assert refused(await (await house.page()).login("lin")) == (401, "login_wrong")
    assert (await put(root, lin, is_disabled=False)).status == 200
    assert (await page.get("/desk/api/me")).status == 401  # the login is over for good
    assert (await page.login("lin")).status == 200
    assert [action for _, action, subject in await house.audited() if subject == lin.id and action.startswith("agent_")] == [
        "agent_added", "agent_disabled", "agent_enabled"
    ]  # fmt: skip


# ---- one admin stays --------------------------------------------------------------------------------------------------------------


async def test_the_last_admin_can_neither_be_demoted_nor_disabled(house: House) -> None:
    root, page = await house.logged_in("root", Role.ADMIN)
    gone = await house.agent("gone", Role.ADMIN)
    assert (await put(page, gone, is_disabled=True)).status == 200
    reply = await put(page, root, role="supervisor")
    assert (reply.status, reply.body["code"], reply.body["params"]) == (409, "last_admin", {"name": "Root"})
    assert refused(await put(page, root, is_disabled=True)) == (409, "last_admin")


async def test_nobody_takes_their_own_rights(house: House) -> None:
    root, page = await house.logged_in("root", Role.ADMIN)
    await house.agent("other", Role.ADMIN)
    assert refused(await put(page, root, role="agent")) == (409, "not_yourself")
    assert refused(await put(page, root, is_disabled=True)) == (409, "not_yourself")
    assert refused(await page.post(f"/desk/api/agents/{root.id}/password", password="x" * 12)) == (409, "not_yourself")
    assert (await put(page, root, shown_name="坐席 01", capacity_units=2)).status == 200


@pytest.mark.parametrize("body", [{"role": "agent"}, {"is_disabled": True}])
async def test_of_two_admins_who_shut_each_other_out_at_the_same_moment_one_stays(house: House, body: dict[str, Any]) -> None:
    for number in range(8):
        first, one = await house.logged_in(f"one{number}", Role.ADMIN)
        second, two = await house.logged_in(f"two{number}", Role.ADMIN)
        replies = await asyncio.gather(put(one, second, **body), put(two, first, **body))
        assert sorted(reply.status for reply in replies) in ([200, 401], [200, 403], [200, 409])
        left = [agent for agent in await house.deps.store.agents() if agent.role is Role.ADMIN and not agent.is_disabled]
        assert len(left) == number + 1


async def test_admins_who_shut_each_other_out_in_a_ring_leave_one(house: House) -> None:
    ring = [await house.logged_in(f"admin{number}", Role.ADMIN) for number in range(5)]
    await asyncio.gather(*(put(page, ring[(place + 1) % 5][0], role="agent") for place, (_, page) in enumerate(ring)))
    left = [agent.name for agent in await house.deps.store.agents() if agent.role is Role.ADMIN]
    assert 1 <= len(left) < 5


# ---- passwords --------------------------------------------------------------------------------------------------------------------


async def test_a_password_from_an_admin_ends_every_login_of_the_account(house: House) -> None:
    _, root = await house.logged_in("root", Role.ADMIN)
    lin, page = await house.logged_in("lin")
    async with page.socket() as socket:
        assert (await root.post(f"/desk/api/agents/{lin.id}/password", password="another one entirely")).status == 200
        assert await closed_with(socket) == 4401
    assert (await page.get("/desk/api/me")).status == 401
    assert (await page.login("lin")).status == 401
    assert (await page.login("lin", "another one entirely")).status == 200
    assert ("password_set", lin.id) in [(action, subject) for _, action, subject in await house.audited()]


async def test_ones_own_password_asks_for_the_old_one_and_ends_the_other_logins_only(house: House) -> None:
    lin, here = await house.logged_in("lin")
    there = await house.page()
    await there.login("lin")
    async with there.socket() as elsewhere, here.socket() as mine:
        assert (await here.post("/desk/api/me/password", old=PASSWORD, new="another one entirely")).status == 200
        assert await closed_with(elsewhere) == 4401
        assert (await there.get("/desk/api/me")).status == 401
        await mine.send_json({"type": "ping"})
        async with asyncio.timeout(30):
            while (await mine.receive_json())["type"] != "pong":
                pass
    assert (await here.get("/desk/api/me")).status == 200
    assert (await (await house.page()).login("lin")).status == 401
    assert (await (await house.page()).login("lin", "another one entirely")).status == 200
    assert ("password_changed", lin.id) in [(action, subject) for _, action, subject in await house.audited()]


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("wrong", "another one entirely", (403, "password_wrong")),
        (PASSWORD, "short", (400, "password")),
        (PASSWORD, PASSWORD, (400, "password_same")),
    ],
)
async def test_a_password_that_can_not_be_changes_nothing(house: House, old: str, new: str, refusal: tuple[int, str]) -> None:
    _, page = await house.logged_in("lin")
    assert refused(await page.post("/desk/api/me/password", old=old, new=new)) == refusal
    assert (await (await house.page()).login("lin")).status == 200


async def test_guessing_the_old_password_counts_as_guessing_at_the_login_form(tmp_path: Path) -> None:
    strict = Settings(queues={"default": Queue()}, security=Security(login_attempts_per_minute=4))
    async with open_house(tmp_path, strict) as house:
        _, page = await house.logged_in("lin")
        for _ in range(3):
            assert refused(await page.post("/desk/api/me/password", old="wrong", new="another one entirely")) == (403, "password_wrong")
        assert refused(await page.post("/desk/api/me/password", old=PASSWORD, new="another one entirely")) == (429, "too_many")


@pytest.mark.parametrize("dies_at", [1, 2, 3])
async def test_whenever_we_die_at_a_new_password_no_login_with_the_old_one_lives_on(
    house: House, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    _, page = await house.logged_in("lin")
    store, steps = house.deps.store, []

    def dying(step: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def tried(*given: Any, **more: Any) -> Any:
            steps.append(step)
            if len(steps) == dies_at:
                raise OSError("the process is gone")
            return await step(*given, **more)

        return tried

    with monkeypatch.context() as dead:
        for name in ("drop_logins", "commit"):
            dead.setattr(store, name, dying(getattr(store, name)))
        with pytest.raises(OSError, match="gone"):
            await house.deps.desk.set_password("lin", "another one entirely", actor="command")
    is_old = (await (await house.page()).login("lin")).status == 200
    is_new = (await (await house.page()).login("lin", "another one entirely")).status == 200
    assert (is_old, is_new) == ((True, False) if dies_at < 3 else (False, True))
    assert (await page.get("/desk/api/me")).status == (200 if dies_at == 1 else 401)
