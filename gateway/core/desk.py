"""What the desk keeps for itself: canned replies, settings that people change while it runs; and what customers fill in."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.contact import Address
from gateway.core.ids import AgentId, ChannelName
from gateway.core.message import Message
from gateway.core.session import Session


class CannedReply(Struct, frozen=True, kw_only=True):
    """Words that agents have ready, found by their shortcut."""

    id: str
    shortcut: str
    title: str
    texts: dict[str, str]
    """One text for each language, by its tag."""
    folder: str = ""
    owner: AgentId | None = None
    """Whose it is; None: everybody's."""
    updated_at: datetime
    updated_by: str
    """An agent's id, or `command`."""
    version: int = 0


class Setting(Struct, frozen=True, kw_only=True):
    """Something that people set at the desk and every process follows: it goes before the configuration file."""

    name: str
    """Its kind and what it is about, as in `hours/default`."""
    value: Any
    """Whatever JSON can hold."""
    at: datetime
    by: str
    """An agent's id, or `command`."""
    version: int = 0


class FormKind(StrEnum):
    """When a customer is asked to fill in a form."""

    PRECHAT = "prechat"
    """Before the first message."""
    OFFLINE = "offline"
    """Out of hours."""


class FilledForm(Struct, frozen=True, kw_only=True):
    """What a customer filled in and agreed to. Written once, and never changed: a consent is a proof."""

    id: str
    """What makes two copies of one filling-in the same: a second one is a Repeat."""
    address: Address
    channel: ChannelName
    kind: FormKind
    consent: str = ""
    """The version of the terms that was agreed to; empty: none was asked for."""
    fields: dict[str, str] = field(default_factory=dict)
    page: str | None = None
    at: datetime


class Found(Struct, frozen=True):
    """A search's hit: the session, and the message that has most of the words (None: only the customer or the case has them)."""

    session: Session
    message: Message | None = None
