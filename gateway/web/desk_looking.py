"""Who looks at which session just now: soft state, the same in every process, told by signals and forgotten by itself. Pure.

A page says what it looks at when that changes, and again every ten seconds. Each process hears all of that over the bus and keeps its own
table; what nobody has repeated for `LOOK_LASTS_S` is gone, so a process that died takes its looks along.
"""

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from gateway.core.ids import AgentId, SessionId
from gateway.core.signals import DeskSignal

LOOK_LASTS_S = 25.0
"""Two repeats may be lost."""
LOOKS_MAX_COUNT = 10_000
"""More than all desks of an installation hold open. When it is full, new ones are not shown."""


class Look(Struct, frozen=True):
    """One page's look at a session."""

    agent_id: AgentId
    name: str
    is_writing: bool
    until_s: float


class Looks:
    """Every look that this process has heard of, by session and by the page it comes from."""

    def __init__(self) -> None:
        self._looks: dict[SessionId, dict[str, Look]] = {}
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def hear(self, signal: DeskSignal, now_s: float) -> None:
        """Take in a signal of kind `looking`: a page looks (again), or has stopped."""
        session_id, agent_id = signal.session_id, signal.agent_id
        if session_id is None or agent_id is None:
            return
        if not signal.is_on:
            self._drop(session_id, signal.source)
        elif signal.source in self._looks.get(session_id, ()) or self._count < LOOKS_MAX_COUNT:
            looks = self._looks.setdefault(session_id, {})
            self._count += signal.source not in looks
            looks[signal.source] = Look(agent_id, signal.name, signal.is_writing, now_s + LOOK_LASTS_S)

    def expire(self, now_s: float) -> set[SessionId]:
        """Forget what was not repeated in time; the sessions that this concerns."""
        over = [(session_id, source) for session_id, looks in self._looks.items() for source, one in looks.items() if one.until_s <= now_s]
        for session_id, source in over:
            self._drop(session_id, source)
        return {session_id for session_id, _ in over}

    def others(self, session_id: SessionId, but: AgentId) -> list[dict[str, Any]]:
        """Everybody else who looks at a session, as a frame shows them; an agent with two pages once."""
        seen = [one for one in self._looks.get(session_id, {}).values() if one.agent_id != but]
        return [_shown(agent_id, seen) for agent_id in sorted({one.agent_id for one in seen})]

    def _drop(self, session_id: SessionId, source: str) -> None:
        looks = self._looks.get(session_id, {})
        if looks.pop(source, None) is not None:
            self._count -= 1
        if not looks:
            self._looks.pop(session_id, None)


def _shown(agent_id: AgentId, looks: Iterable[Look]) -> dict[str, Any]:
    own = [one for one in looks if one.agent_id == agent_id]
    return {"id": agent_id, "shown_name": own[-1].name, "is_writing": any(one.is_writing for one in own)}
