"""A case is answered in the chat where the customer asked: within WeChat's window an agent needs no other address."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.core.contact import Proof
from gateway.core.handoff import Case, CaseStatus, Failure, Stage
from gateway.core.ids import SessionId
from gateway.core.message import Author
from gateway.core.parts import Text
from gateway.core.session import CloseReason, Session, State
from handoff import moves
from tests.integration.counted_house import follower, linked, open_counted_house, wrote
from tests.integration.desk_house import House, Page, refused

OPENID = "oUser-k3Xq"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with open_counted_house(tmp_path) as opened:
        yield opened


async def opened_case(house: House) -> tuple[Session, Case]:
    """A customer on WeChat who waited in vain."""
    session = await wrote(house, OPENID)
    await linked(house, follower(OPENID), by=Proof.CHANNEL)
    handoff = await house.deps.store.handoff(session.handoff_id) if session.handoff_id else None
    assert handoff is not None
    draft = house._draft(session)
    moves.give_up(
        draft, handoff, Failure.NO_AGENT, "", house.deps.texts, bot_name="bot", contact=None, known=None, is_answered_here=True
    )  # fmt: skip
    session = await house.commit(session, draft)
    case = await house.deps.store.case_of_session(session.id)
    assert case is not None
    return session, case


async def write(page: Page, case: Case, text: str = "退款已处理", cid: str | None = None) -> tuple[int, Any]:
    reply = await page.post(f"/desk/api/cases/{case.id}/reply", text=text, **({"cid": cid} if cid else {}))
    return reply.status, reply.body


@pytest.mark.parametrize("before", ["bot", "closed"])
async def test_whoever_answers_a_case_has_the_chat(house: House, before: str) -> None:
    agent, page = await house.logged_in("lin")
    session, case = await opened_case(house)
    if before == "closed":
        draft = house._draft(session)
        draft.close(CloseReason.BOT_RESOLVED)
        await house.commit(session, draft)
    status, told = await write(page, case)
    there = await house.session(SessionId(told["session"]["id"]))
    assert (status, there.state, there.agent_id, there.episode) == (200, State.WAITING_CUSTOMER, agent.id, 1 if before == "bot" else 2)
    (said,) = await house.deps.store.session_messages(there.id, there.seq - 1, 1)
    assert (said.name, said.author) == (agent.shown_name, Author.AGENT)
    handoff = await house.deps.store.handoff(there.handoff_id) if there.handoff_id else None
    assert handoff is not None
    assert (handoff.stage, handoff.packet.wish, handoff.packet.open_cases) == (Stage.ACCEPTED, "我的订单呢", (case.id,))
    taken = await house.deps.store.case(case.id)
    assert taken is not None
    assert (taken.status, taken.agent_id) == (CaseStatus.IN_PROGRESS, agent.id)
    assert ("case_answered", case.id) in [event[1:] for event in await house.audited()]


async def test_the_same_answer_sent_again_is_said_once(house: House) -> None:
    _, page = await house.logged_in("lin")
    _, case = await opened_case(house)
    told = [await write(page, case, cid="a1") for _ in range(2)]
    assert told[0][1]["message"]["id"] == told[1][1]["message"]["id"]


async def test_a_colleagues_case_or_chat_is_not_answered(house: House) -> None:
    _, page = await house.logged_in("lin")
    _, other = await house.logged_in("mei")
    _, case = await opened_case(house)
    assert (await write(page, case))[0] == 200
    assert refused(await other.post(f"/desk/api/cases/{case.id}/reply", text="我来")) == (409, "case_taken")


async def test_a_customer_on_wechat_reads_that_they_are_answered_there(house: House) -> None:
    session, _ = await opened_case(house)
    (part,) = (await house.deps.store.session_messages(session.id, session.seq - 1, 1))[0].parts
    assert isinstance(part, Text)
    assert "客服会在这里回复您。您也可以留下邮箱或手机号" in part.text
