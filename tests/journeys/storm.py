"""Bad weather over a desk: several visitors and an agent go on talking while lines, signals, the page and the gateway fail at random.

Afterwards the page must show the record, of every session: nothing missing, nothing twice, the unread counted right.
"""

import asyncio
import contextlib
import json
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from playwright.async_api import BrowserContext, Page, WebSocketRoute, expect
from playwright.async_api import Error as BrowserError

from tests.journeys.floor import SLOW_MS, agent_at
from tests.journeys.test_desk_truth import shown_seqs
from tests.peers.gateway import Gateway
from tests.peers.visitor import Visitor

HOUSE = """
[queues.default]
offer_s = 120
agent_gone_s = 600
"""
ALLOWED = ("ERR_FAILED", "ERR_EMPTY_RESPONSE", "status of 409", "status of 503")
"""What a browser says on its own of a gateway that dies, and what the agent is told of sessions that move on."""
PATIENCE_S = 60.0
LOST = ".line-lost"
LINE = ".mine .line"
TRIES_MS = 3_000
"""How long the agent tries a click on a page that is out of touch."""
Harm = Callable[["Storm"], Awaitable[None]]


class Wire:
    """Between the desk's page and its gateway: cuts its socket, keeps it down, and loses frames so that the page can't see that it did."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self.loss = 0.0
        """The share of the server's frames that get lost, as lost signals do: those that come are numbered without a gap."""
        self.is_deaf = False
        """Nothing passes, and nobody hangs up: a tunnel."""
        self.is_down = False
        self.lost_count = 0
        self._sockets: list[WebSocketRoute] = []
        self._ends: set[asyncio.Task[None]] = set()

    async def lay(self, context: BrowserContext) -> None:
        await context.route_web_socket("**/desk/ws", self._open)

    async def cut(self) -> None:
        """Every socket of the page ends."""
        sockets, self._sockets = self._sockets, []
        for socket in sockets:
            await socket.close(code=4000)

    def _open(self, page_end: WebSocketRoute) -> None:
        if self.is_down:
            self._later(page_end.close(code=4000))
            return
        self._sockets.append(page_end)
        server_end = page_end.connect_to_server()
        page_end.on_message(lambda data: None if self.is_deaf else server_end.send(data))
        number = 0

        def heard(data: str | bytes) -> None:
            nonlocal number
            frame = json.loads(data)
            is_lost = self.is_deaf or (frame["type"] not in {"hello", "pong"} and self._dice.random() < self.loss)
            self.lost_count += is_lost
            if not is_lost:
                number += 1
                page_end.send(json.dumps({**frame, "n": number}))

        server_end.on_message(heard)

    def _later(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)


class Storm:
    """A desk, its visitors, and the weather."""

    def __init__(self, gateway: Gateway, desk: Page, wire: Wire, dice: random.Random) -> None:
        self.gateway = gateway
        self.desk = desk
        self.wire = wire
        self.dice = dice
        self.visitors: list[Visitor] = []
        self.said: dict[str, list[str]] = defaultdict(list)
        """What the agent has sent, by session: the page took it."""
        self.harms: Counter[str] = Counter()
        self.is_over = asyncio.Event()
        self._count = 0

    # ---- people ----------------------------------------------------------------------------------------------------------------

    async def welcome(self, stack: AsyncExitStack, count: int) -> None:
        """Visitors come, ask for a person, and are accepted at the desk."""
        for number in range(count):
            visitor = await stack.enter_async_context(Visitor(self.gateway.url, f"v{number}"))
            self.visitors.append(visitor)
            await visitor.acknowledged(await visitor.say("转人工"), PATIENCE_S)
            await self.desk.locator(".offer [data-act=accept]").first.click(timeout=2 * SLOW_MS)
            await visitor.until(lambda one=visitor: one.state.get("state") in {"active", "waiting_customer"}, "an agent", PATIENCE_S)
        await expect(self.desk.locator(LINE)).to_have_count(count, timeout=2 * SLOW_MS)

    async def talk(self, visitor: Visitor) -> None:
        """A customer who goes on writing until it is over."""
        number = 0
        while not self.is_over.is_set():
            number += 1
            await visitor.acknowledged(await visitor.say(f"第 {number} 句"), PATIENCE_S)
            await asyncio.sleep(self.dice.uniform(0.1, 1.0))

    async def serve(self) -> None:
        """An agent who goes from one to the other and answers, as well as the page lets them."""
        while not self.is_over.is_set():
            with contextlib.suppress(BrowserError):  # the page shows nothing to click on just now
                await self._answer(self.dice.choice(self.visitors))
            await asyncio.sleep(self.dice.uniform(0.1, 0.8))

    async def _answer(self, visitor: Visitor) -> None:
        session = str(visitor.session)
        line = self.desk.locator(f'{LINE}[data-id="{session}"]')
        await line.click(timeout=TRIES_MS)
        await line.and_(self.desk.locator(".open")).wait_for(timeout=TRIES_MS)  # the address changes a moment before what is shown
        box = self.desk.locator(".middle textarea, .composer textarea").first
        self._count += 1
        words = f"答 {self._count}"
        await box.fill(words, timeout=TRIES_MS)
        if session in self.desk.url:  # else the page has gone elsewhere under our hands
            await box.press("Enter", timeout=TRIES_MS)
            self.said[session].append(words)

    # ---- the end ---------------------------------------------------------------------------------------------------------------

    async def calm(self) -> None:
        """The weather clears: within the patience of a few heartbeats the page shows the record of everything."""
        self.is_over.set()
        self.wire.loss, self.wire.is_deaf, self.wire.is_down = 0.0, False, False
        await self.desk.evaluate("dispatchEvent(new Event('online'))")
        await expect(self.desk.locator(LOST)).to_be_hidden(timeout=3 * SLOW_MS)
        await expect(self.desk.locator(LINE)).to_have_count(len(self.visitors))
        await self._until_equal(self._badges, self._unread, "the unread counts")
        for visitor in self.visitors:
            await self._check(visitor)
        await self._until_equal(self._badges, self._unread, "the unread counts after reading")

    async def close_all(self) -> None:
        """Everybody goes home: the next round begins with an empty desk."""
        for visitor in self.visitors:
            await self.desk.evaluate(
                """async session => {
                  const {csrf} = await (await fetch("/desk/api/me")).json();
                  const headers = {"X-CSRF-Token": csrf, "Content-Type": "application/json"};
                  await fetch(`/desk/api/sessions/${session}/close`, {method: "POST", headers, body: '{"disposition": "resolved"}'});
                }""",
                visitor.session,
            )
        await expect(self.desk.locator(LINE)).to_have_count(0, timeout=3 * SLOW_MS)
        self.visitors.clear()
        self.said.clear()

    async def _check(self, visitor: Visitor) -> None:
        session = str(visitor.session)
        await self.desk.locator(f'{LINE}[data-id="{session}"]').click()
        await self._until_equal(lambda: self._answers(session), lambda: self._told(session), f"the answers of {session}")
        record = await self._record(session)
        await self._until_equal(lambda: shown_seqs(self.desk), lambda: self._seqs(session), f"the log of {session}")
        seqs = [one["seq"] for one in record]
        assert seqs == list(range(1, len(seqs) + 1))
        assert [one["cid"] for one in record if one["author"] == "customer"] == visitor.sent, (
            "recorded in another order, twice, or not at all"
        )
        await visitor.until(lambda: len(visitor.messages) >= len(seqs), "the whole of it", PATIENCE_S)
        assert visitor.messages.keys() == set(seqs)

    async def _until_equal(self, shown: Callable[[], Awaitable[Any]], true: Callable[[], Awaitable[Any]], what: str) -> None:
        ends = asyncio.get_running_loop().time() + PATIENCE_S
        while (seen := await shown()) != (right := await true()):
            assert asyncio.get_running_loop().time() < ends, f"{what}: the page shows {seen}, on record is {right}"
            await asyncio.sleep(0.2)

    async def _ask(self, path: str) -> Any:
        return await self.desk.evaluate("path => fetch(`/desk/api/${path}`).then(answer => answer.json())", path)

    async def _record(self, session: str) -> list[dict[str, Any]]:
        return list((await self._ask(f"sessions/{session}/messages?limit=200"))["items"])

    async def _seqs(self, session: str) -> list[int]:
        return [one["seq"] for one in await self._record(session)]

    async def _answers(self, session: str) -> list[str]:
        return [one["text"] for one in await self._record(session) if one["author"] == "agent"]

    async def _told(self, session: str) -> list[str]:
        return self.said[session]

    async def _unread(self) -> dict[str, str]:
        items = (await self._ask("sessions?limit=100"))["items"]
        return {one["id"]: str(one["unread"] or "") if one["unread"] < 100 else "99+" for one in items}

    async def _badges(self) -> dict[str, str]:
        return dict(
            await self.desk.evaluate(
                f"""() => Object.fromEntries([...document.querySelectorAll("{LINE}")].map(
                    line => [line.dataset.id, line.querySelector(".badge")?.textContent ?? ""]))"""
            )
        )


# ---- the weather -----------------------------------------------------------------------------------------------------------------


async def says_so(storm: Storm) -> None:
    """The page is out of touch, and says that it is."""
    await expect(storm.desk.locator(LOST)).to_be_visible(timeout=2 * SLOW_MS)


async def cut(storm: Storm) -> None:
    """The socket ends; the page is back a moment later."""
    await storm.wire.cut()


async def outage(storm: Storm) -> None:
    """The socket ends and there is none to be had for a while."""
    storm.wire.is_down = True
    await storm.wire.cut()
    await says_so(storm)
    storm.wire.is_down = False


async def loss(storm: Storm) -> None:
    """Signals get lost, unnoticed."""
    storm.wire.loss = 0.6
    await asyncio.sleep(storm.dice.uniform(1.0, 3.0))
    storm.wire.loss = 0.0


async def tunnel(storm: Storm) -> None:
    """Nothing comes any more, and nobody hangs up."""
    storm.wire.is_deaf = True
    try:
        await says_so(storm)
    finally:
        storm.wire.is_deaf = False


async def death(storm: Storm) -> None:
    """`kill -9` of the gateway."""
    storm.gateway.kill()
    await says_so(storm)
    await asyncio.to_thread(storm.gateway.start)


async def frost(storm: Storm) -> None:
    """The browser freezes the page, as it does with tabs that nobody looks at."""
    devtools = await storm.desk.context.new_cdp_session(storm.desk)
    await devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    await asyncio.sleep(storm.dice.uniform(0.5, 4.0))
    await devtools.send("Page.setWebLifecycleState", {"state": "active"})
    await devtools.detach()


async def frozen_death(storm: Storm) -> None:
    """The gateway dies and comes back while the page is frozen: it wakes with a socket that leads nowhere."""
    devtools = await storm.desk.context.new_cdp_session(storm.desk)
    await devtools.send("Page.setWebLifecycleState", {"state": "frozen"})
    storm.gateway.kill()
    await asyncio.to_thread(storm.gateway.start)
    await devtools.send("Page.setWebLifecycleState", {"state": "active"})
    await devtools.detach()


async def reload_in_outage(storm: Storm) -> None:
    """The agent reloads a page that is out of touch, and gets no socket at first; what was unsent goes out all the same."""
    storm.wire.is_down = True
    await storm.wire.cut()
    await storm.desk.reload()
    storm.wire.is_down = False


async def reload(storm: Storm) -> None:
    """The agent reloads the page."""
    await storm.desk.reload()


async def blow(storm: Storm, harm: Harm) -> None:
    storm.harms[harm.__name__] += 1
    await harm(storm)


@asynccontextmanager
async def storm_over(gateway: Gateway, context: BrowserContext, seed: int) -> AsyncIterator[Storm]:
    """An agent at a desk whose wire we hold."""
    dice = random.Random(seed)
    wire = Wire(dice)
    await wire.lay(context)
    desk = await agent_at(context, gateway, "mei")
    yield Storm(gateway, desk, wire, dice)


async def weather(storm: Storm, visitor_count: int, harms: Sequence[Harm]) -> int:
    """Talk through these harms and check what is left; how many messages there are, the agent's among them."""
    async with AsyncExitStack() as stack:
        await storm.welcome(stack, visitor_count)
        storm.is_over.clear()
        talks = [asyncio.create_task(storm.talk(visitor)) for visitor in storm.visitors]
        talks.append(asyncio.create_task(storm.serve()))
        for harm in harms:
            await asyncio.sleep(storm.dice.uniform(0.2, 1.0))
            await blow(storm, harm)
        storm.is_over.set()
        await asyncio.gather(*talks)
        await storm.calm()
        assert sum(map(len, storm.said.values())), "the agent has said nothing all the time"
        return sum(len(visitor.messages) for visitor in storm.visitors)
