"""Phone calls as the whole house knows them: the call of a session, and what a call's leg follows and asks for.

A call leg is a reader of its thread, as a socket is (`Reach.PULLED`): what is said to the caller is committed first, then spoken. The leg
is handed these Protocols by `gateway.app`; it reads no store and knows no queue.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from msgspec import Struct

from gateway.core.ids import AgentId, ChannelName, EntryId, SessionId, Thread
from gateway.core.message import Author, Message
from gateway.core.session import Call, Controller, State, Way


class Standing(Struct, frozen=True, kw_only=True):
    """Where a thread's newest session stands, as its call leg must know it."""

    session_id: SessionId
    state: State
    controller: Controller
    language: str
    seq: int
    agent_id: AgentId | None = None
    agent: str = ""
    """The agent's login name: what `[channels.NAME.agents]` goes by."""
    agent_name: str = ""
    """What customers hear."""
    position: int | None = None
    eta_s: int | None = None
    """Only where it can be said honestly."""
    is_open: bool = True
    """Whether people serve its queue now: else a message may be left."""
    asks: str = ""
    """What the bot has asked for, the name of a slot, or `contact`: keys are its value and no choice."""
    is_looking: bool = False
    """Something is being looked up: an answer is still to come."""
    asks_secret: bool = False
    """The bot has asked for something that nobody is to read: keys are masked."""
    case_number: str = ""
    """Of the case that was opened for it, where one was."""
    call: Call | None = None
    ways: tuple[Way, ...] = ()
    """Where what can't be spoken could be sent, the best first; read now and then, so one may be shut by the time that it is wanted."""


class Wanted(Struct, frozen=True, kw_only=True):
    """An agent wants a customer to be called (back) now: their phone first, then the customer's."""

    channel: ChannelName
    thread: Thread
    session_id: SessionId
    number: str
    agent_id: AgentId
    agent: str
    id: str
    """Of this wish: one heard twice is one."""


News = Message | Standing


class Conversations(Protocol):
    """The threads of a channel, as its call legs read them."""

    def follow(self, thread: Thread, after_seq: int) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        """Every message of the thread with seq > after_seq, once and in order, and where its session stands: first of all (where there is
        one), and after each change, behind the messages that came with it. Remarks between agents are left out, the caller's own words are
        not. A lost signal costs at most a second; nothing is skipped. Iterating raises what the store raises."""
        ...

    async def standing(self, thread: Thread) -> Standing | None:
        """Where its newest session stands now; None: it has none."""
        ...

    def wanted(self) -> AsyncIterator[Wanted]:
        """Whom agents want to be called, while this is iterated."""
        ...


class TopQuestion(Struct, frozen=True, kw_only=True):
    """A question that a menu offers. `entry` is the id of the choice: picking it gives the answer."""

    entry: EntryId
    text: str


class Topic(Struct, frozen=True, kw_only=True):
    """A category of the knowledge base, as a menu offers it."""

    id: str
    title: str
    questions: tuple[TopQuestion, ...]


class Menus(Protocol):
    """What the knowledge base in force has to offer to whoever can't type."""

    async def menu(self, language: str) -> tuple[Topic, ...]:
        """The categories, the ones asked for most first, each with its questions in the same order. Quick: kept until the knowledge base
        changes. Empty where it has none in this language."""
        ...


HEARS = frozenset({Author.BOT, Author.SYSTEM, Author.AGENT})
"""Whose messages are spoken to a caller."""
