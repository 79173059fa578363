"""What the bot is asked and what it decides: the whole interface between the gateway and any brain."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId, QueueName
from gateway.core.memory import BotMemory
from gateway.core.parts import Choice, Part

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
    subject: str = ""
    """What stands above the text, where that is a mail which begins a thread."""
    is_letter: bool = False
    """It came by mail: a question back costs the customer hours, and a person is a reply away."""
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


class Road(StrEnum):
    """Who is asked in a look-up."""

    ACTION = "action"
    """A system of the operator's, for an entry's action: without its word there is no answer."""
    ANSWERER = "answerer"
    """A language model, for better words: without its word the entry's own answer is said."""


class Lookup(Struct, frozen=True, kw_only=True):
    """Something to fetch before the answer can be said: an entry's action, and what the customer told for it."""

    entry: EntryId
    action: str
    """The action's name: the NAME of `[bot.actions.NAME]`."""
    slots: dict[str, str] = field(default_factory=dict)
    road: Road = Road.ACTION
    secret: tuple[str, ...] = ()
    """Of the slots, those that nobody is to read. On record they are masked; whoever performs the look-up has them: `gateway.secrecy`."""


class Decision(Struct, frozen=True, kw_only=True):
    """What to do about one question. `text` is fit for the customer, in `language`; empty for a handoff without words."""

    kind: Kind
    language: str
    text: str = ""
    entry: EntryId | None = None
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    choices: tuple[Choice, ...] = ()
    """What to pick from: after a question back, or under an answer that leaves something open."""
    prompt: str = ""
    """The words between an answer and its choices."""
    lead: str = ""
    """Said before a handoff whoever is there to take it: words of care, or what the bot knows already. `text` is only said to who waits."""
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


class Heard(Struct, frozen=True):
    """What the customer said while something was looked up, to be answered behind it."""

    seq: int
    parts: tuple[Part, ...]


class Looking(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A look-up on its way. It stands in the session until its result, or a timer, ends it."""

    id: str
    """Derived from the session and the message, so that deciding again looks up the same, and a result is taken once."""
    until: datetime
    """When a timer may take it for lost."""
    heard: Heard
    """What it answers."""
    decision: Decision
    """What the bot decided, without its memory. Its words are what is said where only better ones were looked for."""
    waiting: tuple[Heard, ...] = ()
    """What came meanwhile, in order."""
    answer_by: datetime | None = None
    """Until then the peer waits on the line (`Inbound.answer_by`): what is found in time may still go back to it."""
