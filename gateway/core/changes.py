"""One transaction as a value: a session's next version and everything that must be written with it, or not at all.

The middle and the desk decide with a `Draft`, which is pure, and hand the finished `Changes` to the store, which writes them all or
none. Nobody else changes a session.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct, structs

from gateway.core.allowance import Grant, Pocket
from gateway.core.contact import Address, Contact, Identity
from gateway.core.desk import CannedReply, FilledForm, Setting
from gateway.core.handoff import Agent, AuditEvent, Case, Handoff, Note, StatusInterval, Trace
from gateway.core.ids import (
    AgentId,
    ChannelName,
    EntryId,
    EventKey,
    Ids,
    Lane,
    MessageId,
    OutboxId,
    SessionId,
    Thread,
    derived,
)
from gateway.core.knowledge import DraftEntry, Label, Published
from gateway.core.message import Author, Inbound, Message, Outgoing, Part, Status
from gateway.core.session import (
    CONTROLLERS,
    TAKES_THE_FLOOR,
    CloseReason,
    Controller,
    Interval,
    Move,
    Rating,
    Session,
    State,
    after,
)


class Settled(Struct, frozen=True, kw_only=True):
    """What delivery learned of an outbox row: it leaves the outbox (a final status), or waits until `retry_at`.

    A row that waits keeps its token: whoever wrote it may settle it again until somebody leases it anew, from `retry_at` on.
    """

    id: OutboxId
    session_id: SessionId
    seq: int
    status: Status
    token: int
    """The lease's token: a row leased anew by another worker is not settled by the old one."""
    parts_sent: int = 0
    parts_begun: int = 0
    attempts: int = 0
    retry_at: datetime | None = None
    channel_message_ids: tuple[str, ...] = ()
    """The channel's ids of the parts taken since the row was settled last: to be added to those on record."""
    detail: str = ""
    also: tuple[int, ...] = ()
    """Seqs of the messages that went out with it, and share its fate."""
    serial: int | None = None
    """Of a row that is kept (`Status.KEPT`): the allowance's serial under which that was decided. If the customer has come again since,
    it is due at once."""
    is_idle: bool = False
    """It holds only while no part is on its way: a repeat of a push takes up its answer's rows under the token that they had."""
    while_kept: bool = False
    """It holds only while the row waits for its customer: a deed that lets it go leaves it its token."""


KEPT_UNTIL = datetime(9999, 1, 1, tzinfo=UTC)
"""`retry_at` of a kept row. Such rows hold up nobody behind them, and are due when their thread is granted something (`Allowed`)."""
IN_PLACE_MARGIN = timedelta(seconds=0.5)
"""How long behind `Inbound.answer_by` a row is still left to whoever is on the line with the peer; then delivery sends it."""
MERGED = frozenset({Author.BOT, Author.SYSTEM})
"""Whose words become one message where a turn is one message. An agent's stay what the agent wrote."""
_PEOPLE = frozenset({Controller.QUEUE, Controller.AGENT})
"""Who owes the customer an answer in time."""


class Allowed(Struct, frozen=True, kw_only=True):
    """A deed of the customer fills a pocket of the thread's allowance and lets go what was kept; a `grant` of None empties both (`why`)."""

    channel: ChannelName
    thread: Thread
    grant: Grant | None
    release_at: datetime | None = None
    """When what was kept is due; None: at once."""
    why: str = ""


class Spent(Struct, frozen=True, kw_only=True):
    """Messages taken out of a pocket before they are sent; a negative count puts back what was certainly not sent."""

    channel: ChannelName
    thread: Thread
    pocket: Pocket
    count: int
    serial: int
    """Nothing changes if the pocket has been filled anew since: then this was another filling's."""


class Emptied(Struct, frozen=True, kw_only=True):
    """The channel has said that nothing may be sent, whatever we had counted. Nothing changes where a deed has come since `serial`."""

    channel: ChannelName
    thread: Thread
    why: str
    serial: int


class Fate(Struct, frozen=True, kw_only=True):
    """What became, after all, of a message that the channel had taken, and of those that went out with it (`Settled.also`)."""

    session_id: SessionId
    seq: int
    status: Status
    detail: str = ""


NEW_ROW = -1
"""The token of a row that is added and placed in one step: no row of its thread may wait before it, kept ones included."""


class PlacedRow(Struct, frozen=True, kw_only=True):
    """An outbox row that an answer in place carries."""

    id: OutboxId
    token: int
    """The row's token as it was read: whoever leased it meanwhile has it. What settles the row after this has one more.
    `NEW_ROW`: it is among the `outgoing` of this very Changes."""
    session_id: SessionId
    seq: int
    also: tuple[int, ...] = ()
    parts_sent: int = 0
    """How many of its parts have gone out once this answer has. Fewer than all (`is_whole`): the rest goes out by `send`."""
    is_whole: bool = True


class Placed(Struct, frozen=True, kw_only=True):
    """An answer given on the line with the peer that pushed the event `key`: repeats of the push get the very same until `until`.

    Written before the answer is: its rows are leased to it until then, with a part begun, so that a death in between leaves them unclear
    and not sent twice. `Conflict` where one of the rows is somebody else's by now.
    """

    key: EventKey
    channel: ChannelName
    thread: Thread
    at: datetime
    until: datetime
    parts: tuple[Part, ...]
    rows: tuple[PlacedRow, ...]
    passed: tuple[OutboxId, ...] = ()
    """Rows before them that never go out: whoever wrote those has lost the floor. Any other that waits before them is a `Conflict`."""


class LinkCode(Struct, frozen=True, kw_only=True):
    """A promise that whoever shows this code on another channel is the customer at `address` (a QR code that a visitor scans)."""

    id: str
    """A hash of the code: the code itself is not kept."""
    channel: ChannelName
    thread: Thread
    address: Address
    made_at: datetime
    expires_at: datetime
    used_by: Address | None = None
    version: int = 0


class DeadLetter(Struct, frozen=True, kw_only=True):
    """An event that could not be handled, kept to be looked at and replayed."""

    id: str
    lane: Lane
    event: Inbound
    error: str
    """The error's type and place; never the customer's text."""
    at: datetime
    attempts: int
    is_wanted_again: bool = False
    """An operator has asked for a replay; a process that serves does it."""


def dead_letter_id(key: EventKey) -> str:
    """The id of the dead letter of an event: one for all its copies."""
    return derived("dead", key)


class Progress(Struct, frozen=True, kw_only=True):
    """How far a lane has been handled, said by the holder of `token`."""

    lane: Lane
    token: int
    position: str
    """The bus's own word for a place in the lane; opaque."""


class Changes(Struct, frozen=True, kw_only=True):
    """Rows to write in one transaction. Those with a `version` hold the new one: the stored one must be exactly one less (0: absent)."""

    session: Session | None = None
    expects: tuple[SessionId, int] | None = None
    """Another session that this was decided by, and its version: it must stand there still, though it is not changed."""
    keys: tuple[EventKey, ...] = ()
    """Inbound events that leave neither a message nor a rating behind: a second copy is known by them."""
    messages: tuple[Message, ...] = ()
    outgoing: tuple[Outgoing, ...] = ()
    settled: tuple[Settled, ...] = ()
    intervals: tuple[Interval, ...] = ()
    ratings: tuple[Rating, ...] = ()
    notes: tuple[Note, ...] = ()
    handoffs: tuple[Handoff, ...] = ()
    traces: tuple[Trace, ...] = ()
    cases: tuple[Case, ...] = ()
    agents: tuple[Agent, ...] = ()
    status_intervals: tuple[StatusInterval, ...] = ()
    contacts: tuple[Contact, ...] = ()
    identities: tuple[Identity, ...] = ()
    audits: tuple[AuditEvent, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    forms: tuple[FilledForm, ...] = ()
    canned_replies: tuple[CannedReply, ...] = ()
    dropped_canned_replies: tuple[tuple[str, int], ...] = ()
    """(id, version): what is stored must stand at exactly this version."""
    settings: tuple[Setting, ...] = ()
    """A setting is never dropped, but set to None: a version that came again would let an old editor write over what came between."""
    drafts: tuple[DraftEntry, ...] = ()
    dropped_drafts: tuple[tuple[EntryId, int], ...] = ()
    """(id, version), as of canned replies."""
    revisions: tuple[Published, ...] = ()
    labels: tuple[Label, ...] = ()
    allowed: tuple[Allowed, ...] = ()
    spent: tuple[Spent, ...] = ()
    emptied: tuple[Emptied, ...] = ()
    fates: tuple[Fate, ...] = ()
    amended: tuple[Message, ...] = ()
    """Messages whose parts have changed (a file has arrived): body alone, status as it stands."""
    placed: tuple[Placed, ...] = ()
    released: tuple[OutboxId, ...] = ()
    """Rows that nobody has leased and that need not wait for their `due_at`."""
    link_codes: tuple[LinkCode, ...] = ()


class Draft:
    """A session's next version in the making. Pure: it is handed the time and the ids."""

    def __init__(
        self, session: Session, *, now: datetime, ids: Ids, is_pushed: bool, is_joined: bool = False, is_letter: bool = False,
        answer_by: datetime | None = None, grant: Grant | None = None,
    ) -> None:  # fmt: skip
        """`is_pushed`: messages to this customer go through the outbox (`Reach.PUSHED`). `is_joined`: what bot and system say here goes
        out as one, because the channel counts messages or a message is one thing. `is_letter`: a message is a mail: what a chat says in
        passing (somebody has joined, one moment) is not said.
        `answer_by` and `grant` are those of the event that is answered."""
        self.session = structs.replace(session, version=session.version + 1)
        self.now = now
        self.ids = ids
        self.grant = grant
        self.answer_by = answer_by
        self.is_letter = is_letter
        self.heard_at = now
        self._is_pushed = is_pushed
        self._is_joined = is_joined
        self._due_at = answer_by + IN_PLACE_MARGIN if answer_by is not None and answer_by > now else None
        self._rows: dict[str, list[Any]] = {}
        self._answers: int | None = None
        self._why: dict[str, Any] = {}
        self._expects: tuple[SessionId, int] | None = None

    @property
    def messages(self) -> Sequence[Message]:
        """What has been said in this draft so far."""
        return self._rows.get("messages", [])

    def set(self, **fields: Any) -> None:
        """Change fields of the session that no rule stands over (language, memory, page, marks)."""
        self.session = structs.replace(self.session, **fields)

    def hear(self, event: Inbound, parts: tuple[Part, ...], **why: Any) -> Message:
        """Record what the customer said; `why` is for the desk."""
        state = self._entered(Move.CUSTOMER_SPOKE)
        self.heard_at = min(self.now, event.at)
        self.session = structs.replace(self.session, state=state, last_customer_at=self.now, seq=self.session.seq + 1)
        return self._add_message(Author.CUSTOMER, parts, key=event.key, cid=event.cid, why=why)

    def overhear(self, event: Inbound, parts: tuple[Part, ...], **why: Any) -> Message:
        """Record what a program wrote in the customer's name: nothing else changes, and nobody has said anything."""
        self.session = structs.replace(self.session, seq=self.session.seq + 1)
        return self._add_message(Author.CUSTOMER, parts, key=event.key, cid=event.cid, why=why)

    def say(
        self,
        author: Author,
        parts: tuple[Part, ...],
        *,
        agent_id: AgentId | None = None,
        name: str | None = None,
        cid: str | None = None,
        key: EventKey | None = None,
    ) -> Message:
        """Say something to the customer. Follows the moves made so far: a notice said after a handoff carries its epoch.

        Where programs are muted their words are not said, nor kept. A person's end that, and stop the clock (`Session.due_at`).
        """
        if author in MERGED and self.session.is_muted:
            return self._unsaid(author, parts)
        if author is Author.AGENT:
            self.session = structs.replace(self.session, due_at=None, is_late=False, is_muted=False)
        self.session = structs.replace(self.session, last_answer_at=self.now, seq=self.session.seq + 1)
        message = self._add_message(author, parts, reply_to=self._answers, agent_id=agent_id, name=name, why=self._why, cid=cid, key=key)
        self._answers, self._why = None, {}
        if self._is_pushed:
            self._send(message)
        return message

    def remark(self, parts: tuple[Part, ...], **why: Any) -> Message:
        """A line of the transcript for people, which goes out to nobody: on a pushed channel the customer never sees it."""
        self.session = structs.replace(self.session, seq=self.session.seq + 1)
        return self._add_message(Author.SYSTEM, parts, status=Status.SENT, why={"is_remark": True, **why})

    def expect(self, other: Session) -> None:
        """What is decided here holds only as long as this other session stands as it does."""
        self._expects = (other.id, other.version)

    def answering(self, seq: int, why: dict[str, Any]) -> None:
        """What is said next answers the message `seq`, for the reasons `why`."""
        self._answers, self._why = seq, why

    def because(self, **why: Any) -> None:
        """What is said next carries these reasons too."""
        self._why = {**self._why, **why}

    def put_handoff(self, handoff: Handoff, **fields: Any) -> Handoff:
        """The handoff's next version, written with the session."""
        following = structs.replace(handoff, version=handoff.version + 1, **fields)
        self.add("handoffs", following)
        return following

    def move(self, move: Move, **fields: Any) -> None:
        """Change the session's state, and with it whatever the state implies: the ledger, the epoch, the floor.

        Raises Conflict where the table of states has no such move.
        """
        state = self._entered(move)
        session = self.session
        epoch = session.epoch + (CONTROLLERS[state] is not session.controller or self._changes_agent(fields))
        looking = session.looking if CONTROLLERS[state] is Controller.BOT else None  # what the bot waits for is nobody else's
        if CONTROLLERS[state] not in _PEOPLE and session.due_at is not None:
            fields = {"due_at": None, "is_late": False, **fields}
        self.session = structs.replace(
            session, state=state, epoch=epoch, floor=epoch if move in TAKES_THE_FLOOR else session.floor, looking=looking, **fields
        )

    def close(self, reason: CloseReason, disposition: str | None = None) -> None:
        """End the session for good."""
        self.move(Move.CLOSE, closed_at=self.now, close_reason=reason, disposition=disposition or self.session.disposition)

    def add(self, kind: str, *rows: Any) -> None:
        """Write these rows too; `kind` is a field of Changes."""
        self._rows.setdefault(kind, []).extend(rows)

    def changes(self) -> Changes:
        """The finished transaction."""
        return Changes(session=self.session, expects=self._expects, **{kind: tuple(rows) for kind, rows in self._rows.items()})

    def _send(self, message: Message) -> None:
        """Put it into the outbox, or to what the bot and the system have said before it in this draft."""
        session, rows = self.session, self._rows.setdefault("outgoing", [])
        last: Outgoing | None = rows[-1] if rows else None
        if self._is_joined and last is not None and {last.message.author, message.author} <= MERGED:
            together = structs.replace(last.message, parts=(*last.message.parts, *message.parts))
            rows[-1] = structs.replace(last, message=together, also=(*last.also, message.seq), epoch=session.epoch)
            return
        rows.append(
            Outgoing(
                id=OutboxId(message.id), session_id=session.id, channel=session.channel, thread=session.thread, to=session.address,
                message=message, epoch=session.epoch, due_at=self._due_at, addressing=session.addressing,
            )
        )  # fmt: skip

    def _unsaid(self, author: Author, parts: tuple[Part, ...]) -> Message:
        self._answers, self._why = None, {}
        session = self.session
        return Message(
            id=MessageId(self.ids.new()), session_id=session.id, seq=session.seq, author=author, at=self.now, parts=parts,
            status=Status.REFUSED,
        )  # fmt: skip

    def _changes_agent(self, fields: dict[str, Any]) -> bool:
        return fields.get("agent_id", self.session.agent_id) != self.session.agent_id

    def _entered(self, move: Move) -> State:
        session, state = self.session, after(self.session.state, move)
        if state is not session.state:
            at = max(self.now, session.state_since)  # a clock that was set back, or another machine's, leaves no hole in the ledger
            self.add(
                "intervals",
                Interval(
                    session_id=session.id, state=session.state, epoch=session.epoch, started_at=session.state_since,
                    ended_at=at, queue=session.queue, agent_id=session.agent_id,
                ),
            )  # fmt: skip
            self.session = structs.replace(session, state_since=at)
        return state

    def _add_message(self, author: Author, parts: tuple[Part, ...], **fields: Any) -> Message:
        session = self.session
        status = Status.PENDING if self._is_pushed and author is not Author.CUSTOMER else Status.SENT
        message = Message(
            id=MessageId(self.ids.new()), session_id=session.id, seq=session.seq, author=author, at=self.now, parts=parts,
            **{"status": status, **fields},
        )  # fmt: skip
        self.add("messages", message)
        return message
