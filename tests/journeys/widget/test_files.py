"""Files that a visitor sends: chosen, pasted or dropped, seen before they go, taken back or tried again."""

import asyncio
import time

from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.widget.visiting import opened, own, received, say, visiting, writing
from tests.peers.chat_server import ChatServer


async def test_addresses_of_files_that_have_run_out_are_asked_for_anew(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    file = {"id": "f1", "name": "说明.txt", "mime": "text/plain", "size": 5, "url": "/chat/site/files/old"}
    await server.say("bot", "请看", files=[file])
    await expect(page.get_by_role("link", name="说明.txt")).to_have_attribute("href", f"{server.url}/chat/site/files/old")
    server.only.messages[-1]["files"] = [{**file, "url": "/chat/site/files/new"}]
    await page.reload()
    await expect(page.get_by_role("link", name="说明.txt")).to_have_attribute("href", f"{server.url}/chat/site/files/old")
    await page.clock.install(time=time.time() + 3000)
    await page.reload()
    await expect(page.get_by_role("link", name="说明.txt")).to_have_attribute("href", f"{server.url}/chat/site/files/new")
    await expect(page.locator(".said.bot .bubble")).to_have_count(3)


async def choose(page: Page, name: str, mime: str, buffer: bytes) -> None:
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="添加文件").click()
    await (await chosen.value).set_files({"name": name, "mimeType": mime, "buffer": buffer})


HAND_OVER = """(element, [kind, name]) => {
  const data = new DataTransfer();
  data.items.add(new File(["hello"], name, {type: "text/plain"}));
  const how = {bubbles: true, cancelable: true, composed: true};
  if (kind === "paste") return element.dispatchEvent(new ClipboardEvent(kind, {clipboardData: data, ...how}));
  for (const type of ["dragover", kind]) element.dispatchEvent(new DragEvent(type, {dataTransfer: data, ...how}));
}"""


async def test_files_go_by_picker_paste_and_drop_and_are_seen_before(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    image = await page.screenshot(clip={"x": 0, "y": 0, "width": 60, "height": 40})
    await choose(page, "收据.png", "image/png", image)
    await expect(page.locator(".parcel canvas")).to_be_visible()  # its picture
    await expect(page.locator(".parcel progress")).to_be_hidden()
    await expect(own(page)).to_have_count(0)
    await writing(page).press("Enter")
    await expect(page.locator(".said.customer img[alt='收据.png']")).to_be_visible()
    assert server.uploaded == image
    await writing(page).evaluate(HAND_OVER, ["paste", "note.txt"])
    await page.get_by_role("dialog").evaluate(HAND_OVER, ["drop", "list.txt"])
    await expect(page.locator(".parcel")).to_have_count(2)
    await say(page, "请看")
    for name in ("note.txt", "list.txt"):
        await expect(page.get_by_role("link", name=name)).to_be_visible()
    assert server.uploaded == b"hello"
    assert [frame.get("file") for frame in await received(server, "message", 4)] == ["f1", "f1", "f1", None]
    await expect(page.locator(".parcel")).to_have_count(0)


async def test_a_file_shows_how_far_it_is_and_can_be_taken_back(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route("**/chat/site/files", hold)
    await choose(page, "一.txt", "text/plain", b"one")
    await choose(page, "二.txt", "text/plain", b"two")
    await expect(page.get_by_role("progressbar", name="正在上传 一.txt")).to_be_visible()
    await page.get_by_role("button", name="移除 一.txt").click()
    await writing(page).press("Enter")  # sent: goes as soon as it is up
    await expect(page.locator(".parcel")).to_have_count(1)
    held.set()
    await expect(page.get_by_role("link", name="二.txt")).to_be_visible()
    await expect(page.locator(".parcel")).to_have_count(0)
    assert [frame["file"] for frame in await received(server, "message")] == ["f1"]


async def test_what_cannot_be_sent_says_why(chromium: Browser, server: ChatServer) -> None:
    async with visiting(chromium, "ERR_FAILED") as visitor:
        page = await opened(visitor, server)
        await choose(page, "a.exe", "application/x-msdownload", b"MZ")
        await expect(page.get_by_text("不支持此文件类型")).to_be_visible()
        await choose(page, "大.txt", "text/plain", b"x" * (1024 * 1024 + 1))
        await expect(page.get_by_text("文件过大，不能超过 1.0 MB")).to_be_visible()
        await expect(page.get_by_role("button", name="发送")).to_be_disabled()
        await page.get_by_role("button", name="移除 a.exe").click()
        await page.get_by_role("button", name="移除 大.txt").click()
        await page.route("**/chat/site/files", lambda route: route.abort())
        await choose(page, "一.txt", "text/plain", b"one")
        await expect(page.get_by_text("上传失败")).to_be_visible()
        await page.unroute("**/chat/site/files")
        await page.get_by_role("button", name="重试").click()
        await page.get_by_role("button", name="发送").click()
        await expect(page.get_by_role("link", name="一.txt")).to_be_visible()
