"""Calls over SIP, with real packets: the worker process, its stack, and telephones that behave and that don't."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.phone.audio import duration_ms
from adapters.phone.driver import Bridged, Digit, Ended, Hearing, Held, LineFailed, Message, Parted, Reached, Ringing, Transferred
from tests.peers.sip_caller import SipCaller, sine, strength
from tests.peers.sip_line import SipLine, Taken, sip_line

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
    assert strength(caller.heard.pcm[: 2 * 8 * 400], 440) > 0.9
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


async def test_what_the_caller_says_is_heard_only_when_asked_for(line: SipLine, caller: SipCaller) -> None:
    caller.source = sine(700, 1_000)
    taken = await _answered(line, caller)
    await taken.play(HELLO, "a")
    await taken.sees(Reached("a"))
    assert not taken.sound
    await taken.leg.hear(Hearing(speech=True))
    await taken.until(lambda taken: duration_ms(bytes(taken.sound)) >= 400)
    assert strength(bytes(taken.sound[-4_800:]), 700) > 0.9
    await taken.leg.hear(None)
    await caller.hang_up()
    await taken.ended()


async def test_every_key_is_told_once_where_it_begins(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await caller.press(KEYS)
    await taken.sees(Digit("1"))
    await taken.until(lambda taken: len(taken.events) >= len(KEYS))
    assert taken.events == [Digit(key) for key in KEYS]
    taken.events.clear()
    caller.cseq += 1
    caller.send(caller.request("INFO", "Signal=7\r\nDuration=120\r\n"))
    await taken.sees(Digit("7"))
    await caller.hang_up()
    await taken.ended()


async def test_keys_survive_the_loss_of_every_fifth_packet_and_of_all_their_ends(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await caller.press("147258", loses=lambda number: number % 5 == 0 or number % 8 >= 5)
    await taken.until(lambda taken: len(taken.events) >= 6)
    assert taken.events == [Digit(key) for key in "147258"]
    await caller.hang_up()
    await taken.ended()


async def test_silence_comes_at_once_when_it_is_wanted_and_speech_goes_on_behind_it(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await taken.play(sine(440, 8_000), "long")
    async with asyncio.timeout(10):
        while strength(caller.heard.pcm[-3_200:], 440) < 0.9:
            await asyncio.sleep(0.02)
    assert await taken.leg.flush() > 0
    await taken.play(sine(900, 400), "short")
    await taken.sees(Reached("short"))
    assert taken.events == [Reached("short")]
    assert strength(caller.heard.pcm[-3_200:], 900) > 0.8
    await caller.hang_up()
    await taken.ended()


async def test_music_plays_under_speech_until_it_is_stopped(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await taken.leg.music(is_on=True)
    async with asyncio.timeout(10):
        while not any(caller.heard.pcm[-6_400:]):
            await asyncio.sleep(0.02)
    await taken.play(HELLO, "position")
    await taken.sees(Reached("position"))
    await taken.leg.music(is_on=False)
    await caller.hang_up()
    await taken.ended()


async def test_a_caller_who_holds_us_and_comes_back_is_told_and_hears_the_rest(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await taken.play(sine(440, 1_500), "whole")
    assert (await caller.again("sendonly")).status == 200
    await taken.sees(Held(True))
    assert Reached("whole") not in taken.events
    assert (await caller.again("sendrecv")).status == 200
    await taken.sees(Held(False))
    await taken.sees(Reached("whole"))
    await caller.hang_up()
    await taken.ended()


async def test_a_message_is_taken_behind_the_tone_until_the_hash_key(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await taken.leg.take_message(30)
    async with asyncio.timeout(10):
        while strength(caller.heard.pcm[-1_600:], 1_000) < 0.9:
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.4)
    caller.source = sine(600, 1_000)
    await asyncio.sleep(0.8)
    await caller.press("#")
    await taken.until(lambda taken: bool(taken.events))
    message = taken.events[0]
    assert isinstance(message, Message)
    assert duration_ms(message.pcm) >= 400
    assert strength(message.pcm[-4_800:], 600) > 0.8
    assert len(taken.events) == 1
    await caller.hang_up()
    await taken.ended()


async def test_who_hangs_up_while_leaving_a_message_has_left_it(line: SipLine, caller: SipCaller) -> None:
    caller.source = sine(600, 1_000)
    taken = await _answered(line, caller)
    await taken.leg.take_message(30)
    await asyncio.sleep(1.0)
    await caller.hang_up()
    await taken.ended()
    assert [type(event) for event in taken.events] == [Message, Ended]


async def test_a_recording_has_both_sides(line: SipLine, caller: SipCaller) -> None:
    caller.source = sine(600, 1_000)
    taken = await _answered(line, caller)
    await taken.leg.record(is_on=True)
    await taken.play(sine(1_300, 1_000), "hello")
    await taken.sees(Reached("hello"))
    await caller.hang_up()
    recording = (await taken.ended()).recording
    assert recording is not None
    assert 700 <= duration_ms(recording) <= 3_000
    assert strength(recording, 600) > 0.3
    assert strength(recording, 1_300) > 0.3


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
        async with asyncio.timeout(10):
            while strength(caller.heard.pcm[-4_800:], 1_300) < 0.8 or strength(agent.heard.pcm[-4_800:], 600) < 0.8:
                await asyncio.sleep(0.05)
        await agent.hang_up_as_called()
        await taken.sees(Parted("hung_up"))
        await taken.play(HELLO, "still ours")
        await taken.sees(Reached("still ours"))
        assert taken.events[:3] == [Ringing(), Bridged(), Parted("hung_up")]
        await caller.hang_up()
        await taken.ended()


@pytest.mark.parametrize(("answers", "why"), [((486,), "busy"), ((603,), "refused"), ((180, 480), "no_answer"), ((404,), "unreachable")])
async def test_a_phone_that_is_not_taken_gives_the_caller_back(
    line: SipLine, caller: SipCaller, answers: tuple[int, ...], why: str
) -> None:
    async with SipCaller.open(line.port, "107") as agent:
        agent.answers_with = answers
        taken = await _answered(line, caller)
        await taken.leg.bridge(f"sip:107@127.0.0.1:{agent.port}", 20)
        await taken.sees(Parted(why))
        await caller.hang_up()
        await taken.ended()


async def test_a_phone_that_rings_too_long_or_is_let_go_stops_ringing(line: SipLine, caller: SipCaller) -> None:
    async with SipCaller.open(line.port, "107") as agent:
        agent.answers_with = (180,)
        taken = await _answered(line, caller)
        await taken.leg.bridge(f"sip:107@127.0.0.1:{agent.port}", 0.3)
        await taken.sees(Parted("no_answer"))
        await agent.expect(lambda message: message.method == "CANCEL")
        await taken.leg.bridge("sip:107@127.0.0.1 ; drop", 5)
        await taken.sees(Parted("refused"))
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


async def test_a_transfer_that_fails_leaves_the_caller_ours_and_one_that_succeeds_is_told(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await taken.play(HELLO, "one moment")
    await taken.sees(Reached("one moment"))
    for status, event in ((486, Parted("busy")), (200, Transferred())):
        caller.got.clear()
        await taken.leg.transfer("sip:107@127.0.0.1:5999")
        refer = await caller.expect(lambda message: message.method == "REFER")
        assert "107@127.0.0.1:5999" in refer.headers["refer-to"]
        _notify(caller, status)
        await taken.sees(event)
    assert (await taken.ended()).why == "transferred"


def _notify(caller: SipCaller, status: int) -> None:
    """How the caller's phone fared with whom we sent it to."""
    caller.cseq += 1
    body = f"SIP/2.0 {status} Said\r\n"
    extra = ("Event: refer", "Subscription-State: terminated;reason=noresource", "Content-Type: message/sipfrag;version=2.0")
    text = caller.request("NOTIFY", extra=extra)
    caller.send(text.replace("Content-Length: 0", f"Content-Length: {len(body)}") + body)


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


async def test_we_call_and_hear_whether_it_is_taken(line: SipLine) -> None:
    async with SipCaller.open(line.port, "107") as phone:
        leg = await line.driver.dial(f"sip:107@127.0.0.1:{phone.port}", caller_id="", ring_s=20)
        taken = Taken(leg)
        following = asyncio.create_task(taken.follow())
        await taken.sees(Bridged())
        await taken.play(HELLO, "hello")
        await taken.sees(Reached("hello"))
        assert strength(phone.heard.pcm, 440) > 0.3
        await phone.hang_up_as_called()
        assert (await taken.ended()).why == "hung_up"
        await following
        phone.answers_with = (486,)
        leg = await line.driver.dial(f"sip:107@127.0.0.1:{phone.port}", caller_id="", ring_s=20)
        taken = Taken(leg)
        await taken.follow()
        assert [type(event) for event in taken.events] == [Ended]
        assert (await taken.ended()).why == "busy"


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
    async with asyncio.timeout(10):
        while sum(message.status == 200 for message in caller.got) < 2:
            await asyncio.sleep(0.05)
    await caller.answered()
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    await caller.hang_up()
    await taken.ended()


async def test_who_gives_up_before_the_answer_is_gone(line: SipLine, caller: SipCaller) -> None:
    text = caller.invite()
    taken = await line.next()
    via = next(row for row in text.splitlines() if row.startswith("Via"))
    cancel = caller.request("CANCEL")
    caller.send("\r\n".join(via if row.startswith("Via") else row for row in cancel.splitlines()) + "\r\n\r\n")
    await caller.expect(lambda message: message.status == 487)
    assert (await taken.ended()).why == "hung_up"
    await taken.leg.answer()
    await taken.leg.flush()
    await taken.leg.bridge("sip:107@127.0.0.1", 1)


async def test_a_call_that_we_refuse_is_busy(line: SipLine, caller: SipCaller) -> None:
    caller.invite()
    taken = await line.next()
    await taken.leg.reject(503)
    assert (await caller.answered()).status == 486
    assert (await taken.ended()).why == "by_us"


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
