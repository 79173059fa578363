"""In and out of the desk: logins, cookies, CSRF, origins; against the real application, store and bus."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from config.schema import Security
from gateway.core.changes import Changes
from tests.integration.desk_house import PASSWORD, SETTINGS, House, open_house, refused


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


async def test_a_login_answers_csrf_and_account_and_sets_the_cookie(house: House) -> None:
    await house.agent("lin")
    reply = await (await house.page()).login("lin")
    assert reply.status == 200
    assert len(reply.body["csrf"]) == 64
    assert reply.body["expires_at"] == "2026-11-02T11:30:00Z"
    assert reply.body["agent"] == {
        "id": reply.body["agent"]["id"],
        "name": "lin",
        "shown_name": "Lin",
        "role": "agent",
        "status": "offline",
        "status_since": "2026-11-02T09:30:00Z",
        "queues": [],
        "languages": [],
        "capacity_units": 4,
    }
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("frontdesk=")
    assert "; HttpOnly" in cookie
    assert "; Max-Age=7200" in cookie
    assert "; Path=/desk" in cookie
    assert "; SameSite=Strict" in cookie
    assert "Secure" not in cookie


async def test_behind_https_the_cookie_is_secure_and_bound_to_this_host(tmp_path: Path) -> None:
    async with open_house(tmp_path, public_url="https://help.example.com") as house:
        await house.agent("lin")
        reply = await (await house.page()).login("lin")
    cookie = reply.headers["Set-Cookie"]
    assert cookie.startswith("__Host-frontdesk=")
    assert "; Path=/;" in cookie
    assert "; Secure" in cookie
    assert "Domain" not in cookie
    assert reply.headers["Strict-Transport-Security"] == "max-age=31536000"


async def test_a_wrong_password_an_unknown_name_and_a_disabled_account_look_alike(house: House) -> None:
    await house.agent("lin")
    await house.agent("gone")
    await house.deps.desk.disable("gone", actor="command")
    page = await house.page()
    replies = [await page.login("lin", "wrong"), await page.login("nobody", PASSWORD), await page.login("gone", PASSWORD)]
    assert [refused(reply) for reply in replies] == [(401, "login_wrong")] * 3
    assert len({reply.body["detail"] for reply in replies}) == 1
    assert all("Set-Cookie" not in reply.headers for reply in replies)


async def test_too_many_attempts_from_an_address_must_wait(tmp_path: Path) -> None:
    async with open_house(tmp_path, _limited(3)) as house:
        await house.agent("lin")
        page = await house.page()
        for name in ("a", "b", "c"):
            assert refused(await page.login(name, "x")) == (401, "login_wrong")
        reply = await page.login("lin")
        assert refused(reply) == (429, "too_many")
        assert reply.headers["Retry-After"] == "20"
        house.clock.advance(21)
        assert (await page.login("lin")).status == 200


async def test_too_many_attempts_on_a_name_must_wait_wherever_they_come_from(tmp_path: Path) -> None:
    async with open_house(tmp_path, _limited(3, trusted=("127.0.0.1",))) as house:
        page = await house.page()
        for number in range(3):
            page.extra = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert refused(await page.login("lin", "x")) == (401, "login_wrong")
        page.extra = {"X-Forwarded-For": "198.51.100.99"}
        assert refused(await page.login("lin", "x")) == (429, "too_many")
        assert refused(await page.login("other", "x")) == (401, "login_wrong")


@pytest.mark.parametrize(
    "body", [{}, {"name": "lin"}, {"name": "lin", "password": 7}, {"name": "", "password": "x"}, {"name": "x" * 101, "password": "x"}]
)
async def test_a_login_form_that_is_none_is_refused(house: House, body: dict[str, Any]) -> None:
    assert refused(await (await house.page()).post("/desk/api/login", **body)) == (400, "bad_body")


async def test_a_foreign_page_cannot_log_anybody_in(house: House) -> None:
    await house.agent("lin")
    page = await house.page()
    page.extra = {"Origin": "https://evil.example"}
    assert refused(await page.login("lin")) == (403, "origin")


async def test_a_form_post_is_not_json(house: House) -> None:
    page = await house.page()
    assert refused(await page.ask("POST", "/desk/api/login", data={"name": "lin", "password": PASSWORD})) == (400, "content_type")


async def test_nothing_of_the_desk_is_told_without_a_login(house: House) -> None:
    page = await house.page()
    for path in ("me", "queue", "sessions", "sessions/x", "cases", "agents", "audit", "settings", "files/x"):
        reply = await page.get(f"/desk/api/{path}")
        assert refused(reply) == (401, "login_required"), path
        assert reply.headers["WWW-Authenticate"] == 'Cookie realm="frontdesk"'
    assert refused(await page.post("/desk/api/status", status="available")) == (401, "login_required")


async def test_a_made_up_cookie_opens_nothing(house: House) -> None:
    page = await house.page()
    for value in ("A" * 43, "x", "ü" * 43):
        assert (await page.ask("GET", "/desk/api/me", headers={"Cookie": f"frontdesk={value}"})).status == 401


async def test_a_reloaded_page_gets_its_csrf_token_again(house: House) -> None:
    _, page = await house.logged_in("lin")
    reply = await page.get("/desk/api/me")
    assert reply.body["csrf"] == page.csrf
    assert reply.body["agent"]["name"] == "lin"


@pytest.mark.parametrize("token", ["", "wrong", "ü", "0" * 64])
async def test_a_change_without_the_csrf_token_is_refused(house: House, token: str) -> None:
    _, page = await house.logged_in("lin")
    page.csrf = ""
    page.extra = {"X-CSRF-Token": token} if token else {}
    assert refused(await page.post("/desk/api/status", status="available")) == (403, "csrf")


async def test_the_csrf_token_of_another_login_does_not_do(house: House) -> None:
    _, lin = await house.logged_in("lin")
    _, mei = await house.logged_in("mei")
    lin.csrf = mei.csrf
    assert refused(await lin.post("/desk/api/status", status="available")) == (403, "csrf")


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://desk.test.evil.example", "file://desk.test", "http://["])
async def test_a_change_from_a_foreign_page_is_refused(house: House, origin: str) -> None:
    _, page = await house.logged_in("lin")
    page.extra = {"Origin": origin}
    assert refused(await page.post("/desk/api/status", status="available")) == (403, "origin")


async def test_the_desks_own_page_may_change_things_by_either_of_its_names(house: House) -> None:
    _, page = await house.logged_in("lin")
    for origin in (house.url, "http://desk.test"):
        page.extra = {"Origin": origin}
        assert (await page.post("/desk/api/status", status="available")).body["agent"]["status"] == "available"


async def test_a_login_ends_by_itself(house: House) -> None:
    _, page = await house.logged_in("lin")
    house.clock.advance(2 * 3600 - 1)
    assert (await page.get("/desk/api/me")).status == 200
    house.clock.advance(2)
    assert refused(await page.get("/desk/api/me")) == (401, "login_required")


async def test_a_logout_ends_the_login_for_good(house: House) -> None:
    _, page = await house.logged_in("lin")
    token = next(cookie.value for cookie in page.http.cookie_jar if cookie.key == "frontdesk")
    reply = await page.post("/desk/api/logout")
    assert (reply.status, reply.body) == (200, {})
    assert 'frontdesk="";' in reply.headers["Set-Cookie"]
    assert (await page.ask("GET", "/desk/api/me", headers={"Cookie": f"frontdesk={token}"})).status == 401


async def test_logging_in_again_ends_the_earlier_login_of_the_browser(house: House) -> None:
    _, page = await house.logged_in("lin")
    token = next(cookie.value for cookie in page.http.cookie_jar if cookie.key == "frontdesk")
    await page.login("lin")
    other = await house.page()
    assert (await other.ask("GET", "/desk/api/me", headers={"Cookie": f"frontdesk={token}"})).status == 401
    assert (await page.get("/desk/api/me")).status == 200


async def test_a_disabled_account_is_out_at_its_next_request(house: House) -> None:
    _, page = await house.logged_in("lin")
    await house.deps.desk.disable("lin", actor="command")
    assert refused(await page.get("/desk/api/queue")) == (401, "login_required")


async def test_a_disabled_account_is_out_even_where_its_login_still_stands(house: House) -> None:
    lin, page = await house.logged_in("lin")
    await house.write(Changes(agents=(structs.replace(lin, is_disabled=True, version=lin.version + 1),)))
    assert refused(await page.get("/desk/api/queue")) == (401, "login_required")


async def test_logins_good_and_bad_are_on_record_without_what_was_typed(house: House) -> None:
    lin = await house.agent("lin")
    page = await house.page()
    await page.login("hunter2", "lin")
    await page.login("lin")
    await page.post("/desk/api/logout")
    events = await house.audited()
    assert events[1:] == [("unknown", "login_failed", "name:f52fbd32b2b3"), (lin.id, "login", lin.id), (lin.id, "logout", lin.id)]
    assert "hunter2" not in str((await house.deps.store.audit()).items)


def _limited(per_minute: int, trusted: tuple[str, ...] = ()) -> Any:
    return structs.replace(
        SETTINGS,
        security=Security(login_attempts_per_minute=per_minute),
        gateway=structs.replace(SETTINGS.gateway, trusted_proxies=trusted),
    )
