"""The chat from right to left, on every accent, in high contrast and on paper."""

from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, expect

from tests.journeys.widget.visiting import answered, launcher, online, opened, shop, visiting, writing
from tests.peers.chat_server import ChatServer
from tests.peers.chromium import picture


async def test_a_page_from_right_to_left_and_words_in_both_directions(visitor: BrowserContext, server: ChatServer) -> None:
    await visitor.add_init_script("addEventListener('DOMContentLoaded', () => (document.documentElement.dir = 'rtl'))")
    page = await opened(visitor, server)
    await answered(page, "مرحبا")
    await server.say("bot", "Hello! مرحبا")
    await expect(page.get_by_text("Hello! مرحبا")).to_be_visible()
    directions = await page.locator(".said .bubble").evaluate_all("all => all.map(one => getComputedStyle(one).direction)")
    assert directions == ["ltr", "rtl", "ltr", "ltr"]
    await writing(page).fill("سؤال")
    assert await writing(page).evaluate("i => getComputedStyle(i).direction") == "rtl"
    dialog = page.get_by_role("dialog")
    assert await dialog.evaluate("d => getComputedStyle(d).direction") == "ltr"
    assert await dialog.evaluate("d => innerWidth - d.getBoundingClientRect().right") == 20
    # With a catalogue that reads from right to left, the whole panel would be a mirror's picture.
    await page.evaluate("document.querySelector('frontdesk-chat').dir = 'rtl'")
    parts = page.locator(".face, .head .tool:last-child, .customer .bubble, .send")
    face, close, said, send = await parts.evaluate_all("all => all.map(one => one.getBoundingClientRect().x)")
    assert close < face
    named = await page.locator(".head h2, .stand").evaluate_all("all => all.map(one => getComputedStyle(one).direction)")
    assert named == ["rtl", "rtl"]
    assert said < face
    assert send < said + 40
    await picture(page, "chat-mirrored")


CONTRAST = """() => {
  const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  const over = (colours) => {
    pen.clearRect(0, 0, 1, 1);
    for (const colour of colours) { pen.fillStyle = colour; pen.fillRect(0, 0, 1, 1); }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = rgb => rgb.map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const weak = [];
  let seen = 0;
  for (const one of document.querySelector("frontdesk-chat").shadowRoot.querySelectorAll("*")) {
    const isText = [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const isIcon = one.localName === "svg";
    if (!(isText || isIcon) || !one.checkVisibility() || one.closest(":disabled, .hidden, .time")) continue;
    const grounds = [];
    for (let up = one; up; up = up.parentElement) grounds.unshift(getComputedStyle(up).backgroundColor);
    const ground = over(["#fff", ...grounds]);
    const ink = over([`rgb(${ground})`, getComputedStyle(one).color]);
    const [low, high] = [light(ground), light(ink)].sort((a, b) => a - b);
    const ratio = (high + .05) / (low + .05);
    seen++;
    if (ratio < (isIcon ? 3 : 4.5)) weak.push([one.localName, one.parentElement.className, one.textContent.slice(0, 20), ratio]);
  }
  return [seen > 15, weak];
}"""
ACCENTS = ["", "#ffd400", "#0f766e", "#000000", "#ffffff", "#e11d48", "#7dd3fc", "#808080", "hsl(120 100% 50%)", "oklch(0.6 0.3 300)"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everything_can_be_read_on_every_accent(chromium: Browser, server: ChatServer, scheme: Literal["light", "dark"]) -> None:
    async with visiting(chromium, color_scheme=scheme, reduced_motion="reduce") as context:
        page = await opened(context, server)
        await answered(page, "甲")
        await server.only.show({"type": "state", "state": "active", "agent": "坐席 07"})
        await server.say("agent", "见[说明](https://example.com)，`码`", name="坐席 07", markdown=True)
        await server.say("bot", "请留下联系方式", ask="contact", choices=[{"id": "a", "text": "开发票"}])
        await server.only.show({"type": "survey", "session": "s1", "text": "您对本次服务满意吗？"})
        await page.get_by_role("radio", name="4 星，").click()
        await writing(page).fill("字")
        chat = page.locator("frontdesk-chat")
        for accent in ACCENTS:
            await chat.evaluate("(chat, accent) => chat.style.setProperty('--frontdesk-accent', accent)", accent)
            assert await page.evaluate(CONTRAST) == [True, []], accent
        await chat.evaluate("chat => (chat.shadowRoot.querySelector('.panel').style.color = '#777')")
        assert (await page.evaluate(CONTRAST))[1] != []  # what is weak would be found


async def test_forced_colours_high_contrast_and_paper(chromium: Browser, server: ChatServer) -> None:
    async with visiting(chromium, forced_colors="active", contrast="more") as context:
        page = await opened(context, server)
        await answered(page, "甲")
        await server.say("bot", "选", choices=[{"id": "a", "text": "开发票"}])
        await expect(page.get_by_role("button", name="开发票")).to_be_visible()
        edges = page.locator(".bubble, .face, .choices button, .send, .field, .panel")
        bare = "all => all.filter(one => getComputedStyle(one).borderTopWidth === '0px').map(one => one.className)"
        assert await edges.evaluate_all(bare) == []
        await expect(writing(page)).to_be_focused()
        assert await page.locator(".field").evaluate("one => getComputedStyle(one).outlineStyle") == "solid"
        colour = "one => getComputedStyle(one).color"
        assert await page.locator(".stand").evaluate(colour) == await page.locator(".panel").evaluate(colour)  # nothing is muted
        await picture(page, "chat-forced")
        await page.emulate_media(media="print")
        await expect(page.locator(".panel")).to_be_hidden()


async def test_the_page_says_how_it_looks_and_where_it_stands(chromium: Browser, server: ChatServer) -> None:
    html = (
        '<!doctype html><html lang="en"><title>A shop</title>'
        f'<script src="{server.url}/chat/site/widget.js" data-theme="light" async></script><p>Hi'
    )
    async with visiting(chromium, color_scheme="dark") as visitor, shop(html, f"default-src {server.url}; connect-src *") as address:
        page = await visitor.new_page()
        await page.goto(address)
        looks = {"left": "12px", "right": "auto", "bottom": "40px", "radius": "4px", "font": "monospace", "z": "7", "accent": "#0f766e"}
        dress = "(chat, looks) => Object.entries(looks).forEach(([name, value]) => chat.style.setProperty(`--frontdesk-${name}`, value))"
        chat = page.locator("frontdesk-chat")
        await chat.evaluate(dress, looks)
        await launcher(page).click()
        await online(page)
        await answered(page, "Hello")
        panel = page.locator(".panel")
        await panel.evaluate("d => Promise.all(d.getAnimations().map(one => one.finished))")
        box, button = await panel.bounding_box(), await page.locator(".launcher").bounding_box()
        assert box is not None
        assert button is not None
        assert button["x"] == 12
        assert (box["x"], box["y"] + box["height"]) == (12, 800 - 40 - 72)
        style = "(e, name) => getComputedStyle(e)[name]"
        assert await panel.evaluate(style, "backgroundColor") == "rgb(255, 255, 255)"  # light, though the system is dark
        assert await panel.evaluate(style, "borderTopLeftRadius") == "4px"
        assert await panel.evaluate(style, "fontFamily") == "monospace"
        assert await chat.evaluate(style, "zIndex") == "7"
        assert await page.locator(".said.customer .bubble").evaluate(style, "backgroundColor") == "rgb(15, 118, 110)"
