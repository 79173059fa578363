"""Where the chat is put: pages that restyle and empty everything, browsers without storage, clocks and networks that are wrong."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, BrowserContext, Page, Route, expect

from tests.journeys.widget.visiting import SLOW_MS, answered, launcher, online, own, say, shop, standing, visiting, writing
from tests.peers.chat_server import ChatServer

HOSTILE = """<!doctype html><html lang="en"><head><base href="https://nowhere.example/deep/"><style>
* { all: unset !important; direction: rtl !important; }
* { letter-spacing: 9px !important; text-transform: uppercase !important; font: 40px serif !important; }
body * { transform: translateZ(0) !important; }
button, textarea, section { display: none !important; }
</style>
<script src="{there}/chat/site/widget.js" async></script>
<script src="{there}/chat/site/widget.js"></script></head><body><p>A shop</p></body></html>"""
NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"])
  Object.defineProperty(window, name, {get() { throw new DOMException("forbidden", "SecurityError"); }});"""


@pytest.fixture
async def visitor(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with visiting(chromium, "ERR_FAILED", "Failed to load resource", locale="en", reduced_motion="reduce") as context:
        yield context


async def test_a_page_that_restyles_everything_and_forbids_storage_gets_the_same_chat(visitor: BrowserContext, server: ChatServer) -> None:
    page = await visitor.new_page()
    await page.add_init_script(NO_STORAGE)
    async with shop(HOSTILE.replace("{there}", server.url), "default-src * 'unsafe-inline'") as address:
        await page.goto(address)
        await expect(page.locator("frontdesk-chat")).to_have_count(1)
        await launcher(page).click()
        await online(page)
        await answered(page, "still here")
        await page.mouse.move(0, 0)
        assert await page.evaluate(LOOKS) == {
            "font": "15px", "spacing": "normal", "case": "none", "direction": "ltr",
            "panel": [20, 92], "launcher": [20, 20, 56], "on_top": True,
        }  # fmt: skip
        await an_emptied_page_keeps_the_chat(page)


LOOKS = """() => {
  const root = document.querySelector("frontdesk-chat").shadowRoot;
  const [panel, launcher] = [".panel", ".launcher"].map(name => root.querySelector(name));
  const from = one => { const {right, bottom} = one.getBoundingClientRect(); return [innerWidth - right, innerHeight - bottom]; };
  const {fontSize: font, letterSpacing: spacing, textTransform: text_case, direction} = getComputedStyle(root.querySelector(".bubble"));
  const on_top = document.elementFromPoint(innerWidth - 48, innerHeight - 48)?.localName === "frontdesk-chat";
  return {font, spacing, case: text_case, direction, panel: from(panel), launcher: [...from(launcher), launcher.offsetWidth], on_top};
}"""


async def an_emptied_page_keeps_the_chat(page: Page) -> None:
    """What single-page applications do to a body: its children change, or it is another one."""
    await page.evaluate("document.body.replaceChildren()")
    await expect(own(page)).to_have_text("still here")
    await page.evaluate("document.body = document.createElement('body')")
    await expect(own(page)).to_be_visible()
    await page.evaluate("document.body.replaceChildren()")
    await answered(page, "and again")
    await page.evaluate("Frontdesk.shutdown(); document.body.append('gone')")
    await expect(page.locator("frontdesk-chat")).to_have_count(0)


async def test_a_slow_start_is_shown_and_a_failed_one_is_tried_again(visitor: BrowserContext, server: ChatServer) -> None:
    page = await visitor.new_page()
    fails, may_go = iter([True]), asyncio.Event()

    async def slowly(route: Route) -> None:
        if next(fails, False):
            await route.abort()
            return
        await may_go.wait()
        await route.continue_()

    await page.route("**/static/panel.js*", slowly)
    await page.goto(f"{server.url}/?lang=en")
    await launcher(page).click()
    turning = "one => getComputedStyle(one, '::after').animationName"
    assert await page.locator(".launcher[aria-busy]").evaluate(turning) == "turn"
    # The connection is slow too: nobody is told that it is broken.
    await page.route_web_socket("**/chat/site/ws", lambda ws: None)
    may_go.set()
    await expect(page.locator(".launcher[aria-busy]")).to_have_count(0)
    await expect(standing(page)).to_have_text("Connecting…")
    await expect(page.locator(".banner")).to_be_hidden()


async def test_a_wrong_clock_changes_neither_hours_nor_days(visitor: BrowserContext, server: ChatServer) -> None:
    now = datetime.now(UTC)
    server.script.clock = now.isoformat()
    server.script.hours = {"open": False, "opens_at": (now + timedelta(minutes=1)).isoformat(), "closes_at": None}
    page = await visitor.new_page()
    await page.clock.install(time=now + timedelta(days=3))
    await page.goto(f"{server.url}/?lang=en")
    await launcher(page).click()
    await online(page)
    await expect(standing(page)).to_contain_text("Team back t")  # today, or tomorrow at midnight
    server.script.is_mute = True
    await page.evaluate("Frontdesk.on('message', () => {})")
    await say(page, "on its way")
    await expect(own(page)).to_be_visible()
    await expect(page.locator(".day")).to_have_count(1)  # the scripted server's own
    await page.clock.fast_forward("01:01")
    await expect(standing(page)).to_have_text("Usually replies instantly")


async def test_what_is_asked_is_heard_and_thanks_do_not_stay(visitor: BrowserContext, server: ChatServer) -> None:
    page = await visitor.new_page()
    await page.goto(f"{server.url}/?lang=en")
    await launcher(page).click()
    await online(page)
    await answered(page, "one")
    await server.show({"type": "state", "state": "active", "agent": "a very long name " * 9})
    await expect(standing(page)).to_have_text("a very long name a … is here to help")
    await expect(page.locator(".turn")).to_have_text("a very long name a … has joined")
    await page.get_by_role("button", name="End conversation").click()
    await page.keyboard.press("Escape")  # takes back the question, not the chat
    await expect(page.locator(".ask")).to_be_hidden()
    await expect(writing(page)).to_be_focused()
    await server.show({"type": "survey", "session": "s1", "text": "How was it?"})
    await expect(page.locator(".cards [role=status]")).to_have_text("How was it?")
    await page.get_by_role("radio", name="4 of 5").click()
    await page.get_by_role("button", name="Send rating").click()
    await expect(page.get_by_text("Thanks for your feedback.")).to_be_visible()
    await answered(page, "two")
    await expect(page.get_by_text("Thanks for your feedback.")).to_have_count(0)
    await who_reads_further_up_is_told_how_much_is_new(page, server)
    await writing(page).fill("长" * 1_600)
    await expect(page.locator(".limit")).to_have_text("Too long: please cut about 235 characters")


async def who_reads_further_up_is_told_how_much_is_new(page: Page, server: ChatServer) -> None:
    for number in range(12):
        await server.say("bot", f"line {number}")
    await expect(page.get_by_text("line 11")).to_be_in_viewport(timeout=SLOW_MS)
    await page.locator(".scroll").evaluate("one => one.scrollTo(0, 0)")
    await server.say("bot", "line 12")
    await server.say("bot", "line 13")
    await expect(page.locator(".newest")).to_have_text("2")
    await page.locator(".newest").click()
    await expect(page.locator(".newest")).to_be_hidden()
