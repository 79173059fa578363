"""Whose sound and keys a call believes: those from the place that its phone named, or from where a phone behind a router really is."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from adapters.phone.driver import Digit, Hearing, Reached
from tests.contract.phone_lines import loud_s
from tests.peers.processes import free_port
from tests.peers.sip_caller import HOST, SipCaller
from tests.peers.sip_line import SipLine, Taken, sip_line
from tests.peers.sip_sound import sine, strength

pytest.importorskip("baresip")
pytestmark = pytest.mark.asyncio(loop_scope="module")

SOMEBODY_HERE, SOMEBODY_ELSE = HOST, "127.0.0.2"
HELLO = sine(440, 400)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def line() -> AsyncIterator[SipLine]:
    async with sip_line() as line:
        yield line


@pytest_asyncio.fixture(loop_scope="module")
async def caller(line: SipLine) -> AsyncIterator[SipCaller]:
    async with SipCaller.open(line.port) as caller:
        yield caller


async def _answered(line: SipLine, caller: SipCaller) -> Taken:
    taken = await _rung(line, caller)
    assert (await caller.answered()).status == 200
    return taken


async def _rung(line: SipLine, caller: SipCaller, host: str = "") -> Taken:
    caller.invite(host=host)
    taken = await line.next()
    await taken.leg.answer()
    return taken


async def _presses(taken: Taken, caller: SipCaller, key: str) -> None:
    """A key that is heard."""
    await caller.press(key)
    await taken.sees(Digit(key))


def _keys(taken: Taken) -> str:
    return "".join(event.digit for event in taken.events if isinstance(event, Digit))


async def _hears(taken: Taken, caller: SipCaller) -> None:
    since = len(caller.heard.sound)
    await taken.play(HELLO, "hello")
    await taken.sees(Reached("hello"))
    taken.events.remove(Reached("hello"))
    async with asyncio.timeout(30):
        while loud_s(caller.heard.pcm[since * 320 :]) < 0.2:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("host", [SOMEBODY_HERE, SOMEBODY_ELSE])
async def test_keys_and_sound_from_elsewhere_are_not_heard(line: SipLine, caller: SipCaller, host: str) -> None:
    taken = await _answered(line, caller)
    await _presses(taken, caller, "1")
    await taken.leg.hear(Hearing(speech=True))
    async with caller.speaking_from(host):
        caller.source = sine(1_300, 1_000)
        await caller.press("23")
        caller.source = b""
    await _presses(taken, caller, "4")
    assert _keys(taken) == "14"
    assert loud_s(bytes(taken.sound)) == 0
    await caller.hang_up()
    await taken.ended()


async def test_who_forges_before_the_phone_has_said_a_thing_is_not_believed(line: SipLine, caller: SipCaller) -> None:
    caller.sends = False
    taken = await _answered(line, caller)
    async with caller.speaking_from():
        await caller.press("2", loses=lambda number: number >= 4)
    async with caller.speaking_from(SOMEBODY_ELSE):
        await caller.press("33333")
    caller.sends = True
    await _presses(taken, caller, "4")
    assert _keys(taken) == "4"
    await _hears(taken, caller)
    await caller.hang_up()
    await taken.ended()


@pytest.mark.parametrize("host", [HOST, "127.0.0.77"])
async def test_a_phone_behind_a_router_is_heard_and_hears(line: SipLine, caller: SipCaller, host: str) -> None:
    """What it names is not where its packets come from."""
    caller.rtp_port = free_port()
    taken = await _rung(line, caller, host)
    assert (await caller.answered()).status == 200
    await taken.leg.hear(Hearing(speech=True))
    caller.source = sine(1_300, 1_000)
    await taken.until(lambda taken: strength(bytes(taken.sound[-3_200:]), 1_300) > 0.9)
    await _hears(taken, caller)
    await _presses(taken, caller, "5")
    async with caller.speaking_from():
        await caller.press("6")
    caller.cseq += 1
    caller.invite(host=host)  # a session refreshed (RFC 4028) says the same again, and changes nothing
    assert (await caller.answered()).status == 200
    await _presses(taken, caller, "7")
    await _hears(taken, caller)
    assert _keys(taken) == "57"
    await caller.hang_up()
    await taken.ended()


async def test_a_phone_that_moves_its_sound_by_another_offer_is_followed(line: SipLine, caller: SipCaller) -> None:
    taken = await _answered(line, caller)
    await _presses(taken, caller, "1")
    before = caller.rtp_port
    async with caller.speaking_from() as caller.rtp_port:
        assert (await caller.again("sendrecv")).status == 200
        await _presses(taken, caller, "2")
        await _hears(taken, caller)
        assert (await caller.again("sendonly")).status == 200
        assert (await caller.again("sendrecv")).status == 200
        await _presses(taken, caller, "3")
    await caller.press("4")
    caller.rtp_port = before
    assert (await caller.again("sendrecv")).status == 200
    await _presses(taken, caller, "5")
    assert _keys(taken) == "1235"
    await caller.hang_up()
    await taken.ended()


async def test_a_phone_that_we_ring_is_believed_from_its_place_alone(line: SipLine, caller: SipCaller) -> None:
    leg = await line.driver.dial(f"sip:107@{HOST}:{caller.port}", caller_id="", ring_s=20)
    taken = Taken(leg)
    following = asyncio.ensure_future(taken.follow())
    await _presses(taken, caller, "1")
    async with caller.speaking_from():
        await caller.press("23")
    await _presses(taken, caller, "4")
    assert _keys(taken) == "14"
    await leg.hangup()
    await following


async def test_a_number_on_ipv6_is_rung_and_keeps_to_its_callers_places() -> None:
    port = free_port()
    async with sip_line(port=port, sip={"listen": f"[::1]:{port}"}) as line, SipCaller.open(port, host="::1") as caller:
        taken = await _answered(line, caller)
        await _presses(taken, caller, "1")
        await _hears(taken, caller)
        async with caller.speaking_from():
            await caller.press("23")
        await _presses(taken, caller, "4")
        assert _keys(taken) == "14"
        await caller.hang_up()
        await taken.ended()
