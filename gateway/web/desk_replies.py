"""Canned replies over HTTP: everybody's and one's own."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from gateway.core.desk import CannedReply
from gateway.core.errors import BadInput
from gateway.core.handoff import Agent
from gateway.web import desk_views as views
from gateway.web.auth import route
from gateway.web.bodies import answer, cut, page, page_of, read_json
from gateway.web.deps import DEPS
from handoff.canned import ReplyText, shadowed


class Given(Struct, frozen=True, kw_only=True):
    """A reply as somebody writes it; what each field may hold is `handoff.canned`'s."""

    shortcut: str
    title: str
    texts: dict[str, str]
    folder: str = ""
    is_shared: bool | None = None

    def words(self) -> ReplyText:
        """The same for those who keep it."""
        return ReplyText(shortcut=self.shortcut, title=self.title, texts=self.texts, folder=self.folder, is_shared=self.is_shared)


class Changed(Given, frozen=True, kw_only=True):
    """The same, with the version that was seen."""

    version: Annotated[int, Meta(ge=1)]


async def replies(request: web.Request, agent: Agent) -> web.Response:
    """Everybody's and the agent's own, by shortcut."""
    limit, after = page_of(request)
    everything = await request.app[DEPS].desk.replies(agent)
    behind = shadowed(everything)
    items, following = cut(everything, limit, after, key=lambda one: one.id)
    return answer(page([views.canned_reply(one, agent.id, is_shadowed=one.id in behind) for one in items], following))


async def add(request: web.Request, agent: Agent) -> web.Response:
    """Keep a new one."""
    given = await read_json(request, Given)
    return _kept(await request.app[DEPS].desk.add_reply(agent, given.words()), agent, status=201)


async def change(request: web.Request, agent: Agent) -> web.Response:
    """Write one anew."""
    given = await read_json(request, Changed)
    return _kept(await request.app[DEPS].desk.change_reply(agent, request.match_info["id"], given.version, given.words()), agent)


async def drop(request: web.Request, agent: Agent) -> web.Response:
    """Forget one."""
    await request.app[DEPS].desk.drop_reply(agent, request.match_info["id"], _version(request))
    return answer({})


def _kept(reply: CannedReply, agent: Agent, *, status: int = 200) -> web.Response:
    return answer({"reply": views.canned_reply(reply, agent.id)}, status=status)


def _version(request: web.Request) -> int:
    raw = request.query.get("version", "")
    if not (len(raw) <= 9 and raw.isascii() and raw.isdecimal()):
        raise BadInput("version", "the `version` that was seen")
    return int(raw)


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("GET", "/desk/api/replies", replies),
        route("POST", "/desk/api/replies", add),
        route("PUT", "/desk/api/replies/{id}", change),
        route("DELETE", "/desk/api/replies/{id}", drop),
    ]
