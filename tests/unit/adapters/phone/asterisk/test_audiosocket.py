"""AudioSocket's framing, and who may connect."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import pytest

from adapters.phone.asterisk import audiosocket
from adapters.phone.asterisk.audiosocket import AudioSockets, AudioStream, frame, read_frame
from adapters.phone.driver import Digit, Reached, Sound
from tests.peers.asterisk import Pace

CALL = uuid.UUID("6ba7b810-9dad-11d1-80b4-00c04fd430c8")
LOUD = b"\1\0" * 160


@pytest.fixture
async def sockets() -> AsyncIterator[AudioSockets]:
    opened = AudioSockets("127.0.0.1:0")
    await opened.open()
    yield opened
    await opened.close()


async def connect(sockets: AudioSockets, *first: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, _, port = sockets.address.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.writelines(first)
    return reader, writer


async def hung_up_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    try:
        async with asyncio.timeout(30):
            return await reader.read(1) == b""
    except ConnectionError:
        return True
    finally:
        writer.close()


def test_a_frame_is_a_kind_a_length_and_what_it_carries() -> None:
    assert frame(0x10, b"\1\2") == b"\x10\x00\x02\x01\x02"
    assert frame(0x00) == b"\x00\x00\x00"
    assert frame(0x01, CALL.bytes)[:3] == b"\x01\x00\x10"


async def test_only_a_call_that_was_asked_for_is_let_in(sockets: AudioSockets) -> None:
    expected = sockets.expect(CALL)
    for first in (frame(0x01, uuid.uuid4().bytes), frame(0x10, LOUD), frame(0x01, b"short"), b"GET / HTTP/1.1\r\n\r\n" + b"x" * 20_000):
        assert await hung_up_on(*await connect(sockets, first))
    assert not expected.done()
    _, writer = await connect(sockets, frame(0x01, CALL.bytes))
    async with asyncio.timeout(30):
        await expected
    assert await hung_up_on(*await connect(sockets, frame(0x01, CALL.bytes)))  # once only
    writer.close()
    expected.result()[1].close()


async def test_who_says_nothing_is_hung_up_on(sockets: AudioSockets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiosocket, "FIRST_WORD_S", 0.01)
    assert await hung_up_on(*await connect(sockets))


async def test_too_many_strangers_are_turned_away(sockets: AudioSockets, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audiosocket, "STRANGERS_MAX_COUNT", 0)
    assert await hung_up_on(*await connect(sockets))


class Wire:
    """A stream, and the Asterisk at its other end."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.told: list[Digit | Sound | Reached] = []
        self.got = 0

    async def open(self, sockets: AudioSockets) -> None:
        expected = sockets.expect(CALL)
        self.reader, self.writer = await connect(sockets, frame(0x01, CALL.bytes))
        self.stream = AudioStream(*await expected, self.told.append, now=self.pace.now, sleep=self.pace.sleep)
        self.running = asyncio.create_task(self.stream.run())
        self.counting = asyncio.create_task(self._count())

    async def _count(self) -> None:
        while True:
            kind, payload = await read_frame(self.reader)
            assert (kind, len(payload)) == (0x10, 320)
            self.got += 1

    async def until(self, count: int) -> None:
        async with asyncio.timeout(30):
            while self.got < count:
                await asyncio.sleep(0)


@pytest.fixture
async def wire(sockets: AudioSockets) -> AsyncIterator[Wire]:
    made = Wire(Pace())
    await made.open(sockets)
    yield made
    made.counting.cancel()
    made.writer.close()
    await asyncio.wait({made.running, made.counting})


async def test_sound_is_never_more_than_three_frames_ahead_of_its_time(wire: Wire) -> None:
    wire.stream.play(LOUD * 20, "a")
    await wire.until(3)
    for count in range(4, 21):
        await wire.pace.advance(0.02)
        await wire.until(count)
        assert wire.got == count
    assert wire.told == []
    await wire.pace.advance(0.06)
    assert wire.told == [Reached("a")]


async def test_time_that_was_lost_is_not_made_up_for_by_a_burst(wire: Wire) -> None:
    wire.stream.play(LOUD * 100, "a")
    await wire.until(3)
    wire.pace.stand_still(1.0)
    await wire.pace.advance(0.02)
    await wire.until(6)
    await asyncio.sleep(0)
    assert wire.got <= 8


async def test_silence_is_there_at_once_and_says_what_was_heard(wire: Wire) -> None:
    wire.stream.play(LOUD * 100, "a")
    await wire.until(3)
    await wire.pace.advance(1.0)
    await wire.until(53)
    assert wire.stream.flush() == 1_000
    assert wire.stream.waiting_ms == 0
    await wire.pace.advance(0.5)
    assert wire.got == 53
    assert wire.told == []


async def test_a_hangup_of_the_asterisks_ends_the_stream(wire: Wire) -> None:
    wire.stream.listen(is_on=True)
    wire.writer.writelines((frame(0x10, LOUD), frame(0x03, b"5"), frame(0x03, b"?"), frame(0x77, b"new"), frame(0xFF, b"\1")))
    async with asyncio.timeout(30):
        await wire.running
    assert wire.told == [Sound(LOUD), Digit("5")]
