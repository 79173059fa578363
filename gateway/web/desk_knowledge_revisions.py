"""Publishing over HTTP, and trying a question before it."""

import asyncio
from functools import partial
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from gateway.core.decision import Ask
from gateway.core.errors import BadInput
from gateway.core.handoff import Agent, Role
from gateway.core.knowledge import COMMENT_MAX_CHARS
from gateway.web import desk_knowledge_views as views
from gateway.web.auth import route
from gateway.web.bodies import answer, page, page_of, read_json
from gateway.web.deps import DEPS
from gateway.web.desk_knowledge import VERSION_MAX
from gateway.web.desk_knowledge_shelf import in_words
from gateway.web.desk_limits import DESK_LIMITS

TEXT_MAX_CHARS = 4_000

Number = Annotated[int, Meta(ge=0, le=VERSION_MAX)]


class Publish(Struct, frozen=True, kw_only=True):
    """What is published stands behind the revision `base`; `mark`: the drafts are those that were seen."""

    base: Number
    comment: Annotated[str, Meta(max_length=COMMENT_MAX_CHARS)] = ""
    mark: Number | None = None


class Restore(Struct, frozen=True, kw_only=True):
    """An earlier revision, to stand behind `base`."""

    base: Number
    comment: Annotated[str, Meta(max_length=COMMENT_MAX_CHARS)] = ""


class Try(Struct, frozen=True, kw_only=True):
    """A question, as a customer might ask it."""

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_MAX_CHARS)]
    language: Annotated[str, Meta(max_length=35)] | None = None
    channel: Annotated[str, Meta(max_length=40)] = "webchat"
    draft: bool = False


async def publish(request: web.Request, agent: Agent) -> web.Response:
    """Put all drafts in force."""
    given = await read_json(request, Publish)
    revision = await request.app[DEPS].library.publish(agent.id, given.comment, given.base, mark=given.mark)
    return answer({"revision": revision.number, "state": "building"}, status=202)


async def restore(request: web.Request, agent: Agent) -> web.Response:
    """Put an earlier revision in force again."""
    given, raw = await read_json(request, Restore), request.match_info["number"]
    if not (raw.isascii() and raw.isdecimal() and len(raw) < 16):
        raise BadInput("number", "the number of a revision")
    revision = await request.app[DEPS].library.restore(agent.id, int(raw), given.base, given.comment)
    return answer({"revision": revision.number, "state": "building"}, status=202)


async def revisions(request: web.Request, agent: Agent) -> web.Response:  # noqa: ARG001 - a handler's signature
    """What was published, newest first."""
    limit, after = page_of(request)
    store = request.app[DEPS].store
    found, newest = await store.revisions(limit=limit, after=after), await store.newest_revision()
    names = {str(one.id): one.shown_name for one in await store.agents()}
    current = newest.number if newest else 0
    return answer(page([views.revision(one, names, current=current) for one in found.items], found.next))


async def try_question(request: web.Request, agent: Agent) -> web.Response:
    """What the bot would do with a question, and why; 202 while the bot that is asked is being made."""
    given, deps = await read_json(request, Try), request.app[DEPS]
    request.app[DESK_LIMITS].try_question(agent.id, deps.clock.monotonic())
    standing, shelf = await deps.library.shelf()
    contents = await asyncio.to_thread(shelf.merged) if given.draft and shelf.drafts else standing.contents
    bot = await deps.brains.bot(contents)
    if bot is None:
        return answer({"state": "building"}, status=202)
    ask = Ask(
        text=given.text, languages=deps.settings.gateway.languages, language=given.language, channel_type=given.channel,
        today=deps.clock.now().date().isoformat(),
    )  # fmt: skip
    tried = await asyncio.to_thread(partial(bot.tried, ask))
    return answer({**views.tried(tried, {one.id: one.title for one in contents.entries}), "revision": standing.number})


def routes() -> list[web.RouteDef]:
    """The routes of this page."""
    return [
        route("POST", "/desk/api/knowledge/try", in_words(try_question)),
        route("POST", "/desk/api/knowledge/publish", in_words(publish), Role.SUPERVISOR),
        route("GET", "/desk/api/knowledge/revisions", in_words(revisions)),
        route("POST", "/desk/api/knowledge/revisions/{number}/restore", in_words(restore), Role.SUPERVISOR),
    ]
