"""What becomes of calls when processes die, lines fall silent, and of whom calls are taken."""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from aiohttp import ClientSession, UnixConnector

from adapters.phone.audio import BYTES_PER_S
from adapters.phone.driver import Bridged, Establishes, Reached
from adapters.phone.sip.driver import SipDriver
from config.phone import Phone, Sip
from gateway.core.ids import ChannelName
from tests.peers.processes import free_port
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_gateway import LAST_WORD
from tests.peers.sip_line import SipLine, Taken, sip_line, tools
from tests.peers.sip_sound import sine, strength

pytest.importorskip("baresip")

HELLO = sine(440, 400)
ROOT = Path(__file__).resolve().parents[2]


async def _answered(line: SipLine, caller: SipCaller) -> Taken:
    caller.invite()
    taken = await line.next()
    await taken.leg.answer()
    await caller.answered()
    return taken


async def test_a_worker_that_is_killed_loses_its_calls_at_once_and_another_takes_the_next() -> None:
    async with sip_line() as line, SipCaller.open(line.port) as caller, SipCaller.open(line.port) as other:
        caller.source = sine(600, 1_000)
        taken = await _answered(line, caller)
        await taken.leg.record(is_on=True)
        await taken.play(sine(440, 3_000), "long")
        await _recorded(line, taken)
        other.invite()
        ringing = await line.next()
        os.kill(line.driver.health.facts["pid"], signal.SIGKILL)
        ended = await taken.ended()
        assert (ended.why, (await ringing.ended()).why) == ("lost", "lost")
        assert ended.recording is not None
        assert strength(ended.recording, 600) > 0.3
        await taken.leg.hangup()
        await taken.play(HELLO, "never")  # a command on it does nothing, and raises nothing
        assert await taken.leg.flush() == 0
        await line.up(restarts_count=1)
        caller.begin_anew()
        again = await _answered(line, caller)
        await again.play(HELLO, "hello")
        await again.sees(Reached("hello"))
        await caller.hang_up()


async def _recorded(line: SipLine, taken: Taken) -> None:
    """Until a second of the call is on the disk."""
    station = line.driver._station
    assert station is not None
    path = station.recording_of(taken.leg.incoming.call)
    async with asyncio.timeout(30):
        while not path.exists() or path.stat().st_size < BYTES_PER_S:
            await asyncio.sleep(0.02)


async def test_callers_of_a_gateway_that_was_killed_hear_a_last_word_and_a_bye() -> None:
    port = free_port()
    gateway = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.peers.sip_gateway", str(port), stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )
    assert gateway.stdout is not None
    try:
        worker = int(await gateway.stdout.readline())
        async with SipCaller.open(port) as caller:
            assert (await caller.call()).status == 200
            await caller.hears(440)
            killed_at = asyncio.get_running_loop().time()
            gateway.kill()
            await gateway.wait()
            await caller.expect(lambda message: message.method == "BYE")
            word = caller.heard.since(killed_at)[-len(LAST_WORD) :]
            assert strength(word[:4_800], 880) > 0.6
            assert strength(word, 440) < 0.2
    finally:
        if gateway.returncode is None:
            gateway.kill()
            await gateway.wait()
    async with asyncio.timeout(30):
        while _is_there(worker):
            await asyncio.sleep(0.05)


def _is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_gateway_that_stops_leaves_nobody_on_the_line() -> None:
    async with AsyncExitStack() as stack:
        caller = await stack.enter_async_context(SipCaller.open(port := free_port()))
        async with sip_line(port=port) as line:
            await _answered(line, caller)
        await caller.expect(lambda message: message.method == "BYE")


async def test_a_phone_that_vanishes_is_found_out_by_its_silence() -> None:
    async with sip_line(rtp_timeout_s=1) as line, SipCaller.open(line.port) as caller:
        taken = await _answered(line, caller)
        await taken.play(HELLO, "hello")
        await taken.sees(Reached("hello"))
        caller.sends = False
        assert (await taken.ended()).why == "lost"


async def test_a_phone_that_never_says_a_thing_is_no_line_that_broke() -> None:
    async with sip_line(rtp_timeout_s=1) as line, SipCaller.open(line.port) as caller:
        caller.sends = False
        taken = await _answered(line, caller)
        assert isinstance(taken.leg, Establishes)
        assert await taken.leg.established()
        assert (await taken.ended()).why == "hung_up"


async def test_invites_that_the_stack_never_tells_of_take_no_line_from_who_talks_or_comes() -> None:
    async with sip_line(calls_max_count=3) as line, SipCaller.open(line.port) as talking, SipCaller.open(line.port) as caller:
        taken = await _answered(line, talking)
        worker, before = line.driver.health.facts["pid"], _sockets_count(line.driver.health.facts["pid"])
        for _ in range(320):  # more than the stack has room for
            caller.begin_anew()
            lines = caller.request("INVITE", caller.sdp()).split("\r\n")
            caller.send("\r\n".join(one for one in lines if not one.startswith("Contact")))
            await caller.expect(lambda message: message.status >= 300)
        async with asyncio.timeout(30):
            while _sockets_count(worker) > before:
                await asyncio.sleep(0.05)
        caller.begin_anew()
        await _answered(line, caller)
        await taken.play(HELLO, "hello")
        await taken.sees(Reached("hello"))
        assert line.driver.health.facts["pid"] == worker


def _sockets_count(pid: int) -> int:
    """Those that are closed while they are counted are none."""
    found = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            found += "socket" in str(link.readlink())
    return found


async def test_only_the_peers_calls_are_taken_whatever_others_say_of_themselves() -> None:
    async with sip_line(sip={"peers": ("203.0.113.7",)}) as line, SipCaller.open(line.port) as caller:
        assert (await caller.call()).status == 486
        caller.begin_anew()
        forged = caller.request("INVITE", caller.sdp(), extra=("P-Asserted-Identity: <sip:1@203.0.113.7>",))
        caller.send(forged.replace(f"+8613800138000@127.0.0.1:{caller.port}", "1@203.0.113.7"))
        assert (await caller.answered()).status == 486
        assert line.waiting_count == 0
    async with sip_line(sip={"peers": ("127.0.0.1:5060",)}) as line, SipCaller.open(line.port) as caller:
        await _answered(line, caller)
        await caller.hang_up()


async def test_more_calls_than_allowed_hear_that_all_lines_are_busy() -> None:
    async with sip_line(calls_max_count=1) as line, SipCaller.open(line.port) as caller, SipCaller.open(line.port) as other:
        taken = await _answered(line, caller)
        assert (await other.call()).status == 486
        async with SipCaller.open(line.port, "107") as agent:  # who talks with somebody has two lines
            await taken.leg.bridge(f"sip:107@127.0.0.1:{agent.port}", 20)
            await taken.sees(Bridged())
            await caller.hang_up()
            await taken.ended()


async def test_a_port_that_is_taken_is_said_and_tried_again() -> None:
    async with sip_line() as line:
        second = SipDriver(ChannelName("other"), Phone(sip=Sip(listen=f"127.0.0.1:{line.port}")), tools())
        running = asyncio.create_task(second.run(line.take))
        async with asyncio.timeout(30):
            while second.health.trouble != "unable":
                await asyncio.sleep(0.05)
        assert not second.health.is_up
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_phones_are_told_the_advertised_address_with_the_port_that_is_ours() -> None:
    async with sip_line(sip={"advertised": "203.0.113.7"}) as line, SipCaller.open(line.port) as caller:
        caller.invite()
        await (await line.next()).leg.answer()
        told = (await caller.answered()).body.partition("m=audio ")[2]
        assert "c=IN IP4 203.0.113.7" in told
        assert 30_000 <= int(told.split()[0]) <= 39_998
        await caller.hang_up()


async def test_nobody_but_the_gateway_is_let_into_the_worker() -> None:
    async with sip_line() as line:
        station = line.driver._station
        assert station is not None
        path = station._start.socket
        assert Path(path).parent.stat().st_mode & 0o077 == 0
        for headers in ({}, {"Authorization": "Bearer guess"}, {"Authorization": "Bearer \u00e9"}):
            async with ClientSession(connector=UnixConnector(path=path), headers=headers) as session:
                assert (await session.get("http://worker/control")).status == 403
