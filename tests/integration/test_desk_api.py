"""What agents do over the desk's HTTP API, against the real application, store and bus."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.ids import QueueName
from tests.integration.desk_house import House, open_house, refused, with_a_session


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(tmp_path) as opened:
        yield opened


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
    assert set(whole) == {
        "session",
        "window",
        "letter",
        "beside",
        "call",
        "handoff",
        "packet",
        "transcript",
        "before",
        "notes",
        "trace",
        "intervals",
        "case",
        "earlier",
        "rating",
        "forms",
    }
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
    assert refused(await page.post(f"{at}/reply", text="one more")) == (409, "session_closed")
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
    assert refused(reply) == (409, "offered_elsewhere")
    assert "reload" in reply.body["detail"]


async def test_an_offer_that_was_rejected_waits_again(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    assert (await page.post(f"/desk/api/sessions/{session.id}/reject")).status == 200
    assert (await house.session(session.id)).state == "queued"
    assert refused(await page.post(f"/desk/api/sessions/{session.id}/reject")) == (409, "not_offered")


async def test_a_session_goes_to_another_queue_with_a_comment(house: House) -> None:
    page, session = await with_a_session(house)
    reply = await page.post(f"/desk/api/sessions/{session}/transfer", queue="refunds", comment="wants money back")
    assert (reply.body["session"]["state"], reply.body["session"]["queue"]) == ("queued", "refunds")
    assert (await page.get("/desk/api/queue")).body["items"][0]["reason"] == "transfer"


async def test_a_session_goes_to_a_colleague_who_is_there(house: House) -> None:
    page, session = await with_a_session(house)
    mei, other = await house.logged_in("mei")
    at = f"/desk/api/sessions/{session}/transfer"
    assert refused(await page.post(at, agent=mei.id)) == (409, "colleague_gone")
    await other.post("/desk/api/status", status="available")
    assert (await page.post(at, agent=mei.id)).body["session"]["state"] == "queued"


@pytest.mark.parametrize("target", [{}, {"queue": "refunds", "agent": "x"}])
async def test_a_transfer_needs_one_target(house: House, target: dict[str, str]) -> None:
    page, session = await with_a_session(house)
    assert refused(await page.post(f"/desk/api/sessions/{session}/transfer", **target)) == (400, "transfer_target")


async def test_a_session_goes_back_to_the_bot(house: House) -> None:
    page, session = await with_a_session(house)
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
    assert refused(await lin.post(f"/desk/api/sessions/{session.id}/reply", text="hm")) == (409, "not_yours")


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
        ("reply", {"text": 5}), ("reply", {"text": "x", "files": "f"}), ("reply", {"text": "x", "cid": "a b"}),
        ("read", {"seq": -1}), ("read", {"seq": "1"}), ("typing", {"on": "yes"}), ("close", {}),
    ],
)  # fmt: skip
async def test_a_body_of_the_wrong_shape_is_refused(house: House, action: str, body: dict[str, Any]) -> None:
    page, session = await with_a_session(house)
    assert refused(await page.post(f"/desk/api/sessions/{session}/{action}", **body)) == (400, "bad_body")


async def test_words_beyond_the_limit_are_too_large(house: House) -> None:
    page, session = await with_a_session(house)
    assert refused(await page.post(f"/desk/api/sessions/{session}/reply", text="长" * 1366)) == (413, "text_too_long")


async def test_a_status_that_is_none_is_refused(house: House) -> None:
    _, page = await house.logged_in("lin")
    assert refused(await page.post("/desk/api/status", status="asleep")) == (400, "bad_body")
