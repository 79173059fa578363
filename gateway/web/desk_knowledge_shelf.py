"""What every page of the knowledge base says where it can't be read."""

from functools import wraps

from aiohttp import web

from config.problems import ConfigError
from gateway.core.errors import Conflict
from gateway.core.handoff import Agent
from gateway.web.auth import Handler


def in_words(handler: Handler) -> Handler:
    """The handler, which says in words (409 `knowledge_broken`) that the knowledge base can't be read."""

    @wraps(handler)
    async def telling(request: web.Request, agent: Agent) -> web.StreamResponse:
        try:
            return await handler(request, agent)
        except ConfigError as error:
            raise Conflict(f"the knowledge base can't be read: {error.problems[0]}", code="knowledge_broken") from None

    return telling
