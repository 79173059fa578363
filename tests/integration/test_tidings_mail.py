"""What became of our mails: bounces, delays and receipts reach whoever has to know, and open nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.core.bus import Subscription
from gateway.core.changes import Changes
from gateway.core.errors import Rejected
from gateway.core.events import Fated, Remarked
from gateway.core.handoff import Agent, CaseStatus
from gateway.core.ids import AgentId, CaseId, Lane, WorkerId
from gateway.core.message import Author, Message, Status
from gateway.core.parts import plain_text
from gateway.core.session import State
from gateway.core.signals import DESK, DeskSignal, unpack_desk
from gateway.delivery import Delivery
from tests.contract.records import case
from tests.fakes import FrozenClock
from tests.integration.mail_floor import MAIL, MailFloor, open_mail_floor
from tests.peers.mail_channel import MailChannel

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
SOON_S = 30.0
FAILED = "发给 customer@example.net 的邮件没有送达，原因见该邮件。"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(MONDAY)


class Post:
    """A floor whose mails really go out."""

    def __init__(self, floor: MailFloor) -> None:
        self.floor, self.house, self.channel = floor, floor.floor, MailChannel(name=MAIL)

    async def send(self) -> None:
        worker = Delivery(
            self.house.store, self.house.bus, {MAIL: self.channel}, clock=self.house.clock, worker=WorkerId("w"), metrics=self.house.metrics
        )
        await worker.send_due()

    async def answered(self) -> Agent:
        """Amy has answered a customer, and her mail is out under the id "a1"."""
        amy = await self.house.hire("amy", capacity_units=4)
        session = await self.floor.mail("person please")
        await self.send()  # what they are told while they wait
        await self.house.desk.accept(amy, session.id)
        await self.house.desk.reply(amy, session.id, "Hello")
        self.channel.script = ["a1"]
        await self.send()
        return amy

    async def tells(self, status: Status, detail: str = "", *, of: str = "a1") -> None:
        await self.floor.tells(Fated(channel_message_id=of, status=status, detail=detail))

    async def mail(self) -> Message:
        """The agent's last mail."""
        return [message for message in await self.floor.transcript() if message.author is Author.AGENT][-1]

    async def standing(self) -> tuple[Status, str]:
        message = await self.mail()
        details = await self.house.store.message_details(message.session_id, [message.seq])
        return message.status, details.get(message.seq, "")


@pytest.fixture
async def post(tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Post]:
    async with open_mail_floor(tmp_path, clock) as floor:
        yield Post(floor)


NEWS: list[tuple[list[tuple[Status, str]], tuple[Status, str]]] = [
    ([(Status.DELIVERED, "")], (Status.DELIVERED, "")),
    ([(Status.SENT, "delayed")], (Status.SENT, "delayed")),
    ([(Status.SENT, "delayed"), (Status.DELIVERED, "")], (Status.DELIVERED, "")),
    ([(Status.DELIVERED, ""), (Status.SENT, "delayed")], (Status.DELIVERED, "")),
    ([(Status.READ, ""), (Status.DELIVERED, "")], (Status.READ, "")),
    ([(Status.READ, ""), (Status.FAILED, "5.0.0")], (Status.READ, "")),
    ([(Status.DELIVERED, ""), (Status.READ, "")], (Status.READ, "")),
    ([(Status.DELIVERED, ""), (Status.FAILED, "5.2.2 full")], (Status.FAILED, "5.2.2 full")),
    ([(Status.FAILED, "5.1.1"), (Status.DELIVERED, "")], (Status.FAILED, "5.1.1")),
    ([(Status.FAILED, "5.1.1"), (Status.SENT, "delayed")], (Status.FAILED, "5.1.1")),
    ([(Status.FAILED, "5.1.1"), (Status.READ, "")], (Status.READ, "")),
]
"""What is told of a mail, in this order, and how it stands then."""


async def test_late_news_take_nothing_back(post: Post) -> None:
    amy = await post.answered()
    for number, (told, stands) in enumerate(NEWS):
        await post.house.desk.reply(amy, (await post.floor.session()).id, f"mail {number}")
        post.channel.script = [f"b{number}"]
        await post.send()
        for status, detail in told:
            await post.tells(status, detail, of=f"b{number}")
        assert await post.standing() == stands, told


async def test_a_bounce_gives_the_word_back_to_the_agent_who_waits_and_says_so_at_the_end(post: Post) -> None:
    await post.answered()
    assert (await post.floor.session()).state is State.WAITING_CUSTOMER
    assert await held(post) == 0
    heard = await post.house.bus.subscribe(DESK)
    await post.tells(Status.FAILED, "5.1.1 no such user")
    session = await post.floor.session()
    assert (session.state, session.agent_id, session.episode) == (State.ACTIVE, "amy", 1)
    assert await post.standing() == (Status.FAILED, "5.1.1 no such user")
    assert await held(post) == 1
    last = (await post.floor.transcript())[-1]
    assert (last.author, plain_text(last.parts), last.why) == (Author.SYSTEM, FAILED, {"is_remark": True})
    told = [signal for signal in await signals(heard, 3) if signal.kind == "message"]
    assert [(signal.agent_id, len(signal.messages), signal.fates) for signal in told] == [
        ("amy", 1, ()), ("amy", 0, (((await post.mail()).seq, Status.FAILED),)),
    ]  # fmt: skip


async def signals(heard: Subscription, count: int) -> list[DeskSignal]:
    """The next ones."""
    async with asyncio.timeout(SOON_S):
        return [unpack_desk((await anext(aiter(heard)))[1]) for _ in range(count)]


async def held(post: Post) -> int:
    """What Amy has in hand."""
    return (await post.house.store.held_units()).get(AgentId("amy"), 0)


async def test_a_bounce_that_several_servers_tell_of_is_told_once(post: Post) -> None:
    await post.answered()
    for detail in ("5.1.1 a@example.net", "5.1.1 b@example.net"):
        await post.tells(Status.FAILED, detail)
    assert (await post.floor.words())[-2:] == ["agent: Hello", f"system: {FAILED}"]


async def test_a_bounce_of_a_session_that_is_over_opens_nothing_and_is_seen_at_the_mail(post: Post) -> None:
    amy = await post.answered()
    session = await post.floor.session()
    await post.house.desk.close(amy, session.id, "resolved")
    before = await post.floor.session()
    await post.tells(Status.FAILED, "5.1.1")
    assert await post.floor.session() == before
    assert await post.standing() == (Status.FAILED, "5.1.1")


@pytest.mark.parametrize(("status", "is_told"), [(CaseStatus.OPEN, True), (CaseStatus.IN_PROGRESS, True), (CaseStatus.RESOLVED, False)])
async def test_a_bounce_is_told_where_the_case_is_still_worked_on(post: Post, status: CaseStatus, is_told: bool) -> None:
    amy = await post.answered()
    session = await post.floor.session()
    await post.house.desk.close(amy, session.id, "resolved")
    await post.house.commit(Changes(cases=(case(1, session_id=session.id, status=status),)))
    heard = await post.house.bus.subscribe(DESK)
    await post.tells(Status.FAILED, "5.1.1")
    assert ((await post.floor.words())[-1] == f"system: {FAILED}") is is_told
    assert (await post.floor.session()).state is State.CLOSED
    told = await signals(heard, 3 if is_told else 1)
    assert [signal.case_id for signal in told if signal.kind == "case"] == ([CaseId("case-1")] if is_told else [])


async def test_a_bounce_of_the_bots_answer_moves_nobody(post: Post) -> None:
    await post.floor.mail("fees")
    post.channel.script = ["a1"]
    await post.send()
    before = await post.floor.session()
    await post.tells(Status.FAILED, "5.1.1")
    assert await post.floor.session() == before
    assert [message.status for message in await post.floor.transcript()] == [Status.SENT, Status.FAILED]


async def test_a_bounce_of_the_bots_mail_is_told_where_its_case_is_worked_on(post: Post) -> None:
    session = await post.floor.mail("fees")
    post.channel.script = ["a1"]
    await post.send()
    await post.house.commit(Changes(cases=(case(1, session_id=session.id),)))
    await post.tells(Status.FAILED, "5.1.1")
    assert ((await post.floor.session()).state, (await post.floor.words())[-1]) == (State.BOT, f"system: {FAILED}")


async def test_news_of_a_mail_that_nobody_knows_are_put_aside(post: Post) -> None:
    await post.answered()
    before = await post.floor.session()
    await post.tells(Status.FAILED, "5.1.1", of="forged")
    assert await post.floor.session() == before


async def test_an_agents_mail_that_is_given_up_comes_back_to_them_as_a_bounce_does(post: Post) -> None:
    await post.answered()
    await post.house.desk.reply(await amy_of(post), (await post.floor.session()).id, "And another")
    post.channel.script = [Rejected("No such user", code="550")]
    await post.send()
    bus = post.house.bus
    (event,) = [item.event for lane in range(bus.lane_count) for item in await bus.read(Lane(lane), "", 10)]
    assert event.event == Remarked(what="mail_failed")
    session = await post.floor.happens(event)
    assert session.state is State.ACTIVE
    assert (await post.floor.words())[-1] == f"system: {FAILED}"


async def amy_of(post: Post) -> Agent:
    found = await post.house.store.agent_by_name("amy")
    assert found is not None
    return found


async def test_a_strangers_mail_is_remarked_to_whoever_has_the_thread(post: Post) -> None:
    await post.answered()
    await post.floor.tells(Remarked(what="mail_stranger", who="stranger@example.org"))
    assert (await post.floor.words())[-1] == (
        "system: 另有人（stranger@example.org）在这封邮件的往来中回了信。对方有单独的会话，看不到这里的内容。"
    )
    assert (await post.floor.session()).state is State.WAITING_CUSTOMER
