"""Who is there and who can take work: pure.

Three things that are not one: **presence** (is a desk connected? by heartbeat), **status** (what the agent says), and **capacity** (units
free). A closed browser stops its heartbeat, so nobody stays "available" who is gone.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from gateway.core.handoff import Agent, AgentStatus
from gateway.core.ids import QueueName

PRESENCE_S = 30.0
"""A desk that was not heard of for this long is disconnected."""
RELOAD_S = 5.0
"""A desk that said goodbye may be a page that reloads: it counts as connected for this long."""

AT_WORK = frozenset({AgentStatus.AVAILABLE, AgentStatus.BUSY, AgentStatus.WRAP_UP})
"""The statuses of people who will take a session sooner or later: worth waiting for."""


class Bar(StrEnum):
    """What keeps an agent from taking a session just now."""

    DISABLED = "disabled"
    OTHER_QUEUE = "other_queue"
    NOT_CONNECTED = "not_connected"
    NOT_AVAILABLE = "not_available"
    AT_CAPACITY = "at_capacity"


def is_connected(agent: Agent, now: datetime) -> bool:
    """Whether the agent's desk was heard of lately. `seen_at` alone does not tell: it is cleared only some time after."""
    return agent.seen_at is not None and (now - agent.seen_at).total_seconds() <= PRESENCE_S


def after_goodbye(now: datetime) -> datetime:
    """The `seen_at` that lets presence end RELOAD_S from now."""
    return now - timedelta(seconds=PRESENCE_S - RELOAD_S)


def serves(agent: Agent, queue: QueueName) -> bool:
    """Whether the queue is one of the agent's."""
    return not agent.queues or queue in agent.queues


def speaks(agent: Agent, language: str) -> bool:
    """Whether the agent knows the language; one who names none knows all. `zh` covers every Chinese, `zh-TW` not only Taiwan's."""
    return not agent.languages or _primary(language) in {_primary(known) for known in agent.languages}


def free_units(agent: Agent, held: int) -> int:
    """Units that the agent can still take."""
    return max(0, agent.capacity_units - held)


def bar(agent: Agent, queue: QueueName, units: int, held: int, now: datetime) -> Bar | None:
    """What keeps the agent from a session of this queue, or None. The first reason that a person would name."""
    if agent.is_disabled:
        return Bar.DISABLED
    if not serves(agent, queue):
        return Bar.OTHER_QUEUE
    if not is_connected(agent, now):
        return Bar.NOT_CONNECTED
    if agent.status is not AgentStatus.AVAILABLE:
        return Bar.NOT_AVAILABLE
    return Bar.AT_CAPACITY if free_units(agent, held) < units else None


def is_staffing(agent: Agent, queue: QueueName, now: datetime) -> bool:
    """Whether the agent is a reason to wait in this queue: connected and at work, be it at capacity."""
    return not agent.is_disabled and serves(agent, queue) and is_connected(agent, now) and agent.status in AT_WORK


def _primary(language: str) -> str:
    return language.replace("_", "-").split("-", 1)[0].lower()
