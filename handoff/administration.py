"""Whose accounts there are: adding, changing, shutting and opening them, and their passwords.

One enabled admin must stay, whatever two admins do to each other at the same moment. So whoever takes an admin's rights away writes
another admin's row too, unchanged but for its version: of two such changes that rely on each other only one goes through, and the
other is judged anew.
"""

import re
from collections.abc import Sequence
from typing import Any

from msgspec import Struct, structs

from gateway.core.changes import Changes
from gateway.core.errors import BadInput, Conflict, Forbidden, Forged, StaleSession
from gateway.core.handoff import Agent, AgentStatus, AuditEvent, Role
from gateway.core.ids import AgentId, QueueName
from gateway.core.signals import DESK, DeskSignal, pack
from handoff.accounts import NAME_MAX_CHARS, Accounts, changed_agent
from handoff.acting import TRIES
from handoff.telling import signal

PASSWORD_MAX_BYTES = 1024
CAPACITY_MAX_UNITS = 1000
LANGUAGES_MAX_COUNT = 20
AGENTS_MAX_COUNT = 2_000
"""Every assignment looks at all of them."""

_NAME = re.compile(r"[^\s\x00-\x1f\x7f]{1,64}")
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of what is written beside them."""
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")


class AgentChange(Struct, frozen=True, kw_only=True):
    """What is to be different about an account. None: it stays as it is."""

    shown_name: str | None = None
    role: Role | None = None
    queues: tuple[QueueName, ...] | None = None
    languages: tuple[str, ...] | None = None
    capacity_units: int | None = None
    is_disabled: bool | None = None

    def fields(self) -> dict[str, Any]:
        """What is given."""
        return {key: value for key, value in structs.asdict(self).items() if value is not None}


class Administration(Accounts):
    """What admins and the `agent` command do with accounts. `actor` is an agent's id, or `command`."""

    async def add_agent(
        self, name: str, password: str, *, actor: str, shown_name: str = "", role: Role = Role.AGENT, queues: Sequence[QueueName] = (),
        languages: Sequence[str] = (), capacity_units: int = 4,
    ) -> Agent:  # fmt: skip
        """A new account. Raises BadInput for what can't be, and Conflict (`name_taken`) where there is one of this name."""
        given = AgentChange(
            shown_name=shown_name or name, role=role, queues=tuple(queues), languages=tuple(languages), capacity_units=capacity_units
        )
        if _NAME.fullmatch(name) is None:
            raise BadInput("agent_name", f"1 to {NAME_MAX_CHARS} characters without spaces")
        fields = self._checked(given)
        self._check_password(password)
        await self._check_is_free(name)
        password_hash = await self._hashing(self._hasher.hash, password)
        now, agent_id = self._clock.now(), AgentId(self._ids.new())
        agent = Agent(id=agent_id, name=name, password_hash=password_hash, created_at=now, status_since=now, version=1, **fields)
        changes = Changes(agents=(agent,), audits=(self._audit(actor, "agent_added", agent_id, role=role.value),))
        (outcome,) = await self._store.commit([changes])
        if outcome is not None:
            await self._check_is_free(name)  # somebody may have taken it at this moment
            raise outcome
        await self._tell(None, changes)
        return agent

    async def change_agent(self, agent_id: AgentId, change: AgentChange, *, actor: str) -> Agent:
        """Make an account different; it holds from the owner's next request. One that is disabled is out at once.

        Raises NotFound, BadInput, and Conflict: `last_admin` where no admin would be left, `not_yourself` where admins would take their
        own rights. Raises Forbidden where the actor has lost theirs at this moment.
        """
        fields = self._checked(change)
        for _ in range(TRIES):
            agent = await self._agent(agent_id)
            changing = {key: value for key, value in fields.items() if getattr(agent, key) != value}
            if not changing:
                return agent
            changes = changed_agent(agent, changing | _leaving(changing), self._clock.now(), *self._audits_of(agent, changing, actor))
            witness = await self._witness(agent, changes.agents[0], actor)
            changes = structs.replace(changes, agents=(*changes.agents, *witness))
            if "is_disabled" in changing:
                await self._store.drop_logins(agent_id)  # first: should we die here, none comes to life again with the account
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                await self._tell(None, changes)
                return changes.agents[0]
            if not isinstance(outcome, StaleSession):
                raise outcome
        raise StaleSession("the account keeps changing: try again")

    async def change_named(self, name: str, change: AgentChange, *, actor: str) -> Agent:
        """The same for the account of this name."""
        return await self.change_agent((await self._named(name)).id, change, actor=actor)

    async def disable(self, name: str, *, actor: str) -> Agent:
        """Shut an account: it is out at once, and its running sessions go back to their queues."""
        return await self.change_named(name, AgentChange(is_disabled=True), actor=actor)

    async def enable(self, name: str, *, actor: str) -> Agent:
        """Open an account again, with the password that it had."""
        return await self.change_named(name, AgentChange(is_disabled=False), actor=actor)

    async def set_password(self, name: str, password: str, *, actor: str) -> Agent:
        """Give an account a password; every login of it is over."""
        return await self.set_password_of((await self._named(name)).id, password, actor=actor)

    async def set_password_of(self, agent_id: AgentId, password: str, *, actor: str) -> Agent:
        """The same by id. Raises Conflict (`not_yourself`): one's own is changed by whoever knows the old one."""
        if actor == agent_id:
            raise Conflict("your own password is changed with the old one", code="not_yourself")
        self._check_password(password)
        await self._agent(agent_id)
        password_hash = await self._hashing(self._hasher.hash, password)
        await self._store.drop_logins(agent_id)  # should we die in between, better a login too few
        changed = await self._update(agent_id, lambda _: {"password_hash": password_hash}, self._audit(actor, "password_set", agent_id))
        await self._end_logins(agent_id)
        return changed

    async def change_password(self, agent: Agent, old: str, new: str, *, login: str) -> Agent:
        """Change one's own password. Every login but this one (its token's hash) is over. Raises Forged where `old` is wrong."""
        if not await self._hashing(self._verified, agent.password_hash, old):
            raise Forged("password_wrong", "the password that you log in with")
        self._check_password(new)
        if new == old:
            raise BadInput("password_same", "another password than the one you have")
        password_hash = await self._hashing(self._hasher.hash, new)

        def fields(current: Agent) -> dict[str, Any]:
            if current.password_hash != agent.password_hash:
                raise Conflict("somebody has just given this account another password", code="stale")
            return {"password_hash": password_hash}

        await self._store.drop_logins(agent.id, but=login)  # should we die in between, better a login too few
        changed = await self._update(agent.id, fields, self._audit(agent.id, "password_changed", agent.id))
        await self._end_logins(agent.id, but=login)
        return changed

    # ---- what must hold --------------------------------------------------------------------------------------------------------

    async def _witness(self, agent: Agent, following: Agent, actor: str) -> tuple[Agent, ...]:
        """The admin who stays, when this one's rights end: their next version, to be written with it."""
        if not _is_admin(agent) or _is_admin(following):
            return ()
        staying = {one.id: one for one in await self._store.agents() if _is_admin(one) and one.id != agent.id}
        if not staying:
            raise Conflict("this is the last admin: make another one first", code="last_admin", name=agent.shown_name)
        if actor == agent.id:
            raise Conflict("another admin must do that: nobody takes their own rights", code="not_yourself")
        chosen = staying.get(AgentId(actor))
        if chosen is None:
            if await self._store.agent(AgentId(actor)) is not None:
                raise Forbidden("this asks for the role admin")
            chosen = next(iter(staying.values()))
        return (structs.replace(chosen, version=chosen.version + 1),)

    def _audits_of(self, agent: Agent, changing: dict[str, Any], actor: str) -> tuple[AuditEvent, ...]:
        """What is written down: an account that shuts or opens, and everything else that is different, each with what it was."""
        audits = []
        if "is_disabled" in changing:
            audits.append(self._audit(actor, "agent_disabled" if changing["is_disabled"] else "agent_enabled", agent.id))
        detail = {key: {"from": getattr(agent, key), "to": value} for key, value in changing.items() if key != "is_disabled"}
        if detail:
            audits.append(self._audit(actor, "agent_changed", agent.id, **detail))
        return tuple(audits)

    async def _end_logins(self, agent_id: AgentId, but: str = "") -> None:
        """End the logins that were made meanwhile with the old password, and have the account's sockets notice."""
        await self._store.drop_logins(agent_id, but=but)
        await signal(self._bus, DESK, pack(DeskSignal("presence", agent_id=agent_id)))

    async def _check_is_free(self, name: str) -> None:
        if await self._store.agent_by_name(name) is not None:
            raise Conflict("an agent of this name is there already", code="name_taken", name=name)
        if len(await self._store.agents()) >= AGENTS_MAX_COUNT:
            raise Conflict(f"there are {AGENTS_MAX_COUNT} accounts already", code="too_many_agents", count=str(AGENTS_MAX_COUNT))

    def _checked(self, change: AgentChange) -> dict[str, Any]:
        """The fields of a change that makes sense. Raises BadInput."""
        fields = change.fields()
        if change.shown_name is not None:
            fields["shown_name"] = _showable(change.shown_name)
        if change.queues is not None:
            fields["queues"] = self._known(change.queues)
        if change.languages is not None:
            fields["languages"] = _languages(change.languages)
        if not 0 <= fields.get("capacity_units", 0) <= CAPACITY_MAX_UNITS:
            raise BadInput("agent_capacity", f"0 to {CAPACITY_MAX_UNITS} units")
        return fields

    def _known(self, queues: Sequence[QueueName]) -> tuple[QueueName, ...]:
        unknown = [queue[:NAME_MAX_CHARS] for queue in queues if queue not in self._settings.queues]
        if unknown:
            known, got = ", ".join(self._settings.queues), ", ".join(unknown[:10])
            raise BadInput("agent_queues", f"queues of the configuration ({known}), got {got}")
        return tuple(dict.fromkeys(queues))

    def _check_password(self, password: str) -> None:
        least = self._settings.security.password_min_length
        if len(password) < least or len(password.encode("utf-8", "surrogatepass")) > PASSWORD_MAX_BYTES:
            raise BadInput("password", f"{least} characters at least, {PASSWORD_MAX_BYTES} bytes at most")


def _is_admin(agent: Agent) -> bool:
    return agent.role is Role.ADMIN and not agent.is_disabled


def _leaving(changing: dict[str, Any]) -> dict[str, Any]:
    """Whose account is shut is not at work, and not there."""
    return {"seen_at": None, "status": AgentStatus.OFFLINE} if changing.get("is_disabled") else {}


def _showable(name: str) -> str:
    shown = name.strip()
    if not 0 < len(shown) <= NAME_MAX_CHARS or _UNSHOWABLE.search(shown):
        raise BadInput("agent_shown_name", f"1 to {NAME_MAX_CHARS} characters, none of them a control character")
    return shown


def _languages(tags: Sequence[str]) -> tuple[str, ...]:
    if len(tags) > LANGUAGES_MAX_COUNT or not all(_LANGUAGE.fullmatch(tag) for tag in tags):
        raise BadInput("agent_languages", f"at most {LANGUAGES_MAX_COUNT} language tags such as zh-CN")
    return tuple(dict.fromkeys(tags))
