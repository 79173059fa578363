"""How much an agent may ask of the desk: nobody's page, gone wild, takes it from the others."""

from aiohttp import web

from gateway.core.errors import TooMany
from gateway.core.ids import AgentId
from gateway.web.limits import Buckets

UPLOAD_BYTES_PER_HOUR = 1024 * 1024 * 1024
SEARCHES_BURST = 6
SEARCHES_REFILL_S = 2.0
"""Three in a second, for as long as it lasts: a page that searches at every key stroke, politely, stays below."""

LETTERS_BURST = 30
LETTERS_REFILL_S = 15.0
"""Two mails opened in a second: each is read anew."""

TRIES_BURST = 10
TRIES_REFILL_S = 5.0
"""Two questions tried in a second: each is a decision of the bot."""


class DeskLimits:
    """Counted inside one process, by agent. Every method raises TooMany when the caller must wait."""

    def __init__(self) -> None:
        self._bytes = Buckets(UPLOAD_BYTES_PER_HOUR, 3600)
        self._searches = Buckets(SEARCHES_BURST, SEARCHES_REFILL_S)
        self._tries = Buckets(TRIES_BURST, TRIES_REFILL_S)
        self._letters = Buckets(LETTERS_BURST, LETTERS_REFILL_S)

    def upload(self, agent_id: AgentId, size_bytes: int, now_s: float) -> None:
        """Bytes of a file, as they come."""
        _require("uploaded bytes", self._bytes.take(agent_id, now_s, size_bytes))

    def search(self, agent_id: AgentId, now_s: float) -> None:
        """One look through everything that was ever said."""
        _require("searches", self._searches.take(agent_id, now_s))

    def open_letter(self, agent_id: AgentId, now_s: float) -> None:
        """One mail, read as a whole."""
        _require("mails opened", self._letters.take(agent_id, now_s))

    def try_question(self, agent_id: AgentId, now_s: float) -> None:
        """One question, tried at the desk."""
        _require("questions tried", self._tries.take(agent_id, now_s))


def _require(what: str, wait_s: float) -> None:
    if wait_s > 0:
        raise TooMany(what, round(max(wait_s, 0.1), 1))


DESK_LIMITS: web.AppKey[DeskLimits] = web.AppKey("desk_limits", DeskLimits)
