"""Finding a session again by what was said in it, or by whose it was: newest first, a bounded stretch of the record at a time.

No index is kept for it, so that no turn pays for a search: the sessions that people have had are gone through from the newest on, in
pieces that grow, and the database passes on only the rows whose JSON holds a word at all. What it passes on is judged here by the
decoded values, so that neither a key nor an escape of JSON is ever a match.
"""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from gateway.core.desk import Found
from gateway.core.handoff import Case
from gateway.core.ids import AgentId, SessionId
from gateway.core.message import Message, plain_text
from gateway.core.ports import Page
from gateway.store.paging import cursor, place
from gateway.store.rows import case_of, contact_of, form_of, handoff_of, message_of, session_of
from gateway.store.sessions import by_id
from gateway.store.steps import Fetch, Steps
from gateway.store.words import fold, holds, needle, words_of

MESSAGES_MAX_COUNT = 40_000
"""Messages that one call looks at, but for the last session's."""
SESSION_MAX_COUNT = 2_000
"""Of one session only so many of the newest messages are looked at."""
_PIECES = (25, 100, 400)
"""Sessions of the first piece, the second, and all that follow."""
_ID_MIN_LENGTH = 6
"""A part of an id or of a case's number counts from so many characters: a shorter one would stand in every other."""

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
_ALL = f"SELECT * FROM ({_HANDED_OFF}) AS handed_off UNION ALL SELECT * FROM ({_ONLY_CASES}) AS only_cases"  # noqa: S608 - our words
_AN_AGENTS = (
    "SELECT requested_at AS at, session_id FROM handoff WHERE agent_id = ? AND accepted_at IS NOT NULL "
    "AND (requested_at, session_id) < (?, ?) AND NOT EXISTS (SELECT 1 FROM handoff AS earlier "
    "WHERE earlier.session_id = handoff.session_id AND earlier.agent_id = handoff.agent_id AND earlier.accepted_at IS NOT NULL "
    "AND (earlier.requested_at, earlier.id) < (handoff.requested_at, handoff.id)) "
    "ORDER BY requested_at DESC, session_id DESC LIMIT ?"
)
_CANDIDATES = (
    f"SELECT had.at, had.session_id, {_COUNT} FROM ({{}}) AS had LEFT JOIN session ON session.id = had.session_id "  # noqa: S608 - our words
    "ORDER BY had.at DESC, had.session_id DESC LIMIT ?"
)
_NAMED = (
    "SELECT id FROM session WHERE (id = ? OR id = ANY(?)) AND (EXISTS (SELECT 1 FROM handoff WHERE handoff.session_id = session.id) "
    "OR EXISTS (SELECT 1 FROM service_case WHERE service_case.session_id = session.id))"
)
_HAD_BY = "SELECT session_id FROM handoff WHERE session_id = ANY(?) AND agent_id = ? AND accepted_at IS NOT NULL"
_NUMBERED = "SELECT session_id FROM service_case WHERE number = ?"

_MESSAGES = (
    f"SELECT message.session_id, message.body, message.status FROM session JOIN message ON message.session_id = session.id "  # noqa: S608
    f"AND message.seq > session.seq - {SESSION_MAX_COUNT} WHERE session.id = ANY(?) AND CONTAINS(message.body, ?)"
)
_NAMES = "SELECT id, body FROM session WHERE id = ANY(?) AND CONTAINS(body, ?)"
_PACKETS = "SELECT session_id, body FROM handoff WHERE session_id = ANY(?) AND CONTAINS(body, ?)"
_CASES = "SELECT session_id, body FROM service_case WHERE session_id = ANY(?)"
_CONTACTS = (
    "SELECT session.id, contact.body FROM session JOIN identity ON identity.address = session.address "
    "AND identity.id = (SELECT max(newest.id) FROM identity AS newest WHERE newest.address = session.address) "
    "JOIN contact ON contact.id = identity.contact_id WHERE session.id = ANY(?) AND CONTAINS(contact.body, ?)"
)
_FORMS = (
    "SELECT session.id, filled_form.body FROM session JOIN filled_form ON filled_form.address = session.address "
    "WHERE session.id = ANY(?) AND CONTAINS(filled_form.body, ?)"
)


class _Candidate(Struct, frozen=True):
    """A session that people have had, since when, and how many messages it has."""

    at_us: int
    session_id: SessionId
    message_count: int

    @property
    def place(self) -> str:
        return cursor((self.at_us, self.session_id))


def search(text: str, agent_id: AgentId | None, limit: int, after: str) -> Steps[Page]:
    """See `gateway.core.ports.Store.search`."""
    words = words_of(text)
    if not words:
        return Page(())
    if not after and len(words) == 1 and (named := (yield from _named(words[0], agent_id))):
        return Page(tuple(Found(session) for session in (yield from by_id(named))))
    return (yield from _gone_through(words, agent_id, limit, after))


def _gone_through(words: Sequence[str], agent_id: AgentId | None, limit: int, after: str) -> Steps[Page]:
    found: list[Found] = []
    left, pieces = MESSAGES_MAX_COUNT, iter(_PIECES)
    wanted = _PIECES[0]
    while left > 0:
        wanted = next(pieces, wanted)
        candidates = yield from _candidates(agent_id, wanted, after)
        piece = _within(candidates, left)
        for candidate, hit in (yield from _hits(piece, words)):
            found.append(hit)
            if len(found) == limit:
                return Page(tuple(found), candidate.place)
        if len(piece) == len(candidates) < wanted:
            return Page(tuple(found))
        after = piece[-1].place
        left -= sum(candidate.message_count for candidate in piece)
    return Page(tuple(found), after)


def _candidates(agent_id: AgentId | None, count: int, after: str) -> Steps[list[_Candidate]]:
    start = place(after) if after else (2**62, "")
    if agent_id is None:
        rows = yield Fetch(_CANDIDATES.format(_ALL), (*start, count, *start, count, count))
    else:
        rows = yield Fetch(_CANDIDATES.format(_AN_AGENTS), (agent_id, *start, count, count))
    return [_Candidate(at, SessionId(session_id), min(messages, SESSION_MAX_COUNT)) for at, session_id, messages in rows]


def _within(candidates: Sequence[_Candidate], budget: int) -> list[_Candidate]:
    """As many as the budget lasts for, but one at least."""
    piece: list[_Candidate] = []
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


def _hits(piece: Sequence[_Candidate], words: Sequence[str]) -> Steps[list[tuple[_Candidate, Found]]]:
    """The sessions that hold all the words, in the order of the piece."""
    left = [candidate.session_id for candidate in piece]
    said: dict[SessionId, dict[int, tuple[int, Message]]] = {}
    for word in words:
        if not left:
            return []
        having = yield from _having(left, word)
        for message in (yield from _saying(left, word)):
            having.add(message.session_id)
            counts = said.setdefault(message.session_id, {})
            counts[message.seq] = (counts.get(message.seq, (0, message))[0] + 1, message)
        left = [session_id for session_id in left if session_id in having]
    sessions = {session.id: session for session in (yield from by_id(left))}
    return [
        (candidate, Found(sessions[candidate.session_id], _most_telling(said.get(candidate.session_id, {}))))
        for candidate in piece
        if candidate.session_id in sessions
    ]


def _most_telling(said: dict[int, tuple[int, Message]]) -> Message | None:
    """Of messages and how many words each has: the one with most, the newest of those."""
    return max(said.values(), key=lambda counted: (counted[0], counted[1].seq))[1] if said else None


def _saying(ids: Sequence[SessionId], word: str) -> Steps[list[Message]]:
    rows = yield Fetch(_MESSAGES, (list(ids), needle(word)))
    messages = (message_of(text, status) for _, text, status in rows)
    return [message for message in messages if holds([plain_text(message.parts)], word)]


def _having(ids: Sequence[SessionId], word: str) -> Steps[set[SessionId]]:
    """The sessions that hold a word in their id, their case's number, or their customer's name, email or phone."""
    having = {session_id for session_id in ids if len(word) >= _ID_MIN_LENGTH and word in fold(session_id)}
    for sql, texts_of in _CARDS:
        rows = yield Fetch(sql, (list(ids), needle(word)))
        having.update(SessionId(session_id) for session_id, text in rows if holds(texts_of(text), word))
    for session_id, text in (yield Fetch(_CASES, (list(ids),))):
        if _of_case(case_of(text), word):
            having.add(session_id)
    return having


def _of_session(text: str) -> Iterable[str | None]:
    return [session_of(text).customer_name]


def _of_packet(text: str) -> Iterable[str | None]:
    customer = handoff_of(text).packet.customer
    return [value for name in _DETAILS if isinstance(value := customer.get(name), str)]


def _of_contact(text: str) -> Iterable[str | None]:
    contact = contact_of(text)
    return [contact.name, contact.email, contact.phone]


def _of_form(text: str) -> Iterable[str | None]:
    return [form_of(text).fields.get(name) for name in _DETAILS]


def _of_case(case: Case, word: str) -> bool:
    bare = word.replace("-", "")
    return holds([case.email, case.phone], word) or (len(bare) >= _ID_MIN_LENGTH and bare in fold(case.number).replace("-", ""))


_DETAILS = ("name", "email", "phone")
_CARDS = ((_NAMES, _of_session), (_PACKETS, _of_packet), (_CONTACTS, _of_contact), (_FORMS, _of_form))
