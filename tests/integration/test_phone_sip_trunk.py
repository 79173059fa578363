"""A trunk that we register with, is called by, and call out by."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.phone.driver import Bridged, Reached
from tests.peers.certificates import Certificates
from tests.peers.sip_caller import SipCaller, SipMessage
from tests.peers.sip_line import SipLine, Taken, sip_line
from tests.peers.sip_sound import sine
from tests.peers.sip_trunk import SipTrunk

pytest.importorskip("baresip")


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not is_so():
            await asyncio.sleep(0.02)


def _settings(trunk: SipTrunk, **more: object) -> dict[str, object]:
    return {"trunk": {"host": f"127.0.0.1:{trunk.port}", "user": "frontdesk", "password": "open sesame", **more}}


async def _called_out(line: SipLine, trunk: SipTrunk) -> None:
    leg = await line.driver.dial("+8613800138000", caller_id="+12025550123", ring_s=20)
    taken = Taken(leg)
    following = asyncio.create_task(taken.follow())
    await taken.sees(Bridged())
    invite = [message for message in trunk.got if message.method == "INVITE"][-1]
    assert invite.start.startswith("INVITE sip:+8613800138000@127.0.0.1")
    assert "+12025550123" in invite.headers["p-preferred-identity"]
    await taken.play(sine(440, 200), "hello")
    await taken.sees(Reached("hello"))
    await leg.hangup()
    assert (await taken.ended()).why == "by_us"
    await following


async def test_we_register_by_digest_are_called_and_call_out() -> None:
    async with SipTrunk.open(1, "trunk") as trunk:
        trunk.challenges_calls = True
        async with sip_line(sip=_settings(trunk)) as line:
            await _until(lambda: bool(trunk.contacts))
            await _until(lambda: line.driver.health.trouble == "")
            assert f"127.0.0.1:{line.port}" in trunk.contacts[0]
            await _called_out(line, trunk)
            trunk.begin_anew()
            trunk.invite(to="+862112345678")
            taken = await line.next()
            assert taken.leg.incoming.dialled == "+862112345678"
            await taken.leg.answer()
            assert (await trunk.answered()).status == 200
            await trunk.hang_up()
            await taken.ended()
        assert any(
            "expires=0" in m.headers.get("contact", "") or m.headers.get("expires") == "0" for m in trunk.got if m.method == "REGISTER"
        )


async def test_a_trunk_that_refuses_us_is_told_and_others_can_call_all_the_same() -> None:
    async with SipTrunk.open(1, "trunk") as trunk:
        trunk.is_shut = True
        async with sip_line(sip=_settings(trunk)) as line:
            await _until(lambda: line.driver.health.trouble == "trunk_refused")
            assert line.driver.health.is_up
            trunk.begin_anew()
            trunk.invite()
            await (await line.next()).leg.answer()
            assert (await trunk.answered()).status == 200


async def test_without_registering_calls_go_out_by_the_trunk_too() -> None:
    async with SipTrunk.open(1, "trunk") as trunk, sip_line(sip=_settings(trunk, register=False)) as line:
        await _called_out(line, trunk)
        assert not any(message.method == "REGISTER" for message in trunk.got)


class TlsTrunk:
    """Takes every registration over TLS, and calls by the same connection."""

    def __init__(self) -> None:
        self.got: list[SipMessage] = []
        self._writer: asyncio.StreamWriter | None = None

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        with contextlib.suppress(asyncio.IncompleteReadError, OSError):
            while head := (await reader.readuntil(b"\r\n\r\n")).decode():
                message = SipMessage.read(head)
                await reader.readexactly(int(message.headers["content-length"]))
                self.got.append(message)
                if message.method == "REGISTER":
                    same = "".join(f"{name}: {message.headers[name.lower()]}\r\n" for name in ("Via", "From", "To", "Call-ID", "CSeq"))
                    self.send(f"SIP/2.0 200 OK\r\n{same}Contact: {message.headers['contact']}\r\nContent-Length: 0\r\n\r\n")

    def send(self, text: str) -> None:
        assert self._writer is not None
        self._writer.write(text.encode())

    def has(self, start: str) -> bool:
        return any(message.start.startswith(start) for message in self.got)


async def test_a_trunk_over_tls_registers_us_and_calls_by_the_same_connection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificates, trunk = Certificates(tmp_path), TlsTrunk()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    async with await asyncio.start_server(trunk.serve, "127.0.0.1", 0, ssl=certificates.serving()) as server, SipCaller.open(9) as phone:
        host = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
        tls_trunk = {"host": host, "user": "frontdesk", "password": "p", "transport": "tls"}
        settings = {"trunk": tls_trunk, "encryption": "srtp", "peers": [host]}
        async with sip_line(sip=settings) as line:
            await _until(lambda: trunk.has("REGISTER"))
            trunk.send(phone.request("INVITE", phone.sdp(), to="+862112345678").replace("SIP/2.0/UDP", "SIP/2.0/TLS"))
            taken = await line.next()
            assert taken.leg.incoming.dialled == "+862112345678"
            await taken.leg.reject(486)
            await _until(lambda: trunk.has("SIP/2.0 486"))
