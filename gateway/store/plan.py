"""One `Changes` as rows: what must hold before it may be written, and the statements with their rows. Pure."""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from gateway.core.changes import Changes, LinkCode, Placed, Settled
from gateway.core.desk import CannedReply, Setting
from gateway.core.handoff import Agent, Case, Handoff
from gateway.core.knowledge import DraftEntry
from gateway.core.message import Message
from gateway.core.parts import Arriving
from gateway.core.session import Controller, Session
from gateway.store import allowance, knowledge, outbox_writes
from gateway.store.outbox_writes import AddedRow, OrderedRow, message_key
from gateway.store.rows import address_key, body, micros, name_key, thread_key

_canonical = msgspec.json.Encoder(order="sorted").encode


class Table:
    """A table whose rows have versions, with its statements. Its rows hold the `changing` columns first, then the id, then the rest."""

    def __init__(self, name: str, changing: tuple[str, ...], fixed: tuple[str, ...] = ()) -> None:
        columns = (*changing, "id", *fixed)
        self.name = name
        self.changing_count = len(changing)
        self.guard = f"SELECT id, version, {changing[0]} FROM {name} WHERE id = ANY(?) ORDER BY id FOR UPDATE"  # noqa: S608 - our names
        self.insert = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608 - our names
        self.update = _update(name, changing)
        self.touch = _update(name, changing[1:])
        """The update that leaves the first column, and its index, alone."""
        self.delete = f"DELETE FROM {name} WHERE id = ?"  # noqa: S608 - our names


def _update(name: str, columns: tuple[str, ...]) -> str:
    return f"UPDATE {name} SET {', '.join(f'{column} = ?' for column in columns)} WHERE id = ?"  # noqa: S608 - our names


SESSION = Table(
    "session", ("state", "agent_id", "looking_until", "seq", "version", "body"), ("thread_key", "episode", "address", "opened_at")
)
HANDOFF = Table("handoff", ("stage", "agent_id", "units", "accepted_at", "queue", "version", "body"), ("session_id", "requested_at"))
CASE = Table("service_case", ("status", "version", "body"), ("session_id", "opened_at"))
AGENT = Table("agent", ("name_key", "version", "body"))
CANNED_REPLY = Table("canned_reply", ("version", "body"))
SETTING = Table("setting", ("version", "body"))
"""Its id is its name."""
DRAFT = Table("knowledge_draft", ("version", "body"))
LINK_CODE = Table("link_code", ("version", "body"), ("expires_at",))
TABLES = (SESSION, HANDOFF, CASE, AGENT, CANNED_REPLY, SETTING, DRAFT, LINK_CODE)
"""In the order in which their rows are locked, by every writer."""

_MESSAGE_KEYS = "SELECT key FROM message WHERE key = ANY(?)"
_EVENT_KEYS = "SELECT key FROM handled_event WHERE key = ANY(?)"
_RATING_KEYS = "SELECT key FROM rating WHERE key = ANY(?)"
_FORM_IDS = "SELECT id FROM filled_form WHERE id = ANY(?)"
_MESSAGE = "INSERT INTO message (session_id, seq, key, status, body) VALUES (?, ?, ?, ?, ?)"
_HANDLED = "INSERT INTO handled_event (key) VALUES (?)"
_INTERVAL = "INSERT INTO session_interval (session_id, state, epoch, started_at, ended_at, queue, agent_id) VALUES (?, ?, ?, ?, ?, ?, ?)"
_RATING = "INSERT INTO rating (key, session_id, score, comment, at, agent_id) VALUES (?, ?, ?, ?, ?, ?)"
_NOTE = "INSERT INTO note (id, session_id, at, body) VALUES (?, ?, ?, ?)"
_TRACE = "INSERT INTO trace (session_id, at, body) VALUES (?, ?, ?)"
_STATUS_INTERVAL = "INSERT INTO status_interval (agent_id, status, started_at, ended_at) VALUES (?, ?, ?, ?)"
_CONTACT = "INSERT INTO contact (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
_FORM = "INSERT INTO filled_form (id, address, at, body) VALUES (?, ?, ?, ?)"
_IDENTITY = "INSERT INTO identity (address, contact_id, body) VALUES (?, ?, ?)"
_ARRIVING = "INSERT INTO arriving (session_id, seq, at) VALUES (?, ?, ?)"
_AMEND = "UPDATE message SET body = ? WHERE session_id = ? AND seq = ?"
_ARRIVED = "DELETE FROM arriving WHERE session_id = ? AND seq = ?"
_FATE = "UPDATE message SET status = ?, detail = ? WHERE session_id = ? AND (seq = ? OR sent_with = ?)"
"""Messages that went out as one have one fate."""
_FORGET_CODES = "DELETE FROM link_code WHERE expires_at < ?"
_CODE_KNOWN_S = 86_400
"""How long a code that has expired can be told from one that never was."""
_DEAD_LETTER = (
    "INSERT INTO dead_letter (id, at, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, body = excluded.body"
)


class Versioned(Struct, frozen=True):
    """A row with a version: the stored one must be one less."""

    table: Table
    id: str
    version: int
    row: tuple[Any, ...] | None
    """None: the row goes, and `version` is the one that it must stand at."""
    unique_name: str | None = None
    """A name that no other row of the table may have."""

    @property
    def leaves(self) -> int:
        """The version that is stored from then on; 0: none."""
        return 0 if self.row is None else self.version


class Planned(Struct, frozen=True):
    """A Changes, ready to be judged and written."""

    versioned: tuple[Versioned, ...]
    expects: tuple[str, int] | None
    """A session that must stand at this version, and is not changed."""
    keys: tuple[tuple[str, str], ...]
    """What must not be on record yet: the statement that tells which keys are, and the key."""
    settled: tuple[Settled, ...]
    audits: tuple[bytes, ...]
    rows: tuple[tuple[str, tuple[Any, ...]], ...]
    """(statement, row) in the order of writing."""
    placed: tuple[Placed, ...] = ()
    threads: tuple[str, ...] = ()
    """Those whose allowances are touched: held before anything of `ordered` is written."""
    ordered: tuple[OrderedRow, ...] = ()
    """Written behind `rows`, in this order."""

    def adding(self) -> list[AddedRow]:
        """The rows that the outbox gains."""
        return [row for sql, row in self.rows if sql == outbox_writes.ADD]


def plan(changes: Changes) -> Planned:
    """A Changes as rows. Raises what the encoder raises for values that JSON can't hold."""
    planned = (
        tuple(_versioned(changes)),
        changes.expects,
        tuple(_keys(changes)),
        changes.settled,
        tuple(map(_canonical, changes.audits)),
        tuple(_rows(changes)),
    )
    if not _has_more(changes):  # most turns
        return Planned(*planned)
    return Planned(*planned, changes.placed, tuple(allowance.threads(changes)), tuple(_ordered(changes)))


def _has_more(changes: Changes) -> object:
    return (
        changes.allowed or changes.spent or changes.emptied or changes.fates or changes.amended or changes.placed or changes.released
        or changes.link_codes
    )  # fmt: skip


def _versioned(changes: Changes) -> Iterator[Versioned]:
    if changes.session is not None:
        yield _session(changes.session)
    yield from map(_handoff, changes.handoffs)
    yield from map(_case, changes.cases)
    yield from map(_agent, changes.agents)
    if changes.canned_replies or changes.dropped_canned_replies:
        yield from map(_canned_reply, changes.canned_replies)
        yield from (Versioned(CANNED_REPLY, reply_id, version, None) for reply_id, version in changes.dropped_canned_replies)
    yield from map(_setting, changes.settings)
    if changes.drafts or changes.dropped_drafts:
        yield from map(_draft, changes.drafts)
        yield from (Versioned(DRAFT, entry_id, version, None) for entry_id, version in changes.dropped_drafts)
    if changes.link_codes:
        yield from map(_link_code, changes.link_codes)


def _keys(changes: Changes) -> Iterator[tuple[str, str]]:
    for message in changes.messages:
        if message.key is not None:
            yield _MESSAGE_KEYS, message.key
    for key in changes.keys:
        yield _EVENT_KEYS, key
    for rating in changes.ratings:
        yield _RATING_KEYS, rating.key
    for form in changes.forms:
        yield _FORM_IDS, form.id


def _session(session: Session) -> Versioned:
    looking = session.looking if session.controller is Controller.BOT else None
    row = (
        session.state.value, session.agent_id, None if looking is None else micros(looking.until), session.seq, session.version,
        body(session), session.id,
        thread_key(session.channel, session.thread), session.episode, address_key(session.address), micros(session.opened_at),
    )  # fmt: skip
    return Versioned(SESSION, session.id, session.version, row)


def _handoff(handoff: Handoff) -> Versioned:
    accepted_at = None if handoff.accepted_at is None else micros(handoff.accepted_at)
    row = (
        handoff.stage.value, handoff.agent_id, handoff.units, accepted_at, handoff.queue, handoff.version, body(handoff), handoff.id,
        handoff.session_id, micros(handoff.requested_at),
    )  # fmt: skip
    return Versioned(HANDOFF, handoff.id, handoff.version, row)


def _case(case: Case) -> Versioned:
    row = (case.status.value, case.version, body(case), case.id, case.session_id, micros(case.opened_at))
    return Versioned(CASE, case.id, case.version, row)


def _agent(agent: Agent) -> Versioned:
    name = name_key(agent.name)
    return Versioned(AGENT, agent.id, agent.version, (name, agent.version, body(agent), agent.id), name)


def _canned_reply(reply: CannedReply) -> Versioned:
    return Versioned(CANNED_REPLY, reply.id, reply.version, (reply.version, body(reply), reply.id))


def _setting(setting: Setting) -> Versioned:
    return Versioned(SETTING, setting.name, setting.version, (setting.version, body(setting), setting.name))


def _draft(draft: DraftEntry) -> Versioned:
    return Versioned(DRAFT, draft.id, draft.version, (draft.version, body(draft), draft.id))


def _link_code(code: LinkCode) -> Versioned:
    return Versioned(LINK_CODE, code.id, code.version, (code.version, body(code), code.id, micros(code.expires_at)))


def _rows(changes: Changes) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for message in changes.messages:
        yield _MESSAGE, _message(message)
        if _is_arriving(message):
            yield _ARRIVING, (message.session_id, message.seq, micros(message.at))
    for key in changes.keys:
        yield _HANDLED, (key,)
    for outgoing in changes.outgoing:
        yield outbox_writes.ADD, outbox_writes.added(outgoing, changes.placed)
    yield from _ledger(changes)
    yield from _people(changes)
    if changes.revisions or changes.labels:
        yield from knowledge.rows(changes)


def _message(message: Message) -> tuple[Any, ...]:
    return (message.session_id, message.seq, message.key, message.status.value, body(message))


def _is_arriving(message: Message) -> bool:
    for part in message.parts:  # noqa: SIM110 - every message comes by here, and a generator is half its cost
        if type(part) is Arriving and not part.failure:
            return True
    return False


def _ordered(changes: Changes) -> Iterator[OrderedRow]:
    yield from allowance.rows(changes)
    for message in changes.amended:
        key, place = message_key(message.session_id, message.seq), (message.session_id, message.seq)
        yield key, _AMEND, (body(message), *place)
        if not _is_arriving(message):
            yield key, _ARRIVED, place
    for fate in changes.fates:
        key = message_key(fate.session_id, fate.seq)
        yield key, _FATE, (fate.status.value, fate.detail, fate.session_id, fate.seq, fate.seq)
    for row_id in changes.released:
        yield row_id, outbox_writes.RELEASE, (row_id,)
    for code in changes.link_codes:
        if code.version == 1:
            yield code.id, _FORGET_CODES, (micros(code.made_at) - _CODE_KNOWN_S * 1_000_000,)


def _ledger(changes: Changes) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for line in changes.intervals:
        times = (micros(line.started_at), micros(line.ended_at))
        yield _INTERVAL, (line.session_id, line.state.value, line.epoch, *times, line.queue, line.agent_id)
    for span in changes.status_intervals:
        yield _STATUS_INTERVAL, (span.agent_id, span.status.value, micros(span.started_at), micros(span.ended_at))
    for rating in changes.ratings:
        comment = rating.comment.replace("\0", "")  # PostgreSQL's text can't hold it
        yield _RATING, (rating.key, rating.session_id, rating.score, comment, micros(rating.at), rating.agent_id)
    for trace in changes.traces:
        yield _TRACE, (trace.session_id, micros(trace.at), body(trace))


def _people(changes: Changes) -> Iterator[tuple[str, tuple[Any, ...]]]:
    for note in changes.notes:
        yield _NOTE, (note.id, note.session_id, micros(note.at), body(note))
    for contact in changes.contacts:
        yield _CONTACT, (contact.id, body(contact))
    for identity in changes.identities:
        yield _IDENTITY, (address_key(identity.address), identity.contact_id, body(identity))
    for form in changes.forms:
        yield _FORM, (form.id, address_key(form.address), micros(form.at), body(form))
    for letter in changes.dead_letters:
        yield _DEAD_LETTER, (letter.id, micros(letter.at), body(letter))
