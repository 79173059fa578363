"""Every state of the chat: a picture of each for people to look at (`make pictures`), and axe-core, which finds nothing."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.widget.visiting import launcher, online, say, visiting, writing
from tests.peers.chat_script import CLOSED, OFFLINE, PRECHAT
from tests.peers.chat_server import ChatServer
from tests.peers.chromium import barriers, picture
from tests.peers.node import node_modules

LATER = {**CLOSED, "opens_at": "2099-11-04T09:00:00+08:00"}
LOOKS: list[tuple[int, Any]] = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
EXAMINED = {"zh": (390, "dark"), "en": (1280, "light")}
"""Both widths and both schemes, each once: what shuts somebody out does so in any language."""


class Album:
    """Shows one page in every look."""

    def __init__(self, page: Page, language: str, packages: Path) -> None:
        self.page = page
        self.language = language
        self.packages = packages

    async def take(self, state: str) -> None:
        for width, scheme in LOOKS:
            await self.page.set_viewport_size({"width": width, "height": 800})
            await self.page.emulate_media(color_scheme=scheme)
            await self.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
            await picture(self.page, f"widget-{self.language}-{state}-{scheme}-{width}")
            if (width, scheme) == EXAMINED[self.language]:
                assert await barriers(self.page, self.packages) == [], (state, width, scheme)
        await self.page.set_viewport_size({"width": 1280, "height": 800})


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_nobody_is_shut_out_of_any_state(
    chromium: Browser, server: ChatServer, request: pytest.FixtureRequest, language: str
) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    server.script.form, server.script.hours = PRECHAT if language == "zh" else OFFLINE, LATER
    async with visiting(chromium, "ERR_FAILED", reduced_motion="reduce") as visitor:
        page = await visitor.new_page()
        album = Album(page, language, packages)
        await page.goto(f"{server.url}/?lang={language}")
        await album.take("shop")
        await launcher(page).click()
        await online(page)
        await ask(page, album)
        await talk(page, server, album)
        await wait_and_send(page, server, album)
        await end(page, server, album)


async def ask(page: Page, album: Album) -> None:
    """The form, empty and wrong, and filled in."""
    card = page.locator("form.card:visible")
    await expect(card).to_be_visible()
    await album.take("form")
    await card.locator("button").click()
    await expect(card.locator("[aria-invalid]").first).to_be_visible()
    await album.take("form-wrong")
    await card.locator("input[type=email]").fill("a@example.com")
    for box in await card.locator("input[type=checkbox]").all():
        await box.check()
    await card.locator("button").click()
    await expect(writing(page)).to_be_focused()


async def talk(page: Page, server: ChatServer, album: Album) -> None:
    """The bot answers, asks where to answer, and has something to choose from; one message was refused."""
    await say(page, "退款多久到账？")
    await expect(page.get_by_text("答：退款多久到账？")).to_be_visible()
    await server.say("bot", "请留下联系方式。", ask="contact")
    await expect(page.locator("form.contact")).to_be_visible()
    await album.take("contact")
    server.script.refusal = {"code": "refused", "text": "这条消息没有发出"}
    await say(page, "这一句被拒绝")
    await expect(page.locator("[data-fate=failed]")).to_be_visible()
    await album.take("refused")
    await page.locator("[data-fate=failed] button").last.click()
    choices = [{"id": "a", "text": "开发票"}, {"id": "b", "text": "改地址"}, {"id": "c", "text": "查一下我的订单现在到哪里了"}]
    await server.say("bot", "**要哪一个？**\n\n1. 先看[说明](https://example.com)\n2. 再选", markdown=True, choices=choices)
    await expect(page.locator(".choices button").last).to_be_visible()
    await album.take("choices")


async def wait_and_send(page: Page, server: ChatServer, album: Album) -> None:
    """In the queue, with files that are up, under way, and refused."""
    await server.only.show({"type": "state", "state": "queued", "position": 2, "eta_s": 130})
    image = await page.screenshot(clip={"x": 120, "y": 420, "width": 240, "height": 240})
    files: list[Any] = [
        {"name": "收据 2026-11 很长的文件名称用来看看省略号是不是正确出现.png", "mimeType": "image/png", "buffer": image},
        {"name": "a.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"},
    ]
    await page.locator("input[type=file]").set_input_files(files)
    await expect(page.locator("canvas")).to_be_visible()
    await page.route("**/chat/site/files", lambda route: route.abort())
    await page.locator("input[type=file]").set_input_files({"name": "b.txt", "mimeType": "text/plain", "buffer": b"b"})
    await expect(page.locator(".parcel[data-fate=bad]")).to_have_count(2)
    await album.take("queue-and-files")
    await writing(page).press("Enter")
    await expect(page.locator(".picture img")).to_be_visible()
    for _ in range(2):
        await page.locator(".parcel .tool").last.click()


async def end(page: Page, server: ChatServer, album: Album) -> None:
    """A person joins, with hostile names and words; the connection goes; how it was."""
    await server.only.show({"type": "state", "state": "active", "agent": "坐席 07"})
    await server.say("agent", "您好，`订单号`请发给我。", name="坐席 07", markdown=True)
    await server.say("agent", "مرحبا، كيف يمكنني مساعدتك؟ 👋🏽", name="坐席 07")
    await server.only.show({"type": "typing", "author": "agent", "on": True})
    await expect(page.locator(".typing")).to_be_visible()
    await album.take("agent")
    await server.say("agent", "W" * 300, name="坐席" * 60)
    await server.only.show({"type": "state", "state": "on_hold", "agent": "坐席" * 60})
    await expect(page.locator(".said.agent")).to_have_count(3)
    await album.take("hostile")
    await server.only.show({"type": "survey", "session": "s1", "text": "您对本次服务满意吗？"})
    await server.only.show({"type": "state", "state": "closed", "session": "s1"})
    await page.locator(".stars button").nth(3).click()
    await album.take("survey")
    await page.get_by_role("button", name="结束会话").wait_for(state="hidden")
    await page.context.set_offline(True)
    await expect(page.locator(".banner")).to_be_visible()
    await say(page, "还在吗？")
    await album.take("offline")
