"""What journeys with the desk begin with: a house with two agents, somebody at the desk, somebody on the page."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect

from tests.journeys.floor import accept, agent_at, ask, browser_of, house, visitor_at
from tests.peers.gateway import Gateway

OFFER_S = 6
QUEUES = f"""
[queues.default]
title = "售前"
offer_s = {OFFER_S}
[queues.refunds]
title = "退款"
"""


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
