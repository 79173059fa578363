"""What the desk reads: core values as JSON shapes. Pure. `docs/desk-api.md` shows each."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from msgspec import structs

from gateway.core.channel import Channel, Grade
from gateway.core.contact import Address, AddressKind
from gateway.core.desk import CannedReply, FilledForm
from gateway.core.handoff import Agent, AuditEvent, Case, Handoff, Note, Trace
from gateway.core.ids import AgentId
from gateway.core.message import Message
from gateway.core.parts import Arriving, Letter, Part, plain_text
from gateway.core.session import Interval, Rating, Session
from gateway.web.desk_calls import call_line, caller_tag
from handoff.carrying import FILES_MAX_COUNT, Carriage
from handoff.letters import subject_of
from handoff.reading import SessionView, Tail

View = dict[str, Any]

TAG_CHARS = 4
_NAMELESS = frozenset({AddressKind.OPENID, AddressKind.WECOM_USER})
WISH_MAX_CHARS = 200
LAST_MAX_CHARS = 200


def own_account(agent: Agent) -> View:
    """An agent's own account."""
    return {
        "id": agent.id,
        "name": agent.name,
        "shown_name": agent.shown_name,
        "role": agent.role,
        "status": agent.status,
        "status_since": agent.status_since,
        "queues": agent.queues,
        "languages": agent.languages,
        "capacity_units": agent.capacity_units,
    }


def colleague(agent: Agent, *, is_connected: bool) -> View:
    """What colleagues know of each other: enough to transfer to the right one."""
    return {
        "id": agent.id,
        "shown_name": agent.shown_name,
        "status": agent.status,
        "is_connected": is_connected,
        "queues": agent.queues,
        "languages": agent.languages,
    }


def account(agent: Agent, *, is_connected: bool, held_units: int) -> View:
    """What a supervisor knows of an agent."""
    return {
        **own_account(agent),
        "is_connected": is_connected,
        "is_disabled": agent.is_disabled,
        "held_units": held_units,
        "seen_at": agent.seen_at,
        "last_assigned_at": agent.last_assigned_at,
    }


def channel(one: Channel, carried: Carriage) -> View:
    """What an agent may send on a channel, and what comes back from it."""
    can = one.capabilities
    return {
        "name": one.name,
        "type": one.type,
        "text_max_bytes": carried.text_max_bytes,
        "text_part_bytes": can.text_max_bytes,
        "file_max_bytes": carried.file_max_bytes,
        "file_types": carried.file_types,
        "files_max_count": FILES_MAX_COUNT if carried.file_max_bytes else 0,
        "markdown": can.markdown is Grade.NATIVE,
        "typing": can.typing,
        "read_marks": can.read_marks,
        "is_counted": can.is_counted,
        "notices": can.notices,
        "letters": can.letters,
        "calls": can.calls,
    }


def tag_of(address: Address) -> str | None:
    """The end of an id that stands for a name, where a channel tells none; an address and a number, whole; None: there is nothing."""
    if address.kind is AddressKind.EMAIL:
        return address.value
    return address.value[-TAG_CHARS:] if address.kind in _NAMELESS else None


def session_line(session: Session) -> View:
    """A session in a list."""
    return {
        "id": session.id,
        "channel": session.channel,
        "episode": session.episode,
        "state": session.state,
        "state_since": session.state_since,
        "controller": session.controller,
        "version": session.version,
        "opened_at": session.opened_at,
        "queue": session.queue,
        "agent_id": session.agent_id,
        "agent_name": session.agent_name,
        "handoff_id": session.handoff_id,
        "contact_id": session.contact_id,
        "language": session.language,
        "customer_name": session.customer_name,
        "customer_tag": caller_tag(session) or tag_of(session.address),
        "page": session.page,
        "subject": subject_of(session),
        "is_doubtful": session.is_doubtful,
        "due_at": session.due_at,
        "first_seq": session.first_seq,
        "seq": session.seq,
        "customer_read_seq": session.customer_read_seq,
        "agent_read_seq": session.agent_read_seq,
        "last_customer_at": session.last_customer_at,
        "last_answer_at": session.last_answer_at,
        "closed_at": session.closed_at,
        "close_reason": session.close_reason,
        "disposition": session.disposition,
        "call": call_line(session.call),
    }


def session_in_list(session: Session, tail: Tail, window: View | None) -> View:
    """A session in a list, with how it ends, and what may still be sent where that is counted."""
    last = tail.last
    spoken = last and {"seq": last.seq, "author": last.author, "at": last.at, "text": plain_text(last.parts)[:LAST_MAX_CHARS]}
    return {**session_line(session), "last": spoken, "unread": tail.unread, "window": window}


def message(one: Message, trouble: View | None = None) -> View:
    """A message of the transcript. `text` is its words; `parts` is all of it; `trouble` is why it stands as it does, where it was read."""
    return {
        "seq": one.seq,
        "id": one.id,
        "session_id": one.session_id,
        "author": one.author,
        "at": one.at,
        "text": plain_text(one.parts),
        "parts": [_part(part) for part in one.parts],
        "name": one.name,
        "agent_id": one.agent_id,
        "cid": one.cid,
        "reply_to": one.reply_to,
        "status": one.status,
        "trouble": trouble,
        "why": one.why,
    }


def _part(part: Part) -> Part:
    """A part as agents may read it: where a vendor keeps a file, and where we keep a mail as it came, is nobody's to see."""
    match part:
        case Arriving():
            return structs.replace(part, media="")
        case Letter():
            return structs.replace(part, raw=None)
        case _:
            return part


def note(one: Note) -> View:
    """A colleague's note."""
    return {
        "id": one.id,
        "session_id": one.session_id,
        "agent_id": one.agent_id,
        "agent_name": one.agent_name,
        "at": one.at,
        "after_seq": one.after_seq,
        "text": one.text,
    }


def trace(one: Trace) -> View:
    """A line of why an assignment was made or not."""
    return {"at": one.at, "what": one.what, "handoff_id": one.handoff_id, "agent_id": one.agent_id, "why": one.why}


def interval(one: Interval) -> View:
    """A line of the session's ledger."""
    return {
        "state": one.state,
        "started_at": one.started_at,
        "ended_at": one.ended_at,
        "queue": one.queue,
        "agent_id": one.agent_id,
    }


def handoff(one: Handoff) -> View:
    """A queue entry with its packet."""
    return {
        "id": one.id,
        "session_id": one.session_id,
        "channel": one.channel,
        "queue": one.queue,
        "stage": one.stage,
        "reason": one.reason,
        "requested_at": one.requested_at,
        "units": one.units,
        "language": one.language,
        "agent_id": one.agent_id,
        "offered_at": one.offered_at,
        "expires_at": one.offer_expires_at,
        "accepted_at": one.accepted_at,
        "ended_at": one.ended_at,
        "failure": one.failure,
        "packet": one.packet,
    }


def waiting(one: Handoff, now: datetime, call: View | None = None) -> View:
    """A line of the queue: enough to see what waits and why, not the whole packet. `call`: the session's."""
    packet = one.packet
    return {
        "handoff_id": one.id,
        "session_id": one.session_id,
        "channel": one.channel,
        "queue": one.queue,
        "stage": one.stage,
        "reason": one.reason,
        "urgency": packet.urgency,
        "kind": packet.kind,
        "area": packet.area,
        "language": one.language,
        "requested_at": one.requested_at,
        "waited_s": max(0, int((now - one.requested_at).total_seconds())),
        "wish": packet.wish[:WISH_MAX_CHARS],
        "agent_id": one.agent_id,
        "expires_at": one.offer_expires_at,
        "due_at": one.due_at,
        "call": call,
    }


def line_mark(line: Iterable[Handoff]) -> str:
    """A word that changes whenever a line does: who compares two knows whether to read again."""
    told = "\n".join(sorted(f"{one.id} {one.version}" for one in line))
    return blake2b(told.encode(), digest_size=8).hexdigest()


def offer(one: Handoff, call: View | None = None) -> View:
    """An offer as its agent gets it. `call`: the session's."""
    return {
        "handoff_id": one.id,
        "session_id": one.session_id,
        "channel": one.channel,
        "queue": one.queue,
        "reason": one.reason,
        "language": one.language,
        "offered_at": one.offered_at,
        "expires_at": one.offer_expires_at,
        "packet": one.packet,
        "call": call,
    }


def whole(
    view: SessionView, transcript: Sequence[View], window: View | None, letter: View | None = None, beside: View | None = None,
    call: View | None = None,
) -> View:  # fmt: skip
    """One session with everything about it; `transcript` is the view's, as the desk reads it; `letter` what heads an answer by mail;
    `call` the caller's, as this agent may act on it."""
    return {
        "session": session_line(view.session),
        "handoff": None if view.handoff is None else _without_packet(handoff(view.handoff)),
        "packet": view.packet,
        "window": window,
        "letter": letter,
        "beside": beside,
        "call": call,
        "transcript": transcript,
        "before": view.before,
        "notes": [note(one) for one in view.notes],
        "trace": [trace(one) for one in view.traces],
        "intervals": [interval(one) for one in view.intervals],
        "case": None if view.case is None else _without_packet(case(view.case)),
        "earlier": view.earlier,
        "rating": None if view.rating is None else rating(view.rating),
        "forms": [form(one) for one in view.forms],
    }


def _without_packet(view: View) -> View:
    """The packet stands once, on top."""
    return {key: value for key, value in view.items() if key != "packet"}


def case(one: Case) -> View:
    """A case with its packet."""
    return {
        "id": one.id,
        "number": one.number,
        "session_id": one.session_id,
        "channel": one.channel,
        "status": one.status,
        "subject": one.subject,
        "reason": one.reason,
        "opened_at": one.opened_at,
        "resolved_at": one.resolved_at,
        "agent_id": one.agent_id,
        "email": one.email,
        "phone": one.phone,
        "version": one.version,
        "packet": one.packet,
    }


def canned_reply(one: CannedReply, reader: AgentId, *, is_shadowed: bool = False) -> View:
    """Words that agents have ready. `is_shadowed`: the reader has one of their own under this shortcut, which is meant by it."""
    return {
        "id": one.id,
        "shortcut": one.shortcut,
        "title": one.title,
        "texts": one.texts,
        "folder": one.folder,
        "is_shared": one.owner is None,
        "is_mine": one.owner == reader,
        "is_shadowed": is_shadowed,
        "updated_at": one.updated_at,
        "updated_by": one.updated_by,
        "version": one.version,
    }


def rating(one: Rating) -> View:
    """How satisfied the customer was."""
    return {"score": one.score, "comment": one.comment, "at": one.at}


def form(one: FilledForm) -> View:
    """What the customer filled in, and the version of the terms that they agreed to."""
    return {"kind": one.kind, "consent": one.consent, "fields": one.fields, "page": one.page, "at": one.at}


def audit(one: AuditEvent) -> View:
    """An audit event."""
    return {"at": one.at, "actor": one.actor, "action": one.action, "subject": one.subject, "detail": one.detail}
