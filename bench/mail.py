"""Mail: a backlog in, answers out, and how long a customer waits, against the least that a robot of the same libraries does."""

import asyncio
import re
import smtplib
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib

from adapters.email.oauth import Credentials, Kind
from adapters.email.smtp.sender import Sender
from adapters.email.words import Composed
from bench.clients import QUESTIONS
from bench.result import Result
from bench.servers import ROOT, Server, pin, say
from config.email import Email, Imap, Smtp
from gateway.clock import SystemClock
from tests.peers.dovecot import PASSWORD, DovecotServer
from tests.peers.gateway import AS_INSTALLED, Gateway
from tests.peers.smtp import MailServer

SUPPORT = "support@example.com"
CHANNEL = """
[channels.support]
type = "email"
address = "{support}"
imap = {{host = "127.0.0.1", port = {imap}, security = "none", user = "{support}", password = "{password}"}}
smtp = {{host = "127.0.0.1", port = {smtp}, security = "none"}}
check_dkim = false
first_days = 90
poll_s = 5.0
"""
WAIT_MAX_S = 120.0


def email_in(*, count: int = 5_000) -> Result:
    """From a backlog in Dovecot to the last mail's turn committed, bot included and nothing sent, per cpu-s of the gateway; against
    fetching the same mails by aioimaplib and parsing them by the standard library.

    The customers differ, their questions are thirty, as in the other benchmarks of turns: what a question that nobody has asked yet
    costs the bot is `bot_decide`'s to say."""
    with _dovecot() as dovecot:
        dovecot.put(SUPPORT, map(_mail, range(count)))
        bare = _bare_drain(dovecot, count)
        dovecot.add_user(SUPPORT)
        with tempfile.TemporaryDirectory() as folder:
            gateway = Gateway(Path(folder), program=AS_INSTALLED, more=_channel(dovecot, smtp_port=9))
            gateway.start(roles="web,turns,listen,timers")  # nothing goes out: that is measured apart
            try:
                pin(gateway.pid(), 0)
                server = Server(gateway.port, [gateway.pid()])
                say(f"{count:,} mails into the mailbox ...")
                laid = dovecot.lay(SUPPORT, map(_mail, range(count)))
                began, before = time.perf_counter(), server.cpu_s()
                dovecot.show(laid)
                _wait(lambda: _committed(Path(folder)) >= count, f"{count} mails being answered")
                took_s, used_s = time.perf_counter() - began, server.cpu_s() - before
            finally:
                gateway.stop()
    ratio = count / used_s / bare
    return Result(
        name="email_in", against="bare fetch + stdlib parse, per cpu-s", ratio=ratio, must=">= 0.3", goal=">= 0.6", is_met=ratio >= 0.3,
        figures={"mails_per_s": count / took_s, "mails_per_cpu_s": count / used_s, "bare_per_cpu_s": bare},
    )  # fmt: skip


def email_out(*, count: int = 2_000) -> Result:
    """Mails over our kept connections, each with its own deadline and checks, against one bare aiosmtplib connection; by the clock."""
    mails = [Composed(raw=_mail(number), message_id=f"{number}@ours", sender=SUPPORT, recipients=(f"c{number}@example.net",))
             for number in range(count)]  # fmt: skip
    with MailServer() as server:
        bare_s = asyncio.run(_bare_send(server.port, mails))
        ours_s = asyncio.run(_our_send(server.port, mails))
        taken = len(server.mails)
    assert taken == 2 * count, "not every mail was taken"
    ratio = bare_s / ours_s
    return Result(
        name="email_out", against="one bare aiosmtplib connection", ratio=ratio, must=">= 0.8", goal=">= 1.2", is_met=ratio >= 0.8,
        figures={"mails_per_s": count / ours_s, "bare_per_s": count / bare_s},
    )  # fmt: skip


def email_reply(*, count: int = 40) -> Result:
    """From SMTP's acceptance of a question to the bot's answer taken by SMTP, one after another; against a robot that answers by IDLE,
    fetch, parse and send alone, and keeps nothing."""
    bare, ours = _bare_waits(count), _our_waits(count)
    ratio = bare[count // 2] / ours[count // 2]
    return Result(
        name="email_reply", against="a bare robot's median wait", ratio=ratio, must=">= 0.2", goal=">= 0.5", is_met=ratio >= 0.2,
        figures={"p50_ms": ours[count // 2] * 1e3, "max_ms": ours[-1] * 1e3, "bare_p50_ms": bare[count // 2] * 1e3},
    )  # fmt: skip


def _mail(number: int) -> bytes:
    """A customer's question as mail programs write it, of a customer of its own."""
    mail = EmailMessage()
    mail["From"] = f"客户 {number} <c{number}@example.net>"
    mail["To"], mail["Subject"] = SUPPORT, f"Question {number % len(QUESTIONS)}"
    mail["Message-ID"] = f"<{number}.{number * 7919}@example.net>"
    mail["Date"] = "Sun, 22 Nov 2026 10:00:00 +0800"
    words = QUESTIONS[number % len(QUESTIONS)]
    mail.set_content(f"{words}\n\n-- \nSent from my phone\n")
    mail.add_alternative(f"<html><body><p>{words}</p><p>Sent from my phone</p></body></html>", subtype="html")
    return bytes(mail)


class _NoLogin:
    """The servers here ask for none."""

    async def credentials(self, kind: Kind, *, refused: str = "") -> Credentials:  # noqa: ARG002 - the shape of Logins
        raise AssertionError("nobody asked for a login")


@contextmanager
def _dovecot() -> Iterator[DovecotServer]:
    server = DovecotServer()
    try:
        server.start()
        server.add_user(SUPPORT)
        yield server
    finally:
        server.remove()


def _channel(dovecot: DovecotServer, smtp_port: int) -> str:
    return CHANNEL.format(support=SUPPORT, imap=dovecot.port, password=PASSWORD, smtp=smtp_port)


def _bare_drain(dovecot: DovecotServer, count: int) -> float:
    """Mails per second of processor time."""
    command = [sys.executable, "-m", "bench.mail_bare", "drain", str(dovecot.port), SUPPORT, PASSWORD]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WAIT_MAX_S, check=True).stdout.split()
    assert int(said[0]) == count, "the bare robot missed mails"
    return count / float(said[1])


def _committed(folder: Path) -> int:
    """Customers' mails whose turn is in the record."""
    with closing(sqlite3.connect(f"file:{folder / 'data' / 'frontdesk.db'}?mode=ro", uri=True)) as reader:
        return int(reader.execute("SELECT count(*) FROM session").fetchone()[0])


async def _bare_send(port: int, mails: list[Composed]) -> float:
    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
    await client.connect()
    began = time.perf_counter()
    for mail in mails:
        await client.sendmail(mail.sender, list(mail.recipients), mail.raw)
    took_s = time.perf_counter() - began
    await client.quit()
    return took_s


async def _our_send(port: int, mails: list[Composed]) -> float:
    smtp = Smtp(host="127.0.0.1", port=port, security="none", connections=2)
    settings = Email(address=SUPPORT, imap=Imap(host="127.0.0.1", user=SUPPORT), smtp=smtp)
    sender = Sender(settings, _NoLogin(), clock=SystemClock())
    began, coming = time.perf_counter(), iter(mails)

    async def send() -> None:
        for mail in coming:
            await sender.send(mail)

    await asyncio.gather(*(send() for _ in range(4)))
    took_s = time.perf_counter() - began
    await sender.close()
    return took_s


def _bare_waits(count: int) -> list[float]:
    with _dovecot() as dovecot, MailServer() as outgoing:
        command = [sys.executable, "-m", "bench.mail_bare", "reply", str(dovecot.port), SUPPORT, PASSWORD, str(outgoing.port)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as robot:
            assert robot.stdout is not None
            assert robot.stdout.readline().strip() == "ready"
            try:
                return _waits(dovecot, outgoing, count)
            finally:
                robot.kill()


def _our_waits(count: int) -> list[float]:
    with _dovecot() as dovecot, MailServer() as outgoing, tempfile.TemporaryDirectory() as folder:
        gateway = Gateway(Path(folder), program=AS_INSTALLED, more=_channel(dovecot, outgoing.port))
        gateway.start()
        try:
            return _waits(dovecot, outgoing, count)
        finally:
            gateway.stop()


def _waits(dovecot: DovecotServer, outgoing: MailServer, count: int) -> list[float]:
    """Seconds, sorted; the first one is not counted."""
    waits = []
    with MailServer(deliver=dovecot.deliver) as incoming, smtplib.SMTP("127.0.0.1", incoming.port, timeout=10) as client:
        _wait(lambda: dovecot.is_connected(SUPPORT), "the mailbox being read")
        for number in range(count + 1):
            before = len(outgoing.mails)
            client.sendmail(f"c{number}@example.net", [SUPPORT], _mail(number))
            accepted = time.perf_counter()
            _wait(lambda least=before: len(outgoing.mails) > least, "an answer", pause_s=0.0005)  # type: ignore[misc]
            waits.append(time.perf_counter() - accepted)
            assert re.search(rb"(?i)^in-reply-to:", outgoing.mails[-1].raw, re.MULTILINE), "what came is no answer"
    return sorted(waits[1:])


def _wait(is_done: Callable[[], bool], what: str, *, pause_s: float = 0.02) -> None:
    until = time.perf_counter() + WAIT_MAX_S
    while not is_done():
        if time.perf_counter() > until:
            raise TimeoutError(f"waited {WAIT_MAX_S:.0f} s for {what}")
        time.sleep(pause_s)
