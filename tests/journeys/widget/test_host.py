"""What the page around the chat can do with it, and what the chat does to the page: nothing it is not asked for."""

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.journeys.widget.visiting import (
    answered,
    becomes,
    launcher,
    online,
    opened,
    own,
    received,
    say,
    shop,
    standing,
    visiting,
    writing,
)
from tests.peers.chat_script import PRECHAT
from tests.peers.chat_server import ChatServer
from tests.peers.chromium import barriers, picture
from tests.peers.node import node_modules


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


DOCS = Path(__file__).resolve().parents[3] / "docs" / "widget.md"


def documented_policy(server: ChatServer) -> str:
    """The policy that docs/widget.md says is enough."""
    (policy,) = re.findall(r"^default-src 'none'.*$", DOCS.read_text("utf-8"), re.MULTILINE)
    there = server.url
    return str(policy).replace("wss://help.example.com", there.replace("http", "ws")).replace("https://help.example.com", there)


def page_with_chat(server: ChatServer, attributes: str = "") -> str:
    """A shop's page. Its only script is the documented line."""
    line = f'<script src="{server.url}/chat/site/widget.js" {attributes}></script>'
    return f'<!doctype html><html lang="en"><head><title>A  shop</title>{line}</head><body><p>Hi</p></body></html>'


@pytest.mark.parametrize("is_blocked", [False, True], ids=["socket", "long poll"])
async def test_the_documented_policy_is_all_that_it_needs(visitor: BrowserContext, server: ChatServer, is_blocked: bool) -> None:
    server.script.refuses_sockets, server.script.form = is_blocked, PRECHAT
    async with shop(page_with_chat(server, "async"), documented_policy(server)) as address:
        page = await visitor.new_page()
        await page.goto(address)
    await launcher(page).click()
    await page.get_by_role("textbox", name="邮箱").fill("a@example.com")
    await page.get_by_role("checkbox").check()
    await page.get_by_role("button", name="Start chatting").click()
    await answered(page, "Where is my parcel?")
    image = await page.screenshot(clip={"x": 0, "y": 0, "width": 60, "height": 40})
    async with page.expect_file_chooser() as chosen:
        await page.get_by_role("button", name="Attach a file").click()
    await (await chosen.value).set_files({"name": "slip.png", "mimeType": "image/png", "buffer": image})
    await expect(page.locator(".parcel canvas")).to_be_visible()
    await page.get_by_role("button", name="Send").click()
    shown = page.locator(".said.customer img[alt='slip.png']")
    await expect(shown).to_be_visible()
    assert await shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 60
    await page.get_by_role("button", name="Sound for new messages").click()
    assert await page.locator("frontdesk-chat").get_attribute("lang") == "en"


async def test_calls_come_before_anything_is_there(visitor: BrowserContext, server: ChatServer) -> None:
    await visitor.add_init_script(
        """addEventListener("readystatechange", () => {
          if (document.readyState !== "interactive" || window.early) return;
          window.early = [typeof Frontdesk, Boolean(document.querySelector("frontdesk-chat"))];
          Frontdesk.identify("not.a.token");
          Frontdesk.on("open", () => early.push("opened"));
          Frontdesk.show("Is it in stock?");
        }, true)"""
    )
    async with shop(page_with_chat(server), documented_policy(server)) as address:
        page = await visitor.new_page()
        await page.goto(address)
    await online(page)
    await expect(writing(page)).to_have_value("Is it in stock?")
    assert await page.evaluate("early") == ["object", False, "opened"]
    assert (await received(server, "hello", 1))[0]["identity"] == "not.a.token"
    assert await received(server, "message") == []  # only put there
    await page.evaluate("Frontdesk.show('Is it blue?')")
    await expect(writing(page)).to_have_value("Is it blue?")


async def test_the_page_hears_where_the_session_stands(visitor: BrowserContext, server: ChatServer) -> None:
    page = await visitor.new_page()
    await page.goto(server.url)
    await page.evaluate("window.heard = []; Frontdesk.on('state', detail => heard.push(detail)); Frontdesk.open()")
    await online(page)
    await server.only.show({"type": "state", "state": "queued", "position": 2})
    await expect(standing(page)).to_have_text("排队中，您是第 2 位")
    await server.only.show({"type": "state", "state": "active", "agent": "坐席 07"})
    await expect(standing(page)).to_have_text("坐席 07 正在为您服务")
    assert await page.evaluate("JSON.parse(JSON.stringify(heard))") == [
        {"status": "connecting", "state": "bot"},
        {"status": "online", "state": "bot"},
        {"status": "online", "state": "queued", "position": 2},
        {"status": "online", "state": "active", "agent": "坐席 07"},
    ]


async def test_who_logs_in_keeps_the_conversation(visitor: BrowserContext, server: ChatServer) -> None:
    page = await opened(visitor, server)
    await answered(page, "甲")
    await page.evaluate("Frontdesk.identify('header.claims.signature')")
    hello = (await received(server, "hello", 2))[-1]
    await online(page)
    assert (hello["token"], hello["last_seq"], hello["identity"]) == ("token-1", 2, "header.claims.signature")
    await answered(page, "乙")
    await expect(own(page)).to_have_text(["甲", "乙"])


AWAY = """
  window.isAway = false;
  Object.defineProperty(Document.prototype, "hidden", {get: () => isAway});
  window.look = isOn => ((isAway = !isOn), document.dispatchEvent(new Event("visibilitychange")));
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (at) { tones++; return start.call(this, at); };
"""


async def test_the_title_counts_while_nobody_looks_and_comes_back_to_the_letter(visitor: BrowserContext, server: ChatServer) -> None:
    await visitor.add_init_script(AWAY)
    page = await opened(visitor, server)
    await page.evaluate("document.title = 'A  shop · 山野'")
    raw = "document.querySelector('title').textContent"
    await answered(page, "甲")
    await page.evaluate("look(false)")
    await server.say("agent", "在吗？", name="坐席 07")
    await becomes(page, raw, "(1) A  shop · 山野")
    await page.evaluate("document.title = 'Sale!  50 %'")
    await becomes(page, raw, "(1) Sale!  50 %")
    await page.evaluate("document.querySelector('title').firstChild.data = 'Cart (2)'")
    await becomes(page, raw, "(1) Cart (2)")
    await server.say("agent", "您还在吗？", name="坐席 07")
    await becomes(page, raw, "(2) Cart (2)")
    await page.evaluate("look(true)")
    await becomes(page, raw, "Cart (2)")
    await page.evaluate("Frontdesk.close(); look(false)")
    await server.say("agent", "再见。", name="坐席 07")
    await becomes(page, raw, "(1) Cart (2)")
    await page.evaluate("Frontdesk.shutdown()")
    assert await page.evaluate(raw) == "Cart (2)"


async def test_a_sound_is_made_for_those_who_asked_and_only_while_they_look_elsewhere(visitor: BrowserContext, server: ChatServer) -> None:
    await visitor.add_init_script(AWAY)
    page = await opened(visitor, server)
    bell = page.get_by_role("button", name="新消息提示音")
    await page.evaluate("look(false)")
    await server.say("bot", "一")
    await expect(page.get_by_text("一", exact=True)).to_be_attached()
    assert await page.evaluate("tones") == 0
    await page.evaluate("look(true)")
    await bell.click()
    await expect(bell).to_have_attribute("aria-pressed", "true")
    assert await page.evaluate("tones") == 2  # how it will sound
    await server.say("bot", "二")
    await expect(page.get_by_text("二", exact=True)).to_be_visible()
    assert await page.evaluate("tones") == 2
    await page.keyboard.press("Escape")
    await server.say("bot", "三")
    await becomes(page, "tones", 4)
    await page.reload()
    await launcher(page).click()
    await expect(bell).to_have_attribute("aria-pressed", "true")
    await page.evaluate("look(false)")
    await server.say("bot", "四")
    await becomes(page, "tones", 2)
    await page.evaluate("look(true)")
    await bell.click()
    await expect(bell).to_have_attribute("aria-pressed", "false")
    await page.keyboard.press("Escape")
    await server.say("bot", "五")
    await expect(page.get_by_role("button", name="打开在线客服，1 条未读消息")).to_be_visible()
    assert await page.evaluate("tones") == 2


async def test_the_guide_is_live(chromium: Browser, server: ChatServer, request: pytest.FixtureRequest) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    async with visiting(chromium, reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"]) as visitor:
        page = await visitor.new_page()
        await page.goto(f"{server.url}/widget/")
        assert f'<script src="{server.url}/chat/site/widget.js" async></script>' in await page.locator("[data-code=embed]").inner_text()
        assert await page.locator("[data-code=policy]").inner_text() == documented_policy(server)
        await page.locator("[data-copy=policy]").click()
        assert await page.evaluate("navigator.clipboard.readText()") == documented_policy(server)
        await page.get_by_role("textbox", name="words").fill("有货吗？")
        await page.locator("[data-do=show]").click()
        await online(page)
        await expect(writing(page)).to_have_value("有货吗？")
        await page.locator("[data-do=close]").click()
        await expect(page.locator(".events")).to_contain_text("close")
        await page.get_by_label("强调色").fill("#ffd400")
        await page.get_by_label("位置").select_option("left")
        await expect(page.locator("[data-code=looks]")).to_have_text(
            "frontdesk-chat { --frontdesk-accent: #ffd400; --frontdesk-left: 20px; --frontdesk-right: auto; }"
        )
        box = await launcher(page).bounding_box()
        assert box is not None
        assert box["x"] == 20
        assert await launcher(page).evaluate("button => getComputedStyle(button).backgroundColor") == "rgb(255, 212, 0)"
        assert await barriers(page, packages) == []
        await picture(page, "guide-light-1280")
        await page.locator("[data-do=shutdown]").click()
        await expect(page.locator("frontdesk-chat")).to_have_count(0)
        await page.set_viewport_size({"width": 390, "height": 844})
        await page.emulate_media(color_scheme="dark")
        await page.goto(f"{server.url}/widget/?lang=en")
        await expect(page.get_by_role("heading", name="One line puts it on your site.")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        assert await barriers(page, packages) == []
        await picture(page, "guide-dark-390")
