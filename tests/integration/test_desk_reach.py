"""Writing to the same customer on another channel of theirs: verified addresses alone, one agent each, nothing shown of the other side."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.contact import Proof
from gateway.core.handoff import Agent, Reason, Role, Stage
from gateway.core.ids import SessionId
from gateway.core.parts import plain_text
from gateway.core.session import CloseReason, Move, Session, State
from tests.integration.counted_house import follower, linked, on_site, open_counted_house, wrote
from tests.integration.desk_house import House, Page, refused

FOLLOWER = follower("oUser-k3Xq")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_counted_house(tmp_path) as opened:
        yield opened


async def at_work(house: House) -> tuple[Agent, Page, Session]:
    """An agent with a customer of theirs on WeChat."""
    agent, page = await house.logged_in("lin")
    return agent, page, await wrote(house, with_=agent)


async def reach(page: Page, source: Session, thread: str = "v1", text: str = "今天发货", cid: str | None = None) -> tuple[int, Any]:
    body = {"channel": "site", "thread": thread, "text": text} | ({"cid": cid} if cid else {})
    reply = await page.post(f"/desk/api/sessions/{source.id}/reach", **body)
    return reply.status, reply.body


async def with_bot(house: House, thread: str = "v1") -> Session:
    """A visitor of the website whom the bot serves."""
    draft = house._draft(house._fresh(thread))
    house._hear(draft, "在吗")
    return await house.commit(None, draft)


async def closed(house: House, thread: str = "v1") -> Session:
    session = await with_bot(house, thread)
    draft = house._draft(session)
    draft.close(CloseReason.BOT_RESOLVED)
    return await house.commit(session, draft)


async def test_only_verified_addresses_are_ways(house: House) -> None:
    _, page, session = await at_work(house)
    await with_bot(house)
    at = f"/desk/api/sessions/{session.id}/ways"
    assert (await page.get(at)).body["items"] == []
    await linked(house, FOLLOWER, on_site("v1"), by=Proof.NONE)
    assert (await page.get(at)).body["items"] == []
    assert (await reach(page, session))[0] == 404
    await linked(house, FOLLOWER, on_site("v1"), on_site("nobody-there"))
    (way,) = (await page.get(at)).body["items"]
    assert (way["channel"], way["type"], way["thread"], way["verified_by"]) == ("site", "webchat", "v1", "scan")
    assert (way["session"]["state"], way["session"]["is_mine"], way["window"]) == ("bot", False, None)
    _, other = await house.logged_in("mei")
    assert refused(await other.get(at)) == (409, "not_yours")


async def test_an_account_is_a_way_before_its_follower_has_written(house: House) -> None:
    lin, page = await house.logged_in("lin")
    session = await house.offered(lin)
    await page.post(f"/desk/api/sessions/{session.id}/accept")
    await linked(house, on_site("v1"), follower("oNew-9999"))
    (way,) = (await page.get(f"/desk/api/sessions/{session.id}/ways")).body["items"]
    assert (way["channel"], way["thread"], way["tag"], way["session"]) == ("oa", "oNew-9999", "9999", None)


@pytest.mark.parametrize("before", ["bot", "closed"])
async def test_whoever_writes_there_has_the_session(house: House, before: str) -> None:
    agent, page, session = await at_work(house)
    await (with_bot(house) if before == "bot" else closed(house))
    contact = await linked(house, FOLLOWER, on_site("v1"))
    status, told = await reach(page, session)
    there = await house.session(SessionId(told["session"]["id"]))
    assert (status, there.state, there.agent_id) == (200, State.WAITING_CUSTOMER, agent.id)
    assert (there.episode, there.contact_id) == ((1, None) if before == "bot" else (2, contact))
    assert there.floor == there.epoch  # what the bot had not got out there is refused
    handoff = await house.deps.store.handoff(there.handoff_id) if there.handoff_id else None
    assert handoff is not None
    assert (handoff.stage, handoff.reason, handoff.agent_id) == (Stage.ACCEPTED, Reason.REACHED, agent.id)
    assert ("session_reached", there.id) in [event[1:] for event in await house.audited()]
    said = await shown(house)
    assert (said[-1], [words for words in said if "我的订单呢" in words]) == ("今天发货", [])
    assert (await house.session(session.id)).agent_id == agent.id


async def shown(house: House) -> list[str]:
    """What the visitor reads."""
    visitor = house._fresh("v1")
    return [plain_text(one.parts) for one in await house.deps.store.thread_messages(visitor.channel, visitor.thread, 0, 50)]


async def test_the_same_words_sent_again_are_said_once(house: House) -> None:
    _, page, session = await at_work(house)
    await with_bot(house)
    await linked(house, FOLLOWER, on_site("v1"))
    told = [await reach(page, session, cid="r1") for _ in range(2)]
    assert told[0][1]["message"]["id"] == told[1][1]["message"]["id"]
    assert told[0][1]["session"]["id"] == told[1][1]["session"]["id"]


async def test_a_session_in_the_queue_is_taken_and_ones_own_is_spoken_in(house: House) -> None:
    agent, page, session = await at_work(house)
    await house.waiting("v1")
    await linked(house, FOLLOWER, on_site("v1"))
    assert (await reach(page, session))[0] == 200
    status, told = await reach(page, session, text="还有一句")
    assert (status, told["session"]["agent_id"], told["session"]["state"]) == (200, agent.id, "waiting_customer")


async def test_a_colleagues_session_is_left_to_them(house: House) -> None:
    _, page, session = await at_work(house)
    mei, other = await house.logged_in("mei")
    theirs = await house.offered(mei)
    await linked(house, FOLLOWER, on_site("v1"))
    assert (await reach(page, session))[1]["code"] == "offered_elsewhere"
    await other.post(f"/desk/api/sessions/{theirs.id}/accept")
    status, told = await reach(page, session)
    assert (status, told["code"], told["params"]) == (409, "not_yours", {"name": "Mei"})
    await other.post(f"/desk/api/sessions/{theirs.id}/close", disposition="resolved")
    assert (await reach(page, session))[0] == 200


async def test_full_hands_and_a_wrap_up_of_ones_own_stand_in_the_way(house: House) -> None:
    agent, page, session = await at_work(house)
    await linked(house, FOLLOWER, on_site("v1"))
    mine = await house.offered(agent)
    await page.post(f"/desk/api/sessions/{mine.id}/accept")
    current = await house.session(mine.id)
    draft = house._draft(current)
    draft.move(Move.END)
    await house.commit(current, draft)
    assert (await reach(page, session))[1]["code"] == "wrapping_up"
    await page.post(f"/desk/api/sessions/{mine.id}/close", disposition="resolved")
    account = await house.deps.store.agent(agent.id)
    assert account is not None
    await house.write(Changes(agents=(structs.replace(account, version=account.version + 1, capacity_units=1),)))
    assert (await reach(page, session))[1]["code"] == "hands_full"


async def test_words_are_checked_before_anything_is_opened(house: House) -> None:
    _, page, session = await at_work(house)
    await closed(house)
    await linked(house, FOLLOWER, on_site("v1"))
    assert (await reach(page, session, text="  "))[1]["code"] == "empty_text"
    assert (await reach(page, session, text="字" * 2000))[1]["code"] == "text_too_long"
    _, boss = await house.logged_in("zoe", Role.SUPERVISOR)
    assert (await reach(boss, session))[1]["code"] == "take_over_first"
    assert len(await house.deps.store.earlier_sessions([on_site("v1")], SessionId(""), 9)) == 1
