"""What every page of the desk looks like, for people to look at, and whether anybody is shut out by it.

`make pictures` keeps the pictures in `artefacts/`: in Chinese in both widths and both schemes, in the other languages light and wide,
and dark and narrow.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.floor import browser_of
from tests.journeys.scenery import Scenery
from tests.peers import desk_server
from tests.peers.chromium import barriers, picture
from tests.peers.node import node_modules

Scheme = Literal["light", "dark"]
Act = Callable[[Page], Awaitable[None]]
Pages = dict[str, tuple[str, str, Act]]
"""By name: the address, what is there when it is ready, and what is done then."""
HEIGHTS = {1280: 800, 390: 844}
EVERY: tuple[tuple[Scheme, int], ...] = (("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390))
SOME: tuple[tuple[Scheme, int], ...] = (("light", 1280), ("dark", 390))
TALK, ABOUT = "#/session/full", "#/session/full/about"


async def nothing(page: Page) -> None:
    """It is there as it comes."""


async def transfer(page: Page) -> None:
    await page.locator("[data-act=transfer]:visible").click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def close(page: Page) -> None:
    await page.locator("[data-act=close]:visible").click()
    await expect(page.get_by_role("dialog")).to_be_visible()


async def palette(page: Page) -> None:
    await page.keyboard.press("Control+k")
    await expect(page.get_by_role("dialog").get_by_role("option").first).to_be_visible()


async def below(page: Page) -> None:
    """The rest of the right pane, unfolded."""
    for fold in await page.locator(".about summary").all():
        await fold.click()
    await page.locator(".about").evaluate("pane => pane.scrollTo(0, pane.scrollHeight)")


async def earlier(page: Page) -> None:
    await page.locator(".about .earlier button").first.click()
    await expect(page.locator(".peek-log li").first).to_be_visible()


async def wrong_hours(page: Page) -> None:
    """Something wrong in every part of the form."""
    await page.locator(".week-day input").first.fill("25:00")
    await page.locator("[data-act=add-date]").click()
    await page.locator(".zone").fill("Mars/Olympus")
    await page.locator("[data-act=save]").click()
    await expect(page.locator(".field .wrong").last).not_to_be_empty()


async def disable(page: Page) -> None:
    await page.locator("[data-act=disable]").click()
    await expect(page.get_by_role("dialog")).to_be_visible()


DESK: Pages = {
    "lists": ("#/", ".lists .offer", nothing),
    "talk": (TALK, ".log .said", nothing),
    "transfer": (TALK, ".log .said", transfer),
    "close": (TALK, ".log .said", close),
    "palette": (TALK, ".log .said", palette),
    "search": ("#/search/%E9%80%80%E6%AC%BE", ".app", nothing),
}
PACKET: Pages = {
    "about": (ABOUT, ".about .may", nothing),
    "about-below": (ABOUT, ".about .may", below),
    "about-earlier": (ABOUT, ".about .may", earlier),
}
ADMIN: Pages = {
    "agents": ("#/admin/agents", ".rows a", nothing),
    "agent": ("#/admin/agents/a9", ".panel-body", nothing),
    "agent-new": ("#/admin/agents/new", ".panel-body", nothing),
    "agent-disable": ("#/admin/agents/a8", ".panel-body", disable),
    "replies": ("#/admin/replies", ".rows a", nothing),
    "reply": ("#/admin/replies/r1", ".panel-body", nothing),
    "hours": ("#/admin/hours", ".week-day", nothing),
    "hours-wrong": ("#/admin/hours", ".week-day", wrong_hours),
    "health": ("#/admin/health", ".finding", nothing),
    "audit": ("#/admin/audit", ".audit-line", nothing),
}
ABROAD = ("lists", "talk", "search", "about", "agents", "agent", "reply", "hours", "health", "audit")
"""What is shown in the other languages too."""


@pytest.fixture
async def scenery(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scenery]:
    monkeypatch.setitem(desk_server.ME, "role", "admin")
    scenery = Scenery()
    scenery.add_customer()
    scenery.add_floor()
    async with scenery.running():
        yield scenery


async def shown(page: Page, name: str, looks: tuple[tuple[Scheme, int], ...], packages: Path | None) -> None:
    """Pictures in these schemes and widths, looked over for barriers where there are `packages`."""
    for scheme, width in looks:
        await page.set_viewport_size({"width": width, "height": HEIGHTS[width]})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        await picture(page, f"desk-{name}-{scheme}-{width}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than a page of {width} px"
        if packages is not None and (scheme, width) in SOME:  # each scheme, and each width
            assert await barriers(page, packages) == [], f"{name}, {scheme}, {width}"


async def every_page(context: BrowserContext, scenery: Scenery, pages: Pages, suffix: str, packages: Path | None) -> None:
    """Each page, as one comes to it from another; where something was done, the next one is opened anew."""
    page = await context.new_page()
    for name, (address, ready, act) in pages.items():
        await page.set_viewport_size({"width": 1280, "height": HEIGHTS[1280]})
        await page.goto(f"{scenery.url}/desk/{address}")
        await expect(page.locator(ready).first).to_be_visible()
        await act(page)
        await shown(page, name + suffix, EVERY if packages else SOME, packages)
        if act is not nothing:
            await page.close()
            page = await context.new_page()


@pytest.mark.parametrize("pages", [DESK, PACKET, ADMIN], ids=["desk", "packet", "admin"])
async def test_nobody_is_shut_out_of_any_page(chromium: Browser, scenery: Scenery, request: pytest.FixtureRequest, pages: Pages) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    async with browser_of(chromium, timezone_id="Asia/Shanghai") as context:
        await every_page(context, scenery, pages, "", packages)


@pytest.mark.parametrize("language", ["zh-TW", "en"])
async def test_no_page_is_too_narrow_for_another_language(chromium: Browser, scenery: Scenery, language: str) -> None:
    pages = {name: page for name, page in {**DESK, **PACKET, **ADMIN}.items() if name in ABROAD}
    async with browser_of(chromium, locale=language, timezone_id="Asia/Shanghai") as context:
        await every_page(context, scenery, pages, f"-{language}", None)


async def test_nobody_is_shut_out_of_the_login_and_of_pages_that_fail(
    chromium: Browser, scenery: Scenery, request: pytest.FixtureRequest
) -> None:
    packages = await asyncio.to_thread(node_modules, request.config)
    async with browser_of(chromium, "status of 403", "status of 503") as context:
        page = await context.new_page()
        await page.route("**/desk/api/audit*", lambda route: route.fulfill(status=503, json={"code": "busy", "detail": ""}))
        await page.route("**/desk/api/health*", lambda route: route.fulfill(status=403, json={"code": "forbidden", "detail": ""}))
        for name in ("audit", "health"):
            await page.goto(f"{scenery.url}/desk/#/admin/{name}")
            await expect(page.locator(".admin-empty")).to_be_visible()
            await shown(page, f"{name}-failed", SOME, packages)
        scenery.replies, scenery.hours = [], []
        for name in ("replies", "hours"):
            await page.goto(f"{scenery.url}/desk/#/admin/{name}")
            await page.reload()
            await expect(page.locator(".admin-empty")).to_be_visible()
            await shown(page, f"{name}-empty", SOME, packages)
        scenery.is_logged_in = False
        await page.reload()
        await expect(page.get_by_role("button", name="登录")).to_be_visible()
        await shown(page, "login", EVERY, packages)
