"""Callers' voices are kept for so many days, and then they are gone: from the disk, and from the record."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.core.errors import NotFound
from gateway.core.events import CallStage
from gateway.core.files import file_owner
from gateway.core.ids import Thread, WorkerId
from gateway.core.parts import Arriving, File, FileRef, Spoken
from gateway.recordings import Recordings
from gateway.store.files import LocalFiles, open_files
from tests.integration.calls_house import HOTLINE, NUMBER, CallsHouse, calls_house

DAY_S = 86_400


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[CallsHouse]:
    async with calls_house(tmp_path) as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> LocalFiles:
    return open_files(tmp_path / "files")


def recordings(house: CallsHouse, files: LocalFiles) -> Recordings:
    return Recordings(store=house.store, bus=house.bus, files=files, clock=house.clock, worker=WorkerId("one"), days={HOTLINE: 90})


async def _wav(files: LocalFiles, name: str, number: str = NUMBER) -> FileRef:
    return await files.keep(name.encode() * 9, name=f"{name}.wav", mime="audio/wav", owner=file_owner(HOTLINE, Thread(number)))


async def _is_there(files: LocalFiles, ref: FileRef) -> bool:
    try:
        return [piece async for piece in files.read(ref)] != []
    except NotFound:
        return False


async def _recorded_call(house: CallsHouse, files: LocalFiles, number: str = NUMBER) -> list[FileRef]:
    """A call with words that were kept, a voicemail, and a recording."""
    heard, message, whole = [await _wav(files, f"{name}-{number}", number) for name in ("heard", "message", "whole")]
    await house.call(number=number)
    await house.says(Spoken(text="refund", confidence=0.8, audio=heard), number=number)
    await house.zero(number)
    await house.call(CallStage.VOICEMAIL, number=number, file=message, text="call me", confidence=0.6)
    await house.call(CallStage.ENDED, number=number, why="by_us", file=whole)
    return [heard, message, whole]


async def test_voices_are_gone_when_their_time_is_over_and_not_before(house: CallsHouse, files: LocalFiles) -> None:
    refs = await _recorded_call(house, files)
    house.clock.advance(30 * DAY_S)
    later = await _recorded_call(house, files, "+12025550123")
    sweeping = recordings(house, files)
    assert await sweeping.sweep(HOTLINE, 90) == 0
    house.clock.advance(61 * DAY_S)
    assert await sweeping.sweep(HOTLINE, 90) == 1
    assert [await _is_there(files, ref) for ref in refs] == [False, False, False]
    assert [await _is_there(files, ref) for ref in later] == [True, True, True]
    assert await sweeping.sweep(HOTLINE, 90) == 0


async def test_what_was_understood_stays(house: CallsHouse, files: LocalFiles) -> None:
    await _recorded_call(house, files)
    house.clock.advance(91 * DAY_S)
    await recordings(house, files).sweep(HOTLINE, 90)
    parts = [part for message in await house.messages() for part in message.parts]
    assert Spoken(text="refund", confidence=0.8) in parts
    assert Spoken(text="call me", confidence=0.6) in parts
    assert [part.failure for part in parts if isinstance(part, Arriving)] == ["expired", "expired"]
    assert not any(isinstance(part, File) for part in parts)
    session = await house.session()
    assert session.call is not None
    assert session.call.recording is None
    assert [one.detail for one in (await house.store.audit(action="recordings_deleted")).items] == [{"files": 3}]


async def test_a_death_between_disk_and_record_is_made_good(house: CallsHouse, files: LocalFiles) -> None:
    refs = await _recorded_call(house, files)
    house.clock.advance(91 * DAY_S)
    for ref in refs[:2]:
        assert await files.drop(ref)
    assert await recordings(house, files).sweep(HOTLINE, 90) == 1
    assert [await _is_there(files, ref) for ref in refs] == [False, False, False]


async def test_what_lies_with_others_is_not_torn_out(files: LocalFiles) -> None:
    from gateway.core.files import ToKeep

    both = await files.keep_many([ToKeep(content=word, name="a.wav", mime="audio/wav", owner="x") for word in (b"one", b"two")])
    assert await files.drop(both[0]) is False
    assert [await _is_there(files, ref) for ref in both] == [True, True]
