"""The speech process, seen from ours: many ask, it may die, hang or talk nonsense, and it comes back."""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.phone.speech import process as process_module
from adapters.phone.speech.errors import SpeechFailed
from adapters.phone.speech.frames import Order
from adapters.phone.speech.pauses import Pauses
from adapters.phone.speech.process import SpeechProcess
from gateway.clock import SystemClock

COMMAND = (sys.executable, "-P", "-m", "tests.unit.adapters.phone.speech.engine")
LONG_S = 60.0


def speech(folder: Path, *, missing: str = "", first_s: float = 0.01, most_s: float = 0.01) -> SpeechProcess:
    models = {"lives": str(folder / "lives"), **({"missing": missing} if missing else {})}
    return SpeechProcess(Order(engine="espeak", models=models), clock=SystemClock(), command=COMMAND, pauses=Pauses(first_s, most_s))


@pytest.fixture
async def aside(tmp_path: Path) -> AsyncIterator[SpeechProcess]:
    started = speech(tmp_path)
    yield started
    await started.close()


async def failure(aside: SpeechProcess, text: str, within_s: float = LONG_S) -> str:
    with pytest.raises(SpeechFailed) as told:
        await aside.speak(text, "en", within_s)
    return told.value.code


async def test_many_ask_at_once_and_each_gets_its_own_answer(aside: SpeechProcess) -> None:
    texts = [f"text {number}" for number in range(40)]
    answers = await asyncio.gather(*(aside.speak(text, "en", LONG_S) for text in texts))
    assert [answer.rstrip(b"\0").decode() for answer in answers] == texts
    assert await aside.recognize(bytes(640), "en", ["a"], LONG_S) == ("640 en ('a',)", 0.5)
    assert await failure(aside, "no") == "unable"
    assert aside.is_idle


async def test_a_process_that_dies_or_talks_nonsense_is_started_again(aside: SpeechProcess) -> None:
    for lives, text in ((2, "die"), (3, "lie"), (4, "huge")):
        assert await failure(aside, text) == "unreachable"
        assert await aside.speak("again", "en", LONG_S)
        assert aside.facts["lives"] == "x" * lives
        assert aside.trouble == ""


async def test_an_answer_that_never_comes_is_late_and_a_process_that_hangs_is_killed(aside: SpeechProcess) -> None:
    assert await aside.speak("hello", "en", LONG_S)
    assert await failure(aside, "wait", 0.05) == "late"
    assert await aside.speak("hello", "en", LONG_S)
    assert aside.facts["lives"] == "x"  # others were answered: it does not hang
    assert await failure(aside, "hang", 0.05) == "late"
    assert await failure(aside, "hello", 0.05) == "late"
    assert await aside.speak("again", "en", LONG_S)
    assert aside.facts["lives"] == "xx"


async def test_while_it_rests_nobody_waits_for_it(tmp_path: Path) -> None:
    aside = speech(tmp_path, missing="no such library", first_s=3_600.0, most_s=3_600.0)
    assert await failure(aside, "hello") == "unreachable"
    assert await failure(aside, "hello") == "unreachable"
    while not aside.trouble:
        await asyncio.sleep(0)
    assert aside.trouble == "no such library"
    await aside.close()
    assert await failure(aside, "hello") == "unreachable"


async def test_a_program_that_cannot_be_started_is_a_process_that_is_down(tmp_path: Path) -> None:
    aside = SpeechProcess(Order(engine="espeak"), clock=SystemClock(), command=(str(tmp_path / "none"),), pauses=Pauses(3_600.0, 3_600.0))
    assert await failure(aside, "hello") == "unreachable"
    await aside.close()


async def test_more_than_it_can_answer_is_refused(aside: SpeechProcess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process_module, "IN_FLIGHT_MAX_COUNT", 2)
    waiting = [asyncio.create_task(aside.speak("wait", "en", LONG_S)) for _ in range(2)]
    while aside.is_idle:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert await failure(aside, "hello") == "refused"
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert await aside.speak("hello", "en", LONG_S)


async def test_closing_ends_the_process_and_tells_who_waits(aside: SpeechProcess) -> None:
    await aside.speak("hello", "en", LONG_S)
    waiting = asyncio.create_task(aside.speak("wait", "en", LONG_S))
    await asyncio.sleep(0)
    started = aside._process
    assert started is not None
    await aside.close()
    assert started.returncode == 0
    with pytest.raises(SpeechFailed):
        await waiting


def test_pauses_grow_and_forget() -> None:
    pauses = Pauses(0.5, 60)
    assert [pauses.failed(100.0 * count) for count in range(1, 10)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert [pauses.rests(959.9), pauses.rests(960.0)] == [True, False]
    assert [pauses.failed(930.0), pauses.next_s] == [30, 60]  # one of several calls that fail together
    pauses.fine()
    assert (pauses.rests(100.0), pauses.failed(100.0)) == (False, 0.5)
