"""The telephones of the phone booth, calling each other: what a person may do with one, and what the other then shows."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.peers.phonebooth.reading import Log
from tests.peers.phonebooth.telephone import Says, Stage, Telephone
from tests.peers.sip_sound import from_alaw, strength

PATIENCE_S = 30.0


@pytest.fixture
async def two() -> AsyncIterator[tuple[Telephone, Telephone]]:
    """Who calls, and who is called."""
    async with Telephone.ready(0, "agent") as called, Telephone.ready(called.port, "+8613800138000") as calling:
        yield calling, called


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not holds():
            await asyncio.sleep(0.005)


async def connected(calling: Telephone, called: Telephone) -> None:
    calling.ring()
    await until(lambda: called.stage is Stage.RINGING)
    assert calling.stage is Stage.CALLING
    called.take()
    await until(lambda: (calling.stage, called.stage) == (Stage.TALKING, Stage.TALKING))


async def test_they_hear_each_other_and_either_may_hang_up(two: tuple[Telephone, Telephone]) -> None:
    calling, called = two
    for ends, other in ((calling, called), (called, calling)):
        await connected(calling, called)
        heard: list[bytes] = []
        other.on_sound, ends.says = heard.append, Says.TONE
        await until(lambda heard=heard: len(heard) >= 10)  # type: ignore[misc]
        assert strength(from_alaw(b"".join(heard[-8:])), 440) > 0.9
        ends.end()
        await until(lambda: (calling.stage, called.stage) == (Stage.IDLE, Stage.IDLE))
        assert (ends.last, other.last) == ("by_us", "by_them")


async def test_what_its_owner_says_into_the_microphone_is_heard(two: tuple[Telephone, Telephone]) -> None:
    calling, called = two
    await connected(calling, called)
    heard: list[bytes] = []
    called.on_sound, calling.says = heard.append, Says.MICROPHONE
    calling.hear(b"\x2a" * 480)
    await until(lambda: heard.count(b"\x2a" * 160) == 3)


async def test_a_call_is_declined_given_up_or_finds_the_line_busy(two: tuple[Telephone, Telephone]) -> None:
    calling, called = two
    calling.ring()
    await until(lambda: called.stage is Stage.RINGING)
    called.end()
    await until(lambda: calling.stage is Stage.IDLE)
    assert (calling.last, called.last) == ("603", "declined")
    calling.ring()
    await until(lambda: called.stage is Stage.RINGING)
    async with Telephone.ready(called.port, "+12025550123") as third:
        third.ring()
        await until(lambda: third.last == "486")
    called.peer = ("127.0.0.1", calling.port)
    calling.end()
    await until(lambda: called.stage is Stage.IDLE)
    assert (calling.last, called.last) == ("given_up", "missed")


async def test_keys_go_as_info_and_hold_as_an_invitation_that_only_sends(two: tuple[Telephone, Telephone]) -> None:
    calling, called = two
    await connected(calling, called)
    calling.ways.keys_as_info = True
    await calling.key("5")
    await until(lambda: any(message.method == "INFO" and "Signal=5" in message.body for message in called.got))
    calling.hold(is_on=True)
    await until(lambda: calling.is_held)
    assert "a=sendonly" in next(message.body for message in reversed(called.got) if message.method == "INVITE")
    calling.hold(is_on=False)
    await until(lambda: not calling.is_held)


async def test_without_a_network_nobody_is_told_that_it_has_hung_up(two: tuple[Telephone, Telephone]) -> None:
    calling, called = two
    await connected(calling, called)
    calling.ways.is_cut = True
    calling.end()
    await until(lambda: calling.cseq == 2)
    calling.ways.is_cut = False
    calling.ring()
    await until(lambda: calling.last == "486")
    assert called.stage is Stage.TALKING
    assert "BYE" not in [message.method for message in called.got]


def test_a_line_that_was_cut_had_begun_and_those_behind_it_had_not() -> None:
    log = Log()
    for mark in "123":
        log.take({"call": "c1", "what": "play", "mark": mark, "text": mark, "language": "en"})
    log.take({"call": "c2", "what": "play", "mark": "1", "text": "another call's", "language": "en"})
    log.take({"call": "c1", "what": "reached", "mark": "1"})
    log.take({"call": "c1", "what": "flush", "ms": 300})
    assert [entry["fate"] for entry in log.entries] == ["heard", "cut", "skipped", "waiting"]
    log.ends()
    assert log.entries[3]["fate"] == "cut"
