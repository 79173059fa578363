"""A support address keeps the channel contract. Its mails come from its listener; `parse` is what makes events of one."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import ClassVar

import pytest

from adapters.email.opening import open_email
from config.email import Smtp
from gateway.core.channel import Channel, Closable, Examinable, Fetches, Grade, Listening, OpensLetters, Raw
from gateway.core.contact import Address, AddressKind, Proof
from gateway.core.errors import Rejected, SendError, TryLater, Uncertain
from gateway.core.events import Quiet, Said
from gateway.core.parts import Letter, Text, Together
from tests.contract.channel_kit import AT_MS, NAME, Peer, PushedKit, outgoing_of
from tests.fakes import FrozenClock
from tests.peers.processes import free_port
from tests.peers.smtp import DROP, HANG, TAKE_AND_DROP, MailServer
from tests.unit.adapters.kf_means import MemoryLeases, MemoryNotebook, MemoryShelf
from tests.unit.adapters.mail_means import AT, SECRET, MemoryMail, MemoryMarks, mail, settings_of, texts
from tests.unit.adapters.mail_signed import Dns

TO = Address(AddressKind.EMAIL, "", "customer@example.net")
MANY = 1_000


class MailPeer(Peer):
    """A mail server, told how to answer."""

    def __init__(self, server: MailServer) -> None:
        self.server = server

    def answers(self, status: int, retry_after: str | None = None) -> None:
        self.server._expected.clear()
        if status >= 500:
            self.server.expect(".", TAKE_AND_DROP, MANY)
        elif status >= 400:
            self.server.expect("RCPT", "550 5.7.1 no mail from you", MANY)

    def hangs(self) -> None:
        self.server._expected.clear()
        self.server.expect(".", HANG, MANY)

    def breaks_off(self) -> None:
        self.server._expected.clear()
        self.server.expect(".", DROP, MANY)

    def received(self) -> Sequence[tuple[dict[str, str], bytes]]:
        return [({}, taken.raw) for taken in self.server.mails]


def opened(port: int = 9, patience_s: float = 20.0) -> Channel:
    """The channel, with a mail server on this port."""
    settings = settings_of(
        message_max_bytes=1_000_000, timeout_s=patience_s,
        smtp=Smtp(host="127.0.0.1", port=port, security="none", user="support", password="smtp-pass-1")
    )  # fmt: skip
    return open_email(
        NAME, settings, secret=SECRET, files=MemoryMail(), notebook=MemoryNotebook(), marks=MemoryMarks(), leases=MemoryLeases().worker(),
        shelf=MemoryShelf(), clock=FrozenClock(AT), company="Example GmbH", resolver=Dns({}, is_down=True), texts=texts(),
    )  # fmt: skip


def raw_of(body: bytes) -> Raw:
    return Raw(body=body, received_at_ms=AT_MS)


class TestEmail(PushedKit):
    """A support address."""

    secrets: ClassVar[tuple[str, ...]] = ("imap-pass-1", "smtp-pass-1", SECRET.decode())

    def channel(self) -> Channel:
        return opened()

    def raws(self) -> Sequence[Raw]:
        html = mail("<p>退款<b>多久</b>到账？</p>", mid="html@example.net").replace(b"text/plain", b"text/html")
        away = mail("I am away.", mid="away@example.net", Auto_Submitted="auto-replied")
        return [
            raw_of(body) for body in (mail(), html, away, mail("No id.", mid=None), mail(mid="other@example.org", sender="o@example.org"))
        ]

    def forged(self) -> Sequence[Raw]:
        return []  # a forged mail is not refused: it is in doubt, see below

    def to(self) -> Address:
        return TO

    @asynccontextmanager
    async def connected(self, patience_s: float = 20.0) -> AsyncIterator[tuple[Channel, Peer]]:
        logging.getLogger("mail.log").setLevel(logging.ERROR)  # the peer's own: it writes down all that it is told
        with MailServer(users={"support": "smtp-pass-1"}) as server:
            channel = opened(server.port, patience_s)
            try:
                yield channel, MailPeer(server)
            finally:
                assert isinstance(channel, Closable)
                await channel.close()

    @asynccontextmanager
    async def unconnected(self) -> AsyncIterator[Channel]:
        channel = opened(free_port())
        yield channel
        assert isinstance(channel, Closable)
        await channel.close()

    @pytest.mark.parametrize(
        ("verb", "answer", "kind"),
        [
            ("RCPT", "550 5.1.1 no such user", Rejected),
            ("MAIL", "553 5.7.1 not your address", Rejected),
            (".", "554 5.7.1 it looks like spam", Rejected),
            ("RCPT", "451 4.7.1 greylisted", TryLater),
            ("CONNECT", "421 4.3.2 too many connections", TryLater),
            (".", "452 4.3.1 no room", TryLater),
            ("AUTH", "535 5.7.8 wrong password", TryLater),
            (".", DROP, Uncertain),
        ],
    )
    async def test_an_answer_says_what_became_of_it(self, verb: str, answer: str, kind: type[SendError]) -> None:  # type: ignore[override]
        """In SMTP's own words, which name no time to come again."""
        async with self.connected() as (channel, peer):
            assert isinstance(peer, MailPeer)
            peer.server.expect(verb, answer, MANY)
            with pytest.raises(SendError) as refused:
                await channel.send(Text("hello"), outgoing_of(Text("hello"), TO))
            assert type(refused.value) is kind
            assert len(peer.received()) == 0

    async def test_a_whole_message_is_one_mail_and_every_try_is_the_same(self) -> None:
        whole = Together((Text("first"), Text("**second**", markdown=True)))
        async with self.connected() as (channel, peer):
            first, again = [await channel.send(whole, outgoing_of(whole, TO)) for _ in range(2)]
            assert first == again
            assert peer.received()[0][1] == peer.received()[1][1]
            assert first.channel_message_id is not None
            assert f"<{first.channel_message_id}>".encode() in peer.received()[0][1]

    async def test_a_copy_that_is_refused_is_told_and_the_mail_goes(self) -> None:
        letter = Together((Letter(cc=("gone@example.org", "boss@example.net")), Text("hello")))
        async with self.connected() as (channel, peer):
            assert isinstance(peer, MailPeer)
            peer.server.faults.refused["gone@example.org"] = "550 5.1.1 no such user"
            receipt = await channel.send(letter, outgoing_of(letter, TO))
            assert receipt.detail == "gone@example.org (user_unknown)"
            assert peer.server.mails[0].recipients == (TO.value, "boss@example.net")

    def test_a_mail_of_which_nothing_is_known_is_in_doubt(self) -> None:
        (event,) = self.channel().parse(self.raws()[0]).events
        assert (event.proof, event.quiet, event.sender) == (Proof.NONE, None, TO)
        assert isinstance(event.event, Said)
        assert event.event.parts[1:] == (Text("Where is my parcel?\n\nIt has not come yet."),)
        assert isinstance(event.event.parts[0], Letter)

    def test_a_program_is_told_from_a_person(self) -> None:
        (event,) = self.channel().parse(self.raws()[2]).events
        assert event.quiet is Quiet.AUTOMATIC

    def test_it_can_what_it_must(self) -> None:
        channel = self.channel()
        can = channel.capabilities
        assert (can.is_whole, can.letters, can.is_idempotent, can.markdown) == (True, True, True, Grade.NATIVE)
        assert can.patience_s == 48 * 3600
        for ability in (Listening, Fetches, OpensLetters, Examinable, Closable):
            assert isinstance(channel, ability)
