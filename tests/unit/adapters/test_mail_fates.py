"""Notifications tell what became of our mails; an address that can't be reached gets no more, until its owner writes."""

import msgspec
import pytest

from adapters.email.marks import THREAD as THREADS
from adapters.email.threads import Known
from adapters.email.tokens import Tokens
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Rejected, TryLater
from gateway.core.events import Fated
from gateway.core.message import Status
from gateway.core.parts import Text
from tests.contract.channel_kit import outgoing_of
from tests.unit.adapters.mail_means import NAME, SECRET, SUPPORT, Mailroom, mail, settings_of

TOKENS = Tokens(SECRET, NAME, SUPPORT)
THREAD = TOKENS.thread("first")
OURS = TOKENS.message_id("OUT1", THREAD)
GONE = "customer@example.net"


def report(action: str, status: str, *, message_id: str = OURS, to: str = SUPPORT, mid: str = "dsn@mx.example.net") -> bytes:
    """A delivery status notification (RFC 3464)."""
    original = f"Message-ID: {message_id}\nSubject: Re: parcel\n" if message_id else "Subject: Re: parcel\n"
    text = f"""Return-Path: <>
From: MAILER-DAEMON@mx.example.net
To: {to}
Subject: Delivery report
Message-ID: <{mid}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

About your mail.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {GONE}
Action: {action}
Status: {status}
Diagnostic-Code: smtp; 550 no such user here

--b
Content-Type: text/rfc822-headers

{original}
--b--
"""
    return text.replace("\n", "\r\n").encode()


async def begun(customer: str = GONE) -> Mailroom:
    """Somebody wrote, and we have answered."""
    room = Mailroom()
    known = msgspec.json.encode(Known(customer=customer, first="")).decode()
    await room.marks.mark(NAME, THREADS, {THREAD: known}, room.clock.now())
    return room


def suppressed(room: Mailroom) -> dict[str, str]:
    return room.marks.values("suppressed")


@pytest.mark.parametrize(
    ("action", "status", "fate", "is_suppressed"),
    [
        ("failed", "5.1.1", Status.FAILED, True),
        ("failed", "5.2.3", Status.FAILED, False),
        ("failed", "5.6.1", Status.FAILED, False),
        ("failed", "4.4.7", Status.FAILED, False),
        ("delayed", "4.4.1", Status.SENT, False),
        ("delivered", "2.0.0", Status.DELIVERED, False),
    ],
)
async def test_a_notification_tells_what_became_of_a_mail(action: str, status: str, fate: Status, is_suppressed: bool) -> None:
    room = await begun()
    (event,) = await room.take(report(action, status))
    assert isinstance(event.event, Fated)
    assert event.thread == THREAD
    assert event.event.channel_message_id == OURS.strip("<>")
    assert event.event.status is fate
    assert event.event.detail == f"{GONE} {status} 550 no such user here"
    assert bool(suppressed(room)) is is_suppressed


async def test_a_notification_about_what_is_not_ours_is_nobodys_business() -> None:
    room = Mailroom()
    forged = f"<out1.{THREAD}.{'a' * 12}@example.com>"
    assert await room.take(report("failed", "5.1.1", message_id="<other@example.com>"), report("failed", "5.1.1", message_id=forged)) == []
    assert (suppressed(room), room.channel.counts["unknown_reports"]) == ({}, 2)


async def test_nothing_is_sent_to_a_suppressed_address_until_its_owner_writes() -> None:
    room = await begun()
    await room.take(report("failed", "5.1.1"))
    to = Address(AddressKind.EMAIL, "", GONE)
    with pytest.raises(Rejected) as refused:
        await room.channel.send(Text("hello"), outgoing_of(Text("hello"), to))
    assert refused.value.code == "suppressed"
    await room.take(mail(proof="none"))
    assert suppressed(room), "anybody may write in their name"
    await room.take(mail(mid="two@example.net"))
    assert suppressed(room) == {}


async def test_who_has_had_a_mail_of_ours_cuts_nobody_else_off() -> None:
    room = await begun("attacker@example.org")
    (event,) = await room.take(report("failed", "5.1.1"))
    assert isinstance(event.event, Fated)
    assert suppressed(room) == {}
    room = await begun("customer@EXAMPLE.net.")
    await room.take(report("failed", "5.1.1"))
    assert list(suppressed(room)) == [GONE]


async def test_whoever_answers_our_mail_has_had_it() -> None:
    room = Mailroom()
    (event,) = await room.take(mail(proof="none"))
    await room.take(report("failed", "5.1.1", message_id=TOKENS.message_id("OUT9", event.thread)))
    assert suppressed(room)
    await room.take(mail(mid="two@example.net", proof="none", In_Reply_To=TOKENS.message_id("OUT9", event.thread)))
    assert suppressed(room) == {}


async def test_a_bounce_without_our_message_id_is_known_by_the_address_that_it_came_to() -> None:
    room = Mailroom(settings_of(plus_address=True))
    back = TOKENS.verp("OUT1")
    assert await room.take(report("failed", "5.1.1", message_id="", to=back)) == [], "no such mail was ever sent"
    with pytest.raises(TryLater):
        await room.channel.send(Text("hello"), outgoing_of(Text("hello"), Address(AddressKind.EMAIL, "", GONE)))
    (event,) = await room.take(report("failed", "5.1.1", message_id="", to=back, mid="dsn2@mx.example.net"))
    assert isinstance(event.event, Fated)
    assert event.event.channel_message_id == TOKENS.message_id("OUT1", GONE).strip("<>")


async def test_a_read_receipt_marks_as_read() -> None:
    text = f"""From: customer@example.net
To: {SUPPORT}
Subject: Read
Message-ID: <mdn@example.net>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=disposition-notification; boundary=b

--b
Content-Type: text/plain

It was read.

--b
Content-Type: message/disposition-notification

Final-Recipient: rfc822; {GONE}
Original-Message-ID: {OURS}
Disposition: manual-action/MDN-sent-manually; displayed

--b--
"""
    room = Mailroom()
    (event,) = await room.take(text.replace("\n", "\r\n").encode())
    assert isinstance(event.event, Fated)
    assert (event.event.status, event.event.channel_message_id) == (Status.READ, OURS.strip("<>"))
