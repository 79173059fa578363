"""Of the worker: what its lines say, and what a call tells over its media socket."""

import asyncio
import logging
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("baresip")

from adapters.phone.audio import FRAME_BYTES, duration_ms
from adapters.phone.media_words import Word
from adapters.phone.sip import words as w
from adapters.phone.sip.driver import sorry
from adapters.phone.sip.exchange import Exchange
from adapters.phone.sip.line import Line
from adapters.phone.sip.playout import XOFF_FRAMES
from adapters.phone.sip.stack import Ears
from adapters.phone.sip.worker import Discreet
from adapters.phone.taking import is_loud


def _line_of(message: str) -> str:
    return Discreet().format(logging.LogRecord("baresip.native", logging.WARNING, "", 0, message, (), None))


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("reg: sip:frontdesk@10.0.0.2 (prio 0):\nConnection timed out [110]", "reg: [hidden] (prio 0): Connection timed out [110]"),
        ("call from +8613800138000 failed", "call from [hidden] failed"),
        ("<tel:12025550123>", "<[hidden]"),
        ("user@example.net 95588", "[hidden] [hidden]"),
        ("tcp: bind 5060: in use", "tcp: bind 5060: in use"),
    ],
)
def test_the_worker_s_lines_name_nobody(message: str, said: str) -> None:
    assert _line_of(message) == f"WARNING baresip.native: {said}"


def test_the_worker_s_lines_are_short() -> None:
    assert len(_line_of("x " * 5_000)) < 350


async def test_the_last_word_is_a_recording_in_each_language_and_a_tone_in_any_other() -> None:
    words = await sorry(("zh-CN", "en"))
    assert set(words) == {"", "zh-CN", "en"}
    assert all(duration_ms(word) >= 2_000 and is_loud(word) for word in words.values())


class Sound:
    """Takes everything at once, and has something to say."""

    def __init__(self) -> None:
        self.says = b""

    def waiting_bytes(self) -> int:
        return 0

    def write(self, pcm: bytes) -> int:
        return len(pcm)

    def read(self, max_bytes: int) -> bytes:
        said, self.says = self.says, b""
        return said

    def flush(self) -> None:
        pass


class Native:
    def __init__(self) -> None:
        self.sound = Sound()


async def _line() -> tuple[Line, Native]:
    native = Native()
    line = Line("c1", native, b"", is_ours=False)  # type: ignore[arg-type]
    line.begin()
    line.is_up = True
    return line, native


def _told(line: Line) -> list[str | bytes | None]:
    return [line.said.get_nowait() for _ in range(line.said.qsize())]


async def test_a_call_begins_with_the_form_of_its_sound() -> None:
    line, _ = await _line()
    assert _told(line) == ["MEDIA_START connection_id:c1 channel_id:c1 format:slin optimal_frame_size:320 ptime:20"]


async def test_a_gateway_that_sends_too_much_is_stopped_and_let_go_on() -> None:
    line, _ = await _line()
    _told(line)
    for _ in range(XOFF_FRAMES + 20):
        line.hear(bytes(FRAME_BYTES), lambda: None)
    line.hear(Word("MARK_MEDIA", {"correlation_id": "m1"}), lambda: None)
    assert _told(line) == ["MEDIA_XOFF"]
    for _ in range(100):
        line.tick()
    assert _told(line) == ["MEDIA_XON", "MEDIA_MARK_PROCESSED m1"]


async def test_the_last_words_end_when_the_caller_has_gone() -> None:
    line, _ = await _line()
    words = asyncio.create_task(line.say_last(bytes(FRAME_BYTES * 50 * 60)))
    await asyncio.sleep(0)
    assert line.playout.queue_frames
    line.over.set()
    async with asyncio.timeout(30):
        await words


async def test_what_was_said_before_anybody_listened_is_not_told() -> None:
    line, native = await _line()
    _told(line)
    native.sound.says = b"\1\0" * 160
    line.tick()
    line.hear(Word("SET_MEDIA_DIRECTION", {"direction": "both"}), lambda: None)
    line.tick()
    native.sound.says = b"\2\0" * 160
    line.tick()
    assert _told(line) == [b"\2\0" * 160]
    line.hear(Word("SET_MEDIA_DIRECTION", {"direction": "out"}), lambda: None)
    native.sound.says = b"\3\0" * 160
    line.tick()
    assert _told(line) == []
    assert line.is_resting


async def test_a_word_to_hang_up_is_passed_on_and_nonsense_is_not() -> None:
    line, _ = await _line()
    hung_up: list[int] = []
    for name in ("NONSENSE", "START_MEDIA_BUFFERING", "STOP_MEDIA_BUFFERING", "ANSWER", "HANGUP"):
        line.hear(Word(name), lambda: hung_up.append(1))
    assert hung_up == [1]


def test_events_of_calls_that_nobody_follows_are_forgotten_in_the_end() -> None:
    from baresip import Event, StackEvent

    ears = Ears()
    for handle in range(1, 2_000):
        ears.take(StackEvent(event=Event.CALL_CLOSED, call=handle))
    ears.take(StackEvent(event=Event.REGISTER_OK))
    assert len(ears._early) == 256


def test_whoever_follows_a_call_that_is_over_hears_so_and_is_forgotten() -> None:
    from baresip import CallState, Event, StackEvent

    ears, heard = Ears(), list[str]()
    call: Any = SimpleNamespace(handle=7, state=CallState.CLOSED, _close_reason="603 Decline")
    ears.take(StackEvent(event=Event.CALL_CLOSED, call=7, text="603 Decline"))
    for who in ("first", "second"):
        ears.follow(call, lambda event, text, who=who: heard.append(f"{who}: {event.name} {text}"))  # type: ignore[misc]
    assert heard == ["first: CALL_CLOSED 603 Decline", "second: CALL_CLOSED 603 Decline"]
    assert not ears._listeners


class QuickNative(Native):
    """Whoever is rung has answered before we have come back from ringing."""

    id = "q1"

    def follow(self, listener: Callable[[Any, str], None]) -> None:
        from baresip import Event

        listener(Event.CALL_ESTABLISHED, "")

    def sends_keys(self) -> bool:
        return True


async def test_a_call_that_is_answered_at_once_is_told_before_it_is_up() -> None:
    async def dial(target: str, caller_id: str) -> QuickNative:
        return QuickNative()

    told: list[w.Event] = []
    start = w.Start(token="", socket="", listen="127.0.0.1:5060", number="frontdesk", rtp_ports="30000-39998", folder="")
    exchange = Exchange(start, SimpleNamespace(dial=dial), told.append, frozenset)  # type: ignore[arg-type]
    await exchange.do(w.Dial(request=1, target="sip:107@127.0.0.1", caller_id="", ring_s=10.0))
    (name,) = exchange.lines
    assert told == [w.Dialled(1, call=name), w.Up(name)]
