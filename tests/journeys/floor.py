"""What journeys with the desk share: agents made by the command, their page in a browser, a visitor on the demo page."""

import asyncio
import atexit
import functools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.peers.chromium import watched
from tests.peers.gateway import Gateway

PASSWORD = "correct horse battery"
ALLOWED = ("WebSocket connection to", "ERR_CONNECTION", "ERR_INTERNET_DISCONNECTED", "status of 401")
"""What a browser says on its own of a server that is gone, and of the first question whether somebody is logged in."""
SLOW_MS = 20_000


def add_agent(gateway: Gateway, name: str, shown_name: str, *more: str) -> None:
    """`frontdesk agent add`, the password on its standard input."""
    command = [sys.executable, *gateway.program, "agent", "--config", str(gateway.config), "add", name, "--shown-name", shown_name, *more]
    done = subprocess.run(command, input=PASSWORD + "\n", capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _settle(gateway: Gateway, agents: tuple[tuple[str, ...], ...]) -> None:
    """These agents in the store of a gateway that has not begun: made by the command once, copied for every house like it."""
    data, kept = gateway.folder / "data", _kept(agents)
    if kept.exists():
        shutil.copytree(kept, data, dirs_exist_ok=True)
        return
    for agent in agents:
        add_agent(gateway, *agent)
    if (data / "frontdesk.db").exists():
        shutil.copytree(data, kept)


@functools.cache
def _kept(agents: tuple[tuple[str, ...], ...]) -> Path:
    """Where the store with these agents is kept, as long as the tests run."""
    folder = tempfile.TemporaryDirectory(prefix="frontdesk-agents-")
    atexit.register(folder.cleanup)
    return Path(folder.name) / "data"


@asynccontextmanager
async def house(gateway: Gateway, *agents: tuple[str, ...]) -> AsyncIterator[Gateway]:
    """The gateway running, with these agents: (name, shown name, more arguments ...)."""
    try:
        await asyncio.to_thread(_settle, gateway, agents)
        await asyncio.to_thread(gateway.start)
        yield gateway
    finally:
        await asyncio.to_thread(gateway.stop)


@asynccontextmanager
async def browser_of(chromium: Browser, *allowed: str, **options: Any) -> AsyncIterator[BrowserContext]:
    """A browser profile of somebody whose server may go away."""
    async with watched(chromium, allowed=[*ALLOWED, *allowed], **options) as context:
        yield context


async def desk_at(context: BrowserContext, gateway: Gateway) -> Page:
    """The desk's page, before the login."""
    page = await context.new_page()
    await page.goto(f"{gateway.url}/desk/")
    await expect(page.get_by_role("button", name="登录")).to_be_visible()
    return page


async def log_in(page: Page, name: str, password: str = PASSWORD) -> None:
    await page.get_by_label("名称").fill(name)
    await page.get_by_label("密码").fill(password)
    await page.get_by_role("button", name="登录").click()


async def agent_at(context: BrowserContext, gateway: Gateway, name: str, *, status: str = "available") -> Page:
    """An agent at their desk, in this status."""
    page = await desk_at(context, gateway)
    await log_in(page, name)
    await page.get_by_label("我的状态").select_option(status)
    await expect(page.locator(f".dot[data-status={status}]")).to_be_visible()
    return page


async def log_out(desk: Page) -> None:
    """By the menu behind the agent's name."""
    await desk.locator(".bar .self").click()
    await desk.locator("#menu .entry").last.click()


async def by_palette(desk: Page, words: str) -> None:
    """What is found first by these words is done."""
    await desk.keyboard.press("Control+k")
    await desk.get_by_role("combobox", name=re.compile("命令面板|Command palette|指令面板")).fill(words)
    await expect(desk.locator(".palette [aria-selected=true]")).to_be_visible()
    await desk.keyboard.press("Enter")


async def visitor_at(context: BrowserContext, gateway: Gateway) -> Page:
    """A visitor with the chat open on the demo page."""
    page = await context.new_page()
    await page.goto(gateway.url)
    await page.get_by_role("button", name="打开在线客服").click()
    await expect(page.locator(".panel[data-status=online]")).to_be_visible(timeout=SLOW_MS)
    return page


async def ask(visitor: Page, text: str) -> None:
    """The visitor says something."""
    await visitor.get_by_role("textbox", name="输入消息").fill(text)
    await visitor.keyboard.press("Enter")
    await expect(said_by_visitor(visitor).filter(has_text=text).last).to_be_visible()


async def reply(desk: Page, text: str) -> None:
    """The agent says something."""
    await desk.get_by_role("textbox", name="回复客户").fill(text)
    await desk.keyboard.press("Enter")


async def accept(desk: Page) -> None:
    """The agent takes what is offered."""
    await desk.locator(".offer").get_by_role("button", name="接受").click(timeout=SLOW_MS)
    await expect(desk.get_by_role("textbox", name="回复客户")).to_be_visible()


def said_by_visitor(visitor: Page) -> Locator:
    return visitor.locator(".said.customer .bubble")


def log_of(desk: Page, author: str) -> Locator:
    """The bubbles of one side in the desk's conversation."""
    return desk.locator(f".log .said.{author} .bubble")
