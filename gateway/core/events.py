"""What happens outside, as a channel tells it: each event of a conversation, and what comes with it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.allowance import Grant
from gateway.core.contact import Address, Proof
from gateway.core.ids import AgentId, ChannelName, EventKey, QueueName, SessionId, Thread
from gateway.core.message import Status
from gateway.core.parts import FileRef, Part


class Said(Struct, frozen=True, tag="said"):
    """The customer said something. Never empty."""

    parts: tuple[Part, ...]


class Rated(Struct, frozen=True, tag="rated"):
    """The customer's satisfaction with the session, 1 (bad) to 5 (good)."""

    score: int
    comment: str = ""
    session: SessionId | None = None
    """Which of the thread's sessions; None: its newest."""


class Ended(Struct, frozen=True, tag="ended"):
    """The customer ended the conversation."""


class Seen(Struct, frozen=True, tag="seen"):
    """The customer has read everything up to this `seq`."""

    seq: int


class Found(StrEnum):
    """How a look-up ended."""

    ANSWER = "answer"
    NOTHING = "nothing"
    """The system that was asked knows no such thing."""
    PERSON = "person"
    """What was found is for people, as the entry says."""
    FAILURE = "failure"
    """Nobody knows: late, refused, malformed."""


class LookedUp(Struct, frozen=True, tag="looked_up", kw_only=True, omit_defaults=True):
    """A look-up of ours has ended. No channel's event: it enters the lane from inside, behind what the customer said meanwhile."""

    session: SessionId
    id: str
    """Which one; the session knows whether it still waits for it."""
    found: Found
    text: str = ""
    """Fit for the customer: Markdown."""
    asks: str = ""
    """The slot whose value was not known: asked for again."""
    queue: QueueName | None = None
    reason: str = ""
    """Why it failed, or what is for people: a word or two of ours, never theirs."""
    why: dict[str, Any] = field(default_factory=dict)
    """For the desk: what was asked, what was cited."""


class Came(Struct, frozen=True, tag="came", omit_defaults=True):
    """The customer did something that says nothing: followed us, tapped a menu. It may let us send (`Inbound.grant`)."""

    how: str
    """followed, scanned, tapped, viewed or opened."""
    code: str = ""
    """Of the link that was scanned: see `gateway.linking`. Empty: an ordinary one."""


class Left(Struct, frozen=True, tag="left"):
    """The customer can't be reached here any more: unfollowed, blocked. Nothing may be sent until they come again."""


class Fated(Struct, frozen=True, tag="fated", kw_only=True):
    """The channel tells later what became of a message that it took: delivered, or not after all."""

    channel_message_id: str
    status: Status
    """With `KEPT` it goes back to the outbox, and out again with the customer's next message."""
    detail: str = ""
    """The vendor's code and our words for it; for people."""
    place: int = 0
    """Which of the message's parts, as they were sent, this is about: kept are this one and those behind it."""
    why: str = ""
    """Of one that is kept: out_of_window, out_of_count or unreachable, as of `Shut`."""


class Fetched(Struct, frozen=True, tag="fetched", kw_only=True):
    """A file that was `Arriving` is stored, or can't be had. No channel's event: it enters the lane from inside."""

    session: SessionId
    seq: int
    place: int
    """Which part of the message."""
    file: FileRef | None = None
    failure: str = ""


class Remarked(Struct, frozen=True, tag="remarked", kw_only=True, omit_defaults=True):
    """Something happened at the channel that agents should read in the transcript, and that says nothing to the customer: `remark.WORD` of
    the catalogue (the customer took a message back; a colleague has the conversation in the vendor's own app)."""

    what: str
    who: str = ""
    """Whom it is about, as the vendor knows them; never the customer's words."""


class CallStage(StrEnum):
    """How a call stands, between us and the caller."""

    UP = "up"
    """The caller is on the line with us: the bot, the queue, or between two agents."""
    CALLBACK = "callback"
    """The caller has hung up and wants to be called back; the place in the queue is kept."""
    VOICEMAIL = "voicemail"
    """The caller has left a message; then as `CALLBACK`."""
    RINGING = "ringing"
    """The agent's phone rings."""
    TALKING = "talking"
    """Agent and caller are connected."""
    MISSED = "missed"
    """The agent's phone did not answer, or the connection to it broke: the caller is ours again, in their old place."""
    HELD = "held"
    """The caller has put us on hold."""
    AWAY = "away"
    """We tried to call back, and the caller did not answer."""
    ENDED = "ended"


class Called(Struct, frozen=True, tag="called", kw_only=True, omit_defaults=True):
    """A call has come to another stage. It says nothing; the first of a call opens its session.

    With it, as with any event of a caller, `Inbound.visit.locale` may say which language they have chosen.
    """

    call: str
    """Our id of the call."""
    stage: CallStage
    number: str = ""
    """The caller's, E.164 where it can be read so; empty: withheld."""
    dialled: str = ""
    """What the caller dialled."""
    why: str = ""
    """A stable word. Of ENDED: hung_up, by_agent, by_us (all was said), transferred, silent, lost (our worker died), failed, limit.
    Of MISSED: busy, no_answer, refused, unreachable, no_phone, broke. Of AWAY: busy, no_answer, refused, unreachable, forbidden."""
    file: FileRef | None = None
    """Of VOICEMAIL: the message. Of ENDED: the recording, where there is one."""
    text: str = ""
    """Of VOICEMAIL: what was understood of it."""
    confidence: float = 0.0
    agent_id: AgentId | None = None
    """Of RINGING, TALKING and MISSED: whose phone. Told of somebody who has the session no more, it changes nothing."""
    facts: dict[str, Any] = field(default_factory=dict)
    """For the call record: seconds, codec, loss, jitter, the way the caller took through the menu. Never the caller's words."""


class Played(Struct, frozen=True, tag="played"):
    """How much of the message `seq` the caller has heard; less than all where they spoke or pressed a key into it."""

    seq: int
    heard_ms: int
    of_ms: int


class LinksWanted(Struct, frozen=True, tag="links_wanted"):
    """The caller wants the links of the message `seq` sent to where they can read. What they are, and where that is, the record says."""

    seq: int
    way: str = ""
    """What they were offered (`gateway.core.session.Way`); where that is shut by now, the next one is taken."""


Event = Said | Rated | Ended | Seen | LookedUp | Came | Left | Fated | Fetched | Remarked | Called | Played | LinksWanted


class Quiet(StrEnum):
    """Why no program of ours may answer an event."""

    AUTOMATIC = "automatic"
    """A program wrote it (an absence, a newsletter): it is recorded, nobody is woken, nothing is said, nothing is opened for it."""
    LIMITED = "limited"
    """This sender has had so many automatic answers that it may be a program: people get it, and nothing is said to it until they write."""


class Visit(Struct, frozen=True, kw_only=True):
    """What a channel knows about the moment: all optional, none of it trusted."""

    locale: str | None = None
    page: str | None = None
    name: str | None = None


class Inbound(Struct, frozen=True, kw_only=True):
    """One event from a channel, normalized. `key` makes a repeat recognizable; `cid` is the client's own id for it."""

    channel: ChannelName
    thread: Thread
    key: EventKey
    sender: Address
    at: datetime
    event: Event
    cid: str | None = None
    visit: Visit = Visit()
    grant: Grant | None = None
    """What this event lets us send, where the channel counts that."""
    also: tuple[Address, ...] = ()
    """Other addresses that the channel itself vouches for to be this very customer's: a unionid beside an openid."""
    answer_by: datetime | None = None
    """Until then the peer waits on the line for the answer (`gateway.in_place`); None: it waits for nothing."""
    line: str = ""
    """How the peer wants to be answered there, in its adapter's own words."""
    quiet: Quiet | None = None
    """No program may answer this; None: all as usual."""
    proof: Proof | None = None
    """How the sender's address is known, where the channel has to find that out for each event; None: the kind of address tells.
    `Proof.NONE`: it may be anybody's, and nothing that belongs to the address's owner may be told."""
    addressing: str = ""
    """How what answers this is to be addressed, in its adapter's own words (a mail's subject and copies); kept with the session."""
    beside: Thread | None = None
    """The thread that this one was begun beside: somebody else wrote on it, who may not see or join it."""
    person: str = ""
    """The customer wants a person, and the bot need not be asked: the code of a `Reason` (ivr_zero_out, clarify_failed, ...)."""
