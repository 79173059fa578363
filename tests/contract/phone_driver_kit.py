"""What every driver of a phone must do, asked from outside: somebody calls, listens, presses keys; an agent's phone rings.

To join: in a file `test_phone_drivers_YOURS.py` (or in `test_phone_drivers.py`) write

    class TestYours(StreamingKit):          # of phone_streaming_kit; DriverKit alone where there is no raw sound both ways
        @pytest.fixture
        async def line(self) -> AsyncIterator[Line]:
            async with YourLine() as line:
                yield line

`YourLine` keeps the protocol `Line`: it opens the driver by its `open_...`, and is everybody on the other side. The kit runs the driver
itself, and closes it. Time is the line's: `pass_time` may wait, or move a clock.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

import pytest

from adapters.phone.driver import (
    Bridged,
    Digit,
    Ended,
    Hearing,
    Leg,
    LineFailed,
    Message,
    Parted,
    Reached,
    Transferred,
)
from tests.contract.phone_lines import KEYS, NAME, NUMBER, WORDS, Call, Line, Manner, answered, loud_s, rung, taking, until


class DriverKit:
    """What every driver does."""

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
        await until(line, lambda: line.heard_s() >= 0.5, "the words")

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
        await call.leg.bridge(line.phone, 0.5 if manner == "rings" else 20.0)
        assert (await call.until(Parted)).why == why
        assert not call.all(Bridged)
        await call.say("sorry")
        await call.leg.hear(Hearing())
        await call.until(Reached)
        assert line.is_on_line()

    async def test_a_transferred_caller_is_gone_for_good(self, line: Line, call: Call) -> None:
        line.elsewhere_takes(is_taking=True)
        await call.leg.transfer(line.elsewhere)
        assert (await call.until(Ended)).why == "transferred"
        assert call.all(Transferred) == [Transferred()]

    async def test_a_transfer_that_fails_leaves_the_caller_with_us(self, line: Line, call: Call) -> None:
        line.elsewhere_takes(is_taking=False)
        await call.leg.transfer(line.elsewhere)
        await call.until(Parted)
        assert line.is_on_line()
        assert not call.all(Transferred)

    async def test_a_message_is_taken_after_the_tone_until_the_hash_key(self, line: Line, call: Call) -> None:
        before_s = line.heard_s()
        await call.leg.take_message(30.0)
        await until(line, lambda: line.heard_s() - before_s >= 0.1, "a tone")
        await line.pass_time(0.2)
        await line.say(0.5)
        await line.pass_time(0.6)
        await line.press("#")
        message = await call.until(Message)
        assert 0.5 - line.lost_max_s <= loud_s(message.pcm) <= 0.7
        assert not call.all(Digit)

    async def test_a_message_of_nothing_is_empty(self, line: Line, call: Call) -> None:
        await call.leg.take_message(0.5)
        assert (await call.until(Message)).pcm == b""

    async def test_a_message_is_kept_where_the_caller_hangs_up(self, line: Line, call: Call) -> None:
        before_s = line.heard_s()
        await call.leg.take_message(30.0)
        await until(line, lambda: line.heard_s() - before_s >= 0.1, "a tone")
        await line.pass_time(0.2)
        await line.say(0.5)
        await line.pass_time(0.6)
        await line.hang_up()
        await call.until(Ended)
        assert [type(event) for event in call.told][-2:] == [Message, Ended]
        assert 0.5 - line.lost_max_s <= loud_s(call.all(Message)[0].pcm) <= 0.7

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
        seconds = 1.0 if line.driver.abilities.raw_audio else 0.4
        await call.say("bye", seconds)
        await call.leg.hangup()
        assert (await call.until(Ended)).why == "by_us"
        await until(line, lambda: not line.is_on_line(), "the caller to be hung up on")
        assert seconds - line.lost_max_s <= line.heard_s() <= seconds + 0.1

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
        await until(line, lambda: line.agent_heard_s() >= 0.3, "the words")
        await line.agent_hangs_up()
        assert (await call.until(Ended)).why == "hung_up"
        assert isinstance(call.told[0], Bridged)
        await call.stop()

    @pytest.mark.parametrize(("manner", "why"), [("busy", "busy"), ("refuses", "refused"), ("rings", "no_answer")])
    async def test_a_call_that_we_make_and_nobody_takes_says_why(
        self, line: Line, calls: "asyncio.Queue[Call]", manner: Manner, why: str
    ) -> None:
        line.agent(manner)
        ring_s = 0.5 if manner == "rings" else 20.0
        call = Call(await line.driver.dial(line.phone, caller_id="", ring_s=ring_s), line)
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
        await call.leg.bridge(line.phone, 20.0)
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
