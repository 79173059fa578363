"""Callers behind an Asterisk and their agents, who come and go otherwise than they should; and everything at once."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from adapters.phone.driver import Digit, Ended, LineFailed, Parted, Ringing, Transferred
from tests.contract.asterisk_line import AsteriskLine
from tests.contract.phone_lines import Call, loud_s, speech
from tests.integration.asterisk_running import Running, caller_of, sockets_of, talking
from tests.peers.asterisk.exchange import Channel


@pytest.fixture
async def line() -> AsyncIterator[AsteriskLine]:
    async with AsteriskLine() as line:
        yield line


@pytest.fixture
async def running(line: AsteriskLine) -> AsyncIterator[Running]:
    made = Running(line, line.driver)
    await made.up()
    yield made
    await made.stop()


async def test_an_agents_phone_shows_who_calls(line: AsteriskLine, running: Running) -> None:
    call = await running.answered(number='+86"138<00>1')
    await call.leg.bridge(line.phone, 20.0)
    await call.until(Ringing)
    assert line.agents_phone.shown == "+86138001"


async def test_a_phone_that_is_not_there_is_unreachable(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    line.agents_phone.manner = "unregistered"
    for target in (line.phone, "PJSIP/999", "+8613800138000"):
        await call.leg.bridge(target, 20.0)
    await call.until(Parted, 3)
    assert {event.why for event in call.all(Parted)} == {"unreachable"}


async def test_a_second_colleague_at_once_is_refused(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    await call.leg.bridge(line.phone, 20.0)
    with pytest.raises(LineFailed):
        await call.leg.bridge(line.phone, 20.0)
    assert line.agents_phone.rings_count <= 1


async def test_a_phone_of_which_nothing_is_ever_told_is_given_up(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    line.agents_phone.manner = "silent"
    line.agents_phone.give_up = lambda: None  # type: ignore[method-assign]
    await call.leg.bridge(line.phone, 2.0)
    assert (await call.until(Parted)).why == "no_answer"
    assert line.is_on_line()


async def test_an_agent_who_holds_is_not_heard_and_comes_back(line: AsteriskLine, running: Running) -> None:
    call = await talking(line, running)
    heard_s = line.agent_heard_s()
    await call.leg.music(is_on=True)
    await line.say(0.5)
    await line.pass_time(1.0)
    assert line.agent_heard_s() == heard_s
    assert line.heard_s() >= 0.5, "music"
    await call.leg.music(is_on=False)
    await call.leg.music(is_on=False)
    await line.say(0.5)
    await running.until(lambda: line.agent_heard_s() - heard_s >= 0.4, "the caller to be heard again")


async def test_an_agents_line_that_breaks_is_no_hanging_up(line: AsteriskLine, running: Running) -> None:
    call = await talking(line, running)
    line.agents_phone.hang_up(41)
    assert (await call.until(Parted)).why == "broke"
    assert line.is_on_line()


async def test_an_agents_keys_are_not_the_callers(line: AsteriskLine, running: Running) -> None:
    call = await talking(line, running)
    assert line.agents_phone.channel is not None
    line.asterisk.exchange.press(line.agents_phone.channel, "5")
    await line.pass_time(0.1)
    await line.press("7")
    await call.until(Digit)
    assert call.all(Digit) == [Digit("7")]


async def test_an_agents_phone_may_send_the_caller_elsewhere(line: AsteriskLine, running: Running) -> None:
    call = await talking(line, running)
    line.agents_phone.send_elsewhere(caller_of(line))
    assert (await call.until(Ended)).why == "transferred"
    assert call.all(Transferred) == [Transferred()]
    await line.pass_time(0.2)
    assert line.is_on_line(), "with whoever they were sent to"
    assert line.left_behind() == [caller_of(line).channel.id]


async def test_an_agents_phone_may_put_the_caller_through(line: AsteriskLine, running: Running) -> None:
    call = await talking(line, running)
    other = line.asterisk.phone("PJSIP/108")
    line.agents_phone.put_through(other)
    await line.pass_time(0.2)
    assert not call.all(Parted)
    await line.say(0.5)
    await running.until(lambda: loud_s(bytes(other.heard)) >= 0.4, "the caller's words at the other phone")
    other.hang_up()
    assert (await call.until(Parted)).why == "hung_up"


async def test_an_agent_who_cannot_be_connected_leaves_the_caller_with_us(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    line.asterisk.refuses["addChannel"] = (409, "Channel currently recording")
    line.agent("answers")
    await call.leg.bridge(line.phone, 20.0)
    assert (await call.until(Parted)).why == "broke"
    assert not line.agents_phone.is_talking


async def test_a_phone_that_is_rung_for_a_caller_who_is_gone_rings_no_more(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    ringing = asyncio.ensure_future(call.leg.bridge(line.phone, 20.0))
    while not any(asked.endswith(".agent") for asked in line.asterisk.requests):
        await asyncio.sleep(0)
    await line.hang_up()
    await call.until(Ended)
    await ringing
    await running.until(lambda: line.agents_phone.channel is None and not line.left_behind(), "nobody to be rung")


async def test_a_channel_of_ours_that_nobody_waits_for_is_hung_up(line: AsteriskLine, running: Running) -> None:
    channel = Channel("frontdesk.0123456789abcdef.agent", "PJSIP/107-1", line.agents_phone, state="Up", app="frontdesk")
    line.asterisk.exchange.add(channel)
    line.asterisk.exchange.enter(channel, "frontdesk", ("agent",))
    await running.until(lambda: not line.left_behind(), "it to be gone")
    assert running.calls == []


async def test_a_call_that_cannot_be_made_is_said(line: AsteriskLine, running: Running) -> None:
    for target in ("+8613800138000", "PJSIP/999"):
        with pytest.raises(LineFailed):
            await running.driver.dial(target, caller_id="", ring_s=5.0)
    await line.asterisk.drop_events()
    await running.until(lambda: not running.driver.is_up, "the events to be away")
    with pytest.raises(LineFailed) as failed:
        await running.driver.dial(line.phone, caller_id="", ring_s=5.0)
    assert failed.value.code == "unreachable"


async def test_words_that_are_too_long_are_refused(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    with pytest.raises(LineFailed):
        await call.leg.play(speech(line, 1_201.0), "a")


# Everything at once


def deeds_of(line: AsteriskLine, call: Call) -> list[Callable[[], Awaitable[object]]]:
    """All that may happen to a call."""
    leg, asterisk, phone = call.leg, line.asterisk, line.agents_phone

    async def agent() -> None:
        if phone.is_ringing:
            phone.answer()
        else:
            phone.hang_up()

    async def break_sound() -> None:
        for end in sockets_of(asterisk):
            await end.close()

    return [
        leg.answer, lambda: call.say("a", 0.3), leg.flush, lambda: leg.music(is_on=True), lambda: leg.music(is_on=False),
        lambda: leg.take_message(2.0), lambda: leg.record(is_on=True), lambda: leg.record(is_on=False), leg.part, agent, agent, break_sound,
        asterisk.drop_events, lambda: line.press("1#"), lambda: leg.bridge(line.phone, 2.0), lambda: leg.bridge(line.phone, 2.0),
        lambda: leg.transfer("PJSIP/200"), lambda: line.pass_time(0.3),
    ]  # fmt: skip


async def muddle(line: AsteriskLine, running: Running, chance: random.Random) -> None:
    """One call in which anything happens at any time, to its end."""
    call = await running.rung()
    leg, deeds = call.leg, deeds_of(line, call)
    doing: list[asyncio.Future[object]] = [asyncio.ensure_future(leg.answer())]
    for _ in range(chance.randrange(1, 12)):
        line.agent(chance.choice(("answers", "rings", "busy", "refuses")))
        doing.append(asyncio.ensure_future(chance.choice(deeds)()))
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        if chance.random() < 0.4:
            await line.pass_time(chance.choice((0.02, 0.2)))
    if chance.random() < 0.5:
        await line.hang_up()
    elif chance.random() < 0.5:
        await leg.hangup()
    else:
        await asyncio.gather(leg.hangup(), line.hang_up())
    await call.until(Ended)
    for outcome in await asyncio.gather(*doing, return_exceptions=True):
        assert outcome is None or isinstance(outcome, int | LineFailed), outcome
    assert len(call.all(Ended)) == 1
    assert isinstance(call.events[-1], Ended)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_happens_a_call_ends_once_and_leaves_nothing(
    line: AsteriskLine, running: Running, caplog: pytest.LogCaptureFixture, seed: int
) -> None:
    chance = random.Random(seed)
    for _ in range(12):
        await running.up()
        await muddle(line, running, chance)
        line.agents_phone.hang_up()
    await running.until(lambda: running.driver.is_up and not line.left_behind(), "nothing to be left")
    assert [record.message for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")] == []
    assert running.driver._legs == {}
