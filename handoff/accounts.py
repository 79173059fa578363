"""The agents' accounts: who may log in, what they say of themselves, and whether their desk is there."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import cached_property
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.errors import NotFound, StaleSession
from gateway.core.handoff import Agent, AgentStatus, AuditEvent, StatusInterval
from gateway.core.ids import AgentId, SessionId
from handoff import presence
from handoff.acting import TRIES, Acting, Decide

BEAT_S = 10.0
"""A heartbeat is written down at most this often: a third of what presence lasts."""
NAME_MAX_CHARS = 64
HASHINGS_MAX_COUNT = 2
"""Each takes 64 MiB and a core for a moment; further logins wait in line, and the web limits how many there are."""


class Accounts(Acting):
    """Logging in, status and presence."""

    _hasher = PasswordHasher()

    async def login(self, name: str, password: str) -> Agent | None:
        """The agent of this name and password; None for a wrong one, an unknown name or a disabled account, all in the same time."""
        agent = await self._store.agent_by_name(name[:NAME_MAX_CHARS])
        is_known = agent is not None and not agent.is_disabled
        is_right = await self._hashing(self._verified, agent.password_hash if agent and is_known else "", password)
        return agent if is_known and is_right else None

    async def set_status(self, agent_id: AgentId, status: AgentStatus) -> Agent:
        """What an agent says of themself; it also shows that their desk is there. The ledger gets the status that ends."""
        now = self._clock.now()
        audit = self._audit(agent_id, "status", agent_id, status=status.value)
        changed = await self._update(agent_id, lambda _: {"status": status, "seen_at": now}, audit)
        self._beats[agent_id] = now
        return changed

    async def heartbeat(self, agent_id: AgentId) -> None:
        """The agent's desk is there. Cheap: written down every BEAT_S, told only when they come (back); the next one mends a lost one."""
        now = self._clock.now()
        last = self._beats.get(agent_id)
        if last is not None and (now - last).total_seconds() < BEAT_S:
            return
        self._beats[agent_id] = now
        try:
            await self._update(agent_id, lambda agent: None if agent.is_disabled else {"seen_at": now}, is_told=_has_come)
        except StaleSession:
            self._beats.pop(agent_id, None)

    async def disconnect(self, agent_id: AgentId) -> None:
        """The agent's last desk here has closed. It may be a page that reloads: presence ends shortly, not at once."""
        self._beats.pop(agent_id, None)
        until = presence.after_goodbye(self._clock.now())
        await self._update(agent_id, lambda agent: {"seen_at": until} if agent.seen_at and agent.seen_at > until else None, is_told=_never)

    async def _change(self, agent: Agent, session_id: SessionId, action: str | None, decide: Decide, **detail: Any) -> Changes:
        """Whoever acts is there: programs without a socket are present by what they do."""
        await self.heartbeat(agent.id)
        return await super()._change(agent, session_id, action, decide, **detail)

    @cached_property
    def _beats(self) -> dict[AgentId, datetime]:
        """The heartbeats that this process wrote last; one entry for each agent who ever connected here."""
        return {}

    @cached_property
    def _hashings(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(HASHINGS_MAX_COUNT)

    @cached_property
    def _nobodys_hash(self) -> str:
        """What an unknown name's password is compared with, so that it takes as long as a known one's."""
        return self._hasher.hash(self._ids.new())

    async def _hashing(self, work: Callable[..., Any], *given: str) -> Any:
        async with self._hashings:
            return await asyncio.to_thread(work, *given)

    def _verified(self, password_hash: str, password: str) -> bool:
        instead = self._nobodys_hash
        try:
            return self._hasher.verify(password_hash or instead, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _named(self, name: str) -> Agent:
        agent = await self._store.agent_by_name(name)
        if agent is None:
            raise NotFound("no agent of this name")
        return agent

    async def _update(
        self, agent_id: AgentId, fields: Callable[[Agent], dict[str, Any] | None], *audits: AuditEvent,
        is_told: Callable[[Agent, datetime], bool] = lambda _agent, _now: True,
    ) -> Agent:  # fmt: skip
        """Change an account under its version. `fields` are what changes, None for nothing; `is_told` judges the account before."""
        for _ in range(TRIES):
            agent, now = await self._agent(agent_id), self._clock.now()
            changing = fields(agent)
            if changing is None:
                return agent
            changes = changed_agent(agent, changing, now, *audits)
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                if is_told(agent, now):
                    await self._tell(None, changes)
                return changes.agents[0]
            if not isinstance(outcome, StaleSession):
                raise outcome
        raise StaleSession("the account keeps changing: try again")


def changed_agent(agent: Agent, fields: dict[str, Any], now: datetime, *audits: AuditEvent) -> Changes:
    """An account's next version. A status that ends becomes a line of the ledger."""
    ended: tuple[StatusInterval, ...] = ()
    now = max(now, agent.status_since)  # a clock that was set back leaves no hole in the ledger
    if fields.get("status", agent.status) is not agent.status:
        ended = (StatusInterval(agent_id=agent.id, status=agent.status, started_at=agent.status_since, ended_at=now),)
        fields = fields | {"status_since": now}
    following = structs.replace(agent, version=agent.version + 1, **fields)
    return Changes(agents=(following,), status_intervals=ended, audits=audits)


def _has_come(agent: Agent, now: datetime) -> bool:
    return not presence.is_connected(agent, now)


def _never(_agent: Agent, _now: datetime) -> bool:
    return False
