"""Calls over SIP, with real packets: the worker process, its stack, and telephones that behave and that don't."""

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest
import pytest_asyncio

from adapters.phone.driver import Bridged, Digit, Hearing, Held, LineFailed, Parted, Reached, Ringing
from tests.contract.phone_lines import loud_s
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_line import SipLine, Taken, sip_line
from tests.peers.sip_sound import sine, strength

pytest.importorskip("baresip")
pytestmark = pytest.mark.asyncio(loop_scope="module")

HELLO = sine(440, 400)
KEYS = "1234567890*#ABCD11"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line() -> AsyncIterator[SipLine]:
    async with sip_line(calls_max_count=60) as line:
        yield line


@pytest_asyncio.fixture(loop_scope="module")
async def caller(line: SipLine) -> AsyncIterator[SipCaller]:
    async with SipCaller.open(line.port) as caller:
        yield caller


async def _answered(line: SipLine, caller: SipCaller) -> Taken:
    """A call that is up."""
    caller.invite()
    taken = await line.next()
    await taken.leg.answer()
    assert (await caller.answered()).status == 200
    return taken


async def test_a_call_is_answered_heard_and_ended_by_the_caller(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    incoming = taken.leg.incoming
    assert (incoming.number, incoming.dialled, incoming.name) == ("+8613800138000", "frontdesk", "客户")
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    await caller.hears(440)
    assert (await caller.hang_up()).status == 200
    ended = await taken.ended()
    assert (ended.why, ended.recording) == ("hung_up", None)
    assert ended.facts["sent_packets"] >= 15


async def test_the_sound_is_a_law_first_and_never_anything_else_than_g711(line: SipLine, caller: SipCaller) -> None:
    caller.invite(codecs="0 9 18 8 101")
    taken = await line.next()
    await taken.leg.answer()
    offer = (await caller.answered()).body
    audio = next(row for row in offer.splitlines() if row.startswith("m=audio "))
    assert set(audio.split()[3:]) <= {"8", "0", "101"}
    assert "m=video" not in offer
    await taken.leg.hangup()
    assert (await taken.ended()).why == "by_us"


async def test_every_key_is_told_once_where_it_begins(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await caller.press(KEYS, pause_s=0.03)
    await taken.sees(Digit("1"))
    await taken.until(lambda taken: len(taken.events) >= len(KEYS))
    assert taken.events == [Digit(key) for key in KEYS]
    taken.events.clear()
    caller.cseq += 1
    caller.send(caller.request("INFO", "Signal=7\r\nDuration=120\r\n"))
    await taken.sees(Digit("7"))
    await caller.hang_up()
    await taken.ended()


async def test_a_phone_that_knows_tones_alone_is_understood_and_one_with_another_way_is_told_once(line: SipLine, caller: SipCaller) -> None:
    caller.invite(codecs="8")
    taken = await line.next()
    await taken.leg.answer()
    await caller.answered()
    await taken.leg.hear(Hearing(speech=True))
    await taken.until(lambda taken: bool(taken.sound))
    caller.source = b"".join(_pressed(697, hz) + bytes(960) for hz in (1_209, 1_336)) + bytes(16_000)
    await taken.until(lambda taken: taken.events[-2:] == [Digit("1"), Digit("2")])  # a machine that stands still may lose one: again
    caller.source, caller.cseq = b"", caller.cseq + 1
    before = len(taken.events)
    caller.send(caller.request("INFO", "Signal=7\r\nDuration=120\r\n"))
    await taken.sees(Digit("7"))
    caller.source = _pressed(770, 1_336)
    since = len(taken.sound)
    await taken.until(lambda taken: strength(bytes(taken.sound[since:][-960:]), 770) > 0.5)
    assert taken.events[before:] == [Digit("7")]
    await caller.hang_up()
    await taken.ended()


def _pressed(low_hz: float, high_hz: float) -> bytes:
    deep, shrill = (np.frombuffer(sine(hz, 60), "<i2") for hz in (low_hz, high_hz))
    return bytes((deep + shrill).astype("<i2").tobytes())


async def test_keys_survive_the_loss_of_every_fifth_packet_and_of_all_their_ends(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await caller.press("147258", loses=lambda number: number % 5 == 0 or number % 8 >= 5)
    await taken.until(lambda taken: len(taken.events) >= 6)
    assert taken.events == [Digit(key) for key in "147258"]
    await caller.hang_up()
    await taken.ended()


async def test_a_caller_who_holds_us_and_comes_back_is_told_and_hears_the_rest(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await taken.play(sine(440, 200), "one")
    await taken.sees(Reached("one"))
    for mark in ("two", "three"):
        await taken.play(sine(440, 500), mark)
    assert (await caller.again("sendonly")).status == 200
    await taken.sees(Held(True))
    assert (await caller.again("sendrecv")).status == 200
    await taken.sees(Reached("three"))
    assert [event for event in taken.events if isinstance(event, Reached)] == [Reached("one"), Reached("two"), Reached("three")]
    assert [event for event in taken.events if isinstance(event, Held)] == [Held(True), Held(False)]
    async with asyncio.timeout(30):
        while loud_s(caller.heard.pcm) < 1.1:
            await asyncio.sleep(0.02)
    await caller.hang_up()
    await taken.ended()


async def test_an_agent_s_phone_is_rung_connected_and_let_go(line: SipLine, caller: SipCaller) -> None:
    async with SipCaller.open(line.port, "107") as agent:
        agent.answers_with = (180,)
        caller.source, agent.source = sine(600, 1_000), sine(1_300, 1_000)
        taken = await _answered(line, caller)
        await taken.leg.music(is_on=True)
        await taken.leg.bridge(f"sip:107@127.0.0.1:{agent.port}", 20)
        await taken.sees(Ringing())
        agent.say_about_invite(200)
        await taken.sees(Bridged())
        async with asyncio.timeout(30):
            while strength(caller.heard.pcm[-4_800:], 1_300) < 0.8 or strength(agent.heard.pcm[-4_800:], 600) < 0.8:
                await asyncio.sleep(0.05)
        await caller.press("4#")
        async with asyncio.timeout(30):
            while agent.keys != "4#":
                await asyncio.sleep(0.02)
        await taken.leg.music(is_on=True)
        async with asyncio.timeout(30):
            while strength(caller.heard.pcm[-4_800:], 1_300) > 0.2 or strength(agent.heard.pcm[-4_800:], 600) > 0.2:
                await asyncio.sleep(0.05)
        assert max(caller.heard.pcm[-4_800:]) > 0, "music"
        await taken.leg.music(is_on=False)
        async with asyncio.timeout(30):
            while strength(caller.heard.pcm[-4_800:], 1_300) < 0.8 or strength(agent.heard.pcm[-4_800:], 600) < 0.8:
                await asyncio.sleep(0.05)
        await agent.hang_up_as_called()
        await taken.sees(Parted("hung_up"))
        await taken.play(HELLO, "still ours")
        await taken.sees(Reached("still ours"))
        assert taken.events[:5] == [Ringing(), Bridged(), Digit("4"), Digit("#"), Parted("hung_up")]
        await caller.hang_up()
        await taken.ended()


async def test_a_phone_that_knows_keys_as_messages_alone_gets_them_so(line: SipLine, caller: SipCaller) -> None:
    async with SipCaller.open(line.port, "107") as agent:
        agent.codecs = "8"
        taken = await _answered(line, caller)
        await taken.leg.bridge(f"sip:107@127.0.0.1:{agent.port}", 20)
        await taken.sees(Bridged())
        await caller.press("4")
        assert "Signal=4" in (await agent.expect(lambda message: message.method == "INFO")).body
        await caller.hang_up()
        await taken.ended()


async def test_the_agent_s_phone_is_let_go_when_the_caller_hangs_up(line: SipLine, caller: SipCaller) -> None:
    async with SipCaller.open(line.port, "107") as agent:
        taken = await _answered(line, caller)
        await taken.leg.bridge(f"sip:107@127.0.0.1:{agent.port}", 20)
        await taken.sees(Bridged())
        await caller.hang_up()
        await agent.expect(lambda message: message.method == "BYE")
        assert (await taken.ended()).why == "hung_up"


async def test_nobody_may_make_us_dial(line: SipLine, caller: SipCaller) -> None:
    async with SipCaller.open(line.port, "666") as victim:
        taken = await _answered(line, caller)
        caller.cseq += 1
        caller.send(caller.request("REFER", extra=(f"Refer-To: <sip:666@127.0.0.1:{victim.port}>",)))
        notified = await caller.expect(lambda message: message.method == "NOTIFY" and "603" in message.body)
        assert notified.headers["event"].startswith("refer")
        await taken.play(HELLO, "still here")
        await taken.sees(Reached("still here"))
        assert victim.got == []
        await caller.hang_up()
        await taken.ended()


async def test_a_number_without_a_trunk_can_t_be_dialled(line: SipLine) -> None:
    with pytest.raises(LineFailed) as failed:
        await line.driver.dial("+8613800138000", caller_id="", ring_s=5)
    assert failed.value.code == "forbidden"


# What networks do


async def test_a_repeated_invite_is_one_call(line: SipLine, caller: SipCaller) -> None:
    text = caller.invite()
    for _ in range(3):
        caller.send(text)
    taken = await line.next()
    caller.send(text)
    await taken.leg.answer()
    await caller.answered()
    caller.send(text)
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    assert line.waiting_count == 0
    await caller.hang_up()
    await taken.ended()


async def test_a_lost_ack_has_the_answer_repeated(line: SipLine, caller: SipCaller) -> None:
    caller.invite()
    taken = await line.next()
    await taken.leg.answer()
    async with asyncio.timeout(30):
        while sum(message.status == 200 for message in caller.got) < 2:
            await asyncio.sleep(0.05)
    await caller.answered()
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    await caller.hang_up()
    await taken.ended()


async def test_strangers_byes_and_rubbish_are_nobody_s_call(line: SipLine, caller: SipCaller) -> None:
    caller.to_tag = "never-was"
    assert (await caller.hang_up()).status == 481
    rubbish = (
        "\0" * 50,
        "INVITE",
        "INVITE sip:x SIP/2.0\r\n\r\n",
        "SIP/2.0 200 OK\r\n\r\n",
        "ÿ" * 3_000,
        "BYE sip:x SIP/2.0\r\nVia: x\r\n\r\n",
    )
    for text in rubbish:
        caller.send(text)
    caller.to_tag = ""
    caller.cseq += 1
    taken = await _answered(line, caller)
    for text in rubbish:
        caller.send(text)
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    await caller.hang_up()
    await taken.ended()
    assert line.waiting_count == 0
    assert line.driver.health.facts["restarts"] == 0


async def test_the_old_hold_by_an_address_of_nothing_is_told_too(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    assert (await caller.again("sendrecv", host="0.0.0.0")).status == 200  # RFC 2543's; the stack itself does not tell it
    await taken.sees(Held(True))
    assert (await caller.again("inactive", host="0.0.0.0")).status == 200
    assert (await caller.again("sendrecv")).status == 200
    await taken.sees(Held(False))
    assert taken.events == [Held(True), Held(False)]
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    await caller.hears(440)
    await caller.hang_up()
    await taken.ended()


async def test_mu_law_is_taken_where_nothing_else_is_offered_and_other_codecs_are_not(line: SipLine, caller: SipCaller) -> None:
    caller.invite(codecs="0 101")
    taken = await line.next()
    await taken.leg.answer()
    assert "RTP/AVP 0 101" in (await caller.answered()).body
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    await caller.hang_up()
    await taken.ended()
    caller.begin_anew()
    assert (await caller.call(codecs="9 18")).status == 488
    assert line.waiting_count == 0


@pytest.mark.parametrize("ptime_ms", [10, 30, 40])
async def test_packets_of_other_lengths_are_understood_and_sent(line: SipLine, caller: SipCaller, ptime_ms: int) -> None:
    caller.ptime_ms, caller.source = ptime_ms, sine(600, 1_200)
    taken = await _answered(line, caller)
    await taken.leg.hear(Hearing(speech=True))
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    await taken.until(lambda taken: strength(bytes(taken.sound[-3_200:]), 600) > 0.9)
    await caller.hears(440)
    assert {len(sound) for sound in caller.heard.sound} == {8 * ptime_ms}
    await caller.hang_up()
    await taken.ended()
