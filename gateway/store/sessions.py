"""Reading sessions, their messages, and what else is kept of each."""

from collections.abc import Sequence
from datetime import datetime

from gateway.core.contact import Address
from gateway.core.handoff import Note, Trace
from gateway.core.ids import AgentId, ChannelName, EventKey, SessionId, Thread
from gateway.core.message import Message
from gateway.core.ports import Page
from gateway.core.session import Interval, Rating, Session, State
from gateway.store.paging import cursor, page, place
from gateway.store.rows import address_key, message_of, micros, moment, note_of, session_of, thread_key, trace_of
from gateway.store.steps import Fetch, Steps

_BY_ID = "SELECT body FROM session WHERE id = ANY(?) ORDER BY id"
_LATEST = (
    "SELECT body FROM session WHERE thread_key = ANY(?) "
    "AND episode = (SELECT max(other.episode) FROM session AS other WHERE other.thread_key = session.thread_key)"
)
_SEQS = "SELECT thread_key, max(seq) FROM session WHERE thread_key = ANY(?) GROUP BY thread_key"
_IN_STATES = "SELECT opened_at, id, body FROM session WHERE state = ANY(?) AND (opened_at, id) > (?, ?) ORDER BY opened_at, id LIMIT ?"
_OF_AGENT = (
    "SELECT opened_at, id, body FROM session WHERE state = ANY(?) AND agent_id = ? AND (opened_at, id) > (?, ?) "
    "ORDER BY opened_at, id LIMIT ?"
)
_LATE = "SELECT body FROM session WHERE looking_until <= ? ORDER BY looking_until LIMIT ?"
_EARLIER = (
    "SELECT body FROM session WHERE address = ? AND id <> ? "
    "AND opened_at <= coalesce((SELECT opened_at FROM session WHERE id = ?), 9223372036854775807) ORDER BY opened_at DESC, id DESC LIMIT ?"
)
_THREAD_AFTER = (
    "SELECT message.body, message.status FROM session JOIN message ON message.session_id = session.id "
    "WHERE session.thread_key = ? AND session.seq > ? AND message.seq > ? ORDER BY session.episode, message.seq LIMIT ?"
)
_THREAD_LAST = (
    "SELECT message.body, message.status FROM session JOIN message ON message.session_id = session.id "
    "WHERE session.thread_key = ? ORDER BY session.episode DESC, message.seq DESC LIMIT ?"
)
_BY_KEY = "SELECT body, status FROM message WHERE key = ANY(?)"
_AT_CHANNEL = (
    "SELECT message.body, message.status FROM channel_message AS known "
    "JOIN message ON message.session_id = known.session_id AND (message.seq = known.seq OR message.sent_with = known.seq) "
    "WHERE known.channel = ? AND known.channel_message_id = ? ORDER BY message.seq"
)
_LATE_FETCHES = (
    "SELECT message.body, message.status FROM arriving JOIN message "
    "ON message.session_id = arriving.session_id AND message.seq = arriving.seq WHERE arriving.at < ? ORDER BY arriving.at LIMIT ?"
)
_OF_SESSION = "SELECT body, status FROM message WHERE session_id = ? AND seq > ? ORDER BY seq LIMIT ?"
_DETAILS = "SELECT seq, detail FROM message WHERE session_id = ? AND seq = ANY(?) AND detail <> ''"
_NEWEST = (
    "SELECT message.body, message.status FROM session JOIN message ON message.session_id = session.id AND message.seq = session.seq "
    "WHERE session.id = ANY(?)"
)
_NOTES = "SELECT body FROM note WHERE session_id = ? ORDER BY at, id"
_TRACES = "SELECT body FROM trace WHERE session_id = ? ORDER BY id"
_INTERVALS = "SELECT state, epoch, started_at, ended_at, queue, agent_id FROM session_interval WHERE session_id = ? ORDER BY id"

_RATINGS = "SELECT key, session_id, score, comment, at, agent_id FROM rating WHERE session_id = ANY(?) ORDER BY at, key"


def by_id(ids: Sequence[SessionId]) -> Steps[list[Session]]:
    return [session_of(text) for (text,) in (yield Fetch(_BY_ID, (list(ids),)))]


def latest(threads: Sequence[tuple[ChannelName, Thread]]) -> Steps[list[Session]]:
    return [session_of(text) for (text,) in (yield Fetch(_LATEST, ([thread_key(*thread) for thread in threads],)))]


def seqs(threads: Sequence[tuple[ChannelName, Thread]]) -> Steps[dict[tuple[ChannelName, Thread], int]]:
    threads_by_key = {thread_key(*thread): thread for thread in threads}
    rows = yield Fetch(_SEQS, (list(threads_by_key),))
    return {threads_by_key[key]: seq for key, seq in rows if seq}


def in_states(states: Sequence[State], agent_id: AgentId | None, limit: int, after: str) -> Steps[Page]:
    names, start = [state.value for state in states], place(after)
    if agent_id is None:
        rows = yield Fetch(_IN_STATES, (names, *start, limit + 1))
    else:
        rows = yield Fetch(_OF_AGENT, (names, agent_id, *start, limit + 1))
    return page(rows, limit, lambda row: session_of(row[2]), cursor)


def late_lookups(before: datetime, limit: int) -> Steps[list[Session]]:
    return [session_of(text) for (text,) in (yield Fetch(_LATE, (micros(before), limit)))]


def earlier(addresses: Sequence[Address], before: SessionId, limit: int) -> Steps[list[Session]]:
    found: dict[SessionId, Session] = {}
    for address in addresses:  # each by its index and no further than `limit`: a customer has a handful of addresses
        rows = yield Fetch(_EARLIER, (address_key(address), before, before, limit))
        found.update((session.id, session) for (text,) in rows if (session := session_of(text)))
    return sorted(found.values(), key=lambda session: (session.opened_at, session.id), reverse=True)[:limit]


def of_thread(channel: ChannelName, thread: Thread, after_seq: int, limit: int) -> Steps[list[Message]]:
    rows = yield Fetch(_THREAD_AFTER, (thread_key(channel, thread), after_seq, after_seq, limit))
    return [message_of(*row) for row in rows]


def last_of_thread(channel: ChannelName, thread: Thread, limit: int) -> Steps[list[Message]]:
    rows = yield Fetch(_THREAD_LAST, (thread_key(channel, thread), limit))
    return [message_of(*row) for row in reversed(rows)]


def by_key(keys: Sequence[EventKey]) -> Steps[list[Message]]:
    return [message_of(*row) for row in (yield Fetch(_BY_KEY, (list(keys),)))]


def at_channel(channel: ChannelName, channel_message_id: str) -> Steps[list[Message]]:
    return [message_of(*row) for row in (yield Fetch(_AT_CHANNEL, (channel, channel_message_id)))]


def late_fetches(before: datetime, limit: int) -> Steps[list[Message]]:
    return [message_of(*row) for row in (yield Fetch(_LATE_FETCHES, (micros(before), limit)))]


def messages(session_id: SessionId, after_seq: int, limit: int) -> Steps[list[Message]]:
    return [message_of(*row) for row in (yield Fetch(_OF_SESSION, (session_id, after_seq, limit)))]


def details(session_id: SessionId, seqs: Sequence[int]) -> Steps[dict[int, str]]:
    return {seq: detail for seq, detail in (yield Fetch(_DETAILS, (session_id, list(seqs))))}  # noqa: C416 - rows are no pairs to a type


def newest_messages(ids: Sequence[SessionId]) -> Steps[list[Message]]:
    return [message_of(*row) for row in (yield Fetch(_NEWEST, (list(ids),)))]


def notes(session_id: SessionId) -> Steps[list[Note]]:
    return [note_of(text) for (text,) in (yield Fetch(_NOTES, (session_id,)))]


def traces(session_id: SessionId) -> Steps[list[Trace]]:
    return [trace_of(text) for (text,) in (yield Fetch(_TRACES, (session_id,)))]


def intervals(session_id: SessionId) -> Steps[list[Interval]]:
    return [
        Interval(
            session_id=session_id, state=State(state), epoch=epoch, started_at=moment(started_at), ended_at=moment(ended_at),
            queue=queue, agent_id=agent_id,
        )
        for state, epoch, started_at, ended_at, queue, agent_id in (yield Fetch(_INTERVALS, (session_id,)))
    ]  # fmt: skip


def ratings(session_ids: Sequence[SessionId]) -> Steps[dict[SessionId, Rating]]:
    return {
        session_id: Rating(key=key, session_id=session_id, score=score, comment=comment, at=moment(at), agent_id=agent_id)
        for key, session_id, score, comment, at, agent_id in (yield Fetch(_RATINGS, (list(session_ids),)))
    }
