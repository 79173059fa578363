"""Handing a session to people: the reason, the full context that goes with it, the offer, the agent, the case."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.ids import AgentId, CaseId, ChannelName, HandoffId, QueueName, SessionId, Thread

PROMISE_MISSED = "promise_missed"
"""The trace of a promised time that has passed without an answer."""
CALL_RECORD = "call"
"""The trace that a call leaves when it is over: how it ended, how long it was, how well it was heard."""


class Reason(StrEnum):
    """Why the bot gave a session away."""

    EXPLICIT_REQUEST = "explicit_request"
    LOW_CONFIDENCE = "low_confidence"
    REPEATED_MISS = "repeated_miss"
    CLARIFY_FAILED = "clarify_failed"
    NEGATIVE_SENTIMENT = "negative_sentiment"
    SENSITIVE_TOPIC = "sensitive_topic"
    VIP = "vip"
    BUSINESS_RULE = "business_rule"
    LOOP_DETECTED = "loop_detected"
    BOT_ERROR = "bot_error"
    BOT_TIMEOUT = "bot_timeout"
    LOOKUP_FAILED = "lookup_failed"
    """What the answer needs could not be looked up."""
    IVR_ZERO_OUT = "ivr_zero_out"
    TRANSFER = "transfer"
    """Not the bot but an agent: the session goes back to a queue or to a colleague."""
    AGENT_GONE = "agent_gone"
    """Its agent's desk has been unreachable for too long."""
    CALL_LOST = "call_lost"
    """A caller's line has broken on our side: they are to be called back."""
    CALL_MISSED = "call_missed"
    """Its agent's phone was not answered, or the connection to it broke: back to the old place."""
    REACHED = "reached"
    """An agent has written to the customer here because another channel of theirs is shut."""


class Stage(StrEnum):
    """How far a handoff has come: requested -> queued -> offered -> accepted -> completed | failed."""

    REQUESTED = "requested"
    QUEUED = "queued"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    FAILED = "failed"


class Failure(StrEnum):
    """Why a handoff failed."""

    NO_AGENT = "no_agent"
    CLOSED_HOURS = "closed_hours"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ERROR = "error"


class Urgency(StrEnum):
    """How much it presses."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class BotTurn(Struct, frozen=True, kw_only=True):
    """One decision of the bot, as the packet tells it."""

    seq: int
    question: str
    decision: str
    confidence: float
    entry: str | None = None
    title: str = ""
    candidates: tuple[tuple[str, float], ...] = ()
    reason: str | None = None
    why: dict[str, Any] = field(default_factory=dict)
    """More of the why: what spoke for the entry, guards, thresholds, the pieces of a long message."""


class EarlierSession(Struct, frozen=True, kw_only=True):
    """An earlier session of the same customer, in a line."""

    id: SessionId
    channel: ChannelName
    opened_at: datetime
    summary: str
    close_reason: str | None = None
    score: int | None = None
    subject: str = ""
    """By mail: what it was about."""


class HandoffPacket(Struct, frozen=True, kw_only=True):
    """The full context that an agent gets with a session. Versioned; written in the queue entry's transaction, never changed.

    The transcript is not copied: it is the session's messages up to `seq`.
    """

    version: int = 3
    """1: without kind, area, sentiment and triage. 2: without due_at, is_doubtful and beside. Both are still read."""
    reason: Reason
    trigger: str
    """What set it off, for people: the matched words, the low score."""
    wish: str
    """The customer's last wish, verbatim."""
    summary: str
    """At most 80 words."""
    language: str
    seq: int
    channel: ChannelName
    channel_type: str
    category: str | None = None
    urgency: Urgency = Urgency.NORMAL
    kind: str = ""
    """question, complaint, suggestion, request, praise or other; "": nobody has judged it."""
    area: str = ""
    """The business area; "": none is known."""
    sentiment: float = 0.0
    """From -1 (furious) to 1 (delighted)."""
    triage: dict[str, Any] = field(default_factory=dict)
    """Why kind, area, urgency and sentiment are what they are, and how the queue and the priority follow: a table for each."""
    slots: dict[str, str] = field(default_factory=dict)
    bot_turns: tuple[BotTurn, ...] = ()
    customer: dict[str, Any] = field(default_factory=dict)
    """The customer's card: name, contact details, and each with how it was verified."""
    earlier: tuple[EarlierSession, ...] = ()
    open_cases: tuple[CaseId, ...] = ()
    constraints: dict[str, Any] = field(default_factory=dict)
    """What may still be sent on this channel, until when; the page, mail Cc, call leg."""
    suggested: tuple[str, ...] = ()
    comment: str = ""
    """A transferring agent's words to the next."""
    due_at: datetime | None = None
    """Until when the customer has been promised a person's answer."""
    is_doubtful: bool = False
    """The sender's address is proven by nothing: nothing that belongs to its owner may be told."""
    beside: Thread | None = None
    """The thread that this one was begun beside: somebody else wrote on it."""


class Handoff(Struct, frozen=True, kw_only=True):
    """A queue entry and its offer. A transfer makes a new one."""

    id: HandoffId
    session_id: SessionId
    channel: ChannelName
    queue: QueueName
    stage: Stage
    reason: Reason
    requested_at: datetime
    priority: float = 0.0
    """In minutes of waiting: one point outranks a session that has waited one minute less."""
    due_at: datetime | None = None
    """Until when an answer was promised, where the line goes by that (mail); None: whoever waits longest is first."""
    units: int = 1
    """What it takes of an agent's capacity now: a mail takes nothing while its customer has the word."""
    is_callback: bool = False
    """Nobody is on the line: the customer is to be called, and keeps the place however long that takes."""
    waits_since: datetime | None = None
    """Of a caller who has come back to their place: since when they are on the line again. Patience goes by this, and the line by
    `requested_at`."""
    told_until: datetime | None = None
    """Until when the customer of a mail was told to have an answer; None: nothing was told, or since then that it takes longer."""
    language: str = "zh-CN"
    packet: HandoffPacket
    wanted_agent: AgentId | None = None
    agent_id: AgentId | None = None
    offered_at: datetime | None = None
    offer_expires_at: datetime | None = None
    passed: tuple[AgentId, ...] = ()
    """Agents who rejected it or let it time out, in order."""
    accepted_at: datetime | None = None
    ended_at: datetime | None = None
    failure: Failure | None = None
    version: int = 0


class Trace(Struct, frozen=True, kw_only=True):
    """Why an assignment was made, or was not: one line, machine-readable."""

    handoff_id: HandoffId
    session_id: SessionId
    at: datetime
    what: str
    """queued, offered, not_offered, accepted, rejected, timed_out, withdrawn, failed ..."""
    agent_id: AgentId | None = None
    why: dict[str, Any] = field(default_factory=dict)


class AgentStatus(StrEnum):
    """What an agent says of themself; not presence (is the desk connected?) and not capacity."""

    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    WRAP_UP = "wrap_up"
    OFFLINE = "offline"


class Role(StrEnum):
    """What an agent may do; each includes the ones before it."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


class Agent(Struct, frozen=True, kw_only=True):
    """A desk account and where its owner stands now."""

    id: AgentId
    name: str
    """What they log in with."""
    shown_name: str
    """What customers read."""
    role: Role
    password_hash: str
    created_at: datetime
    is_disabled: bool = False
    queues: tuple[QueueName, ...] = ()
    """Empty: all."""
    languages: tuple[str, ...] = ()
    capacity_units: int = 4
    status: AgentStatus = AgentStatus.OFFLINE
    status_since: datetime
    seen_at: datetime | None = None
    """The desk's last heartbeat; None while no desk is connected."""
    last_assigned_at: datetime | None = None
    version: int = 0


class StatusInterval(Struct, frozen=True, kw_only=True):
    """A line of the ledger: an agent was in one status."""

    agent_id: AgentId
    status: AgentStatus
    started_at: datetime
    ended_at: datetime


class Note(Struct, frozen=True, kw_only=True):
    """An agent's words to colleagues. The customer never sees it, so it has no seq of its own."""

    id: str
    session_id: SessionId
    agent_id: AgentId
    agent_name: str
    at: datetime
    after_seq: int
    text: str


class CaseStatus(StrEnum):
    """How far a case has come."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    RESOLVED = "resolved"


class Case(Struct, frozen=True, kw_only=True):
    """A ticket that outlives its session: what nobody could answer at once, and where to answer it."""

    id: CaseId
    number: str
    """Short, for people to quote."""
    session_id: SessionId
    channel: ChannelName
    opened_at: datetime
    status: CaseStatus
    subject: str
    reason: str
    packet: HandoffPacket
    queue: QueueName | None = None
    """Whose it is: agents who serve this queue see it; None: everybody does."""
    email: str | None = None
    phone: str | None = None
    due_at: datetime | None = None
    """Until when an answer was promised."""
    agent_id: AgentId | None = None
    resolved_at: datetime | None = None
    version: int = 0


class AuditEvent(Struct, frozen=True, kw_only=True):
    """Somebody changed something. The store chains each event's hash to the one before."""

    at: datetime
    actor: str
    """An agent's id, `system` or `command`."""
    action: str
    subject: str
    detail: dict[str, Any] = field(default_factory=dict)
    """Never a secret, never a customer's text."""
