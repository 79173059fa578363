"""The audit log, as admins read it, and the proof that nobody has changed it."""

import asyncio
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from gateway.core.errors import BadInput
from gateway.core.handoff import Agent, AuditEvent, Role
from gateway.web import desk_views as views
from gateway.web.auth import route
from gateway.web.bodies import answer, page, page_of
from gateway.web.deps import DEPS

FILTER_MAX_CHARS = 64
PIECE_COUNT = 5_000
"""Events that are checked in one go; other readers of the store have their turn between two pieces."""
BUDGET_S = 3.0
"""One request checks for about so long, and says where the next one goes on."""

CHECKING: web.AppKey[asyncio.Lock] = web.AppKey("audit_checking", asyncio.Lock)
"""One check at a time: it takes a core."""


async def audit(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """What was changed, by whom; the newest first. `?actor=` and `?action=` pick."""
    limit, after = page_of(request)
    deps = request.app[DEPS]
    found = await deps.store.audit(limit=limit, after=after, actor=_filter(request, "actor"), action=_filter(request, "action"))
    names: dict[str, str] = {one.id: one.shown_name for one in await deps.store.agents()} if found.items else {}
    return answer(page([_view(event, names) for event in found.items], found.next))


async def verify(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """Check the chain of hashes from the beginning, or from where an earlier answer's `next` says."""
    store, clock, started = request.app[DEPS].store, request.app[DEPS].clock, request.app[DEPS].clock.monotonic()
    checked, wrong, is_done = _after(request), None, False
    async with request.app[CHECKING]:
        while True:
            before = checked
            checked, wrong = await store.verify_audit(after=before, limit=PIECE_COUNT)
            is_done = wrong is not None or checked - before < PIECE_COUNT
            if is_done or clock.monotonic() - started >= BUDGET_S:
                break
    broken = None if wrong is None else {"after": checked, "why": wrong}
    return answer({"checked": checked, "next": None if is_done else str(checked), "broken": broken})


def _view(event: AuditEvent, names: Mapping[str, str]) -> dict[str, Any]:
    return {**views.audit(event), "actor_name": names.get(event.actor), "subject_name": names.get(event.subject)}


def _filter(request: web.Request, key: str) -> str | None:
    value = request.query.get(key, "")
    if len(value) > FILTER_MAX_CHARS or not value.isprintable():
        raise BadInput(key, f"an {key} as audit events name it")
    return value or None


def _after(request: web.Request) -> int:
    after = request.query.get("after", "0")
    if not (after.isascii() and after.isdecimal() and len(after) < 17):
        raise BadInput("after", "the `next` of an earlier answer")
    return int(after)


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("GET", "/desk/api/audit", audit, Role.ADMIN),
        route("GET", "/desk/api/audit/verify", verify, Role.ADMIN),
    ]
