"""What the desk is told of a session's call: how it stands, what can still be said, whether the customer can be called, who spoke how."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from aiohttp import web

from adapters.phone.numbers import phone_of
from config.phone import Phone
from config.schema import Settings
from gateway.core.contact import AddressKind
from gateway.core.handoff import CALL_RECORD, Agent, Handoff, Trace
from gateway.core.ids import CaseId, SessionId
from gateway.core.session import Call, Session
from gateway.web.auth import route
from gateway.web.bodies import answer
from gateway.web.deps import DEPS, Deps
from handoff.callbacks import called_number, is_calling

View = dict[str, Any]

FACTS_MAX_COUNT = 24
"""Of a call record: what more there is stays in it."""
_HOUSEKEEPING = frozenset({"call", "stage", "is_late"})
"""What every trace of a call says."""


def call_line(call: Call | None) -> View | None:
    """A call in a list: where it stands, and since when."""
    if call is None:
        return None
    return {
        "stage": call.stage,
        "since": call.since,
        "began_at": call.began_at,
        "number": call.number,
        "shown": readable(call.number),
        "is_up": call.is_up,
        "wants_callback": call.wants_callback,
        "is_dialling": call.is_dialling,
        "asked_at": call.asked_at,
        "why": call.why,
    }


def call_whole(agent: Agent, session: Session, settings: Settings, traces: Sequence[Trace], now: datetime) -> View | None:
    """The call of the session that is looked at: also whether its number is proven, how this agent would speak, whether they can call, and
    what is on record of it. None where its customers do not call."""
    configured, call = settings.channels.get(session.channel), session.call
    if call is None:
        return None
    return {
        **(call_line(call) or {}),
        "dialled": call.dialled,
        "is_proven": not session.is_doubtful,
        "speaks": "phone" if has_phone(configured, agent) else "aloud",
        "hears": isinstance(configured, Phone) and configured.recognizer.provider != "off",
        "back": back_of(configured, session, now),
        "recording": call.recording,
        "record": record_of(traces),
    }


def has_phone(configured: object, agent: Agent) -> bool:
    """Whether this agent is rung when they accept; else what they write is spoken."""
    return isinstance(configured, Phone) and bool(phone_of(agent.name, configured.agents))


def back_of(configured: object, session: Session, now: datetime) -> View:
    """Whether the session's customer can be called now, and if not, why: the very codes that `Desk.call_back` refuses with."""
    call, number, why = session.call, called_number(session.address), ""
    if call is not None and call.is_up:
        why = "caller_on_line"
    elif call is not None and is_calling(call, now):
        why = "calling"
    elif not isinstance(configured, Phone) or not configured.dial_prefixes:
        why = "calls_off"
    elif not number:
        why = "number_withheld"
    elif not number.startswith(configured.dial_prefixes):
        why = "number_forbidden"
    return {"may": not why, "why": why}


def record_of(traces: Sequence[Trace]) -> Mapping[str, Any] | None:
    """The record of the newest call that is over; None: there is none yet."""
    newest = next((one for one in reversed(traces) if one.what == CALL_RECORD), None)
    if newest is None:
        return None
    return dict([(key, value) for key, value in newest.why.items() if key not in _HOUSEKEEPING][:FACTS_MAX_COUNT])


@lru_cache(maxsize=1024)
def readable(number: str) -> str:
    """`+8613800138000` as people read it: `+86 138 0013 8000`. What is no such number stays as it is."""
    if not number.startswith("+"):
        return number
    import phonenumbers  # here, because whoever has no phone channel does not pay for it

    try:
        return str(phonenumbers.format_number(phonenumbers.parse(number), phonenumbers.PhoneNumberFormat.INTERNATIONAL))
    except phonenumbers.NumberParseException:
        return number


async def calls_of(deps: Deps, entries: Sequence[Handoff]) -> dict[SessionId, View]:
    """The calls of those who wait, by their sessions; nothing is read where nobody calls."""
    wanted = [one.session_id for one in entries if isinstance(deps.settings.channels.get(one.channel), Phone)]
    found = await deps.store.sessions(wanted) if wanted else []
    return {session.id: line for session in found if (line := call_line(session.call)) is not None}


def caller_tag(session: Session) -> str | None:
    """What a caller is called by: the number, as people read it. Whoever withholds it has none."""
    if session.address.kind is not AddressKind.PHONE:
        return None
    return readable(session.address.value if session.call is None else session.call.number) or None


async def call(request: web.Request, agent: Agent) -> web.Response:
    """Have the customer of the agent's session called now."""
    deps = request.app[DEPS]
    session = await deps.desk.call_back(agent, SessionId(request.match_info["id"]))
    return answer({"call": await told(deps, agent, session)})


async def call_case(request: web.Request, agent: Agent) -> web.Response:
    """Have the customer of a case called now, in a session that is the agent's from then on."""
    deps = request.app[DEPS]
    session = await deps.desk.call_case(agent, CaseId(request.match_info["id"]))
    return answer({"session_id": session.id, "call": await told(deps, agent, session)})


async def told(deps: Deps, agent: Agent, session: Session) -> View | None:
    """The call of a session as this agent may act on it, with what is on record of it."""
    return call_whole(agent, session, deps.settings, await deps.store.traces(session.id), deps.clock.now())


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [route("POST", "/desk/api/sessions/{id}/call", call), route("POST", "/desk/api/cases/{id}/call", call_case)]
