"""One customer on the website and on WeChat, through the whole program: a code is scanned, the desk shows both, and an agent undoes it."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.journeys.floor import accept, agent_at, ask, browser_of, house, visitor_at
from tests.journeys.test_desk_window import desk_with
from tests.journeys.test_wechat import CHANNELS, PROGRAM, Town, until
from tests.peers.chromium import barriers, picture
from tests.peers.counted_desk import CountedDesk
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
        assert await desk.evaluate("document.documentElement.scrollHeight - innerHeight") == 0
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


LINKED = {"channel": "site", "session_id": "s0", "at": "2026-11-20T08:30:00Z", "linked_by": None, "may_unlink": True}
KNOWN = {
    "contact_id": "c1", "may_change": True,
    "identities": [
        {**LINKED, "key": "k1", "kind": "openid", "value": "…k3Xq", "channel": "oa", "session_id": "s1", "verified_by": "scan"},
        {**LINKED, "key": "k2", "kind": "site_user", "value": "user-20418", "verified_by": "scan"},
        {**LINKED, "key": "k3", "kind": "visitor", "value": "…T1X4Y6Z", "verified_by": "agent", "linked_by": "坐席 12"},
    ],
    "suggestions": [
        {
            "key": "k4", "why": ["email", "phone"], "name": "客户 12", "email": "c***@example.com", "phone": "+86***00",
            "identities": [{"kind": "visitor", "value": "01J***7F"}],
        },
        {"key": "k5", "why": ["scan"], "name": "", "email": None, "phone": None, "identities": [{"kind": "openid", "value": "oOt***11"}]},
    ],
}  # fmt: skip


async def test_who_this_is_stands_in_the_pane_and_who_it_may_be_is_asked(chromium: Browser, request: pytest.FixtureRequest) -> None:
    packages, server = node_modules(request.config), CountedDesk()
    server.add_follower(left=3)
    server.known_elsewhere["s1"] = KNOWN
    async with desk_with(chromium, server) as desk:
        links = desk.locator(".about section.links")
        await expect(links.get_by_role("listitem")).to_have_count(5)
        await expect(links).to_contain_text("坐席 12 确认于")
        await expect(links).to_contain_text("邮箱相同 · 电话相同 · c***@example.com · +86***00")
        await expect(links).to_contain_text("扫过对方的二维码，但没有自动关联")
        await expect(links.get_by_role("button", name="解除关联：网站账号 user-20418")).to_be_visible()
        for width, scheme in ((1280, "light"), (1280, "dark"), (360, "light")):
            await desk.set_viewport_size({"width": width, "height": 800})
            await desk.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            if width < 480:
                await desk.goto(f"{server.url}/desk/#/session/s1/about")
            await expect(links).to_be_visible()
            await links.evaluate("section => section.scrollIntoView({block: 'center'})")
            assert await desk.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
            await picture(desk, f"desk-links-{width}-{scheme}")
            assert await barriers(desk, packages) == []
        await desk.get_by_role("button", name="确认是同一位").first.click()
        await expect(desk.get_by_role("dialog", name="确认是同一位客户？")).to_contain_text("请先向客户核实。")
        await picture(desk, "desk-links-confirm")
