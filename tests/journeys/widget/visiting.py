"""What the widget's journeys share: a scripted server, a visitor's browser, and how a visitor does things."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.peers.chat_server import ChatServer
from tests.peers.chromium import watched

ALLOWED = ("WebSocket connection to", "ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "/chat/site/ws")
"""What the console says when a connection breaks: provoked by the tests."""
SLOW_MS = 20_000


@asynccontextmanager
async def serving() -> AsyncIterator[ChatServer]:
    """A server; leaving the block fails the test when the widget has broken the protocol."""
    server = ChatServer()
    async with server.running():
        yield server
    assert server.breaches == []


@asynccontextmanager
async def shop(html: str, policy: str) -> AsyncIterator[str]:
    """A page of another origin under this policy; its address."""

    async def show(request: web.Request) -> web.Response:
        return web.Response(text=html, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = web.Application()
    app.add_routes([web.get("/", show)])
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://localhost:{site.port}/"
    finally:
        await runner.cleanup()


@asynccontextmanager
async def visiting(chromium: Browser, *allowed: str, **options: Any) -> AsyncIterator[BrowserContext]:
    """A visitor's browser whose connection may break."""
    async with watched(chromium, allowed=[*ALLOWED, *allowed], timezone_id="Asia/Shanghai", **options) as context:
        yield context


async def opened(context: BrowserContext, server: ChatServer, path: str = "/") -> Page:
    page = await context.new_page()
    await page.goto(server.url + path)
    await launcher(page).click()
    await online(page)
    return page


async def online(page: Page) -> None:
    await expect(page.locator(".panel[data-status=online]")).to_be_visible(timeout=SLOW_MS)


def launcher(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("打开在线客服|Open chat"))


def writing(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^输入消息$|^Write a message$"))


def own(page: Page) -> Locator:
    return page.locator(".said.customer .bubble")


def standing(page: Page) -> Locator:
    """The line under the name, which says who is there."""
    return page.locator(".stand")


async def say(page: Page, text: str) -> None:
    await writing(page).fill(text)
    await writing(page).press("Enter")


async def answered(page: Page, text: str) -> None:
    """Says something, and waits for the answer of the scripted bot."""
    await say(page, text)
    await expect(page.get_by_text(f"答：{text}")).to_be_visible(timeout=SLOW_MS)


async def becomes(page: Page, expression: str, value: Any) -> None:
    """Waits until the page's expression has this value."""
    for _ in range(300):
        if (found := await page.evaluate(expression)) == value:
            return
        await page.wait_for_timeout(50)
    raise AssertionError(f"{expression} is {found!r}, not {value!r}")


async def received(server: ChatServer, kind: str, count: int = 0) -> list[dict[str, Any]]:
    """The client's frames of this kind; waits until there are so many."""
    for _ in range(600):
        frames = [frame for frame in server.only.received if frame["type"] == kind] if server.conversations else []
        if len(frames) >= count:
            return frames
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(frames)} of {count} frames of the kind {kind} came")


async def hears(server: ChatServer, page: Page, kind: str) -> dict[str, Any]:
    """Waits for a frame of this kind; the newest."""
    for _ in range(600):
        if frames := await received(server, kind):
            return frames[-1]
        await page.wait_for_timeout(50)
    raise AssertionError(f"no {kind} came")
