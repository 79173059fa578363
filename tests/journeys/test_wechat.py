"""WeChat through the whole program, asserted from outside: what stands on the customer's phone, and what the agent's desk says of it.

One gateway with two accounts serves them all; each test has a customer of its own. Time goes at its own pace on both sides, and jumps for
both at once.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.floor import PASSWORD, house
from tests.peers.gateway import Gateway
from tests.peers.two_doors import Desk, Ear, desk_at
from tests.peers.wechat import Account, Fault, Phone, WeChatPlatform
from tests.peers.wechat.moved_gateway import FILE
from tests.peers.wechat.phones import SAMPLES
from tests.peers.wechat.pusher import AttemptFault
from tests.peers.wechat.sim_clock import SimClock

PROGRAM = ("-P", str(Path(__file__).parents[1] / "peers" / "wechat" / "quick_moved_gateway.py"))
PATIENCE_S = 30.0
DAYS_S = 48 * 3600
CHANNELS = """
[security]
login_hours = 720.0
[queues.default]
offer_s = 600
[channels.oa]
type = "wechat"
app_id = "{oa.app_id}"
app_secret = "{oa.secret}"
token = "{oa.token}"
aes_key = "{oa.aes_key}"
api_base = "{url}"
menu = {{REFUND = "7 号问题"}}
[channels.oa.templates.reply]
id = "T1"
text = "您的问题有新回复：{{{{thing1.DATA}}}}"
[channels.news]
type = "wechat"
app_id = "{news.app_id}"
app_secret = "{news.secret}"
token = "{news.token}"
mode = "plain"
api_base = "{url}"
customer_service = false
menus = false
"""


@dataclass
class Town:
    """The platform, the gateway, and the two accounts that lead to it: a 服务号 in safe mode, and a 订阅号 that may not send."""

    platform: WeChatPlatform
    gateway: Gateway
    oa: Account
    news: Account

    def phone(self, account: Account | None = None) -> Phone:
        """A follower."""
        return self.platform.phone(account or self.oa)


@pytest.fixture(scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    platform = WeChatPlatform(SimClock(folder / "clock"))
    async with platform.running():
        oa = platform.account("wx0000000000000001", templates={"T1": "您的问题有新回复：{{thing1.DATA}}"}, menu={"REFUND": "退款"})
        news = platform.account("wx0000000000000002", mode="plain", style="json", can_send=False, can_send_menus=False)
        gateway = Gateway(folder, more=CHANNELS.format(oa=oa, news=news, url=platform.url), program=PROGRAM)
        oa.push_url, news.push_url = f"{gateway.url}/wechat/oa", f"{gateway.url}/wechat/news"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(FILE, str(folder / "clock"))
            async with house(gateway, ("mei", "坐席 07")):
                yield Town(platform, gateway, oa, news)
                assert platform.breaches == []


@dataclass
class Agent:
    """An agent who takes what this customer is offered."""

    desk: Desk
    ear: Ear

    async def take(self, phone: Phone) -> str:
        """The customer asks for a person; the session."""
        await self.desk.post("status", status="available")
        await phone.write("转人工")
        async with asyncio.timeout(PATIENCE_S):
            session = str((await self.ear.until("offer"))["session_id"])
        await self.desk.post(f"sessions/{session}/accept")
        assert self.desk.status == 200
        await self.desk.post("status", status="busy")
        if phone.account.can_send:
            await until(lambda: phone.texts[-1] == "客服 坐席 07 为您服务。", f"who serves the customer (behind {phone.texts})")
        return session

    async def reply(self, session: str, text: str) -> int:
        message = (await self.desk.post(f"sessions/{session}/reply", text=text))["message"]
        assert self.desk.status == 200
        return int(message["seq"])

    async def message(self, session: str, seq: int) -> dict[str, Any]:
        transcript = (await self.desk.get(f"sessions/{session}"))["transcript"]
        return next(message for message in transcript if message["seq"] == seq)

    async def fate(self, session: str, seq: int, status: str) -> dict[str, Any]:
        """The message, once it has this fate."""
        async with asyncio.timeout(PATIENCE_S):
            while (message := await self.message(session, seq))["status"] != status:
                await asyncio.sleep(0.05)
        return message


@pytest.fixture
async def mei(town: Town) -> AsyncIterator[Agent]:
    async with desk_at(town.gateway, "mei", PASSWORD) as desk, desk.live() as ear:
        yield Agent(desk, ear)
        for session in (await desk.get("sessions"))["items"]:
            await desk.post(f"sessions/{session['id']}/close", disposition="resolved")


async def until(holds: Callable[[], bool], what: str) -> None:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"{what} did not come") from None


async def shows(phone: Phone, *texts: str) -> None:
    """Until the account has said so much; then exactly this."""
    await until(lambda: len(phone.texts) >= len(texts), f"message {len(texts)} on the phone")
    assert phone.texts == list(texts)


async def test_the_backend_accepts_the_address(town: Town) -> None:
    assert await town.platform.check_url(town.oa, echo="echo 1") == (200, "echo 1")
    town_token, town.oa.token = town.oa.token, "AnotherToken"
    assert (await town.platform.check_url(town.oa))[0] == 403
    town.oa.token = town_token


async def test_a_question_is_answered_on_the_line_and_costs_nothing(town: Town) -> None:
    phone = town.phone()
    push = await phone.write("7 号问题")
    assert [attempt.outcome for attempt in push.attempts] == ["answered"]
    assert push.attempts[0].took_s < 5
    await shows(phone, "7 号答案")
    assert (phone.answers[0].via, phone.allowances.left(town.platform.clock.now())) == ("passive", 5)


async def test_an_account_that_may_not_send_answers_in_json_on_the_line(town: Town) -> None:
    phone = town.phone(town.news)
    await phone.write("8 号问题")
    await shows(phone, "8 号答案")


async def test_who_follows_is_greeted_and_a_menu_entry_asks(town: Town) -> None:
    phone = town.platform.phone(town.oa, is_following=False)
    await phone.follow()
    await until(lambda: len(phone.answers) == 1, "a greeting")
    await phone.tap_menu("REFUND")
    await until(lambda: len(phone.answers) == 2, "an answer")
    assert phone.texts[1] == "7 号答案"


async def test_an_answer_that_was_lost_is_given_again_the_same_and_shown_once(town: Town) -> None:
    phone = town.phone()
    town.oa.attempts.append(AttemptFault(is_lost=True))
    push = phone.write("9 号问题")
    await until(lambda: len(push.attempts) == 1, "the first attempt")
    town.platform.clock.advance(5)
    await push
    assert [attempt.outcome for attempt in push.attempts] == ["lost", "answered"]
    await shows(phone, "9 号答案")


async def test_an_agent_takes_over_and_both_talk_in_the_same_chat(town: Town, mei: Agent) -> None:
    phone = town.phone()
    session = await mei.take(phone)
    before = len(phone.texts)
    await mei.ear.say(type="look", session_id=session)
    await phone.write("我要退款")
    await mei.ear.until("message")
    seq = await mei.reply(session, "您好，我来帮您")
    await until(lambda: len(phone.texts) > before, "the agent's words")
    assert (phone.texts[-1], phone.answers[-1].via) == ("您好，我来帮您", "custom")
    await mei.fate(session, seq, "sent")
    window = (await mei.desk.get(f"sessions/{session}/window"))["window"]
    assert (window["left"], window["why"]) == (4, "")


async def test_words_written_too_late_are_kept_and_go_out_with_the_next_message(town: Town, mei: Agent) -> None:
    phone = town.phone()
    session = await mei.take(phone)
    before, refused = len(phone.texts), town.platform.refusals("custom/send")
    town.platform.clock.advance(DAYS_S)
    seq = await mei.reply(session, "退款已经到账了")
    await mei.fate(session, seq, "kept")
    assert (await mei.desk.get(f"sessions/{session}/window"))["window"]["left"] == 0
    assert town.platform.refusals("custom/send") == refused
    await mei.desk.post(f"sessions/{session}/notice", template="reply", values={"thing1": "退款已到账"})
    await until(lambda: len(phone.texts) > before, "the form")
    assert (phone.texts[-1], phone.answers[-1].via) == ("您的问题有新回复：退款已到账", "template")
    await phone.write("在吗")
    await until(lambda: "退款已经到账了" in phone.texts, "what was kept")
    await mei.fate(session, seq, "sent")
    assert phone.texts.count("退款已经到账了") == 1


async def test_an_account_that_may_not_send_gives_the_agents_words_with_the_next_message(town: Town, mei: Agent) -> None:
    phone = town.phone(town.news)
    session = await mei.take(phone)
    seq = await mei.reply(session, "我看看您的订单")
    await mei.fate(session, seq, "kept")
    await phone.write("好的")
    await until(lambda: "我看看您的订单" in phone.texts[-1], "what was kept")
    assert (phone.texts[-1], phone.answers[-1].via) == ("客服 坐席 07 为您服务。\n\n我看看您的订单", "passive")
    await mei.fate(session, seq, "sent")


async def test_what_the_platform_forgot_to_answer_is_said_to_be_uncertain_and_never_sent_twice(town: Town, mei: Agent) -> None:
    phone = town.phone()
    session = await mei.take(phone)
    town.platform.faults.next("custom/send", Fault(is_cut_after=True), owner=town.oa.app_id)
    seq = await mei.reply(session, "只说一次")
    assert (await mei.fate(session, seq, "uncertain"))["trouble"]["code"]
    assert phone.texts.count("只说一次") == 1


@pytest.mark.parametrize("fault", [Fault(kills_token=42001), Fault(kills_token=40001), Fault(errcode=-1), Fault(is_cut_before=True)])
async def test_what_was_not_taken_is_sent_again_unless_nobody_can_know(town: Town, mei: Agent, fault: Fault) -> None:
    phone = town.phone()
    session = await mei.take(phone)
    town.platform.faults.next("custom/send", fault, owner=town.oa.app_id)
    seq = await mei.reply(session, "再试一次")
    await mei.fate(session, seq, "uncertain" if fault.is_cut_before else "sent")
    assert phone.texts.count("再试一次") == (0 if fault.is_cut_before else 1)


async def test_files_go_both_ways(town: Town, mei: Agent) -> None:
    phone = town.phone()
    session = await mei.take(phone)
    await phone.send_media("image", SAMPLES["image"])

    async def arrived() -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                parts = (await mei.desk.get(f"sessions/{session}"))["transcript"][-1]["parts"]
                if parts and parts[0]["type"] == "file":
                    return dict(parts[0])
                await asyncio.sleep(0.05)

    file = await arrived()
    assert file["file"]["mime"] == "image/png"
    body = {"data": SAMPLES["image"], "params": {"name": "a.png"}}
    sent = (await mei.desk.ask("POST", f"sessions/{session}/files", **body))["file"]
    await mei.desk.post(f"sessions/{session}/reply", text="", files=[sent["id"]])
    await until(lambda: phone.answers[-1].kind == "image", "the picture")
    media = town.oa.media[phone.answers[-1].content["media_id"]]
    assert media.content == SAMPLES["image"]


async def test_a_killed_gateway_answers_what_it_had_taken_once(town: Town) -> None:
    """`kill -9` between the push and its answer; the platform comes again to the one that is started anew."""
    phones = [town.phone() for _ in range(6)]
    pushes = [phone.write(f"{number} 号问题") for number, phone in enumerate(phones)]
    await asyncio.sleep(0.03)  # somewhere between: which of them were taken is chance
    town.gateway.kill()
    await asyncio.to_thread(town.gateway.start)
    for push in pushes:
        await push
    await until(lambda: all(phone.texts for phone in phones), "an answer on each phone")
    assert [phone.texts for phone in phones] == [[f"{number} 号答案"] for number in range(6)]
