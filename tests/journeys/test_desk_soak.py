"""The desk in bad weather for a long time: `make soak`, a third of MINUTES."""

import os
import random
import time
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.journeys.floor import browser_of, house
from tests.journeys.storm import (
    ALLOWED,
    HOUSE,
    Harm,
    cut,
    death,
    frost,
    frozen_death,
    loss,
    outage,
    reload,
    reload_in_outage,
    storm_over,
    tunnel,
    weather,
)  # fmt: skip
from tests.peers.gateway import Gateway

pytestmark = pytest.mark.soak
SHARE_S = float(os.environ.get("FRONTDESK_SOAK_MINUTES", "30")) * 60 / 3
ROUND_COUNT = 10
"""Harm done before the page is compared with the record."""
KINDS: tuple[Harm, ...] = (cut, cut, outage, loss, loss, loss, frost, frost, death, frozen_death, reload, reload_in_outage, tunnel)


async def test_a_desk_in_bad_weather_again_and_again(chromium: Browser, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    deadline, message_count, dice = time.monotonic() + SHARE_S, 0, random.Random(11)
    async with (
        house(Gateway(tmp_path, more=HOUSE), ("mei", "坐席 07")) as gateway,
        browser_of(chromium, *ALLOWED) as context,
        storm_over(gateway, context, seed=12) as storm,
    ):
        while time.monotonic() < deadline:
            message_count += await weather(storm, 3, dice.choices(KINDS, k=ROUND_COUNT))
            await storm.close_all()
            with capsys.disabled():
                harms = ", ".join(f"{name} {count}" for name, count in sorted(storm.harms.items()))
                print(f"\n{harms}; {storm.wire.lost_count} frames lost, {message_count} messages, each shown once", flush=True)  # noqa: T201 - long work shows its progress
