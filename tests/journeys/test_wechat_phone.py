"""The page that acts as a phone, in a real browser: by mouse and by keys, in three languages, light and dark, narrow and wide."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import aiohttp
import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect

from tests.journeys.floor import browser_of
from tests.peers.chromium import barriers, picture
from tests.peers.node import node_modules
from tests.peers.wechat import MovableClock, WeChatPlatform
from tests.peers.wechat.phones import PhonePage, add_phone

REPLY = (
    "<xml><ToUserName>{user}</ToUserName><FromUserName>{us}</FromUserName><CreateTime>1</CreateTime><MsgType>text</MsgType>"
    "<Content>{text}</Content></xml>"
)
LOOKS: tuple[tuple[int, Any], ...] = ((1280, "light"), (1280, "dark"), (390, "light"), (390, "dark"))


async def echo(request: web.Request) -> web.Response:
    """An account's server: says back what it is told on the line, and nothing to an event."""
    fields = {child.tag: child.text or "" for child in ElementTree.fromstring(await request.read())}
    if fields["MsgType"] != "text":
        return web.Response(text="success")
    reply = REPLY.format(user=fields["FromUserName"], us=fields["ToUserName"], text=f"答：{fields['Content']}")
    return web.Response(text=reply, content_type="text/xml")


@pytest.fixture
async def platform() -> AsyncIterator[WeChatPlatform]:
    """One account with two users and a menu, whose server echoes."""
    app = web.Application()
    app.add_routes([web.post("/wechat/oa", echo)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    platform = WeChatPlatform(MovableClock())
    PhonePage(platform)
    account = platform.account(
        name="前台小店", mode="plain", menu={"REFUND": "退款多久"}, push_url=f"http://127.0.0.1:{site.port}/wechat/oa"
    )
    add_phone(platform, account)
    add_phone(platform, account)
    async with platform.running():
        yield platform
    await runner.cleanup()


async def send(platform: WeChatPlatform, openid: str, kind: str, **inner: Any) -> None:
    """The account's server sends a message."""
    (account,) = platform.accounts.values()
    _, token = account.tokens.ask(platform.clock.now(), is_forced=False)
    assert token is not None
    body = json.dumps({"touser": openid, "msgtype": kind, kind: inner}, ensure_ascii=False).encode()
    url = f"{platform.url}/cgi-bin/message/custom/send?access_token={token.value}"
    async with aiohttp.ClientSession() as http, http.post(url, data=body) as answer:
        assert json.loads(await answer.read())["errcode"] == 0


async def looked_at(page: Page, name: str, packages: Path) -> None:
    """Pictures in every look; nobody is shut out and nothing sticks out."""
    for width, scheme in LOOKS:
        await page.set_viewport_size({"width": width, "height": 844})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await picture(page, f"wechat-{name}-{scheme}-{width}")
        assert await barriers(page, packages) == [], (name, width, scheme)
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (name, width)
    await page.set_viewport_size({"width": 1280, "height": 844})


async def test_a_person_tries_wechat_without_an_account(
    chromium: Browser, platform: WeChatPlatform, request: pytest.FixtureRequest
) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    (account,) = platform.accounts.values()
    first, _ = account.phones.values()
    async with browser_of(chromium) as context:
        page = await context.new_page()
        await page.goto(platform.url)
        log, said = page.get_by_role("log", name="聊天"), page.locator(".said.theirs .bubble")
        await page.get_by_role("button", name="关注公众号").first.click()
        await expect(log).to_contain_text("你已关注该公众号")
        await page.get_by_role("textbox", name="输入消息").fill("退款多久到账？")
        await page.keyboard.press("Enter")
        await expect(said).to_have_text(["答：退款多久到账？"])
        await expect(page.locator(".pushes")).to_contain_text("被动回复")
        await expect(page.locator(".controls .left")).to_contain_text("还可下发 8 条")

        menu = {"head_content": "哪一个？", "list": [{"id": "s1", "content": "退款"}, {"id": "s2", "content": "发票"}], "tail_content": ""}
        await send(platform, first.openid, "msgmenu", **menu)
        await page.get_by_role("button", name="发票").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".said.mine .bubble")).to_have_text(["退款多久到账？", "发票"])
        assert first.pushes[-1].fields["bizmsgmenuid"] == "s2"

        await page.get_by_role("button", name="公众号菜单").click()
        await page.get_by_role("button", name="退款多久", exact=True).click()
        await expect(log).to_contain_text("你点击了菜单“退款多久”")
        await page.get_by_role("button", name="切换到输入框").click()
        await page.get_by_role("button", name="更多").click()
        await page.get_by_role("button", name="图片").click()
        await page.get_by_role("button", name="确定").click()
        await expect(page.locator(".said.mine img")).to_be_visible()
        await page.get_by_role("button", name="扫一扫").click()
        await page.get_by_label("二维码内容或链接").fill("fd_1")
        await page.keyboard.press("Enter")
        await expect(log).to_contain_text("你扫描了二维码")
        assert first.pushes[-1].fields["EventKey"] == "fd_1"
        await looked_at(page, "chat", packages)

        await page.get_by_label("下一次推送时").select_option("lost")
        await page.get_by_role("button", name="设置").last.click()
        await expect(page.get_by_text("已设置：答复丢失")).to_be_visible()
        await page.get_by_role("textbox", name="输入消息").fill("再问一次")
        await page.get_by_role("button", name="发送").click()
        await expect(page.locator(".pushes")).to_contain_text("答复丢失")
        await page.get_by_role("button", name="快进 48 小时").click()
        await expect(said.last).to_have_text("答：再问一次")
        await page.get_by_role("button", name="快进 48 小时").click()
        await expect(page.locator(".controls .left")).to_have_text("当前不能下发消息")

        await page.get_by_role("button", name="用户 02").click()
        await expect(log).to_be_empty()
        await page.get_by_label("语言").select_option("en")
        await expect(page.get_by_role("heading", name="Simulator")).to_be_visible()
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.get_by_role("button", name="Simulator").click()
        await page.get_by_role("button", name="User 01").click()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("complementary")).to_be_hidden()
        await expect(page.get_by_role("log", name="Chat")).to_contain_text("再问一次")
    assert platform.breaches == []
