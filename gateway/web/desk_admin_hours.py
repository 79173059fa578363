"""Opening hours, as everybody at the desk sees them and supervisors set them."""

import contextlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from aiohttp import web
from msgspec import Meta, Struct

from config.schema import Settings
from gateway.core.errors import BadInput, Busy
from gateway.core.handoff import Agent, Role
from gateway.web.auth import route
from gateway.web.bodies import answer, cut, page, page_of, read_json
from gateway.web.deps import DEPS, Deps
from handoff.opening import Timetable, stored_value

VERSION_MAX = 2**53
"""What a page can count to."""


class NewHours(Struct, frozen=True):
    """Hours as the page sends them. What they hold is looked at by whoever knows what hours are, to name everything wrong at once."""

    hours: Any
    version: Annotated[int, Meta(ge=0, le=VERSION_MAX)]


async def hours(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """All hours as they hold, in the configuration's order."""
    limit, after = page_of(request)
    tables = await request.app[DEPS].desk.timetables()
    names, following = cut(list(tables), limit, after, key=str)
    people = await _names(request.app[DEPS], {name: tables[name] for name in names})
    return answer(page([_view(request.app[DEPS], name, tables[name], people) for name in names], following))


async def set_hours(request: web.Request, agent: Agent) -> web.Response:
    """Set the hours of a name."""
    given = await read_json(request, NewHours)
    name = request.match_info["name"]
    return await _answer(request, name, await request.app[DEPS].desk.set_hours(agent, name, given.hours, given.version))


async def reset_hours(request: web.Request, agent: Agent) -> web.Response:
    """Take the hours of a name back to the file."""
    name = request.match_info["name"]
    return await _answer(request, name, await request.app[DEPS].desk.reset_hours(agent, name, _version(request)))


async def _answer(request: web.Request, name: str, table: Timetable) -> web.Response:
    """What holds now; also for what this process does next, whatever becomes of the signal."""
    deps = request.app[DEPS]
    with contextlib.suppress(Busy):  # they are kept: whoever can't read them now does soon
        await deps.opening.reload(deps.store)
    return answer({"hours": _view(deps, name, table, await _names(deps, {name: table}))})


async def _names(deps: Deps, tables: Mapping[str, Timetable]) -> dict[str, str]:
    """The names of whoever set these hours."""
    people = {table.setting.by for table in tables.values() if table.setting is not None}
    return {agent.id: agent.shown_name for agent in await deps.store.agents() if agent.id in people} if people else {}


def _view(deps: Deps, name: str, table: Timetable, people: Mapping[str, str]) -> dict[str, Any]:
    setting, calendar, now = table.setting, table.calendar, deps.clock.now()
    return {
        "name": name,
        "hours": stored_value(table.hours),
        "source": "desk" if table.is_from_desk else "file",
        "version": setting.version if setting else 0,
        "changed_at": setting.at if setting else None,
        "changed_by": setting.by if setting else None,
        "changed_by_name": people.get(setting.by) if setting else None,
        "is_open": calendar.is_open(now),
        "opens_at": _utc(calendar.next_open(now)),
        "closes_at": _utc(calendar.closes_at(now)),
        "queues": _queues(deps.settings, name),
        "problems": [{"key": key, "message": message} for key, message in table.problems],
    }


def _queues(settings: Settings, name: str) -> list[str]:
    return [queue for queue, rules in settings.queues.items() if rules.hours == name]


def _utc(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(UTC)


def _version(request: web.Request) -> int:
    given = request.query.get("version", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 17):
        raise BadInput("version", "the version of the hours that you have seen")
    return int(given)


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("GET", "/desk/api/hours", hours),
        route("PUT", "/desk/api/hours/{name}", set_hours, Role.SUPERVISOR),
        route("DELETE", "/desk/api/hours/{name}", reset_hours, Role.SUPERVISOR),
    ]
