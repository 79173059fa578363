"""A worker of a lane dies at any of its steps; the next one goes on. Nothing is lost, nothing doubled, nothing out of order."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from gateway.bus import lane_of
from gateway.core.events import Ended
from gateway.core.ids import Thread
from gateway.core.message import Author
from gateway.core.parts import plain_text
from tests.integration.test_turns import SITE, Middle, open_middle

STEPS = {"store": ("claim_lane", "latest_sessions", "commit", "contact", "case_of_session"), "bus": ("read", "trim", "signal")}


@pytest.mark.parametrize("is_done_first", [False, True])
async def test_a_worker_that_dies_anywhere_leaves_what_the_next_one_finishes(tmp_path: Path, *, is_done_first: bool) -> None:
    for at in count(1):
        folder = tmp_path / str(at)
        folder.mkdir()
        async with open_middle(folder) as middle:
            await middle.say("first")
            await middle.say("raise")
            await middle.say(Ended())
            await middle.say("second")
            was_cut = await _work_that_dies(middle, at, is_done_first=is_done_first)
            middle.start("next")
            await middle.say("third")
            messages = await middle.until(8)
        customers = [plain_text(m.parts) for m in messages if m.author is Author.CUSTOMER]
        assert customers == ["first", "raise", "second", "third"]
        assert [m.seq for m in messages] == [1, 2, 3, 4, 5, 6, 7, 8]
        assert [m.reply_to for m in messages if m.author is not Author.CUSTOMER] == [1, 3, 5, 7]
        sessions = [m.session_id for m in messages]
        assert (len(set(sessions[:4])), len(set(sessions[4:])), len(set(sessions))) == (1, 1, 2)
        if not was_cut:
            assert at > 6  # a worker takes more steps than that
            return


async def _work_that_dies(middle: Middle, at: int, *, is_done_first: bool) -> bool:
    """Work until the `at`-th step; False: there was nothing left to do before that."""
    with pytest.MonkeyPatch.context() as patch:
        died = asyncio.Event()
        steps = count(1)

        def counted(step: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
            async def last_or_not(*given: Any, **named: Any) -> Any:
                is_last = next(steps) == at
                if is_last and not is_done_first:
                    died.set()
                    raise asyncio.CancelledError
                result = await step(*given, **named)
                if is_last:
                    died.set()
                    raise asyncio.CancelledError
                return result

            return last_or_not

        for part, names in STEPS.items():
            for name in names:
                patch.setattr(getattr(middle, part), name, counted(getattr(getattr(middle, part), name)))
        patch.setattr(middle.bus, "wait", _nothing_left)
        working = asyncio.create_task(middle.turns.work(lane_of(SITE, Thread("v1"), 2), 1))
        await asyncio.wait([working])
        return died.is_set()


async def _nothing_left(*_: Any) -> None:
    raise asyncio.CancelledError
