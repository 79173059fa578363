"""Finding a session again by what was said in it, or by whose it was."""

from aiohttp import web

from gateway.core.desk import Found
from gateway.core.errors import BadInput
from gateway.core.handoff import Agent
from gateway.core.parts import plain_text
from gateway.web import desk_views as views
from gateway.web.auth import route
from gateway.web.bodies import answer, page, page_of
from gateway.web.deps import DEPS
from gateway.web.desk_limits import DESK_LIMITS
from gateway.web.middleware import deadline
from handoff.snippets import snippet

QUERY_MIN_CHARS = 2
QUERY_MAX_CHARS = 200
SEARCH_S = 10.0
"""A page of hits comes in well under a second; what takes longer would hold up the record's other readers."""
PAGE_MAX_COUNT = 50


@deadline(SEARCH_S)
async def search(request: web.Request, agent: Agent) -> web.Response:
    """Sessions that hold every word, newest first. A page may come with few hits, or none, and a `next`: the search goes on there."""
    deps = request.app[DEPS]
    query, (limit, after) = _query(request), page_of(request)
    request.app[DESK_LIMITS].search(agent.id, deps.clock.monotonic())
    found = await deps.desk.search(agent, query, limit=min(limit, PAGE_MAX_COUNT), after=after)
    return answer(page([_hit(one, query) for one in found.items], found.next))


def _hit(found: Found, query: str) -> views.View:
    message = found.message
    return {
        "session": views.session_line(found.session),
        "message": None if message is None else views.message(message),
        "snippet": "" if message is None else snippet(plain_text(message.parts), query),
    }


def _query(request: web.Request) -> str:
    query = " ".join(request.query.get("q", "").split())
    if not QUERY_MIN_CHARS <= len(query) <= QUERY_MAX_CHARS:
        raise BadInput("search_text", f"{QUERY_MIN_CHARS} to {QUERY_MAX_CHARS} characters")
    return query


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [route("GET", "/desk/api/search", search)]
