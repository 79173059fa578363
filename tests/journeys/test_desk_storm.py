"""In bad weather the desk says so, and when it clears the page shows the record: every message once, the unread counted right."""

from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.journeys.floor import browser_of, house
from tests.journeys.storm import ALLOWED, HOUSE, cut, death, frost, loss, outage, storm_over, weather
from tests.peers.gateway import Gateway


@pytest.mark.timeout(180)
async def test_whatever_fails_the_desk_says_so_and_ends_with_the_record(chromium: Browser, tmp_path: Path) -> None:
    async with (
        house(Gateway(tmp_path, more=HOUSE), ("mei", "坐席 07")) as gateway,
        browser_of(chromium, *ALLOWED) as context,
        storm_over(gateway, context, seed=7) as storm,
    ):
        assert await weather(storm, 3, [loss, cut, outage, frost, death]) > 30
