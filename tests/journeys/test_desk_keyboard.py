"""A whole shift without a mouse, and everything by its name."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from tests.journeys.floor import SLOW_MS, ask, browser_of, desk_at, house, log_of, visitor_at
from tests.journeys.shift import Shift, desk_of, sequence
from tests.peers.desk_server import canned
from tests.peers.gateway import Gateway

QUEUES = '[queues.default]\ntitle = "售前"\noffer_s = 60\n[queues.refunds]\ntitle = "退款"'
NO_MOUSE = (
    'for (const type of ["mousedown", "pointerdown", "touchstart"]) addEventListener(type, () => { throw new Error("a mouse") }, true);'
)


async def press(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)


async def palette(page: Page, words: str) -> None:
    """Ctrl-K, the words, Enter."""
    await press(page, "Control+k")
    await page.keyboard.type(words)
    await expect(page.locator(".palette [aria-selected=true]")).to_be_visible()
    await press(page, "Enter")


@pytest.fixture
def shift() -> Shift:
    """Three conversations, one in the queue, one with a colleague, one case."""
    shift = Shift(role="admin")
    for number, words in enumerate(("退款多久到账", "改收货地址", "发票抬头错了"), 1):
        shift.add_session(f"s{number}", f"访客 {number}")
        shift.say(f"s{number}", "customer", words)
    shift.wait("q1", "想问会员价")
    other = shift.add_session("o1", "访客 9", agent_id="a8", agent_name="坐席 08", version=4)
    shift.others = [other]
    return shift


async def test_a_shift_is_worked_by_keyboard_alone(chromium: Browser, tmp_path: Path) -> None:
    async with (
        house(Gateway(tmp_path, more=QUEUES), ("mei", "坐席 07")) as gateway,
        browser_of(chromium) as mine,
        browser_of(chromium) as shop,
    ):
        await mine.add_init_script(NO_MOUSE)
        desk = await desk_at(mine, gateway)
        await desk.keyboard.type("mei")
        await press(desk, "Tab")
        await desk.keyboard.type("correct horse battery")
        await press(desk, "Enter")
        await expect(desk.locator(".bar .self")).to_be_visible()
        await press(desk, "s")
        await desk.keyboard.type("空闲")
        await press(desk, "Enter")
        await expect(desk.locator(".dot[data-status=available]")).to_be_visible()
        visitor = await visitor_at(shop, gateway)
        await ask(visitor, "转人工")
        await expect(desk.locator(".offer")).to_be_visible(timeout=SLOW_MS)
        await press(desk, "a")
        await expect(desk.get_by_role("textbox", name="回复客户")).to_be_focused(timeout=SLOW_MS)
        await desk.keyboard.type("您好，我来帮您。")
        await press(desk, "Enter")
        await expect(visitor.get_by_text("您好，我来帮您。")).to_be_visible()
        await press(desk, "Escape", "n")
        await desk.keyboard.type("客户着急")
        await press(desk, "Enter")
        await expect(log_of(desk, "note")).to_have_text(["客户着急"])
        await press(desk, "Escape", "h")
        await expect(desk.locator(".head[data-state=on_hold]")).to_be_visible()
        await press(desk, "h")
        await expect(desk.locator(".head[data-state=on_hold]")).to_have_count(0)
        await press(desk, "r")
        await desk.keyboard.type("请稍等，我去查。")
        await palette(desk, "存为快捷回复")
        await expect(desk.get_by_label("快捷码")).to_be_focused()
        await desk.keyboard.type("wait")
        await press(desk, "Enter")
        await expect(desk.get_by_role("dialog")).to_have_count(0)
        await press(desk, "Control+a", "Delete")
        await desk.keyboard.type("/wait")
        await expect(desk.get_by_role("option", name="wait")).to_be_visible()
        await press(desk, "Enter", "Enter")
        await expect(log_of(desk, "agent").last).to_have_text("请稍等，我去查。")
        await press(desk, "Escape", "t")
        await expect(desk.get_by_role("dialog")).to_be_visible()
        await press(desk, "ArrowDown", "Tab")
        await desk.keyboard.type("要退款")
        await press(desk, "Tab", "Tab", "Enter")
        await expect(desk.locator(".offer")).to_contain_text("要退款", timeout=SLOW_MS)  # who serves both queues has it again
        await press(desk, "a")
        await expect(desk.get_by_role("textbox", name="回复客户")).to_be_focused(timeout=SLOW_MS)
        await press(desk, "Escape", "e")
        await expect(desk.get_by_role("dialog")).to_be_visible()
        await press(desk, "Enter")
        await expect(desk.locator(".mine .line")).to_have_count(0)
        await palette(desk, "退出登录")
        await expect(desk.get_by_label("密码")).to_be_visible()


async def test_lines_are_walked_and_the_walk_is_not_interrupted(chromium: Browser, shift: Shift) -> None:
    async with desk_of(chromium, shift) as (_, desk):
        await expect(desk.locator(".mine .line")).to_have_count(3)
        for opened in ("s1", "s2", "s3"):
            await press(desk, "j")
            await expect(desk.locator(".line.open")).to_have_attribute("data-id", opened)
            await expect(desk.locator(".log .said.customer")).to_have_count(1)
            await expect(desk.locator(".line.open")).to_be_focused()
        await press(desk, "k")
        await expect(desk.locator(".line.open")).to_have_attribute("data-id", "s2")
        await press(desk, "r")
        await expect(desk.get_by_role("textbox", name="回复客户")).to_be_focused()  # the conversation was on its way
        await desk.keyboard.type("jka")
        await expect(desk.get_by_role("textbox", name="回复客户")).to_have_value("jka")  # letters are letters where one writes
        await press(desk, "Alt+ArrowDown")
        await expect(desk.locator(".line.open")).to_have_attribute("data-id", "s3")
        await press(desk, "Escape")  # while the conversation is on its way
        await sequence(desk, "g", "q")
        await expect(desk.locator(".queue .line")).to_be_focused()
        await press(desk, "ArrowUp")
        await expect(desk.locator(".mine .line").last).to_be_focused()
        stops = await desk.evaluate('document.querySelectorAll(".mine .line[tabindex=\\"0\\"]").length')
        assert stops == 1  # 200 conversations are one stop of the Tab key
        await press(desk, "u")
        await expect(desk.locator(".line.open")).to_have_attribute("data-id", "s1")


async def test_the_palette_finds_by_some_of_the_letters_and_says_what_it_has_found(chromium: Browser, shift: Shift) -> None:
    shift.found = [{"session": shift.sessions["s2"], "message": None, "snippet": "地址写错了，想改到杭州"}]
    shift.replies = [canned("r1", "refund", "退款时效", {"zh-CN": "退款在 3 个工作日内退回。"})]
    async with desk_of(chromium, shift) as (_, desk):
        await press(desk, "Control+k")
        field, options = desk.get_by_role("combobox", name="命令面板"), desk.locator(".palette [role=option]")
        await expect(field).to_be_focused()
        await desk.keyboard.type("审志")
        await expect(options.first).to_contain_text("审计日志")
        await expect(field).to_have_attribute("aria-activedescendant", "palette-0")
        await field.fill("访客")
        await expect(options.filter(has_text="访客 3")).to_contain_text("发票抬头错了")
        await press(desk, "ArrowDown")
        await expect(desk.locator("#palette-1")).to_have_attribute("aria-selected", "true")
        await press(desk, "ArrowUp", "ArrowUp")
        await expect(options.last).to_have_attribute("aria-selected", "true")
        await field.fill("杭州")
        await expect(options.filter(has_text="地址写错了，想改到杭州")).to_be_visible()
        await press(desk, "Escape")
        await expect(desk.get_by_role("dialog")).to_have_count(0)
        await press(desk, "j")
        await expect(desk.locator(".log .said.customer")).to_have_count(1)
        await press(desk, "Control+k")
        await field.fill("时效")
        await expect(options.first).to_contain_text("/refund  退款在 3 个工作日内退回。")
        await expect(options.first).to_have_attribute("aria-selected", "true")  # found after “search for”, it is chosen all the same
        await press(desk, "Enter")
        await expect(desk.get_by_role("textbox", name="回复客户")).to_be_focused()
        await expect(desk.get_by_role("textbox", name="回复客户")).to_have_value("退款在 3 个工作日内退回。")
        await press(desk, "Control+k")
        await field.fill("qqqqqq")
        await expect(options).to_have_text(["在全部会话中搜索“qqqqqq”"])
        await press(desk, "Control+k")
        await expect(desk.get_by_role("dialog")).to_have_count(0)
        await palette(desk, "主题深色")
        await expect(desk.locator("html")).to_have_attribute("data-theme", "dark")
        assert await desk.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(17, 19, 23)"
        await palette(desk, "English")
        await expect(desk.get_by_role("heading", name="My conversations")).to_be_visible()
        await desk.reload()
        await expect(desk.get_by_role("heading", name="My conversations")).to_be_visible()
        await expect(desk.locator("html")).to_have_attribute("data-theme", "dark")


async def test_single_keys_can_be_switched_off_and_the_sheet_says_so(chromium: Browser, shift: Shift) -> None:
    async with desk_of(chromium, shift) as (_, desk):
        await press(desk, "?")
        sheet = desk.get_by_role("dialog", name="键盘快捷键")
        await expect(sheet.get_by_text("接受分配给我的会话")).to_be_visible()
        await expect(sheet.get_by_text("坐席与角色")).to_be_visible()
        await press(desk, "Escape")
        await sequence(desk, "g", ",")
        await desk.get_by_label("单键快捷键").uncheck()
        await press(desk, "Escape", "j", "?")
        await expect(desk.locator(".line.open")).to_have_count(0)
        await expect(desk.get_by_role("dialog")).to_have_count(0)
        await palette(desk, "键盘快捷键")
        await expect(sheet.get_by_text("单键快捷键已在“偏好设置”里关闭")).to_be_visible()
        await press(desk, "Escape", "Alt+ArrowDown")
        await expect(desk.locator(".line.open")).to_have_attribute("data-id", "s1")


async def test_a_password_is_changed_by_its_owner(chromium: Browser, shift: Shift) -> None:
    async with desk_of(chromium, shift) as (_, desk):
        await palette(desk, "偏好设置")
        dialog = desk.get_by_role("dialog", name="偏好设置")
        for old, new, again, said in (
            ("correct horse battery", "staple of the year", "staple of the yeah", "两次输入的新密码不一样。"),
            ("wrong horse battery", "staple of the year", "staple of the year", "当前密码不对。"),
            ("correct horse battery", "staple of the year", "staple of the year", "密码已修改。其他地方的登录已全部失效。"),
        ):
            await dialog.get_by_label("当前密码").fill(old)
            await dialog.get_by_label("新密码（至少 12 个字符）").fill(new)
            await dialog.get_by_label("再输入一次新密码").fill(again)
            await press(desk, "Enter")
            await expect(dialog.get_by_role("status").last).to_have_text(said)
        assert shift.posted[-1] == ("me/password", {"old": "correct horse battery", "new": "staple of the year"})
