"""What happens between the queue and the agents, each deed one change of a draft: state, queue entry, trace and words. Pure."""

from datetime import datetime, timedelta
from typing import Any

from config.schema import Queue
from gateway.core.contact import Contact
from gateway.core.draft import Draft
from gateway.core.handoff import PROMISE_MISSED, Agent, Case, Failure, Handoff, HandoffPacket, Reason, Stage, Trace
from gateway.core.ids import AgentId, HandoffId, QueueName
from gateway.core.message import Author
from gateway.core.parts import Text
from gateway.core.session import Move, Session, State
from gateway.core.texts import Texts
from handoff import cases, notices, promises

TRANSFER_MINUTES = 30.0
"""The head start of somebody who has been served already, and is passed on."""
AGENT_GONE_MINUTES = 60.0
"""The head start of somebody whose agent is gone."""
HANDED_ON_WITHIN = timedelta(hours=1)
"""How soon a colleague should see a mail that is passed on although nothing is owed to its customer."""

WITH_AGENT = (State.ACTIVE, State.WAITING_CUSTOMER, State.ON_HOLD)
WAITING = (State.QUEUED, State.OFFERED)


def trace(draft: Draft, handoff: Handoff, what: str, agent_id: AgentId | None = None, **why: Any) -> None:
    """Note why something was done, at the draft's time."""
    row = Trace(handoff_id=handoff.id, session_id=handoff.session_id, at=draft.now, what=what, agent_id=agent_id, why=why)
    draft.add("traces", row)


def offer(draft: Draft, handoff: Handoff, agent_id: AgentId, offer_s: float, passed: tuple[AgentId, ...], why: dict[str, Any]) -> Handoff:
    """Reserve the session for an agent, who has `offer_s` to accept."""
    draft.move(Move.OFFER)
    trace(draft, handoff, "offered", agent_id, **why)
    return draft.put_handoff(
        handoff, stage=Stage.OFFERED, agent_id=agent_id, offered_at=draft.now, passed=passed,
        offer_expires_at=draft.now + timedelta(seconds=offer_s),
    )  # fmt: skip


def release(draft: Draft, handoff: Handoff, what: str, *, is_passed: bool, **why: Any) -> Handoff:
    """Take an offer back into the queue: rejected, timed out, or withdrawn. `is_passed`: its agent is not asked again this round."""
    draft.move(Move.RELEASE)
    trace(draft, handoff, what, handoff.agent_id, **why)
    passed = handoff.passed
    if is_passed and handoff.agent_id is not None and handoff.agent_id not in passed:
        passed = (*passed, handoff.agent_id)
    return draft.put_handoff(handoff, stage=Stage.QUEUED, agent_id=None, offer_expires_at=None, passed=passed)


def accept(draft: Draft, handoff: Handoff, agent: Agent, texts: Texts) -> Handoff:
    """Give the session to the agent whom it is offered to; the customer reads who has joined."""
    draft.move(Move.ACCEPT, agent_id=agent.id, agent_name=agent.shown_name)
    waited_s = round((draft.now - handoff.requested_at).total_seconds(), 3)
    trace(draft, handoff, "accepted", agent.id, waited_s=waited_s)
    _notice(draft, texts, "joined", name=agent.shown_name)
    return draft.put_handoff(handoff, stage=Stage.ACCEPTED, agent_id=agent.id, accepted_at=draft.now, offer_expires_at=None)


def transfer(
    draft: Draft, old: Handoff | None, queue: QueueName, rules: Queue, packet: HandoffPacket, texts: Texts, *,
    wanted: AgentId | None = None,
) -> Handoff:  # fmt: skip
    """Put a running session back into a queue, for another agent; `packet.reason` says why. Whoever had it is asked last."""
    left_by, name = draft.session.agent_id, draft.session.agent_name
    is_gone = packet.reason is Reason.AGENT_GONE
    due_at = draft.session.due_at or (draft.now + HANDED_ON_WITHIN if draft.is_letter else None)
    new = Handoff(
        id=HandoffId(draft.ids.new()), session_id=draft.session.id, channel=draft.session.channel, queue=queue, stage=Stage.QUEUED,
        reason=packet.reason, requested_at=draft.now, priority=rules.priority + (AGENT_GONE_MINUTES if is_gone else TRANSFER_MINUTES),
        due_at=due_at, units=max(1, old.units) if old else 1, language=draft.session.language, packet=packet, wanted_agent=wanted,
        is_callback=not draft.is_heard,
        passed=(left_by,) if left_by and left_by != wanted else (),
    )  # fmt: skip
    complete(draft, old)
    draft.move(Move.TRANSFER, queue=queue, handoff_id=new.id, agent_id=None, agent_name=None)
    trace(draft, new, "queued", reason=packet.reason.value, queue=queue, left_by=left_by, wanted=wanted, priority=new.priority)
    _notice(draft, texts, "agent_gone" if is_gone else "transferred", name=name or "")
    return draft.put_handoff(new)


def put_back(draft: Draft, old: Handoff | None, queue: QueueName, packet: HandoffPacket) -> Handoff:
    """Put a caller whose agent's phone failed back where they were: whoever came later stays behind them. That agent is asked last."""
    left_by = draft.session.agent_id
    passed = old.passed if old else ()
    new = Handoff(
        id=HandoffId(draft.ids.new()), session_id=draft.session.id, channel=draft.session.channel, queue=queue, stage=Stage.QUEUED,
        reason=packet.reason, requested_at=old.requested_at if old else draft.now, priority=old.priority if old else 0.0,
        units=max(1, old.units) if old else 1, language=draft.session.language, packet=packet,
        passed=(*passed, left_by) if left_by and left_by not in passed else passed, is_callback=not draft.is_heard, waits_since=draft.now,
    )  # fmt: skip
    complete(draft, old)
    draft.move(Move.TRANSFER, queue=queue, handoff_id=new.id, agent_id=None, agent_name=None)
    trace(draft, new, "queued", reason=packet.reason.value, queue=queue, left_by=left_by, priority=new.priority)
    return draft.put_handoff(new)


def take_over(draft: Draft, old: Handoff | None, agent: Agent, packet: HandoffPacket, texts: Texts) -> None:
    """Give a colleague's running session to this agent at once.

    The new entry has no `accepted_at`: nobody has waited in a queue, and the waiting times that customers are told should not say so.
    """
    queue = draft.session.queue or (old.queue if old else QueueName("default"))
    new = Handoff(
        id=HandoffId(draft.ids.new()), session_id=draft.session.id, channel=draft.session.channel, queue=queue, stage=Stage.ACCEPTED,
        reason=Reason.TRANSFER, requested_at=draft.now, units=old.units if old else 1, language=draft.session.language, packet=packet,
        wanted_agent=agent.id, agent_id=agent.id,
    )  # fmt: skip
    left_by = draft.session.agent_id
    complete(draft, old)
    draft.move(Move.TRANSFER, queue=queue, handoff_id=new.id, agent_id=None, agent_name=None)
    draft.move(Move.OFFER)
    draft.move(Move.ACCEPT, agent_id=agent.id, agent_name=agent.shown_name)
    trace(draft, new, "taken_over", agent.id, left_by=left_by)
    _notice(draft, texts, "joined", name=agent.shown_name)
    draft.put_handoff(new)


def reach(draft: Draft, agent: Agent, queue: QueueName, packet: HandoffPacket, *, what: str = "reached", **why: Any) -> None:
    """Give a session that is nobody's, or the bot's, to the agent who writes to the customer there of their own accord.

    As in `take_over` nobody has waited; and nobody is told who has joined: the agent speaks at once. By mail the customer then has the
    word, and the agent's hands are free.
    """
    new = Handoff(
        id=HandoffId(draft.ids.new()), session_id=draft.session.id, channel=draft.session.channel, queue=queue, stage=Stage.ACCEPTED,
        reason=packet.reason, requested_at=draft.now, units=0 if draft.is_letter else 1, language=draft.session.language, packet=packet,
        wanted_agent=agent.id, agent_id=agent.id,
    )  # fmt: skip
    draft.move(Move.HAND_OFF, queue=queue, handoff_id=new.id, agent_id=None, agent_name=None)
    draft.move(Move.OFFER)
    draft.move(Move.ACCEPT, agent_id=agent.id, agent_name=agent.shown_name)
    trace(draft, new, what, agent.id, **why)
    draft.put_handoff(new)


def return_to_bot(draft: Draft, handoff: Handoff | None, texts: Texts) -> None:
    """Give the session back to the bot, which starts afresh: it is neither silent, nor does it hand off again for what is past."""
    name = draft.session.agent_name or ""
    complete(draft, handoff)
    memory = cases.fresh_memory(draft.session.memory)
    draft.move(Move.RETURN_TO_BOT, agent_id=None, agent_name=None, memory=memory, answered_by=None, answered_agent_id=None)
    _notice(draft, texts, "returned", name=name)


def complete(draft: Draft, handoff: Handoff | None) -> None:
    """The agent's part is over: their units are free."""
    if handoff is not None and handoff.stage is Stage.ACCEPTED:
        draft.put_handoff(handoff, stage=Stage.COMPLETED, ended_at=draft.now)


def cancel(draft: Draft, handoff: Handoff | None) -> None:
    """The entry leaves the queue without having found anybody: its session is over."""
    if handoff is not None and handoff.stage in (Stage.QUEUED, Stage.OFFERED):
        trace(draft, handoff, "failed", failure=Failure.CANCELLED.value)
        draft.put_handoff(handoff, stage=Stage.FAILED, failure=Failure.CANCELLED, ended_at=draft.now, offer_expires_at=None)


def give_up(
    draft: Draft, handoff: Handoff, failure: Failure, why_nobody: str, texts: Texts, *, bot_name: str, contact: Contact | None,
    known: Case | None, is_answered_here: bool,
) -> None:  # fmt: skip
    """Nobody has taken it: a case is opened (or the session's open one stands), the customer told and asked where to answer."""
    waited_s = round((draft.now - handoff.requested_at).total_seconds(), 3)
    trace(draft, handoff, "failed", failure=failure.value, waited_s=waited_s)
    draft.put_handoff(handoff, stage=Stage.FAILED, failure=failure, ended_at=draft.now, agent_id=None, offer_expires_at=None)
    draft.move(Move.GIVE_UP)
    case = known or cases.open_case(draft, handoff, failure.value, contact)
    said = notices.together(
        draft.session.language, why_nobody, cases.ask_for_contact(draft, case, texts, is_answered_here=is_answered_here)
    )
    draft.say(Author.BOT, (Text(said),), name=bot_name)


def has_spoken(draft: Draft, handoff: Handoff | None) -> None:
    """The agent has written a mail: until its customer writes again, be it days later, it takes nothing of the agent's hands."""
    if draft.is_letter and handoff is not None and handoff.stage is Stage.ACCEPTED and handoff.units:
        draft.put_handoff(handoff, units=0)


def is_answered(draft: Draft, handoff: Handoff | None) -> None:
    """The customer has written back to an agent's mail: it is work again, also for hands that are full."""
    if draft.is_letter and handoff is not None and handoff.stage is Stage.ACCEPTED and not handoff.units:
        draft.put_handoff(handoff, units=1)


def tell_delay(draft: Draft, handoff: Handoff, texts: Texts) -> Handoff:
    """Say once that the answer takes longer than was told."""
    draft.say(Author.SYSTEM, (Text(promises.delayed(texts, draft.session.language, draft.session.id)),))
    trace(draft, handoff, "delay_told", told_until=handoff.told_until and handoff.told_until.isoformat())
    return draft.put_handoff(handoff, told_until=None)


def is_overdue(session: Session, now: datetime) -> bool:
    """Whether a promised time has passed, and that is not on record yet."""
    return session.due_at is not None and session.due_at <= now and not session.is_late


def miss(draft: Draft, handoff: Handoff) -> None:
    """The promised time has passed without an answer: on record once."""
    due_at = draft.session.due_at
    draft.set(is_late=True)
    trace(draft, handoff, PROMISE_MISSED, draft.session.agent_id, due_at=due_at and due_at.isoformat())


def _notice(draft: Draft, texts: Texts, key: str, **values: str) -> None:
    """Words in passing. By mail they are left out: nobody waits for an agent to join, and each would be a mail."""
    if draft.is_letter:
        return
    worded = notices.worded(key, is_call=draft.is_call)
    draft.say(Author.SYSTEM, (Text(texts.say(worded, draft.session.language, **values)),))
