"""One service episode: its states, who controls it, and the one table that says what may follow what.

    bot -> queued -> offered -> active <-> waiting_customer | on_hold -> wrap_up -> closed

The bot answers until a handoff puts the session in the queue. The queue offers it to an agent, who accepts, rejects or lets it
time out (both back to the queue). Whoever's turn it is to speak, the agent or the customer, moves it between `active` and
`waiting_customer`; hold is the agent's. An agent may transfer it (back to the queue), return it to the bot, or end it; then the
disposition is written and it closes. A closed session never opens again: the next message starts a new, linked one.

Each state has one controller. Whenever the controller changes, the **epoch** rises. When somebody else starts to speak (a handoff, an
accept) the **floor** rises to that epoch: a message decided below the floor that has not gone out yet is refused at send time, so a bot
never talks over a person. Ending, transferring or returning a session leaves the floor: an agent's last words still go out.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any

from msgspec import Struct, field

from gateway.core.contact import Address, Proof
from gateway.core.decision import Looking
from gateway.core.errors import Conflict
from gateway.core.events import CallStage
from gateway.core.ids import AgentId, ChannelName, ContactId, HandoffId, QueueName, SessionId, Thread
from gateway.core.memory import BotMemory as BotMemory
from gateway.core.message import Author
from gateway.core.parts import FileRef


class State(StrEnum):
    """Where a session stands."""

    BOT = "bot"
    QUEUED = "queued"
    OFFERED = "offered"
    ACTIVE = "active"
    WAITING_CUSTOMER = "waiting_customer"
    ON_HOLD = "on_hold"
    WRAP_UP = "wrap_up"
    CLOSED = "closed"


class Move(StrEnum):
    """What can happen to a session's state."""

    HAND_OFF = "hand_off"
    OFFER = "offer"
    ACCEPT = "accept"
    RELEASE = "release"
    """An offer rejected, timed out or withdrawn."""
    CUSTOMER_SPOKE = "customer_spoke"
    AGENT_SPOKE = "agent_spoke"
    HOLD = "hold"
    RESUME = "resume"
    TRANSFER = "transfer"
    RETURN_TO_BOT = "return_to_bot"
    GIVE_UP = "give_up"
    """A handoff that found nobody: back to the bot, with a case."""
    END = "end"
    CLOSE = "close"


class Controller(StrEnum):
    """Who may speak to the customer."""

    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"
    SURVEY = "survey"
    NOBODY = "nobody"


class CloseReason(StrEnum):
    """Why a session ended."""

    RESOLVED = "resolved"
    BOT_RESOLVED = "bot_resolved"
    ABANDONED_IN_QUEUE = "abandoned_in_queue"
    ABANDONED_BY_CUSTOMER = "abandoned_by_customer"
    EXPIRED = "expired"
    SPAM = "spam"


CONTROLLERS: dict[State, Controller] = {
    State.BOT: Controller.BOT,
    State.QUEUED: Controller.QUEUE,
    State.OFFERED: Controller.QUEUE,
    State.ACTIVE: Controller.AGENT,
    State.WAITING_CUSTOMER: Controller.AGENT,
    State.ON_HOLD: Controller.AGENT,
    State.WRAP_UP: Controller.SURVEY,
    State.CLOSED: Controller.NOBODY,
}

_WITH_AGENT = (State.ACTIVE, State.WAITING_CUSTOMER, State.ON_HOLD)

TRANSITIONS: dict[tuple[State, Move], State] = {
    (State.BOT, Move.HAND_OFF): State.QUEUED,
    (State.BOT, Move.CUSTOMER_SPOKE): State.BOT,
    (State.QUEUED, Move.OFFER): State.OFFERED,
    (State.QUEUED, Move.CUSTOMER_SPOKE): State.QUEUED,
    (State.QUEUED, Move.GIVE_UP): State.BOT,
    (State.OFFERED, Move.ACCEPT): State.ACTIVE,
    (State.OFFERED, Move.RELEASE): State.QUEUED,
    (State.OFFERED, Move.CUSTOMER_SPOKE): State.OFFERED,
    (State.ACTIVE, Move.AGENT_SPOKE): State.WAITING_CUSTOMER,
    (State.WAITING_CUSTOMER, Move.AGENT_SPOKE): State.WAITING_CUSTOMER,
    (State.ON_HOLD, Move.AGENT_SPOKE): State.WAITING_CUSTOMER,
    (State.ACTIVE, Move.CUSTOMER_SPOKE): State.ACTIVE,
    (State.WAITING_CUSTOMER, Move.CUSTOMER_SPOKE): State.ACTIVE,
    (State.ON_HOLD, Move.CUSTOMER_SPOKE): State.ON_HOLD,
    (State.ACTIVE, Move.HOLD): State.ON_HOLD,
    (State.WAITING_CUSTOMER, Move.HOLD): State.ON_HOLD,
    (State.ON_HOLD, Move.RESUME): State.ACTIVE,
    **{(state, Move.TRANSFER): State.QUEUED for state in _WITH_AGENT},
    **{(state, Move.RETURN_TO_BOT): State.BOT for state in _WITH_AGENT},
    **{(state, Move.END): State.WRAP_UP for state in _WITH_AGENT},
    **{(state, Move.CLOSE): State.CLOSED for state in State if state is not State.CLOSED},
}


def after(state: State, move: Move) -> State:
    """The state that a move leads to. Raises Conflict where the table has no such move."""
    try:
        return TRANSITIONS[state, move]
    except KeyError:
        words = f"a session that is {state.value} can't {move.value.replace('_', ' ')}"
        raise Conflict(words, code="not_now", state=state.value) from None


TAKES_THE_FLOOR = frozenset({Move.HAND_OFF, Move.ACCEPT})
"""The moves that silence whatever was said before and has not gone out yet."""


_ON_THE_LINE = frozenset({CallStage.UP, CallStage.RINGING, CallStage.TALKING, CallStage.MISSED, CallStage.HELD})


class Way(StrEnum):
    """Where else a caller can be written to: by an address that is verified to be theirs. The best one first."""

    WECHAT = "wechat"
    EMAIL = "email"


class Linked(Struct, frozen=True, omit_defaults=True):
    """What became of a caller's wish for the links of a message."""

    seq: int
    way: Way | None = None
    """Where they were sent; None: nowhere."""
    count: int = 1
    """How many wishes of this call there were, this one included."""


class Call(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The call of a session, as it stands: part of the session."""

    id: str
    stage: CallStage
    since: datetime
    began_at: datetime
    number: str = ""
    dialled: str = ""
    why: str = ""
    recording: FileRef | None = None
    is_dialling: bool = False
    """We call, and the customer has not answered yet."""
    is_over: bool = False
    """Its line is gone, whatever is still owed (`stage`)."""
    held_from: CallStage | None = None
    """The stage that it comes back to when the caller holds no more."""
    asked_at: datetime | None = None
    """When an agent has asked for the customer to be called; None: nobody has, or it is under way."""
    earlier: tuple[str, ...] = ()
    """Ids of the session's calls before this one: what comes late of them changes nothing."""
    was_owed: bool = False
    """Whoever calls had been promised a call before this one. Who only looks in, and talks with nobody, is owed it still; and so is whoever
    has that number, if it was somebody else who wrote it into a call."""
    linked: Linked | None = None
    """The newest of its wishes for links (`LinksWanted`)."""

    @property
    def is_up(self) -> bool:
        """Whether the caller is on the line: what is written to them now is heard."""
        return self.stage in _ON_THE_LINE and not self.is_dialling

    @property
    def wants_callback(self) -> bool:
        return self.stage in (CallStage.CALLBACK, CallStage.VOICEMAIL, CallStage.AWAY)


class Session(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A session as it stands. Every change makes a new version; `seq` is the last message's."""

    id: SessionId
    channel: ChannelName
    thread: Thread
    episode: int
    """1 for a thread's first session, then 2 ...: a reopened conversation is a new episode, linked by its thread."""
    address: Address
    opened_at: datetime
    contact_id: ContactId | None = None
    state: State = State.BOT
    state_since: datetime
    epoch: int = 1
    floor: int = 1
    """The oldest epoch whose messages may still go out."""
    version: int = 0
    """0 until first written; the store refuses a version that does not follow its own."""
    seq: int = 0
    first_seq: int = 1
    language: str = "zh-CN"
    agent_id: AgentId | None = None
    agent_name: str | None = None
    queue: QueueName | None = None
    handoff_id: HandoffId | None = None
    memory: BotMemory = BotMemory()
    looking: Looking | None = None
    """Something is being looked up for it: the bot says nothing until that has ended."""
    page: str | None = None
    customer_name: str | None = None
    last_customer_at: datetime | None = None
    last_answer_at: datetime | None = None
    customer_read_seq: int = 0
    agent_read_seq: int = 0
    closed_at: datetime | None = None
    close_reason: CloseReason | None = None
    disposition: str | None = None
    addressing: str = ""
    """How what is said here is to be addressed, in its adapter's own words: of the customer's newest (`Inbound.addressing`), but of the
    newest proven one where there was one: nobody turns our answers away by a forged mail."""
    addressed_by: Proof | None = None
    """How the sender of what `addressing` is of was known; None: its channel does not say."""
    is_doubtful: bool = False
    """Its sender's address is proven by nothing (`Inbound.proof`): nothing that belongs to the address's owner is told here."""
    beside: Thread | None = None
    """The thread that this one was begun beside (`Inbound.beside`)."""
    answered_by: Author | None = None
    """Who had answered the customer last, in earlier episodes, when this one began: a mail may be a reply to that."""
    answered_agent_id: AgentId | None = None
    due_at: datetime | None = None
    """Until when a person should have answered, where its channel promises that; None: answered, or nothing is promised."""
    is_late: bool = False
    """`due_at` has passed without an answer, and that was counted."""
    is_muted: bool = False
    """No program says anything here until a person has written (`Quiet.LIMITED`)."""
    call: Call | None = None
    """Of a session by phone: its newest call."""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def controller(self) -> Controller:
        """Who may speak to the customer now."""
        return CONTROLLERS[self.state]


def looks_up_anew(before: Session | None, after: Session) -> bool:
    """Whether a session waits for a look-up that it did not wait for before."""
    if after.looking is None or after.controller is not Controller.BOT:
        return False
    return before is None or before.looking is None or before.looking.id != after.looking.id


class Interval(Struct, frozen=True, kw_only=True):
    """A line of the ledger: a session was in one state, with one agent and queue, from `started_at` until `ended_at`.

    Written when the state is left. The open interval is the session's own `state` and `state_since`.
    """

    session_id: SessionId
    state: State
    epoch: int
    started_at: datetime
    ended_at: datetime
    queue: QueueName | None = None
    agent_id: AgentId | None = None


class Rating(Struct, frozen=True, kw_only=True):
    """One satisfaction score. `agent_id` is whom it is about: None for the bot."""

    session_id: SessionId
    score: int
    comment: str
    at: datetime
    key: str
    agent_id: AgentId | None = None
