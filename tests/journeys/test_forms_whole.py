"""What a site asks before the first message, in a real browser with the whole program behind it."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.peers.chromium import picture, watched
from tests.peers.gateway import Gateway

ASKING = """
consent = {version = "2026-11", text = {zh-CN = "我同意隐私政策。", en = "I agree to the privacy policy."}, url = "/privacy"}
form = [{name = "name"}, {name = "email", required = true}, {name = "order_no", label = {zh-CN = "订单号", en = "Order number"}}]
"""
SLOW_MS = 30_000


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    gateway = Gateway(tmp_path, more=ASKING)
    try:
        await asyncio.to_thread(gateway.start)
        yield gateway
    finally:
        await asyncio.to_thread(gateway.stop)


@pytest.fixture
async def visitor(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with watched(chromium, allowed=["WebSocket connection to", "ERR_CONNECTION"]) as context:
        yield context


async def opened(context: BrowserContext, gateway: Gateway) -> Page:
    page = await context.new_page()
    await page.goto(gateway.url)
    await page.get_by_role("button", name="打开在线客服").click()
    await expect(page.locator(".panel[data-status=online]")).to_be_visible(timeout=SLOW_MS)
    return page


@pytest.mark.parametrize("is_blocked", [False, True], ids=["socket", "long poll"])
async def test_a_form_is_filled_in_once_and_a_case_knows_the_address(visitor: BrowserContext, gateway: Gateway, is_blocked: bool) -> None:
    if is_blocked:
        await visitor.route_web_socket("**/chat/site/ws", lambda socket: socket.close())
    page, waiting = await opened(visitor, gateway), await opened(visitor, gateway)
    email = page.get_by_role("textbox", name="邮箱")
    await email.fill("lin@example.com", timeout=SLOW_MS)
    await page.get_by_role("textbox", name="订单号").fill("A-1024")
    await page.get_by_role("checkbox", name="我同意隐私政策。").check()
    await expect(page.get_by_role("link", name="查看全文")).to_have_attribute("href", f"{gateway.url}/privacy")
    await picture(page, f"whole-form-{'poll' if is_blocked else 'socket'}")
    await page.keyboard.press("Enter")
    await expect(email).to_be_hidden(timeout=SLOW_MS)
    await expect(waiting.get_by_role("textbox", name="邮箱")).to_be_hidden(timeout=SLOW_MS)  # the other tab is not asked any more
    box = page.get_by_role("textbox", name="输入消息")
    await box.fill("7 号问题")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("7 号答案")).to_be_visible(timeout=SLOW_MS)
    await box.fill("转人工")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("工单")).to_be_visible(timeout=SLOW_MS)
    await expect(page.get_by_role("textbox", name="邮箱")).to_have_count(0)  # the case knows where to answer
    await page.reload()
    await expect(page.get_by_text("7 号答案")).to_be_visible(timeout=SLOW_MS)
    await expect(page.get_by_role("textbox", name="邮箱")).to_have_count(0)
