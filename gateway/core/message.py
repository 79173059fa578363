"""Messages of a session, on their way out, and what became of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.contact import Address
from gateway.core.ids import AgentId, ChannelName, EventKey, MessageId, OutboxId, SessionId, Thread
from gateway.core.parts import Part


class Author(StrEnum):
    """Who speaks, as the customer sees it."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class Status(StrEnum):
    """What became of a message to the customer. `UNCERTAIN`: sent perhaps, the peer's answer never came."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    """Never sent: whoever wrote it had lost the session by the time of sending."""
    KEPT = "kept"
    """Not sent: the channel allows no more for now. It goes out when the customer writes again."""


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a session, as the customer may see it.

    `seq` counts a thread's messages from 1 without gaps, also across its sessions: the only order, and the proof of completeness.
    `reply_to` is the seq that a bot's answer answers.
    """

    id: MessageId
    session_id: SessionId
    seq: int
    author: Author
    at: datetime
    parts: tuple[Part, ...]
    key: EventKey | None = None
    cid: str | None = None
    agent_id: AgentId | None = None
    name: str | None = None
    reply_to: int | None = None
    status: Status = Status.SENT
    why: dict[str, Any] = field(default_factory=dict)
    """For the desk only: the bot's decision behind an answer (entry, confidence, candidates, reason)."""


class Outgoing(Struct, frozen=True, kw_only=True):
    """A message on its way out: an outbox row. Decided under `epoch`; refused at send time if the session has moved on."""

    id: OutboxId
    session_id: SessionId
    channel: ChannelName
    thread: Thread
    to: Address
    message: Message
    epoch: int
    parts_sent: int = 0
    """How many of the message's parts the channel already took: a retry goes on behind them."""
    parts_begun: int = 0
    """Noted before sending. More than `parts_sent` on a fresh lease: a worker died while the next part was on its way."""
    attempts: int = 0
    due_at: datetime | None = None
    """Not before; None: at once. What answers a waiting peer is first left to whoever is on the line with it."""
    also: tuple[int, ...] = ()
    """The seqs of further messages whose parts go out with this one, as one: where messages are counted, one turn is one message."""
    addressing: str = ""
    """The session's `addressing` when this was said: the adapter's own words."""


class Receipt(Struct, frozen=True, kw_only=True):
    """A channel's word that it took one part, with the id it gave it, if any."""

    channel_message_id: str | None = None
    detail: str = ""
    """What people should know though it was taken (one of the copies was refused): shown with the message."""
