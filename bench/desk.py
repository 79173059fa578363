"""The agents' desk in a real browser: how soon it is there, how it scrolls, what it keeps of a day.

Chromium draws without a graphics card here: what is counted is what a page does with its main thread and its frames, not what a screen
shows. A frame counts as dropped where the next one came a whole frame late; an idle page is asked in the same run.
"""

import asyncio
import contextlib
import statistics
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, CDPSession, Page

from bench.result import NotHere, Result
from tests.journeys.floor import PASSWORD, add_agent
from tests.peers.chromium import executable, running_chromium
from tests.peers.desk_server import DeskServer, fill
from tests.peers.gateway import AS_INSTALLED, Gateway
from tests.peers.processes import PeerError
from tests.peers.visitor import Visitor

FRAME_MS = 1000 / 60
PAINT_MUST_MS = 1000.0

LISTS_ARE_THERE = """() => new Promise(done => {
  const look = () => document.querySelector(".lists li") ? done(performance.now()) : requestAnimationFrame(look);
  look();
})"""
FIRST_PAINT = """() => new Promise(done => {
  const look = () => {
    const [entry] = performance.getEntriesByName("first-contentful-paint");
    entry ? done(entry.startTime) : setTimeout(look, 5);
  };
  look();
})"""
SCROLL = """({step, turns}) => new Promise(done => {
  const scroller = document.querySelector(".scroll");
  const times = [];
  let [last, way, still, turn] = [0, -step, 0, 0];
  const tick = now => {
    if (last) times.push(now - last);
    last = now;
    const before = scroller.scrollTop;
    scroller.scrollTop = before + way;
    still = scroller.scrollTop === before ? still + 1 : 0;
    if (still > 45) [way, still, turn] = [-way, 0, turn + 1];
    if (turn === turns) done(times);
    else requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
})"""


def desk_paint(*, runs: int = 5, cases: int = 30) -> Result:
    """From asking for the desk with an empty cache to its first words, and to its lists, against the smallest page of the same server."""
    _needs_chromium()
    with tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), program=AS_INSTALLED)
        gateway.start()
        try:
            add_agent(gateway, "mei", "坐席 07")
            paints, lists, bare = asyncio.run(_paints(gateway.url, runs, cases))
        finally:
            gateway.stop()
    paint_ms, lists_ms, bare_ms = map(statistics.median, (paints, lists, bare))
    return Result(
        name="desk_paint", against="the first paint of the smallest page of the same server", ratio=paint_ms / bare_ms,
        must="< 1 s, with lists", goal="< 0.5 s", is_met=max(paint_ms, lists_ms) < PAINT_MUST_MS,
        figures={"first_paint_ms": paint_ms, "lists_ms": lists_ms, "bare_ms": bare_ms, "cases": cases},
    )  # fmt: skip


async def _paints(url: str, runs: int, cases: int) -> tuple[list[float], list[float], list[float]]:
    async with contextlib.AsyncExitStack() as stack:
        for number in range(cases):
            visitor = await stack.enter_async_context(Visitor(url, f"case-{number}"))
            await visitor.acknowledged(await visitor.say("转人工"))
        browser = await stack.enter_async_context(running_chromium())
        found: tuple[list[float], list[float], list[float]] = ([], [], [])
        for _ in range(runs):
            async with _fresh(browser) as context:
                page = await context.new_page()
                await page.goto(f"{url}/healthz")
                found[2].append(await page.evaluate(FIRST_PAINT))
            async with _fresh(browser) as context:
                answer = await context.request.post(f"{url}/desk/api/login", data={"name": "mei", "password": PASSWORD})
                assert answer.ok, await answer.text()
                page = await context.new_page()
                await page.goto(f"{url}/desk/", wait_until="commit")
                found[1].append(await page.evaluate(LISTS_ARE_THERE))
                found[0].append(await page.evaluate(FIRST_PAINT))
    return found


def desk_scroll(*, messages: int = 5_000, sessions: int = 200, step: int = 240) -> Result:
    """Frames on time while a long conversation is scrolled from its end to its start, loading it on the way, and back again.

    All lists are full meanwhile. Against a page of the same bubbles that does nothing but scroll.
    """
    _needs_chromium()
    ours, plain = asyncio.run(_scrolls(messages, sessions, step))
    shares = [1 - _dropped(times) / (len(times) + _dropped(times)) for times in (ours, plain)]
    return Result(
        name="desk_scroll", against="frames on time of the same bubbles on a plain page", ratio=shares[0] / shares[1],
        must="> 0.97", goal="> 0.995", is_met=shares[0] / shares[1] > 0.97,
        figures={
            "frames": len(ours), "dropped": _dropped(ours), "dropped_plain": _dropped(plain), "on_time": shares[0],
            "median_ms": statistics.median(ours), "longest_ms": max(ours), "longest_plain_ms": max(plain),
        },
    )  # fmt: skip


def _dropped(times: list[float]) -> int:
    return sum(max(0, round(ms / FRAME_MS) - 1) for ms in times)


async def _scrolls(messages: int, sessions: int, step: int) -> tuple[list[float], list[float]]:
    server = DeskServer()
    for number in range(sessions):
        server.add_session(f"s{number:04}", f"客户 {number}")
        fill(server, f"s{number:04}", 2)
    fill(server, "s0000", messages - 2)
    async with server.running(), running_chromium() as browser, _fresh(browser) as context:
        page = await context.new_page()
        await page.goto(f"{server.url}/desk/#/session/s0000")
        await page.locator(".said").first.wait_for()
        await page.wait_for_function(f"document.querySelectorAll('.mine .line').length >= {min(sessions, 100)}")
        await _rest(page)
        ours = await page.evaluate(SCROLL, {"step": step, "turns": 2})
        assert await page.evaluate("document.querySelector('.older').hidden"), "not all of it was loaded"
        await page.close()
        plain = await context.new_page()
        await plain.goto(f"{server.url}/plain/s0000")
        await _rest(plain)
        return ours, await plain.evaluate(SCROLL, {"step": step, "turns": 2})


def desk_shift(*, rounds: int = 160, each: int = 40) -> Result:
    """What a shift leaves in the page's memory: sessions come, are opened, talked in and closed; what is held afterwards must not grow.

    Compares the last quarter of the shift with the second; the first warms up.
    """
    _needs_chromium()
    held = asyncio.run(_shift(rounds, each))
    quarter = len(held) // 4
    early, late = held[quarter : 2 * quarter], held[-quarter:]
    medians = [[statistics.median(one[name] for one in some) for name in ("heap", "nodes", "listeners")] for some in (early, late)]
    (heap, nodes, listeners), (heap_late, nodes_late, listeners_late) = medians
    ratio = heap_late / heap
    return Result(
        name="desk_shift", against="the same page a quarter into the shift, garbage collected", ratio=ratio,
        must="< 1.1", goal="< 1.03", is_met=ratio < 1.1 and nodes_late < 1.1 * nodes and listeners_late < 1.1 * listeners,
        figures={
            "heap_mib": heap_late / 2**20, "heap_early_mib": heap / 2**20, "nodes": nodes_late, "nodes_early": nodes,
            "listeners": listeners_late, "listeners_early": listeners, "messages": rounds * each,
        },
    )  # fmt: skip


async def _shift(rounds: int, each: int) -> list[dict[str, float]]:
    server = DeskServer()
    for number in range(20):
        server.add_session(f"stays{number:02}", f"老客户 {number}")
        fill(server, f"stays{number:02}", 30)
    held = []
    async with server.running(), running_chromium() as browser, _fresh(browser) as context:
        page = await context.new_page()
        await page.goto(f"{server.url}/desk/")
        await page.locator(".mine .line").first.wait_for()
        devtools = await context.new_cdp_session(page)
        await devtools.send("Performance.enable")
        for number in range(rounds):
            await _serve(server, page, f"s{number:04}", each)
            if number % 4 == 3:
                held.append(await _held(devtools))
    return held


async def _serve(server: DeskServer, page: Page, session_id: str, each: int) -> None:
    """One customer, from the first word to the end."""
    server.add_session(session_id, f"客户 {session_id}")
    fill(server, session_id, 5)
    await server.tell_session(session_id)
    await page.evaluate("id => { location.hash = `#/session/${id}`; }", session_id)
    await page.locator(f"[data-session='{session_id}'] .said").first.wait_for()
    for number in range(each):
        await server.hear(session_id, "customer" if number % 2 else "agent", f"第 {number} 句")
    await page.locator(f"[data-session='{session_id}'] .said[data-seq='{server.sessions[session_id]['seq']}']").first.wait_for()
    server.sessions[session_id].update(state="closed", agent_id=None, version=server.sessions[session_id]["version"] + 1)
    await server.tell_session(session_id)
    await page.evaluate("location.hash = '#/'")
    await page.locator(".middle .nothing").first.wait_for()
    server.messages.pop(session_id)
    server.sessions.pop(session_id)


async def _held(devtools: CDPSession) -> dict[str, float]:
    await devtools.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in (await devtools.send("Performance.getMetrics"))["metrics"]}
    return {"heap": metrics["JSHeapUsedSize"], "nodes": metrics["Nodes"], "listeners": metrics["JSEventListeners"]}


async def _rest(page: Page) -> None:
    """Until the page has done what it does at first."""
    await page.evaluate("() => new Promise(done => requestIdleCallback(() => setTimeout(done, 500)))")


@contextlib.asynccontextmanager
async def _fresh(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A browser profile with nothing in it."""
    options: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "zh-CN"}
    context = await browser.new_context(**options)
    try:
        yield context
    finally:
        await context.close()


def _needs_chromium() -> None:
    try:
        executable()
    except PeerError as error:
        raise NotHere(str(error)) from None
