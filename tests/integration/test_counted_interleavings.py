"""Whatever the order in which customers write, agents answer, calls fail and grants arrive: the peer is never asked for more than it
allows, nothing is lost, nothing is said twice or out of its order, and the agents' part is left to them."""

import asyncio
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.core.errors import Shut, TryLater
from gateway.core.events import Came
from gateway.core.message import Author, Status
from gateway.core.session import Controller
from tests.fakes import FrozenClock
from tests.integration.quota_house import LONG, CountedHouse, open_house
from tests.peers.push_channel import Answer, Peer, texts

DEEDS = st.sampled_from(["says", "long", "tap"])
ANSWERS: st.SearchStrategy[Answer] = st.sampled_from(["m", "m", TryLater("busy"), Peer.LOST, Shut("closed", code="out_of_count")])
HINT = "\n(to be continued: write anything to read on)"
STEPS = st.one_of(
    DEEDS.map(lambda deed: ("customer", deed)),
    st.just(("take", None)),
    st.just(("agent", None)),
    st.sampled_from([2.0, 61.0, 3600.0, 48 * 3600.0]).map(lambda seconds: ("wait", seconds)),
    st.tuples(st.lists(ANSWERS, max_size=4), st.lists(st.none() | DEEDS, max_size=6)).map(lambda given: ("send", given)),
)


class Interrupted:
    """The record as delivery sees it, where a customer may be quicker than any of its calls."""

    def __init__(self, store: object, deeds: Sequence[str | None], do: Callable[[str], Awaitable[None]]) -> None:
        self._store, self._deeds, self._do = store, list(deeds), do

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._store, name)

        async def interrupted(*args: object, **named: object) -> object:
            deed = self._deeds.pop(0) if self._deeds else None
            if deed is not None:
                await self._do(deed)
            return await call(*args, **named)

        return interrupted


class Story:
    """One run."""

    def __init__(self, house: CountedHouse) -> None:
        self.house = house
        self.agent_said: list[str] = []
        self.count = 0

    async def step(self, what: str, given: Any) -> None:
        house, session = self.house, await self.house.session()
        is_agents = session is not None and session.controller is Controller.AGENT
        match what:
            case "customer":
                await self.does(given)
            case "take" if session is not None and session.controller is Controller.BOT:
                await house.agent_takes_it()
            case "agent" if is_agents:
                self.agent_said.append(f"agent {len(self.agent_said)}")
                await house.agent_says(self.agent_said[-1])
            case "wait":
                house.clock.advance(given)
            case "send":
                await self.send(*given)

    async def does(self, deed: str) -> None:
        match deed:
            case "tap":
                await self.house.does(Came("tapped"))
            case "says":
                self.count += 1
                await self.house.says(f"q{self.count}")
            case "long":
                await self.house.says("long")

    async def send(self, script: list[Answer], deeds: list[str | None]) -> None:
        self.house.channel.script = list(script)
        worker = self.house.worker()
        worker._store = Interrupted(self.house.store, deeds, self.does)
        await worker.send_due()
        self.house.channel.script = []

    async def end(self) -> None:
        """An agent takes it, and the customer goes on writing until everything is settled."""
        house = self.house
        await self.step("take", None)
        for _ in range(30):
            await self.does("says")
            await house.worker().send_due()
            house.clock.advance(300)
            if not [status for _, status in await house.said() if status in (Status.PENDING, Status.KEPT)]:
                return
        raise AssertionError(f"something is never settled: {await house.said()}")


async def tell(steps: Sequence[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with open_house(Path(folder), FrozenClock()) as house:
            story = Story(house)
            for what, how in steps:
                await story.step(what, how)
            await story.end()
            await check(story)


async def check(story: Story) -> None:
    house = story.house
    taken = [text.removesuffix(HINT) for text in texts(house.channel)]
    assert house.channel.refused == [], "the peer was asked for more than it allows"
    assert all(left >= 1 for left in house.channel.left_for_people), "the bot has talked away what was the agents'"
    fates = dict(await house.said(Author.AGENT))
    assert list(fates) == story.agent_said
    assert set(fates.values()) <= {Status.SENT, Status.UNCERTAIN}
    assert [text for text in taken if text.startswith("agent ")] == story.agent_said, "each once, in order"
    answers = [(text, status) for text, status in await house.said(Author.BOT) if text != LONG]
    for text, status in answers:
        assert taken.count(text) == (status in (Status.SENT, Status.UNCERTAIN)), (text, status)
    sent = [text for text, _ in answers if text in taken]
    assert [text for text in taken if text.startswith("answer")] == sent, "in order"
    long_count = sum(text == LONG and status is Status.SENT for text, status in await house.said(Author.BOT))
    assert all(taken.count(paragraph) >= long_count for paragraph in LONG.split("\n\n"))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=3, max_size=14))
def test_whatever_comes_between_the_quota_is_kept_and_nothing_is_lost(steps: list[tuple[str, Any]]) -> None:
    asyncio.run(tell([("customer", "says"), *steps]))
