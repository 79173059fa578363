"""Calls at the desk, over a scripted server: what agents see of them, how they speak, and what they do where nobody is on the line."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from gateway.core.events import CallStage
from tests.integration.called_house import called, open_called_house, stands
from tests.journeys.floor import browser_of, log_in
from tests.journeys.test_desk_pictures import EVERY, SOME, shown
from tests.peers.called_desk import CalledDesk, ago, full
from tests.peers.chromium import watched
from tests.peers.node import node_modules


@pytest.fixture
def server() -> CalledDesk:
    return full(CalledDesk())


@pytest.fixture
async def context(chromium: Browser, server: CalledDesk) -> AsyncIterator[BrowserContext]:
    async with server.running(), watched(chromium, allowed=["status of 409", "status of 404"], reduced_motion="reduce") as context:
        yield context


async def opened(context: BrowserContext, server: CalledDesk, session_id: str) -> Page:
    page = await context.new_page()
    await page.goto(f"{server.url}/desk/#/session/{session_id}")
    await expect(page.locator(".log .said").first).to_be_visible()
    return page


async def test_a_call_is_followed_from_the_line_to_the_phone_and_back(context: BrowserContext, server: CalledDesk) -> None:
    page = await opened(context, server, "p1")
    card, line, box = page.locator(".call-card"), page.locator(".call-line"), page.get_by_role("textbox", name="回复客户")
    mark = page.locator("a.line[data-id=p1] .call-mark")
    await expect(card.locator(".call-stands")).to_contain_text(re.compile(r"在线2:\d\d\+86 138 0013 8000"))
    await expect(card.locator(".call-doubt")).to_have_text("号码未验证")
    await expect(mark).to_have_text(re.compile(r"在线2:\d\d"))
    await expect(line).to_have_text("您写的内容会读给客户听。 客户说的话会转成文字。")
    await expect(page.get_by_role("button", name="读给客户")).to_be_visible()
    await box.fill("您好，我是坐席 07")
    await page.keyboard.press("Enter")
    await expect(page.locator(".log .said.agent .bubble")).to_have_text("您好，我是坐席 07")
    await box.fill("请稍等")
    await server.turn("p1", "ringing", speaks="phone")
    await expect(line).to_contain_text("接起您的电话，直接和客户说")
    await expect(line).to_contain_text("您没说出的内容还留着")
    await expect(box).to_have_count(0)
    await server.turn("p1", "talking", speaks="phone")
    await expect(card).to_have_attribute("data-stage", "talking")
    await expect(mark).to_contain_text("通话中")
    await expect(card.get_by_role("status")).to_have_text("通话中")
    await expect(line).to_contain_text("写在这里客户听不到")
    server.sessions["p1"]["state"] = "on_hold"
    await server.turn("p1", "talking", speaks="phone")
    await expect(line).to_contain_text("点“继续接待”后再和客户说话")
    server.sessions["p1"]["state"] = "active"
    await server.turn("p1", "held", speaks="phone")
    await expect(line).to_contain_text("客户按了保持")
    await server.turn("p1", "up", speaks="phone", why="hung_up")
    await expect(card).to_contain_text("和坐席的通话已结束，客户还在线")
    await expect(line).to_contain_text("可以转给同事")
    await server.turn("p1", "up")
    await expect(box).to_have_value("请稍等")


async def test_who_has_hung_up_is_called_back_or_reached_elsewhere(context: BrowserContext, server: CalledDesk) -> None:
    page = await opened(context, server, "p2")
    card, line = page.locator(".call-card"), page.locator(".call-line")
    await expect(card).to_contain_text("客户已挂断，希望接到回电")
    await expect(line).to_contain_text("电话那边没有人")
    await expect(page.locator(".write")).to_have_attribute("data-kind", "note")
    await expect(page.locator(".queue .call-mark")).to_have_text([re.compile("在线"), re.compile(r"等回电\d+ 分钟$")])
    server.refusal = {"code": "hands_full", "detail": "your hands are full"}
    await card.get_by_role("button", name="立即回电").click()
    await expect(card.get_by_role("alert")).not_to_be_empty()
    server.refusal = None
    await card.get_by_role("button", name="立即回电").click()
    await expect(card.locator(".call-stands")).to_contain_text("正在回电")
    await expect(card.get_by_role("button", name="立即回电")).to_have_count(0)
    await expect(line).to_contain_text("客户还没有接起")
    await server.turn("p2", "away", why="no_answer", number="+12025550123")
    await expect(card).to_contain_text("回电时客户没有接通，可以稍后再试 · 无人接听")
    assert [path for path, _ in server.posted if path.endswith("/call")] == ["sessions/p2/call"] * 2
    await server.turn("p2", "callback", why="lost", number="+12025550123")
    await expect(card).to_contain_text("线路在我们这边中断，需要给客户回电")
    await line.get_by_role("button", name="换渠道联系").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.goto(f"{server.url}/desk/#/session/p6")
    await expect(page.locator(".talk .head h2")).to_have_text("号码已隐藏")
    await expect(line).to_contain_text("客户号码未知，无法回拨")
    await expect(page.locator("[data-act=call-now]")).to_have_count(0)


async def test_an_agent_whose_caller_has_hung_up_says_how_it_ended(context: BrowserContext, server: CalledDesk) -> None:
    page = await opened(context, server, "p5")
    await expect(page.get_by_role("button", name="结束会话")).to_be_visible()
    server.sessions["p5"]["state"] = "wrap_up"
    await server.turn("p5", "ended", why="hung_up", speaks="phone")
    await expect(page.locator(".stand")).to_contain_text("客户已挂断。可以回电，或点“结束会话”")
    await expect(page.locator(".call-card")).to_contain_text("客户挂断")
    await expect(page.locator(".call-card").get_by_role("button", name="立即回电")).to_be_visible()
    await page.get_by_role("button", name="结束会话").click()
    await page.get_by_role("dialog").get_by_role("radio").first.check()
    await page.get_by_role("dialog").get_by_role("button", name="结束会话").click()
    await expect(page.locator("a.line[data-id=p5]")).to_have_count(0)
    assert "sessions/p5/close" in [path for path, _ in server.posted]


async def test_a_case_that_came_by_phone_is_called_from_where_it_stands(context: BrowserContext, server: CalledDesk) -> None:
    page = await opened(context, server, "p7")
    await page.locator(".about .case [data-act=case-call]").click()
    await expect(page).to_have_url(re.compile("#/session/new$"))
    await expect(page.locator(".call-card")).to_contain_text("正在回电")
    assert "cases/k7/call" in [path for path, _ in server.posted]


async def test_what_was_said_pressed_and_heard_reads_as_it_was(context: BrowserContext, server: CalledDesk) -> None:
    page = await opened(context, server, "p1")
    log = page.locator(".log")
    await expect(log.locator("[data-seq='1'] kbd")).to_have_text("1")
    await expect(log.locator("[data-seq='1'] .keyed")).to_contain_text("查询订单和物流")
    await expect(log.locator("[data-seq='2'] .heard-to")).to_have_text("客户听了 60 % 就打断了")
    await expect(log.locator("[data-seq='3'] kbd")).to_have_count(13)
    await expect(log.locator("[data-seq='3'] .hidden")).to_have_text("按键 2 0 2 6 1 1 1 8 4 4 7 1 #")
    await expect(log.locator("[data-seq='4'] .keyed")).to_have_text("按了几个键，内容已隐藏")
    await expect(log.locator("[data-seq='5'] .heard-to")).to_have_text("")  # to its end
    await expect(log.locator("[data-seq='6'] .spoken-sure")).to_have_text("语音识别，把握高 93 %")
    await expect(log.locator("[data-seq='6'] audio")).to_have_count(1)
    await expect(log.locator("[data-seq='8'] .spoken-sure")).to_have_text("语音识别，把握中 64 %")
    await expect(log.locator("[data-seq='9'] .spoken")).to_have_attribute("data-level", "low")
    said = server.say("p1", "bot", "正在为您转人工", at=ago(1))
    await server.tell_session("p1", said)
    last = log.locator(f"[data-seq='{said['seq']}']")
    await expect(last).to_be_visible()
    said["why"] = {"heard": {"ms": 900, "of_ms": 3000}}
    server.sessions["p1"]["version"] += 1
    await server.tell_session("p1", said)
    await expect(last.locator(".heard-to")).to_have_text("客户听了 30 % 就打断了")
    await page.goto(f"{server.url}/desk/#/session/p4")
    await expect(log.locator("[data-seq='1'] audio")).to_have_count(1)  # the voicemail, once
    await page.goto(f"{server.url}/desk/#/session/p3")
    await expect(page.locator(".call-recording")).to_contain_text("能查看这个会话的人都可以听")
    await expect(log.locator(".system audio")).to_have_count(1)
    await page.locator(".about summary", has_text="通话记录").click()
    await expect(page.locator(".about .call dl")).to_contain_text("1 %")
    server.files.clear()  # kept no more
    await page.locator(".call-recording audio").evaluate("one => one.play().catch(() => {})")
    await expect(page.locator(".call-recording")).to_contain_text("录音已不再保存")


async def test_nobody_is_shut_out_of_calls(context: BrowserContext, server: CalledDesk, request: pytest.FixtureRequest) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    page = await opened(context, server, "p1")
    looks = {"p1": EVERY, "p2": SOME, "p3": EVERY, "p4": SOME, "p5": SOME}
    for one, wanted in looks.items():
        await page.goto(f"{server.url}/desk/#/session/{one}")
        await expect(page.locator(f"[data-session={one}] .log .said").first).to_be_visible()
        await shown(page, f"call-{one}", wanted, packages if one in {"p1", "p4"} else None)


async def test_the_gateways_own_desk_says_and_does_the_same(chromium: Browser, tmp_path: Path) -> None:
    async with open_called_house(tmp_path) as house, browser_of(chromium, "status of 409") as context:
        agent = await house.agent("desk07")
        session = await called(house, with_=agent)
        page = await context.new_page()
        await page.goto(f"{house.url}/desk/#/session/{session.id}")
        await log_in(page, "desk07")
        card = page.locator(".call-card")
        await expect(card.locator(".call-stands")).to_contain_text("在线")
        await expect(page.locator(".call-line")).to_contain_text("这条线路没有语音识别")
        await expect(page.locator("[data-seq='1'] .spoken-sure")).to_have_text("语音识别，把握中 62 %")
        await stands(house, session, CallStage.CALLBACK)
        await expect(card).to_contain_text("客户已挂断，希望接到回电")
        await expect(page.locator(f"a.line[data-id='{session.id}'] .call-mark")).to_contain_text("等回电")
        await card.get_by_role("button", name="立即回电").click()
        await expect(card.locator(".call-stands")).to_contain_text("正在回电")
        assert [action for _, action, _ in await house.audited()][-1] == "session_called"
