"""A real browser for journeys: the system's Chromium, driven by Playwright. One serves all tests of a process, in profiles of their own."""

import os
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, async_playwright, expect

from tests.peers.processes import PeerError

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""The first, where it is installed, is the same browser without windows that nobody sees: it takes a quarter less of the machine."""
_QUIET = (
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-dev-shm-usage", "--no-default-browser-check",
)  # fmt: skip
_PLAYWRIGHTS_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades", "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay", "MediaRouter", "PaintHolding", "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect",
    "TcpPortRandomizationWin", "OptimizationHints", "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
)  # fmt: skip
"""What Playwright itself switches off. Chromium heeds the last such list only, so ours begins with it."""
_BARS_OFF = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxFullPopup",
    "InitialWebUI",
    "WebUIReloadButton",
    "PreloadTopChromeWebUI",
)
"""The address bar of a window that nobody sees is made of pages, too: they took more of the machine than those that are tested."""
_FLAGS = (*_QUIET, f"--disable-features={','.join((*_PLAYWRIGHTS_OFF, *_BARS_OFF))}")
PATIENCE_MS = 15_000
"""How long a page may take to show something: a machine that runs all tests at once is slow."""
ARTEFACTS = Path(__file__).resolve().parents[2] / "artefacts"
"""Where screenshots go; not kept in the repository."""


def executable() -> str:
    """The system's browser; FRONTDESK_CHROMIUM names another. Raises PeerError where there is none: a skipped test would prove nothing."""
    found = os.environ.get("FRONTDESK_CHROMIUM") or next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise PeerError("there is no Chromium: `make test` installs it, or name one in FRONTDESK_CHROMIUM")
    return found


class Chromium:
    """The test process's own browser. It ends with the process, also with a killed one: its driver does when nobody is on the line."""

    def __init__(self) -> None:
        self._playwright: Playwright | None = None
        self._browser: Browser | None = None

    async def empty(self) -> Browser:
        """The browser with nothing in it: started unless it runs, and without what a test that was cut short has left."""
        if self._playwright is None:
            expect.set_options(timeout=PATIENCE_MS)
            self._playwright = await async_playwright().start()
        if self._browser is None or not self._browser.is_connected():
            sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
            self._browser = await self._playwright.chromium.launch(executable_path=executable(), args=[*_FLAGS, *sandbox])
        for context in self._browser.contexts:
            await context.close()
        return self._browser

    async def stop(self) -> None:
        if self._browser is not None:
            await self._browser.close()
        if self._playwright is not None:
            await self._playwright.stop()


@asynccontextmanager
async def running_chromium() -> AsyncIterator[Browser]:
    """A browser of its own, with nothing in it."""
    chromium = Chromium()
    try:
        yield await chromium.empty()
    finally:
        await chromium.stop()


class Watched:
    """A browser context that remembers every error of its pages: what the console said, and what no code caught."""

    def __init__(self, context: BrowserContext, *, allowed: Sequence[str] = ()) -> None:
        self.context = context
        self.allowed = tuple(allowed)
        """Parts of messages that this test provokes."""
        self.errors: list[str] = []
        context.on("console", self._said)
        context.on("weberror", lambda error: self._note(f"uncaught: {error.error}"))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self._note(f"console: {message.text} ({message.location.get('url', '')})")

    def _note(self, error: str) -> None:
        if not any(part in error for part in self.allowed):
            self.errors.append(error)


@asynccontextmanager
async def watched(browser: Browser, *, allowed: Sequence[str] = (), **options: Any) -> AsyncIterator[BrowserContext]:
    """A visitor's browser profile; leaving the block fails the test when a page had an error that is not `allowed`."""
    options = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN", **options}
    context = await browser.new_context(**options)
    context.set_default_timeout(PATIENCE_MS)
    watch = Watched(context, allowed=allowed)
    try:
        yield context
    finally:
        await context.close()
    assert not watch.errors, "the page had errors:\n" + "\n".join(watch.errors)


async def picture(page: Page, name: str) -> None:
    """Keep a screenshot for people to look at, where they want one (`make pictures`): it takes a tenth of a second."""
    if not os.environ.get("FRONTDESK_PICTURES"):
        return
    ARTEFACTS.mkdir(exist_ok=True)
    await page.screenshot(path=ARTEFACTS / f"{name}.png")


async def barriers(page: Page, node_modules: Path) -> list[str]:
    """What axe-core finds that shuts people out (WCAG 2.2 A and AA), one line each."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate((node_modules / "axe-core" / "axe.min.js").read_text() + "; undefined")
    found = await page.evaluate(
        """async () => {
          const rules = {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]};
          const {violations} = await axe.run(document, {runOnly: rules, resultTypes: ["violations"]});
          return violations.flatMap(rule => rule.nodes.map(node => `${rule.id}: ${node.html} ${node.failureSummary}`));
        }"""
    )
    return list(found)
