"""One transaction as a value: a session's next version and everything that must be written with it, or not at all.

The middle and the desk decide with a `Draft` (`gateway.core.draft`), which is pure, and hand the finished `Changes` to the store, which
writes them all or none. Nobody else changes a session.
"""

from datetime import UTC, datetime

from msgspec import Struct

from gateway.core.allowance import Grant, Pocket
from gateway.core.contact import Address, Contact, Identity
from gateway.core.desk import CannedReply, FilledForm, Setting
from gateway.core.events import Inbound
from gateway.core.handoff import Agent, AuditEvent, Case, Handoff, Note, StatusInterval, Trace
from gateway.core.ids import ChannelName, EntryId, EventKey, Lane, OutboxId, SessionId, Thread, derived
from gateway.core.knowledge import DraftEntry, Label, Published
from gateway.core.message import Message, Outgoing, Status
from gateway.core.parts import Part
from gateway.core.session import Interval, Rating, Session


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
