"""The desk on a channel that counts what is sent: the window, what is kept and withdrawn, approved forms."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from gateway.core.allowance import Pocket
from gateway.core.changes import KEPT_UNTIL, Changes, Emptied, Settled, Spent
from gateway.core.errors import Conflict
from gateway.core.handoff import Agent
from gateway.core.ids import OutboxId, WorkerId
from gateway.core.message import Status
from gateway.core.parts import Notice
from gateway.core.session import Session
from gateway.delivery import Delivery
from tests.integration.counted_house import OA, grant, open_counted_house, rows, window_of, wrote
from tests.integration.desk_house import House, Page, refused
from tests.peers.push_channel import CountedChannel

W1 = WorkerId("w1")
ROUNDS = 12
VALUES = {"character_string1": "20261122-7", "thing2": "顺丰"}


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_counted_house(tmp_path) as opened:
        yield opened


async def at_work(house: House) -> tuple[Agent, Page, Session]:
    """An agent with a customer of theirs on WeChat; what the greeting took is out of the way."""
    agent, page = await house.logged_in("lin")
    session = await wrote(house, with_=agent)
    for row in await rows(house, session.thread):
        await settle(house, row.outgoing.id, session, row.outgoing.message.seq, row.token, Status.SENT)
    return agent, page, session


async def settle(house: House, row: OutboxId, session: Session, seq: int, token: int, status: Status, **more: Any) -> None:
    settled = Settled(id=row, session_id=session.id, seq=seq, status=status, token=token, **more)
    await house.write(Changes(settled=(settled,)))


async def kept(house: House, page: Page, session: Session, text: str = "稍等") -> int:
    """A reply that delivery has kept; its seq."""
    seq: int = (await page.post(f"/desk/api/sessions/{session.id}/reply", text=text)).body["message"]["seq"]
    ((outgoing, token),) = await house.deps.store.lease_outgoing(W1, house.clock.now(), 90, 10)
    detail = "part 1 of 1: nothing may go out (out_of_count)"
    await settle(house, outgoing.id, session, seq, token, Status.KEPT, retry_at=KEPT_UNTIL, serial=1, detail=detail)
    return seq


async def transcript(page: Page, session: Session) -> dict[int, tuple[str, str]]:
    """By seq: the status, and the code of what stands in the way."""
    whole = (await page.get(f"/desk/api/sessions/{session.id}")).body
    return {one["seq"]: (one["status"], (one["trouble"] or {"code": ""})["code"]) for one in whole["transcript"]}


async def test_an_agent_reads_how_much_may_still_be_sent_and_until_when(house: House) -> None:
    _, page, session = await at_work(house)
    until = (house.clock.now() + timedelta(hours=48)).isoformat()
    assert await window_of(page, session.id) == {"left": 5, "reserve": 1, "until": until, "why": ""}
    spent = Spent(channel=OA, thread=session.thread, pocket=Pocket.SAID, count=5, serial=1)
    await house.write(Changes(spent=(spent,)))
    assert await window_of(page, session.id) == {"left": 0, "reserve": 1, "until": None, "why": "out_of_count"}
    whole = (await page.get(f"/desk/api/sessions/{session.id}")).body
    assert (whole["window"]["why"], whole["session"]["customer_tag"]) == ("out_of_count", "k3Xq")
    (line,) = (await page.get("/desk/api/sessions")).body["items"]
    assert line["window"] == whole["window"]


async def test_the_window_shuts_by_time_and_by_the_channels_own_word(house: House) -> None:
    _, page, session = await at_work(house)
    await house.write(Changes(emptied=(Emptied(channel=OA, thread=session.thread, why="unreachable", serial=1),)))
    assert (await window_of(page, session.id))["why"] == "unreachable"
    other = await wrote(house, "oOther")
    house.clock.advance(48 * 3600 + 1)
    _, page = await house.logged_in("mei")
    assert await window_of(page, other.id) == {"left": 0, "reserve": 1, "until": None, "why": "out_of_window"}


async def test_a_channel_that_does_not_count_has_no_window(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    assert (await page.get(f"/desk/api/sessions/{session.id}/window")).body == {"window": None}
    assert (await page.get(f"/desk/api/sessions/{session.id}")).body["window"] is None
    assert (await page.get("/desk/api/sessions/unknown/window")).status == 404


async def test_a_heartbeat_says_the_window_of_the_session_that_is_looked_at(house: House) -> None:
    _, page, session = await at_work(house)
    async with page.socket() as socket:
        await socket.send_json({"type": "look", "session_id": session.id})
        frame = await pong_with_a_window(socket, house)
    assert (frame["window_of"], frame["window"]["left"]) == (session.id, 5)


async def pong_with_a_window(socket: aiohttp.ClientWebSocketResponse, house: House) -> Any:
    """The first pong that says how things stand; a look is known to it only some moments after it was said."""
    while True:
        house.clock.advance(6)
        await socket.send_json({"type": "ping"})
        while (frame := await socket.receive_json(timeout=30))["type"] != "pong":
            pass
        if "window" in frame:
            return frame


async def test_what_is_kept_can_be_withdrawn_and_never_goes_out(house: House) -> None:
    _, page, session = await at_work(house)
    seq = await kept(house, page, session)
    assert (await transcript(page, session))[seq] == ("kept", "out_of_count")
    assert (await page.post(f"/desk/api/sessions/{session.id}/messages/{seq}/withdraw")).status == 200
    assert (await transcript(page, session))[seq] == ("refused", "withdrawn")
    assert await rows(house, session.thread) == []
    assert ("message_withdrawn", session.id) in [event[1:] for event in await house.audited()]
    assert refused(await page.post(f"/desk/api/sessions/{session.id}/messages/{seq}/withdraw")) == (409, "not_kept")


async def test_a_message_on_its_way_is_not_withdrawn_and_one_withdrawn_is_not_sent(house: House) -> None:
    _, page, session = await at_work(house)
    seq = await kept(house, page, session)
    await grant(house, session.thread)
    ((outgoing, token),) = await house.deps.store.lease_outgoing(W1, house.clock.now(), 90, 10)
    assert refused(await page.post(f"/desk/api/sessions/{session.id}/messages/{seq}/withdraw")) == (409, "on_its_way")
    await settle(house, outgoing.id, session, seq, token, Status.KEPT, retry_at=KEPT_UNTIL, serial=2)
    assert (await page.post(f"/desk/api/sessions/{session.id}/messages/{seq}/withdraw")).status == 200
    await grant(house, session.thread)
    assert await house.deps.store.lease_outgoing(W1, house.clock.now(), 90, 10) == []


async def test_only_its_agent_withdraws(house: House) -> None:
    _, page, session = await at_work(house)
    seq = await kept(house, page, session)
    _, other = await house.logged_in("mei")
    assert refused(await other.post(f"/desk/api/sessions/{session.id}/messages/{seq}/withdraw")) == (409, "not_yours")
    assert (await transcript(page, session))[seq] == ("kept", "out_of_count")
    assert refused(await page.post(f"/desk/api/sessions/{session.id}/messages/x/withdraw")) == (400, "seq")


async def test_an_approved_form_goes_out_filled_in_and_once(house: House) -> None:
    _, page, session = await at_work(house)
    (form,) = (await page.get(f"/desk/api/sessions/{session.id}/notices")).body["items"]
    assert (form["name"], form["title"]) == ("shipped", "发货通知")
    assert form["fields"] == [{"name": "character_string1", "max_chars": 32}, {"name": "thing2", "max_chars": 20}]
    body = {"template": "shipped", "values": VALUES, "cid": "n1"}
    said = [(await page.post(f"/desk/api/sessions/{session.id}/notice", **body)).body["message"] for _ in range(2)]
    assert said[0]["seq"] == said[1]["seq"]
    (row,) = await rows(house, session.thread)
    assert row.outgoing.message.parts == (Notice("shipped", VALUES, "订单 20261122-7 由 顺丰 送出"),)
    assert ("session_notice", session.id) in [event[1:] for event in await house.audited()]


async def test_a_form_that_is_not_whole_says_what_is_wrong(house: House) -> None:
    _, page, session = await at_work(house)
    at = f"/desk/api/sessions/{session.id}/notice"
    wrong = await page.post(at, template="shipped", values={"thing2": "字" * 21})
    assert refused(wrong) == (400, "bad_notice")
    assert [(one["key"], one["code"]) for one in wrong.body["problems"]] == [("character_string1", "missing"), ("thing2", "too_long")]
    assert (await page.post(at, template="unknown", values=VALUES)).status == 404
    _, other = await house.logged_in("mei")
    assert refused(await other.post(at, template="shipped", values=VALUES)) == (409, "not_yours")


async def test_withdrawing_and_sending_at_the_same_moment_end_in_one_of_them(house: House) -> None:
    agent, page = await house.logged_in("lin")
    channel = house.channels[OA]
    assert isinstance(channel, CountedChannel)
    delivery = Delivery(house.deps.store, house.deps.bus, house.channels, clock=house.clock, worker=W1, metrics=house.deps.metrics)
    ends = []
    for n in range(ROUNDS):
        session = await wrote(house, f"oRace{n}", with_=agent)
        channel.said(session.thread)
        await delivery.send_due()  # the greeting
        seq = (await page.post(f"/desk/api/sessions/{session.id}/reply", text=f"第 {n} 句")).body["message"]["seq"]
        withdrawn, _ = await asyncio.gather(tried(house.deps.desk.withdraw(agent, session.id, seq)), behind(n, delivery))
        await delivery.send_due()
        was_sent = (session.id, f"第 {n} 句") in channel.taken
        ends.append((withdrawn, was_sent, (await transcript(page, session))[seq][0]))
    assert set(ends) <= {("done", False, "refused"), ("on_its_way", True, "sent"), ("not_kept", True, "sent")}
    assert len(ends) == ROUNDS


async def tried(deed: Awaitable[None]) -> str:
    """How it ended: done, or the code of what stood in the way."""
    try:
        await deed
    except Conflict as conflict:
        return conflict.code
    return "done"


async def behind(turns: int, delivery: Delivery) -> None:
    """Send what is due, that many turns of the loop later: who is first differs."""
    for _ in range(turns):
        await asyncio.sleep(0.0004)
    await delivery.send_due()
