"""How a mail is answered from the desk: what its reply is headed by unless the agent says otherwise, and what an agent may say. Pure."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from adapters.email.words import Addressing, Mailbox
from adapters.email.writing import subjects
from config.email import Email
from config.schema import Settings
from gateway.core.contact import AddressKind
from gateway.core.errors import BadInput
from gateway.core.ids import ChannelName
from gateway.core.parts import Letter
from gateway.core.session import Session

SUBJECT_MAX_CHARS = 300
COPIES_MAX_COUNT = 20
ADDRESS_MAX_CHARS = 254
"""RFC 5321, section 4.5.3.1.3, less the angle brackets."""
LOCAL_MAX_CHARS = 64
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


class GivenLetter(Struct, frozen=True):
    """What an agent heads a mail with; what is not given is as the thread has it."""

    subject: Annotated[str, Meta(max_length=2 * SUBJECT_MAX_CHARS)] | None = None
    cc: Annotated[tuple[Annotated[str, Meta(max_length=2 * ADDRESS_MAX_CHARS)], ...], Meta(max_length=2 * COPIES_MAX_COUNT)] | None = None


def heading(session: Session, settings: Settings) -> dict[str, Any]:
    """What a reply here is headed by: to whom it goes, who gets a copy, its subject."""
    known = _addressing(session)
    to = known.to or _customer(session)
    taken = {one.address.lower() for one in to} | ours(settings, session.channel)
    return {
        "to": [{"name": one.name, "address": one.address} for one in to],
        "cc": [{"name": one.name, "address": one.address} for one in _others(known.cc, taken)],
        "subject": subjects.reply(known.subject, "").strip() if known.subject else "",
    }


def checked(given: GivenLetter, session: Session, settings: Settings) -> Letter:
    """What the agent's mail is headed by. Raises BadInput for what is no address, for too many, and for a subject of more than a line.

    Our own addresses, and whoever it goes to anyway, are left out: a copy to ourselves would come back as a mail.
    """
    usual = heading(session, settings)
    known = {one["address"].lower(): one["address"] for one in usual["cc"]}
    taken = {one["address"].lower() for one in usual["to"]} | ours(settings, session.channel)
    asked = list(known.values()) if given.cc is None else given.cc
    copies: dict[str, str] = {}
    for one in asked:
        address = known.get(one.strip().lower()) or _address(one)
        if _plain(address) not in taken:
            copies.setdefault(address.lower(), address)
    if len(copies) > COPIES_MAX_COUNT:
        raise BadInput("letter_copies", f"copies to at most {COPIES_MAX_COUNT} addresses")
    return Letter(subject=_subject(usual["subject"] if given.subject is None else given.subject), cc=tuple(copies.values()))


def ours(settings: Settings, channel: ChannelName) -> set[str]:
    """The channel's own addresses, lower case."""
    configured = settings.channels.get(channel)
    return {one.lower() for one in (configured.address, *configured.aliases)} if isinstance(configured, Email) else set()


def _addressing(session: Session) -> Addressing:
    try:
        return msgspec.json.decode(session.addressing or "{}", type=Addressing)
    except msgspec.MsgspecError:
        return Addressing()


def _customer(session: Session) -> tuple[Mailbox, ...]:
    is_mail = session.address.kind is AddressKind.EMAIL
    return (Mailbox(session.customer_name or "", session.address.value),) if is_mail else ()


def _others(mailboxes: Sequence[Mailbox], taken: Collection[str]) -> list[Mailbox]:
    found = {one.address.lower(): one for one in reversed(mailboxes) if one.address and _plain(one.address) not in taken}
    return list(reversed(found.values()))[:COPIES_MAX_COUNT]


def _plain(address: str) -> str:
    """Lower case, without what stands behind a `+`: our signed addresses are ours too."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _address(text: str) -> str:
    """Raises BadInput for what is no address (RFC 5321, section 4.1.2, without quoted strings and bare numbers)."""
    address = text.strip()
    local, at, domain = address.rpartition("@")
    labels = domain.split(".")
    is_local = bool(_LOCAL.fullmatch(local)) and not local.startswith(".") and not local.endswith(".") and ".." not in local
    is_domain = len(labels) > 1 and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()
    if not (at and is_local and is_domain and len(address) <= ADDRESS_MAX_CHARS):
        raise BadInput("letter_address", "addresses such as name@example.com")
    return address


def _subject(text: str) -> str:
    subject = " ".join(text.split())
    if len(subject) > SUBJECT_MAX_CHARS or any(unicodedata.category(character) in {"Cc", "Cs"} for character in subject):
        raise BadInput("letter_subject", f"a subject of at most {SUBJECT_MAX_CHARS} characters, without control characters")
    return subject
