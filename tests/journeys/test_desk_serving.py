"""An agent serves a customer in a real browser, with the whole program behind it."""

import asyncio
import contextlib

from playwright.async_api import Browser, FilePayload, Locator, Page, expect

from tests.journeys.floor import SLOW_MS, accept, add_agent, agent_at, ask, browser_of, log_of, reply
from tests.peers.gateway import Gateway


async def test_a_note_is_for_colleagues_only(served: tuple[Page, Page]) -> None:
    desk, page = served
    await desk.get_by_role("button", name="内部备注", exact=True).click()
    await desk.get_by_role("textbox", name="写内部备注").fill("客户着急，先查物流")
    await desk.keyboard.press("Enter")
    await expect(log_of(desk, "note")).to_have_text(["客户着急，先查物流"])
    await desk.get_by_role("button", name="回复", exact=True).click()
    await reply(desk, "正在查")
    await expect(page.get_by_text("正在查")).to_be_visible()
    await expect(page.get_by_text("先查物流")).to_have_count(0)
    await page.reload()
    await expect(page.get_by_text("正在查")).to_be_visible()
    await expect(page.get_by_text("先查物流")).to_have_count(0)


async def test_a_reload_keeps_the_conversation_and_what_was_half_written(served: tuple[Page, Page]) -> None:
    desk, page = served
    await reply(desk, "第一句")
    await expect(page.get_by_text("第一句")).to_be_visible()
    await desk.get_by_role("textbox", name="回复客户").fill("写到一半")
    await desk.reload()
    await expect(desk.get_by_role("textbox", name="回复客户")).to_have_value("写到一半")
    await expect(log_of(desk, "customer")).to_have_text(["7 号问题", "转人工"])
    await expect(log_of(desk, "agent")).to_have_text(["第一句"])
    await desk.keyboard.press("Enter")
    await expect(log_of(desk, "agent")).to_have_text(["第一句", "写到一半"])
    await expect(page.get_by_text("写到一半")).to_be_visible()


async def test_a_session_is_transferred_to_a_colleague_with_a_comment(
    chromium: Browser, served: tuple[Page, Page], gateway: Gateway
) -> None:
    desk, page = served
    await reply(desk, "我请同事看看")
    async with browser_of(chromium) as lins_browser:
        other = await agent_at(lins_browser, gateway, "lin")
        await desk.get_by_role("button", name="转接").click()
        dialog = desk.get_by_role("dialog")
        await expect(dialog.get_by_role("radio", name="退款 没有人在等")).to_be_visible()
        await dialog.get_by_role("button", name="转接").click()
        await expect(dialog.get_by_role("alert")).to_have_text("请先选择转给谁。")
        await dialog.get_by_role("radio", name="坐席 08 空闲").check()
        await dialog.get_by_label("留言").fill("退款已核对")
        await dialog.get_by_role("button", name="转接").click()
        await expect(desk.locator(".mine .line")).to_have_count(0)
        await expect(other.locator(".offer")).to_contain_text("退款已核对", timeout=SLOW_MS)
        await accept(other)
        await expect(log_of(other, "agent")).to_have_text(["我请同事看看"])
        await expect(other.locator(".about .want")).to_contain_text("退款已核对")
        await reply(other, "您好，我来继续")
        await expect(page.get_by_text("您好，我来继续")).to_be_visible()


async def test_a_session_goes_back_to_the_bot_which_answers_again(served: tuple[Page, Page]) -> None:
    desk, page = served
    await desk.get_by_role("button", name="交还机器人").click()
    await expect(desk.locator(".mine .line")).to_have_count(0)
    await expect(desk.get_by_text("选一个会话，或者等待新的分配。")).to_be_visible()
    await ask(page, "8 号问题")
    await expect(page.get_by_text("8 号答案")).to_be_visible()


async def test_a_session_is_held_resumed_and_closed(served: tuple[Page, Page]) -> None:
    desk, page = served
    await desk.get_by_role("button", name="暂停等待").click()
    await expect(desk.locator(".head .chip")).to_have_text("暂停")
    await desk.get_by_role("button", name="继续接待").click()
    await expect(desk.locator(".head .chip")).to_have_text("待回复")
    await desk.locator(".scroll").focus()
    for key in ("e", "2", "Enter"):  # the whole of it by keyboard
        await desk.keyboard.press(key)
        if key == "2":
            await expect(desk.get_by_role("radio", name="需要跟进")).to_be_checked()
        await expect(desk.get_by_role("dialog", name="结束会话")).to_have_count(0 if key == "Enter" else 1)
    await expect(desk.locator(".mine .line")).to_have_count(0)
    await expect(page.get_by_role("radio", name="5 星，共 5 星")).to_be_visible()


async def test_the_agent_sees_the_customer_write_and_the_customer_the_agent(served: tuple[Page, Page]) -> None:
    desk, page = served
    await write_until_seen(page.get_by_role("textbox", name="输入消息"), desk.get_by_text("客户正在输入……"))
    await write_until_seen(desk.get_by_role("textbox", name="回复客户"), page.locator(".typing"))


async def write_until_seen(box: Locator, mark: Locator) -> None:
    """Go on writing, as people do: one signal of it may be lost, the next is sent some seconds later."""
    for _ in range(4):
        await box.press("x")
        with contextlib.suppress(AssertionError):
            return await expect(mark).to_be_visible(timeout=4_500)
    raise AssertionError("nobody was seen writing")


async def test_shift_and_enter_begins_a_line_and_an_input_methods_enter_sends_nothing(served: tuple[Page, Page]) -> None:
    desk, _ = served
    box = desk.get_by_role("textbox", name="回复客户")
    await box.fill("第一行")
    await desk.keyboard.press("Shift+Enter")
    await desk.keyboard.type("第二行")
    await box.dispatch_event("compositionstart")
    await desk.keyboard.press("Enter")
    await box.dispatch_event("compositionend")
    await expect(log_of(desk, "agent")).to_have_count(0)
    await box.fill("第一行\n第二行")
    await desk.keyboard.press("Enter")
    await expect(log_of(desk, "agent")).to_have_text(["第一行\n第二行"], use_inner_text=True)


async def test_a_file_of_the_customer_is_shown(served: tuple[Page, Page]) -> None:
    desk, page = served
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="添加文件").click()
    image = await page.screenshot(clip={"x": 0, "y": 0, "width": 60, "height": 40})
    await (await chosen.value).set_files({"name": "凭证.png", "mimeType": "image/png", "buffer": image})
    await page.get_by_role("button", name="发送").click()
    shown = desk.locator(".said.customer img[alt='凭证.png']")
    await expect(shown).to_be_visible(timeout=SLOW_MS)
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 60


async def test_files_go_to_the_customer_and_a_picture_is_seen_large(served: tuple[Page, Page]) -> None:
    desk, page = served
    image = await page.screenshot(clip={"x": 0, "y": 0, "width": 60, "height": 40})
    files: list[FilePayload] = [
        {"name": "截图.png", "mimeType": "image/png", "buffer": image},
        {"name": "程序.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"},
    ]
    await desk.locator(".composer input[type=file]").set_input_files(files)
    await expect(desk.get_by_text("程序.exe 的类型不能发送")).to_be_visible()
    await expect(desk.locator(".attached[data-state=ready]")).to_have_count(1)
    await desk.reload()
    await expect(desk.locator(".attached .name")).to_have_text("截图.png")  # what is there already, outlives a reload
    await reply(desk, "请看截图")
    await expect(page.get_by_text("请看截图")).to_be_visible()
    await expect(page.locator("img[alt='截图.png']")).to_be_visible(timeout=SLOW_MS)
    sent = desk.locator(".said.agent").filter(has_text="请看截图")
    await sent.get_by_role("button", name="放大图片 截图.png").press("Enter")
    viewer = desk.get_by_role("dialog", name="截图.png")
    await expect(viewer.get_by_role("img", name="截图.png")).to_be_visible()
    await desk.keyboard.press("Escape")
    await expect(viewer).to_have_count(0)
    await expect(sent.get_by_role("button", name="放大图片")).to_be_focused()


async def test_two_agents_on_one_session_see_each_other_and_a_session_taken_elsewhere_keeps_the_draft(
    chromium: Browser, served: tuple[Page, Page], gateway: Gateway
) -> None:
    desk, _ = served
    await asyncio.to_thread(add_agent, gateway, "wang", "坐席 09", "--role", "supervisor")
    async with browser_of(chromium, "status of 404") as second:
        other = await agent_at(second, gateway, "wang", status="busy")
        await other.goto(desk.url)
        await expect(log_of(other, "customer").first).to_be_visible(timeout=SLOW_MS)
        await expect(desk.locator(".looking")).to_have_text("坐席 09 也在看")
        await other.get_by_role("textbox", name="写内部备注").press_sequentially("我来")
        await expect(desk.locator(".looking")).to_have_text("坐席 09 正在写……")
        await desk.get_by_role("textbox", name="回复客户").fill("写到一半的回复")
        await expect(other.locator(".looking")).to_have_text("坐席 07 正在写……")
        await other.get_by_role("button", name="接管").click()
        await expect(desk.get_by_role("textbox", name="您没发出的内容")).to_have_value("写到一半的回复")
        await expect(desk.locator(".stand")).to_contain_text("坐席 09")
        await expect(desk.get_by_role("textbox", name="回复客户")).to_have_count(0)
        await expect(other.get_by_role("textbox", name="回复客户")).to_be_visible()
