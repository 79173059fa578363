"""One event, its turn at any moment in any process, its peer's three tries going wrong in any way: said once, or known to be unclear."""

import asyncio
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gateway.core.events import Inbound
from gateway.core.message import Status
from gateway.in_place import Answer, InPlace, Silence
from tests.integration.line_world import LineWorld, line_world
from tests.peers.push_channel import texts

Fate = Literal["heard", "unheard", "unwritable", "crash", "cut"]
"""What becomes of a try: the peer hears us; it does not, though we have written; we can't write; we die; the connection is cut."""
FATES: tuple[Fate, ...] = ("heard", "unheard", "unwritable", "crash", "cut")
STEP_S = 0.5
TRY_S = 5.0


@dataclass
class Story:
    """How it goes."""

    turn_at_s: float
    is_here: bool
    is_signalled: bool
    is_long: bool
    fates: tuple[Fate, ...]
    processes: tuple[int, ...]


STORIES = st.builds(
    Story,
    turn_at_s=st.sampled_from([0.0, 0.5, 1.0, 2.0, 6.0, 10.5, 12.0]),
    is_here=st.booleans(),
    is_signalled=st.booleans(),
    is_long=st.booleans(),
    fates=st.tuples(st.sampled_from(FATES), st.sampled_from(FATES[:4]), st.sampled_from(FATES[:2])),
    processes=st.tuples(st.integers(0, 1), st.integers(0, 1), st.integers(0, 1)),
)


class Play:
    """The peer, two processes with a line, one that sends."""

    def __init__(self, world: LineWorld, story: Story) -> None:
        self.world, self.story = world, story
        self.houses: list[InPlace] = [world.in_place]
        self.running: dict[int, asyncio.Task[Answer | Silence]] = {}
        self.tries = 0
        self.is_content = False
        self.next_try_at_s = 0.0
        self.seen: list[str] = []
        self.was_unheard = False
        self.words = ["x" * 40, "y" * 40] if story.is_long else ["hi"]

    async def through(self) -> None:
        """All of it, step by step; then long enough for everything to be settled."""
        self.houses.append(self.world.process())
        await self.world.start(self.houses[1])
        inbound, now_s, is_told = self.world.inbound(), 0.0, False
        while now_s < 16:
            if not is_told and now_s >= self.story.turn_at_s and self.tries:
                is_told = True
                here = self.houses[self.story.processes[0]] if self.story.is_here else None
                await self.world.turn(inbound, *self.words, is_signalled=self.story.is_signalled, here=here)
            if not self.is_content and self.tries < 3 and now_s >= self.next_try_at_s:
                await self._try(inbound, now_s)
            await self._look(now_s)
            await self.world.delivery().send_due()
            await self.world.clock.pass_by(STEP_S)
            now_s += STEP_S
        assert is_told
        for _ in range(2):
            await self._look(now_s)
            await self.world.clock.pass_by(20)
            await self.world.delivery().send_due()

    async def _try(self, inbound: Inbound, now_s: float) -> None:
        number, self.tries, self.next_try_at_s = self.tries, self.tries + 1, now_s + TRY_S
        house = self.houses[self.story.processes[number]]
        self.running[number] = await self.world.push(self.world.inbound() if number else inbound, by=house)

    async def _look(self, now_s: float) -> None:
        """What the tries have come to."""
        for number, task in list(self.running.items()):
            if self.story.fates[number] == "cut" and now_s >= self.next_try_at_s - TRY_S + 1:
                task.cancel()
            await self._settle(task)
            if task.done():
                del self.running[number]
                if not task.cancelled():
                    await self._ended(number, task.result())
        for house in self.houses:
            await house.settling.flush()

    async def _settle(self, task: "asyncio.Task[Answer | Silence]") -> None:
        """Give it the time that it needs, which is not the world's."""
        for _ in range(12):
            if task.done():
                return
            await self.world.store.outbox_depth()

    async def _ended(self, number: int, said: Answer | Silence) -> None:
        fate = self.story.fates[number]
        if isinstance(said, Silence):
            self.is_content = self.is_content or fate == "heard"
            return
        match fate:
            case "heard":
                self.seen.append(said.reply.body.decode().split(": ", 1)[1])
                self.is_content = True
                said.written(self.world.clock.now())
            case "unheard":
                self.was_unheard = True
                said.written(self.world.clock.now())
            case "crash":
                await self._die(self.story.processes[number])
            case _:
                said.lost()

    async def _die(self, process: int) -> None:
        """Without a word: what it still wanted to write is gone."""
        self.houses[process].settling._line.clear()
        self.houses[process] = self.world.process()
        await self.world.start(self.houses[process])


async def play(story: Story) -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with line_world(Path(folder)) as world:
            one = Play(world, story)
            await one.through()
            said = [*one.seen, *texts(world.channel)]
            statuses = set(await world.statuses())
            assert sorted(said) == sorted(set(said)), f"said twice: {said}"
            if one.is_content:
                assert sorted(said) == sorted(one.words), "the peer was told that all is well"
            elif sorted(said) != sorted(one.words) and not one.was_unheard:
                assert statuses == {Status.UNCERTAIN}, f"said {said} of {one.words}, and nobody knows"


def story(turn_at_s: float, *fates: Fate, is_here: bool = False, is_long: bool = False, processes: tuple[int, ...] = (0, 1, 0)) -> Story:
    return Story(turn_at_s, is_here, is_signalled=True, is_long=is_long, fates=fates, processes=processes)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORIES)
@example(story(0.5, "crash", "heard", "heard"))
@example(story(0.5, "crash", "crash", "unheard", is_here=True))
@example(story(0.5, "unheard", "heard", "heard", is_here=True, is_long=True))
@example(story(0.5, "unwritable", "heard", "heard", is_long=True))
@example(story(0.5, "unwritable", "unwritable", "crash", is_here=True))
@example(story(1.0, "cut", "unwritable", "heard", processes=(0, 0, 1)))
@example(story(6.0, "unheard", "crash", "heard", is_here=True))
def test_whatever_happens_an_event_has_one_answer(told: Story) -> None:
    asyncio.run(play(told))
