"""How the desk acts: read, decide, commit under the version, and decide again where somebody was faster."""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from config.schema import Email, Phone, Settings, WebChat, WeChat, WeComKf
from gateway.core.allowance import Grant, granted, window
from gateway.core.bus import Bus
from gateway.core.changes import Changes
from gateway.core.draft import Draft
from gateway.core.errors import Busy, NotFound, StaleSession
from gateway.core.handoff import Agent, AuditEvent, Case, Handoff, Role
from gateway.core.ids import AgentId, ChannelName, Ids, SessionId
from gateway.core.ports import Clock, Store
from gateway.core.session import Session
from gateway.core.texts import Texts
from gateway.logs import place
from gateway.metrics import Metrics
from handoff import presence
from handoff.telling import tell

log = logging.getLogger(__name__)

TRIES = 5
"""How often an action is decided anew because the session changed meanwhile; a customer does not type faster."""

Decide = Callable[[Draft, Handoff | None], Awaitable[None]]
"""Writes one action into a draft. Reads, never writes elsewhere; raises Conflict or Forbidden where it is not possible (any more)."""


class Acting:
    """What every part of the desk works with."""

    def __init__(
        self, *, store: Store, bus: Bus, clock: Clock, ids: Ids, texts: Texts, settings: Settings, metrics: Metrics | None = None
    ) -> None:
        """Without `metrics` (a command) it counts for itself alone."""
        self._store = store
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._texts = texts
        self._settings = settings
        self._metrics = metrics or Metrics(with_process=False)

    async def _change(self, agent: Agent, session_id: SessionId, action: str | None, decide: Decide, **detail: Any) -> Changes:
        """Do one thing to a session, in one transaction with its audit event (`action`; None: not worth one).

        Raises what `decide` raises, Repeat, and StaleSession when the session would not stand still.
        """
        for _ in range(TRIES):
            session = await self._session(session_id)
            handoff = await self._store.handoff(session.handoff_id) if session.handoff_id else None
            draft = self._draft(session)
            await decide(draft, handoff)
            if action is not None:
                draft.add("audits", self._audit(agent.id, action, session_id, **detail))
            changes = draft.changes()
            (outcome,) = await self._store.commit([changes])
            if outcome is None:
                await self._tell(session, changes)
                return changes
            if not isinstance(outcome, StaleSession):
                raise outcome
        raise StaleSession("the session keeps changing: reload and try again")

    async def _tell(self, before: Session | None, changes: Changes) -> None:
        """Count and signal what has been committed."""
        self._metrics.count(changes)
        await tell(self._bus, before, changes)

    async def _spared(self, what: str, work: Awaitable[None]) -> None:
        """Do a part of a worker's round whose trouble is not to be the others': it is said and counted, and they go on.

        Raises Busy, OSError and TimeoutError: then the record or the bus can't be asked, and nothing else would go better.
        """
        try:
            await work
        except (Busy, OSError, TimeoutError):
            raise
        except Exception as error:  # the outermost loop of this part
            self._metrics.errors.labels("queue", type(error).__name__).inc()
            log.error("a part of the round failed", extra={"part": what, "error": place(error, depth=6)})  # noqa: TRY400 - `place` holds back words

    async def _session(self, session_id: SessionId) -> Session:
        session = await self._store.session(session_id)
        if session is None:
            raise NotFound("no such session")
        return session

    async def _agent(self, agent_id: AgentId) -> Agent:
        agent = await self._store.agent(agent_id)
        if agent is None:
            raise NotFound("no such agent")
        return agent

    def _draft(self, session: Session) -> Draft:
        channel, settings = session.channel, self._settings
        return Draft(
            session, now=self._clock.now(), ids=self._ids, is_pushed=is_pushed(settings, channel), is_joined=is_joined(settings, channel),
            is_letter=writes_letters(settings, channel),
        )  # fmt: skip

    async def _window(self, session: Session) -> dict[str, Any] | None:
        """What the session's channel still lets us send; None where it does not count."""
        return await window_of(self._store, self._settings, session, self._clock.now())

    def _audit(self, actor: str, action: str, subject: str, **detail: Any) -> AuditEvent:
        return AuditEvent(at=self._clock.now(), actor=actor, action=action, subject=subject, detail=detail)


def is_pushed(settings: Settings, name: ChannelName) -> bool:
    """Whether messages to this channel go through the outbox. One that is configured no more: yes, so that they fail aloud.

    Told from the settings, so that commands and workers without open channels can act: only the chat on a website and calls are
    `Reach.PULLED`.
    """
    return not isinstance(settings.channels.get(name), WebChat | Phone)


def is_called(settings: Settings, name: ChannelName) -> bool:
    """Whether a channel's customers call: what is written there is spoken, to whoever is on the line."""
    return isinstance(settings.channels.get(name), Phone)


def is_counted(settings: Settings, name: ChannelName) -> bool:
    """Whether the channel counts what we send (`Capabilities.is_counted`), told from the settings as above."""
    return isinstance(settings.channels.get(name), WeChat | WeComKf)


def is_joined(settings: Settings, name: ChannelName) -> bool:
    """Whether what bot and system say in one turn goes out as one message: it is counted, or a message is one thing (a mail)."""
    return is_counted(settings, name) or writes_letters(settings, name)


def writes_letters(settings: Settings, name: ChannelName) -> bool:
    """Whether the channel is a mailbox (`Capabilities.letters`), told from the settings as above."""
    return isinstance(settings.channels.get(name), Email)


def answers_cases(settings: Settings, name: ChannelName) -> bool:
    """Whether who asked on this channel can be told that a case is answered there: it takes words of our own accord, for a while."""
    channel = settings.channels.get(name)
    return isinstance(channel, WeComKf | Email) or (isinstance(channel, WeChat) and channel.customer_service)


def speaks_only_when_asked(settings: Settings, name: ChannelName) -> bool:
    """Whether an agent's words reach the customer only with the customer's next message: such an account can't send by itself."""
    channel = settings.channels.get(name)
    return isinstance(channel, WeChat) and not channel.customer_service


def asks_how_it_was(settings: Settings, name: ChannelName) -> bool:
    """Whether customers are asked in words how a conversation was."""
    channel = settings.channels.get(name)
    return isinstance(channel, WeChat | WeComKf) and channel.survey


def reserve_count(settings: Settings, name: ChannelName) -> int:
    """How many of the messages that a counted channel allows are left to agents."""
    channel = settings.channels.get(name)
    return channel.reserve if isinstance(channel, WeChat | WeComKf) else 0


async def window_of(store: Store, settings: Settings, session: Session, now: datetime, grant: Grant | None = None) -> dict[str, Any] | None:
    """What a session's channel lets us send now, by the record and the `grant` of the event at hand; None where it does not count."""
    if not is_counted(settings, session.channel):
        return None
    allowance = await store.allowance(session.channel, session.thread)
    return window(granted(allowance, grant), reserve_count(settings, session.channel), now)


def is_supervisor(agent: Agent) -> bool:
    """Whether they may see and act beyond their own sessions."""
    return agent.role in (Role.SUPERVISOR, Role.ADMIN)


def may_see_case(agent: Agent, case: Case) -> bool:
    """Whether the agent may read this case, and with it its session: it is theirs, or of a queue that they serve."""
    return is_supervisor(agent) or case.agent_id == agent.id or case.queue is None or presence.serves(agent, case.queue)
