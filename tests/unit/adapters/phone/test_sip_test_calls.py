"""Test calls: whose pass is good, and what the line answers them."""

import asyncio
from collections.abc import AsyncIterator
from typing import cast

import pytest

from adapters.phone.audio import FRAME_BYTES
from adapters.phone.driver import Digit, Ended, Hearing, Leg, LegEvent, Sound, Speech
from adapters.phone.sip.echo import answer_test
from adapters.phone.sip.passes import USED_MAX_COUNT, Passes, issue, key_of
from adapters.phone.sip.signs import ASKING_HZ, HEARD_HZ, HERE_HZ, KEYS_HZ, QUIET, Ear, tone

KEY = key_of(b"secret of the house", "hotline")
NONCE = "6f1d0c6f1d0c6f1d"


class Now:
    def __init__(self, now_s: float) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


def test_a_pass_is_made_for_one_channel_of_one_installation_at_one_moment() -> None:
    said = issue(KEY, at_s=1_795_000_000.4, nonce=NONCE)
    assert said == "1795000000.6f1d0c6f1d0c6f1d.478c00b4bd6141827c568b985902b1e82914982c35bce7ece8460fce811b3c4b"


@pytest.mark.parametrize(
    ("later_s", "key", "is_good"),
    [
        (0, KEY, True),
        (29, KEY, True),
        (-29, KEY, True),
        (31, KEY, False),
        (-31, KEY, False),
        (0, key_of(b"secret of the house", "other"), False),
        (0, key_of(b"another secret", "hotline"), False),
        (0, b"", False),
    ],
)
def test_a_pass_is_good_while_it_is_fresh_and_where_it_was_made_for(later_s: float, key: bytes, is_good: bool) -> None:
    passes = Passes(key, Now(1_795_000_000 + later_s))
    assert passes.admits(issue(KEY, at_s=1_795_000_000, nonce=NONCE)) is is_good


def test_a_pass_is_good_once() -> None:
    passes, said = Passes(KEY, Now(1_000)), issue(KEY, at_s=1_000, nonce=NONCE)
    assert [passes.admits(said), passes.admits(said)] == [True, False]
    assert passes.admits(issue(KEY, at_s=1_000, nonce="0" * 16))


@pytest.mark.parametrize(
    "wrong",
    ["", "1000", f"1000.{NONCE}", f"1000.{NONCE}.{'0' * 64}", f"1001.{NONCE}.MAC", f"1000.{'1' * 16}.MAC", f"1000.{NONCE}.MAC.1", "\udcff"],
)
def test_what_is_forged_or_garbled_is_no_pass(wrong: str) -> None:
    mac = issue(KEY, at_s=1_000, nonce=NONCE).rpartition(".")[2]
    assert not Passes(KEY, Now(1_000)).admits(wrong.replace("MAC", mac))


def test_passes_are_remembered_as_long_as_they_could_be_used_again_and_no_longer() -> None:
    now = Now(1_000)
    passes = Passes(KEY, now)
    good = [passes.admits(issue(KEY, at_s=1_000, nonce=f"{index:016x}")) for index in range(USED_MAX_COUNT + 1)]
    assert good == [True] * USED_MAX_COUNT + [False]
    now.now_s = 1_032
    assert passes.admits(issue(KEY, at_s=1_032, nonce=NONCE))


def test_each_sign_is_heard_as_itself_alone() -> None:
    signs = [HERE_HZ, HEARD_HZ, ASKING_HZ, *KEYS_HZ.values()]
    for played in signs:
        ear = Ear()
        ear.feed(tone(played, 0.1))
        assert [hz for hz in signs if ear.hears(hz)] == [played]


def test_silence_noise_and_a_moment_of_a_tone_are_no_sign() -> None:
    ear = Ear()
    ear.feed(tone(HERE_HZ, 0.05))
    assert not ear.hears(HERE_HZ)
    ear.feed(bytes(FRAME_BYTES * 4))
    assert not ear.hears(HERE_HZ)
    ear.feed(bytes((index * 7_919) & 0xFF for index in range(FRAME_BYTES * 4)))
    assert not any(ear.hears(hz) for hz in (HERE_HZ, HEARD_HZ, ASKING_HZ))
    assert QUIET < 8_000 / 2**0.5


class Line:
    """A leg that is told what happens, and keeps what it was to do."""

    def __init__(self, *events: LegEvent, ends: bool = True) -> None:
        self._events = events
        self._ends = ends
        self.done: list[object] = []

    async def events(self) -> AsyncIterator[LegEvent]:
        for event in self._events:
            yield event
        if not self._ends:
            await asyncio.Event().wait()

    async def answer(self) -> None:
        self.done.append("answer")

    async def hear(self, hearing: Hearing | None) -> None:
        self.done.append("hear" if hearing and hearing.speech else "deaf")

    async def play(self, speech: Speech, mark: str) -> None:
        assert speech.pcm
        self.done.append(mark)

    async def flush(self) -> int:
        self.done.append("flush")
        return 0

    async def hangup(self) -> None:
        self.done.append("hangup")


async def test_the_line_says_that_it_is_there_that_it_hears_and_which_keys() -> None:
    asked = [Sound(tone(ASKING_HZ, 0.02))] * 6
    line = Line(Digit("*"), *asked, Digit("7"), *asked, Digit("7"), Digit("0"), Ended("hung_up"))
    await answer_test(cast("Leg", line))
    assert line.done == [
        "answer", "hear", "flush", "500 Hz", "flush", "800 Hz", "flush", "1800 Hz", "flush", "1800 Hz", "flush", "1100 Hz",
    ]  # fmt: skip


async def test_other_sound_is_not_taken_for_the_phones() -> None:
    line = Line(*[Sound(tone(HERE_HZ, 0.02))] * 6, *[Sound(bytes(FRAME_BYTES))] * 6, Ended("hung_up"))
    await answer_test(cast("Leg", line))
    assert line.done == ["answer", "hear", "flush", "500 Hz"]


async def test_a_test_call_that_nobody_ends_is_ended() -> None:
    line = Line(ends=False)
    await answer_test(cast("Leg", line), within_s=0.01)
    assert line.done[-2:] == ["flush", "hangup"]
