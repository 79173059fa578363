"""Accounts, as admins change them at the desk; and one's own password."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from gateway.core.handoff import Agent, Role
from gateway.core.ids import AgentId, QueueName
from gateway.web import desk_views as views
from gateway.web.address import client_address
from gateway.web.auth import LOGIN, route
from gateway.web.bodies import answer, read_json
from gateway.web.deps import DEPS
from gateway.web.desk_login import LIMITS
from handoff.administration import AgentChange
from handoff.presence import is_connected

Name = Annotated[str, Meta(max_length=100)]
Queues = Annotated[tuple[QueueName, ...], Meta(max_length=200)]
Languages = Annotated[tuple[str, ...], Meta(max_length=50)]
Password = Annotated[str, Meta(max_length=1024)]


class NewAgent(Struct, frozen=True, kw_only=True):
    """A new account."""

    name: Name
    password: Password
    shown_name: Name = ""
    role: Role = Role.AGENT
    queues: Queues = ()
    languages: Languages = ()
    capacity_units: int = 4


class ChangedAgent(Struct, frozen=True, kw_only=True):
    """What is to be different about an account; what is not given, or null, stays."""

    shown_name: Name | None = None
    role: Role | None = None
    queues: Queues | None = None
    languages: Languages | None = None
    capacity_units: int | None = None
    is_disabled: bool | None = None


class NewPassword(Struct, frozen=True):
    """A password that an admin gives somebody."""

    password: Password


class OwnPassword(Struct, frozen=True):
    """The password that one has, and the one that one wants."""

    old: Password
    new: Password


async def add(request: web.Request, agent: Agent) -> web.Response:
    """A new account."""
    given = await read_json(request, NewAgent)
    added = await request.app[DEPS].desk.add_agent(
        given.name, given.password, actor=agent.id, shown_name=given.shown_name, role=given.role, queues=given.queues,
        languages=given.languages, capacity_units=given.capacity_units,
    )  # fmt: skip
    return await _answer(request, added, status=201)


async def change(request: web.Request, agent: Agent) -> web.Response:
    """Make an account different; shut it, or open it again."""
    given = await read_json(request, ChangedAgent)
    wanted = AgentChange(
        shown_name=given.shown_name, role=given.role, queues=given.queues, languages=given.languages,
        capacity_units=given.capacity_units, is_disabled=given.is_disabled,
    )  # fmt: skip
    return await _answer(request, await request.app[DEPS].desk.change_agent(_agent_id(request), wanted, actor=agent.id))


async def set_password(request: web.Request, agent: Agent) -> web.Response:
    """Give somebody a password; their logins are over."""
    given = await read_json(request, NewPassword)
    return await _answer(request, await request.app[DEPS].desk.set_password_of(_agent_id(request), given.password, actor=agent.id))


async def own_password(request: web.Request, agent: Agent) -> web.Response:
    """Change one's own password. Guessing the old one counts as guessing at the login form."""
    deps, given = request.app[DEPS], await read_json(request, OwnPassword)
    request.app[LIMITS].take(client_address(request), agent.name, deps.clock.monotonic())
    changed = await deps.desk.change_password(agent, given.old, given.new, login=request[LOGIN].token_hash)
    return answer({"agent": views.own_account(changed)})


async def _answer(request: web.Request, agent: Agent, status: int = 200) -> web.Response:
    deps = request.app[DEPS]
    held = (await deps.store.held_units()).get(agent.id, 0)
    return answer({"agent": views.account(agent, is_connected=is_connected(agent, deps.clock.now()), held_units=held)}, status=status)


def _agent_id(request: web.Request) -> AgentId:
    return AgentId(request.match_info["id"])


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("POST", "/desk/api/agents", add, Role.ADMIN),
        route("PUT", "/desk/api/agents/{id}", change, Role.ADMIN),
        route("POST", "/desk/api/agents/{id}/password", set_password, Role.ADMIN),
        route("POST", "/desk/api/me/password", own_password),
    ]
