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


class Triage(Struct, frozen=True, kw_only=True):
    """What sort of wish it is: feeds the queue, the priority and the reports."""

    kind: str = "question"
    """question, complaint, suggestion, request, praise or other."""
    area: str = ""
    """The business area: an entry's category, or what the configuration's words say; "" where nothing tells."""
    urgency: Urgency = Urgency.NORMAL
    sentiment: float = 0.0
    """From -1 (furious) to 1 (delighted), rounded."""
    why: dict[str, Any] = field(default_factory=dict)


class Lookup(Struct, frozen=True, kw_only=True):
    """Something to fetch before the answer can be said: an entry's action, and what the customer told for it."""

    entry: EntryId
    action: str
    """The action's name: which road fetches it."""
    slots: dict[str, str] = field(default_factory=dict)


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
    triage: Triage | None = None
    """What sort of wish it is; told with every handoff."""
    lookup: Lookup | None = None
    """What has to be fetched first; `text` is then what is said meanwhile."""
    detail: dict[str, Any] = field(default_factory=dict)
    """More of the why, for the desk."""
