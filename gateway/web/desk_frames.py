"""What one desk is told: pure. A signal comes in, frames go out, filtered by what this agent may see.

An agent sees offers to themself, their own sessions and those offered to them, that a queue of theirs has changed, and that a case has; a
supervisor sees every session and queue. A session that leaves an agent is told to them once more, so that their page can let go of it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from gateway.core.handoff import Agent, Role
from gateway.core.ids import HandoffId, SessionId
from gateway.core.session import State
from gateway.core.signals import DeskSignal
from gateway.web import desk_views as views
from gateway.web.desk_knowledge_views import frame as knowledge_frame

Frame = dict[str, Any]

RESYNC: Frame = {"type": "resync"}


class Viewer:
    """An agent's right to see, with the little that must be remembered for it: which sessions and offers are theirs."""

    def __init__(self, agent: Agent, sessions: Iterable[SessionId] = (), offers: Mapping[SessionId, HandoffId] | None = None) -> None:
        self.agent = agent
        self._sessions = set(sessions)
        self._offers = dict(offers or {})
        self._touched: set[SessionId] | None = None

    @property
    def sees_all(self) -> bool:
        """Whether every session and queue is theirs to see."""
        return self.agent.role is not Role.AGENT

    def begin_learning(self) -> None:
        """The store is about to be read: what signals say from now on is newer."""
        self._touched = set()

    def learn(self, sessions: Iterable[SessionId], offers: Mapping[SessionId, HandoffId]) -> None:
        """Believe what the store says is theirs, in place of what we knew; but for sessions that a signal spoke of meanwhile."""
        touched, self._touched = self._touched or set(), None
        self._sessions = {one for one in sessions if one not in touched} | (self._sessions & touched)
        kept = {one: handoff_id for one, handoff_id in self._offers.items() if one in touched}
        self._offers = {one: handoff_id for one, handoff_id in offers.items() if one not in touched} | kept

    def frames(self, signal: DeskSignal, facts: Frame | None = None) -> list[Frame]:
        """What this desk is told of a signal. `facts` is what was read for it: the offer, or the colleague."""
        if self._touched is not None and signal.session_id is not None:
            self._touched.add(signal.session_id)
        match signal.kind:
            case "offer" | "queue":
                return self._of_handoff(signal, facts)
            case "session" | "message":
                return self._of_session(signal)
            case "presence":
                return [{"type": "presence", "agent": facts}] if facts else []
            case "case":
                return [{"type": "case", "case_id": signal.case_id, "session_id": signal.session_id, "agent_id": signal.agent_id}]
            case "typing":
                is_mine = signal.agent_id == self.agent.id or signal.session_id in self._sessions
                return [{"type": "typing", "session_id": signal.session_id, "on": signal.is_on}] if is_mine else []
            case "replies":
                return [{"type": "replies"}] if signal.agent_id in (None, self.agent.id) else []
            case "settings":
                return [{"type": "hours"}] if (signal.setting or "").startswith("hours/") else []
            case "knowledge":
                return [knowledge_frame(signal.knowledge)] if signal.knowledge else []
            case _:
                return []

    def _of_handoff(self, signal: DeskSignal, facts: Frame | None) -> list[Frame]:
        told: list[Frame] = []
        is_for_me = signal.kind == "offer" and signal.agent_id == self.agent.id
        if not is_for_me and signal.session_id in self._offers:
            handoff_id = self._offers.pop(signal.session_id)
            told.append({"type": "offer_over", "handoff_id": handoff_id, "session_id": signal.session_id})
        if is_for_me and facts and signal.session_id and signal.handoff_id:
            self._offers[signal.session_id] = signal.handoff_id
            told.append({"type": "offer", **facts})
        if self.sees_all or not self.agent.queues or signal.queue in self.agent.queues:
            told.append({"type": "queue", "queue": signal.queue})
        return told

    def _of_session(self, signal: DeskSignal) -> list[Frame]:
        if signal.session_id is None:
            return []
        is_mine, was_mine = signal.agent_id == self.agent.id, signal.session_id in self._sessions
        if is_mine:
            self._sessions.add(signal.session_id)
        else:
            self._sessions.discard(signal.session_id)
        is_offered = signal.session_id in self._offers and signal.state is State.OFFERED  # a lost "over" gives no right to listen on
        if is_mine or self.sees_all or is_offered:
            return [self._session_frame(signal, with_messages=True)]
        return [self._session_frame(signal, with_messages=False)] if was_mine else []

    def _session_frame(self, signal: DeskSignal, *, with_messages: bool) -> Frame:
        frame: Frame = {
            "type": "session",
            "session_id": signal.session_id,
            "version": signal.version,
            "state": signal.state,
            "agent_id": signal.agent_id,
            "queue": signal.queue,
        }
        if signal.seq:
            frame |= {"first_seq": signal.first_seq, "seq": signal.seq}
        if with_messages and signal.fates:
            frame["fates"] = [{"seq": seq, "status": status} for seq, status in signal.fates]
        if with_messages and signal.messages:
            frame |= {"type": "message", "messages": [views.message(message) for message in signal.messages]}
        return frame
