"""What travels: the parts of a message, events from outside, messages of a session, and what became of them."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.allowance import Grant
from gateway.core.contact import Address, Proof
from gateway.core.ids import AgentId, ChannelName, EventKey, FileId, MessageId, OutboxId, QueueName, SessionId, Thread

MAX_TEXT_BYTES = 4096
"""A chat message's text, as UTF-8."""


class Author(StrEnum):
    """Who speaks, as the customer sees it."""

    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    SYSTEM = "system"


class FileRef(Struct, frozen=True, kw_only=True):
    """A stored file. The bytes live in the file store under `id`; `mime` was sniffed, not believed."""

    id: FileId
    name: str
    mime: str
    size_bytes: int
    sha256: str


class Text(Struct, frozen=True, tag="text"):
    """Words. `markdown` is True only for text of ours (an answer, an agent's reply), never for a customer's."""

    text: str
    markdown: bool = False


class File(Struct, frozen=True, tag="file"):
    """A file of any kind: image, voice, video or document, by its `mime`."""

    file: FileRef
    caption: str = ""


class Location(Struct, frozen=True, tag="location"):
    """A place, WGS 84 degrees."""

    latitude: float
    longitude: float
    name: str = ""


class Choice(Struct, frozen=True):
    """One thing to pick. `id` comes back when it is picked; `text` is what people read."""

    id: str
    text: str


class Choices(Struct, frozen=True, tag="choices", omit_defaults=True):
    """Things to pick from, under a question. A channel without buttons numbers them."""

    text: str
    options: tuple[Choice, ...]
    hint: str = ""
    """How to pick, said under numbers: "Reply with a number"."""


class Pick(Struct, frozen=True, tag="pick", omit_defaults=True):
    """A choice that the customer picked, by its id; `text` is what they read on it, when the channel tells."""

    id: str
    text: str = ""
    keys: str = ""
    """What a caller pressed for it."""


class Spoken(Struct, frozen=True, tag="spoken", kw_only=True, omit_defaults=True):
    """What a recognizer made of a caller's words: to the bot, words like any."""

    text: str
    confidence: float
    """From 0 to 1, as the recognizer says it."""
    audio: FileRef | None = None
    """What was heard, where that is kept."""


MASKED = "\u2022\u2022\u2022\u2022"
"""Stands for keys that nobody is to read, however many they were."""


class Keyed(Struct, frozen=True, tag="keyed", omit_defaults=True):
    """Keys that a caller pressed where no choice was offered: an order number. To the bot, words like any."""

    keys: str
    """Digits, and `*`. Of a secret (a PIN) MASKED in whatever is recorded; only the event itself holds it."""
    is_secret: bool = False


class Arriving(Struct, frozen=True, tag="arriving", omit_defaults=True):
    """A file that the customer has sent and the channel's peer still holds: it is fetched beside the lanes (`gateway.fetches`), and this
    part then becomes a `File`. With a `failure` it stays: what was sent is known, its content is not."""

    kind: str
    """image, voice, video or file."""
    media: str = ""
    """The peer's own word for it; never shown."""
    name: str = ""
    caption: str = ""
    failure: str = ""
    """A stable word: expired, too_large, refused_type, unreachable, gone, empty, held_back (it may run something: it is not given
    out), too_many (its message has more files than are taken)."""


class Notice(Struct, frozen=True, tag="notice"):
    """A message of a form that the channel's owner has approved beforehand (a WeChat template): goes out where free text may not."""

    template: str
    """The NAME of `[channels.X.templates.NAME]`."""
    values: dict[str, str]
    """What is filled in, by the template's own fields."""
    text: str
    """How it reads, for the desk and for channels without such forms."""


class Letter(Struct, frozen=True, tag="letter", kw_only=True, omit_defaults=True):
    """The head of a mail: always a message's first part, its words are the `Text` parts behind it.

    Of a customer's mail: who wrote to whom, and the whole mail as it came. Of an agent's: only what is not as the thread has it.
    """

    subject: str = ""
    sender: str = ""
    """As the mail says it, name and address; shown, never trusted."""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    """Of an agent's: all who get a copy."""
    date: datetime | None = None
    """What the mail says of itself; absent where it says nothing that can be read."""
    raw: FileRef | None = None
    """The mail as it came, to be opened by its channel (`OpensLetters`)."""
    proof: str = ""
    """How the sender is known: dmarc, dkim, none or failed."""
    automatic: str = ""
    """Why it is taken for a program's, where it is: a stable word."""
    has_more: bool = False
    """There is quoted text, a signature or a look that the words do not show."""
    trouble: str = ""
    """Why only a part of it could be read, where that is so (too_large, too_many_parts, too_deep, broken, encrypted): people look at it."""


class Together(Struct, frozen=True, tag="together"):
    """The parts of a message that go out as one, on a channel where a message is one thing. Made by `gateway.rendering`, never stored."""

    parts: "tuple[Part, ...]"


Part = Text | File | Location | Choices | Pick | Spoken | Keyed | Arriving | Notice | Letter | Together


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
    status: "Status"
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


class Status(StrEnum):
    """What became of a message to the customer. `UNCERTAIN`: sent perhaps, the peer's answer never came."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    REFUSED = "refused"
    """Never sent: whoever wrote it had lost the session by the time of sending."""
    KEPT = "kept"
    """Not sent: the channel allows no more for now. It goes out when the customer writes again."""


class Message(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One message of a session, as the customer may see it.

    `seq` counts a thread's messages from 1 without gaps, also across its sessions: the only order, and the proof of completeness.
    `reply_to` is the seq that a bot's answer answers.
    """

    id: MessageId
    session_id: SessionId
    seq: int
    author: Author
    at: datetime
    parts: tuple[Part, ...]
    key: EventKey | None = None
    cid: str | None = None
    agent_id: AgentId | None = None
    name: str | None = None
    reply_to: int | None = None
    status: Status = Status.SENT
    why: dict[str, Any] = field(default_factory=dict)
    """For the desk only: the bot's decision behind an answer (entry, confidence, candidates, reason)."""


class Outgoing(Struct, frozen=True, kw_only=True):
    """A message on its way out: an outbox row. Decided under `epoch`; refused at send time if the session has moved on."""

    id: OutboxId
    session_id: SessionId
    channel: ChannelName
    thread: Thread
    to: Address
    message: Message
    epoch: int
    parts_sent: int = 0
    """How many of the message's parts the channel already took: a retry goes on behind them."""
    parts_begun: int = 0
    """Noted before sending. More than `parts_sent` on a fresh lease: a worker died while the next part was on its way."""
    attempts: int = 0
    due_at: datetime | None = None
    """Not before; None: at once. What answers a waiting peer is first left to whoever is on the line with it."""
    also: tuple[int, ...] = ()
    """The seqs of further messages whose parts go out with this one, as one: where messages are counted, one turn is one message."""
    addressing: str = ""
    """The session's `addressing` when this was said: the adapter's own words."""


class Receipt(Struct, frozen=True, kw_only=True):
    """A channel's word that it took one part, with the id it gave it, if any."""

    channel_message_id: str | None = None
    detail: str = ""
    """What people should know though it was taken (one of the copies was refused): shown with the message."""


def plain_text(parts: tuple[Part, ...]) -> str:
    """A message's words on one line each, for matching, summaries and lists. A voicemail that was understood is its words."""
    heard = {part.audio.id for part in parts if isinstance(part, Spoken) and part.audio and part.text}
    return "\n".join(filter(None, (_words(part) for part in parts if not (isinstance(part, File) and part.file.id in heard))))


def _words(part: Part) -> str:
    match part:
        case Text(text=text) | Choices(text=text) | Pick(text=text) | Spoken(text=text) | Keyed(keys=text):
            return text
        case File(file=file, caption=caption):
            return caption or f"[{file.name}]"
        case Arriving(caption=caption, name=name, kind=kind):
            return caption or f"[{name or kind}]"
        case Notice(text=text):
            return text
        case Letter():
            return ""
        case Together(parts=parts):
            return plain_text(parts)
        case Location(name=name, latitude=latitude, longitude=longitude):
            return name or f"[{latitude:.5f}, {longitude:.5f}]"
