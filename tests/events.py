"""Inbound events for tests."""

from datetime import UTC, datetime

from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Inbound, Said
from gateway.core.ids import ChannelName, Thread
from gateway.core.parts import Text

SITE = ChannelName("site")
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def said(thread: str, text: str, cid: str | None = None) -> Inbound:
    """A visitor said something; the same thread and cid (the text, unless given) are the same event."""
    return Inbound(
        channel=SITE,
        thread=Thread(thread),
        key=event_key(SITE, thread, cid or text),
        sender=Address(AddressKind.VISITOR, "site", thread),
        at=AT,
        event=Said((Text(text),)),
        cid=cid or text,
    )
