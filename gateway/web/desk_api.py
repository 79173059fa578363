"""What the desk knows of itself: its settings and texts, its people."""

from aiohttp import web
from msgspec import Struct

from gateway.core.handoff import Agent, AgentStatus, Role
from gateway.core.texts import nearest
from gateway.web import desk_views as views
from gateway.web.auth import may, route
from gateway.web.bodies import answer, cut, page, page_of, read_json
from gateway.web.deps import DEPS
from handoff.carrying import carriage
from handoff.conversations import DISPOSITIONS
from handoff.presence import is_connected

CODES = ("wechat.code.", "email.code.")
"""What a channel's codes mean, for people: the desk says it of messages that did not arrive, as `desk.code.CODE`."""


class NewStatus(Struct, frozen=True):
    """What an agent says of themself."""

    status: AgentStatus


async def settings(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """What the page offers to pick from."""
    deps = request.app[DEPS]
    configured = deps.settings
    return answer(
        {
            "name": configured.gateway.name,
            "queues": [{"name": name, "title": queue.title or name} for name, queue in configured.queues.items()],
            "dispositions": DISPOSITIONS,
            "languages": configured.gateway.languages,
            "statuses": list(AgentStatus),
            "password_min_chars": configured.security.password_min_length,
            "channels": [views.channel(one, carriage(configured, name, one.capabilities)) for name, one in deps.channels.items()],
        }
    )


async def texts(request: web.Request) -> web.Response:
    """The words of the page. They are no secret, and the login form needs them too."""
    deps = request.app[DEPS]
    offered = deps.settings.gateway.languages
    language = nearest(request.query.get("lang", offered[0])[:35], offered)
    every = deps.texts.catalogue(language)
    words = {key: text for key, text in every.items() if key.startswith("desk.")}
    codes = {f"desk.code.{key.removeprefix(family)}": text for family in CODES for key, text in every.items() if key.startswith(family)}
    return answer({"language": language, "texts": codes | words}, headers={"Cache-Control": "no-cache"})


async def status(request: web.Request, agent: Agent) -> web.Response:
    """Set the agent's own status."""
    given = await read_json(request, NewStatus)
    return answer({"agent": views.own_account(await request.app[DEPS].desk.set_status(agent.id, given.status))})


async def agents(request: web.Request, agent: Agent) -> web.Response:
    """The people of the desk: for everyone enough to transfer to the right one, for a supervisor all of it."""
    deps = request.app[DEPS]
    limit, after = page_of(request)
    now = deps.clock.now()
    everyone = await deps.store.agents()
    if may(agent, Role.SUPERVISOR):
        held = await deps.store.held_units()
        items, following = cut(everyone, limit, after, key=lambda one: one.id)
        return answer(
            page([views.account(one, is_connected=is_connected(one, now), held_units=held.get(one.id, 0)) for one in items], following)
        )
    items, following = cut([one for one in everyone if not one.is_disabled], limit, after, key=lambda one: one.id)
    return answer(page([views.colleague(one, is_connected=is_connected(one, now)) for one in items], following))


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        web.get("/desk/api/texts", texts),
        route("GET", "/desk/api/settings", settings),
        route("POST", "/desk/api/status", status),
        route("GET", "/desk/api/agents", agents),
    ]
