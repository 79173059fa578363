"""What is said is heard in order, counted, and silenced at once."""

import asyncio
from contextlib import suppress

import pytest

from adapters.phone.dialogue.state import Line, Saying
from adapters.phone.dialogue.words import Heard
from adapters.phone.driver import Incoming
from adapters.phone.mouth import Mouth
from adapters.phone.script import Piece
from tests.peers.phone_line import ScriptedLeg, ScriptedLine, ScriptedVoice


class Speaking:
    """A mouth on a leg whose caller listens by hand."""

    def __init__(self, *, is_by_hand: bool = True) -> None:
        self.leg = ScriptedLeg(Incoming(call="c1"), ScriptedLine(), is_by_hand)
        self.voice = ScriptedVoice()
        self.told: list[Heard] = []
        self.mouth = Mouth(self.leg, self.voice, self._pieces, self.told.append, speaks_itself=False)
        self.running = asyncio.create_task(self.mouth.run())
        self.following = asyncio.create_task(self._follow())

    def _pieces(self, line: Line) -> tuple[Piece, ...]:
        return tuple(Piece(text, "en") for text in line.text.split("|"))

    async def _follow(self) -> None:
        async for event in self.leg.events():
            self.mouth.reached(getattr(event, "mark", ""))

    def say(self, mark: int, text: str, seq: int = 0) -> None:
        self.mouth.say(Saying(mark=mark, lines=(Line(language="en", text=text),), seq=seq))

    async def stop(self) -> None:
        for task in (self.running, self.following):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
async def speaking() -> "object":
    made = Speaking()
    yield made
    await made.stop()


async def rest() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_a_saying_is_heard_once_its_last_piece_was(speaking: Speaking) -> None:
    speaking.say(1, "0123456789|0123456789", seq=4)
    await rest()
    speaking.leg.listen(600)
    await rest()
    assert speaking.told == []
    speaking.leg.listen()
    await rest()
    assert speaking.told == [Heard(mark=1, seq=4, heard_ms=1_200, of_ms=1_200)]


async def test_what_is_cut_short_says_how_far_it_was_heard_and_what_waits_was_not_heard(speaking: Speaking) -> None:
    speaking.say(1, "0123456789|0123456789", seq=4)
    speaking.say(2, "0123456789", seq=5)
    await rest()
    speaking.leg.listen(900)
    await rest()
    await speaking.mouth.flush()
    assert speaking.leg.did[-1] == "flush"
    assert speaking.told == [
        Heard(mark=1, seq=4, heard_ms=900, of_ms=1_200, is_whole=False),
        Heard(mark=2, seq=5, heard_ms=0, of_ms=600, is_whole=False),
    ]


async def test_words_that_are_still_being_made_are_never_said_behind_a_flush(speaking: Speaking) -> None:
    speaking.voice.gate = asyncio.Event()
    speaking.say(1, "too late")
    await rest()
    await speaking.mouth.flush()
    speaking.voice.gate.set()
    speaking.say(2, "in time")
    await rest()
    assert [did for did in speaking.leg.did if did.startswith("play")] == ["play in time"]


async def test_what_is_to_be_done_behind_the_words_is_done_though_they_are_dropped(speaking: Speaking) -> None:
    speaking.voice.gate = asyncio.Event()
    done: list[str] = []

    async def hang_up() -> None:
        done.append("hung up")

    speaking.say(1, "goodbye")
    speaking.mouth.then(hang_up)
    await rest()
    assert done == []
    await speaking.mouth.flush()
    await rest()
    assert done == ["hung up"]


async def test_a_voice_that_fails_holds_nobody_up(speaking: Speaking) -> None:
    async def fail(text: str, language: str, *, key: str = "") -> object:
        raise OSError("no voice")

    speaking.voice.say = fail  # type: ignore[method-assign, assignment]
    speaking.say(1, "unheard")
    await rest()
    assert [heard.mark for heard in speaking.told] == [1]
