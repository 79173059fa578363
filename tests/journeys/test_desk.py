"""An agent's day at the desk, in a real browser, with the whole program behind it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.floor import SLOW_MS, accept, agent_at, ask, browser_of, desk_at, house, log_in, log_of, reply, visitor_at
from tests.peers.chromium import picture
from tests.peers.gateway import Gateway

OFFER_S = 6
QUEUES = f"""
[queues.default]
title = "售前"
offer_s = {OFFER_S}
[queues.refunds]
title = "退款"
"""


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with house(Gateway(tmp_path, more=QUEUES), ("mei", "坐席 07"), ("lin", "坐席 08")) as gateway:
        yield gateway


@pytest.fixture
async def mei(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """The first agent's browser."""
    async with browser_of(chromium) as context:
        yield context


@pytest.fixture
async def visitor(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with browser_of(chromium) as context:
        yield context


@pytest.fixture
async def served(mei: BrowserContext, visitor: BrowserContext, gateway: Gateway) -> tuple[Page, Page]:
    """(the desk, the visitor's page), with a conversation that the agent has accepted."""
    desk = await agent_at(mei, gateway, "mei")
    page = await visitor_at(visitor, gateway)
    await ask(page, "7 号问题")
    await expect(page.get_by_text("7 号答案")).to_be_visible()
    await ask(page, "转人工")
    await accept(desk)
    return desk, page


async def test_a_wrong_password_is_said_beside_the_form_and_the_right_one_opens_the_desk(mei: BrowserContext, gateway: Gateway) -> None:
    page = await desk_at(mei, gateway)
    await log_in(page, "mei", "wrong horse battery")
    await expect(page.get_by_role("alert")).to_have_text("名称或密码不对。")
    await picture(page, "desk-login")
    await log_in(page, "mei")
    await expect(page.get_by_text("坐席 07")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("坐席 07")).to_be_visible()
    await page.get_by_role("button", name="退出登录").click()
    await expect(page.get_by_label("密码")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("密码")).to_be_visible()


async def test_an_accepted_offer_brings_everything_that_is_known(served: tuple[Page, Page]) -> None:
    desk, page = served
    await expect(log_of(desk, "customer")).to_have_text(["7 号问题", "转人工"])
    await expect(log_of(desk, "bot").first).to_have_text("7 号答案")
    await expect(desk.locator(".about .why")).to_contain_text("客户要求人工")
    await expect(desk.locator(".about blockquote")).to_have_text("转人工")
    await expect(desk.locator(".about .tried")).to_contain_text("7 号问题")
    await desk.locator(".thought summary").first.click()
    await expect(desk.locator(".thought").first).to_contain_text("entry-7")
    await reply(desk, "您好，我来帮您。")
    await expect(page.get_by_text("您好，我来帮您。")).to_be_visible()
    await ask(page, "谢谢")
    await expect(log_of(desk, "customer").last).to_have_text("谢谢")


async def test_a_note_is_for_colleagues_only(served: tuple[Page, Page]) -> None:
    desk, page = served
    await desk.get_by_role("button", name="内部备注", exact=True).click()
    await desk.get_by_role("textbox", name="写内部备注").fill("客户着急，先查物流")
    await desk.keyboard.press("Enter")
    await expect(log_of(desk, "note")).to_have_text(["客户着急，先查物流"])
    await desk.get_by_role("button", name="回复", exact=True).click()
    await reply(desk, "正在查")
    await expect(page.get_by_text("正在查")).to_be_visible()
    await expect(page.get_by_text("先查物流")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("正在查")).to_be_visible()
    await expect(page.get_by_text("先查物流")).to_have_count(0)


async def test_a_reload_keeps_the_conversation_and_what_was_half_written(served: tuple[Page, Page]) -> None:
    desk, page = served
    await reply(desk, "第一句")
    await expect(page.get_by_text("第一句")).to_be_visible()
    await desk.get_by_role("textbox", name="回复客户").fill("写到一半")
    await desk.reload()
    await expect(desk.get_by_role("textbox", name="回复客户")).to_have_value("写到一半")
    await expect(log_of(desk, "customer")).to_have_text(["7 号问题", "转人工"])
    await expect(log_of(desk, "agent")).to_have_text(["第一句"])
    await desk.keyboard.press("Enter")
    await expect(log_of(desk, "agent")).to_have_text(["第一句", "写到一半"])
    await expect(page.get_by_text("写到一半")).to_be_visible()
