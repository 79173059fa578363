"""The desk's HTTP API, against the real application, store and bus."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from config.schema import Security
from gateway.core.changes import Changes
from gateway.core.handoff import Role
from gateway.core.ids import QueueName
from tests.integration.desk_house import PASSWORD, SETTINGS, House, Page, Reply, open_house


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


def refused(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["code"]


# ---- getting in -----------------------------------------------------------------------------------------------------------------


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


# ---- roles ----------------------------------------------------------------------------------------------------------------------


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


# ---- the work -------------------------------------------------------------------------------------------------------------------


async def test_an_agent_takes_a_session_all_the_way(house: House) -> None:
    lin, page = await house.logged_in("lin")
    await page.post("/desk/api/status", status="available")
    session = await house.offered(lin)
    at = f"/desk/api/sessions/{session.id}"

    queue = (await page.get("/desk/api/queue")).body
    assert [(one["session_id"], one["stage"], one["wish"]) for one in queue["items"]] == [(session.id, "offered", "我要退款")]
    assert [(one["session_id"], one["expires_at"], one["packet"]["wish"]) for one in queue["offers"]] == [
        (session.id, "2026-11-02T09:30:30Z", "我要退款")
    ]
    assert (queue["total"], queue["next"]) == (1, None)

    accepted = await page.post(f"{at}/accept")
    assert (accepted.status, accepted.body["session"]["state"], accepted.body["session"]["agent_id"]) == (200, "active", lin.id)
    assert [one["id"] for one in (await page.get("/desk/api/sessions")).body["items"]] == [session.id]

    said = (await page.post(f"{at}/reply", text="您好，请给我订单号", cid="c1")).body["message"]
    again = (await page.post(f"{at}/reply", text="您好，请给我订单号", cid="c1")).body["message"]
    assert (said["author"], said["name"], said["text"]) == ("agent", "Lin", "您好，请给我订单号")
    assert again["seq"] == said["seq"]
    assert (await page.post(f"{at}/note", text="VIP, be quick")).body["note"]["text"] == "VIP, be quick"
    customer = await house.said(session.id, "A1001")
    assert (await page.post(f"{at}/read", seq=customer.seq)).status == 200
    assert (await page.post(f"{at}/typing", on=True)).status == 200
    assert (await page.post(f"{at}/hold")).body["session"]["state"] == "on_hold"
    assert (await page.post(f"{at}/resume")).body["session"]["state"] == "active"

    whole = (await page.get(at)).body
    assert set(whole) == {"session", "handoff", "packet", "transcript", "before", "notes", "trace", "intervals", "case", "earlier"}
    assert whole["packet"]["reason"] == "explicit_request"
    assert [one["text"] for one in whole["transcript"] if one["author"] in {"customer", "agent"}] == [
        "我要退款",
        "您好，请给我订单号",
        "A1001",
    ]
    assert [one["what"] for one in whole["trace"]] == ["offered", "accepted"]
    assert [one["text"] for one in whole["notes"]] == ["VIP, be quick"]
    assert [one["state"] for one in whole["intervals"]] == ["bot", "queued", "offered", "active", "waiting_customer", "active", "on_hold"]
    assert whole["session"]["agent_read_seq"] == customer.seq

    closed = (await page.post(f"{at}/close", disposition="resolved")).body["session"]
    assert (closed["state"], closed["disposition"], closed["close_reason"]) == ("closed", "resolved", "resolved")
    assert refused(await page.post(f"{at}/reply", text="one more")) == (409, "conflict")
    assert [action for _, action, _ in await house.audited()] == [
        "agent_added", "login", "status", "session_accepted", "session_reply", "session_note", "session_held", "session_resumed",
        "session_closed",
    ]  # fmt: skip


async def test_a_page_catches_up_by_seq(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    for text in ("two", "three", "four"):
        await house.said(session.id, text)
    first = (await page.get(f"/desk/api/sessions/{session.id}/messages", after="1", limit="2")).body
    assert ([one["text"] for one in first["items"]], first["next"]) == (["two", "three"], "3")
    rest = (await page.get(f"/desk/api/sessions/{session.id}/messages", after="3")).body
    assert ([one["text"] for one in rest["items"]], rest["next"]) == (["four"], None)


async def test_an_offer_that_went_to_a_colleague_is_a_conflict_that_says_what_now(house: House) -> None:
    _, lin = await house.logged_in("lin")
    mei, _ = await house.logged_in("mei")
    session = await house.offered(mei)
    reply = await lin.post(f"/desk/api/sessions/{session.id}/accept")
    assert refused(reply) == (409, "conflict")
    assert "reload" in reply.body["detail"]


async def test_an_offer_that_was_rejected_waits_again(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    assert (await page.post(f"/desk/api/sessions/{session.id}/reject")).status == 200
    assert (await house.session(session.id)).state == "queued"
    assert refused(await page.post(f"/desk/api/sessions/{session.id}/reject")) == (409, "conflict")


async def test_a_session_goes_to_another_queue_with_a_comment(house: House) -> None:
    page, session = await _with_a_session(house)
    reply = await page.post(f"/desk/api/sessions/{session}/transfer", queue="refunds", comment="wants money back")
    assert (reply.body["session"]["state"], reply.body["session"]["queue"]) == ("queued", "refunds")
    assert (await page.get("/desk/api/queue")).body["items"][0]["reason"] == "transfer"


async def test_a_session_goes_to_a_colleague_who_is_there(house: House) -> None:
    page, session = await _with_a_session(house)
    mei, other = await house.logged_in("mei")
    at = f"/desk/api/sessions/{session}/transfer"
    assert refused(await page.post(at, agent=mei.id)) == (409, "conflict")
    await other.post("/desk/api/status", status="available")
    assert (await page.post(at, agent=mei.id)).body["session"]["state"] == "queued"


@pytest.mark.parametrize("target", [{}, {"queue": "refunds", "agent": "x"}])
async def test_a_transfer_needs_one_target(house: House, target: dict[str, str]) -> None:
    page, session = await _with_a_session(house)
    assert refused(await page.post(f"/desk/api/sessions/{session}/transfer", **target)) == (400, "transfer_target")


async def test_a_session_goes_back_to_the_bot(house: House) -> None:
    page, session = await _with_a_session(house)
    assert (await page.post(f"/desk/api/sessions/{session}/return_to_bot")).body["session"]["state"] == "bot"


@pytest.mark.parametrize("action", ["accept", "reject", "return_to_bot", "hold", "resume"])
async def test_what_is_not_there_is_404_for_every_action(house: House, action: str) -> None:
    _, page = await house.logged_in("lin")
    assert refused(await page.post(f"/desk/api/sessions/01NOSUCHSESSION0000000000/{action}")) == (404, "not_found")


async def test_a_session_beyond_ones_right_to_see_is_as_if_it_were_not(house: House) -> None:
    _, lin = await house.logged_in("lin")
    mei, other = await house.logged_in("mei")
    session = await house.offered(mei)
    await other.post(f"/desk/api/sessions/{session.id}/accept")
    for path in (session.id, f"{session.id}/messages"):
        assert refused(await lin.get(f"/desk/api/sessions/{path}")) == (404, "not_found")
    assert refused(await lin.post(f"/desk/api/sessions/{session.id}/note", text="hm")) == (404, "not_found")
    assert refused(await lin.post(f"/desk/api/sessions/{session.id}/reply", text="hm")) == (409, "conflict")


async def test_an_agent_sees_the_line_of_their_own_queues_only(house: House) -> None:
    _, page = await house.logged_in("lin", queues=(QueueName("refunds"),))
    await house.waiting("v1")
    session = await house.waiting("v2", queue=QueueName("refunds"))
    assert [one["session_id"] for one in (await page.get("/desk/api/queue")).body["items"]] == [session.id]


async def test_the_line_is_paged(house: House) -> None:
    _, page = await house.logged_in("lin")
    ids = []
    for number in range(3):
        ids.append((await house.waiting(f"v{number}")).id)
        house.clock.advance(1)
    first = (await page.get("/desk/api/queue", limit="2")).body
    second = (await page.get("/desk/api/queue", limit="2", after=first["next"])).body
    assert [one["session_id"] for one in first["items"] + second["items"]] == ids
    assert [one["waited_s"] for one in first["items"]] == [3, 2]
    assert second["next"] is None


@pytest.mark.parametrize(
    "query", [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"limit": "٣"}, {"after": "\n"}, {"state": "asleep"}, {"scope": "x"}]
)
async def test_a_list_asked_for_wrongly_says_what_was_expected(house: House, query: dict[str, str]) -> None:
    _, page = await house.logged_in("lin")
    assert refused(await page.get("/desk/api/sessions", **query)) == (400, next(iter(query)))


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("reply", {}), ("reply", {"text": 5}), ("reply", {"text": "x", "cid": "a b"}), ("read", {"seq": -1}), ("read", {"seq": "1"}),
        ("typing", {"on": "yes"}), ("close", {}),
    ],
)  # fmt: skip
async def test_a_body_of_the_wrong_shape_is_refused(house: House, action: str, body: dict[str, Any]) -> None:
    page, session = await _with_a_session(house)
    assert refused(await page.post(f"/desk/api/sessions/{session}/{action}", **body)) == (400, "bad_body")


async def test_words_beyond_the_limit_are_too_large(house: House) -> None:
    page, session = await _with_a_session(house)
    assert refused(await page.post(f"/desk/api/sessions/{session}/reply", text="长" * 1366)) == (413, "text_too_long")


async def test_a_status_that_is_none_is_refused(house: House) -> None:
    _, page = await house.logged_in("lin")
    assert refused(await page.post("/desk/api/status", status="asleep")) == (400, "bad_body")


# ---- around it ------------------------------------------------------------------------------------------------------------------


async def test_the_page_learns_what_it_offers_to_pick_from(house: House) -> None:
    _, page = await house.logged_in("lin")
    body = (await page.get("/desk/api/settings")).body
    assert body["queues"] == [{"name": "default", "title": "default"}, {"name": "refunds", "title": "Refunds"}]
    assert body["name"] == "Rosewood"
    assert "resolved" in body["dispositions"]
    assert body["statuses"] == ["available", "busy", "away", "wrap_up", "offline"]


@pytest.mark.parametrize(("asked", "given"), [("zh-HK", "zh-TW"), ("en-GB", "en"), ("zh", "zh-CN"), ("xx" * 50, "en")])
async def test_the_pages_texts_come_in_the_nearest_language_also_before_the_login(house: House, asked: str, given: str) -> None:
    reply = await (await house.page()).get("/desk/api/texts", lang=asked)
    assert reply.body["language"] == given
    assert all(key.startswith("desk.") for key in reply.body["texts"])


async def test_an_agent_reads_the_customers_file_as_a_download(house: House) -> None:
    page, session = await _with_a_session(house)

    async def chunks() -> AsyncIterator[bytes]:
        yield b"<script>alert(1)</script>"

    stored = await house.deps.files.put(chunks(), name="发票 1.txt", max_bytes=100, allowed=["text/plain"], owner="site/v1")
    foreign = await house.deps.files.put(chunks(), name="other.txt", max_bytes=100, allowed=["text/plain"], owner="site/v2")
    reply = await page.get(f"/desk/api/files/{stored['id']}", session=session)
    assert (reply.status, reply.body) == (200, b"<script>alert(1)</script>")
    assert reply.headers["Content-Disposition"] == "attachment; filename*=UTF-8''%E5%8F%91%E7%A5%A8%201.txt"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert refused(await page.get(f"/desk/api/files/{foreign['id']}", session=session)) == (404, "not_found")
    assert refused(await page.get(f"/desk/api/files/{stored['id']}")) == (400, "session")
    _, other = await house.logged_in("mei")
    assert refused(await other.get(f"/desk/api/files/{stored['id']}", session=session)) == (404, "not_found")


def _limited(per_minute: int, trusted: tuple[str, ...] = ()) -> Any:
    return structs.replace(
        SETTINGS,
        security=Security(login_attempts_per_minute=per_minute),
        gateway=structs.replace(SETTINGS.gateway, trusted_proxies=trusted),
    )


async def _with_a_session(house: House) -> tuple[Page, str]:
    """An agent's page, with a session of theirs."""
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    assert (await page.post(f"/desk/api/sessions/{session.id}/accept")).status == 200
    return page, session.id
