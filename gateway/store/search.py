"""Finding a session again by what was said in it, or by whose it was: newest first, a bounded stretch of the record at a time.

No index is kept for it, so that no turn pays for a search: the sessions that people have had are gone through from the newest on, in
small pieces. A page may come with few items, or none, and the place where the search goes on.
"""

from collections.abc import Sequence

from gateway.core.desk import Found
from gateway.core.ids import AgentId, SessionId
from gateway.core.ports import Page
from gateway.store.hits import SESSION_MAX_COUNT, Candidate, hits
from gateway.store.paging import place
from gateway.store.sessions import by_id
from gateway.store.steps import Fetch, Steps
from gateway.store.words import words_of

EFFORT = 40_000
"""What one call may cost: messages looked at for a word by the database, and half of those judged here."""
_SESSIONS = (25, 100)
"""Sessions of the first piece, and of all that follow."""
_MESSAGES = 2_000
"""Messages of a piece, but for its last session's."""

_COUNT = "coalesce(session.seq + 1 - (SELECT min(message.seq) FROM message WHERE message.session_id = session.id), 0)"
_HANDED_OFF = (
    "SELECT requested_at AS at, session_id FROM handoff WHERE (requested_at, session_id) < (?, ?) AND NOT EXISTS ("
    "SELECT 1 FROM handoff AS earlier WHERE earlier.session_id = handoff.session_id "
    "AND (earlier.requested_at, earlier.id) < (handoff.requested_at, handoff.id)) "
    "ORDER BY requested_at DESC, session_id DESC LIMIT ?"
)
_ONLY_CASES = (
    "SELECT opened_at AS at, session_id FROM service_case WHERE (opened_at, session_id) < (?, ?) "
    "AND NOT EXISTS (SELECT 1 FROM handoff WHERE handoff.session_id = service_case.session_id) AND NOT EXISTS ("
    "SELECT 1 FROM service_case AS earlier WHERE earlier.session_id = service_case.session_id "
    "AND (earlier.opened_at, earlier.id) < (service_case.opened_at, service_case.id)) "
    "ORDER BY opened_at DESC, session_id DESC LIMIT ?"
)
_AN_AGENTS = (
    "SELECT requested_at AS at, session_id FROM handoff WHERE agent_id = ? AND accepted_at IS NOT NULL "
    "AND (requested_at, session_id) < (?, ?) AND NOT EXISTS (SELECT 1 FROM handoff AS earlier "
    "WHERE earlier.session_id = handoff.session_id AND coalesce(earlier.agent_id, '') = handoff.agent_id "
    "AND earlier.accepted_at IS NOT NULL AND (earlier.requested_at, earlier.id) < (handoff.requested_at, handoff.id)) "
    "ORDER BY requested_at DESC, session_id DESC LIMIT ?"
)
"""Each session once, at its first handoff (or case): a place that later transfers don't move, so pages neither miss nor repeat it.

`coalesce` keeps a planner from going through all of an agent's handoffs for each one, instead of through the session's few."""
_EVERYBODYS = f"SELECT * FROM ({_HANDED_OFF}) AS handed_off UNION ALL SELECT * FROM ({_ONLY_CASES}) AS only_cases"  # noqa: S608
_WITH_COUNTS = (
    f"SELECT had.at, had.session_id, {_COUNT} FROM (",  # noqa: S608 - our words
    ") AS had LEFT JOIN session ON session.id = had.session_id ORDER BY had.at DESC, had.session_id DESC LIMIT ?",
)
_OF_EVERYBODY, _OF_AGENT = _EVERYBODYS.join(_WITH_COUNTS), _AN_AGENTS.join(_WITH_COUNTS)
_NUMBERED = "SELECT session_id FROM service_case WHERE number = ?"
_NAMED = (
    "SELECT id FROM session WHERE (id = ? OR id = ANY(?)) AND (EXISTS (SELECT 1 FROM handoff WHERE handoff.session_id = session.id) "
    "OR EXISTS (SELECT 1 FROM service_case WHERE service_case.session_id = session.id))"
)
_HAD_BY = "SELECT session_id FROM handoff WHERE session_id = ANY(?) AND coalesce(agent_id, '') = ? AND accepted_at IS NOT NULL"


def search(text: str, agent_id: AgentId | None, limit: int, after: str) -> Steps[Page]:
    """See `gateway.core.ports.Store.search`."""
    words = words_of(text)
    if not words:
        return Page(())
    if not after and len(words) == 1 and (named := (yield from _named(words[0], agent_id))):
        return Page(tuple(map(Found, (yield from by_id(named)))))
    return (yield from _gone_through(words, agent_id, limit, after))


def _gone_through(words: Sequence[str], agent_id: AgentId | None, limit: int, after: str) -> Steps[Page]:
    found: list[Found] = []
    spent, sizes = 0, iter(_SESSIONS)
    size = _SESSIONS[-1]
    while spent < EFFORT:
        size = next(sizes, size)
        candidates = yield from _candidates(agent_id, size, after)
        piece = _within(candidates, _MESSAGES)
        hitting, effort = yield from hits(piece, words)
        for candidate, hit in hitting:
            found.append(hit)
            if len(found) == limit:
                return Page(tuple(found), candidate.place)
        if len(piece) == len(candidates) < size:
            return Page(tuple(found))
        after = piece[-1].place
        spent += effort
    return Page(tuple(found), after)


def _candidates(agent_id: AgentId | None, count: int, after: str) -> Steps[list[Candidate]]:
    """The next sessions that people, or this agent, have had."""
    start = place(after) if after else (2**62, "")
    if agent_id is None:
        rows = yield Fetch(_OF_EVERYBODY, (*start, count, *start, count, count))
    else:
        rows = yield Fetch(_OF_AGENT, (agent_id, *start, count, count))
    return [Candidate(at, SessionId(session_id), min(messages, SESSION_MAX_COUNT)) for at, session_id, messages in rows]


def _within(candidates: Sequence[Candidate], budget: int) -> list[Candidate]:
    """As many as the budget lasts for, but one at least."""
    piece: list[Candidate] = []
    for candidate in candidates:
        if piece and budget < candidate.message_count:
            break
        budget -= candidate.message_count
        piece.append(candidate)
    return piece


def _named(word: str, agent_id: AgentId | None) -> Steps[list[SessionId]]:
    """The session whose whole id, or case's number, this is, where it may be found."""
    numbered = [session_id for (session_id,) in (yield Fetch(_NUMBERED, (word.upper(),)))]
    ids = [session_id for (session_id,) in (yield Fetch(_NAMED, (word.upper(), numbered)))]
    if agent_id is not None and ids:
        had = {session_id for (session_id,) in (yield Fetch(_HAD_BY, (ids, agent_id)))}
        ids = [session_id for session_id in ids if session_id in had]
    return ids
