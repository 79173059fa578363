"""What the middle needs from the outside, as Protocols: the time, the bot, the record. `gateway.app` hands in the implementations; the
session bus is `gateway.core.bus`, the file store `gateway.core.files`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from gateway.core.allowance import Allowance
from gateway.core.changes import Changes, DeadLetter, LinkCode, Placed, Progress
from gateway.core.contact import Address, Contact, Identity
from gateway.core.decision import Ask, Decision
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
from gateway.core.session import Interval, Rating, Session, State


class Clock(Protocol):
    """The time, injected."""

    def now(self) -> datetime:
        """The moment, aware, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...


class Brain(Protocol):
    """Whatever answers questions."""

    @property
    def is_quick(self) -> bool:
        """It decides within milliseconds (a long mail takes some hundred, beside the loop) and waits for nothing: no deadline is set, no
        task made for it."""
        ...

    async def decide(self, ask: Ask) -> Decision:
        """One decision. May be slow or raise: the caller sets the deadline and hands off when it is missed."""
        ...


# ---- the record -----------------------------------------------------------------------------------------------------------------


class Page(Struct, frozen=True):
    """One page of a list; `next` is the cursor of the following page, None at the end."""

    items: tuple[Any, ...]
    next: str | None = None


class Waiting(Struct, frozen=True):
    """An outbox row, for whoever may take it out of its turn."""

    outgoing: Outgoing
    token: int
    due_at: datetime
    is_leased: bool
    was_sending: bool = False
    """Delivery was the last to have it: no answer on the line holds it for a repeat of its push."""


class Store(Protocol):
    """The record. Everything is written by `commit`; everything else reads. Every call has its own deadline inside."""

    async def open(self) -> None:
        """Connect, and bring the schema forward."""
        ...

    async def close(self) -> None: ...

    async def healthy(self) -> None:
        """Raise if the store can't be used just now."""
        ...

    async def commit(self, batch: Sequence[Changes], progress: Progress | None = None) -> list[Conflict | None]:
        """Write each Changes, all of it or nothing, in this order; durable on return. One outcome for each: None, or why it was refused.

        StaleSession: a version did not follow the stored one (also of a handoff, case, agent, canned reply, setting or draft), or
        `expects` is not met. Repeat: an inbound key, or a form's id, is on record.
        Conflict: a settled outbox row is leased anew. With `progress` the lane's token is checked first (Fenced: raised, nothing at all
        is written) and its position moves in the same transaction, if every Changes went through. Raises Busy where the disk is full or
        the writer's line is: nothing was written.
        """
        ...

    async def claim_lane(self, lane: Lane, token: int) -> str:
        """Note a lane's new holder, and get the position that was handled last ("" at first). Raises Fenced for a token that is too old."""
        ...

    async def session(self, session_id: SessionId) -> Session | None: ...

    async def sessions(self, ids: Sequence[SessionId]) -> list[Session]: ...

    async def latest_sessions(self, threads: Sequence[tuple[ChannelName, Thread]]) -> list[Session]:
        """The newest session of each thread; threads without one are left out."""
        ...

    async def seqs(self, threads: Sequence[tuple[ChannelName, Thread]]) -> dict[tuple[ChannelName, Thread], int]:
        """The last seq of each thread that has messages."""
        ...

    async def thread_messages(self, channel: ChannelName, thread: Thread, after_seq: int, limit: int) -> list[Message]:
        """Messages of all the thread's sessions with seq > after_seq, in order."""
        ...

    async def last_messages(self, channel: ChannelName, thread: Thread, limit: int) -> list[Message]:
        """The last `limit` messages of a thread, in order."""
        ...

    async def messages_by_key(self, keys: Sequence[EventKey]) -> list[Message]:
        """The recorded messages of these inbound events: what a repeat's ack says."""
        ...

    async def session_messages(self, session_id: SessionId, after_seq: int = 0, limit: int = 1000) -> list[Message]: ...

    async def message_details(self, session_id: SessionId, seqs: Sequence[int]) -> dict[int, str]:
        """Why messages stand as they do (`Settled.detail`), by seq; those of which nothing was said are left out."""
        ...

    async def newest_messages(self, session_ids: Sequence[SessionId]) -> list[Message]:
        """The last message of each of these sessions that has any."""
        ...

    async def notes(self, session_id: SessionId) -> list[Note]: ...

    async def traces(self, session_id: SessionId) -> list[Trace]: ...

    async def intervals(self, session_id: SessionId) -> list[Interval]: ...

    async def sessions_in(self, states: Sequence[State], *, agent_id: AgentId | None = None, limit: int = 200, after: str = "") -> Page:
        """Sessions in these states, oldest first; with `agent_id` only that agent's."""
        ...

    async def earlier_sessions(self, addresses: Sequence[Address], before: SessionId, limit: int) -> list[Session]:
        """Older sessions of these addresses (all of one customer), newest first."""
        ...

    async def late_lookups(self, before: datetime, limit: int) -> list[Session]:
        """Sessions of the bot whose look-up should have ended before this moment, the longest overdue first."""
        ...

    async def handoff(self, handoff_id: HandoffId) -> Handoff | None: ...

    async def open_handoffs(self) -> list[Handoff]:
        """All that are queued or offered, oldest first."""
        ...

    async def held_units(self) -> dict[AgentId, int]:
        """Capacity units that each agent's offered and running sessions take."""
        ...

    async def recent_waits(self, queue: QueueName, limit: int, channels: Sequence[ChannelName] | None = None) -> list[float]:
        """Seconds that the last accepted handoffs of a queue (on these channels; None: on all) waited, newest first: what an honest
        estimate is made from. With `channels` a bounded number of the last ones is looked through: fewer may be found than there are."""
        ...

    async def agent(self, agent_id: AgentId) -> Agent | None: ...

    async def agent_by_name(self, name: str) -> Agent | None: ...

    async def agents(self) -> list[Agent]: ...

    async def case(self, case_id: CaseId) -> Case | None: ...

    async def case_of_session(self, session_id: SessionId) -> Case | None:
        """The newest case that a session opened."""
        ...

    async def cases(self, statuses: Sequence[CaseStatus], *, limit: int = 100, after: str = "") -> Page: ...

    async def contact(self, contact_id: ContactId) -> Contact | None: ...

    async def identity(self, address: Address) -> Identity | None:
        """The newest link of an address; one that somebody has checked goes before one that nobody has."""
        ...

    async def newest_links(self, addresses: Sequence[Address]) -> list[Identity]:
        """Of each of these addresses the newest link that somebody has checked, where there is one."""
        ...

    async def ratings(self, session_ids: Sequence[SessionId]) -> dict[SessionId, Rating]:
        """The newest rating of each of these sessions that has one."""
        ...

    async def forms(self, address: Address, limit: int) -> list[FilledForm]:
        """What a customer has filled in, newest first."""
        ...

    async def canned_replies(self) -> list[CannedReply]:
        """All, everybody's and each agent's own, by shortcut."""
        ...

    async def canned_reply(self, reply_id: str) -> CannedReply | None: ...

    async def setting(self, name: str) -> Setting | None: ...

    async def settings(self, prefix: str) -> list[Setting]:
        """All whose name begins with `prefix`, by name."""
        ...

    async def search(self, text: str, *, agent_id: AgentId | None = None, limit: int = 20, after: str = "") -> Page:
        """A page of `Found`: sessions that were handed off or have a case and hold every word of `text`, those first that
        people got last.

        A word may stand in a message, in the customer's name, email or phone, in the case's number or the session's id; the case of
        letters doesn't count. A session's whole id, or a case's whole number, finds that session alone. With `agent_id` only sessions
        that this agent has or had. One call looks at a bounded number of messages: a page with few or no items, and a `next`, says that
        the search goes on there. Only the first 200 characters, and of those 8 words, count; no words find nothing.
        """
        ...

    async def newest_revision(self) -> Revision | None:
        """The revision of the knowledge base that is in force; None: nobody has published, the files hold."""
        ...

    async def revision(self, number: int) -> Revision | None: ...

    async def revisions(self, *, limit: int = 50, after: str = "") -> Page:
        """Revisions, newest first."""
        ...

    async def revision_entries(self, digest: str) -> bytes | None:
        """The entries of a revision, by its digest, as they were published; None: they are kept no more."""
        ...

    async def drafts(self) -> list[DraftEntry]:
        """All, by the id of their entry."""
        ...

    async def draft(self, entry_id: EntryId) -> DraftEntry | None: ...

    async def draft_count(self) -> int: ...

    async def labels(self, *, limit: int = LABELS_MAX_COUNT) -> list[Label]:
        """Questions whose right answer somebody has told, newest first."""
        ...

    async def past_sessions(self, begin: datetime, end: datetime, *, limit: int = 50, after: str = "") -> Page:
        """A page of `PastSession`: those opened from `begin` until before `end`. One that ends meanwhile may come twice."""
        ...

    async def handed_off_sessions(self, begin: datetime, *, limit: int = 50, after: str = "") -> Page:
        """A page of `PastSession`: those that the bot gave away since `begin`, the last ones first."""
        ...

    async def lease_outgoing(
        self, worker: WorkerId, now: datetime, lease_s: float, limit: int, *, only: ChannelName | None = None,
        but: Sequence[ChannelName] = (),
    ) -> list[tuple[Outgoing, int]]:  # fmt: skip
        """Due outbox rows with their lease tokens, for a worker alone: per thread only the first unsettled row, so order holds.

        `only` one channel's, or those of all `but` these.
        """
        ...

    async def outbox_depth(self) -> int:
        """How many rows wait to be sent, but for those that are kept."""
        ...

    async def kept_depth(self) -> int:
        """How many rows are kept until their customers come again."""
        ...

    async def old_kept(self, before: datetime, limit: int, after: str = "") -> Page:
        """A page of `Waiting`: the rows that are kept, and hold a message from before this moment. One call looks at `limit` rows and
        no more: a page with few or no items, and a `next`, says that there are others behind."""
        ...

    async def outgoing_of(self, channel: ChannelName, thread: Thread, limit: int) -> list[Waiting]:
        """The thread's unsettled outbox rows, in order, leased or not."""
        ...

    async def placed(self, key: EventKey) -> Placed | None:
        """The answer that was given in place to this event; None once nobody can ask for it again."""
        ...

    async def drop_placed(self, before: datetime) -> int:
        """Forget the answers in place whose `until` lies before this moment; how many."""
        ...

    async def allowance(self, channel: ChannelName, thread: Thread) -> Allowance | None:
        """What may still be sent to a thread of a counted channel; None: nothing has been granted yet."""
        ...

    async def allowances(self, threads: Sequence[tuple[ChannelName, Thread]]) -> dict[tuple[ChannelName, Thread], Allowance]:
        """The same of many threads at once; those without one are left out."""
        ...

    async def message_at_channel(self, channel: ChannelName, channel_message_id: str) -> Message | None:
        """The message that the channel knows by this id."""
        ...

    async def messages_at_channel(self, channel: ChannelName, channel_message_id: str) -> list[Message]:
        """The same, with those that went out with it as one (`Settled.also`) behind it: what becomes of it becomes of them."""
        ...

    async def late_fetches(self, before: datetime, limit: int) -> list[Message]:
        """Messages recorded before this moment with a part that is still `Arriving` (and has no failure), oldest first."""
        ...

    async def identities_of(self, contact_id: ContactId) -> list[Identity]:
        """The addresses that are this contact's now: of each its newest checked link, if that names this contact. Oldest first."""
        ...

    async def contacts_saying(self, email: str | None, phone: str | None, limit: int) -> list[Contact]:
        """Contacts with this very email address or phone number, checked or not."""
        ...

    async def doubts(self, contact_id: ContactId, addresses: Sequence[Address], limit: int) -> list[Identity]:
        """The newest links that nobody has checked, to this contact or of these addresses."""
        ...

    async def link_code(self, code_id: str) -> LinkCode | None: ...

    async def notebook(self, name: str) -> str:
        """A channel's own small memory (a cursor, the last refusal); "" where nothing was noted."""
        ...

    async def note_down(self, name: str, value: str) -> None:
        """Durable on return."""
        ...

    async def marks(self, channel: ChannelName, kind: str, keys: Sequence[str]) -> dict[str, str]:
        """What a channel has noted under these keys (a Message-ID's thread, an address that bounced); those without a note are left out."""
        ...

    async def mark(self, channel: ChannelName, kind: str, values: Mapping[str, str], at: datetime) -> None:
        """Note values under their keys, over what stood there. Durable on return."""
        ...

    async def unmark(self, channel: ChannelName, kind: str, keys: Sequence[str]) -> None: ...

    async def drop_marks(self, channel: ChannelName, kind: str, before: datetime, limit: int) -> int:
        """Forget at most `limit` notes of a kind from before this moment; how many."""
        ...

    async def dead_letters(self, *, limit: int = 100, after: str = "") -> Page: ...

    async def dead_letter(self, letter_id: str) -> DeadLetter | None: ...

    async def drop_dead_letter(self, letter_id: str) -> bool: ...

    async def audit(self, *, limit: int = 100, after: str = "", actor: str | None = None, action: str | None = None) -> Page:
        """Audit events, newest first; of one actor and of one action where they are given."""
        ...

    async def verify_audit(self, *, after: int = 0, limit: int | None = None) -> tuple[int, str | None]:
        """(the number of the last event that holds, what is wrong with the one behind it or None).

        A long log is checked in pieces: `limit` events behind event `after`, which was found right before. Fewer: that was the end.
        """
        ...

    async def put_secret(self, name: str, value: str) -> str:
        """Keep a value made by this installation (a signing key) under a name, unless it is there; the value that is there now."""
        ...

    async def put_login(self, token_hash: str, agent_id: AgentId, expires_at: datetime) -> None:
        """Remember a desk login by its token's hash."""
        ...

    async def login(self, token_hash: str, now: datetime) -> AgentId | None: ...

    async def drop_login(self, token_hash: str) -> None: ...

    async def drop_logins(self, agent_id: AgentId, *, but: str = "") -> None:
        """End every login of an agent, except the one with the token hash `but`."""
        ...


class Shelf(Protocol):
    """Small values that all processes share for a while and can do without: access tokens of vendors. Kept in memory, or in Redis."""

    async def get(self, name: str) -> str | None: ...

    async def put(self, name: str, value: str, ttl_s: float) -> None: ...

    async def drop(self, name: str) -> None: ...
