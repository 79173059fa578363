"""The chat for everybody: by keyboard, by ear, on a phone, magnified, from right to left, in high contrast."""

from playwright.async_api import Browser, BrowserContext, expect

from tests.journeys.widget.visiting import answered, hears, launcher, opened, received, say, visiting, writing
from tests.peers.chat_script import PRECHAT
from tests.peers.chat_server import ChatServer

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


async def test_the_whole_trip_goes_by_keyboard(visitor: BrowserContext, server: ChatServer) -> None:
    server.script.form = PRECHAT
    page = await visitor.new_page()
    await page.goto(server.url)
    press, type_ = page.keyboard.press, page.keyboard.type
    await launcher(page).focus()
    await press("Enter")
    await expect(page.get_by_role("dialog", name="演示商店")).to_be_visible()
    await expect(page.get_by_role("textbox", name="姓名")).to_be_focused()
    await press("Tab")
    await type_("a@example.com")
    await press("Tab")
    await type_("X-1")
    await press("Tab")
    await press("Space")
    await press("Enter")
    await expect(writing(page)).to_be_focused()
    await type_("甲")
    await press("Shift+Enter")
    await type_("乙")
    await press("Enter")
    await expect(page.get_by_text("答：甲")).to_be_visible()
    assert server.texts() == ["甲\n乙"]
    await server.say("bot", "还有呢？", choices=[{"id": "a", "text": "开发票"}, {"id": "b", "text": "没有了"}])
    await expect(page.get_by_role("group", name="快捷回复")).to_be_visible()
    await press("Shift+Tab")  # the paper clip
    await press("Shift+Tab")
    await expect(page.get_by_role("button", name="没有了")).to_be_focused()
    await press("Enter")
    await expect(page.get_by_text("答：没有了")).to_be_visible()
    assert [frame["choice"] for frame in await received(server, "message") if "choice" in frame] == ["b"]
    await expect(writing(page)).to_be_focused()  # the button is gone, and has handed it on
    await server.only.show({"type": "survey", "session": "s1", "text": "您对本次服务满意吗？"})
    await expect(page.get_by_role("radiogroup", name="您对本次服务满意吗？")).to_be_visible()
    for _ in range(3):
        await press("Shift+Tab")
    await expect(page.get_by_role("radio", name="1 星，")).to_be_focused()
    for _ in range(4):
        await press("ArrowRight")
    await press("Tab")
    await type_("很好")
    await press("Tab")
    await press("Enter")
    await expect(page.get_by_text("感谢您的评价。")).to_be_visible()
    assert (await hears(server, page, "rate"))["score"] == 5
    await press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(launcher(page)).to_be_focused()


NAMES = """
- dialog "演示商店":
  - heading "演示商店" [level=2]
  - status: 坐席 07 正在为您服务
  - button "新消息提示音"
  - button "结束会话"
  - button "关闭聊天"
  - log "消息记录":
    - text: 智能助手
    - paragraph:
      - text: 您好！
      - strong: 有什么
      - text: 可以帮您？
    - paragraph: 11月3日周二
    - text: 我 甲 已发送 智能助手
    - paragraph: 答：甲
    - time: 18:00
    - paragraph: 坐席 07 已加入会话
    - text: 坐席 07 您好。
    - time: 18:00
    - group "快捷回复":
      - button "开发票"
  - paragraph: 您对本次服务满意吗？
  - radiogroup "您对本次服务满意吗？":
    - radio "1 星，共 5 星"
    - radio "2 星，共 5 星"
    - radio "3 星，共 5 星"
    - radio "4 星，共 5 星"
    - radio "5 星，共 5 星"
  - button "暂不评价"
  - button "添加文件"
  - textbox "输入消息"
  - button "发送" [disabled]
"""


async def test_everything_has_a_name_and_a_role(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await expect(page.get_by_role("button", name="关闭聊天").first).to_have_attribute("aria-expanded", "true")
    await answered(page, "甲")
    await server.only.show({"type": "state", "state": "active", "agent": "坐席 07"})
    await server.say("agent", "您好。", name="坐席 07", choices=[{"id": "a", "text": "开发票"}])
    await server.only.show({"type": "survey", "session": "s1", "text": "您对本次服务满意吗？"})
    await expect(page.get_by_role("dialog")).to_match_aria_snapshot(NAMES)


async def test_a_phone_shows_the_chat_as_a_modal_that_keeps_to_what_the_keyboard_leaves(chromium: Browser, server: ChatServer) -> None:
    async with visiting(chromium, viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark") as context:
        await context.add_init_script(KEYBOARD)
        server.script.form = PRECHAT
        page = await opened(context, server)
        dialog = page.get_by_role("dialog")
        await dialog.evaluate("d => Promise.all(d.getAnimations().map(one => one.finished))")
        assert await dialog.evaluate(COVERED) == [0, 0, 390, 844]
        await expect(dialog).to_have_attribute("aria-modal", "true")
        for _ in range(14):
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.localName") == "frontdesk-chat"
        small = await page.locator("button:visible, input:visible:not([type=checkbox], [type=file])").evaluate_all(
            "all => all.filter(b => b.offsetWidth < 24 || b.offsetHeight < 24).map(b => b.outerHTML)"
        )
        assert small == []
        await page.evaluate("keyboard(420, 60)")  # the page has been scrolled up under it, as on an iPhone
        assert await dialog.evaluate(COVERED) == [0, 60, 390, 420]
        await page.get_by_role("textbox", name="邮箱").focus()
        for field in (page.get_by_role("textbox", name="邮箱"), writing(page)):
            box = await field.bounding_box()
            assert box is not None
            assert 60 < box["y"] < 480 - box["height"]
        await page.evaluate("keyboard(300, 0, 2)")  # magnified with two fingers: nothing moves
        assert await dialog.evaluate(COVERED) == [0, 0, 390, 844]


COVERED = "d => { const r = d.getBoundingClientRect(); return [r.x, r.y, r.width, r.height].map(Math.round); }"
KEYBOARD = """
  const seen = Object.assign(new EventTarget(), {height: 844, offsetTop: 0, scale: 1});
  Object.defineProperty(window, "visualViewport", {value: seen});
  window.keyboard = (height, offsetTop, scale = 1) => {
    Object.assign(seen, {height, offsetTop, scale});
    seen.dispatchEvent(new Event("resize"));
  };
"""


async def test_at_400_percent_nothing_is_lost(chromium: Browser, server: ChatServer) -> None:
    """1280 by 1024 pixels at 400 % are 320 by 256 (WCAG 2.2, 1.4.10)."""
    async with visiting(chromium, viewport={"width": 320, "height": 256}) as context:
        page = await opened(context, server)
        await answered(page, "甲")
        await server.say("agent", "W" * 4000, name="坐席" * 40)
        await server.say("bot", "选一个", choices=[{"id": "a", "text": "很长的选项" * 12}])
        await expect(page.locator(".choices button").last).to_be_visible()
        wide = "all => all.filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.className)"
        assert await page.locator(".panel, .scroll, .log, .head, .composer, .said").evaluate_all(wide) == []
        for name in ("关闭聊天", "发送", "添加文件"):
            box = await page.get_by_role("button", name=name).first.bounding_box()
            assert box is not None
            assert 0 <= box["x"] <= 320 - box["width"]
            assert 0 <= box["y"] <= 256 - box["height"]
