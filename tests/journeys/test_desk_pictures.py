"""What the desk looks like, for people to look at, and whether anybody is shut out by it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.floor import SLOW_MS, accept, add_agent, agent_at, ask, browser_of, by_palette, desk_at, log_of, reply, visitor_at
from tests.peers.chromium import barriers, picture
from tests.peers.gateway import Gateway
from tests.peers.node import node_modules

WIDTHS = {1280: 800, 390: 844}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """With the knowledge base that ships, so that the conversation is one that could be."""
    gateway = Gateway(tmp_path, more='[queues.default]\ntitle = "售前咨询"\noffer_s = 600\n[queues.refunds]\ntitle = "退款售后"')
    text = gateway.config.read_text()
    gateway.config.write_text(text.replace(f'knowledge = "{tmp_path / "knowledge.yaml"}"', ""))
    try:
        await asyncio.to_thread(gateway.start)
        await asyncio.to_thread(add_agent, gateway, "mei", "坐席 07", "--capacity", "2")
        yield gateway
    finally:
        await asyncio.to_thread(gateway.stop)


async def shown_everywhere(page: Page, name: str, packages: Path) -> None:
    """Pictures in every width and scheme, each looked over for barriers."""
    for width, height in WIDTHS.items():
        for scheme in SCHEMES:
            await page.set_viewport_size({"width": width, "height": height})
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await picture(page, f"{name}-{scheme}-{width}")
            assert await barriers(page, packages) == [], f"{name}, {scheme}, {width}"
            is_wider = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
            assert not is_wider, f"{name} is wider than a page of {width} px"
    await page.set_viewport_size({"width": 1280, "height": 800})


async def talk(desk: Page, visitor: Page) -> None:
    """A conversation like many: a question, a person wanted, help."""
    await ask(visitor, "退款多久到账？")
    await expect(visitor.get_by_text("1–2 个工作日内原路退款")).to_be_visible(timeout=SLOW_MS)
    await ask(visitor, "我的退款申请了五天还没到，帮我转人工")
    await accept(desk)
    await reply(desk, "您好，我是坐席 07。请告诉我订单号，我马上帮您查。")
    await expect(visitor.get_by_text("请告诉我订单号")).to_be_visible()
    await ask(visitor, "订单号 20261118-4471，付的是信用卡")
    await desk.get_by_role("button", name="内部备注", exact=True).click()
    await desk.get_by_role("textbox", name="写内部备注").fill("仓库 11-19 验收，信用卡渠道 3–7 个工作日，应在 11-28 前到账。")
    await desk.keyboard.press("Enter")
    await desk.get_by_role("button", name="回复", exact=True).click()
    await reply(desk, "查到了：退货 **11 月 19 日**已验收，退款已原路发出。信用卡一般 3–7 个工作日，最晚 11 月 28 日到账。")
    await expect(visitor.get_by_text("最晚 11 月 28 日到账")).to_be_visible()
    await ask(visitor, "好的，那我再等等，谢谢！")
    await expect(log_of(desk, "customer").last).to_have_text("好的，那我再等等，谢谢！")


async def visitors(stack: AsyncExitStack, chromium: Browser, gateway: Gateway, *wishes: str) -> None:
    """More people who want a person."""
    for wish in wishes:
        context: BrowserContext = await stack.enter_async_context(browser_of(chromium))
        page = await visitor_at(context, gateway)
        await ask(page, wish)
        await expect(page.get_by_text("您目前排在第")).to_be_visible(timeout=SLOW_MS)


async def test_nobody_is_shut_out_of_the_desk(chromium: Browser, gateway: Gateway, request: pytest.FixtureRequest) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    async with AsyncExitStack() as stack:
        agents_browser = await stack.enter_async_context(browser_of(chromium))
        shop = await stack.enter_async_context(browser_of(chromium))
        await shown_everywhere(await desk_at(agents_browser, gateway), "desk-login", packages)
        await agents_browser.pages[0].close()
        desk, visitor = await agent_at(agents_browser, gateway, "mei"), await visitor_at(shop, gateway)
        await talk(desk, visitor)
        await visitors(stack, chromium, gateway, "你们太差劲了，我要投诉，转人工", "转人工，想改收货地址", "发票开错了，帮我转人工")
        await expect(desk.locator(".offer")).to_be_visible(timeout=SLOW_MS)
        await expect(desk.locator(".queue .waits").first).to_be_visible()
        await picture(visitor, "widget")
        await shown_everywhere(desk, "desk-talk", packages)
        where = desk.url
        for name, address in (("desk-lists", "#/"), ("desk-about", where + "/about")):
            await desk.goto(address if "://" in address else f"{gateway.url}/desk/{address}")
            await shown_everywhere(desk, name, packages)
        await desk.goto(where)
        await by_palette(desk, "English")
        await expect(desk.get_by_role("button", name="Return to bot")).to_be_visible()
        await shown_everywhere(desk, "desk-talk-en", packages)
        await desk.get_by_role("button", name="Transfer").click()
        await shown_everywhere(desk, "desk-transfer-en", packages)
        await desk.keyboard.press("Escape")
        await by_palette(desk, "繁體中文")
        await desk.get_by_role("button", name="結束對話").click()
        await shown_everywhere(desk, "desk-close-tw", packages)
