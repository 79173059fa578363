"""What an agent does with cases: see them, take one, write to its customer, resolve it."""

from aiohttp import web
from msgspec import Struct

from gateway.core.errors import BadInput
from gateway.core.handoff import Agent, CaseStatus
from gateway.core.ids import CaseId
from gateway.core.parts import Letter
from gateway.core.session import Session
from gateway.web import desk_views as views
from gateway.web.auth import route
from gateway.web.bodies import answer, page, page_of, read_json
from gateway.web.deps import DEPS
from gateway.web.desk_mail import GivenLetter, checked
from gateway.web.desk_sessions import Cid
from handoff.carrying import carriage, check_carried
from handoff.casework import UNRESOLVED


class Resolution(Struct, frozen=True):
    """What was done about it; becomes a note to its session."""

    comment: str = ""


class Reply(Struct, frozen=True):
    """Words for the customer of a case, in the chat where they asked."""

    text: str
    cid: Cid | None = None
    letter: GivenLetter | None = None


async def cases(request: web.Request, agent: Agent) -> web.Response:
    """Cases, oldest first; the unresolved ones unless `?status=` says otherwise."""
    limit, after = page_of(request)
    found = await request.app[DEPS].desk.cases(agent, _statuses(request), limit=limit, after=after)
    return answer(page([views.case(case) for case in found.items], found.next))


async def case(request: web.Request, agent: Agent) -> web.Response:
    """One case."""
    return answer({"case": views.case(await request.app[DEPS].desk.case(agent, _case(request)))})


async def take(request: web.Request, agent: Agent) -> web.Response:
    """Make it one's own."""
    return answer({"case": views.case(await request.app[DEPS].desk.take_case(agent, _case(request)))})


async def resolve(request: web.Request, agent: Agent) -> web.Response:
    """Say that it is done."""
    given = await read_json(request, Resolution)
    return answer({"case": views.case(await request.app[DEPS].desk.resolve_case(agent, _case(request), given.comment))})


async def reply(request: web.Request, agent: Agent) -> web.Response:
    """Write to its customer where they asked, and have that session."""
    deps, given = request.app[DEPS], await read_json(request, Reply)
    channel = (await deps.desk.case(agent, _case(request))).channel
    opened = deps.channels.get(channel)
    check_carried(carriage(deps.settings, channel, None if opened is None else opened.capabilities), given.text.strip(), ())

    def head(session: Session) -> Letter:
        return checked(given.letter or GivenLetter(), session, deps.settings)

    session, said = await deps.desk.answer_case(agent, _case(request), given.text, given.cid, head)
    return answer({"session": views.session_line(session), "message": views.message(said)})


def _case(request: web.Request) -> CaseId:
    return CaseId(request.match_info["id"])


def _statuses(request: web.Request) -> tuple[CaseStatus, ...]:
    try:
        return tuple(CaseStatus(value) for value in request.query.getall("status", ())) or UNRESOLVED
    except ValueError:
        raise BadInput("status", f"one of {', '.join(CaseStatus)}") from None


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("GET", "/desk/api/cases", cases),
        route("GET", "/desk/api/cases/{id}", case),
        route("POST", "/desk/api/cases/{id}/take", take),
        route("POST", "/desk/api/cases/{id}/reply", reply),
        route("POST", "/desk/api/cases/{id}/resolve", resolve),
    ]
