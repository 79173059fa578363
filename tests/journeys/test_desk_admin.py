"""The pages beside the desk: accounts, canned replies, hours, health and the audit log, used as people use them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.floor import SLOW_MS, accept, agent_at, ask, browser_of, desk_at, house, log_in, visitor_at
from tests.peers.chromium import barriers
from tests.peers.gateway import Gateway
from tests.peers.node import node_modules

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = "\n".join(f'{day} = ["00:00-24:00"]' for day in WEEK)
MORE = f"""
[queues.default]
title = "售前咨询"
hours = "office"
[queues.refunds]
title = "退款售后"
[hours.office]
{ALWAYS}
"""
REFUSED = ("status of 400", "status of 403", "status of 404", "status of 409")
"""What a browser says on its own of an answer that these tests ask for."""


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with house(Gateway(tmp_path, more=MORE), ("boss", "坐席 01", "--role", "admin"), ("lin", "坐席 08")) as gateway:
        yield gateway


@pytest.fixture
async def browser(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """The admin's."""
    async with browser_of(chromium, *REFUSED) as context:
        yield context


@pytest.fixture
async def boss(browser: BrowserContext, gateway: Gateway) -> Page:
    """An admin at their desk."""
    return await agent_at(browser, gateway, "boss")


async def page_of(desk: Page, name: str) -> Page:
    """One of the pages, by its address."""
    await desk.evaluate("name => { location.hash = '#/admin/' + name; }", name)
    await expect(desk.locator(f".admin-{name.split('/')[0]}")).to_be_visible()
    return desk


async def tab_to(page: Page, act: str) -> None:
    """By the Tab key alone."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement?.getAttribute('data-act')") == act:
            return
    raise AssertionError(f"{act} can't be reached by the Tab key")


async def until_it_works(desk: Page) -> None:
    """Tries again until everything is found to work: what was found a moment ago is told once more."""
    for _ in range(60):
        await desk.get_by_role("button", name="立即检查").click()
        await expect(desk.locator(".progress")).to_be_hidden()
        if not await desk.locator(".finding.bad").count():
            return
        await asyncio.sleep(0.2)
    raise AssertionError("it never worked again")


async def test_an_account_is_made_by_keyboard_alone_used_and_shut(
    boss: Page, chromium: Browser, gateway: Gateway, request: pytest.FixtureRequest
) -> None:
    await page_of(boss, "agents/new")
    await expect(boss.get_by_label("登录名")).to_be_focused()
    await boss.keyboard.type("has spaces")
    await boss.keyboard.press("Control+s")
    await expect(boss.get_by_label("登录名")).to_be_focused()
    await expect(boss.get_by_label("登录名")).to_have_attribute("aria-invalid", "true")
    await expect(boss.get_by_text("请填 1 到 64 个字符，不含空格。")).to_be_visible()
    await boss.keyboard.press("Control+a")
    await boss.keyboard.type("desk12")
    await boss.keyboard.press("Tab")
    await boss.keyboard.type("坐席 12")
    await tab_to(boss, "make-password")
    await boss.keyboard.press("Enter")
    await boss.keyboard.press("Control+s")
    await expect(boss.locator(".told")).to_contain_text("坐席 12 现在可以登录")
    password = await boss.locator(".told .code b").inner_text()
    assert re.fullmatch(r"(?:[a-zA-Z2-9]{5}-){3}[a-zA-Z2-9]{5}", password)
    assert await barriers(boss, node_modules(request.config)) == []
    async with browser_of(chromium) as context:
        theirs = await desk_at(context, gateway)
        await log_in(theirs, "desk12", password)
        await expect(theirs.get_by_text("坐席 12")).to_be_visible()
        await boss.get_by_role("button", name="停用").click()
        await expect(boss.get_by_role("dialog")).to_contain_text("立即退出登录，不能再登录。")
        await boss.get_by_role("dialog").get_by_role("button", name="停用").click()
        await expect(boss.get_by_role("button", name="启用")).to_be_focused()
        await expect(theirs.get_by_role("button", name="登录")).to_be_visible(timeout=SLOW_MS)
    await boss.locator(".rows a", has_text="坐席 01").click()
    await expect(boss.get_by_role("radio", name=re.compile("^坐席"))).to_be_disabled()
    await expect(boss.get_by_text("不能修改自己的角色，请另一位管理员操作。")).to_be_visible()


async def test_hours_set_here_hold_for_the_next_visitor_and_two_editors_see_each_other(
    boss: Page, browser: BrowserContext, chromium: Browser, gateway: Gateway
) -> None:
    await page_of(boss, "hours")
    await expect(boss.locator(".now-line")).to_have_text("全天营业")
    other = await browser.new_page()
    await other.goto(f"{gateway.url}/desk/#/admin/hours")
    await expect(other.locator(".now-line")).to_have_text("全天营业")
    await boss.bring_to_front()  # a browser lets pages behind another draw once a second
    monday = boss.get_by_role("textbox", name="星期一第 1 段开始")
    await monday.fill("25")
    await boss.get_by_role("button", name="保存").click()
    await expect(boss.locator(".week-day").first).to_contain_text("不是有效时段")
    await expect(monday).to_be_focused()
    for day in ("一", "二", "三", "四", "五", "六", "日"):
        await boss.get_by_role("button", name=f"删除：星期{day}第 1 段").click()
    await expect(boss.locator(".now-line")).to_have_text("保存后：现在休息，且没有下次开放时间")
    await boss.get_by_role("button", name="保存").click()
    await expect(boss.locator(".form-foot .state")).to_contain_text("已保存")
    async with AsyncExitStack() as stack:
        shop = await stack.enter_async_context(browser_of(chromium))
        visitor = await visitor_at(shop, gateway)
        await ask(visitor, "转人工")
        await expect(visitor.get_by_text("抱歉，现在不是人工客服的服务时间")).to_be_visible(timeout=SLOW_MS)
    # The other page has heard of it, unless somebody was typing there; whoever saves over it is shown both.
    await expect(other.locator(".now-line")).to_have_text("现在休息，且没有下次开放时间")
    await other.bring_to_front()
    await other.get_by_role("button", name="添加时段：星期一").click()
    await other.keyboard.type("9")
    await other.keyboard.press("Tab")
    await other.keyboard.type("1730")
    await boss.bring_to_front()
    await boss.get_by_role("button", name="恢复为配置文件").click()
    await boss.get_by_role("dialog").get_by_role("button", name="恢复为配置文件").click()
    await expect(boss.locator(".now-line")).to_have_text("全天营业")
    await other.bring_to_front()
    await other.get_by_role("button", name="保存").click()
    await expect(other.locator(".conflict")).to_contain_text("有人同时改了这里")
    await expect(other.locator(".conflict tr", has_text="星期一")).to_contain_text("09:00-17:30")
    await other.get_by_role("button", name="采用已保存的").click()
    await expect(other.locator(".now-line")).to_have_text("全天营业")


async def test_a_reply_made_here_is_in_the_composer_at_once(boss: Page, chromium: Browser, gateway: Gateway) -> None:
    async with browser_of(chromium) as shop:
        visitor = await visitor_at(shop, gateway)
        await ask(visitor, "转人工")
        await accept(boss)
        conversation = boss.url
        await page_of(boss, "replies/new")
        await boss.get_by_role("textbox", name="标题", exact=True).fill("物流查询")
        await boss.get_by_role("textbox", name="快捷码", exact=True).fill("wuliu")
        await boss.get_by_role("textbox", name="简体中文内容").fill("您好，我是")
        await boss.get_by_role("button", name="{agent}").click()
        await boss.keyboard.type("，请稍等。")
        await expect(boss.locator(".preview .bubble")).to_have_text("您好，我是坐席 01，请稍等。")
        await boss.get_by_role("radio", name="共享").check()
        await boss.get_by_role("button", name="创建").click()
        await expect(boss.locator(".form-foot .state")).to_have_text("已保存")
        await page_of(boss, "replies/new")
        await boss.get_by_role("textbox", name="标题", exact=True).fill("再来一个")
        await boss.get_by_role("textbox", name="快捷码", exact=True).fill("wuliu")
        await boss.get_by_role("textbox", name="简体中文内容").fill("重复")
        await boss.get_by_role("button", name="创建").click()
        await expect(boss.get_by_role("textbox", name="快捷码", exact=True)).to_have_attribute("aria-invalid", "true")
        await boss.get_by_role("button", name="放弃更改").click()
        await boss.goto(conversation)
        await boss.get_by_role("textbox", name="回复客户").press_sequentially("/wuliu")
        await boss.get_by_role("option", name=re.compile("物流查询")).click()
        await expect(boss.get_by_role("textbox", name="回复客户")).to_have_value("您好，我是坐席 01，请稍等。")
        await page_of(boss, "replies")
        await boss.locator(".rows a", has_text="物流查询").click()
        await boss.get_by_role("button", name="删除").click()
        await boss.get_by_role("dialog").get_by_role("button", name="删除").click()
        await expect(boss.locator(".told-line")).to_have_text("已删除“物流查询”。")


async def test_what_does_not_work_is_said_with_what_to_do_and_the_log_tells_it_all_but_not_to_agents(
    boss: Page, chromium: Browser, gateway: Gateway
) -> None:
    knowledge = gateway.folder / "knowledge.yaml"
    good = knowledge.read_text()
    knowledge.write_text("- id: [broken")
    await page_of(boss, "health")
    await boss.get_by_role("button", name="立即检查").click()
    await expect(boss.locator(".finding.bad", has_text="知识库")).to_contain_text("怎么办")
    await expect(boss.locator(".sum")).to_contain_text("1 项需要处理")
    knowledge.write_text(good)
    await until_it_works(boss)
    await page_of(boss, "audit")
    await expect(boss.locator(".audit-line").first).to_be_visible()
    await boss.get_by_role("combobox", name="操作").select_option("login")
    await expect(boss.locator(".audit-line")).to_have_count(1)
    await expect(boss.locator(".audit-line")).to_contain_text("坐席 01")
    await boss.get_by_role("combobox", name="操作").select_option("agent_added")
    await expect(boss.locator(".audit-line")).to_have_count(2)
    await expect(boss.locator(".audit-line").first).to_contain_text("命令行 添加账号")
    await boss.get_by_role("button", name="校验完整性").click()
    await expect(boss.locator(".proof-box")).to_contain_text("记录完整")
    async with browser_of(chromium, *REFUSED) as context:
        desk = await agent_at(context, gateway, "lin")
        await page_of(desk, "replies")
        await expect(desk.get_by_role("navigation", name="页面").get_by_role("link")).to_have_text(["知识库", "快捷回复"])
        await page_of(desk, "replies/new")
        await expect(desk.get_by_role("radio", name="共享")).to_be_disabled()
        await expect(desk.get_by_text("共享回复由主管添加。")).to_be_visible()
        await desk.evaluate("location.hash = '#/admin/audit'")
        await expect(desk.get_by_text("没有这个页面，或者您的角色打不开它。")).to_be_visible()
        answers = [
            await desk.evaluate("path => fetch('/desk/api/' + path).then(answer => answer.status)", path) for path in ("audit", "health")
        ]
        assert answers == [403, 403]
