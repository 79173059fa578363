"""`gateway.core.ports.Store`, once for both engines: each method names its steps, an engine runs them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from gateway.core.allowance import Allowance
from gateway.core.changes import Changes, DeadLetter, LinkCode, Placed, Progress
from gateway.core.contact import Address, Contact, Identity
from gateway.core.desk import CannedReply, FilledForm, Setting
from gateway.core.errors import Conflict
from gateway.core.handoff import Agent, Case, CaseStatus, Handoff, Note, Trace
from gateway.core.ids import (
    AgentId,
    CaseId,
    ChannelName,
    ContactId,
    EntryId,
    EventKey,
    HandoffId,
    Lane,
    QueueName,
    SessionId,
    Thread,
    WorkerId,
)
from gateway.core.knowledge import LABELS_MAX_COUNT, DraftEntry, Label, Revision
from gateway.core.message import Message, Outgoing
from gateway.core.ports import Clock, Page, Waiting
from gateway.core.session import Interval, Rating, Session, State
from gateway.store import allowance, audit, bot_turns, desk, knowledge, links, marks, outbox, running, search, sessions
from gateway.store.commit import Batch, Outcomes
from gateway.store.gathered import Gathered
from gateway.store.plan import plan
from gateway.store.rows import address_key
from gateway.store.steps import Steps

T = TypeVar("T")


class Record(ABC):
    """The record. See `gateway.core.ports.Store` for what each method promises.

    Lists without a promised order: `cases` and `dead_letters` come oldest first, `agents` by name. A `BadInput` is raised for a cursor
    that no page has given.
    """

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._open_line: dict[str, Handoff] = {}
        self._identities = Gathered(lambda keys: self._read(desk.identities(keys)))
        """Every request of web chat over HTTP asks whether its token still holds."""

    @abstractmethod
    async def open(self) -> None: ...

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    async def healthy(self) -> None: ...

    @abstractmethod
    async def _read(self, steps: Steps[T]) -> T:
        """Run steps that only read. Raises Busy where the database can't be asked or does not answer in time."""

    @abstractmethod
    async def _look_through(self, steps: Steps[T]) -> T:
        """Run steps that read much: one at a time, so that no other reader waits for them. Raises Busy where many wait."""

    @abstractmethod
    async def _write(self, make: Callable[[], Steps[T]]) -> T:
        """Run steps in a transaction of their own, or inside a group's. May be run again from the start. Raises Busy, InDoubt."""

    @abstractmethod
    async def _commit(self, batch: Batch) -> Outcomes:
        """Write a batch, perhaps together with other callers'. Raises Fenced, Busy, InDoubt."""

    async def commit(self, batch: Sequence[Changes], progress: Progress | None = None) -> list[Conflict | None]:
        return await self._commit(Batch([plan(changes) for changes in batch], progress))

    async def claim_lane(self, lane: Lane, token: int) -> str:
        return await self._write(lambda: running.claim_lane(lane, token))

    # ---- sessions and messages

    async def session(self, session_id: SessionId) -> Session | None:
        return next(iter(await self.sessions([session_id])), None)

    async def sessions(self, ids: Sequence[SessionId]) -> list[Session]:
        return await self._read(sessions.by_id(ids))

    async def latest_sessions(self, threads: Sequence[tuple[ChannelName, Thread]]) -> list[Session]:
        return await self._read(sessions.latest(threads))

    async def seqs(self, threads: Sequence[tuple[ChannelName, Thread]]) -> dict[tuple[ChannelName, Thread], int]:
        return await self._read(sessions.seqs(threads))

    async def thread_messages(self, channel: ChannelName, thread: Thread, after_seq: int, limit: int) -> list[Message]:
        return await self._read(sessions.of_thread(channel, thread, after_seq, limit))

    async def last_messages(self, channel: ChannelName, thread: Thread, limit: int) -> list[Message]:
        return await self._read(sessions.last_of_thread(channel, thread, limit))

    async def messages_by_key(self, keys: Sequence[EventKey]) -> list[Message]:
        return await self._read(sessions.by_key(keys))

    async def message_at_channel(self, channel: ChannelName, channel_message_id: str) -> Message | None:
        return next(iter(await self.messages_at_channel(channel, channel_message_id)), None)

    async def messages_at_channel(self, channel: ChannelName, channel_message_id: str) -> list[Message]:
        return await self._read(sessions.at_channel(channel, channel_message_id))

    async def late_fetches(self, before: datetime, limit: int) -> list[Message]:
        return await self._read(sessions.late_fetches(before, limit))

    async def session_messages(self, session_id: SessionId, after_seq: int = 0, limit: int = 1000) -> list[Message]:
        return await self._read(sessions.messages(session_id, after_seq, limit))

    async def message_details(self, session_id: SessionId, seqs: Sequence[int]) -> dict[int, str]:
        return await self._read(sessions.details(session_id, seqs))

    async def newest_messages(self, session_ids: Sequence[SessionId]) -> list[Message]:
        return await self._read(sessions.newest_messages(session_ids))

    async def notes(self, session_id: SessionId) -> list[Note]:
        return await self._read(sessions.notes(session_id))

    async def traces(self, session_id: SessionId) -> list[Trace]:
        return await self._read(sessions.traces(session_id))

    async def intervals(self, session_id: SessionId) -> list[Interval]:
        return await self._read(sessions.intervals(session_id))

    async def sessions_in(self, states: Sequence[State], *, agent_id: AgentId | None = None, limit: int = 200, after: str = "") -> Page:
        return await self._read(sessions.in_states(states, agent_id, limit, after))

    async def earlier_sessions(self, addresses: Sequence[Address], before: SessionId, limit: int) -> list[Session]:
        return await self._read(sessions.earlier(addresses, before, limit))

    async def late_lookups(self, before: datetime, limit: int) -> list[Session]:
        return await self._read(sessions.late_lookups(before, limit))

    async def ratings(self, session_ids: Sequence[SessionId]) -> dict[SessionId, Rating]:
        return await self._read(sessions.ratings(session_ids))

    async def search(self, text: str, *, agent_id: AgentId | None = None, limit: int = 20, after: str = "") -> Page:
        return await self._look_through(search.search(text, agent_id, limit, after))

    async def past_sessions(self, begin: datetime, end: datetime, *, limit: int = 50, after: str = "") -> Page:
        return await self._look_through(bot_turns.opened_between(begin, end, limit, after))

    async def handed_off_sessions(self, begin: datetime, *, limit: int = 50, after: str = "") -> Page:
        return await self._look_through(bot_turns.handed_off_since(begin, limit, after))

    # ---- the desk

    async def handoff(self, handoff_id: HandoffId) -> Handoff | None:
        return await self._read(desk.handoff(handoff_id))

    async def open_handoffs(self) -> list[Handoff]:
        self._open_line = line = await self._read(desk.open_handoffs(self._open_line))
        return list(line.values())

    async def held_units(self) -> dict[AgentId, int]:
        return await self._read(desk.held_units())

    async def recent_waits(self, queue: QueueName, limit: int, channels: Sequence[ChannelName] | None = None) -> list[float]:
        return await self._read(desk.recent_waits(queue, limit, channels))

    async def agent(self, agent_id: AgentId) -> Agent | None:
        return await self._read(desk.agent(agent_id))

    async def agent_by_name(self, name: str) -> Agent | None:
        return await self._read(desk.agent_by_name(name))

    async def agents(self) -> list[Agent]:
        return await self._read(desk.agents())

    async def case(self, case_id: CaseId) -> Case | None:
        return await self._read(desk.case(case_id))

    async def case_of_session(self, session_id: SessionId) -> Case | None:
        return await self._read(desk.case_of_session(session_id))

    async def cases(self, statuses: Sequence[CaseStatus], *, limit: int = 100, after: str = "") -> Page:
        return await self._read(desk.cases(statuses, limit, after))

    async def contact(self, contact_id: ContactId) -> Contact | None:
        return await self._read(desk.contact(contact_id))

    async def identity(self, address: Address) -> Identity | None:
        return await self._identities.get(address_key(address))

    async def newest_links(self, addresses: Sequence[Address]) -> list[Identity]:
        return await self._read(links.newest_links(addresses))

    async def identities_of(self, contact_id: ContactId) -> list[Identity]:
        return await self._read(desk.identities_of(contact_id))

    async def contacts_saying(self, email: str | None, phone: str | None, limit: int) -> list[Contact]:
        return await self._read(links.contacts_saying(email, phone, limit))

    async def doubts(self, contact_id: ContactId, addresses: Sequence[Address], limit: int) -> list[Identity]:
        return await self._read(links.doubts(contact_id, addresses, limit))

    async def link_code(self, code_id: str) -> LinkCode | None:
        return await self._read(desk.link_code(code_id))

    async def forms(self, address: Address, limit: int) -> list[FilledForm]:
        return await self._read(desk.forms(address, limit))

    async def canned_replies(self) -> list[CannedReply]:
        return await self._read(desk.canned_replies())

    async def canned_reply(self, reply_id: str) -> CannedReply | None:
        return await self._read(desk.canned_reply(reply_id))

    async def setting(self, name: str) -> Setting | None:
        return await self._read(desk.setting(name))

    async def settings(self, prefix: str) -> list[Setting]:
        return await self._read(desk.settings(prefix))

    # ---- the knowledge base

    async def newest_revision(self) -> Revision | None:
        return await self._read(knowledge.newest())

    async def revision(self, number: int) -> Revision | None:
        return await self._read(knowledge.revision(number))

    async def revisions(self, *, limit: int = 50, after: str = "") -> Page:
        return await self._read(knowledge.revisions(limit, after))

    async def revision_entries(self, digest: str) -> bytes | None:
        return await self._read(knowledge.entries(digest))

    async def drafts(self) -> list[DraftEntry]:
        return await self._read(knowledge.drafts())

    async def draft(self, entry_id: EntryId) -> DraftEntry | None:
        return await self._read(knowledge.draft(entry_id))

    async def draft_count(self) -> int:
        return await self._read(knowledge.draft_count())

    async def labels(self, *, limit: int = LABELS_MAX_COUNT) -> list[Label]:
        return await self._read(knowledge.labels(limit))

    # ---- running

    async def lease_outgoing(
        self, worker: WorkerId, now: datetime, lease_s: float, limit: int, *, only: ChannelName | None = None,
        but: Sequence[ChannelName] = (),
    ) -> list[tuple[Outgoing, int]]:  # fmt: skip
        return await self._write(lambda: outbox.lease(worker, now, lease_s, limit, only, but))

    async def outbox_depth(self) -> int:
        return await self._read(outbox.depth())

    async def kept_depth(self) -> int:
        return await self._read(outbox.kept_depth())

    async def old_kept(self, before: datetime, limit: int, after: str = "") -> Page:
        return await self._read(outbox.old_kept(before, limit, after, self.clock.now()))

    async def outgoing_of(self, channel: ChannelName, thread: Thread, limit: int) -> list[Waiting]:
        return await self._read(outbox.of_thread(channel, thread, limit, self.clock.now()))

    async def placed(self, key: EventKey) -> Placed | None:
        return await self._read(outbox.placed(key))

    async def drop_placed(self, before: datetime) -> int:
        return await self._write(lambda: outbox.drop_placed(before))

    async def allowance(self, channel: ChannelName, thread: Thread) -> Allowance | None:
        return (await self.allowances([(channel, thread)])).get((channel, thread))

    async def allowances(self, threads: Sequence[tuple[ChannelName, Thread]]) -> dict[tuple[ChannelName, Thread], Allowance]:
        return await self._read(allowance.of_threads(threads)) if threads else {}

    async def notebook(self, name: str) -> str:
        return await self._read(running.notebook(name))

    async def note_down(self, name: str, value: str) -> None:
        await self._write(lambda: running.note_down(name, value))

    async def marks(self, channel: ChannelName, kind: str, keys: Sequence[str]) -> dict[str, str]:
        return await self._read(marks.marks(channel, kind, keys)) if keys else {}

    async def mark(self, channel: ChannelName, kind: str, values: Mapping[str, str], at: datetime) -> None:
        if values:
            await self._write(lambda: marks.mark(channel, kind, values, at))

    async def unmark(self, channel: ChannelName, kind: str, keys: Sequence[str]) -> None:
        if keys:
            await self._write(lambda: marks.unmark(channel, kind, keys))

    async def drop_marks(self, channel: ChannelName, kind: str, before: datetime, limit: int) -> int:
        return await self._write(lambda: marks.drop_marks(channel, kind, before, limit))

    async def dead_letters(self, *, limit: int = 100, after: str = "") -> Page:
        return await self._read(running.dead_letters(limit, after))

    async def dead_letter(self, letter_id: str) -> DeadLetter | None:
        return await self._read(running.dead_letter(letter_id))

    async def drop_dead_letter(self, letter_id: str) -> bool:
        return await self._write(lambda: running.drop_dead_letter(letter_id))

    async def audit(self, *, limit: int = 100, after: str = "", actor: str | None = None, action: str | None = None) -> Page:
        return await self._read(running.audit_page(limit, after, actor, action))

    async def verify_audit(self, *, after: int = 0, limit: int | None = None) -> tuple[int, str | None]:
        return await self._look_through(audit.verify(after, limit))

    async def put_secret(self, name: str, value: str) -> str:
        return await self._write(lambda: running.put_secret(name, value))

    async def put_login(self, token_hash: str, agent_id: AgentId, expires_at: datetime) -> None:
        await self._write(lambda: desk.put_login(token_hash, agent_id, expires_at, self.clock.now()))

    async def login(self, token_hash: str, now: datetime) -> AgentId | None:
        return await self._read(desk.login(token_hash, now))

    async def drop_login(self, token_hash: str) -> None:
        await self._write(lambda: desk.drop_login(token_hash))

    async def drop_logins(self, agent_id: AgentId, *, but: str = "") -> None:
        await self._write(lambda: desk.drop_logins(agent_id, but))
