"""Delivery status notifications and read receipts as news of mails of ours (E7). Pure: what they say, and which addresses they suppress.

A notification is known to be about a mail of ours by our own signed Message-ID, or by the signed address that bounces come back to; all
else is anybody's claim, and counts for nothing.
"""

import hashlib

from msgspec import Struct

from adapters.email.domains import domain_of
from adapters.email.found import Found
from adapters.email.tokens import Tokens
from adapters.email.words import Mail, Recipient, Report
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Fated, Inbound
from gateway.core.ids import ChannelName, Thread
from gateway.core.message import Status

DETAIL_MAX_CHARS = 400
_STATUSES = {"failed": Status.FAILED, "delayed": Status.SENT, "delivered": Status.DELIVERED}
"""By action. `relayed` and `expanded` tell that the mail left for where nothing more is told: it stays sent."""
_ABOUT_THE_MAIL = frozenset({"5.2.3", "5.3.4"})
"""Too long for this mailbox, too big for this system (RFC 3463): a smaller mail arrives. So it is with 5.6.x, what is in the mail."""


class Of(Struct, frozen=True):
    """Which mail of ours a notification is about."""

    message_id: str
    """Without its angle brackets, as `send` gave it to the middle."""
    thread: Thread


def of(report: Report, tokens: Tokens) -> Of | None:
    """The mail of ours; None where it is about none, or says so without a signature of ours."""
    thread, outgoing = tokens.thread_of(report.message_id), tokens.outgoing_of(report.message_id)
    if thread is not None and outgoing is not None:
        return Of(tokens.message_id(outgoing, thread).strip("<>"), thread)
    return None


def keys_of(mail: Mail, report: Report, tokens: Tokens) -> list[str]:
    """What `send` may have noted the mail under that it is about: its outgoing id, or another server's name for it."""
    back = (*mail.delivered_to, *(one.address for one in (*mail.to, *mail.cc)))
    outgoing = [key_of_outgoing(found) for address in back if "+" in address and (found := tokens.outgoing_of_verp(address))]
    return [*dict.fromkeys(outgoing), *([key_of_name(report.message_id)] if report.message_id else [])]


def key_of_outgoing(outgoing: str) -> str:
    """What a mail's own Message-ID is noted under, by its outgoing id."""
    return f"out {outgoing}"


def key_of_name(message_id: str) -> str:
    """The same, by the Message-ID that a server has put over ours."""
    return "id " + hashlib.sha256(message_id.strip().strip("<>").encode("utf-8", "replace")).hexdigest()[:32]


def value_of(message_id: str, thread: Thread) -> str:
    """What is noted."""
    return f"{thread} {message_id.strip('<>')}"


def noted(value: str) -> Of:
    """What was noted."""
    thread, _, message_id = value.partition(" ")
    return Of(message_id, Thread(thread))


def fate(channel: ChannelName, report: Report, found: Found, about: Of) -> Inbound | None:
    """What became of it; None where the notification says nothing of it."""
    if report.is_read:
        fated = Fated(channel_message_id=about.message_id, status=Status.READ)
    else:
        status = _worst(report)
        if status is None:
            return None
        told = [one for one in report.recipients if _STATUSES.get(one.action) is status]
        fated = Fated(channel_message_id=about.message_id, status=status, detail=detail(told))
    return Inbound(
        channel=channel, thread=about.thread, key=event_key(channel, found.key, "fate"),
        sender=Address(AddressKind.EMAIL, "", found.customer or found.sender or "mailer-daemon@sender.invalid"), at=found.at, event=fated,
    )  # fmt: skip


def suppressed(report: Report, customer: str) -> dict[str, str]:
    """The addresses that nothing is sent to any more, and why: those that can't be reached for good.

    Of the thread's customer alone: whoever has had a mail of ours can write a notification about it, and name anybody.
    """
    return {one.address: detail((one,)) for one in report.recipients if one.address and _same(one.address, customer) and _is_for_good(one)}


def _same(one: str, other: str) -> bool:
    """Whether two addresses are one, however their domains are written."""
    return one.rpartition("@")[0] == other.rpartition("@")[0] and domain_of(one) == domain_of(other) != ""


def detail(recipients: "tuple[Recipient, ...] | list[Recipient]") -> str:
    """In words for people: who, the code, what the other server said."""
    words = "; ".join(" ".join(filter(None, (one.address, one.status, one.detail))) for one in recipients)
    return words if len(words) <= DETAIL_MAX_CHARS else words[: DETAIL_MAX_CHARS - 1] + "…"


def _worst(report: Report) -> Status | None:
    """Of several recipients the one that people must know of."""
    found = {_STATUSES[one.action] for one in report.recipients if one.action in _STATUSES}
    return next((status for status in (Status.FAILED, Status.SENT, Status.DELIVERED) if status in found), None)


def _is_for_good(one: Recipient) -> bool:
    return (
        one.action == "failed" and one.status.startswith("5.") and not one.status.startswith("5.6.") and one.status not in _ABOUT_THE_MAIL
    )
