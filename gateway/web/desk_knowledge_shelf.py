"""The knowledge base with its drafts, for every page of it."""

from config.problems import ConfigError
from gateway.core.errors import Conflict
from gateway.drafting import Shelf
from gateway.holdings import Standing
from gateway.web.deps import Deps


async def shelf_of(deps: Deps) -> tuple[Standing, Shelf]:
    """What is in force, and the drafts over it. Raises Conflict (`knowledge_broken`) where it can't be read."""
    try:
        return await deps.library.shelf()
    except ConfigError as error:
        raise Conflict(f"the knowledge base can't be read: {error.problems[0]}", code="knowledge_broken") from None
