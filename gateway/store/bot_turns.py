"""Reading sessions of the past with everything that tells how the bot did: for replaying it, and for finding what it lacks.

A page costs a bounded piece of work: a few dozen sessions, and of each only its first messages.
"""

from collections.abc import Sequence
from datetime import datetime

from gateway.core.errors import BadInput
from gateway.core.ids import SessionId
from gateway.core.knowledge import Label
from gateway.core.message import Message
from gateway.core.past import PastSession
from gateway.core.ports import Page
from gateway.core.session import Session, State
from gateway.store import sessions
from gateway.store.paging import cursor, page, place
from gateway.store.rows import label_of, message_of, micros, session_of
from gateway.store.steps import Fetch, Steps

SESSIONS_MAX_COUNT = 100
"""Of one page, whatever is asked for."""
MESSAGES_MAX_COUNT = 400
"""Read of one session: the bot's part is at its beginning."""

_OPENED = (
    "SELECT opened_at, id, body FROM session WHERE state = ? AND opened_at < ? AND (opened_at, id) > (?, ?) ORDER BY opened_at, id LIMIT ?"
)
_HANDED_OFF = (
    "SELECT handoff.requested_at, handoff.session_id, session.body FROM handoff JOIN session ON session.id = handoff.session_id "
    "WHERE handoff.requested_at >= ? AND (handoff.requested_at, handoff.session_id) < (?, ?) AND NOT EXISTS ("
    "SELECT 1 FROM handoff AS earlier WHERE earlier.session_id = handoff.session_id "
    "AND (earlier.requested_at, earlier.id) < (handoff.requested_at, handoff.id)) "
    "ORDER BY handoff.requested_at DESC, handoff.session_id DESC LIMIT ?"
)
"""Each session once, at its first handoff."""
_MESSAGES = (
    "SELECT session_id, body, status FROM (SELECT session_id, seq, body, status, "
    "row_number() OVER (PARTITION BY session_id ORDER BY seq) AS place FROM message WHERE session_id = ANY(?)) AS numbered "
    "WHERE place <= ? ORDER BY session_id, seq"
)
_LABELS = "SELECT session_id, body FROM knowledge_label WHERE session_id = ANY(?) ORDER BY at, id"

_STATES = (*(state for state in State if state is not State.CLOSED), State.CLOSED)
"""Those that may still move come first: one that ends meanwhile is seen twice, and not missed."""


def opened_between(begin: datetime, end: datetime, limit: int, after: str) -> Steps[Page]:
    """Sessions opened from `begin` until before `end`, state by state, in each the oldest first."""
    number, start = _where(after, begin)
    size = max(1, min(limit, SESSIONS_MAX_COUNT))
    rows = yield Fetch(_OPENED, (_STATES[number].value, micros(end), *start, size + 1))
    found = page(rows, size, lambda row: session_of(row[2]), cursor)
    following = f"{number}.{found.next}" if found.next else f"{number + 1}.{micros(begin)}." if number + 1 < len(_STATES) else None
    return Page((yield from _whole(found.items)), following)


def handed_off_since(begin: datetime, limit: int, after: str) -> Steps[Page]:
    """Sessions that the bot gave away since `begin`, those handed off last first."""
    size = max(1, min(limit, SESSIONS_MAX_COUNT))
    rows = yield Fetch(_HANDED_OFF, (micros(begin), *(place(after) if after else (2**62, "")), size + 1))
    found = page(rows, size, lambda row: session_of(row[2]), cursor)
    return Page((yield from _whole(found.items)), found.next)


def _where(after: str, begin: datetime) -> tuple[int, tuple[int, str]]:
    """The state that a page is about, and the place behind which it starts. Raises BadInput."""
    if not after:
        return 0, (micros(begin), "")
    state, _, rest = after.partition(".")
    if state not in map(str, range(len(_STATES))):
        raise BadInput("bad_cursor", "the `next` of an earlier page")
    return int(state), place(rest)


def _whole(found: Sequence[Session]) -> Steps[tuple[PastSession, ...]]:
    ids = [session.id for session in found]
    if not ids:
        return ()
    messages = yield from _messages(ids)
    ratings = yield from sessions.ratings(ids)
    labels = yield from _labels(ids)
    return tuple(
        PastSession(
            session=session, messages=tuple(messages.get(session.id, ())[:MESSAGES_MAX_COUNT]),
            is_cut=len(messages.get(session.id, ())) > MESSAGES_MAX_COUNT, rating=ratings.get(session.id),
            labels=tuple(labels.get(session.id, ())),
        )
        for session in found
    )  # fmt: skip


def _messages(ids: Sequence[SessionId]) -> Steps[dict[str, list[Message]]]:
    found: dict[str, list[Message]] = {}
    for session_id, text, status in (yield Fetch(_MESSAGES, (list(ids), MESSAGES_MAX_COUNT + 1))):
        found.setdefault(session_id, []).append(message_of(text, status))
    return found


def _labels(ids: Sequence[SessionId]) -> Steps[dict[str, list[Label]]]:
    found: dict[str, list[Label]] = {}
    for session_id, text in (yield Fetch(_LABELS, (list(ids),))):
        found.setdefault(session_id, []).append(label_of(text))
    return found
