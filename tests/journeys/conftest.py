"""What journeys begin with: the browser, a house with two agents, somebody at the desk, somebody on the page.

They all run on one event loop, because the browser does, and starting one for each test took a quarter of their time.
"""

import inspect
from collections.abc import AsyncIterator, Generator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.floor import accept, agent_at, ask, browser_of, house, visitor_at
from tests.made_once import made_once
from tests.peers.chromium import Chromium
from tests.peers.gateway import Gateway

__all__ = ["made_once"]
OFFER_S = 6
QUEUES = f"""
[queues.default]
title = "售前"
offer_s = {OFFER_S}
[queues.refunds]
title = "退款"
"""


def pytest_itemcollected(item: pytest.Item) -> None:
    """Every journey runs on the loop of all."""
    item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[object]) -> Generator[None, object, object]:
    """And so does every fixture of theirs, as if each said `pytest_asyncio.fixture(loop_scope="session")`."""
    is_async = inspect.iscoroutinefunction(fixturedef.func) or inspect.isasyncgenfunction(fixturedef.func)
    if is_async and fixturedef.baseid.startswith("tests/journeys"):
        vars(fixturedef.func)["_loop_scope"] = "session"
    return (yield)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromiums() -> AsyncIterator[Chromium]:
    """The browser of this test process, which starts when the first test asks for it."""
    chromium = Chromium()
    try:
        yield chromium
    finally:
        await chromium.stop()


@pytest.fixture
async def chromium(chromiums: Chromium) -> Browser:
    """A browser with nothing in it; `tests.peers.chromium.watched` opens a visitor's profile in it."""
    return await chromiums.empty()


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    async with house(Gateway(tmp_path, more=QUEUES), ("mei", "坐席 07"), ("lin", "坐席 08")) as gateway:
        yield gateway


@pytest.fixture
async def mei(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """The first agent's browser."""
    async with browser_of(chromium) as context:
        yield context


@pytest.fixture
async def visitor(chromium: Browser) -> AsyncIterator[BrowserContext]:
    async with browser_of(chromium) as context:
        yield context


@pytest.fixture
async def served(mei: BrowserContext, visitor: BrowserContext, gateway: Gateway) -> tuple[Page, Page]:
    """(the desk, the visitor's page), with a conversation that the agent has accepted."""
    desk = await agent_at(mei, gateway, "mei")
    page = await visitor_at(visitor, gateway)
    await ask(page, "7 号问题")
    await expect(page.get_by_text("7 号答案")).to_be_visible()
    await ask(page, "转人工")
    await accept(desk)
    return desk, page
