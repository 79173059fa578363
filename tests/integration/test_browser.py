"""The tests' own browser: nothing of it outlives them, and nothing of one test meets the next."""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import psutil
from playwright.async_api import Error

from tests.peers.chromium import Chromium
from tests.peers.processes import wait_until

STARTS_AND_WAITS = """
import asyncio
from tests.peers.chromium import running_chromium
async def main():
    async with running_chromium():
        print("runs", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_a_killed_test_process_takes_its_browser_along() -> None:
    root = Path(__file__).parents[2]
    tests = await asyncio.create_subprocess_exec(sys.executable, "-c", STARTS_AND_WAITS, cwd=root, stdout=asyncio.subprocess.PIPE)
    assert tests.stdout is not None
    assert await asyncio.wait_for(tests.stdout.readline(), 60) == b"runs\n"
    family = psutil.Process(tests.pid).children(recursive=True)
    assert [one for one in family if "--headless" in one.cmdline()] != []
    tests.send_signal(signal.SIGKILL)
    await tests.wait()
    await asyncio.to_thread(wait_until, lambda: not any(one.is_running() for one in family), "the end of the browser")


async def test_what_a_test_that_was_cut_short_left_open_is_gone_and_a_dead_browser_is_started_anew() -> None:
    chromium = Chromium()
    try:
        browser = await chromium.empty()
        await browser.new_context()
        assert (await chromium.empty()).contexts == []
        line = await browser.new_browser_cdp_session()
        with contextlib.suppress(Error):  # nobody is left to answer
            await line.send("Browser.crash")
        await asyncio.to_thread(wait_until, lambda: not browser.is_connected(), "the end of the browser")
        page = await (await (await chromium.empty()).new_context()).new_page()
        assert await page.evaluate("1 + 1") == 2
    finally:
        await chromium.stop()
