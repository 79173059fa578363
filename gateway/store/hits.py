"""Which of some sessions hold all the words that are searched for, word by word.

The database passes on the rows whose JSON holds a word at all; they are judged here by what they say once decoded, so that neither a key
nor an escape of JSON is ever a match.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from msgspec import Struct, field

from gateway.core.desk import Found
from gateway.core.ids import SessionId
from gateway.core.parts import Letter, Part, plain_text
from gateway.store.paging import cursor
from gateway.store.rows import contact_of, form_of, message_of, session_of
from gateway.store.sessions import by_id
from gateway.store.steps import Fetch, Steps
from gateway.store.words import fold, holds, needle

SESSION_MAX_COUNT = 2_000
"""Of one session only so many of the newest messages are looked at."""
ID_MIN_LENGTH = 6
"""A part of an id or of a case's number counts from so many characters: a shorter one would stand in every other."""

_MESSAGES = (
    "SELECT message.session_id, message.seq, message.status, message.body FROM session JOIN message ON message.session_id = session.id "  # noqa: S608
    f"AND message.seq > session.seq - {SESSION_MAX_COUNT} WHERE session.id = ANY(?) AND CONTAINS(message.body, ?)"
)
_SESSIONS = "SELECT id, body FROM session WHERE id = ANY(?) AND CONTAINS(body, ?)"
_HANDOFFS = "SELECT session_id, body FROM handoff WHERE session_id = ANY(?) AND CONTAINS(body, ?)"
_CASES = "SELECT session_id, body FROM service_case WHERE session_id = ANY(?) AND CONTAINS(body, ?)"
_NUMBERS = "SELECT session_id FROM service_case WHERE session_id = ANY(?) AND CONTAINS(replace(number, '-', ''), ?)"
_CONTACTS = (
    "SELECT session.id, contact.body FROM session JOIN identity ON identity.address = session.address "
    "AND identity.id = coalesce((SELECT max(checked.id) FROM identity AS checked WHERE checked.address = session.address "
    """AND checked.body NOT LIKE '%"verified_by":"none"%'), """
    "(SELECT max(newest.id) FROM identity AS newest WHERE newest.address = session.address)) "
    "JOIN contact ON contact.id = identity.contact_id WHERE session.id = ANY(?) AND CONTAINS(contact.body, ?)"
)
"""By the link of an address that counts: the newest that somebody has checked, else the newest. No customer's words look like its key:
their quotation marks are escaped."""
_FORMS = (
    "SELECT session.id, filled_form.body FROM session JOIN filled_form ON filled_form.address = session.address "
    "WHERE session.id = ANY(?) AND CONTAINS(filled_form.body, ?)"
)


class Candidate(Struct, frozen=True):
    """A session that people have had, since when, and how many of its messages are looked at."""

    at_us: int
    session_id: SessionId
    message_count: int

    @property
    def place(self) -> str:
        """The cursor of what comes behind it."""
        return cursor((self.at_us, self.session_id))


class _Said(Struct, frozen=True):
    """The words of a message, without the rest."""

    parts: tuple[Part, ...]


class _Packet(Struct, frozen=True):
    customer: dict[str, Any] = field(default_factory=dict)


class _HandedOver(Struct, frozen=True):
    """The customer's card in a handoff, without the rest."""

    packet: _Packet


class _Answered(Struct, frozen=True):
    """Where a case is answered, without the rest."""

    email: str | None = None
    phone: str | None = None


class _Saying(Struct):
    """A message that has some of the words."""

    text: str
    status: str
    count: int = 0


_said_of = msgspec.json.Decoder(_Said).decode
_handed_over_of = msgspec.json.Decoder(_HandedOver).decode
_answered_of = msgspec.json.Decoder(_Answered).decode


def hits(piece: Sequence[Candidate], words: Sequence[str]) -> Steps[tuple[list[tuple[Candidate, Found]], int]]:
    """The sessions that hold every word, in the order of the piece; and what it has cost to find them."""
    left = {candidate.session_id: candidate.message_count for candidate in piece}
    saying: dict[SessionId, dict[int, _Saying]] = {}
    effort = 0
    for word in words:
        ids = list(left)
        rows = yield Fetch(_MESSAGES, (ids, needle(word)))
        effort += sum(left.values()) + 2 * len(rows) + len(ids)
        having = yield from _having(ids, word)
        having.update(_note(saying, rows, word))
        left = {session_id: count for session_id, count in left.items() if session_id in having}
        if not left:
            return [], effort
    sessions = {session.id: session for session in (yield from by_id(list(left)))}
    return [
        (candidate, Found(sessions[candidate.session_id], _most_telling(saying.get(candidate.session_id, {}))))
        for candidate in piece
        if candidate.session_id in sessions
    ], effort


def _note(saying: dict[SessionId, dict[int, _Saying]], rows: Iterable[tuple[Any, ...]], word: str) -> Iterable[SessionId]:
    """Keep the messages that say the word; their sessions."""
    for session_id, seq, status, text in rows:
        parts = _said_of(text).parts
        if holds([plain_text(parts), *_heads(parts)], word):
            saying.setdefault(session_id, {}).setdefault(seq, _Saying(text, status)).count += 1
            yield session_id


def _heads(parts: Iterable[Part]) -> Iterable[str]:
    """What stands at the head of a mail: its subject, and who wrote to whom."""
    for part in parts:
        if isinstance(part, Letter):
            yield from (part.subject, part.sender, *part.to, *part.cc)


def _most_telling(saying: dict[int, _Saying]) -> Any:
    """The message with most of the words, the newest of those; None where there is none."""
    if not saying:
        return None
    _, best = max(saying.items(), key=lambda item: (item[1].count, item[0]))
    return message_of(best.text, best.status)


def _having(ids: Sequence[SessionId], word: str) -> Steps[set[SessionId]]:
    """The sessions that hold a word in their id, their case's number, or their customer's name, email or phone."""
    having: set[SessionId] = set()
    for sql, texts_of in _CARDS:
        rows = yield Fetch(sql, (list(ids), needle(word)))
        having.update(SessionId(session_id) for session_id, text in rows if holds(texts_of(text), word))
    bare = word.replace("-", "")
    if len(bare) >= ID_MIN_LENGTH:
        having.update(session_id for session_id in ids if bare in fold(session_id))
        having.update(SessionId(session_id) for (session_id,) in (yield Fetch(_NUMBERS, (list(ids), bare))))
    return having


def _of_session(text: str) -> Iterable[str | None]:
    return [session_of(text).customer_name]


def _of_handoff(text: str) -> Iterable[str | None]:
    customer = _handed_over_of(text).packet.customer
    return [value for name in _DETAILS if isinstance(value := customer.get(name), str)]


def _of_case(text: str) -> Iterable[str | None]:
    case = _answered_of(text)
    return [case.email, case.phone]


def _of_contact(text: str) -> Iterable[str | None]:
    contact = contact_of(text)
    return [contact.name, contact.email, contact.phone]


def _of_form(text: str) -> Iterable[str | None]:
    return [form_of(text).fields.get(name) for name in _DETAILS]


_DETAILS = ("name", "email", "phone")
_CARDS: tuple[tuple[str, Callable[[str], Iterable[str | None]]], ...] = (
    (_SESSIONS, _of_session), (_HANDOFFS, _of_handoff), (_CASES, _of_case), (_CONTACTS, _of_contact), (_FORMS, _of_form),
)  # fmt: skip
