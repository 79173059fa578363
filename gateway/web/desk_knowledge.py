"""The knowledge base over HTTP: reading it, changing drafts, and telling what real questions meant."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from aiohttp import web
from msgspec import Meta, Struct

from gateway.core.errors import BadInput, Forbidden
from gateway.core.handoff import Agent, Role
from gateway.core.ids import EntryId, SessionId
from gateway.drafting import EntryState, Item, Shelf, holds, words_of
from gateway.holdings import Standing
from gateway.web import desk_knowledge_views as views
from gateway.web.auth import may, route
from gateway.web.bodies import answer, cut, page, page_of, read_json
from gateway.web.deps import DEPS, Deps
from gateway.web.desk_knowledge_check import about
from gateway.web.desk_knowledge_shelf import in_words

VERSION_MAX = 2**53
QUERY_MAX_CHARS = 200
CATEGORIES_MAX_COUNT = 500
ASIDE_FROM_COUNT = 500
"""So many entries are looked through in a thread."""

Version = Annotated[int, Meta(ge=0, le=VERSION_MAX)]


class Put(Struct, frozen=True, kw_only=True):
    """An entry as it is to be. What it may hold is the bot's to say, to name everything wrong at once."""

    entry: dict[str, Any]
    version: Version


class Discard(Struct, frozen=True, kw_only=True):
    """The draft to be taken back."""

    version: Version


class Question(Struct, frozen=True, kw_only=True):
    """Another way to ask, perhaps said by a customer in a session."""

    text: str
    session_id: str | None = None
    seq: int | None = None
    is_not: bool = False


class Labelled(Struct, frozen=True, kw_only=True):
    """A real question and the entry that answers it; null: none does."""

    text: str
    entry: str | None
    session_id: str | None = None


class Filter(Struct, frozen=True):
    """What of the list is asked for; empty: all."""

    words: Sequence[str]
    category: str
    language: str
    state: str

    def takes(self, item: Item) -> bool:
        """Whether this entry is among it."""
        entry = item.entry
        return (
            (not self.category or entry.get("category") == self.category)
            and (not self.language or self.language in entry.get("answer", {}))
            and (not self.state or item.state == self.state or (self.state == "draft" and item.draft is not None))
            and holds(item, self.words)
        )


async def entries(request: web.Request, agent: Agent) -> web.Response:
    """The entries as they stand, drafts over what is in force."""
    limit, after = page_of(request)
    wanted, deps = _filter(request), request.app[DEPS]
    standing, shelf = await deps.library.shelf()
    found = await _aside(len(standing.contents.entries), partial(_found, shelf, wanted))
    items, following = cut(found, limit, after, key=lambda one: one.id)
    facts = await _facts(deps, agent, standing, shelf)
    return answer({**page([views.item(one) for one in items], following), "total": len(found), **facts})


async def entry(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """One entry: as it is to be, and as it is in force."""
    item = await request.app[DEPS].library.item(_id(request))
    return answer(views.whole(item, await about(request, item.id)))


async def put(request: web.Request, agent: Agent) -> web.Response:
    """Keep an entry as a draft."""
    given = await read_json(request, Put)
    return _kept(await request.app[DEPS].library.put(agent.id, _id(request), given.entry, given.version))


async def drop(request: web.Request, agent: Agent) -> web.Response:
    """Want an entry gone with the next publication."""
    return _kept(await request.app[DEPS].library.drop(agent.id, _id(request), _version(request)))


async def discard(request: web.Request, agent: Agent) -> web.Response:
    """Take an entry's draft back: one's own, or as a supervisor anybody's."""
    given, library = await read_json(request, Discard), request.app[DEPS].library
    draft = (await library.item(_id(request))).draft
    if draft is not None and draft.by != agent.id and not may(agent, Role.SUPERVISOR):
        raise Forbidden("a colleague's draft is discarded by them, or by a supervisor")
    return _kept(await library.discard(agent.id, _id(request), given.version))


async def add_question(request: web.Request, agent: Agent) -> web.Response:
    """Another way to ask for an entry, into its draft."""
    given, deps = await read_json(request, Question), request.app[DEPS]
    session_id = await _readable(deps, agent, given.session_id)
    item = await deps.library.add_question(agent.id, _id(request), given.text, is_not=given.is_not, session_id=session_id)
    return answer(views.whole(item))


async def add_label(request: web.Request, agent: Agent) -> web.Response:
    """Tell which entry a real question meant."""
    given, deps = await read_json(request, Labelled), request.app[DEPS]
    session_id = await _readable(deps, agent, given.session_id)
    entry_id = None if given.entry is None else EntryId(given.entry)
    label = await deps.library.add_label(agent.id, given.text, entry_id, session_id=session_id)
    return answer({"label": views.label(label)}, status=201)


async def _facts(deps: Deps, agent: Agent, standing: Standing, shelf: Shelf) -> dict[str, Any]:
    """What every list says of the whole."""
    categories = {one.category for one in standing.contents.entries if one.category}
    return {
        "revision": standing.number, "draft_count": len(shelf.drafts), "mark": await deps.library.mark(),
        **views.stands(deps.brains, standing.number), "file_changed": await deps.library.has_changed_files(),
        "can": {"edit": True, "publish": may(agent, Role.SUPERVISOR)}, "categories": sorted(categories)[:CATEGORIES_MAX_COUNT],
    }  # fmt: skip


# ---- parts ----------------------------------------------------------------------------------------------------------------------


def _found(shelf: Shelf, wanted: Filter) -> list[Item]:
    return [item for item in shelf.items() if wanted.takes(item)]


async def _aside(count: int, work: "partial[list[Item]]") -> list[Item]:
    return await asyncio.to_thread(work) if count >= ASIDE_FROM_COUNT else work()


def _filter(request: web.Request) -> Filter:
    given = {name: request.query.get(name, "").strip() for name in ("q", "category", "language", "state")}
    if any(len(value) > QUERY_MAX_CHARS for value in given.values()):
        raise BadInput("q", f"up to {QUERY_MAX_CHARS} characters")
    if given["state"] and given["state"] not in {*EntryState, "draft"}:
        raise BadInput("state", f"one of {', '.join(EntryState)}, draft")
    return Filter(words_of(given["q"]), given["category"], given["language"], given["state"])


async def _readable(deps: Deps, agent: Agent, session_id: str | None) -> SessionId | None:
    """The session that a question comes from. Raises NotFound where the agent has no right to see it."""
    return None if not session_id else (await deps.desk.seen(agent, SessionId(session_id))).id


def _kept(item: Item | None) -> web.Response:
    """What there is now; of an entry that is no more, nothing."""
    return answer(views.whole(item) if item else {"entry": None, "live": None, "version": 0, "findings": []})


def _id(request: web.Request) -> EntryId:
    return EntryId(request.match_info["id"])


def _version(request: web.Request) -> int:
    given = request.query.get("version", "")
    if not (given.isascii() and given.isdecimal() and len(given) < 17):
        raise BadInput("version", "the version of the entry that you have seen")
    return int(given)


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("GET", "/desk/api/knowledge", in_words(entries)),
        route("GET", "/desk/api/knowledge/entries/{id}", in_words(entry)),
        route("PUT", "/desk/api/knowledge/entries/{id}", in_words(put)),
        route("DELETE", "/desk/api/knowledge/entries/{id}", in_words(drop)),
        route("POST", "/desk/api/knowledge/entries/{id}/discard", in_words(discard)),
        route("POST", "/desk/api/knowledge/entries/{id}/questions", in_words(add_question)),
        route("POST", "/desk/api/knowledge/labels", in_words(add_label)),
    ]
