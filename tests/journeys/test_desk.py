"""An agent's day at the desk, in a real browser, with the whole program behind it."""

import asyncio
import contextlib
import re

from playwright.async_api import Browser, BrowserContext, Error, Page, expect

from tests.journeys.conftest import OFFER_S
from tests.journeys.floor import SLOW_MS, accept, agent_at, ask, browser_of, desk_at, log_in, log_of, log_out, reply, visitor_at
from tests.peers.chromium import picture
from tests.peers.gateway import Gateway


async def test_a_wrong_password_is_said_beside_the_form_and_the_right_one_opens_the_desk(mei: BrowserContext, gateway: Gateway) -> None:
    page = await desk_at(mei, gateway)
    await log_in(page, "mei", "wrong horse battery")
    await expect(page.get_by_role("alert")).to_have_text("名称或密码不对。")
    await picture(page, "desk-login")
    await log_in(page, "mei")
    await expect(page.locator(".bar .self")).to_have_text(re.compile("坐席 07"))
    await page.reload()
    await expect(page.locator(".bar .self")).to_have_text(re.compile("坐席 07"))
    await log_out(page)
    await expect(page.get_by_label("密码")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label("密码")).to_be_visible()


async def test_an_accepted_offer_brings_everything_that_is_known(served: tuple[Page, Page]) -> None:
    desk, page = served
    await expect(log_of(desk, "customer")).to_have_text(["7 号问题", "转人工"])
    await expect(log_of(desk, "bot").first).to_have_text("7 号答案")
    await expect(desk.locator(".about .why")).to_contain_text("客户要求人工")
    await expect(desk.locator(".about blockquote")).to_have_text("7 号问题")
    await expect(desk.locator(".about .want")).to_contain_text("最后说的是：“转人工”")
    await expect(desk.locator(".about .tried")).to_contain_text("7 号问题")
    await desk.locator(".thought summary").first.click()
    await expect(desk.locator(".thought").first).to_contain_text("entry-7")
    await reply(desk, "您好，我来帮您。")
    await expect(page.get_by_text("您好，我来帮您。")).to_be_visible()
    await ask(page, "谢谢")
    await expect(log_of(desk, "customer").last).to_have_text("谢谢")


async def test_an_offer_counts_down_comes_back_to_the_queue_and_can_still_be_taken(
    mei: BrowserContext, visitor: BrowserContext, gateway: Gateway
) -> None:
    desk = await agent_at(mei, gateway, "mei")
    page = await visitor_at(visitor, gateway)
    await ask(page, "转人工")
    offer = desk.locator(".offer")
    await expect(offer).to_contain_text("客户要求人工", timeout=SLOW_MS)
    await expect(offer.get_by_role("timer")).to_have_text(re.compile(rf"^0:0[0-{OFFER_S}]$"))
    await offer.get_by_role("link").click()
    await expect(desk.get_by_text("这个会话正在等您接受。")).to_be_visible()
    await expect(desk.locator(".about .trace")).to_contain_text("超时未接", timeout=SLOW_MS)
    await desk.get_by_label("我的状态").select_option("busy")
    await expect(offer).to_have_count(0)
    await expect(desk.locator(".queue .waits")).to_contain_text("转人工")
    await expect(desk.get_by_text("正在队列“售前”中等待。")).to_be_visible()
    await expect(desk.get_by_text("您现在不是“空闲”")).to_be_visible()
    await desk.get_by_role("button", name="设为空闲").click()
    await desk.locator(".stand").get_by_role("button", name="接待").click()  # nobody has to wait until it comes round again
    await expect(desk.get_by_role("textbox", name="回复客户")).to_be_visible()
    await expect(desk.locator(".mine .line")).to_have_count(1)


async def offered_first(*desks: Page) -> list[Page]:
    """The desks, the one that has the offer first."""
    shown = [asyncio.create_task(desk.locator(".offer").wait_for(timeout=SLOW_MS)) for desk in desks]
    done, rest = await asyncio.wait(shown, return_when=asyncio.FIRST_COMPLETED)
    for task in rest:
        task.cancel()
    await asyncio.gather(*shown, return_exceptions=True)
    return sorted(desks, key=lambda desk: shown[desks.index(desk)] not in done)


async def test_a_rejected_offer_goes_to_the_next_agent(
    chromium: Browser, mei: BrowserContext, visitor: BrowserContext, gateway: Gateway
) -> None:
    async with browser_of(chromium) as lins_browser:
        desk = await agent_at(mei, gateway, "mei")
        other = await agent_at(lins_browser, gateway, "lin")
        page = await visitor_at(visitor, gateway)
        await ask(page, "转人工")
        first, second = await offered_first(desk, other)
        await first.locator(".offer").get_by_role("button", name="拒绝").click()
        await expect(first.locator(".offer")).to_have_count(0)
        await accept(second)
        await reply(second, "由我接待")
        await expect(page.get_by_text("由我接待")).to_be_visible()


async def test_a_lost_connection_is_said_at_once_and_nothing_is_missed(served: tuple[Page, Page]) -> None:
    desk, page = served
    await desk.context.set_offline(True)
    await expect(desk.get_by_text("连接断开了")).to_be_visible()
    await ask(page, "在离线时说的")
    await reply(desk, "离线时写的")
    await expect(desk.get_by_text("还没发出，等待连接")).to_be_visible()
    await desk.context.set_offline(False)
    await expect(log_of(desk, "customer").last).to_have_text("在离线时说的", timeout=SLOW_MS)
    await expect(page.get_by_text("离线时写的")).to_be_visible(timeout=SLOW_MS)
    await expect(log_of(desk, "agent")).to_have_text(["离线时写的"])
    await expect(desk.get_by_text("连接断开了")).to_be_hidden()


async def test_an_ended_login_shows_the_form_and_keeps_the_draft(served: tuple[Page, Page], gateway: Gateway) -> None:
    desk, _ = served
    await desk.get_by_role("textbox", name="回复客户").fill("写到一半")
    await desk.context.clear_cookies()
    with contextlib.suppress(Error):  # the page may have noticed by itself, and shown the form already
        await desk.get_by_label("我的状态").select_option("busy", timeout=2_000)
    await expect(desk.get_by_text("登录已失效")).to_be_visible()
    await log_in(desk, "mei")
    await expect(desk.get_by_role("textbox", name="回复客户")).to_have_value("写到一半")


async def test_what_the_server_refuses_is_said_where_it_happened(chromium: Browser, served: tuple[Page, Page], gateway: Gateway) -> None:
    desk, page = served
    async with browser_of(chromium, "status of 409", "status of 404") as second:
        twin = await second.new_page()  # the same agent at another screen
        await twin.goto(desk.url)
        await log_in(twin, "mei")
        await expect(log_of(twin, "customer").first).to_be_visible()
        await twin.route("**/desk/ws", lambda route: route.abort())
        await twin.get_by_role("button", name="结束会话").click()
        await desk.get_by_role("button", name="交还机器人").click()
        await expect(desk.locator(".mine .line")).to_have_count(0)
        await twin.get_by_role("dialog").get_by_role("button", name="结束会话").click()
        await expect(twin.get_by_role("dialog").get_by_role("alert")).to_have_text("这个会话现在由机器人接待。")
    await expect(page.get_by_text("智能助手").first).to_be_visible()


async def test_a_waiting_session_that_a_colleague_takes_says_so(
    chromium: Browser, mei: BrowserContext, visitor: BrowserContext, gateway: Gateway
) -> None:
    async with browser_of(chromium, "status of 404") as lins_browser:
        desk = await agent_at(mei, gateway, "mei", status="busy")
        other = await agent_at(lins_browser, gateway, "lin", status="busy")
        page = await visitor_at(visitor, gateway)
        await ask(page, "转人工")
        for one in (desk, other):
            await one.locator(".queue .waits a").click(timeout=SLOW_MS)
            await expect(one.get_by_text("正在队列“售前”中等待。")).to_be_visible()
        await desk.locator(".stand").get_by_role("button", name="接待").click()
        await expect(desk.get_by_role("textbox", name="回复客户")).to_be_focused()
        await expect(other.get_by_text("这个会话不在您手上了。")).to_be_visible()
        await expect(other.locator(".queue .waits")).to_have_count(0)
