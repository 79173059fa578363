"""Writing at the desk: canned replies, notes, files, limits, and what the channel carries; over a scripted server."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, FilePayload, expect

from tests.journeys.floor import log_of
from tests.journeys.test_desk_talk import desk_with
from tests.peers.chromium import watched
from tests.peers.desk_server import DeskServer, canned

PASTE = """(box, type) => {
  const clip = new DataTransfer();
  clip.items.add(new File([new Uint8Array(30)], type === "drop" ? "拖来的.txt" : "", {type: type === "drop" ? "text/plain" : "image/png"}));
  const event = type === "drop" ? new DragEvent("drop", {dataTransfer: clip, bubbles: true, cancelable: true})
    : new ClipboardEvent("paste", {clipboardData: clip, bubbles: true, cancelable: true});
  box.dispatchEvent(event);
}"""


@pytest.fixture
async def context(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with watched(chromium, allowed=["status of 507"], permissions=["clipboard-read", "clipboard-write"]) as context:
        yield context


@pytest.fixture
def server() -> DeskServer:
    server = DeskServer()
    server.add_session("s1", "访客 4471")
    server.replies += [
        canned("r1", "hi", "问候", {"zh": "{customer}您好，我是{agent}。", "en": "Hello {customer}, this is {agent}."}),
        canned("r2", "refund", "退款时效", {"zh": "工单 {case} 已登记，由{company}退回。"}),
        canned("r3", "ship", "Shipping time", {"en": "Orders ship within two days."}, is_shared=False),
    ]
    return server


async def test_canned_replies_are_found_by_slash_filled_in_and_never_sent_half_filled(context: BrowserContext, server: DeskServer) -> None:
    async with desk_with(context, server, "s1") as (page,):
        box, menu = page.get_by_role("textbox", name="回复客户"), page.get_by_role("listbox", name="快捷回复")
        await box.press_sequentially("/")
        await expect(menu.get_by_role("option")).to_have_count(3)
        await expect(menu.get_by_role("option", selected=True)).to_contain_text("问候")
        await page.keyboard.press("ArrowDown")
        await expect(box).to_have_attribute("aria-activedescendant", "canned-1")
        await page.keyboard.press("Escape")
        await expect(menu).to_be_hidden()
        await box.fill("")
        await box.press_sequentially("/问")
        await expect(menu.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Enter")
        await expect(box).to_have_value("访客 4471您好，我是坐席 07。")
        await page.keyboard.press("Enter")
        await expect(log_of(page, "agent")).to_have_text(["访客 4471您好，我是坐席 07。"])
        await box.press_sequentially("/登记")  # its words are searched, too
        await expect(menu.get_by_role("option")).to_have_count(1)
        await page.keyboard.press("Tab")
        await expect(box).to_have_value("工单 {case} 已登记，由演示商店退回。")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("{case} 还没有填")).to_be_visible()
        await box.press("Home")
        await page.keyboard.press("Tab")
        await page.keyboard.type("C-7")
        await expect(box).to_have_value("工单 C-7 已登记，由演示商店退回。")
        await page.keyboard.press("Enter")
        await expect(log_of(page, "agent").last).to_have_text("工单 C-7 已登记，由演示商店退回。")
        await box.fill("见 http://a.example/b 与 和/或")
        await expect(menu).to_be_hidden()


async def test_a_draft_becomes_a_canned_reply_and_is_there_at_once(context: BrowserContext, server: DeskServer) -> None:
    async with desk_with(context, server, "s1") as (page,):
        box = page.get_by_role("textbox", name="回复客户")
        await box.press_sequentially("感谢您的耐心 /nothing")
        await expect(page.get_by_text("没有匹配的快捷回复")).to_be_visible()
        await page.get_by_role("button", name="存为快捷回复").click()
        dialog = page.get_by_role("dialog", name="存为快捷回复")
        await expect(dialog.get_by_label("内容")).to_have_value("感谢您的耐心")
        await dialog.get_by_label("快捷码").fill("thx")
        await dialog.get_by_label("标题").fill("致谢")
        await page.keyboard.press("Enter")
        await expect(dialog).to_have_count(0)
        assert server.posted[-1] == (
            "replies",
            {"shortcut": "thx", "title": "致谢", "texts": {"zh-CN": "感谢您的耐心"}, "folder": "", "is_shared": False},
        )
        await box.fill("")
        await box.press_sequentially("/thx")
        await page.keyboard.press("Enter")
        await expect(box).to_have_value("感谢您的耐心")


async def test_a_reply_that_is_told_late_shows_in_the_open_menu(context: BrowserContext, server: DeskServer) -> None:
    async with desk_with(context, server, "s1") as (page,):
        box, menu = page.get_by_role("textbox", name="回复客户"), page.get_by_role("listbox", name="快捷回复")
        await box.press_sequentially("/")
        await expect(menu.get_by_role("option")).to_have_count(3)
        server.replies.append(canned("r4", "late", "刚写好的", {"zh": "稍后联系您。"}))
        await server.tell({"type": "replies"})
        await expect(menu.get_by_role("option")).to_have_count(4)


async def test_files_come_by_picker_paste_and_drop_and_a_failed_one_holds_the_reply_back(
    context: BrowserContext, server: DeskServer
) -> None:
    async with desk_with(context, server, "s1") as (page,):
        box, tray = page.get_by_role("textbox", name="回复客户"), page.get_by_role("list", name="要发送的文件")
        server.script.upload_delay_s = 0.6
        await box.evaluate(PASTE, "paste")
        await page.locator(".talk").evaluate(PASTE, "drop")
        await expect(tray.get_by_role("progressbar")).to_have_count(2)
        await box.fill("请看")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="上传完就发")).to_be_visible()
        await expect(log_of(page, "agent")).to_contain_text(["请看"])
        assert [sorted(body) for path, body in server.posted if path.endswith("/reply")] == [["cid", "files", "text"]]
        await expect(tray).to_be_hidden()
        server.script.upload_refusal = (507, {"code": "storage_full", "detail": "no room for files"})
        files: list[FilePayload] = [
            {"name": "大.pdf", "mimeType": "application/pdf", "buffer": b"x" * (1024 * 1024 + 1)},
            {"name": "空.txt", "mimeType": "text/plain", "buffer": b""},
            {"name": "好.txt", "mimeType": "text/plain", "buffer": b"abc"},
        ]
        await page.locator(".composer input[type=file]").set_input_files(files)
        await expect(page.get_by_text("大.pdf 有 1 MB，这个渠道最多 1 MB。")).to_be_visible()
        await expect(page.get_by_text("空.txt 是空的")).to_be_visible()
        await expect(tray.get_by_role("alert")).to_be_visible()
        await box.fill("再看")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("有文件没有传上去")).to_be_visible()
        server.script.upload_refusal = None
        await tray.get_by_role("button", name="重试").click()
        await expect(tray.get_by_role("button", name="移除 好.txt")).to_be_visible()
        await box.press("Enter")
        await expect(log_of(page, "agent").last).to_contain_text("好.txt")


async def test_a_channel_of_text_only_offers_nothing_else_and_says_so(context: BrowserContext, server: DeskServer) -> None:
    server.channels[0].update(file_max_bytes=0, file_types=[], markdown=False, text_max_bytes=90)
    async with desk_with(context, server, "s1") as (page,):
        box = page.get_by_role("textbox", name="回复客户")
        await expect(page.locator(".keys")).to_have_text("这个渠道只能发文字")
        await expect(page.get_by_role("button", name="这个渠道只能发文字")).to_have_attribute("aria-disabled", "true")
        await expect(page.get_by_role("group", name="文字格式")).to_be_hidden()
        await box.evaluate(PASTE, "paste")
        await expect(page.locator(".composer .wrong")).to_have_text("这个渠道只能发文字")
        await box.fill("字" * 26)
        await expect(page.locator(".write .left")).to_have_text("还可写约 4 字")
        await box.fill("字" * 40)
        await expect(page.locator(".write .left")).to_have_text("太长了，请删去约 11 个字。")
        await expect(page.get_by_role("button", name="发送")).to_be_disabled()
        await page.keyboard.press("Enter")
        await expect(log_of(page, "agent")).to_have_count(0)


async def test_a_note_is_another_mode_and_each_session_keeps_its_own_draft(context: BrowserContext, server: DeskServer) -> None:
    server.add_session("s2", "访客 4472")
    async with desk_with(context, server, "s1") as (page,):
        box = page.get_by_role("textbox", name="回复客户")
        await box.press("ControlOrMeta+b")
        await page.keyboard.type("重要")
        await expect(box).to_have_value("**重要**")
        await page.get_by_role("link", name="访客 4472").click()
        await expect(box).to_have_value("")
        await page.locator(".scroll").focus()
        await page.keyboard.press("n")
        note = page.get_by_role("textbox", name="写内部备注")
        await expect(note).to_be_focused()
        await expect(page.locator(".keys")).to_have_text("只有同事能看到")
        await expect(page.get_by_role("button", name="添加图片或文件")).to_be_hidden()
        await note.fill("先别退款")
        await page.get_by_role("button", name="回复", exact=True).click()
        await expect(page.get_by_role("textbox", name="回复客户")).to_have_value("")  # a note never turns into a reply
        await page.get_by_role("button", name="内部备注", exact=True).click()
        await page.reload()
        await expect(note).to_have_value("先别退款")
        await note.press("Enter")
        await expect(log_of(page, "note")).to_have_text(["先别退款"])
        assert [path for path, _ in server.posted if path.endswith(("/reply", "/note"))] == ["sessions/s2/note"]
        await page.get_by_role("link", name="访客 4471").click()
        await expect(page.get_by_role("textbox", name="回复客户")).to_have_value("**重要**")
