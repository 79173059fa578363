"""What the widget's journeys begin with: a scripted server, and somebody on its page."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext

from tests.journeys.widget.visiting import serving, visiting
from tests.peers.chat_server import ChatServer


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    """The test fails when the widget has broken the protocol."""
    async with serving() as server:
        yield server


@pytest.fixture
async def visitor(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """A browser whose connection may break."""
    async with visiting(chromium) as context:
        yield context
