"""What every driver of a phone must do, asked from outside: somebody calls, listens, presses keys; an agent's phone rings.

To join: in a file `test_phone_drivers_YOURS.py` (or in `test_phone_drivers.py`) write

    class TestYours(StreamingKit):          # DriverKit alone where there is no raw sound both ways
        @pytest.fixture
        async def line(self) -> AsyncIterator[Line]:
            async with YourLine() as line:
                yield line

`YourLine` keeps the protocol `Line`: it opens the driver by its `open_...`, and is everybody on the other side. The kit runs the driver
itself, and closes it. Time is the line's: `pass_time` may wait, or move a clock. What a driver can't do by its `abilities` is not asked.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal, Protocol, TypeVar

import numpy as np
import pytest

from adapters.phone.audio import BYTES_PER_S
from adapters.phone.driver import (
    Bridged,
    Digit,
    Driver,
    Ended,
    Hearing,
    Held,
    Leg,
    LegEvent,
    LineFailed,
    Message,
    Parted,
    Reached,
    Ringing,
    Sound,
    Speech,
    Transferred,
)

NUMBER, NAME = "+8613800138000", "张先生"
WORDS = "您的订单已经发出"
PATIENCE_S = 20.0
"""Of real time, for anything at all."""
QUIET = 16
LOUD = b"\x00\x30\x00\xd0"
KEYS = "1234567890*#1155"

Manner = Literal["answers", "rings", "busy", "refuses"]
E = TypeVar("E", bound=LegEvent)


def sound(seconds: float) -> bytes:
    """Something to be heard."""
    return LOUD * int(seconds * BYTES_PER_S / len(LOUD))


def loud_s(pcm: bytes) -> float:
    """How many seconds of it are not silence (which is 8, not 0, once it has been A-law)."""
    samples = np.abs(np.frombuffer(pcm[: len(pcm) // 320 * 320], "<i2").astype(np.int32)).reshape(-1, 160)
    return int((samples.max(axis=1, initial=0) > QUIET).sum()) * 0.02


class Line(Protocol):
    """A driver, and all who are on the other side of it."""

    @property
    def driver(self) -> Driver: ...

    @property
    def phone(self) -> str:
        """An agent's phone, as `bridge` and `dial` want it."""
        ...

    @property
    def elsewhere(self) -> str:
        """Where a caller may be transferred to."""
        ...

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no log may tell."""
        ...

    async def ready(self) -> bool:
        """Calls can come in."""
        ...

    async def ring(self, number: str, name: str) -> None:
        """Somebody calls."""
        ...

    def is_answered(self) -> bool: ...

    def refused_with(self) -> int | None:
        """The SIP code, or what is nearest to it, with which the call was refused or ended."""
        ...

    def is_on_line(self) -> bool:
        """The caller has not hung up, and was not hung up on."""
        ...

    def heard_s(self) -> float:
        """How many seconds that are not silence the caller has heard (words: by their length)."""
        ...

    async def press(self, keys: str) -> None: ...

    async def say(self, seconds: float) -> None:
        """The caller speaks, and has begun when this returns."""
        ...

    async def hold(self, *, is_on: bool) -> None: ...

    async def hang_up(self) -> None: ...

    def agent(self, manner: Manner) -> None:
        """What the agent's phone does when it rings."""
        ...

    async def agent_says(self, seconds: float) -> None: ...

    def agent_heard_s(self) -> float: ...

    async def agent_hangs_up(self) -> None: ...

    def elsewhere_takes(self, *, is_taking: bool) -> None:
        """What becomes of a caller who is transferred."""
        ...

    async def lose(self) -> None:
        """What carries the calls dies."""
        ...

    async def pass_time(self, seconds: float) -> None: ...

    def left_behind(self) -> list[str]:
        """What should not be there any more once the driver is closed."""
        ...


class Call:
    """A leg, and all that it has told."""

    def __init__(self, leg: Leg, line: Line) -> None:
        self.leg = leg
        self.line = line
        self.events: list[LegEvent] = []
        self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        async for event in self.leg.events():
            self.events.append(event)

    async def followed(self) -> None:
        """Until it is over."""
        await asyncio.wait({self._task})

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[E], count: int = 1) -> E:
        """The event, once it has come so often."""
        await until(self.line, lambda: len(self.all(kind)) >= count, f"{kind.__name__}, got {self.told}")
        return self.all(kind)[count - 1]

    @property
    def told(self) -> list[LegEvent]:
        return [event for event in self.events if not isinstance(event, Sound)]

    async def say(self, mark: str, seconds: float = 0.2) -> None:
        await self.leg.play(speech(self.line, seconds), mark)

    async def stop(self) -> None:
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task


def speech(line: Line, seconds: float) -> Speech:
    return Speech(text=WORDS, language="zh-CN", pcm=sound(seconds) if line.driver.abilities.raw_audio else None)


async def until(line: Line, holds: Callable[[], bool], what: str) -> None:
    """Time passes until it is so."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not holds():
                await line.pass_time(0.02)
    except TimeoutError:
        raise AssertionError(f"expected {what}") from None


@asynccontextmanager
async def taking(line: Line) -> AsyncIterator[asyncio.Queue[Call]]:
    """The driver runs; its calls come here, and are followed until they are over."""
    queue: asyncio.Queue[Call] = asyncio.Queue()
    made: list[Call] = []

    async def take(leg: Leg) -> None:
        call = Call(leg, line)
        made.append(call)
        queue.put_nowait(call)
        await call.followed()

    running = asyncio.create_task(line.driver.run(take))
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not await line.ready():
                await line.pass_time(0.02)
                await asyncio.sleep(0.001)
        yield queue
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await line.driver.close()
        for call in made:
            await call.stop()


async def rung(line: Line, calls: "asyncio.Queue[Call]") -> Call:
    """Somebody calls, and nobody has answered yet."""
    await line.ring(NUMBER, NAME)
    await until(line, lambda: not calls.empty(), "a call")
    return calls.get_nowait()


async def answered(line: Line, calls: "asyncio.Queue[Call]") -> Call:
    """Somebody has called, and was answered."""
    call = await rung(line, calls)
    await call.leg.answer()
    await until(line, line.is_answered, "the call to be answered")
    return call


class DriverKit:
    """What every driver does."""

    @pytest.fixture
    async def line(self) -> AsyncIterator[Line]:
        raise NotImplementedError
        yield  # noqa: PT022 (what makes it a generator)

    @pytest.fixture
    async def calls(self, line: Line) -> AsyncIterator[asyncio.Queue[Call]]:
        async with taking(line) as queue:
            yield queue

    @pytest.fixture
    async def call(self, line: Line, calls: "asyncio.Queue[Call]") -> Call:
        return await answered(line, calls)

    async def test_a_call_says_who_calls_whom(self, line: Line, calls: "asyncio.Queue[Call]") -> None:
        incoming = (await rung(line, calls)).leg.incoming
        assert incoming.call
        assert incoming.number.removeprefix("+") == NUMBER.removeprefix("+")
        assert incoming.name in (NAME, "")
        assert incoming.dialled

    async def test_what_is_said_is_heard_mark_by_mark_in_order(self, line: Line, call: Call) -> None:
        for mark in ("a", "b", "c"):
            await call.say(mark)
        await call.leg.hear(Hearing())
        await call.until(Reached, 3)
        assert [event.mark for event in call.all(Reached)] == ["a", "b", "c"]
        assert line.heard_s() >= 0.5

    async def test_keys_come_in_order_none_lost_and_none_twice(self, line: Line, call: Call) -> None:
        await call.leg.hear(Hearing(keys_max_count=len(KEYS)))
        await line.press(KEYS)
        await call.until(Digit, len(KEYS))
        await line.pass_time(0.1)
        assert "".join(event.digit for event in call.all(Digit)) == KEYS

    async def test_an_agents_phone_rings_and_is_connected_and_the_caller_is_ours_again_behind_it(self, line: Line, call: Call) -> None:
        line.agent("answers")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Bridged)
        await line.agent_hangs_up()
        assert (await call.until(Parted)).why == "hung_up"
        await call.say("still there")
        await call.leg.hear(Hearing())
        await call.until(Reached)
        assert line.is_on_line()

    @pytest.mark.parametrize(("manner", "why"), [("busy", "busy"), ("refuses", "refused"), ("rings", "no_answer")])
    async def test_an_agent_who_does_not_come_leaves_the_caller_with_us(self, line: Line, call: Call, manner: Manner, why: str) -> None:
        line.agent(manner)
        await call.leg.bridge(line.phone, 0.5)
        assert (await call.until(Parted)).why == why
        assert not call.all(Bridged)
        await call.say("sorry")
        await call.leg.hear(Hearing())
        await call.until(Reached)
        assert line.is_on_line()

    async def test_a_transferred_caller_is_gone_for_good(self, line: Line, call: Call) -> None:
        if not line.driver.abilities.transfer:
            pytest.skip("it can't")
        line.elsewhere_takes(is_taking=True)
        await call.leg.transfer(line.elsewhere)
        assert (await call.until(Ended)).why == "transferred"
        assert call.all(Transferred) == [Transferred()]

    async def test_a_transfer_that_fails_leaves_the_caller_with_us(self, line: Line, call: Call) -> None:
        if not line.driver.abilities.transfer:
            pytest.skip("it can't")
        line.elsewhere_takes(is_taking=False)
        await call.leg.transfer(line.elsewhere)
        await call.until(Parted)
        assert line.is_on_line()
        assert not call.all(Transferred)

    async def test_a_message_is_taken_after_the_tone_until_the_hash_key(self, line: Line, call: Call) -> None:
        before_s = line.heard_s()
        await call.leg.take_message(30.0)
        await until(line, lambda: line.heard_s() - before_s >= 0.2, "a tone")
        await line.pass_time(0.2)
        await line.say(0.5)
        await line.pass_time(0.6)
        await line.press("#")
        message = await call.until(Message)
        assert loud_s(message.pcm) == pytest.approx(0.5, abs=0.2)
        assert not call.all(Digit)

    async def test_a_message_of_nothing_is_empty(self, line: Line, call: Call) -> None:
        await call.leg.take_message(0.5)
        assert (await call.until(Message)).pcm == b""

    async def test_a_message_is_kept_where_the_caller_hangs_up(self, line: Line, call: Call) -> None:
        before_s = line.heard_s()
        await call.leg.take_message(30.0)
        await until(line, lambda: line.heard_s() - before_s >= 0.2, "a tone")
        await line.pass_time(0.2)
        await line.say(0.5)
        await line.pass_time(0.6)
        await line.hang_up()
        await call.until(Ended)
        assert [type(event) for event in call.told][-2:] == [Message, Ended]
        assert loud_s(call.all(Message)[0].pcm) == pytest.approx(0.5, abs=0.2)

    @pytest.mark.parametrize("code", [486, 503, 603])
    async def test_a_refused_call_is_over_at_once(self, line: Line, calls: "asyncio.Queue[Call]", code: int) -> None:
        call = await rung(line, calls)
        await call.leg.reject(code)
        await call.until(Ended)
        await until(line, lambda: line.refused_with() is not None, "a refusal")
        assert not line.is_answered()
        assert not line.is_on_line()

    async def test_a_caller_who_hangs_up_ends_it_once(self, line: Line, call: Call) -> None:
        await line.hang_up()
        assert (await call.until(Ended)).why == "hung_up"
        await line.pass_time(0.2)
        assert len(call.all(Ended)) == 1

    async def test_a_caller_may_hang_up_before_the_answer(self, line: Line, calls: "asyncio.Queue[Call]") -> None:
        call = await rung(line, calls)
        await line.hang_up()
        assert (await call.until(Ended)).why == "hung_up"
        await call.leg.answer()
        assert not line.is_answered()

    async def test_we_hang_up_behind_our_last_words(self, line: Line, call: Call) -> None:
        await call.say("bye", 0.4)
        await call.leg.hangup()
        assert (await call.until(Ended)).why == "by_us"
        assert line.heard_s() == pytest.approx(0.4, abs=0.1)
        await until(line, lambda: not line.is_on_line(), "the caller to be hung up on")

    async def test_both_may_hang_up_at_once(self, line: Line, call: Call) -> None:
        await asyncio.gather(call.leg.hangup(), line.hang_up())
        await call.until(Ended)
        await line.pass_time(0.2)
        assert len(call.all(Ended)) == 1

    async def test_commands_behind_the_end_do_nothing(self, line: Line, call: Call) -> None:
        await line.hang_up()
        await call.until(Ended)
        await every_command(call, line)
        await line.pass_time(0.1)
        assert isinstance(call.events[-1], Ended)

    async def test_a_call_may_be_over_when_nobody_has_answered_it(self, line: Line, calls: "asyncio.Queue[Call]") -> None:
        call = await rung(line, calls)
        await call.leg.hangup()
        await call.until(Ended)
        await until(line, lambda: not line.is_on_line(), "the caller to be hung up on")

    async def test_a_call_that_we_make_is_taken(self, line: Line, calls: "asyncio.Queue[Call]") -> None:
        line.agent("answers")
        call = Call(await line.driver.dial(line.phone, caller_id="+12025550123", ring_s=10.0), line)
        await call.until(Bridged)
        await call.say("hello", 0.4)
        await call.leg.hear(Hearing())
        await call.until(Reached)
        assert line.agent_heard_s() >= 0.3
        await line.agent_hangs_up()
        assert (await call.until(Ended)).why == "hung_up"
        assert isinstance(call.told[0], Bridged)
        await call.stop()

    @pytest.mark.parametrize(("manner", "why"), [("busy", "busy"), ("refuses", "refused"), ("rings", "no_answer")])
    async def test_a_call_that_we_make_and_nobody_takes_says_why(
        self, line: Line, calls: "asyncio.Queue[Call]", manner: Manner, why: str
    ) -> None:
        line.agent(manner)
        call = Call(await line.driver.dial(line.phone, caller_id="", ring_s=0.5), line)
        assert (await call.until(Ended)).why == why
        assert [type(event) for event in call.told] == [Ended]
        await call.stop()

    async def test_what_carries_calls_may_die(self, line: Line, call: Call) -> None:
        await line.lose()
        assert (await call.until(Ended)).why == "lost"

    async def test_logs_tell_no_number_no_word_and_no_secret(
        self, line: Line, calls: "asyncio.Queue[Call]", caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        call = await rung(line, calls)
        await call.leg.answer()
        await call.say("a")
        await call.leg.hear(Hearing(keys_max_count=4))
        await line.press("8352")
        await call.until(Digit, 4)
        line.agent("refuses")
        await call.leg.bridge(line.phone, 0.5)
        await call.until(Parted)
        with contextlib.suppress(LineFailed):
            await call.leg.transfer("nowhere at all")
        await call.leg.hangup()
        await call.until(Ended)
        told = caplog.text + repr(call.leg) + repr(line.driver)
        assert line.secrets
        for secret in (*line.secrets, NUMBER, NUMBER.removeprefix("+"), NAME, WORDS, "8352"):
            assert secret not in told

    async def test_nothing_stays_behind_a_stop(self, line: Line) -> None:
        calls: asyncio.Queue[Call] = asyncio.Queue()

        async def take(leg: Leg) -> None:
            call = Call(leg, line)
            calls.put_nowait(call)
            try:
                await leg.answer()
                await asyncio.Event().wait()
            finally:
                await call.stop()

        before = asyncio.all_tasks()
        running = asyncio.create_task(line.driver.run(take))
        while not await line.ready():
            await line.pass_time(0.02)
            await asyncio.sleep(0.001)
        await line.ring(NUMBER, NAME)
        await until(line, line.is_answered, "the call to be answered")
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
        await line.driver.close()
        await until(line, lambda: not line.is_on_line() and not line.left_behind(), "everything to be gone")
        await until(line, lambda: not ours(asyncio.all_tasks() - before), "no task of the driver's")


class StreamingKit(DriverKit):
    """What drivers with raw sound both ways do as well."""

    async def test_silence_is_there_at_once_and_says_what_was_heard(self, line: Line, call: Call) -> None:
        await call.say("a", 3.0)
        await call.say("b", 3.0)
        await until(line, lambda: line.heard_s() >= 0.5, "the first words")
        heard_s = line.heard_s()
        heard_ms = await call.leg.flush()
        await line.pass_time(0.5)
        assert line.heard_s() - heard_s <= 0.2
        assert heard_ms == pytest.approx(heard_s * 1_000, abs=200)
        assert not call.all(Reached)
        await call.say("c")
        await call.until(Reached)
        assert call.all(Reached) == [Reached("c")]

    async def test_silence_counts_from_the_last_mark(self, line: Line, call: Call) -> None:
        await call.say("a", 0.4)
        await call.say("b", 3.0)
        await call.until(Reached)
        await until(line, lambda: line.heard_s() >= 0.9, "more words")
        assert await call.leg.flush() == pytest.approx((line.heard_s() - 0.4) * 1_000, abs=200)

    async def test_silence_where_nothing_is_said_is_nothing(self, line: Line, call: Call) -> None:
        assert await call.leg.flush() == 0

    async def test_what_the_caller_says_is_heard_where_it_is_asked_for(self, line: Line, call: Call) -> None:
        await line.say(0.3)
        await line.pass_time(0.5)
        assert not call.all(Sound)
        await call.leg.hear(Hearing(speech=True))
        await line.pass_time(0.1)
        await line.say(0.5)
        await until(line, lambda: loud_s(b"".join(event.pcm for event in call.all(Sound))) >= 0.4, "half a second of speech")
        await call.leg.hear(None)
        await line.pass_time(0.1)
        count = len(call.all(Sound))
        await line.say(0.3)
        await line.pass_time(0.3)
        assert len(call.all(Sound)) == count

    async def test_a_hold_is_told_and_its_end(self, line: Line, call: Call) -> None:
        await line.hold(is_on=True)
        assert (await call.until(Held)).is_on
        await line.hold(is_on=False)
        assert not (await call.until(Held, 2)).is_on
        assert len(call.all(Held)) == 2

    async def test_music_goes_on_until_it_is_stopped_and_lets_words_through(self, line: Line, call: Call) -> None:
        await call.leg.music(is_on=True)
        await until(line, lambda: line.heard_s() >= 0.6, "music")
        await call.say("you are the second", 0.4)
        await call.until(Reached)
        heard_s = line.heard_s()
        await until(line, lambda: line.heard_s() - heard_s >= 0.4, "music again")
        await call.leg.music(is_on=False)
        await line.pass_time(0.3)
        heard_s = line.heard_s()
        await line.pass_time(0.4)
        assert line.heard_s() - heard_s <= 0.1

    async def test_an_agent_and_the_caller_hear_each_other_and_no_music(self, line: Line, call: Call) -> None:
        await call.leg.music(is_on=True)
        line.agent("answers")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Bridged)
        assert [type(event) for event in call.told] in ([Ringing, Bridged], [Bridged])
        await line.pass_time(0.4)
        heard_s, agent_s = line.heard_s(), line.agent_heard_s()
        await line.pass_time(0.3)
        assert line.heard_s() - heard_s <= 0.1
        await line.agent_says(0.3)
        await until(line, lambda: line.heard_s() - heard_s >= 0.2, "the agent's words")
        await line.say(0.3)
        await until(line, lambda: line.agent_heard_s() - agent_s >= 0.2, "the caller's words")

    async def test_music_is_the_hold_of_an_agent_and_over_those_who_talk_nothing_is_said(self, line: Line, call: Call) -> None:
        line.agent("answers")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Bridged)
        await line.pass_time(0.1)
        heard_s = line.heard_s()
        await call.say("over them", 0.2)
        await line.pass_time(0.3)
        assert line.heard_s() - heard_s <= 0.1
        await call.leg.music(is_on=True)
        await call.say("one moment", 0.2)
        await call.until(Reached)
        assert call.all(Reached) == [Reached("one moment")]
        heard_s, agent_s = line.heard_s(), line.agent_heard_s()
        await line.say(0.3)
        await until(line, lambda: line.heard_s() - heard_s >= 0.4, "music")
        assert line.agent_heard_s() == agent_s
        await call.leg.music(is_on=False)
        await line.pass_time(0.3)
        heard_s, agent_s = line.heard_s(), line.agent_heard_s()
        await line.say(0.3)
        await line.agent_says(0.3)
        await until(line, lambda: line.heard_s() - heard_s >= 0.2 and line.agent_heard_s() - agent_s >= 0.2, "both to be heard")
        await call.leg.music(is_on=True)
        await line.agent_hangs_up()
        assert (await call.until(Parted)).why == "hung_up"
        heard_s = line.heard_s()
        await until(line, lambda: line.heard_s() - heard_s >= 0.3, "music still")

    async def test_an_agent_may_be_let_go_of(self, line: Line, call: Call) -> None:
        line.agent("answers")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Bridged)
        await call.leg.part()
        assert (await call.until(Parted)).why == "hung_up"
        assert line.is_on_line()
        line.agent("rings")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Ringing, len(call.all(Ringing)) + 1)
        await call.leg.part()
        await call.until(Parted, 2)
        assert line.is_on_line()

    async def test_a_call_is_recorded_on_both_sides_where_that_is_asked_for(self, line: Line, call: Call) -> None:
        await call.leg.record(is_on=True)
        await call.say("a", 0.3)
        await call.until(Reached)
        await line.say(0.3)
        await line.pass_time(0.5)
        await call.leg.record(is_on=False)
        await line.pass_time(0.1)
        await call.say("b", 0.5)
        await call.until(Reached, 2)
        await line.hang_up()
        recording = (await call.until(Ended)).recording
        assert recording is not None
        assert loud_s(recording) == pytest.approx(0.6, abs=0.2)

    async def test_a_call_without_recording_has_none(self, line: Line, call: Call) -> None:
        await line.hang_up()
        assert (await call.until(Ended)).recording is None


async def every_command(call: Call, line: Line) -> None:
    leg = call.leg
    await leg.answer()
    await leg.reject(486)
    await call.say("late")
    await leg.flush()
    await leg.hear(Hearing(speech=True))
    await leg.music(is_on=True)
    await leg.take_message(5.0)
    await leg.record(is_on=True)
    await leg.bridge(line.phone, 5.0)
    await leg.part()
    await leg.transfer(line.elsewhere)
    await leg.hangup()


def ours(tasks: "set[asyncio.Task[object]]") -> list[str]:
    """Those that run code of the phone's."""
    codes = [getattr(task.get_coro(), "cr_code", None) for task in tasks if not task.done()]
    return [code.co_qualname for code in codes if code is not None and "adapters/phone" in code.co_filename]
