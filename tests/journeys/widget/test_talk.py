"""A visitor's chat in a real browser, against a scripted server: what is said, and how it is shown. The real one: test_whole.py."""

from playwright.async_api import BrowserContext, expect

from tests.journeys.widget.visiting import launcher, opened, own, received, say, writing
from tests.peers.chat_server import ChatServer


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


async def test_an_agent_joins_writes_and_reads(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "转人工")
    await expect(page.get_by_text("答：转人工")).to_be_visible()
    await server.only.show({"type": "state", "state": "queued", "position": 2, "eta_s": 130})
    await expect(page.get_by_text("排队中，您是第 2 位 · 约 3 分钟")).to_be_visible()
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
    assert await received(server, "rate") == [{"type": "rate", "score": 4, "session": "s1", "comment": "很快"}]


async def test_after_the_end_a_new_message_begins_anew(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await say(page, "甲")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    await server.only.show({"type": "state", "state": "closed", "session": "s1"})
    await expect(page.get_by_text("本次会话已结束")).to_be_visible()
    await server.say("customer", "乙", cid="elsewhere", session="s2")
    await expect(page.get_by_text("通常即时回复")).to_be_visible()
