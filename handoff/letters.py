"""A mail on its way to people: into the line, with what its sender is promised. Pure."""

from datetime import datetime

import msgspec
from msgspec import Struct, structs

from gateway.core.decision import Decision
from gateway.core.draft import Draft
from gateway.core.handoff import Handoff, Stage
from gateway.core.message import Author
from gateway.core.parts import Text
from gateway.core.session import Move, Session
from gateway.core.texts import Texts
from handoff import moves, promises
from handoff.promises import Outlook


class _Headed(Struct):
    """The one part of an addressing that lists show: the rest of it is skipped."""

    subject: str = ""


def subject_of(session: Session) -> str:
    """The subject of a session's newest mail; "" where there is none, and on every other channel."""
    if not session.addressing.startswith("{"):
        return ""
    try:
        return msgspec.json.decode(session.addressing, type=_Headed).subject
    except msgspec.MsgspecError:
        return ""


def queue(draft: Draft, handoff: Handoff, decision: Decision, outlook: Outlook | None, texts: Texts) -> None:
    """A mail waits in the line at any hour, until somebody answers it: the line is what agents work off, and nothing lies beside it."""
    outlook, language = outlook or Outlook(within_s=0.0), draft.session.language
    draft.move(Move.HAND_OFF, queue=handoff.queue, handoff_id=handoff.id, agent_id=None, agent_name=None)
    due_at = draft.session.due_at or start_clock(draft, handoff, outlook)
    until = promises.answered_by(outlook, due_at, draft.now)
    is_told = until is not None and not draft.session.is_muted
    packet = structs.replace(handoff.packet, due_at=due_at)
    draft.put_handoff(handoff, stage=Stage.QUEUED, due_at=due_at or draft.now, told_until=until if is_told else None, packet=packet)
    moves.trace(
        draft, handoff, "queued", reason=handoff.reason.value, trigger=decision.trigger, priority=handoff.priority, queue=handoff.queue,
        due_at=due_at and due_at.isoformat(),
    )  # fmt: skip
    notice = promises.received(texts, language, draft.session.id, outlook, until, draft.now)
    lead = (Text(decision.lead, markdown=True),) if decision.lead else ()
    draft.say(Author.SYSTEM, (*lead, Text("\n\n".join(filter(None, (decision.text, notice))))))


def begin_waiting(draft: Draft, handoff: Handoff, outlook: Outlook, texts: Texts) -> None:
    """Who has written to people waits for them; where those are not there now, it is said when they are back."""
    due_at, calendar, session = start_clock(draft, handoff, outlook), outlook.calendar, draft.session
    if calendar is not None and not calendar.is_open(draft.now):
        until = promises.answered_by(outlook, due_at, draft.now)
        draft.say(Author.SYSTEM, (Text(promises.received(texts, session.language, session.id, outlook, until, draft.now)),))


def start_clock(draft: Draft, handoff: Handoff, outlook: Outlook) -> datetime | None:
    """The customer waits for a person from now on; until when, by the mailbox's promise."""
    due_at = promises.due(outlook, draft.heard_at) if outlook.within_s else None
    if due_at is not None:
        draft.set(due_at=due_at)
        moves.trace(draft, handoff, "promised", due_at=due_at.isoformat(), since=draft.heard_at.isoformat(), seq=draft.session.seq)
    return due_at
