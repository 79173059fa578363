"""The right pane: what an agent must know in five seconds stands above the fold; the rest follows, and leads on."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.journeys.floor import browser_of
from tests.journeys.scenery import Scenery, packet
from tests.peers.chromium import barriers
from tests.peers.node import node_modules

FOLD = 800
LONG = "我要退款但是一直没有人理我真的很生气" * 60


@pytest.fixture
async def scenery() -> AsyncIterator[Scenery]:
    scenery = Scenery()
    scenery.add_customer()
    async with scenery.running():
        yield scenery


@pytest.fixture
async def browser(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with browser_of(chromium, "status of 404", permissions=["clipboard-read", "clipboard-write"]) as context:
        yield context


async def about(browser: BrowserContext, scenery: Scenery, session: str = "full") -> tuple[Page, Locator]:
    """(the page, its right pane) with this session open."""
    page = await browser.new_page()
    await page.goto(f"{scenery.url}/desk/#/session/{session}")
    await expect(page.locator(".about .want")).to_be_visible()
    return page, page.locator(".about")


async def bottom_of(element: Locator) -> float:
    box = await element.bounding_box()
    assert box is not None, "it is not shown"
    return box["y"] + box["height"]


async def test_what_they_want_why_what_was_tried_and_what_may_be_sent_stand_above_the_fold(
    browser: BrowserContext, scenery: Scenery, request: pytest.FixtureRequest
) -> None:
    page, pane = await about(browser, scenery)
    await expect(pane.locator("blockquote")).to_have_text("我的退款申请了五天还没到，帮我查一下")
    await expect(pane.locator(".why")).to_contain_text("追问后仍不明确")
    await expect(pane.locator(".why .chip")).to_have_text(["紧急", "投诉", "退款售后"])
    await expect(pane.locator(".why .chip").nth(2)).to_have_attribute("title", "依据：“退款”")
    tries = pane.locator(".tries li")
    await expect(tries).to_have_count(3)
    await expect(tries.first.locator(".asked")).to_have_text("退款多久到账？")
    await expect(tries.first.locator(".entry")).to_have_text("→ 退款多久到账？")
    await expect(tries.first.locator(".sureness b")).to_have_text("93 %")
    await expect(tries.first.locator(".did")).to_have_text("已回答")
    await expect(tries.last.locator(".sureness b")).to_have_text("22 %")
    await expect(pane.locator(".tried .lead")).to_have_text("回答 1 次 · 追问 1 次")
    await expect(pane.locator(".may")).to_contain_text("随时可以发文字。每条最多 4 KB。")
    await expect(pane.locator(".may")).to_contain_text("文件不超过 1 MB：图片、文档。")
    await expect(pane.locator(".there")).to_contain_text("已看到最新消息")
    for section in (".want", ".why", ".tried", ".may"):
        assert await bottom_of(pane.locator(f"section{section}")) <= FOLD, f"{section} goes below the fold"
    await expect(pane.locator("h3")).to_have_text(
        [
            "客户想要",
            "为什么转来",
            "机器人试过什么",
            "现在能发什么",
            "客户是谁",
            "填写的表单",
            "本次评价",
            "以往会话",
            "怎么到这里的",
            "各阶段用时",
        ]
    )
    assert await barriers(page, node_modules(request.config)) == []


async def test_the_longest_words_push_nothing_below_the_fold(browser: BrowserContext, scenery: Scenery) -> None:
    turns = [{**turn, "question": LONG, "title": LONG} for turn in packet()["bot_turns"]]
    scenery.packets["full"] = packet(
        wish=LONG, trigger="", category="very-long-category-" * 9, bot_turns=[*turns, *turns], comment=LONG, slots={"订单号": LONG}
    )
    page, pane = await about(browser, scenery)
    assert await bottom_of(pane.locator("section.may")) <= FOLD
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await pane.get_by_role("button", name="更早的 3 次").click()
    await expect(pane.locator(".tries li:visible")).to_have_count(6)
    await pane.get_by_role("button", name="展开全部").first.click()
    await expect(pane.get_by_role("button", name="收起")).to_have_attribute("aria-expanded", "true")
    assert await pane.locator("blockquote").evaluate("line => line.scrollHeight === line.clientHeight")


async def test_a_wish_that_only_asks_for_a_person_gives_way_to_the_question_before_it(browser: BrowserContext, scenery: Scenery) -> None:
    turns = packet()["bot_turns"][:1]
    for last in ("转人工", "please give me a human"):
        scenery.packets["full"] = packet(reason="explicit_request", trigger=last, wish=last, bot_turns=turns)
        page, pane = await about(browser, scenery)
        await expect(pane.locator("blockquote")).to_have_text("退款多久到账？")
        await expect(pane.locator(".last")).to_have_text(f"最后说的是：“{last}”")
        await expect(pane.locator(".why")).to_contain_text("客户要求人工")
        await page.close()
    scenery.packets["full"] = packet(reason="explicit_request", wish="我的退款申请了五天还没到，转人工帮我查一下", bot_turns=turns)
    _, pane = await about(browser, scenery)
    await expect(pane.locator("blockquote")).to_have_text("我的退款申请了五天还没到，转人工帮我查一下")


async def test_who_this_is_can_be_copied_and_an_earlier_session_read_without_leaving(browser: BrowserContext, scenery: Scenery) -> None:
    page, pane = await about(browser, scenery)
    await expect(pane.locator(".who")).to_contain_text("未核实：只知道是同一个浏览器")
    await expect(pane.locator(".who dd").nth(0)).to_contain_text("客户自填")  # an address out of a form proves nothing
    await expect(pane.locator(".who dd").nth(1)).not_to_contain_text("客户自填")
    await expect(pane.locator(".who dd").nth(2)).to_have_text("简体中文")
    await expect(pane.locator(".forms")).to_contain_text("已同意 2026-09 版说明")
    await pane.locator(".who").get_by_role("button", name="复制邮箱").click()
    assert await page.evaluate("navigator.clipboard.readText()") == "visitor4471@example.com"
    await page.get_by_role("textbox", name="回复客户").fill("写到一半")
    await pane.locator(".earlier button").first.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.locator("li").first).to_contain_text("怎么修改收货地址？")
    await expect(dialog.locator("li.bot strong")).to_have_text("订单详情")
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await expect(pane.locator(".earlier button").first).to_be_focused()
    await expect(page.get_by_role("textbox", name="回复客户")).to_have_value("写到一半")
    await pane.locator(".earlier button").last.click()
    await expect(dialog).to_contain_text("您无权查看这次会话")
    await page.keyboard.press("Escape")
    await pane.locator(".trace summary").click()
    await expect(pane.locator(".trace")).to_contain_text("超时未接 坐席 08")


async def test_what_a_customer_wrote_stays_words_and_a_page_is_a_link_only_where_it_is_fit_for_one(
    browser: BrowserContext, scenery: Scenery
) -> None:
    wish = "<img src=x onerror=alert(1)> **hi**"
    scenery.packets["full"] = packet(wish=wish)
    scenery.sessions["full"]["page"] = "javascript:alert(1)"
    _, pane = await about(browser, scenery)
    await expect(pane.locator("blockquote")).to_have_text(wish)
    await expect(pane.locator(".who .page-link")).to_have_text("javascript:alert(1)")
    await expect(pane.locator(".who a")).to_have_count(0)
