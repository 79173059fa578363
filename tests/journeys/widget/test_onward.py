"""A visitor goes on in WeChat by a QR code: seen, scanned, linked, on a desk and on a phone; and what happens where none is to be had."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import Browser, Page, expect

from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Rejected, TryLater
from tests.integration.chat_world import ChatWorld, chat_world
from tests.integration.linking.scans import Account, scan
from tests.journeys.widget.visiting import SLOW_MS, launcher, online, writing
from tests.peers.chromium import barriers, picture, watched
from tests.peers.node import node_modules

REFUSED = ("/chat/site/link",)
"""What the console says where no code is to be had: provoked by the tests."""


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
async def world(tmp_path: Path, account: Account) -> AsyncIterator[ChatWorld]:
    async with chat_world(tmp_path, channels={"oa": account}) as running:
        yield running


async def opened(context: Any, world: ChatWorld) -> Page:
    page: Page = await context.new_page()
    await page.goto(world.url)
    await launcher(page).click()
    await online(page)
    return page


def entry(page: Page) -> Any:
    return page.get_by_role("button", name="在微信里继续")


@pytest.mark.parametrize(
    ("width", "height", "scheme", "words"),
    [(1280, 800, "light", "用微信“扫一扫”扫描二维码"), (360, 640, "dark", "请先截屏")],
    ids=["desk", "phone"],
)
async def test_a_code_is_shown_and_scanned_and_the_chat_goes_on(
    chromium: Browser, world: ChatWorld, account: Account, request: pytest.FixtureRequest, width: int, height: int,
    scheme: Literal["light", "dark"], words: str,
) -> None:  # fmt: skip
    async with watched(chromium, viewport={"width": width, "height": height}, color_scheme=scheme) as context:
        page = await opened(context, world)
        await writing(page).fill("hi")
        await writing(page).press("Enter")
        await expect(page.get_by_text("echo: hi")).to_be_visible(timeout=SLOW_MS)
        second = await opened(context, world)
        await page.bring_to_front()
        await entry(page).focus()
        await page.keyboard.press("Enter")
        sheet = page.get_by_role("dialog", name="在微信里继续")
        await expect(sheet.get_by_role("img", name="二维码")).to_be_visible()
        await expect(sheet.get_by_text(words)).to_be_visible()
        await expect(sheet.get_by_role("timer")).to_have_text(re.compile(r"^(10:00|9:\d\d) 后失效$"))
        await expect(sheet.get_by_role("button", name="关闭")).to_be_focused()
        assert await barriers(page, node_modules(request.config)) == []
        await picture(page, f"onward-code-{width}-{scheme}")
        await scan(world, account.codes[0], who=Address(AddressKind.OPENID, "wx1", str(width)))
        await expect(sheet.get_by_role("status")).to_have_text("已关联微信", timeout=SLOW_MS)
        await expect(sheet.get_by_role("button", name="完成")).to_be_focused()
        assert await barriers(page, node_modules(request.config)) == []
        await picture(page, f"onward-done-{width}-{scheme}")
        await page.keyboard.press("Enter")
        await expect(sheet).to_have_count(0)
        await expect(entry(page)).to_be_focused()
        for one in (page, second):  # the other tab finds the new token too
            await writing(one).fill(f"on {one is second}")
            await writing(one).press("Enter")
        await expect(second.get_by_text("echo: on True")).to_be_visible(timeout=SLOW_MS)
        await expect(page.get_by_text("echo: on True")).to_be_visible(timeout=SLOW_MS)
        await page.reload()
        await online(page)
        await expect(page.get_by_text("echo: hi")).to_be_visible(timeout=SLOW_MS)


async def test_a_code_that_runs_out_is_made_anew_and_escape_closes(chromium: Browser, world: ChatWorld, account: Account) -> None:
    async with watched(chromium) as context:
        page = await opened(context, world)
        await entry(page).click()
        sheet = page.get_by_role("dialog", name="在微信里继续")
        await expect(sheet.get_by_role("timer")).not_to_be_empty()
        await page.evaluate("() => { const now = Date.now; Date.now = () => now() + 600000; }")
        await expect(sheet.get_by_role("status")).to_have_text("二维码已失效。")
        await page.evaluate("() => { const now = Date.now; Date.now = () => now() - 600000; }")
        await sheet.get_by_role("button", name="刷新二维码").click()
        await expect(sheet.get_by_role("timer")).not_to_be_empty()
        assert len(account.codes) == 2
        await page.keyboard.press("Escape")
        await expect(sheet).to_have_count(0)
        await expect(page.locator(".panel")).to_be_visible()
        await expect(entry(page)).to_be_focused()


async def test_a_scan_that_an_agent_has_to_check_says_so(chromium: Browser, world: ChatWorld, account: Account) -> None:
    async with watched(chromium) as context:
        here = await opened(context, world)
        sheet = here.get_by_role("dialog", name="在微信里继续")
        await entry(here).click()
        await expect(sheet.get_by_role("timer")).not_to_be_empty()
        await scan(world, account.codes[0], "s1")
        await expect(sheet.get_by_role("status")).to_have_text("已关联微信", timeout=SLOW_MS)
        await here.keyboard.press("Enter")
        await entry(here).click()  # another account of the same platform on the same browser
        await expect(sheet.get_by_role("timer")).not_to_be_empty()
        await scan(world, account.codes[1], "s2", Address(AddressKind.OPENID, "wx1", "o2"))
        await expect(sheet.get_by_role("status")).to_have_text("等待客服核对", timeout=SLOW_MS)
        await picture(here, "onward-doubt")
        await expect(sheet.locator(".qr")).to_have_css("color", "rgb(125, 78, 0)")  # not the green of what is done
        await sheet.get_by_role("button", name="知道了").click()
        await expect(entry(here)).to_be_focused()


async def test_where_no_code_is_to_be_had_it_is_said_in_words(chromium: Browser, world: ChatWorld, account: Account) -> None:
    async with watched(chromium, allowed=REFUSED) as context:
        page = await opened(context, world)
        account.fails = TryLater("busy")
        await entry(page).click()
        sheet = page.get_by_role("dialog", name="在微信里继续")
        await expect(sheet.get_by_role("status")).to_have_text("暂时无法生成二维码，请稍后再试。")
        await expect(sheet.locator(".qr")).to_be_hidden()
        account.fails = Rejected("may not", code="48001")
        await sheet.get_by_role("button", name="重试").click()
        await expect(sheet.get_by_role("status")).to_have_text("现在不能在微信里继续，您可以接着在这里咨询。")
        await expect(sheet.get_by_role("button", name="关闭")).to_be_focused()


async def test_a_site_that_offers_none_shows_none_and_fetches_nothing(chromium: Browser, tmp_path: Path) -> None:
    async with chat_world(tmp_path) as alone, watched(chromium) as context:
        asked: list[str] = []
        context.on("request", lambda request: asked.append(request.url))
        page = await opened(context, alone)
        await writing(page).fill("hi")
        await writing(page).press("Enter")
        await expect(page.get_by_text("echo: hi")).to_be_visible(timeout=SLOW_MS)
        await expect(entry(page)).to_have_count(0)
        assert [url for url in asked if "onward" in url] == []
