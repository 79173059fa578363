"""A knowledge entry, as the bot knows it."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.handoff import Reason, Urgency
from gateway.core.ids import EntryId, QueueName


class Risk(StrEnum):
    """What a wrong answer costs: decides the precision asked for."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"


class EntryHandoff(Struct, frozen=True, kw_only=True):
    """An entry that people answer: where it goes, and why."""

    queue: QueueName | None = None
    reason: Reason = Reason.BUSINESS_RULE


class Entry(Struct, frozen=True, kw_only=True):
    """One thing that customers ask, and what to say. `answer` and `answer_on` are by language tag; Markdown."""

    id: EntryId
    questions: tuple[str, ...]
    """Ways to ask it; the first is its title."""
    answer: Mapping[str, str] = field(default_factory=dict)
    answer_on: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By channel type, then by language, where the channel needs other words."""
    tags: tuple[str, ...] = ()
    category: str | None = None
    urgency: Urgency = Urgency.NORMAL
    valid_from: str = ""
    """ISO dates, both included; empty: open."""
    valid_to: str = ""
    risk: Risk = Risk.NORMAL
    not_questions: tuple[str, ...] = ()
    """Look alike, and are not meant."""
    handoff: EntryHandoff | None = None
    action: Mapping[str, Any] | None = None

    @property
    def title(self) -> str:
        """The question that stands for the entry."""
        return self.questions[0]

    def is_valid_on(self, today: str) -> bool:
        """Whether the entry counts on an ISO date; an unknown date ("") asks nothing."""
        return not today or ((not self.valid_from or self.valid_from <= today) and (not self.valid_to or today <= self.valid_to))
