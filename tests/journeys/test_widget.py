"""A visitor's chat in a real browser, against a scripted server that fails at chosen moments. See test_widget_whole.py for the real one."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.peers.chat_server import ChatServer
from tests.peers.chromium import barriers, picture, watched
from tests.peers.node import node_modules

CUT = "WebSocket connection to"
"""What the console says when a socket breaks: provoked by the test."""
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63e0d8340d000255015bc4f5fad90000000049454e44ae426082"
)


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    server = ChatServer()
    async with server.running():
        yield server
    assert server.breaches == []


@pytest.fixture
async def visitor(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with watched(chromium, allowed=[CUT, "ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION", "/chat/site/ws"]) as context:
        yield context


async def opened(context: BrowserContext, server: ChatServer, path: str = "/") -> Page:
    page = await context.new_page()
    await page.goto(server.url + path)
    await launcher(page).click()
    await expect(page.locator(".panel[data-status=online]")).to_be_visible(timeout=20_000)
    return page


def launcher(page: Page) -> Locator:
    return page.get_by_role("button", name=re.compile("打开在线客服|Open chat"))


def writing(page: Page) -> Locator:
    return page.get_by_role("textbox", name=re.compile("^输入消息$|^Write a message$"))


def own(page: Page) -> Locator:
    return page.locator(".said.customer .bubble")


async def say(page: Page, text: str) -> None:
    await writing(page).fill(text)
    await writing(page).press("Enter")


async def test_a_question_is_answered(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "退款多久到账？")
    await expect(page.get_by_text("答：退款多久到账？")).to_be_visible()
    await expect(page.locator(".said.customer .mark")).to_have_text("已发送")
    assert server.texts() == ["退款多久到账？"]
    await expect(page.locator(".said.bot strong")).to_have_text("有什么")  # the site's own greeting


async def test_the_panel_is_fetched_on_first_open_only(visitor: BrowserContext, server: ChatServer) -> None:
    page = await visitor.new_page()
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url.rpartition("/")[2]))
    await page.goto(server.url)
    await page.wait_for_timeout(500)
    assert "widget.js" in fetched
    assert "panel.js" not in fetched
    assert server.connections == 0


async def test_a_reload_keeps_the_conversation(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "第一句")
    await expect(page.get_by_text("答：第一句")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("答：第一句")).to_be_visible()
    await say(page, "第二句")
    await expect(page.get_by_text("答：第二句")).to_be_visible()
    await expect(own(page)).to_have_text(["第一句", "第二句"])
    hello = [frame for frame in server.only.received if frame["type"] == "hello"][-1]
    assert hello["last_seq"] == 2  # it asked for exactly what it did not have


async def test_two_tabs_show_the_same(visitor: BrowserContext, server: ChatServer) -> None:
    first = await opened(visitor, server)
    await say(first, "在第一页")
    await expect(first.get_by_text("答：在第一页")).to_be_visible()
    second = await opened(visitor, server)
    await expect(second.get_by_text("答：在第一页")).to_be_visible()
    await say(second, "在第二页")
    for page in (first, second):
        await expect(own(page)).to_have_text(["在第一页", "在第二页"])
        await expect(page.get_by_text("答：在第二页")).to_be_visible()
    assert len(server.conversations) == 1


@pytest.mark.parametrize("moment", ["drops_before_ack", "drops_before_taking"])
async def test_a_connection_lost_while_sending_loses_and_doubles_nothing(visitor: BrowserContext, server: ChatServer, moment: str) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    setattr(server.script, moment, 2)
    await say(page, "乙")
    await say(page, "丙")
    await expect(page.locator(".said[data-fate=sending], .said[data-fate=kept]")).to_have_count(0, timeout=15_000)
    await expect(own(page)).to_have_text(["甲", "乙", "丙"])
    assert server.texts() == ["甲", "乙", "丙"]


async def test_a_message_written_offline_survives_a_closed_page(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await visitor.set_offline(True)
    await expect(page.get_by_text("网络已断开")).to_be_visible()
    await say(page, "乙")
    await expect(page.get_by_text("等待网络连接")).to_be_visible()
    await page.wait_for_timeout(400)  # for the picture only: what comes in fades in
    await picture(page, "offline")
    await page.close()
    await visitor.set_offline(False)
    page = await visitor.new_page()
    await page.goto(server.url)
    await launcher(page).click()
    await expect(page.get_by_text("答：乙")).to_be_visible()
    assert server.texts() == ["甲", "乙"]


async def test_what_a_lost_signal_left_out_is_fetched(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    server.script.skips_frames = 1
    await say(page, "甲")
    await expect(page.locator(".said.customer .mark")).to_have_text("已发送")
    await server.say("bot", "后来的话")  # its seq shows that one is missing
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await expect(page.locator(".said.bot .bubble")).to_have_text(["您好！有什么可以帮您？", "答：甲", "后来的话"])


async def test_blocked_sockets_fall_back_to_long_polling(visitor: BrowserContext, server: ChatServer) -> None:
    server.script.refuses_sockets = True
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible(timeout=15_000)
    await server.say("agent", "我是人工", name="坐席 07")
    await expect(page.get_by_text("我是人工")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("我是人工")).to_be_visible()
    await say(page, "乙")
    await expect(page.get_by_text("答：乙")).to_be_visible(timeout=15_000)
    assert server.texts() == ["甲", "乙"]


async def test_a_refused_message_says_so_and_can_be_tried_again(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    server.script.refusal = {"code": "refused", "text": "这条消息没有发出"}
    await say(page, "甲")
    await expect(page.locator(".said[data-fate=failed] .mark")).to_contain_text("未发送")
    await page.reload()
    await page.get_by_role("button", name="重试").click()
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await expect(own(page)).to_have_text(["甲"])
    assert server.texts() == ["甲"]


async def test_a_message_sent_too_fast_is_sent_again_by_itself(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    server.script.refusal = {"code": "rate_limited", "text": "请稍候", "retry_after_s": 0.3}
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    assert server.texts() == ["甲"]


async def test_enter_that_picks_a_word_in_an_input_method_does_not_send(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await writing(page).focus()
    keyboard = await visitor.new_cdp_session(page)
    await keyboard.send("Input.imeSetComposition", {"text": "tuikuan", "selectionStart": 7, "selectionEnd": 7})
    enter = {"type": "rawKeyDown", "key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13}
    await keyboard.send("Input.dispatchKeyEvent", enter)
    await expect(writing(page)).to_have_value("tuikuan")
    await keyboard.send("Input.insertText", {"text": "退款"})
    await expect(writing(page)).to_have_value("退款")
    await keyboard.send("Input.dispatchKeyEvent", {**enter, "windowsVirtualKeyCode": 229})  # as Safari says it, after the composition
    await page.wait_for_timeout(200)
    await expect(own(page)).to_have_count(0)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("答：退款")).to_be_visible()
    assert server.texts() == ["退款"]


async def test_markup_in_messages_is_inert(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>"
    await say(page, evil)
    await expect(own(page)).to_have_text([evil])
    await server.say(
        "bot",
        f"{evil} [按这里](javascript:document.title='owned') [数据](data:text/html,x) [好的](https://example.com/?a=1&b=2)",
        markdown=True,
    )
    await expect(page.get_by_role("link", name="好的")).to_be_visible()
    links = page.locator(".said a")
    assert await links.evaluate_all("links => links.map(a => [a.href, a.rel, a.target])") == [
        ["https://example.com/?a=1&b=2", "noopener noreferrer nofollow", "_blank"]
    ]
    assert await page.locator(".said img, .said script").count() == 0
    assert "owned" not in await page.title()


async def test_markdown_is_shown_and_only_for_ours(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await server.say("customer", "**不加粗**", cid="elsewhere")
    text = "**粗** *斜* `码` snake_case_name 2*3*4\n第二行\n\n1. 一\n2. 二\n   - 里\n\n```\nx < y\n```\n见 https://example.com/退款。谢谢"
    await server.say("bot", text, markdown=True)
    said = page.locator(".said.bot .bubble", has_text="第二行")
    assert await said.inner_html() == (
        "<p><strong>粗</strong> <em>斜</em> <code>码</code> snake_case_name 2*3*4<br>第二行</p>"
        "<ol><li>一</li><li>二<ul><li>里</li></ul></li></ol><pre><code>x &lt; y</code></pre>"
        '<p>见 <a href="https://example.com/退款" target="_blank" rel="noopener noreferrer nofollow">'
        "https://example.com/退款</a>。谢谢</p>"
    )
    await expect(own(page)).to_have_text(["**不加粗**"])


@pytest.mark.parametrize("is_blocked", [False, True], ids=["socket", "long poll"])
async def test_a_page_of_another_origin_under_a_strict_policy(visitor: BrowserContext, server: ChatServer, is_blocked: bool) -> None:
    server.script.refuses_sockets = is_blocked
    page = await visitor.new_page()
    await page.goto(f"http://localhost:{server.port}/host?at={server.url}")
    await launcher(page).click()
    await say(page, "Where is my parcel?")
    await expect(page.get_by_text("答：Where is my parcel?")).to_be_visible(timeout=15_000)
    await expect(page.get_by_text("Sent", exact=True)).to_be_visible()
    assert await page.locator("frontdesk-chat").get_attribute("lang") == "en"


async def test_everything_is_done_by_keyboard(visitor: BrowserContext, server: ChatServer) -> None:
    page = await visitor.new_page()
    await page.goto(server.url)
    await launcher(page).focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog", name="演示商店")).to_be_visible()
    await expect(writing(page)).to_be_focused()
    await page.keyboard.type("甲")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("乙")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    assert server.texts() == ["甲\n乙"]
    await server.say("bot", "还有呢？", choices=[{"id": "a", "text": "开发票"}, {"id": "b", "text": "没有了"}])
    await page.get_by_role("button", name="开发票").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("答：开发票")).to_be_visible()
    assert [frame["choice"] for frame in server.only.received if "choice" in frame] == ["a"]
    await expect(page.get_by_role("button", name="没有了")).to_have_count(0)
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(launcher(page)).to_be_focused()


ANNOUNCED = """
  const attach = Element.prototype.attachShadow;
  window.shown = [];
  Element.prototype.attachShadow = function (how) {
    const root = attach.call(this, how);
    new MutationObserver(changes => {
      const live = root.querySelector(".log")?.getAttribute("aria-live");
      const nodes = changes.flatMap(change => [...change.addedNodes]).flatMap(node => [node, ...node.querySelectorAll?.("*") ?? []]);
      for (const node of nodes) if (node.classList?.contains("bubble")) window.shown.push([node.textContent, live]);
    }).observe(root, {subtree: true, childList: true});
    return root;
  };
"""


async def test_the_history_is_not_announced_and_news_is(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await page.close()
    server.only.add("bot", "乙")
    await visitor.add_init_script(ANNOUNCED)
    page = await opened(visitor, server)
    await expect(page.get_by_text("乙", exact=True)).to_be_visible()
    await expect(page.get_by_role("log", name="消息记录")).to_have_attribute("aria-live", "polite")
    await server.say("bot", "丙")
    await expect(page.get_by_text("丙", exact=True)).to_be_visible()
    shown = await page.evaluate("shown")
    assert ["甲", "off"] in shown
    assert ["乙", "off"] in shown
    assert ["丙", "polite"] in shown


async def test_an_agent_joins_writes_and_reads(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "转人工")
    await expect(page.get_by_text("答：转人工")).to_be_visible()
    await server.only.show({"type": "state", "state": "queued", "position": 2, "eta_s": 130})
    await expect(page.get_by_text("正在排队，您是第 2 位 · 约需 3 分钟")).to_be_visible()
    await server.only.show({"type": "state", "state": "active", "agent": "坐席 07"})
    await expect(page.get_by_text("坐席 07 已加入会话")).to_be_visible()
    await server.only.show({"type": "typing", "author": "agent", "on": True})
    await expect(page.get_by_text("坐席 07 正在输入")).to_be_attached()
    await server.say("agent", "您好，请讲。", name="坐席 07")
    await expect(page.locator(".typing")).to_be_hidden()
    await expect(page.locator(".said.agent .name")).to_have_text("坐席 07")
    await expect(page.get_by_text("坐席 07 已加入会话")).to_have_count(1)
    await server.only.show({"type": "read", "seq": 1})
    await expect(page.locator(".said.customer .mark")).to_have_text("已读")


async def test_what_comes_while_the_chat_is_closed_is_counted_and_then_read(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await page.keyboard.press("Escape")
    await server.say("bot", "乙")
    await server.say("bot", "丙")
    await expect(page.get_by_role("button", name="打开在线客服，2 条未读消息")).to_be_visible()
    await launcher(page).click()
    await expect(page.get_by_text("丙", exact=True)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="打开在线客服", exact=True)).to_be_visible()
    assert [frame["seq"] for frame in server.only.received if frame["type"] == "read"][-1] == 4


async def test_the_conversation_is_rated_at_its_end(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await server.only.show({"type": "survey", "session": "s1", "text": "您对本次服务满意吗？", "min": 1, "max": 5})
    await expect(page.get_by_role("radio", name="3 星")).to_be_visible()
    await page.reload()
    await page.get_by_role("radio", name="3 星").click()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("radio", name="4 星")).to_be_checked()
    await page.get_by_role("textbox", name="还有什么想说的").fill("很快")
    await page.get_by_role("button", name="提交评价").click()
    await expect(page.get_by_text("感谢您的评价。")).to_be_visible()
    assert [frame for frame in server.only.received if frame["type"] == "rate"] == [{"type": "rate", "score": 4, "comment": "很快"}]


async def test_after_the_end_a_new_message_begins_anew(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await server.only.show({"type": "state", "state": "closed", "session": "s1"})
    await expect(page.get_by_text("本次会话已结束")).to_be_visible()
    await server.say("customer", "乙", cid="elsewhere", session="s2")
    await expect(page.get_by_text("通常即时回复")).to_be_visible()


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


async def test_files_go_by_picker_and_by_paste(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="添加文件").click()
    await (await chosen.value).set_files({"name": "收据.png", "mimeType": "image/png", "buffer": PNG})
    await expect(page.locator(".said.customer img[alt='收据.png']")).to_be_visible()
    assert server.uploaded == PNG
    await writing(page).evaluate(
        """input => {
          const data = new DataTransfer();
          data.items.add(new File(["hello"], "note.txt", {type: "text/plain"}));
          input.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true, cancelable: true}));
        }"""
    )
    await expect(page.get_by_role("link", name="note.txt")).to_be_visible()
    assert server.uploaded == b"hello"
    assert [frame["file"] for frame in server.only.received if frame["type"] == "message"] == ["f1", "f1"]


async def test_a_phone_shows_the_chat_as_a_modal_over_everything(chromium: Browser, server: ChatServer) -> None:
    async with watched(chromium, viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark") as context:
        page = await opened(context, server)
        dialog = page.get_by_role("dialog")
        covered = "d => { const r = d.getBoundingClientRect(); return [r.x, r.y, r.width, r.height].map(Math.round); }"
        await dialog.evaluate("d => Promise.all(d.getAnimations().map(one => one.finished))")
        assert await dialog.evaluate(covered) == [0, 0, 390, 844]
        await expect(dialog).to_have_attribute("aria-modal", "true")
        for _ in range(12):
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.localName") == "frontdesk-chat"
        small = await page.locator("button:visible").evaluate_all(
            "all => all.filter(b => b.offsetWidth < 24 || b.offsetHeight < 24).map(b => b.outerHTML)"
        )
        assert small == []


async def test_logging_out_leaves_nothing_behind(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await page.evaluate("Frontdesk.shutdown()")
    await expect(page.locator("frontdesk-chat")).to_have_count(0)
    assert await page.evaluate("[Object.keys(localStorage), Object.keys(sessionStorage), typeof Frontdesk]") == [[], [], "undefined"]
    await page.reload()
    await launcher(page).click()
    await expect(writing(page)).to_be_visible()
    await expect(own(page)).to_have_count(0)


async def test_the_host_page_can_open_and_listen(visitor: BrowserContext, server: ChatServer) -> None:
    page = await visitor.new_page()
    await page.goto(server.url)
    await page.evaluate(
        """() => {
          window.heard = [];
          const note = event => Frontdesk.on(event, detail => heard.push([event, detail?.text ?? detail ?? null]));
          ["open", "close", "message", "unread"].forEach(note);
        }"""
    )
    await page.get_by_role("button", name="咨询客服").click()
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await page.evaluate("Frontdesk.close()")
    await server.say("bot", "乙")
    await expect(page.get_by_role("button", name="打开在线客服，1 条未读消息")).to_be_visible()
    assert await page.evaluate("heard") == [["open", None], ["message", "答：甲"], ["close", None], ["message", "乙"], ["unread", 1]]


async def test_bye_is_obeyed_and_the_conversation_goes_on(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    before = server.connections
    await server.only.show({"type": "bye", "retry_after_s": 2})
    await page.wait_for_timeout(1500)
    assert server.connections == before
    await say(page, "乙")
    await expect(page.get_by_text("答：乙")).to_be_visible()
    assert server.texts() == ["甲", "乙"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_nobody_is_shut_out(
    chromium: Browser, server: ChatServer, request: pytest.FixtureRequest, scheme: Literal["light", "dark"], width: int
) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    viewport = {"width": width, "height": 844}
    async with watched(chromium, viewport=viewport, color_scheme=scheme, reduced_motion="reduce") as context:
        page = await context.new_page()
        await page.goto(server.url)
        await picture(page, f"shop-{scheme}-{width}")
        assert await barriers(page, packages) == []
        await launcher(page).click()
        await say(page, "退款多久到账？")
        await expect(page.get_by_text("答：退款多久到账？")).to_be_visible()
        server.script.refusal = {"code": "refused", "text": "这条消息没有发出"}
        await say(page, "这一句被拒绝")
        await expect(page.get_by_role("button", name="重试")).to_be_visible()
        await server.only.show({"type": "state", "state": "active", "agent": "坐席 07"})
        await server.say("agent", "您好，`订单号`请发给我，见[说明](https://example.com)。", name="坐席 07", markdown=True)
        await server.say("bot", "要哪一个？", choices=[{"id": "a", "text": "开发票"}, {"id": "b", "text": "改地址"}])
        await expect(page.get_by_text("要哪一个？")).to_be_visible()
        await picture(page, f"chat-{scheme}-{width}")
        assert await barriers(page, packages) == []
        await server.only.show({"type": "survey", "session": "s1", "text": "您对本次服务满意吗？"})
        await page.get_by_role("radio", name="4 星").click()
        await picture(page, f"survey-{scheme}-{width}")
        assert await barriers(page, packages) == []
