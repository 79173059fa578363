"""The desk never shows what is old as if it were new: lost frames, cut lines, sleep, and what happened meanwhile."""

import asyncio
import random
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, BrowserContext, Page, Route, WebSocketRoute, expect

from tests.journeys.floor import SLOW_MS, accept, agent_at, ask, browser_of, house, visitor_at
from tests.journeys.shift import Shift, desk_of
from tests.peers.gateway import Gateway

LINE = ".mine .line"
CUTS = 6
WORDS_BETWEEN_CUTS = 4


def shift_of(*names: str) -> Shift:
    shift = Shift()
    for name in names:
        shift.add_session(name, f"访客 {name}")
        shift.say(name, "customer", f"{name} 的问题")
    return shift


async def test_what_a_lost_frame_would_have_told_is_found_by_the_next_beat(chromium: Browser) -> None:
    shift = shift_of("s1", "s2")
    async with desk_of(chromium, shift) as (_, desk):
        await expect(desk.locator(LINE)).to_have_count(2)
        await desk.locator(LINE, has_text="访客 s1").click()
        await expect(desk.locator(".log .said.customer")).to_have_count(1)
        shift.is_mute = True
        await shift.hear("s1", "customer", "没有人听见的一句")
        await shift.hear("s2", "customer", "另一句")
        shift.wait("s9", "新来的")
        await expect(desk.locator(LINE, has_text="访客 s2")).to_contain_text("另一句", timeout=25_000)
        await expect(desk.locator(".log .said.customer .bubble").last).to_have_text("没有人听见的一句")
        await expect(desk.locator(".queue .line")).to_contain_text("新来的")


async def test_a_gap_on_the_line_and_a_word_to_read_again_are_both_heeded(chromium: Browser) -> None:
    shift = shift_of("s1")
    shift.is_proving = False
    async with desk_of(chromium, shift) as (_, desk):
        shift.say("s1", "customer", "第二句")
        await shift.tell({"type": "resync"})
        await expect(desk.locator(LINE)).to_contain_text("第二句")
        shift.say("s1", "customer", "第三句")
        for socket in shift.sockets:
            shift.sockets[socket] += 1  # a frame that never came
        await shift.tell({"type": "typing", "session_id": "s1", "on": True})
        await expect(desk.locator(LINE)).to_contain_text("第三句")


async def test_a_line_that_is_gone_says_since_when_and_how_old_all_this_is(chromium: Browser) -> None:
    shift = shift_of("s1")
    async with desk_of(chromium, shift) as (context, desk):
        banner = desk.locator(".line-lost")
        await expect(banner).to_be_hidden()
        await context.set_offline(True)
        await expect(banner.get_by_role("status")).to_have_text("与服务器的连接断开了，正在等待重连。")
        await expect(banner).to_contain_text(re.compile(r"\d:\d\d"))
        await expect(banner).to_contain_text(re.compile(r"下面是 \d\d:\d\d 时的内容，可能已经过时。"))
        shift.say("s1", "customer", "断线时说的")
        await context.set_offline(False)
        await expect(banner).to_be_hidden(timeout=SLOW_MS)
        await expect(desk.locator(LINE)).to_contain_text("断线时说的")
        await expect(desk.locator(".meanwhile")).to_be_hidden()  # nothing was lost: there is nothing to say


async def test_who_comes_back_is_told_what_they_have_lost_meanwhile(chromium: Browser) -> None:
    shift = shift_of("s1", "s2", "s3")
    async with desk_of(chromium, shift) as (_, desk):
        await expect(desk.locator(LINE)).to_have_count(3)
        for session in ("s1", "s2"):
            shift.sessions[session].update(state="queued", agent_id=None, agent_name=None)
        shift.wait("s1", "s1 的问题")
        shift.me["status"] = "offline"
        await shift.hang_up()
        told = desk.locator(".meanwhile")
        await expect(told).to_contain_text(re.compile(r"您的工作台离线了 \d:\d\d。"), timeout=SLOW_MS)
        await expect(told).to_contain_text("状态已变为“离线”。 1 个会话已回到队列：访客 s1。 1 个会话已由他人接手或已结束：访客 s2。")
        await expect(desk.locator(LINE)).to_have_count(1)
        await told.get_by_role("button", name="设为空闲").click()
        await expect(told).not_to_contain_text("离线”")
        assert ("status", {"status": "available"}) in shift.posted
        await told.get_by_role("button", name="知道了").click()
        await expect(told).to_be_hidden()


async def test_a_page_that_slept_asks_anew_before_it_is_believed(chromium: Browser) -> None:
    shift = shift_of("s1")
    shift.is_proving = False
    async with desk_of(chromium, shift) as (_, desk):
        (before,) = shift.sockets
        shift.say("s1", "customer", "睡着时说的")
        await desk.evaluate("Date.now = (now => () => now() + 600_000)(Date.now)")
        await desk.evaluate('document.dispatchEvent(new Event("resume"))')
        await expect(desk.locator(LINE)).to_contain_text("睡着时说的")
        assert before not in shift.sockets


class BadWire:
    """Between a page and its gateway: cuts sockets, and refuses requests as long as it is down."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.is_down = False
        self._sockets: list[WebSocketRoute] = []
        self._ends: list[asyncio.Task[None]] = []

    async def spoil(self, context: BrowserContext) -> None:
        await context.route("**/desk/api/**", self._request)
        await context.route_web_socket("**/desk/ws", self._socket)

    async def perhaps_cut(self) -> None:
        if self.dice.random() < 0.5:
            self.is_down = self.is_down or self.dice.random() < 0.7
            for socket in self._sockets:
                await socket.close(code=4000)
            self._sockets.clear()

    async def mend(self, page: Page) -> None:
        self.is_down = False
        await page.evaluate("dispatchEvent(new Event('online'))")

    async def _request(self, route: Route) -> None:
        await (route.abort("connectionfailed") if self.is_down else route.continue_())

    def _socket(self, socket: WebSocketRoute) -> None:
        if self.is_down:
            self._ends.append(asyncio.create_task(socket.close(code=4000)))
        else:
            self._sockets.append(socket)
            socket.connect_to_server()


async def test_whatever_is_cut_at_whatever_moment_nothing_is_missing_and_nothing_twice(chromium: Browser, tmp_path: Path) -> None:
    """The line cut at random while a customer writes and the agent answers: in the end the page shows the record."""
    wire = BadWire(20261122)
    async with (
        house(Gateway(tmp_path), ("mei", "坐席 07")) as gateway,
        browser_of(chromium, "ERR_FAILED", "status of 409") as context,
        browser_of(chromium) as shop,
    ):
        await wire.spoil(context)
        desk, visitor = await agent_at(context, gateway, "mei"), await visitor_at(shop, gateway)
        await ask(visitor, "转人工")
        await accept(desk)
        said = await talk_over(wire, desk, visitor)
        await expect(desk.locator(".log.tail .said")).to_have_count(0, timeout=2 * SLOW_MS)  # a reply on its way is shown, too
        await expect(desk.locator(".log .said.agent .bubble").last).to_have_text(said[-1], timeout=2 * SLOW_MS)
        await expect(desk.locator(".log .said.customer .bubble").last).to_have_text("最后一句", timeout=2 * SLOW_MS)
        await expect(desk.locator(".line-lost")).to_be_hidden(timeout=2 * SLOW_MS)
        assert await shown_seqs(desk) == await recorded_seqs(desk)
        assert await recorded_words(desk, "agent") == said
        await desk.reload()
        await expect(desk.locator(".log .said.customer .bubble").last).to_have_text("最后一句")
        assert await shown_seqs(desk) == await recorded_seqs(desk)


async def test_a_reply_that_waited_long_goes_out_as_soon_as_the_server_is_there(chromium: Browser) -> None:
    shift, answers = shift_of("s1"), ["down"] * 4 + ["stale"]
    async with desk_of(chromium, shift) as (context, desk):

        async def refuse(route: Route) -> None:
            match answers.pop(0) if answers else "":
                case "down":
                    await route.abort("connectionfailed")
                case "stale":
                    await route.fulfill(status=409, json={"code": "stale", "detail": ""})
                case _:
                    await route.continue_()

        await context.route("**/sessions/s1/reply", refuse)
        await desk.locator(LINE).click()
        for word in ("一", "二", "三"):
            await desk.get_by_role("textbox", name="回复客户").fill(word)
            await desk.keyboard.press("Enter")
        while len(answers) > 1:  # each goes and fails, and the waits grow
            await desk.evaluate("new Promise(done => setTimeout(done, 100))")
        await shift.hang_up()
        await expect(desk.locator(".log.tail .said")).to_have_count(0, timeout=10_000)  # not in 15 s
        assert [body["text"] for path, body in shift.posted if path.endswith("/reply")] == ["一", "二", "三"]


async def talk_over(wire: BadWire, desk: Page, visitor: Page) -> list[str]:
    """A conversation over this wire; what the agent has said in it."""
    said = []
    for number in range(CUTS * WORDS_BETWEEN_CUTS):
        await ask(visitor, f"第 {number} 句")
        if wire.dice.random() < 0.4:
            said.append(f"答 {number}")
            await desk.get_by_role("textbox", name="回复客户").fill(said[-1])
            await desk.keyboard.press("Enter")
        await wire.perhaps_cut()
        if number % WORDS_BETWEEN_CUTS == WORDS_BETWEEN_CUTS - 1:
            await wire.mend(desk)
    await ask(visitor, "最后一句")
    return said


async def shown_seqs(desk: Page) -> list[int]:
    """The messages of the log from its top to its end; what stands there twice counts twice."""
    return list(
        await desk.evaluate(
            """async () => {
              const log = document.querySelector(".log"), seen = new Set(), twice = [];
              let box = log;
              while (box.scrollHeight <= box.clientHeight || getComputedStyle(box).overflowY === "visible") box = box.parentElement;
              const drawn = () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
              for (box.scrollTop = 0; ; box.scrollTop += box.clientHeight / 2) {
                await drawn();
                const now = [...log.querySelectorAll("[data-seq]")].map(one => Number(one.dataset.seq));
                twice.push(...now.filter((seq, at) => now.indexOf(seq) !== at));
                now.forEach(seq => seen.add(seq));
                if (box.scrollTop + box.clientHeight >= box.scrollHeight - 2) break;
              }
              return [...seen, ...twice].sort((a, b) => a - b);
            }"""
        )
    )


async def recorded(desk: Page) -> list[dict[str, Any]]:
    """What the gateway has on record, asked anew."""
    asked = "fetch(`/desk/api/sessions/${location.hash.split('/')[2]}/messages?limit=200`).then(answer => answer.json())"
    return list((await desk.evaluate(asked))["items"])


async def recorded_seqs(desk: Page) -> list[int]:
    return [one["seq"] for one in await recorded(desk)]


async def recorded_words(desk: Page, author: str) -> list[str]:
    return [one["text"] for one in await recorded(desk) if one["author"] == author]
