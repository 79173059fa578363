"""Values to columns and back: times as microseconds, the rest as JSON, with only what is queried in columns of its own."""

import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from gateway.core.changes import DeadLetter, LinkCode, Placed
from gateway.core.contact import Address, Contact, Identity
from gateway.core.desk import CannedReply, FilledForm, Setting
from gateway.core.events import Inbound
from gateway.core.handoff import Agent, Case, Handoff, Note, Trace
from gateway.core.ids import ChannelName, Thread
from gateway.core.knowledge import DraftEntry, Label, Revision
from gateway.core.message import Message, Outgoing
from gateway.core.session import Session

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SEPARATOR = "\x1f"

_encode = msgspec.json.Encoder().encode

session_of = msgspec.json.Decoder(Session).decode
handoff_of = msgspec.json.Decoder(Handoff).decode
agent_of = msgspec.json.Decoder(Agent).decode
case_of = msgspec.json.Decoder(Case).decode
contact_of = msgspec.json.Decoder(Contact).decode
identity_of = msgspec.json.Decoder(Identity).decode
note_of = msgspec.json.Decoder(Note).decode
trace_of = msgspec.json.Decoder(Trace).decode
canned_reply_of = msgspec.json.Decoder(CannedReply).decode
setting_of = msgspec.json.Decoder(Setting).decode
draft_of = msgspec.json.Decoder(DraftEntry).decode
revision_of = msgspec.json.Decoder(Revision).decode
label_of = msgspec.json.Decoder(Label).decode
form_of = msgspec.json.Decoder(FilledForm).decode
inbound_of = msgspec.json.Decoder(Inbound).decode
outgoing_of = msgspec.json.Decoder(Outgoing).decode
placed_of = msgspec.json.Decoder(Placed).decode
link_code_of = msgspec.json.Decoder(LinkCode).decode
dead_letter_of = msgspec.json.Decoder(DeadLetter).decode
_message_of = msgspec.json.Decoder(Message).decode


def body(value: Any) -> str:
    """A value as its row's JSON."""
    return _encode(value).decode()


def message_of(text: str, status: str) -> Message:
    """A message from its body as first written and the status that it has now."""
    message = _message_of(text)
    return message if message.status == status else msgspec.structs.replace(message, status=type(message.status)(status))


def micros(at: datetime) -> int:
    """A moment as microseconds since 1970, exactly."""
    return (at - _EPOCH) // _MICROSECOND


def moment(at_us: int) -> datetime:
    """The moment of these microseconds."""
    return _EPOCH + timedelta(microseconds=at_us)


def thread_key(channel: ChannelName, thread: Thread) -> str:
    """One column for a thread and its channel."""
    return f"{channel}{_SEPARATOR}{thread}"


def channel_of(key: str) -> ChannelName:
    """The channel of a `thread_key`."""
    return ChannelName(key.split(_SEPARATOR, 1)[0])


def address_key(address: Address) -> str:
    """One column for an external id."""
    return _SEPARATOR.join((address.kind, address.issuer, address.value))


def name_key(name: str) -> str:
    """A login name as it is compared: the width and case of its letters don't count."""
    return unicodedata.normalize("NFKC", name).casefold().strip()
