"""The bot that answers: short words in place, long ones beside the loop, so that nobody waits behind a long mail."""

import threading
from typing import Any, cast

import pytest

from bot import Bot
from gateway.brains import LiveBrain
from gateway.core.decision import Ask, Decision, Kind
from gateway.making import Unmade


class Watching:
    """A bot that remembers where it was asked."""

    def __init__(self) -> None:
        self.in_loop: list[bool] = []

    def decide(self, ask: Ask) -> Decision:
        self.in_loop.append(threading.current_thread() is threading.main_thread())
        return Decision(kind=Kind.ANSWER, language="en", text=ask.text[:5])


async def test_long_words_hold_up_nobody() -> None:
    brain, bot = LiveBrain(), Watching()
    brain.swap(cast("Bot", cast("Any", bot)))
    brain.is_warm = True
    for count in (10, 1_000, 1_001, 20_000):
        decided = await brain.decide(Ask(text="?" * count, languages=("en",)))
        assert decided.text == "?????"
    assert bot.in_loop == [True, True, False, False]


async def test_who_asks_before_everything_is_loaded_holds_up_nobody() -> None:
    brain, bot = LiveBrain(), Watching()
    brain.swap(cast("Bot", cast("Any", bot)))
    await brain.decide(Ask(text="?", languages=("en",)))
    assert bot.in_loop == [False]


async def test_before_there_is_a_bot_nothing_is_decided() -> None:
    with pytest.raises(Unmade):
        await LiveBrain().decide(Ask(text="hello", languages=("en",)))
