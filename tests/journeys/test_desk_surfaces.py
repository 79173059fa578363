"""What stands around a conversation, in its states: for people to look at, and nobody shut out by it."""

import asyncio
import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.shift import Shift, desk_of, moment, sequence
from tests.peers.chromium import barriers, picture
from tests.peers.node import node_modules

SHOWN: tuple[tuple[int, int, Literal["light", "dark"]], ...] = (
    (1280, 800, "light"),
    (1280, 800, "dark"),
    (390, 844, "light"),
    (390, 844, "dark"),
)
LONG = "没有空格的很长的一句话" * 30
HOSTILE = "‮gnp.exe " + "Supercalifragilistic" * 8 + " 👩‍👩‍👧‍👦 مرحبا بكم"


@pytest.fixture
def shift() -> Shift:
    """A full desk: names of all kinds, all states, a queue, colleagues, cases."""
    shift = Shift(role="admin")
    states = ("active", "active", "active", "on_hold", "waiting_customer", "wrap_up")
    for number, (name, state) in enumerate(
        zip(("访客 4471", HOSTILE, None, "زائر ٤٤٧١", "Visitor-with-a-double-barrelled-handle 4471", LONG), states, strict=True), 1
    ):
        shift.add_session(f"s{number}", name, state=state, state_since=moment(-900))
        shift.say(
            f"s{number}",
            "customer",
            ("退款申请五天了还没到账", LONG, "👍", "أين طلبي؟", "Where is my parcel?", "好的")[number - 1],
            at=moment(-40 * number**2),
        )
    shift.offer("f1", "你们太差劲了，我要投诉，转人工", name="网页访客", seconds=500)
    for number, wish in enumerate(("转人工，想改收货地址", HOSTILE, "发票开错了"), 1):
        shift.wait(f"q{number}", wish, seconds=70 * number**2)
    shift.others = [shift.add_session("o1", "访客 9", agent_id="a8", agent_name="坐席 08")]
    shift.cases = [
        {
            "id": "c1", "number": "K-2026-000471", "session_id": "s9", "channel": "mail", "status": "open", "subject": LONG,
            "reason": "no_agent",
            "opened_at": moment(-90_000), "resolved_at": None, "agent_id": None, "email": None, "phone": None, "version": 1,
        }
    ]  # fmt: skip
    shift.found = [{"session": shift.sessions["s1"], "message": None, "snippet": "我的退款申请了五天还没到，帮我查一下退款"}]
    return shift


async def shown(page: Page, name: str, packages: Path) -> None:
    """Pictures in both widths and schemes, looked over for barriers and for what sticks out."""
    for width, height, scheme in SHOWN:
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await picture(page, f"desk-{name}-{scheme}-{width}")
        if (width == 1280) == (scheme == "light"):
            assert await barriers(page, packages) == [], f"{name}, {scheme}, {width}"
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} is wider than {width} px"
    await page.set_viewport_size({"width": 320, "height": 256})  # the same page at 400 %
    assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth"), f"{name} does not fit at 400 %"
    await page.set_viewport_size({"width": 1280, "height": 800})


async def test_nobody_is_shut_out_of_what_stands_around_a_conversation(
    chromium: Browser, shift: Shift, request: pytest.FixtureRequest
) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    async with desk_of(chromium, shift) as (context, desk):
        await expect(desk.locator(".offer")).to_be_visible()
        await shown(desk, "lists", packages)
        await desk.keyboard.press("Control+k")
        await desk.keyboard.type("会话")
        await expect(desk.locator(".palette [role=option]").first).to_be_visible()
        await shown(desk, "palette", packages)
        await desk.keyboard.press("Escape")
        await expect(desk.get_by_role("dialog")).to_have_count(0)
        for keys, name in (("?", "keys"), ("g ,", "preferences")):
            async with asyncio.timeout(30):  # a dialog that has just gone keeps the keys for a moment
                while not await desk.get_by_role("dialog").is_visible():
                    await sequence(desk, *keys.split())
            await shown(desk, name, packages)
            await desk.keyboard.press("Escape")
            await expect(desk.get_by_role("dialog")).to_have_count(0)
        await desk.locator(".bar .self").click()
        await expect(desk.get_by_role("link", name="审计日志")).to_be_visible()
        await shown(desk, "menu", packages)
        await desk.keyboard.press("Escape")
        await context.set_offline(True)
        await expect(desk.locator(".line-lost")).to_be_visible()
        await shown(desk, "offline", packages)
        await context.set_offline(False)
        await expect(desk.locator(".line-lost")).to_be_hidden(timeout=20_000)
        for session in ("s1", "s4"):
            shift.sessions[session].update(agent_id=None, state="queued")
        shift.me["status"] = "offline"
        shift.wait("s1", "退款申请五天了还没到账")
        await shift.hang_up()
        await expect(desk.locator(".meanwhile")).to_be_visible(timeout=20_000)
        await shown(desk, "returned", packages)


async def test_a_search_says_in_every_state_what_it_is_doing(chromium: Browser, shift: Shift, request: pytest.FixtureRequest) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    async with desk_of(chromium, shift) as (_, desk):
        state = desk.locator(".search .state").first
        await desk.keyboard.press("/")
        await expect(state).to_contain_text("输入客户说过的话")
        shift.search_delay_s = 3.0
        await desk.keyboard.type("退款")
        await expect(state).to_have_text("正在搜索 …")
        await expect(state).to_contain_text("还在找")
        await expect(state).to_have_text("找到 1 个会话", timeout=20_000)
        await expect(desk.locator(".search mark").first).to_have_text("退款")
        shift.search_delay_s = 0.0
        await shown(desk, "search", packages)
        await desk.keyboard.press("Enter")
        await expect(desk).to_have_url(re.compile(r"#/search/.+/s1$"))
        await expect(desk.locator(".log .said.customer")).to_have_count(1)
        await desk.go_back()
        await desk.get_by_role("searchbox", name="搜索会话").fill("没有这样的话")
        await expect(state).to_have_text("没有找到包含“没有这样的话”的会话。")
        shift.is_search_broken = True
        await desk.get_by_role("searchbox", name="搜索会话").fill("再找一次")
        await expect(desk.get_by_role("alert").filter(has_text="服务器正忙")).to_be_visible()
        await shown(desk, "search-failed", packages)
        shift.is_search_broken = False
        await desk.locator(".search .wrong").get_by_role("button").click()
        await expect(state).to_contain_text("没有找到包含")
        await desk.keyboard.press("Escape")
        await desk.keyboard.press("Escape")
        await expect(desk.get_by_role("heading", name="我的会话")).to_be_visible()


async def test_long_lists_come_page_by_page(chromium: Browser) -> None:
    shift = Shift(role="supervisor", page_limit=100)
    for number in range(230):
        shift.wait(f"q{number:03}", f"第 {number} 位", seconds=500 - number)
    for number in range(205):
        shift.add_session(f"s{number:03}", f"访客 {number}")
    async with desk_of(chromium, shift) as (_, desk):
        await expect(desk.locator(".mine .line")).to_have_count(205)
        await expect(desk.locator(".queue .line")).to_have_count(100)
        await expect(desk.locator(".queue .count")).to_have_text("230")
        await desk.locator(".queue").get_by_role("button", name="显示更多").click()
        await expect(desk.locator(".queue .line")).to_have_count(200)
        await desk.locator(".queue").get_by_role("button", name="显示更多").click()
        await expect(desk.locator(".queue .line")).to_have_count(230)
        await expect(desk.locator(".queue").get_by_role("button", name="显示更多")).to_be_hidden()
        assert [path for path in shift.asked if "/messages" in path] == []  # the list itself says how each conversation ends
        await desk.locator(".queue .fold").click()
        await expect(desk.locator(".queue .line").first).to_be_hidden()


COUNTED = """() => {
  window.touched = {made: 0};
  new MutationObserver(records => records.forEach(({addedNodes}) => addedNodes.forEach(one => {
    if (one.nodeName === "LI") window.touched.made++;
  }))).observe(document.querySelector(".mine ul"), {childList: true});
}"""


async def test_one_message_among_two_hundred_conversations_touches_one_line(chromium: Browser) -> None:
    shift = Shift()
    for number in range(200):
        shift.add_session(f"s{number:03}", f"访客 {number}")
        shift.say(f"s{number:03}", "customer", "你好", at=moment(-300 + number))
    async with desk_of(chromium, shift) as (_, desk):
        await expect(desk.locator(".mine .line")).to_have_count(200)
        await desk.evaluate(COUNTED)
        await shift.hear("s000", "agent", "答")  # it goes from the first place to the last: one line moves, not two hundred
        await expect(desk.locator(".mine .line").last).to_contain_text("答")
        assert await desk.evaluate("window.touched.made") <= 2
        await shift.hear("s100", "customer", "还在吗")
        await expect(desk.locator(".mine .line[data-id=s100]")).to_contain_text("还在吗")
        assert await desk.evaluate("window.touched.made") <= 4
