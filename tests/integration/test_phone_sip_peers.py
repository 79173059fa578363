"""Other people's SIP stacks as callers: sipp in numbers, and Debian's baresip."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.phone.driver import Digit, Hearing, Reached
from tests.peers.certificates import Certificates
from tests.peers.sip_baresip import baresip
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_line import SipLine, Taken, sip_line
from tests.peers.sip_sound import sine, strength
from tests.peers.sipp import sipp

pytest.importorskip("baresip")

HELLO = sine(440, 800)


@asynccontextmanager
async def _answering(line: SipLine) -> AsyncIterator[list[Taken]]:
    """Every call is answered, spoken to and listened to."""
    taken: list[Taken] = []

    async def answer() -> None:
        while True:
            call = await line.next()
            taken.append(call)
            await call.leg.answer()
            await call.leg.hear(Hearing(speech=True))
            await call.play(HELLO, "hello")

    answering = asyncio.create_task(answer())
    try:
        yield taken
    finally:
        answering.cancel()


def _open_files_count(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _assert_all_well(calls: list[Taken], count: int) -> None:
    assert len(calls) == count
    assert [call.events[0] for call in calls] == [Reached("hello")] * count
    assert {call.events[-1].why for call in calls} == {"hung_up"}  # type: ignore[union-attr]
    assert min(strength(bytes(call.sound[8_000:]), 700) for call in calls) > 0.7


async def test_fifty_calls_at_once_are_all_spoken_to_and_heard(tmp_path: Path) -> None:
    async with sip_line(calls_max_count=50) as line, _answering(line) as calls:
        assert await sipp(tmp_path, line.port, calls_count=50, per_s=50, talk_ms=1_800, hz=700) == 0
        for call in calls:
            await call.ended()
        _assert_all_well(calls, 50)
        assert line.driver.health.facts["calls"] == 0


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_an_hour_s_worth_of_calls_leaves_nothing_behind(tmp_path: Path) -> None:
    async with sip_line(calls_max_count=60) as line, _answering(line) as calls:
        pid = line.driver.health.facts["pid"]
        sockets: list[int] = []
        for _ in range(6):
            calls.clear()
            assert await sipp(tmp_path, line.port, calls_count=600, per_s=10, talk_ms=4_000, hz=700) == 0
            for call in calls:
                await call.ended()
            _assert_all_well(calls, 600)
            sockets.append(_open_files_count(pid))
        assert sockets[-1] <= sockets[0] + 4
        assert line.driver.health.facts == {"calls": 0, "restarts": 0, "pid": pid}


async def test_debian_s_baresip_calls_over_tcp_speaks_presses_keys_and_hangs_up(tmp_path: Path) -> None:
    async with sip_line() as line, baresip(tmp_path, 700) as phone, _answering(line) as calls:
        await phone.do("dial", f"sip:frontdesk@127.0.0.1:{line.port};transport=tcp")
        await phone.happens("CALL_ESTABLISHED")
        async with asyncio.timeout(30):
            while not calls:
                await asyncio.sleep(0.02)
        call = calls[0]
        await call.sees(Reached("hello"))
        for key in "5#":
            await phone.do("sndcode", key)
            await call.sees(Digit(key))
        await call.until(lambda call: len(call.sound) >= 16_000)
        await phone.do("hangup")
        assert (await call.ended()).why == "hung_up"
        assert strength(bytes(call.sound[-8_000:]), 700) > 0.5


def _certificate(folder: Path) -> tuple[Path, Path]:
    """What this machine is vouched for with, and by whom."""
    made = Certificates(folder)
    (folder / "ours.pem").write_bytes(made.certificate.read_bytes() + made.key.read_bytes())
    return folder / "ours.pem", made.authority


@pytest.mark.parametrize("encryption", ["srtp", "srtp-mandatory"])
async def test_calls_over_tls_are_taken_and_only_who_may_sends_plain_sound(tmp_path: Path, encryption: str) -> None:
    certificate, authority = _certificate(tmp_path)
    sip = {"certificate": str(certificate), "encryption": encryption}
    their = "srtp" if encryption == "srtp" else "srtp-mand"
    async with sip_line(sip=sip) as line, baresip(tmp_path, 700, trusts=authority, encryption=their) as phone, _answering(line) as calls:
        await phone.do("dial", f"sip:frontdesk@127.0.0.1:{line.port + 1};transport=tls")
        await phone.happens("CALL_ESTABLISHED")
        async with asyncio.timeout(30):
            while not calls:
                await asyncio.sleep(0.02)
        await calls[0].sees(Reached("hello"))
        await calls[0].until(lambda call: strength(bytes(call.sound[-8_000:]), 700) > 0.9)
        await phone.do("hangup")
        assert (await calls[0].ended()).why == "hung_up"
        async with SipCaller.open(line.port) as plain:
            assert (await plain.call()).status == (200 if encryption == "srtp" else 488)
            if encryption == "srtp":
                await calls[1].sees(Reached("hello"))
                await plain.hears(440)
                await plain.hang_up()
