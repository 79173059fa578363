"""The whole gateway in this process between a real mailbox and a mail server: customers write, mails come back to their inboxes.

What our own mail server finds out about a sender is written over each mail as it comes in. The process can die at any step of the record,
as `kill -9` would have it: see `wechat_world`.
"""

import asyncio
import email
import email.policy
import logging
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from adapters.email.imap import listener
from config.email import Email, Imap, Smtp
from config.schema import Bot, BusSettings, Gateway, Settings, StoreSettings
from gateway import app
from gateway.core.bus import Bus
from gateway.core.decision import Ask, Decision, Kind
from gateway.core.handoff import Reason
from gateway.core.ids import EntryId
from gateway.core.memory import BotMemory
from gateway.core.signals import OUTBOX
from gateway.store import SqliteStore, open_store
from tests.integration.wechat_world import Life
from tests.peers.dovecot import PASSWORD, DovecotServer
from tests.peers.smtp import MailServer
from tests.peers.wechat import MovableClock

SUPPORT, CUSTOMER = "support@example.com", "customer@example.net"
ROLES = frozenset({app.Role.TURNS, app.Role.DELIVERY, app.Role.LISTEN, app.Role.TIMERS})
PATIENCE_S = 30.0
KILLED_S = 20.0


class EchoBrain:
    """Says back what it was asked; gives to people whoever asks for one."""

    is_quick = True
    bot = None

    async def decide(self, ask: Ask) -> Decision:
        if "person" in ask.text:
            return Decision(kind=Kind.HANDOFF, reason=Reason.EXPLICIT_REQUEST, trigger="person", language="en", memory=ask.memory)
        memory = BotMemory(entries=(*ask.memory.entries, EntryId("echo")))
        return Decision(kind=Kind.ANSWER, language="en", text=f"Answer: {ask.text}", confidence=1.0, memory=memory, entry=EntryId("echo"))


class MailWorld:
    """A mailbox, a mail server, customers' inboxes, and our gateway."""

    def __init__(self, folder: Path, dovecot: DovecotServer, patch: pytest.MonkeyPatch, *, addresses: tuple[str, ...] = (SUPPORT,)) -> None:
        self.folder = folder
        self.dovecot = dovecot
        self.addresses = addresses
        self.smtp = MailServer(deliver=self._deliver)
        self.clock = MovableClock(speed=1)
        self.life = Life()
        self.number = 0
        self._bus: Bus | None = None
        self._patch = patch
        self._house: asyncio.Task[None] | None = None
        self._past: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "MailWorld":
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # the peer's own: it writes down all that it is told
        for address in (*self.addresses, CUSTOMER, "other@example.org"):
            self.dovecot.add_user(address)
        self.smtp.start()
        opening = open_store

        def bound(settings: StoreSettings, **named: Any) -> Any:
            return self.life.bind(cast("SqliteStore", opening(settings, **{**named, "is_serving": False})))

        async def echoing(*_: Any) -> Any:
            return SimpleNamespace(brain=EchoBrain())

        self._patch.setattr(app, "SystemClock", lambda: self.clock)
        self._patch.setattr(app, "open_store", bound)
        self._patch.setattr(app, "_open_brains", echoing)
        self._patch.setattr(app, "stop_on_signals", lambda: self.life.ended)
        self._patch.setattr(app, "_spare_the_collector", lambda: None)
        self._patch.setattr(app, "SWITCH_S", sys.getswitchinterval())
        self._patch.setattr(listener, "LEASE_S", 0.6)
        self._patch.setattr(listener, "AGAIN_S", 0.05)
        self._patch.setattr(listener, "PAUSES_S", (0.05,))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.kill()
        await asyncio.wait(self._past, timeout=KILLED_S)
        self.smtp.stop()
        assert all(task.done() for task in self._past), "a killed house goes on"

    # ---- the gateway -----------------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """A process begins."""
        self.life = Life()
        begun = asyncio.Event()

        async def announce(house: app.House, port: int) -> None:
            self._bus = house.bus
            begun.set()

        self._house = asyncio.create_task(self._live(announce))
        waiting = asyncio.create_task(begun.wait())
        await asyncio.wait((self._house, waiting), return_when=asyncio.FIRST_COMPLETED)
        if self._house.done():
            self._house.result()

    def kill(self) -> None:
        """Nothing of it is heard any more."""
        self.life.end()
        if self._house is not None:
            self._house.cancel()
            self._past.append(self._house)
            self._house = None

    async def restart(self, *, within_steps: int, is_done_first: bool) -> None:
        """It dies at one of its next steps, or now when it takes none for a while; and the next one begins."""
        self.life.doom(within_steps, is_done_first=is_done_first)
        try:
            async with asyncio.timeout(0.4):
                await self.life.ended.wait()
        except TimeoutError:
            pass
        self.kill()
        await self.start()

    async def advance(self, seconds: float) -> None:
        """Let time go by, and whoever sends notice."""
        self.clock.advance(seconds)
        if self._bus is not None:
            await self._bus.signal(OUTBOX, b"")

    async def _live(self, announce: Callable[[app.House, int], Any]) -> None:
        await app.serve(self._settings(), roles=ROLES, announce=announce)

    def _settings(self) -> Settings:
        channels = {
            address.partition("@")[0]: Email(
                address=address, imap=Imap(host="127.0.0.1", port=self.dovecot.port, security="none", user=address, password=PASSWORD),
                smtp=Smtp(host="127.0.0.1", port=self.smtp.port, security="none"), authserv_id="mx.example.com", check_dkim=False,
                poll_s=0.2, timeout_s=5.0, auto_replies_per_hour=100,
            )
            for address in self.addresses
        }  # fmt: skip
        return Settings(
            gateway=Gateway(data_dir=str(self.folder), listen="127.0.0.1:0", drain_s=0.02, languages=("en",), name="Example"),
            bot=Bot(deadline_s=60), bus=BusSettings(lanes=2, lease_s=1.0), channels=dict(channels),
            store=StoreSettings(url=f"sqlite:///{self.folder}/record.db", synchronous="normal"),
        )  # fmt: skip

    # ---- mails -----------------------------------------------------------------------------------------------------------------

    def write(
        self, body: str, *, subject: str = "Question", sender: str = CUSTOMER, to: str = SUPPORT, proof: str = "pass",
        answers: EmailMessage | None = None, **headers: str,
    ) -> str:  # fmt: skip
        """Somebody writes; the Message-ID. `answers`: the mail that it is a reply to."""
        self.number += 1
        message_id = f"<{self.number}@{sender.partition('@')[2]}>"
        lines = [f"Authentication-Results: mx.example.com; dmarc={proof}", f"From: {sender}", f"To: {to}", f"Subject: {subject}"]
        lines += [f"Message-ID: {message_id}", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]
        if answers is not None:
            lines += [f"In-Reply-To: {answers['Message-ID']}", f"References: {answers['References']} {answers['Message-ID']}"]
            body = f"{body}\n\nOn Mon, 2 Nov 2026 at 09:30, Support <{SUPPORT}> wrote:\n> " + "\n> ".join(words_of(answers).split("\n"))
        raw = "\r\n".join([*lines, "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8", "", body]).replace("\n", "\r\n")
        self.dovecot.deliver(raw.replace("\r\r\n", "\r\n").encode(), to, sender=sender)
        return message_id

    def bounce(self, mail: EmailMessage, *, to: str = SUPPORT, recipient: str = CUSTOMER) -> None:
        """The customer's server tells that a mail did not arrive."""
        text = (
            f"From: MAILER-DAEMON@mx.example.net\nTo: {to}\nSubject: Undelivered\nMessage-ID: <dsn@mx.example.net>\nMIME-Version: 1.0\n"
            "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: text/plain\n\nSorry.\n\n"
            "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.net\n\n"
            f"Final-Recipient: rfc822; {recipient}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no such user\n\n"
            f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {mail['Message-ID']}\n\n--b--\n"
        )
        self.dovecot.deliver(text.replace("\n", "\r\n").encode(), to, sender="")

    def inbox(self, address: str = CUSTOMER) -> list[EmailMessage]:
        """What has come back to somebody, in order."""
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.dovecot.mails(address)]

    async def gets(self, count: int, address: str = CUSTOMER) -> list[EmailMessage]:
        """Wait until so many mails lie in somebody's inbox."""
        await self.until(lambda: len(self.dovecot.mails(address)) >= count, f"{count} mails for {address}")
        return self.inbox(address)

    async def until(self, holds: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> None:
        """Wait for something."""
        try:
            async with asyncio.timeout(patience_s):
                while not holds():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"waited in vain for {what}") from None

    def _deliver(self, raw: bytes, *recipients: str, sender: str = "") -> None:
        """What a mail server of ours finds out is written over what it takes in; mails between our own addresses are proven."""
        head = b"Authentication-Results: mx.example.com; dmarc=pass\r\n"
        self.dovecot.deliver(head + raw, *recipients, sender=sender)

    # ---- the record, read from beside ------------------------------------------------------------------------------------------

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(f"file:{self.folder}/record.db?mode=ro", uri=True)) as record:
            return record.execute(query).fetchall()

    def sessions(self) -> list[dict[str, Any]]:
        """All sessions, oldest first."""
        return [{"state": "bot", **msgspec.json.decode(body)} for (body,) in self.rows("SELECT body FROM session ORDER BY opened_at")]

    def messages(self, author: str = "") -> list[dict[str, Any]]:
        """Every message on record: what it is and how it stands."""
        rows = self.rows("SELECT body, status, detail FROM message ORDER BY session_id, seq")
        found = [{**msgspec.json.decode(body), "status": status, "detail": detail} for body, status, detail in rows]
        return [message for message in found if not author or message["author"] == author]


def words_of(mail: EmailMessage) -> str:
    """The plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").strip()
