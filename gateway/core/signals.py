"""What is told to whoever is looking: derived from a committed transaction, never its replacement.

A signal may be lost. Its reader knows what it has (`seq` for customers, `version` for the desk) and reads the store again when it must.
"""

from collections.abc import Iterable
from datetime import datetime

import msgspec
from msgspec import Struct

from gateway.core.calls import Wanted
from gateway.core.changes import Changes
from gateway.core.contact import CUSTOMER, AddressKind
from gateway.core.handoff import Handoff, Stage
from gateway.core.ids import AgentId, CaseId, ChannelName, HandoffId, QueueName, SessionId, Thread
from gateway.core.message import Author, Message, Status
from gateway.core.session import Controller, Session, State, looks_up_anew

DESK = "desk"
"""The topic of everything that agents see."""
QUEUE = "queue"
"""The topic of "capacity or the queue has changed": the assignment looks again."""
OUTBOX = "outbox"
"""The topic of "there is something to send"."""
TYPING = "typing"
"""The topic of who writes to whom, for channels that show it by a call (`gateway.typing_signs`)."""


def thread_topic(channel: ChannelName, thread: Thread) -> str:
    """The topic of one customer's conversation."""
    return f"thread/{channel}/{thread}"


def calls_topic(channel: ChannelName) -> str:
    """The topic of whom agents want to be called on a channel."""
    return f"calls/{channel}"


class Messages(Struct, frozen=True, tag="messages"):
    """New messages of the thread, in order, and the session's state behind them."""

    messages: tuple[Message, ...]


class StateNow(Struct, frozen=True, tag="state", omit_defaults=True):
    """The session as its customer may know it. `position` counts from 1; `eta_s` only where it can be said honestly."""

    session_id: SessionId
    state: State
    agent: str | None = None
    position: int | None = None
    eta_s: int | None = None


class TypingNow(Struct, frozen=True, tag="typing"):
    """Somebody writes, or has stopped."""

    author: Author
    is_on: bool


class TypingAt(Struct, frozen=True):
    """Somebody writes to this thread's customer, or has stopped: on the topic TYPING."""

    channel: ChannelName
    thread: Thread
    is_on: bool


class ReadNow(Struct, frozen=True, tag="read"):
    """The other side has read up to `seq`. `author` is who read."""

    author: Author
    seq: int


class SurveyNow(Struct, frozen=True, tag="survey"):
    """The session is over: ask how it was."""

    session_id: SessionId


class Filled(Struct, frozen=True, tag="filled"):
    """The customer's form is on record: no other tab has to ask for it. `cid` is the client's own id of it."""

    cid: str
    at: datetime


class Refused(Struct, frozen=True, tag="refused"):
    """A customer's event could not be handled and lies in the dead letters; `cid` is the client's own id of it."""

    cid: str


class Rotated(Struct, frozen=True, tag="rotated", omit_defaults=True):
    """The conversation's visitor has been identified: whoever follows it by the token from before is to come back with the new one."""

    is_linked: bool = False
    """Linked with another channel, or parted from one: users' tokens are replaced too."""


ThreadSignal = Messages | StateNow | TypingNow | ReadNow | SurveyNow | Filled | Refused | Rotated


class KnowledgeNow(Struct, frozen=True):
    """How the knowledge base stands: the revision in force, what becomes of it (`building`, `live`, `failed`; empty: as before), and how
    many drafts wait for the next one (-1: not known just now)."""

    revision: int
    state: str
    draft_count: int
    detail: str = ""
    """Why it failed, for an operator's eyes."""


class DeskSignal(Struct, frozen=True, omit_defaults=True):
    """Something that agents see has changed. `kind` is the desk socket's: offer, session, message, queue, presence, typing, case, replies,
    settings, looking, knowledge."""

    kind: str
    session_id: SessionId | None = None
    handoff_id: HandoffId | None = None
    case_id: CaseId | None = None
    agent_id: AgentId | None = None
    """Whom it concerns: the offered agent, the session's agent, the agent whose presence changed."""
    version: int = 0
    """The session's: a desk that has seen version n and hears n + 2 reads again."""
    state: State | None = None
    queue: QueueName | None = None
    messages: tuple[Message, ...] = ()
    is_on: bool = False
    seq: int = 0
    first_seq: int = 0
    """The session's last and first: a desk that has every message between them lacks none. 0: not said."""
    fates: tuple[tuple[int, Status], ...] = ()
    """What became of messages, by their seq."""
    name: str = ""
    is_writing: bool = False
    source: str = ""
    """Who looks at a session, whether they write, and which of their pages it is."""
    setting: str | None = None
    """Which one was changed or dropped: whoever follows it reads it again."""
    knowledge: KnowledgeNow | None = None


_encode = msgspec.msgpack.Encoder().encode
_decode_thread: msgspec.msgpack.Decoder[ThreadSignal] = msgspec.msgpack.Decoder(ThreadSignal)
_decode_desk = msgspec.msgpack.Decoder(DeskSignal)
_decode_typing = msgspec.msgpack.Decoder(TypingAt)
_decode_wanted = msgspec.msgpack.Decoder(Wanted)


def pack(signal: ThreadSignal | DeskSignal | TypingAt | Wanted) -> bytes:
    """A signal as the bus carries it."""
    return _encode(signal)


def unpack_thread(payload: bytes) -> ThreadSignal:
    return _decode_thread.decode(payload)


def unpack_desk(payload: bytes) -> DeskSignal:
    return _decode_desk.decode(payload)


def unpack_typing(payload: bytes) -> TypingAt:
    return _decode_typing.decode(payload)


def unpack_wanted(payload: bytes) -> Wanted:
    return _decode_wanted.decode(payload)


def signals_of(before: Session | None, changes: Changes) -> list[tuple[str, bytes]]:
    """The (topic, payload) pairs to send once `changes` is committed; `before` is the session as it was (None: new)."""
    told: list[tuple[str, bytes]] = []
    session = changes.session
    if session is not None:
        told += _to_customer(before, session, changes.messages)
        if session.controller is not Controller.BOT or (before is not None and before.controller is not Controller.BOT):
            told.append((DESK, pack(_session_signal(session, changes.messages))))
        if (before.controller if before else Controller.BOT) is not session.controller:
            told.append((QUEUE, b""))
        if before is not None and before.call != session.call and session.controller is Controller.QUEUE:
            told.append((DESK, pack(DeskSignal("queue", queue=session.queue))))  # a caller in the line is on it, or wants to be called
    if _tells_more(changes):
        told += _of_more(before, changes)
    if changes.agents or changes.handoffs:
        told.append((QUEUE, b""))
    if _has_something_to_send(changes):
        told.append((OUTBOX, b""))
    return list(dict.fromkeys(told))


def _tells_more(changes: Changes) -> object:
    """Most turns change nothing but their session."""
    return (
        changes.amended or changes.fates or changes.allowed or changes.handoffs or changes.agents or changes.cases or changes.link_codes
        or changes.identities or changes.canned_replies or changes.dropped_canned_replies or changes.settings
    )  # fmt: skip


def _of_more(before: Session | None, changes: Changes) -> list[tuple[str, bytes]]:
    told = list(_of_channel(before, changes))
    told += [(DESK, pack(signal)) for signal in _handoff_signals(changes.handoffs)]
    told += [(DESK, pack(DeskSignal("presence", agent_id=agent.id))) for agent in changes.agents]
    told += [
        (DESK, pack(DeskSignal("case", session_id=case.session_id, case_id=case.id, agent_id=case.agent_id))) for case in changes.cases
    ]
    told += [(thread_topic(code.channel, code.thread), pack(Rotated(is_linked=True))) for code in changes.link_codes if code.used_by]
    told += [(thread_topic(*thread), pack(Rotated(is_linked=True))) for thread in _parted(changes)]
    if changes.canned_replies or changes.dropped_canned_replies:
        told.append((DESK, pack(DeskSignal("replies"))))
    told += [(DESK, pack(DeskSignal("settings", setting=setting.name))) for setting in changes.settings]
    return told


def _parted(changes: Changes) -> Iterable[tuple[ChannelName, Thread]]:
    """The web chats whose tokens are replaced because the customer has undone a link. (An agent's undoing tells them itself.)"""
    for row in changes.identities:
        if row.linked_by == CUSTOMER and row.address.kind is AddressKind.VISITOR:
            yield ChannelName(row.address.issuer), Thread(row.address.value)


def _has_something_to_send(changes: Changes) -> bool:
    """What is placed on the line is not sent, and nothing was kept on its thread, or it would have been placed before it."""
    if changes.placed:
        placed = {row.id for answer in changes.placed for row in answer.rows}
        return any(outgoing.id not in placed for outgoing in changes.outgoing)
    return bool(changes.outgoing) or any(allowed.grant for allowed in changes.allowed)


def _to_customer(before: Session | None, session: Session, messages: tuple[Message, ...]) -> Iterable[tuple[str, bytes]]:
    topic = thread_topic(session.channel, session.thread)
    if messages:
        yield topic, pack(Messages(messages))
    if before is None or before.state is not session.state or before.agent_id != session.agent_id:
        if before is not None or session.state is not State.BOT:
            yield topic, pack(StateNow(session.id, session.state, agent=session.agent_name))
        if session.state is State.CLOSED:
            yield topic, pack(SurveyNow(session.id))
    if before is not None and session.agent_read_seq > before.agent_read_seq:
        yield topic, pack(ReadNow(Author.AGENT, session.agent_read_seq))
    is_looking, has_looked = looks_up_anew(before, session), before is not None and before.looking is not None and session.looking is None
    if is_looking or has_looked:
        yield topic, pack(TypingNow(Author.BOT, is_on=is_looking))
        yield TYPING, pack(TypingAt(session.channel, session.thread, is_looking))


def _of_channel(newest: Session | None, changes: Changes) -> Iterable[tuple[str, bytes]]:
    """What a channel's news change without a step of the session. The desk hears of the thread's newest session alone: whose another is
    can't be said here, and an ended one is read anew."""
    for message in changes.amended:
        if newest is not None:
            yield thread_topic(newest.channel, newest.thread), pack(Messages((message,)))
    if newest is None or newest.controller is Controller.BOT:
        return
    amended = tuple(message for message in changes.amended if message.session_id == newest.id)
    fates = tuple((fate.seq, fate.status) for fate in changes.fates if fate.session_id == newest.id)
    if amended or fates:
        yield DESK, pack(msgspec.structs.replace(_session_signal(newest, amended), kind="message", fates=fates))
    elif changes.allowed and changes.session is None:
        yield DESK, pack(_session_signal(newest, ()))


def _session_signal(session: Session, messages: tuple[Message, ...]) -> DeskSignal:
    return DeskSignal(
        "message" if messages else "session", session_id=session.id, agent_id=session.agent_id, version=session.version,
        state=session.state, queue=session.queue, messages=messages, seq=session.seq, first_seq=session.first_seq,
    )  # fmt: skip


def _handoff_signals(handoffs: tuple[Handoff, ...]) -> Iterable[DeskSignal]:
    for handoff in handoffs:
        kind = "offer" if handoff.stage is Stage.OFFERED else "queue"
        yield DeskSignal(kind, session_id=handoff.session_id, handoff_id=handoff.id, agent_id=handoff.agent_id, queue=handoff.queue)
