"""Customers who write mails to a gateway that is killed, and what must be true of the record and of their inboxes afterwards."""

import asyncio
import email
import email.policy
import json
import random
import smtplib
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from email.message import EmailMessage
from functools import lru_cache
from pathlib import Path

import pytest

from tests.peers.dovecot import PASSWORD, DovecotServer
from tests.peers.gateway import ENTRY_COUNT, Gateway
from tests.peers.postgres import PostgresServer
from tests.peers.smtp import MailServer, Taken
from tests.peers.wechat.moved_gateway import FILE
from tests.peers.wechat.sim_clock import SimClock

SUPPORT, OUR_MX = "support@example.com", "mx.example.com"
PROGRAM = ("-P", str(Path(__file__).parents[1] / "peers" / "hasty_mail_gateway.py"))
PATIENCE_S = 60.0
LET_GO_S = 400.0
"""Longer than whoever died had hold of what it was sending, and than any server asks us to wait."""
CHANNEL = """
[channels.support]
type = "email"
address = "{support}"
imap = {{host = "127.0.0.1", port = {imap}, security = "none", user = "{support}", password = "{password}"}}
smtp = {{host = "127.0.0.1", port = {smtp}, security = "none"}}
authserv_id = "{mx}"
check_dkim = false
auto_replies_per_hour = 100
reply_means_person = false
poll_s = 5.0
timeout_s = 2.0
"""
MAIL = """Authentication-Results: {mx}; dmarc=pass header.from=example.net\r
From: {sender}\r
To: {support}\r
Subject: {subject}\r
Message-ID: {id}\r
{thread}\r
{words}\r
"""
Rows = Callable[[str], list[str]]
"""What a query for one column finds."""


class PostOffice:
    """A mailbox and a mail server, customers who write, and a clock that gateways beside it follow."""

    def __init__(self, folder: Path, dovecot: DovecotServer) -> None:
        self.dovecot = dovecot
        self.clock = SimClock(folder / "clock")
        self.smtp = MailServer(deliver=self._taken)
        self.at_taking: list[Callable[[], object]] = []
        """Done once each, when the server has a mail and has not said so."""
        self.asked: dict[str, list[tuple[str, int]]] = {}
        """By customer: (Message-ID, number of the question), in order."""

    @property
    def channel(self) -> str:
        """The section of the gateway's configuration."""
        return CHANNEL.format(support=SUPPORT, imap=self.dovecot.port, smtp=self.smtp.port, password=PASSWORD, mx=OUR_MX)

    async def write(self, customer: str, number: int, *, answers: EmailMessage | None = None) -> str:
        """A customer asks a question; whoever sends it for them tries until it is taken. The Message-ID."""
        message_id = self._note(customer, number)
        references = f"{answers['References']} {answers['Message-ID']}" if answers else ""
        thread = f"In-Reply-To: {answers['Message-ID']}\r\nReferences: {references}\r\n" if answers else ""
        mail = MAIL.format(
            mx=OUR_MX, sender=customer, support=SUPPORT, id=message_id, thread=thread, words=f"question number {number}",
            subject=answers["Subject"] if answers else f"question number {number}",
        )  # fmt: skip
        while True:
            try:
                await asyncio.to_thread(self.dovecot.deliver, mail.encode(), SUPPORT, sender=customer)
            except (OSError, smtplib.SMTPException):
                await asyncio.sleep(0.1)
            else:
                return message_id

    def find(self, questions: Mapping[str, int], *, at: datetime | None = None) -> None:
        """Mails that lie there already: customer -> the number of the question. `at`: since when."""
        self.dovecot.put(SUPPORT, (self._plain(customer, number).encode() for customer, number in questions.items()), at=at)

    def _plain(self, customer: str, number: int) -> str:
        words = f"question number {number}"
        return MAIL.format(
            mx=OUR_MX, sender=customer, support=SUPPORT, id=self._note(customer, number), thread="", subject=words, words=words
        )  # fmt: skip

    def _note(self, customer: str, number: int) -> str:
        """The Message-ID of a question."""
        asked = self.asked.setdefault(customer, [])
        asked.append((f"<{len(asked)}.{customer}>", number))
        return asked[-1][0]

    async def send(self, customer: str, mail: EmailMessage) -> None:
        """A customer's mail, written elsewhere."""
        mail["From"], mail["To"] = customer, SUPPORT
        await asyncio.to_thread(self.dovecot.deliver, mail.as_bytes(policy=email.policy.SMTP), SUPPORT, sender=customer)

    def answers_to(self, message_id: str) -> list[EmailMessage]:
        """What has been sent in answer to a mail, repeats and all."""
        return [mail for mail in map(_read, self.smtp.mails) if mail["In-Reply-To"] == message_id]

    async def answer_to(self, message_id: str) -> EmailMessage:
        """Wait for it."""
        await until(lambda: self.answers_to(message_id), f"the answer to {message_id}")
        return self.answers_to(message_id)[0]

    async def correspond(self, customer: str, is_over: Callable[[], bool], first: int) -> None:
        """One question after the other, each in reply to the last answer."""
        answer = None
        number = first
        while not is_over():
            number = (number + 1) % ENTRY_COUNT
            answer = await self.answer_to(await self.write(customer, number, answers=answer))

    async def correspond_through(
        self, harms: Sequence[Callable[[], Awaitable[None]]], *, customers: int, seed: int, gap_s: tuple[float, float] = (0.1, 1.2)
    ) -> int:  # fmt: skip
        """Customers write for as long as harm is done; how many mails they wrote."""
        dice, over = random.Random(seed), asyncio.Event()
        talks = [
            asyncio.create_task(self.correspond(f"c{number}@example.net", over.is_set, dice.randrange(ENTRY_COUNT)))
            for number in range(customers)
        ]  # fmt: skip
        going_by = asyncio.create_task(self._time_goes_by())
        for harm in harms:
            await asyncio.sleep(dice.uniform(*gap_s))
            await harm()
        over.set()
        await asyncio.gather(*talks)
        going_by.cancel()
        return sum(map(len, self.asked.values()))

    async def _time_goes_by(self) -> None:
        """What failed is tried again within a moment of ours."""
        while True:
            await asyncio.sleep(0.5)
            self.clock.advance(LET_GO_S)

    def check(self, rows: Rows) -> None:
        """Every mail is on record once, in the order of its thread, and has exactly one answer at its customer, who alone reads it."""
        threads: dict[str, list[dict[str, object]]] = {}
        for body in rows("SELECT message.body FROM message JOIN session ON session.id = session_id ORDER BY opened_at, message.seq"):
            message = json.loads(body)
            threads.setdefault(message["session_id"], []).append(message)
        said = sorted([_words(one) for one in thread if one["author"] == "customer"] for thread in threads.values())
        assert said == sorted([f"question number {number}" for _, number in asked] for asked in self.asked.values())
        for thread in threads.values():
            answered = [(_words(one), one["reply_to"]) for one in thread if one["author"] == "bot"]
            questions = {one["seq"]: _words(one).replace("question", "answer") for one in thread if one["author"] == "customer"}
            assert sorted(answered) == sorted((words, seq) for seq, words in questions.items())
        got: dict[str, dict[str, EmailMessage]] = {}
        for taken in self.smtp.mails:
            (customer,) = taken.recipients
            mail = _read(taken)
            got.setdefault(customer, {})[mail["Message-ID"]] = mail  # a repeat has the same
        assert got.keys() == self.asked.keys()
        for customer, asked in self.asked.items():
            answers = {mail["In-Reply-To"]: str(mail.get_body(("plain",))) for mail in got[customer].values()}
            assert len(answers) == len(got[customer]), "two answers to one mail"
            assert answers.keys() == {message_id for message_id, _ in asked}
            assert all(f"answer number {number}\n" in answers[message_id] for message_id, number in asked)

    async def all_settled(self, rows: Rows, *, patience_s: float = PATIENCE_S) -> None:
        """Wait until nothing is on its way."""
        async with asyncio.timeout(patience_s):
            while rows("SELECT status FROM message WHERE status <> 'sent'") or rows("SELECT id FROM outbox"):
                self.clock.advance(LET_GO_S)
                await asyncio.sleep(0.2)

    def _taken(self, *_: object, **__: object) -> None:
        if self.at_taking:
            self.at_taking.pop()()


@contextmanager
def post_office(folder: Path, dovecot: DovecotServer) -> Iterator[PostOffice]:
    """It is open, and gateways started within share its time."""
    dovecot.add_user(SUPPORT)
    office = PostOffice(folder, dovecot)
    with office.smtp, pytest.MonkeyPatch.context() as patch:
        patch.setenv(FILE, str(folder / "clock"))
        yield office


async def until(holds: Callable[[], object], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for something."""
    try:
        async with asyncio.timeout(patience_s):
            while not holds():
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"waited in vain for {what}") from None


def read_postgres(server: PostgresServer, url: str) -> Rows:
    """The record of a gateway with PostgreSQL."""

    def rows(query: str) -> list[str]:
        return server.sql(query, url.rpartition("/")[2]).splitlines()

    return rows


def read_lite(gateway: Gateway) -> Rows:
    """The record of a gateway with SQLite."""

    def rows(query: str) -> list[str]:
        with closing(sqlite3.connect(f"file:{gateway.folder / 'data' / 'frontdesk.db'}?mode=ro", uri=True)) as record:
            return [str(row[0]) for row in record.execute(query)]

    return rows


@lru_cache(maxsize=8192)
def _read(taken: Taken) -> EmailMessage:
    return email.message_from_bytes(taken.raw, policy=email.policy.default)


def _words(message: dict[str, object]) -> str:
    """The last words of a message: under its subject, where it begins a thread."""
    parts = message["parts"]
    assert isinstance(parts, list)
    return str(parts[-1]["text"]).rpartition("\n")[2]
