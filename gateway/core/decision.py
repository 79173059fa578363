"""What the bot is asked and what it decides: the whole interface between the gateway and any brain."""

from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId, QueueName
from gateway.core.message import Choice
from gateway.core.session import BotMemory

PERSON = "person"
"""The id of the choice "talk to a person", wherever choices are given."""


class Kind(StrEnum):
    """The four things that a bot can decide."""

    ANSWER = "answer"
    CLARIFY = "clarify"
    HANDOFF = "handoff"
    CHITCHAT = "chitchat"


class Ask(Struct, frozen=True, kw_only=True):
    """One question, with what is needed to understand it. `picked` is set instead of `text` where the customer tapped a choice."""

    text: str
    languages: tuple[str, ...]
    """BCP 47 tags that may be answered in; the first is the default."""
    language: str | None = None
    """The session's language so far."""
    channel_type: str = "webchat"
    memory: BotMemory = BotMemory()
    picked: str | None = None
    today: str = ""
    """ISO date, for entries with a validity."""


class Candidate(Struct, frozen=True):
    """A knowledge entry that may be meant."""

    entry: EntryId
    confidence: float
    title: str = ""


class Decision(Struct, frozen=True, kw_only=True):
    """What to do about one question. `text` is fit for the customer, in `language`; empty for a handoff without words."""

    kind: Kind
    language: str
    text: str = ""
    entry: EntryId | None = None
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    choices: tuple[Choice, ...] = ()
    reason: Reason | None = None
    trigger: str = ""
    queue: QueueName | None = None
    category: str | None = None
    urgency: Urgency = Urgency.NORMAL
    memory: BotMemory = BotMemory()
    """What to remember for the next turn."""
    detail: dict[str, Any] = field(default_factory=dict)
    """More of the why, for the desk."""
