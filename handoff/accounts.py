"""The agents' accounts: who may log in, what they say of themselves, and whether their desk is there."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from msgspec import structs

from gateway.core.changes import Changes
from gateway.core.errors import BadInput, NotFound, StaleSession
from gateway.core.handoff import Agent, AgentStatus, AuditEvent, Role, StatusInterval
from gateway.core.ids import AgentId, QueueName, SessionId
from handoff import presence
from handoff.acting import TRIES, Acting, Decide

BEAT_S = 10.0
"""A heartbeat is written down at most this often: a third of what presence lasts."""
NAME_MAX_CHARS = 64
PASSWORD_MAX_BYTES = 1024
HASHINGS_MAX_COUNT = 2
"""Each takes 64 MiB and a core for a moment; further logins wait in line, and the web limits how many there are."""

_NAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")


class Accounts(Acting):
    """Logging in, changing accounts, status and presence."""

    _hasher = PasswordHasher()

    async def login(self, name: str, password: str) -> Agent | None:
        """The agent of this name and password; None for a wrong one, an unknown name or a disabled account, all in the same time."""
        agent = await self._store.agent_by_name(name[:NAME_MAX_CHARS])
        is_known = agent is not None and not agent.is_disabled
        is_right = await self._hashing(self._verified, agent.password_hash if agent and is_known else "", password)
        return agent if is_known and is_right else None

    async def add_agent(
        self, name: str, password: str, *, actor: str, shown_name: str = "", role: Role = Role.AGENT, queues: Sequence[QueueName] = (),
        languages: Sequence[str] = (), capacity_units: int = 4,
    ) -> Agent:  # fmt: skip
        """A new account. Raises BadInput (name, password, an unknown queue, a capacity under 0) and Conflict where the name is taken."""
        self._check(name, password, queues, capacity_units)
        password_hash = await self._hashing(self._hasher.hash, password)
        now, agent_id = self._clock.now(), AgentId(self._ids.new())
        agent = Agent(
            id=agent_id, name=name, shown_name=shown_name or name, role=role, password_hash=password_hash, created_at=now,
            queues=tuple(queues), languages=tuple(languages), capacity_units=capacity_units, status_since=now, version=1,
        )  # fmt: skip
        changes = Changes(agents=(agent,), audits=(self._audit(actor, "agent_added", agent_id, role=role.value),))
        (outcome,) = await self._store.commit([changes])
        if outcome is not None:
            raise outcome
        await self._tell(None, changes)
        return agent

    async def set_password(self, name: str, password: str, *, actor: str) -> Agent:
        """Change a password; every login of the account is over."""
        self._check_password(password)
        agent_id, password_hash = (await self._named(name)).id, await self._hashing(self._hasher.hash, password)
        changed = await self._update(agent_id, lambda _: {"password_hash": password_hash}, self._audit(actor, "password_set", agent_id))
        await self._store.drop_logins(agent_id)
        return changed

    async def disable(self, name: str, *, actor: str) -> Agent:
        """Shut an account: it is out at once, and its running sessions go back to their queues."""
        agent_id = (await self._named(name)).id
        gone = {"is_disabled": True, "seen_at": None, "status": AgentStatus.OFFLINE}
        changed = await self._update(agent_id, lambda _: gone, self._audit(actor, "agent_disabled", agent_id))
        await self._store.drop_logins(agent_id)
        return changed

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

    def _check(self, name: str, password: str, queues: Sequence[QueueName], capacity_units: int) -> None:
        if _NAME.fullmatch(name) is None:
            raise BadInput("agent_name", f"1 to {NAME_MAX_CHARS} characters without spaces")
        unknown = [queue for queue in queues if queue not in self._settings.queues]
        if unknown:
            raise BadInput("agent_queues", f"queues of the configuration ({', '.join(self._settings.queues)}), got {', '.join(unknown)}")
        if not 0 <= capacity_units <= 1000:
            raise BadInput("agent_capacity", "0 to 1000 units")
        self._check_password(password)

    def _check_password(self, password: str) -> None:
        least = self._settings.security.password_min_length
        if len(password) < least or len(password.encode("utf-8", "surrogatepass")) > PASSWORD_MAX_BYTES:
            raise BadInput("password", f"{least} characters at least, {PASSWORD_MAX_BYTES} bytes at most")


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
