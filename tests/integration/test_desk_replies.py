"""Canned replies: everybody's are the supervisors' to write, one's own are one's own."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.handoff import Role
from tests.integration.desk_house import House, Page, Reply, open_house, refused
from tests.integration.test_desk_socket import frames_until_pong, heard

HELLO = {"shortcut": "hello", "title": "Greeting", "texts": {"zh-CN": "您好", "en": "Hello {name}"}, "folder": "Start"}
AT = "/desk/api/replies"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def put(page: Page, reply: dict[str, Any], **changed: Any) -> Reply:
    return await page.ask("PUT", f"{AT}/{reply['id']}", json={**HELLO, "version": reply["version"], **changed})


async def drop(page: Page, reply: dict[str, Any]) -> Reply:
    return await page.ask("DELETE", f"{AT}/{reply['id']}", params={"version": str(reply["version"])})


async def shortcuts(page: Page) -> list[tuple[str, bool]]:
    """(shortcut, is everybody's) of what a page lists."""
    return [(one["shortcut"], one["is_shared"]) for one in (await page.get(AT)).body["items"]]


async def test_a_reply_is_kept_changed_and_dropped(house: House) -> None:
    lin, page = await house.logged_in("lin")
    kept = await page.post(AT, **HELLO)
    assert kept.status == 201
    reply = kept.body["reply"]
    assert reply == {
        **HELLO, "id": reply["id"], "is_shared": False, "is_mine": True, "is_shadowed": False, "updated_at": "2026-11-02T09:30:00Z",
        "updated_by": lin.id, "version": 1,
    }  # fmt: skip
    assert (await page.get(AT)).body == {"items": [reply], "next": None}
    changed = (await put(page, reply, title="A greeting", texts={"en": "Hi"})).body["reply"]
    assert (changed["title"], changed["texts"], changed["version"]) == ("A greeting", {"en": "Hi"}, 2)
    assert refused(await put(page, reply)) == (409, "stale")
    assert refused(await drop(page, reply)) == (409, "stale")
    assert (await drop(page, changed)).status == 200
    assert await shortcuts(page) == []
    assert refused(await drop(page, changed)) == (404, "not_found")
    assert [(action, subject) for _, action, subject in (await house.audited())[2:]] == [
        ("canned_reply_added", reply["id"]), ("canned_reply_changed", reply["id"]), ("canned_reply_dropped", reply["id"]),
    ]  # fmt: skip


async def test_everybodys_are_written_by_supervisors_and_read_by_all(house: House) -> None:
    _, lin = await house.logged_in("lin")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    assert refused(await lin.post(AT, **HELLO, is_shared=True)) == (403, "forbidden")
    shared = (await boss.post(AT, **HELLO, is_shared=True)).body["reply"]
    assert (shared["is_shared"], shared["is_mine"]) == (True, False)
    assert await shortcuts(lin) == [("hello", True)]
    assert refused(await put(lin, shared, title="x")) == (403, "forbidden")
    assert refused(await drop(lin, shared)) == (403, "forbidden")
    own = (await lin.post(AT, **{**HELLO, "shortcut": "mine"})).body["reply"]
    assert refused(await put(lin, own, shortcut="mine", is_shared=True)) == (403, "forbidden")


async def test_a_colleagues_own_replies_are_as_if_they_were_not(house: House) -> None:
    _, lin = await house.logged_in("lin")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    own = (await lin.post(AT, **HELLO)).body["reply"]
    assert await shortcuts(boss) == []
    assert refused(await put(boss, own)) == (404, "not_found")
    assert refused(await drop(boss, own)) == (404, "not_found")


async def test_a_supervisor_gives_their_own_to_everybody(house: House) -> None:
    _, lin = await house.logged_in("lin")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    own = (await boss.post(AT, **HELLO)).body["reply"]
    assert (await put(boss, own, is_shared=True)).body["reply"]["is_shared"] is True
    assert await shortcuts(lin) == [("hello", True)]


async def test_a_shortcut_means_one_thing_to_each_agent(house: House) -> None:
    _, lin = await house.logged_in("lin")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    await boss.post(AT, **HELLO, is_shared=True)
    taken = await lin.post(AT, **{**HELLO, "shortcut": "HELLO"})
    assert refused(taken) == (409, "shortcut_taken")
    assert taken.body["params"] == {"shortcut": "HELLO"}
    assert refused(await boss.post(AT, **HELLO, is_shared=True)) == (409, "shortcut_taken")
    await lin.post(AT, **{**HELLO, "shortcut": "bye"})
    assert (await boss.post(AT, **{**HELLO, "shortcut": "bye"}, is_shared=True)).status == 201  # a private one stands in nobody's way
    listed = (await lin.get(AT)).body["items"]
    assert sorted((one["is_mine"], one["is_shadowed"]) for one in listed if one["shortcut"] == "bye") == [(False, True), (True, False)]


async def test_of_two_who_take_a_shortcut_at_once_one_gets_it(house: House) -> None:
    pages = [(await house.logged_in(name, Role.SUPERVISOR))[1] for name in ("zoe", "kim", "mei")]
    outcomes = await asyncio.gather(*(page.post(AT, **HELLO, is_shared=True) for page in pages))
    assert sorted(reply.status for reply in outcomes) == [201, 409, 409]
    assert await shortcuts(pages[0]) == [("hello", True)]


async def test_everything_wrong_with_a_reply_is_said_at_once(house: House) -> None:
    _, page = await house.logged_in("lin")
    wrong = {"shortcut": "a b", "title": " ", "texts": {"en": "长" * 1366, "???": "x"}, "folder": "f" * 65}
    reply = await page.post(AT, **wrong)
    assert refused(reply) == (400, "bad_reply")
    assert [one["key"] for one in reply.body["problems"]] == ["shortcut", "title", "folder", "texts.???", "texts.en"]


@pytest.mark.parametrize(
    "changed",
    [{"shortcut": ""}, {"shortcut": "x" * 33}, {"title": "t" * 101}, {"title": "a\nb"}, {"texts": {}}, {"texts": {"en": "  "}}],
)
async def test_a_reply_beyond_its_limits_is_refused(house: House, changed: dict[str, Any]) -> None:
    _, page = await house.logged_in("lin")
    assert refused(await page.post(AT, **{**HELLO, **changed})) == (400, "bad_reply")


@pytest.mark.parametrize("shortcut", ["x" * 32, "退款-1", "straße_2"])
async def test_a_shortcut_is_letters_of_any_language(house: House, shortcut: str) -> None:
    _, page = await house.logged_in("lin")
    assert (await page.post(AT, **{**HELLO, "shortcut": shortcut})).status == 201


async def test_a_full_shelf_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handoff.canned.OWN_MAX_COUNT", 2)
    _, page = await house.logged_in("lin")
    for number in range(2):
        assert (await page.post(AT, **{**HELLO, "shortcut": f"r{number}"})).status == 201
    assert refused(await page.post(AT, **{**HELLO, "shortcut": "r2"})) == (409, "replies_full")


async def test_the_list_is_paged(house: House) -> None:
    _, page = await house.logged_in("lin")
    for name in ("c", "a", "b"):
        await page.post(AT, **{**HELLO, "shortcut": name})
    first = (await page.get(AT, limit="2")).body
    rest = (await page.get(AT, limit="2", after=first["next"])).body
    assert [one["shortcut"] for one in first["items"] + rest["items"]] == ["a", "b", "c"]
    assert rest["next"] is None


async def test_open_pages_hear_that_replies_have_changed(house: House) -> None:
    _, lin = await house.logged_in("lin")
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    async with lin.socket() as socket:
        await frames_until_pong(socket)
        reply = (await boss.post(AT, **HELLO, is_shared=True)).body["reply"]
        await heard(socket, "replies")
        await drop(boss, reply)
        await heard(socket, "replies")
