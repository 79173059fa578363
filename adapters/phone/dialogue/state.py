"""Where a call stands with us, and what holds for all of it.

    GREETING -> LANGUAGE -> MENU -> TOPIC -> THINKING -> ANSWER | CHOICES | KEYING -> THINKING ...         the bot
                                               |
                                               +-> WAITING -> RINGING -> BRIDGED -> PARTED                  people
                                               |      |  \\-> WRITING (an agent without a phone)
                                               |      +-> LEAVING (a message after the tone)
                                               +-> CLOSED (nobody is there now)
    any -> SURVEY -> LAST (what is said before we hang up) -> OVER

Everything here can be written down and read again: a test does so after every step.
"""

from enum import StrEnum

from msgspec import Struct, field

from adapters.phone.driver import Hearing
from gateway.core.calls import Standing, Topic
from gateway.core.ids import AgentId, SessionId
from gateway.core.message import Message
from gateway.core.parts import Choice


class Phase(StrEnum):
    """What the caller is at."""

    GREETING = "greeting"
    LANGUAGE = "language"
    MENU = "menu"
    TOPIC = "topic"
    THINKING = "thinking"
    """Something was told to the bot or the hub, and what comes of it is awaited."""
    ANSWER = "answer"
    """An answer is spoken, and whether there is anything else."""
    CHOICES = "choices"
    """The bot has asked back."""
    KEYING = "keying"
    """The bot has asked for a value: an order number."""
    WAITING = "waiting"
    """In the queue."""
    CLOSED = "closed"
    """Nobody serves the queue now."""
    LEAVING = "leaving"
    """A message is left, or about to be."""
    RINGING = "ringing"
    BRIDGED = "bridged"
    PARTED = "parted"
    """The agent has put down the phone, and the caller has not."""
    WRITING = "writing"
    """With an agent who has no phone: what they write is spoken."""
    SURVEY = "survey"
    LAST = "last"
    OVER = "over"


class Timer(StrEnum):
    """What a moment is kept for."""

    SILENCE = "silence"
    THINKING = "thinking"
    KEYS = "keys"
    ANNOUNCE = "announce"
    LIMIT = "limit"
    GUARD = "guard"
    """What is played should have been heard by then."""
    VOICE = "voice"
    """The ear should have understood by then."""
    RING = "ring"
    PARTED = "parted"
    MESSAGE = "message"
    """What is said after the tone should have come by then."""
    LINKS = "links"
    """What became of links that were to be sent should be known by then."""
    NEWS = "news"
    """Messages that no standing has followed are taken by then."""


class Line(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One piece of speech: a prompt of the catalogue by its `key`, or words."""

    language: str
    key: str = ""
    """Without `phone.`"""
    values: dict[str, str] = field(default_factory=dict)
    text: str = ""
    """Already fit for the ear."""
    is_tick: bool = False
    """No speech: the small sound that says "still here"."""


class Means(StrEnum):
    """What a key stands for."""

    LANGUAGE = "language"
    TOPIC = "topic"
    QUESTION = "question"
    CHOICE = "choice"
    NEXT_PAGE = "next_page"
    REST = "rest"
    LINK = "link"
    CALLBACK = "callback"
    MESSAGE = "message"
    STAY = "stay"
    RATE = "rate"
    MENU = "menu"


class Option(Struct, frozen=True, omit_defaults=True):
    """One key and what it stands for. `text`: as it is spoken, and may be said instead."""

    key: str
    means: Means
    id: str = ""
    text: str = ""


class Saying(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that was handed to the mouth and has not been heard to its end."""

    mark: int
    lines: tuple[Line, ...]
    seq: int = 0
    """Of the message that it is; 0: a prompt of ours."""
    is_firm: bool = False
    """Nothing cuts it short: the law asks for it."""


class Setup(Struct, frozen=True, kw_only=True):
    """What holds for the whole call."""

    call: str
    """Our id of the call."""
    number: str = ""
    """The caller's; empty: withheld."""
    dialled: str = ""
    is_ours: bool = False
    """We have called them."""
    company: str = ""
    languages: tuple[str, ...]
    """To choose from; of those that sound alike, one."""
    ears: frozenset[str] = frozenset()
    """In which of them words are understood."""
    greeting: dict[str, str] = field(default_factory=dict)
    person: dict[str, str] = field(default_factory=dict)
    """By language: what the choice of a person is called in the transcript."""
    agents: dict[str, str] = field(default_factory=dict)
    """By an agent's name, or `*`: their phone."""
    is_turn_based: bool = False
    can_bridge: bool = True
    """False: callers are handed over."""
    can_reach: bool = True
    """Whether an agent's phone can be reached at all."""
    is_recorded: bool = False
    is_announced: bool = False
    """What is recorded, or kept of what is heard, is said first."""
    has_callback: bool = True
    has_voicemail: bool = True
    voicemail_max_s: float = 120.0
    has_links: bool = False
    """Links can be sent to the caller's number."""
    has_survey: bool = True
    confidence: float = 0.5
    no_input_s: float = 6.0
    ring_s: float = 25.0
    call_max_s: float = 3_600.0


class State(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where a call stands."""

    setup: Setup
    phase: Phase = Phase.GREETING
    language: str
    is_language_chosen: bool = False
    """By the caller, in this call: they need not hear how to choose another one."""
    menus: dict[str, tuple[Topic, ...]] = field(default_factory=dict)
    topic: str = ""
    page: int = 0
    mark: int = 0
    """Of what was said last."""
    saying: tuple[Saying, ...] = ()
    asked: tuple[Line, ...] = ()
    """The question that stands, said again where nothing was understood."""
    told: tuple[Line, ...] = ()
    """What the caller was told last: said again on `*`."""
    told_seq: int = 0
    options: tuple[Option, ...] = ()
    offered: tuple[Choice, ...] = ()
    """What the bot lets the caller choose from, all pages of it."""
    ahead: str = ""
    """Keys that were pressed before their question was asked."""
    typed: str = ""
    rest: tuple[Line, ...] = ()
    """Of a long answer: what has not been said."""
    rest_seq: int = 0
    links: tuple[str, ...] = ()
    """Of the answer: they are offered to be sent."""
    links_seq: int = 0
    """The message that they stand in."""
    linking_seq: int = 0
    """The message whose links are being sent by the hub; 0: none."""
    linked_count: int = 0
    """How many wishes for links the hub had heard of before that."""
    misses: int = 0
    missed_at: float = -60.0
    """When the last key without meaning was pressed."""
    silences: int = 0
    troubles: int = 0
    """How often the ear has failed."""
    is_deaf: bool = False
    """The ear has failed too often: keys alone."""
    is_speaking: bool = False
    """The caller is."""
    is_held: bool = False
    """The caller has put us on hold."""
    is_put_on_hold: bool = False
    """The agent who talks with the caller has put them on hold."""
    kept: tuple[Saying, ...] = ()
    """What is said when they are back."""
    has_answered: bool = False
    is_parting_told: bool = False
    """That the talk with the agent is over was said: the hub's word on it would be the second."""
    was_served: bool = False
    """An agent has spoken with them."""
    is_taking: bool = False
    """A message is being left."""
    tried: str = ""
    """The agent whose phone was tried for this acceptance."""
    agent_id: AgentId | None = None
    """Whose phone that is."""
    target: str = ""
    """The phone that rings once the one before is let go of."""
    parting_count: int = 0
    """How often the line still has to say that a phone was let go of."""
    rated: SessionId | None = None
    """The session whose survey this is."""
    standing: Standing | None = None
    unread: tuple[Message, ...] = ()
    spoken_seq: int = 0
    """Up to which message all was spoken, or left out for good."""
    timers: dict[Timer, float] = field(default_factory=dict)
    thinking_count: int = 0
    """How often it was said that it takes a moment."""
    announced: int | None = None
    """The place in the queue that was said last."""
    is_music: bool = False
    hearing: Hearing | None = None
    owes_turn: bool = False
    """Turn-based: the line waits to hear whose turn it is."""
    is_recording: bool = False
    why: str = ""
    """Why we hang up."""
    way: tuple[str, ...] = ()
    """Through the menus, for the call record."""
