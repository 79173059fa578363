"""What a mail is, to all of this adapter: the words that its parts share. Pure values."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from gateway.core.channel import Enclosed

HEAD_BYTES = 65_536
"""Of a mail that is too large, so much is read."""
PARTS_MAX_COUNT = 1_000
DEPTH_MAX_COUNT = 20


class Mailbox(Struct, frozen=True):
    """A name and an address, decoded; the address in lower case, "" where there is none that can be used."""

    name: str
    address: str


class Recipient(Struct, frozen=True, kw_only=True):
    """What a delivery status notification says of one recipient (RFC 3464, section 2.3)."""

    address: str
    action: str
    """failed, delayed, delivered, relayed or expanded; lower case."""
    status: str
    """Such as 5.1.1; "" where it says none."""
    detail: str = ""
    """The other server's words, cut to 300 characters: for people."""


class Report(Struct, frozen=True, kw_only=True):
    """A delivery status notification, or a read receipt: news of a mail of ours."""

    message_id: str
    """Of the mail that it is about, without its angle brackets; "" where it does not say."""
    recipients: tuple[Recipient, ...]
    is_read: bool = False
    """It is a disposition notification: displayed."""


class Mail(Struct, frozen=True, kw_only=True):
    """A mail as it was read. Nothing in it is trusted; every text is decoded, without controls and without a lone surrogate."""

    message_id: str = ""
    """Without its angle brackets, as are all of these."""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    """Oldest first, at most 100 (its first and its last ones)."""
    subject: str = ""
    sender: Mailbox = Mailbox("", "")
    """The first of From, else Sender."""
    from_count: int = 0
    """How many addresses stand in all its From fields together. Other than 1: it proves nobody (programs may take different ones)."""
    reply_to: tuple[Mailbox, ...] = ()
    to: tuple[Mailbox, ...] = ()
    cc: tuple[Mailbox, ...] = ()
    delivered_to: tuple[str, ...] = ()
    """Delivered-To, X-Original-To, Envelope-To: addresses, lower case."""
    return_path: str | None = None
    """The envelope's sender, "" for the null one; None: the server does not tell."""
    date: datetime | None = None
    headers: tuple[tuple[str, str], ...] = ()
    """All that the gate and the desk need, names in lower case, in order, decoded; 64 KiB at most."""
    text: str = ""
    """All that was written, quoted text included: the plain part, else the HTML one as text."""
    html: str = ""
    """The HTML part, decoded, not sanitized."""
    enclosed: tuple[Enclosed, ...] = ()
    cids: tuple[tuple[str, int], ...] = ()
    """Content-IDs and the places of what they name."""
    calendar: str = ""
    """An invitation in words: what, when, where, who; part of `text` already."""
    report: Report | None = None
    body_hash: str = ""
    """Of everything behind the headers, SHA-256 in hex: two deliveries of one mail share it."""
    trouble: str = ""
    """A stable word where only a part could be read: too_large, too_many_parts, too_deep, broken, encrypted."""


class Fetched(Struct, frozen=True, kw_only=True):
    """A mail as a mailbox gave it."""

    mailbox: str
    uidvalidity: int
    uid: int
    raw: bytes
    size_bytes: int
    """Of the whole: more than `raw` holds where it was too large."""
    at: datetime
    """When the server took it (INTERNALDATE)."""


class Composed(Struct, frozen=True, kw_only=True):
    """A mail of ours, ready to go."""

    raw: bytes
    """RFC 5322, CRLF."""
    message_id: str
    """The same for every try, so that a repeat can be told."""
    sender: str
    """The envelope's; "" is the null sender."""
    recipients: tuple[str, ...]
    """Whom it is for: without at least one of them it does not go."""
    copies: tuple[str, ...] = ()
    """Who gets a copy: it goes without those who are refused."""


class Addressing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a thread is answered: what `Inbound.addressing` holds, as JSON. At most 16 KiB."""

    subject: str = ""
    message_id: str = ""
    """Of the customer's newest mail."""
    references: tuple[str, ...] = ()
    """Before it, oldest first, at most 20: the first one and the last ones."""
    to: tuple[Mailbox, ...] = ()
    """Reply-To where there is one that may be used, else From."""
    alone: tuple[Mailbox, ...] = ()
    """Who wrote, in their own house: whom a program may send their words back to as they are. Empty: nobody wrote, no program answers."""
    is_vouched: bool = False
    """Its sender is proven: only then does a program write to those who are copied, and quote what can be followed."""
    cc: tuple[Mailbox, ...] = ()
    """To and Cc of the mail, but for ourselves and who is in `to`; at most 20."""
    sender: str = ""
    """Who wrote it, as it is shown over quoted text."""
    date: str = ""
    """ISO 8601."""
    quoted: str = ""
    """What was written, for the quotation; at most 4,000 characters."""


def newest(references: Sequence[str], count: int) -> tuple[str, ...]:
    """The first of them and the last, `count` at most: what threads need (RFC 5322, section 3.6.4, lets a long list be cut)."""
    return tuple(references) if len(references) <= count else (references[0], *references[len(references) - count + 1 :])
