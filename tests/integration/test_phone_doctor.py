"""The doctor rings a real line, and asks real registrars: nothing of it is seen by anybody else."""

import asyncio
import hashlib
import importlib.util
import re
import socket
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec import convert

from adapters.phone.driver import Ended
from adapters.phone.sip.examination import sip_examination
from adapters.phone.sip.here import Port, line_for_a_test, look
from adapters.phone.sip.passes import HEADER, issue, key_of
from adapters.phone.sip.probing import Report, probing
from adapters.phone.sip.registrar import Asked, ask
from adapters.phone.tools import Tools
from config.phone import Phone, Trunk
from gateway.core.ids import ChannelName
from tests.fakes import FrozenClock
from tests.integration.commanding import configured, told
from tests.peers.certificates import Certificates
from tests.peers.processes import free_port
from tests.peers.sip_caller import HOST, SipCaller
from tests.peers.sip_line import sip_line, tools
from tests.peers.sip_trunk import SipTrunk

HAS_STACK = importlib.util.find_spec("baresip") is not None
needs_stack = pytest.mark.skipif(not HAS_STACK, reason="no SIP stack on this machine")
NAME = ChannelName("phone")
KEY = key_of(b"", "phone")


def settings(port: int) -> Phone:
    return convert({"type": "phone", "sip": {"listen": f"{HOST}:{port}", "rtp_ports": "30000-39998"}}, Phone)


@needs_stack
async def test_a_line_that_serves_answers_our_own_call_and_nobody_behind_it_hears_of_it() -> None:
    """Also where calls of others are taken from their hosts alone."""
    async with sip_line(sip={"peers": ["10.9.9.9"]}) as line, probing(KEY, encryption="off", within_s=15) as ring:
        report = await ring(f"sip:frontdesk@{HOST}:{line.port}", HOST)
        assert (report.status, report.has_heard, report.was_heard, len(report.keys), report.trouble) == (200, True, True, 2, "")
        assert line.waiting_count == 0


@needs_stack
async def test_a_stale_a_forged_and_a_used_pass_make_a_call_like_any_other() -> None:
    now_s = time.time()
    good, stale = issue(KEY, at_s=now_s, nonce="1" * 32), issue(KEY, at_s=now_s - 60, nonce="2" * 32)
    forged = issue(key_of(b"guessed", "phone"), at_s=now_s, nonce="3" * 32)
    async with sip_line() as line, SipCaller.open(line.port) as caller:
        assert (await caller.call(extra=(f"{HEADER}: {good}",))).status == 200
        async with SipCaller.open(line.port) as second:  # one at a time
            again = issue(KEY, at_s=now_s, nonce="4" * 32)
            assert (await second.call(extra=(f"{HEADER}: {again}",))).status == 486
        await caller.hang_up()
        assert line.waiting_count == 0
        for said in (good, stale, forged):
            caller.begin_anew()
            caller.invite(extra=(f"{HEADER}: {said}",))
            taken = await line.next()
            await taken.leg.reject(486)
            assert (await caller.answered()).status == 486
            assert isinstance(await taken.ended(), Ended)


@needs_stack
async def test_a_line_that_is_silent_or_refuses_or_is_not_there_is_reported_as_such() -> None:
    async def rung(port: int, within_s: float) -> Report:
        async with probing(KEY, encryption="off", within_s=within_s) as ring:
            return await ring(f"sip:frontdesk@{HOST}:{port}", HOST)

    async with SipCaller.open(0) as silent, SipCaller.open(0) as declining:
        silent.sends, declining.answers_with = False, (180, 603)
        reports = await asyncio.gather(rung(silent.port, 4), rung(declining.port, 15), rung(free_port(), 4))
    assert [report.status for report in reports] == [200, 603, 0]
    assert (reports[0].has_heard, reports[1].reason, reports[2].trouble) == (False, "Said", "")


@needs_stack
async def test_a_line_for_a_test_is_there_for_the_doctor_alone_and_then_gone() -> None:
    port = free_port()
    async with line_for_a_test(NAME, settings(port), doctors()) as trouble, SipCaller.open(port) as caller:
        assert trouble == ""
        assert look(f"{HOST}:{port}") == (Port.TAKEN, "")
        assert (await caller.call()).status == 486
    assert look(f"{HOST}:{port}") == (Port.FREE, "")


def doctors() -> Tools:
    found = tools()
    object.__setattr__(found.clock, "now", FrozenClock().now)
    return found


@needs_stack
def test_doctor_rings_the_phone_of_an_installation(capsys: pytest.CaptureFixture[str], here: Path) -> None:
    port = free_port()
    configured(
        f'[gateway]\nlisten = "127.0.0.1:{free_port()}"\n[channels.hotline]\ntype = "phone"\nvoice = {{provider = "off"}}\n'
        f'sip = {{listen = "{HOST}:{port}"}}\n'
    )
    _, found = told(capsys, "doctor")
    (phone,) = [part for part in found["parts"] if part["part"] == "channel hotline"]
    assert phone["ok"], phone
    assert re.fullmatch(
        r"no Frontdesk takes calls just now; a line started for the test answered after \d+ ms: sound goes both ways, keys are understood; "
        r"no voice is set: only prompts that were recorded are heard",
        phone["why"],
    )


async def test_an_address_that_somebody_else_has_is_seen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind((HOST, 0))
        port = other.getsockname()[1]
        assert look(f"{HOST}:{port}") == (Port.TAKEN, "")
        if HAS_STACK:
            made = await sip_examination(NAME, settings(port), doctors(), host="desk-1").made(None)
            assert (made.is_ok, made.why) == (False, "phone.address_in_use")
    assert look("192.0.2.7:5060")[0] is Port.FOREIGN


# Registrars


def trunk(port: int, **more: Any) -> Trunk:
    return Trunk(host=f"{HOST}:{port}", user="frontdesk", **{"password": "open sesame", **more})


async def test_a_registrar_is_asked_whether_it_lets_us_in_and_nothing_is_registered() -> None:
    async with SipTrunk.open(0) as registrar:
        assert await ask(trunk(registrar.port), within_s=10) == Asked(code=200, reason="Said")
        assert [message.method for message in registrar.got] == ["REGISTER", "REGISTER"]
        assert not any("contact" in message.headers for message in registrar.got)
        assert (await ask(trunk(registrar.port, password="sesame"), within_s=10)).code == 401
        registrar.is_shut = True
        assert (await ask(trunk(registrar.port), within_s=10)).code == 403


async def test_a_registrar_that_is_silent_or_away_is_told_apart() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind((HOST, 0))
        found = await ask(trunk(silent.getsockname()[1]), within_s=0.1)
    assert found == Asked(trouble="unreachable", detail="no answer in time")
    assert await ask(trunk(free_port(), transport="tcp"), within_s=10) == Asked(trouble="unreachable", detail="Connection refused")


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), Asked(trouble="no_host")),
        (socket.gaierror(socket.EAI_NODATA, "no address"), Asked(trouble="no_address")),
        (socket.gaierror(socket.EAI_AGAIN, "later"), Asked(trouble="unreachable", detail="later")),
    ],
)
async def test_names_that_lead_nowhere_are_told_apart(error: OSError, found: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", lost)
    assert await ask(Trunk(host="sip.carrier.example", user="u"), within_s=10) == found


class Registrar:
    """Over a stream: asks for a digest by SHA-256 with two nonces, of which the first is stale by the time it is used."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                question = (await reader.readuntil(b"\r\n\r\n")).decode()
                self.asked.append(question)
                writer.write(self._reply(question, "100 Trying", "") + self._answer(question))
        except (asyncio.IncompleteReadError, OSError):
            writer.close()

    def _answer(self, question: str) -> bytes:
        challenge = 'WWW-Authenticate: Digest realm="r", nonce="n{}", qop="auth-int, auth", algorithm=SHA-256, opaque="o"{}\r\n'
        if len(self.asked) < 3:
            stale = ", stale=TRUE" if len(self.asked) == 2 else ""
            return self._reply(question, "401 Unauthorized", challenge.format(len(self.asked), stale))
        is_proven = f'response="{self._expected(question)}"' in question and 'nonce="n2"' in question and 'opaque="o"' in question
        return self._reply(question, "200 Ja, gern" if is_proven else "403 Forbidden", "")

    def _expected(self, question: str) -> str:
        cnonce = re.search(r'cnonce="(\w+)"', question)
        uri = re.search(r'uri="([^"]+)"', question)
        assert cnonce
        assert uri

        def digest(text: str) -> str:
            return hashlib.sha256(text.encode()).hexdigest()

        return digest(f"{digest('frontdesk:r:open sesame')}:n2:00000001:{cnonce[1]}:auth:{digest(f'REGISTER:{uri[1]}')}")

    def _reply(self, question: str, status: str, more: str) -> bytes:
        copied = "".join(f"{line}\r\n" for line in question.split("\r\n") if line.split(":")[0] in ("Via", "From", "To", "Call-ID", "CSeq"))
        return f"SIP/2.0 {status}\r\n{copied}{more}Content-Length: 3\r\n\r\nabc".encode()


@asynccontextmanager
async def registrar(tls: ssl.SSLContext | None) -> AsyncIterator[tuple[Registrar, int]]:
    made = Registrar()
    server = await asyncio.start_server(made.serve, HOST, 0, ssl=tls)
    try:
        yield made, server.sockets[0].getsockname()[1]
    finally:
        server.close()


async def test_a_registrar_is_asked_over_tls_and_by_newer_digests(tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    async with registrar(certificates.serving()) as (made, port):
        found = await ask(trunk(port, transport="tls"), within_s=10, tls=certificates.trusting())
        assert found == Asked(code=200, reason="Ja, gern")
        assert [re.findall(r"CSeq: (\d) REGISTER", question) for question in made.asked] == [["1"], ["2"], ["3"]]


async def test_a_registrar_whose_certificate_nobody_trusts_gets_no_password(tmp_path: Path) -> None:
    async with registrar(Certificates(tmp_path).serving()) as (made, port):
        found = await ask(trunk(port, transport="tls"), within_s=10)
        assert (found.trouble, "certificate" in found.detail, made.asked) == ("certificate", True, [])


async def test_what_speaks_no_sip_is_no_registrar() -> None:
    async def hello(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(hello, HOST, 0)
    found = await ask(trunk(server.sockets[0].getsockname()[1], transport="tcp"), within_s=10)
    server.close()
    assert found.trouble == "unreachable"
