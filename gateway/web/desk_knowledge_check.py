"""What the knowledge base lacks, over HTTP: what is doubtful in it, and what customers asked that only people could answer.

Both are looked for in a thread, one at a time however many ask, and what was found is given again as long as it holds.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
from aiohttp import web

from bot.linting import Finding, Scope, check, counted, told
from bot.past import unanswered
from bot.suggesting import Suggested, Unanswered, suggest
from gateway.contents import Contents
from gateway.core.errors import BadInput, Faulty
from gateway.core.handoff import Agent, Role
from gateway.core.ids import EntryId
from gateway.core.texts import nearest
from gateway.web.auth import route
from gateway.web.bodies import answer
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_knowledge_shelf import in_words
from gateway.web.middleware import deadline

FINDINGS_MAX_COUNT = 1_000
"""Of one page, and where nobody asks for fewer."""
SUGGESTIONS_MAX_COUNT = 100
SESSIONS_MAX_COUNT = 3_000
"""Of those handed off, the newest: what one round of suggestions reads."""
SESSIONS_PAGE_COUNT = 50
DAYS_MAX_COUNT = 366
DAYS_DEFAULT_COUNT = 30
FRESH_S = 300.0
"""Suggestions are given again for so long."""
LOOKING_S = 60.0
LANGUAGE_MAX_CHARS = 35


class Looked:
    """What was found, by what it was found from; one search at a time.

    A search goes on when whoever asked has gone: a thread can't be called off, and those that nobody waits for would take the places of
    everything else that needs one.
    """

    def __init__(self) -> None:
        self._known: tuple[object, Any] | None = None
        self._looking: asyncio.Task[None] | None = None

    async def found(self, asked: object, look: Callable[[], Awaitable[Any]]) -> Any:
        """What `look` finds; it is not asked again for the same."""
        while self._known is None or self._known[0] != asked:
            if self._looking is None:
                mine = self._looking = asyncio.create_task(self._look(asked, look), name="knowledge check")
                await asyncio.shield(mine)
            else:
                await asyncio.wait([self._looking])
        return self._known[1]

    async def _look(self, asked: object, look: Callable[[], Awaitable[Any]]) -> None:
        try:
            self._known = asked, await look()
        finally:
            self._looking = None

    def at_hand(self, asked: object) -> Any | None:
        """What is known already."""
        return self._known[1] if self._known is not None and self._known[0] == asked else None


CHECKS: web.AppKey[Looked] = web.AppKey("knowledge_checks", Looked)
SUGGESTIONS: web.AppKey[Looked] = web.AppKey("knowledge_suggestions", Looked)


@deadline(LOOKING_S)
async def findings(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """What is wrong, doubtful or missing, with the drafts as if they were in force."""
    deps, limit, start = request.app[DEPS], _count(request, "limit", FINDINGS_MAX_COUNT, FINDINGS_MAX_COUNT), _start(request)
    _, shelf = await deps.library.shelf()
    found = await _checked(request, await asyncio.to_thread(shelf.merged))
    language = _language(request)
    items = [_finding(one, told(one, deps.texts, language)) for one in found[start : start + limit]]
    following = str(start + limit) if start + limit < len(found) else None
    return answer({"items": items, "next": following, "total": len(found), "counts": counted(found)})


async def about(request: web.Request, entry_id: EntryId) -> list[dict[str, Any]]:
    """What the last check said of one entry, if it still holds: nobody who opens an entry waits for all of them."""
    deps = request.app[DEPS]
    try:
        _, shelf = await deps.library.shelf()
        contents = await asyncio.to_thread(shelf.merged)
    except Faulty:
        return []  # some other draft: what is wrong with it is told where it is opened
    found = request.app[CHECKS].at_hand(_asked(deps, contents)) or ()
    return [_finding(one, told(one, deps.texts, _language(request))) for one in found if entry_id in one.entries]


@deadline(LOOKING_S)
async def suggestions(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """Groups of questions that found no answer, with what agents said to them."""
    deps = request.app[DEPS]
    days = _count(request, "days", DAYS_DEFAULT_COUNT, DAYS_MAX_COUNT)
    limit = _count(request, "limit", SUGGESTIONS_MAX_COUNT, SUGGESTIONS_MAX_COUNT)
    standing, shelf = await deps.library.shelf()
    asked = (days, standing.number, await deps.library.mark(), deps.clock.monotonic() // FRESH_S)

    async def look() -> Suggested:
        questions = await _unanswered(deps, days)
        return await asyncio.to_thread(partial(suggest, questions, shelf.merged().entries, limit=SUGGESTIONS_MAX_COUNT))

    found: Suggested = await request.app[SUGGESTIONS].found(asked, look)
    items = [msgspec.to_builtins(one) for one in found.suggestions[:limit]]
    counts = {name: getattr(found, name) for name in ("questions", "grouped", "known", "no_question", "single")}
    return answer({"items": items, "next": None, **counts})


async def _checked(request: web.Request, contents: Contents) -> Sequence[Finding]:
    deps = request.app[DEPS]
    today = deps.clock.now().date().isoformat()

    async def look() -> Sequence[Finding]:
        return await asyncio.to_thread(partial(check, contents.entries, today, scope=_scope(deps)))

    found: Sequence[Finding] = await request.app[CHECKS].found(_asked(deps, contents), look)
    return found


def _asked(deps: Deps, contents: Contents) -> object:
    """What findings are found from."""
    return contents.digest, deps.clock.now().date()


def _scope(deps: Deps) -> Scope:
    types = frozenset(channel.type for channel in deps.channels.values())
    return Scope(languages=deps.settings.gateway.languages, channels=types, queues=frozenset(deps.settings.queues))


async def _unanswered(deps: Deps, days: int) -> list[Unanswered]:
    begin, after = deps.clock.now() - timedelta(days=days), ""
    found: list[Unanswered] = []
    for _ in range(SESSIONS_MAX_COUNT // SESSIONS_PAGE_COUNT):
        page = await deps.store.handed_off_sessions(begin, limit=SESSIONS_PAGE_COUNT, after=after)
        found += [one for past in page.items for one in unanswered(past)]
        if page.next is None:
            break
        after = page.next
    return found


def _finding(one: Finding, message: str) -> dict[str, Any]:
    return {
        "code": one.code, "entries": one.entries, "question": one.question, "detail": one.detail, "severity": one.severity,
        "message": message, "values": one.values,
    }  # fmt: skip


def _language(request: web.Request) -> str:
    offered = request.app[DEPS].settings.gateway.languages
    preferred = request.headers.get("Accept-Language", "").split(",")[0].split(";")[0].strip()
    return nearest((request.query.get("lang") or preferred or offered[0])[:LANGUAGE_MAX_CHARS], offered)


def _count(request: web.Request, name: str, default: int, most: int) -> int:
    raw = request.query.get(name, str(default))
    if not (len(raw) <= 4 and raw.isascii() and raw.isdecimal() and 1 <= int(raw) <= most):
        raise BadInput(name, f"a whole number from 1 to {most}")
    return int(raw)


def _start(request: web.Request) -> int:
    raw = request.query.get("after", "") or "0"
    if not (len(raw) <= 6 and raw.isascii() and raw.isdecimal()):
        raise BadInput("after", "the `next` of an earlier page")
    return int(raw)


def setup(app: web.Application) -> None:
    """Add the routes, and what they remember."""
    app[CHECKS] = Looked()
    app[SUGGESTIONS] = Looked()
    app.add_routes([
        route("GET", "/desk/api/knowledge/check", in_words(findings)),
        route("GET", "/desk/api/knowledge/suggestions", in_words(suggestions), Role.SUPERVISOR),
    ])  # fmt: skip
