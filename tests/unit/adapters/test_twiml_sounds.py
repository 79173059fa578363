"""Sound of ours for a cloud: by an address that nobody guesses, that ends, and that every process knows."""

import pytest

from adapters.phone.audio import BYTES_PER_S
from adapters.phone.driver import LineFailed, Speech
from adapters.phone.twiml.line import Music
from adapters.phone.twiml.sounds import PART_BYTES, SOUND_MAX_BYTES, Sounds
from gateway.bus.shelf import LocalShelf
from gateway.core.errors import Busy
from gateway.core.ids import ChannelName
from tests.fakes import FrozenClock
from tests.peers.twiml.rig import KEY, cloud_of, rig, ring

PCM = bytes(range(256)) * 500


def sounds(clock: FrozenClock, shelf: LocalShelf, *, channel: str = "hotline", secret: bytes = b"s" * 32) -> Sounds:
    return Sounds(ChannelName(channel), secret, shelf, lambda: clock.now().timestamp())


async def test_the_same_sound_has_the_same_address_and_another_process_gives_it_out_too() -> None:
    clock = FrozenClock()
    shelf = LocalShelf(clock)
    here, there = sounds(clock, shelf), sounds(clock, shelf)
    name = await here.lay_out(PCM)
    assert len(PCM) > 2 * PART_BYTES
    assert await here.lay_out(PCM) == name
    assert await here.lay_out(PCM[2:]) != name
    found = await there.find(name)
    assert found is not None
    assert found == await here.find(name)
    assert found[:4] == b"RIFF"
    assert found[44:] == PCM


async def test_an_address_ends_and_none_can_be_made_up() -> None:
    clock = FrozenClock()
    shelf = LocalShelf(clock)
    here = sounds(clock, shelf)
    name = await here.lay_out(PCM)
    others = [sounds(clock, shelf, channel="other"), sounds(clock, shelf, secret=b"t" * 32)]
    guesses = ["", "A", name[:-1], name[:-2] + "AA", "é", "../../etc/passwd", "A" * 50, *[await one.lay_out(PCM) for one in others]]
    assert [await here.find(guess) for guess in guesses] == [None] * len(guesses)
    clock.advance(3_599)
    assert await here.find(name) is not None
    clock.advance(3_600)
    assert await here.find(name) is None


async def test_what_no_process_has_any_more_is_not_found() -> None:
    clock = FrozenClock()
    name = await sounds(clock, LocalShelf(clock)).lay_out(PCM)
    assert await sounds(clock, LocalShelf(clock)).find(name) is None


async def test_where_the_shelf_is_away_the_process_that_made_a_sound_still_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FrozenClock()
    shelf = LocalShelf(clock)

    async def away(*_: object) -> None:
        raise Busy("the shelf", 1)

    monkeypatch.setattr(shelf, "put", away)
    monkeypatch.setattr(shelf, "get", away)
    here = sounds(clock, shelf)
    name = await here.lay_out(PCM)
    assert await here.find(name) is not None
    assert await sounds(clock, shelf).find(name) is None


async def test_a_sound_longer_than_any_prompt_is_refused() -> None:
    async with rig().running() as one:
        call, _ = await ring(one, cloud_of(one))
        with pytest.raises(LineFailed):
            await call.leg.play(Speech(text="", language="en", pcm=bytes(SOUND_MAX_BYTES + 2)), "m1")


async def test_a_recorded_prompt_is_played_from_its_address() -> None:
    async with rig().running() as one:
        cloud = cloud_of(one)
        call, caller = await ring(one, cloud)
        await call.leg.play(Speech(text="Hello.", language="en", pcm=bytes(BYTES_PER_S)), "m1")
        await call.leg.hear(KEY)
        await caller.wait()
        assert await cloud.sound_ms(caller.heard[0]) == 1_000


async def test_the_waiting_music_goes_on_where_it_was_and_begins_again_at_its_end() -> None:
    whole = bytes(10 * BYTES_PER_S - 2) + b"\x01\x02"
    music = Music(lambda: whole)
    pieces = [len(await music.piece(at, 4)) * 1_000 // BYTES_PER_S for at in (0, 4_000, 8_000, 10_000)]
    assert pieces == [4_000, 4_000, 2_000, 4_000]
    assert (await music.piece(8_000, 4))[-2:] == b"\x01\x02"


async def test_where_the_operators_music_cannot_be_read_ours_is_heard(caplog: pytest.LogCaptureFixture) -> None:
    async with rig(music="/nowhere/at/all.wav").running() as one:
        call, caller = await ring(one, cloud_of(one))
        await call.leg.music(is_on=True)
        await caller.wait()
        assert len(caller.heard) == 1
        assert caller.listening is not None
        assert "the waiting music can't be played" in caplog.text
