"""One customer on the website and on WeChat, through the whole program: a code is scanned, the desk shows both, and an agent undoes it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.floor import accept, agent_at, ask, browser_of, house, visitor_at
from tests.journeys.test_wechat import CHANNELS, PROGRAM, Town, until
from tests.peers.chromium import barriers, picture
from tests.peers.gateway import Gateway
from tests.peers.node import node_modules
from tests.peers.wechat import WeChatPlatform
from tests.peers.wechat.moved_gateway import FILE
from tests.peers.wechat.sim_clock import SimClock

SLOW_MS = 30_000


@pytest.fixture
async def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Town]:
    platform = WeChatPlatform(SimClock(tmp_path / "clock"))
    monkeypatch.setenv(FILE, str(tmp_path / "clock"))
    async with platform.running():
        oa, news = platform.account("wx0000000000000001"), platform.account("wx0000000000000002", mode="plain", can_send=False)
        gateway = Gateway(tmp_path, more=CHANNELS.format(oa=oa, news=news, url=platform.url), program=PROGRAM)
        oa.push_url = f"{gateway.url}/wechat/oa"
        async with house(gateway, ("lin", "坐席 07")):
            yield Town(platform, gateway, oa, news)
            assert platform.breaches == []


async def test_a_visitor_goes_on_in_wechat_and_the_desk_knows_that_it_is_one_customer(
    town: Town, chromium: Browser, request: pytest.FixtureRequest
) -> None:
    packages, phone = node_modules(request.config), town.phone()
    async with browser_of(chromium) as at_home, browser_of(chromium, timezone_id="Asia/Shanghai", reduced_motion="reduce") as at_work:
        web = await visitor_at(at_home, town.gateway)
        await ask(web, "7 号问题")
        await expect(web.get_by_text("7 号答案")).to_be_visible(timeout=SLOW_MS)
        async with web.expect_response(re.compile("/chat/site/link$")) as asked:
            await web.get_by_role("button", name="在微信里继续").click()
        code = await (await asked.value).json()
        (scene,) = town.oa.scenes.values()
        assert (code["code_url"], scene.scene.startswith("fd_")) == (scene.url, True)
        await phone.scan(scene.scene)
        await expect(web.get_by_role("dialog", name="在微信里继续").get_by_role("status")).to_have_text("已关联微信", timeout=SLOW_MS)
        await web.get_by_role("button", name="完成").click()
        await until(lambda: any(text.startswith("已关联：") for text in phone.texts), "word of the link on the phone")
        assert "7 号" not in "".join(phone.texts)

        desk = await agent_at(at_work, town.gateway, "lin")
        await phone.write("转人工")
        await accept(desk)
        links = desk.locator(".about section.links")
        await expect(links.get_by_role("listitem")).to_have_count(2, timeout=SLOW_MS)
        await expect(links).to_contain_text("扫码关联")
        await expect(links).to_contain_text("本会话")
        await expect(desk.locator(".about .earlier .earlier-line")).to_have_count(1)
        await links.evaluate("section => section.scrollIntoView({block: 'center'})")
        await picture(desk, "desk-links")
        assert await barriers(desk, packages) == []

        await desk.get_by_role("button", name=re.compile("^解除关联：浏览器")).click()
        confirm = desk.get_by_role("dialog", name="要解除这个关联吗？")
        await picture(desk, "desk-links-undo")
        await confirm.get_by_role("button", name="解除关联").click()
        await expect(desk.locator(".about section.links")).to_have_count(0, timeout=SLOW_MS)
        await ask(web, "8 号问题")  # with a token that was replaced once more
        await expect(web.get_by_text("8 号答案")).to_be_visible(timeout=SLOW_MS)
        await desk.reload()
        await expect(desk.locator(".about .who")).to_be_visible(timeout=SLOW_MS)
        await expect(desk.locator(".about .earlier .earlier-line")).to_have_count(0)
