"""What an agent does with sessions: see the queue and their own, take them, speak, and let go of them."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from gateway.core.errors import BadInput, NotFound
from gateway.core.handoff import Agent, Stage
from gateway.core.ids import AgentId, QueueName, SessionId
from gateway.core.parts import Letter
from gateway.core.session import Session, State
from gateway.web import desk_views as views
from gateway.web.auth import route
from gateway.web.bodies import answer, cut, page, page_of, read_json
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_calls import call_whole, calls_of
from gateway.web.desk_files import carried_files
from gateway.web.desk_mail import GivenLetter, checked, heading
from gateway.web.desk_windows import carries_letters, told, window_of, windows_of
from handoff.letters import subject_of
from handoff.reading import OPEN_STATES

Cid = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]


class Reply(Struct, frozen=True):
    """What an agent says to the customer: words, files or both; a `cid` makes sending it again safe."""

    text: str = ""
    files: tuple[Annotated[str, Meta(max_length=64)], ...] = ()
    letter: GivenLetter | None = None
    """By mail: what it is headed by."""
    cid: Cid | None = None


class NoteText(Struct, frozen=True):
    """An agent's words to colleagues."""

    text: str


class Target(Struct, frozen=True):
    """Where a session goes: to a queue or to a colleague, not both."""

    queue: str | None = None
    agent: str | None = None
    comment: str = ""


class Closing(Struct, frozen=True):
    """How it ended."""

    disposition: str


class Typing(Struct, frozen=True):
    """Whether the agent writes just now."""

    on: bool


class ReadMark(Struct, frozen=True):
    """How far the agent has read."""

    seq: Annotated[int, Meta(ge=0)]


# ---- seeing ---------------------------------------------------------------------------------------------------------------------


async def queue(request: web.Request, agent: Agent) -> web.Response:
    """What waits in the agent's queues, in the order in which it is served, and what is offered to them."""
    deps = request.app[DEPS]
    limit, after = page_of(request)
    entries = await deps.desk.queue_view(agent)
    now = deps.clock.now()
    items, following = cut(entries, limit, after, key=lambda entry: entry.id)
    offered = [entry for entry in entries if entry.stage is Stage.OFFERED and entry.agent_id == agent.id]
    calls = await calls_of(deps, [*items, *offered])
    listed = page([views.waiting(entry, now, calls.get(entry.session_id)) for entry in items], following)
    offers = [views.offer(entry, calls.get(entry.session_id)) for entry in offered]
    return answer({**listed, "total": len(entries), "offers": offers, "mark": views.line_mark(entries)})


async def mine(request: web.Request, agent: Agent) -> web.Response:
    """The agent's own sessions, oldest first; for supervisors `?scope=all` gives everybody's."""
    deps, (limit, after) = request.app[DEPS], page_of(request)
    desk = deps.desk
    find = desk.all_sessions if _is_for_all(request) else desk.my_sessions
    found = await find(agent, _states(request), limit=limit, after=after)
    tails, windows = await desk.tails(found.items), await windows_of(deps, found.items)
    lines = [views.session_in_list(session, tails[session.id], windows.get(session.id)) for session in found.items]
    return answer(page(lines, found.next))


async def one(request: web.Request, agent: Agent) -> web.Response:
    """One session, whole."""
    deps, before = request.app[DEPS], _seq(request, "before") if "before" in request.query else None
    view = await deps.desk.view(agent, _session(request), before)
    transcript = await told(deps, view.session, view.transcript)
    letter = heading(view.session, deps.settings) if carries_letters(deps, view.session) else None
    window, beside = await window_of(deps, view.session), await _beside(deps, agent, view.session)
    call = call_whole(agent, view.session, deps.settings, view.traces, deps.clock.now())
    return answer(views.whole(view, transcript, window, letter, beside, call))


async def messages(request: web.Request, agent: Agent) -> web.Response:
    """What was said after `?after=SEQ`: how a page catches up without reading everything again."""
    deps = request.app[DEPS]
    limit, _ = page_of(request)
    session = await deps.desk.seen(agent, _session(request))
    found = await deps.store.session_messages(session.id, _seq(request, "after"), limit)
    is_more = bool(found) and found[-1].seq < session.seq
    return answer(page(await told(deps, session, found), str(found[-1].seq) if is_more else None))


# ---- doing ----------------------------------------------------------------------------------------------------------------------


async def accept(request: web.Request, agent: Agent) -> web.Response:
    """Take what is offered."""
    return _session_answer(await request.app[DEPS].desk.accept(agent, _session(request)))


async def reject(request: web.Request, agent: Agent) -> web.Response:
    """Give an offer back."""
    await request.app[DEPS].desk.reject(agent, _session(request))
    return answer({})


async def reply(request: web.Request, agent: Agent) -> web.Response:
    """Speak to the customer."""
    deps, given = request.app[DEPS], await read_json(request, Reply)
    session = await deps.store.session(_session(request))
    if session is None:
        raise NotFound("no such session")
    files = await carried_files(deps, session, given.text, given.files)
    said = await deps.desk.reply(agent, session.id, given.text, given.cid, files=files, letter=_letter(deps, session, given.letter))
    return answer({"message": views.message(said)})


async def note(request: web.Request, agent: Agent) -> web.Response:
    """Speak to colleagues."""
    given = await read_json(request, NoteText)
    return answer({"note": views.note(await request.app[DEPS].desk.note(agent, _session(request), given.text))})


async def transfer(request: web.Request, agent: Agent) -> web.Response:
    """Pass the session on."""
    given = await read_json(request, Target)
    passed_on = await request.app[DEPS].desk.transfer(
        agent,
        _session(request),
        queue=None if given.queue is None else QueueName(given.queue),
        to_agent=None if given.agent is None else AgentId(given.agent),
        comment=given.comment,
    )
    return _session_answer(passed_on)


async def return_to_bot(request: web.Request, agent: Agent) -> web.Response:
    """Give the session back to the bot."""
    return _session_answer(await request.app[DEPS].desk.return_to_bot(agent, _session(request)))


async def hold(request: web.Request, agent: Agent) -> web.Response:
    """Ask the customer for patience."""
    return _session_answer(await request.app[DEPS].desk.hold(agent, _session(request)))


async def resume(request: web.Request, agent: Agent) -> web.Response:
    """Go on after a hold."""
    return _session_answer(await request.app[DEPS].desk.resume(agent, _session(request)))


async def close(request: web.Request, agent: Agent) -> web.Response:
    """End the session."""
    given = await read_json(request, Closing)
    return _session_answer(await request.app[DEPS].desk.close(agent, _session(request), given.disposition))


async def typing(request: web.Request, agent: Agent) -> web.Response:
    """Show the customer that the agent writes."""
    given = await read_json(request, Typing)
    await request.app[DEPS].desk.typing(agent, _session(request), is_on=given.on)
    return answer({})


async def read(request: web.Request, agent: Agent) -> web.Response:
    """Note how far the agent has read."""
    given = await read_json(request, ReadMark)
    await request.app[DEPS].desk.read(agent, _session(request), given.seq)
    return answer({})


def _letter(deps: Deps, session: Session, given: GivenLetter | None) -> Letter | None:
    """What heads the reply where it goes by mail, also where nothing was given: who got a copy is on record."""
    if carries_letters(deps, session):
        return checked(given or GivenLetter(), session, deps.settings)
    if given is not None:
        raise BadInput("channel_no_letters", "a channel that carries mail")
    return None


async def _beside(deps: Deps, agent: Agent, session: Session) -> views.View | None:
    """The conversation that this one was begun beside; without its id where the agent may not read it."""
    if session.beside is None:
        return None
    found = await deps.store.latest_sessions([(session.channel, session.beside)])
    try:
        main = await deps.desk.seen(agent, found[0].id) if found else None
    except NotFound:
        main = None
    return {"session_id": main and main.id, "customer_name": main and main.customer_name, "subject": subject_of(main) if main else ""}


def _session_answer(session: Session) -> web.Response:
    return answer({"session": views.session_line(session)})


def _session(request: web.Request) -> SessionId:
    return SessionId(request.match_info["id"])


def _states(request: web.Request) -> tuple[State, ...]:
    try:
        return tuple(State(value) for value in request.query.getall("state", ())) or OPEN_STATES
    except ValueError:
        raise BadInput("state", f"one of {', '.join(State)}") from None


def _is_for_all(request: web.Request) -> bool:
    scope = request.query.get("scope", "mine")
    if scope not in {"mine", "all"}:
        raise BadInput("scope", "mine or all")
    return scope == "all"


def _seq(request: web.Request, name: str) -> int:
    raw = request.query.get(name, "0")
    if not (len(raw) <= 12 and raw.isascii() and raw.isdecimal()):
        raise BadInput(name, "a message's seq")
    return int(raw)


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    actions = (accept, reject, reply, note, transfer, return_to_bot, hold, resume, close, typing, read)
    return [
        route("GET", "/desk/api/queue", queue),
        route("GET", "/desk/api/sessions", mine),
        route("GET", "/desk/api/sessions/{id}", one),
        route("GET", "/desk/api/sessions/{id}/messages", messages),
        *(route("POST", f"/desk/api/sessions/{{id}}/{action.__name__}", action) for action in actions),
    ]
