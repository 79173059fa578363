"""What an agent does where a channel lets nothing through: look at the window, withdraw, send an approved form, go another way."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from gateway.core.errors import BadInput
from gateway.core.handoff import Agent
from gateway.core.ids import ChannelName, SessionId, Thread
from gateway.core.session import Session
from gateway.web import desk_views as views
from gateway.web.auth import route
from gateway.web.bodies import answer, page, read_json
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_sessions import Cid
from gateway.web.desk_windows import window_of
from handoff.carrying import carriage, check_carried
from handoff.outreach import Way
from handoff.templates import fields, templates_of, title_of

VALUES_MAX_COUNT = 50
SEQ_MAX_DIGITS = 12


class Notice(Struct, frozen=True):
    """An approved form, filled in."""

    template: Annotated[str, Meta(max_length=64)]
    values: Annotated[dict[str, Annotated[str, Meta(max_length=1000)]], Meta(max_length=VALUES_MAX_COUNT)] = {}
    cid: Cid | None = None


class Reach(Struct, frozen=True):
    """Words for another thread of the same customer."""

    channel: Annotated[str, Meta(max_length=64)]
    thread: Annotated[str, Meta(max_length=256)]
    text: str
    cid: Cid | None = None


async def window(request: web.Request, agent: Agent) -> web.Response:
    """How many messages may still go out, and until when; null where the channel doesn't count."""
    deps = request.app[DEPS]
    return answer({"window": await window_of(deps, await deps.desk.seen(agent, _session(request)))})


async def withdraw(request: web.Request, agent: Agent) -> web.Response:
    """Take back a message that has not gone out."""
    raw = request.match_info["seq"]
    if not (len(raw) <= SEQ_MAX_DIGITS and raw.isascii() and raw.isdecimal()):
        raise BadInput("seq", "a message's seq")
    await request.app[DEPS].desk.withdraw(agent, _session(request), int(raw))
    return answer({})


async def notices(request: web.Request, agent: Agent) -> web.Response:
    """The approved forms of the session's channel."""
    deps = request.app[DEPS]
    session = await deps.desk.seen(agent, _session(request))
    language = request.query.get("lang", deps.settings.gateway.languages[0])[:35]
    known = templates_of(deps.settings, session.channel)
    items = [
        {"name": name, "title": title_of(name, template, language), "text": template.text, "fields": fields(template)}
        for name, template in known.items()
    ]
    return answer(page(items, None))


async def notice(request: web.Request, agent: Agent) -> web.Response:
    """Send an approved form."""
    given = await read_json(request, Notice)
    said = await request.app[DEPS].desk.send_notice(agent, _session(request), given.template, given.values, given.cid)
    return answer({"message": views.message(said)})


async def ways(request: web.Request, agent: Agent) -> web.Response:
    """Where else the customer may be written to, by verified addresses."""
    deps = request.app[DEPS]
    found = await deps.desk.ways(agent, _session(request))
    return answer(page([await _way(deps, agent, one) for one in found], None))


async def reach(request: web.Request, agent: Agent) -> web.Response:
    """Write to the customer there, and have that session."""
    deps, given = request.app[DEPS], await read_json(request, Reach)
    channel = ChannelName(given.channel)
    opened = deps.channels.get(channel)
    check_carried(carriage(deps.settings, channel, None if opened is None else opened.capabilities), given.text.strip(), ())
    session, said = await deps.desk.reach(agent, _session(request), channel, Thread(given.thread), given.text, given.cid)
    return answer({"session": views.session_line(session), "message": views.message(said)})


async def _way(deps: Deps, agent: Agent, way: Way) -> views.View:
    """A way, with what stands on it; its window only where somebody has written there."""
    session = way.session
    opened = deps.channels.get(way.channel)
    return {
        "channel": way.channel,
        "type": "" if opened is None else opened.type,
        "thread": way.thread,
        "kind": way.identity.address.kind,
        "tag": views.tag_of(way.identity.address),
        "verified_by": way.identity.verified_by,
        "customer_name": None if session is None else session.customer_name,
        "last_customer_at": None if session is None else session.last_customer_at,
        "session": None if session is None else _standing(agent, session),
        "window": None if session is None else await window_of(deps, session),
    }


def _standing(agent: Agent, session: Session) -> views.View:
    """Who has the session there: no word of what was said."""
    return {"id": session.id, "state": session.state, "agent_name": session.agent_name, "is_mine": session.agent_id == agent.id}


def _session(request: web.Request) -> SessionId:
    return SessionId(request.match_info["id"])


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    session = "/desk/api/sessions/{id}"
    return [
        route("GET", f"{session}/window", window),
        route("POST", f"{session}/messages/{{seq}}/withdraw", withdraw),
        route("GET", f"{session}/notices", notices),
        route("POST", f"{session}/notice", notice),
        route("GET", f"{session}/ways", ways),
        route("POST", f"{session}/reach", reach),
    ]
