"""A visitor's chat in a real browser with the whole program behind it."""

import asyncio
import re
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import jwt
import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.peers.chat_server import ChatServer
from tests.peers.chromium import picture, watched
from tests.peers.gateway import Gateway

PASSWORD = "correct horse battery staple"
JWT_SECRET = "a secret of thirty-two bytes or more"


@pytest.fixture(scope="module")
async def shop() -> AsyncIterator[ChatServer]:
    """Another origin, with a page that embeds the gateway's widget."""
    async with ChatServer().running() as server:
        yield server


@asynccontextmanager
async def running(folder: Path, more: str) -> AsyncIterator[Gateway]:
    gateway = Gateway(folder, more=more)
    try:
        await asyncio.to_thread(gateway.start)
        yield gateway
    finally:
        await asyncio.to_thread(gateway.stop)


@pytest.fixture(scope="module")
async def gateway(tmp_path_factory: pytest.TempPathFactory, shop: ChatServer) -> AsyncIterator[Gateway]:
    """One for all of these tests: each has visitors of its own."""
    more = f'origins = ["{shop.url}"]\njwt_secret = "{JWT_SECRET}"'
    async with running(tmp_path_factory.mktemp("gateway"), more) as gateway:
        yield gateway


async def opened(context: BrowserContext, gateway: Gateway) -> Page:
    page = await context.new_page()
    await page.goto(gateway.url)
    await page.get_by_role("button", name="打开在线客服").click()
    await expect(page.locator(".panel[data-status=online]")).to_be_visible(timeout=20_000)
    return page


async def say(page: Page, text: str) -> None:
    await page.get_by_role("textbox", name="输入消息").fill(text)
    await page.keyboard.press("Enter")


async def test_a_question_is_answered_and_still_there_after_a_reload_and_in_another_tab(visitor: BrowserContext, gateway: Gateway) -> None:
    page = await opened(visitor, gateway)
    await say(page, "7 号问题")
    await expect(page.get_by_text("7 号答案")).to_be_visible()
    await expect(page.locator(".said.customer .mark")).to_have_text("已发送")
    await picture(page, "whole-answer")
    await page.reload()
    await expect(page.get_by_text("7 号答案")).to_be_visible()
    other = await opened(visitor, gateway)
    await expect(other.get_by_text("7 号答案")).to_be_visible()
    await say(other, "8 号问题")
    for tab in (page, other):
        await expect(tab.get_by_text("8 号答案")).to_be_visible()
        await expect(tab.locator(".said.customer .bubble")).to_have_text(["7 号问题", "8 号问题"])


async def test_a_gateway_killed_and_started_again_loses_and_doubles_nothing(visitor: BrowserContext, tmp_path: Path) -> None:
    async with running(tmp_path, "") as gateway:
        page = await opened(visitor, gateway)
        await say(page, "1 号问题")
        await expect(page.get_by_text("1 号答案")).to_be_visible()
        await asyncio.to_thread(gateway.kill, "all")
        await say(page, "2 号问题")
        await say(page, "3 号问题")
        await expect(page.get_by_text("等待网络连接").first).to_be_visible()
        await asyncio.to_thread(gateway.start)
        await expect(page.get_by_text("3 号答案")).to_be_visible(timeout=60_000)
        await expect(page.locator(".said.customer .bubble")).to_have_text(["1 号问题", "2 号问题", "3 号问题"])
        await page.reload()
        await expect(page.locator(".said.customer .bubble")).to_have_text(["1 号问题", "2 号问题", "3 号问题"])


NO_SOCKETS = """
  window.WebSocket = class extends EventTarget {
    constructor() { super(); setTimeout(() => this.onclose?.(new CloseEvent("close"))); }
    close() {}
  };
"""


async def test_blocked_sockets_fall_back_to_long_polling(visitor: BrowserContext, gateway: Gateway) -> None:
    await visitor.add_init_script(NO_SOCKETS)
    page = await opened(visitor, gateway)
    await say(page, "4 号问题")
    await expect(page.get_by_text("4 号答案")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("4 号答案")).to_be_visible()
    await say(page, "5 号问题")
    await expect(page.get_by_text("5 号答案")).to_be_visible(timeout=20_000)


async def test_a_picture_is_sent_and_shown_again_after_a_reload(visitor: BrowserContext, gateway: Gateway) -> None:
    page = await opened(visitor, gateway)
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="添加文件").click()
    image = await page.screenshot(clip={"x": 0, "y": 0, "width": 60, "height": 40})
    await (await chosen.value).set_files({"name": "凭证.png", "mimeType": "image/png", "buffer": image})
    await page.get_by_role("button", name="发送").click()
    await expect(page.locator(".said.customer img[alt='凭证.png']")).to_be_visible()
    await page.reload()
    shown = page.locator(".said.customer img[alt='凭证.png']")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.naturalWidth") == 60


@pytest.mark.parametrize("is_blocked", [False, True], ids=["socket", "long poll"])
async def test_a_page_of_another_origin_under_a_strict_policy(
    visitor: BrowserContext, gateway: Gateway, shop: ChatServer, is_blocked: bool
) -> None:
    if is_blocked:
        await visitor.add_init_script(NO_SOCKETS)
    page = await visitor.new_page()
    await page.goto(f"{shop.url}/host?at={gateway.url}")
    await page.get_by_role("button", name="Open chat").click()
    await expect(page.locator(".panel[data-status=online]")).to_be_visible(timeout=20_000)
    await page.get_by_role("textbox", name="Write a message").fill("question number 3")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("answer number 3")).to_be_visible()
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="Attach a file").click()
    image = await page.screenshot(clip={"x": 0, "y": 0, "width": 60, "height": 40})
    await (await chosen.value).set_files({"name": "slip.png", "mimeType": "image/png", "buffer": image})
    await page.get_by_role("button", name="Send").click()
    shown = page.locator(".said.customer img[alt='slip.png']")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 60


@pytest.fixture
def passport() -> str:
    """What the site's own server says of a customer who is logged in, another one in each test."""
    claims = {"sub": f"customer-{secrets.token_hex(4)}", "aud": "site", "exp": datetime.now(UTC) + timedelta(minutes=30)}
    return jwt.encode(claims, JWT_SECRET, algorithm="HS256")


async def test_somebody_who_logs_in_keeps_the_conversation(visitor: BrowserContext, gateway: Gateway, passport: str) -> None:
    page = await opened(visitor, gateway)
    await say(page, "6 号问题")
    await expect(page.get_by_text("6 号答案")).to_be_visible()
    await page.evaluate("jwt => Frontdesk.identify(jwt)", passport)
    await say(page, "7 号问题")
    await expect(page.get_by_text("7 号答案")).to_be_visible()
    for _ in ("now", "after a reload"):
        await expect(page.locator(".said.customer .bubble")).to_have_text(["6 号问题", "7 号问题"])
        await page.reload()


async def test_another_tab_follows_whoever_logs_in(visitor: BrowserContext, gateway: Gateway, passport: str) -> None:
    page = await opened(visitor, gateway)
    await say(page, "6 号问题")
    await expect(page.get_by_text("6 号答案")).to_be_visible()
    other = await opened(visitor, gateway)
    await expect(other.get_by_text("6 号答案")).to_be_visible()
    await page.evaluate("jwt => Frontdesk.identify(jwt)", passport)
    await say(page, "7 号问题")
    await expect(page.get_by_text("7 号答案")).to_be_visible()
    await expect(other.get_by_text("7 号答案")).to_be_visible(timeout=20_000)
    await say(other, "8 号问题")
    await expect(page.get_by_text("8 号答案")).to_be_visible(timeout=20_000)
    await page.reload()
    await expect(page.locator(".said.customer .bubble")).to_have_text(["6 号问题", "7 号问题", "8 号问题"])


async def test_somebody_logged_in_finds_the_conversation_on_another_device(chromium: Browser, gateway: Gateway, passport: str) -> None:
    for questions in (["6 号问题"], ["6 号问题", "7 号问题"]):
        async with watched(chromium) as device:
            page = await device.new_page()
            await page.goto(gateway.url)
            await page.evaluate("jwt => (Frontdesk.identify(jwt), Frontdesk.open())", passport)
            await say(page, questions[-1])
            await expect(page.get_by_text(questions[-1].replace("问题", "答案"))).to_be_visible()
            await expect(page.locator(".said.customer .bubble")).to_have_text(questions)


FORM = """
consent = {version = "2026-11", text = {zh = "我同意处理我的信息。", en = "I agree."}, url = "https://www.example.com/privacy"}
form = [{name = "email", required = true}, {name = "order_no", label = {zh = "订单号", en = "Order"}}]
"""


@pytest.mark.parametrize("is_blocked", [False, True], ids=["socket", "long poll"])
async def test_a_form_is_filled_in_once_and_then_the_bot_answers(visitor: BrowserContext, tmp_path: Path, is_blocked: bool) -> None:
    if is_blocked:
        await visitor.add_init_script(NO_SOCKETS)
    async with running(tmp_path, FORM) as gateway:
        page = await opened(visitor, gateway)
        await page.get_by_role("textbox", name="邮箱").fill("a@example.com")
        await page.get_by_role("textbox", name="订单号").fill("X-1")
        await page.get_by_role("checkbox", name="我同意处理我的信息。").check()
        await page.get_by_role("button", name="开始咨询").click()
        await expect(page.get_by_role("textbox", name="输入消息")).to_be_focused()
        await say(page, "9 号问题")
        await expect(page.get_by_text("9 号答案")).to_be_visible()
        await page.reload()
        await expect(page.get_by_text("9 号答案")).to_be_visible()
        await say(page, "10 号问题")
        await expect(page.get_by_text("10 号答案")).to_be_visible(timeout=20_000)
        await expect(page.get_by_role("checkbox")).to_have_count(0)


async def test_an_agent_takes_over_answers_and_is_rated(visitor: BrowserContext, gateway: Gateway) -> None:
    adding = [sys.executable, *gateway.program, "agent", "add", "wang", "--shown-name", "坐席 07", "--config", str(gateway.config)]
    await asyncio.to_thread(subprocess.run, adding, input=PASSWORD + "\n", text=True, check=True, capture_output=True, timeout=60)
    page = await opened(visitor, gateway)
    async with aiohttp.ClientSession(gateway.url, cookie_jar=aiohttp.CookieJar(unsafe=True)) as desk:
        login = await (await desk.post("/desk/api/login", json={"name": "wang", "password": PASSWORD})).json()
        headers = {"X-CSRF-Token": login["csrf"]}
        async with desk.ws_connect("/desk/ws") as presence, asyncio.TaskGroup() as tasks:
            offered: asyncio.Queue[str] = asyncio.Queue()
            listening = tasks.create_task(hear_offers(presence, offered))
            assert (await desk.post("/desk/api/status", json={"status": "available"}, headers=headers)).ok
            await say(page, "转人工")
            async with asyncio.timeout(30):
                session = await offered.get()

            async def act(what: str, **body: str) -> None:
                answer = await desk.post(f"/desk/api/sessions/{session}/{what}", json=body, headers=headers)
                assert answer.ok, await answer.text()

            await act("accept")
            await expect(page.get_by_text("坐席 07 正在为您服务")).to_be_visible()
            await act("reply", text="您好，**请讲**。")
            await expect(page.locator(".said.agent strong")).to_have_text("请讲")
            await expect(page.locator(".said.agent .name")).to_have_text("坐席 07")
            await expect(page.get_by_text(re.compile("坐席 07 (为您服务|已加入)"))).to_have_count(1)  # said once, not by both sides
            await say(page, "没事了")
            await expect(page.locator(".said.customer .bubble")).to_have_text(["转人工", "没事了"])
            await picture(page, "whole-agent")
            await act("close", disposition="resolved")
            await page.get_by_role("radio", name="5 星，共").click()
            await picture(page, "whole-survey")
            await page.get_by_role("button", name="提交评价").click()
            await expect(page.get_by_text("感谢您的评价。")).to_be_visible()
            listening.cancel()


async def hear_offers(presence: aiohttp.ClientWebSocketResponse, offered: "asyncio.Queue[str]") -> None:
    async for message in presence:
        frame = message.json()
        if frame["type"] == "offer":
            offered.put_nowait(frame["session_id"] if "session_id" in frame else frame["session"]["id"])
