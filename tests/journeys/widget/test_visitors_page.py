"""The chat on other people's pages: in the visitor's language, and still for who wants no motion."""

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.widget.visiting import answered, online, shop, visiting
from tests.peers.chat_server import ChatServer


def page_of(server: ChatServer, *, html: str, script: str) -> str:
    return f'<!doctype html><html {html}><title>A shop</title><script src="{server.url}/chat/site/widget.js" {script}></script><p>Hi'


def policy(server: ChatServer) -> str:
    return f"default-src {server.url}; connect-src *"


@pytest.mark.parametrize(
    ("browser", "html", "script", "language", "opens", "placeholder"),
    [
        ("zh-TW", "", "", "zh-TW", "開啟線上客服", "輸入訊息"),
        ("zh-HK", "", "", "zh-TW", "開啟線上客服", "輸入訊息"),
        ("fr-FR", "", "", "en", "Open chat", "Write a message"),
        ("en-GB", 'lang="zh-Hant"', "", "zh-TW", "開啟線上客服", "輸入訊息"),
        ("en-GB", 'lang="en"', 'data-locale="zh-CN"', "zh-CN", "打开在线客服", "输入消息"),
    ],
)
async def test_the_chat_speaks_the_nearest_of_its_languages(
    chromium: Browser, server: ChatServer, browser: str, html: str, script: str, language: str, opens: str, placeholder: str
) -> None:
    async with visiting(chromium, locale=browser) as visitor, shop(page_of(server, html=html, script=script), policy(server)) as address:
        page = await visitor.new_page()
        await page.goto(address)
        await page.get_by_role("button", name=opens).click()
        await expect(page.get_by_role("textbox", name=placeholder)).to_be_visible()
        assert await page.locator("frontdesk-chat").get_attribute("lang") == language
        await online(page)
        (hello,) = [frame for frame in server.only.received if frame["type"] == "hello"]
        assert hello["locale"] == language


MOVING = """() => {
  const root = document.querySelector("frontdesk-chat").shadowRoot;
  const moves = one => getComputedStyle(one).transitionDuration.split(", ").some(time => parseFloat(time) > 0)
    || getComputedStyle(one).animationName !== "none";
  return [...root.querySelectorAll("*")].filter(moves).length;
}"""


async def with_all_that_moves(page: Page, server: ChatServer) -> int:
    """How much of the chat moves, or would."""
    await page.goto(server.url)
    await page.evaluate("Frontdesk.open()")
    await online(page)
    await answered(page, "甲")
    await server.only.show({"type": "typing", "author": "bot", "on": True})
    await expect(page.locator(".typing")).to_be_visible()
    return int(await page.evaluate(MOVING))


async def test_nothing_of_the_chat_moves_for_who_wants_no_motion(chromium: Browser, server: ChatServer) -> None:
    async with visiting(chromium) as visitor:
        page = await visitor.new_page()
        assert await with_all_that_moves(page, server) > 3
        await page.emulate_media(reduced_motion="reduce")
        assert await page.evaluate(MOVING) == 0
