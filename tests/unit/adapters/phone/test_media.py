"""One call's media socket, against a peer that is written down here."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import WSMessage, WSMsgType

from adapters.phone.audio import BYTES_PER_S
from adapters.phone.driver import Digit, LineFailed, Reached, Sound
from adapters.phone.media import AHEAD_S, MediaSocket

START = "MEDIA_START connection_id:c channel:WebSocket/c channel_id:1.2 format:slin optimal_frame_size:320 ptime:20"
JSON_START = '{"event": "MEDIA_START", "format": "slin", "optimal_frame_size": 320, "ptime": 20, "channel_variables": {"A": "b"}}'
SECOND = bytes(BYTES_PER_S)


class ScriptedSocket:
    """What the peer says is put in; what it got stands in `got`."""

    def __init__(self) -> None:
        self.got: list[str | bytes] = []
        self._says: asyncio.Queue[WSMessage | None] = asyncio.Queue()

    def says(self, *what: str | bytes) -> None:
        for one in what:
            self._says.put_nowait(WSMessage(WSMsgType.TEXT if isinstance(one, str) else WSMsgType.BINARY, one, None))

    async def send_str(self, text: str) -> None:
        self.got.append(text)

    async def send_bytes(self, data: bytes) -> None:
        self.got.append(data)

    async def close(self) -> None:
        self._says.put_nowait(None)

    async def __aiter__(self) -> AsyncIterator[WSMessage]:
        while (message := await self._says.get()) is not None:
            yield message

    @property
    def texts(self) -> list[str]:
        return [one for one in self.got if isinstance(one, str)]

    @property
    def sound_bytes(self) -> int:
        return sum(len(one) for one in self.got if isinstance(one, bytes))


class Time:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Line:
    """A media socket that runs, and what it told."""

    def __init__(self) -> None:
        self.socket = ScriptedSocket()
        self.told: list[Digit | Sound | Reached] = []
        self.time = Time()
        self.media = MediaSocket(self.socket, self.told.append, now=self.time)  # type: ignore[arg-type]
        self.task = asyncio.create_task(self.media.run())

    async def settle(self) -> None:
        for _ in range(200):
            await asyncio.sleep(0)


@pytest.fixture
async def line() -> AsyncIterator[Line]:
    line = Line()
    yield line
    await line.socket.close()
    await line.task


async def test_a_piece_goes_out_whole_with_its_mark_and_is_reached_once(line: Line) -> None:
    line.media.play(SECOND, "hello")
    line.socket.says(START)
    await line.settle()
    assert line.socket.texts == ["START_MEDIA_BUFFERING", "STOP_MEDIA_BUFFERING m1", "MARK_MEDIA m1"]
    assert line.socket.sound_bytes == 16_000
    line.socket.says("MEDIA_BUFFERING_COMPLETED m1", "MEDIA_MARK_PROCESSED m1")
    await line.settle()
    assert line.told == [Reached("hello")]


async def test_who_starts_in_json_is_answered_in_json(line: Line) -> None:
    line.socket.says(JSON_START)
    line.media.play(b"\0" * 320, "a")
    await line.settle()
    assert line.socket.texts[0] == '{"command": "START_MEDIA_BUFFERING"}'
    assert line.socket.texts[-1] == '{"command": "MARK_MEDIA", "correlation_id": "m1"}'
    line.socket.says('{"event": "MEDIA_MARK_PROCESSED", "correlation_id": "m1"}', '{"event": "DTMF_END", "digit": "5"}')
    await line.settle()
    assert line.told == [Reached("a"), Digit("5")]


async def test_no_more_sound_is_out_than_the_peer_keeps(line: Line) -> None:
    line.socket.says(START)
    line.media.play(SECOND * 60, "long")
    await line.settle()
    assert AHEAD_S <= line.socket.sound_bytes / BYTES_PER_S <= AHEAD_S + 0.5
    line.time.now_s += 3
    line.socket.says("STATUS queue_length:250")
    line.media.say("GET_STATUS")
    await line.settle()
    assert AHEAD_S + 3 <= line.socket.sound_bytes / BYTES_PER_S <= AHEAD_S + 3.5


async def test_xoff_stops_the_sound_and_xon_lets_it_go_on(line: Line) -> None:
    line.socket.says(START, "MEDIA_XOFF")
    await line.settle()
    line.media.play(SECOND, "a")
    await line.settle()
    assert line.socket.sound_bytes == 0
    line.socket.says("MEDIA_XON")
    await line.settle()
    assert line.socket.sound_bytes == 16_000


async def test_a_flush_goes_out_at_once_and_tells_how_much_was_heard(line: Line) -> None:
    line.socket.says(START)
    line.media.play(SECOND * 20, "long")
    await line.settle()
    line.time.now_s += 2.5
    assert line.media.flush() == 2_500
    line.media.play(b"\0" * 320, "next")
    await line.settle()
    assert line.socket.texts[1:] == ["FLUSH_MEDIA", "START_MEDIA_BUFFERING", "STOP_MEDIA_BUFFERING m2", "MARK_MEDIA m2"]
    line.socket.says("MEDIA_MARK_PROCESSED m1", "MEDIA_MARK_PROCESSED m2")
    await line.settle()
    assert line.told == [Reached("next")]


async def test_what_was_heard_counts_from_the_last_mark_and_never_beyond_what_was_sent(line: Line) -> None:
    line.socket.says(START)
    line.media.play(SECOND, "a")
    line.media.play(SECOND, "b")
    await line.settle()
    line.time.now_s += 1.0
    line.socket.says("MEDIA_MARK_PROCESSED m1")
    await line.settle()
    line.time.now_s += 0.4
    assert line.media.flush() == 400
    assert line.media.flush() == 0
    line.media.play(SECOND, "c")
    await line.settle()
    line.time.now_s += 5
    assert line.media.flush() == 1_000


async def test_sound_is_told_only_while_somebody_listens(line: Line) -> None:
    line.socket.says(START, b"\1\0")
    await line.settle()
    line.media.listen(is_on=True)
    line.socket.says(b"\2\0")
    await line.settle()
    line.media.listen(is_on=False)
    line.socket.says(b"\3\0")
    await line.settle()
    assert line.told == [Sound(b"\2\0")]


async def test_nonsense_is_passed_over(line: Line) -> None:
    nonsense = (
        "",
        " ",
        "{",
        "[]",
        "[1]",
        "{" * 5_000,
        "DTMF_END",
        "DTMF_END digit:x",
        "DTMF_END digit:12",
        "MEDIA_MARK_PROCESSED",
        "é:" * 9_000,
    )
    line.socket.says(START, *nonsense, "DTMF_END digit:a")
    await line.settle()
    assert line.told == [Digit("A")]


async def test_the_end_of_the_socket_ends_every_wait(line: Line) -> None:
    line.media.play(SECOND, "never")
    drained = asyncio.create_task(line.media.drained(60))
    await line.settle()
    await line.socket.close()
    await line.task
    await drained
    with pytest.raises(LineFailed) as failed:
        await line.media.started(60)
    assert failed.value.code == "unreachable"


async def test_other_sound_than_ours_is_refused(line: Line) -> None:
    line.socket.says(START.replace("slin", "slin16"))
    with pytest.raises(LineFailed) as failed:
        await line.media.started(5)
    assert failed.value.code == "unable"
