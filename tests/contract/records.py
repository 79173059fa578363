"""Values to be kept, as short as they can be made."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import structs

from gateway.core.changes import Changes, DeadLetter, Settled
from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.handoff import Agent, AuditEvent, Case, CaseStatus, Handoff, HandoffPacket, Reason, Role, Stage
from gateway.core.ids import AgentId, CaseId, HandoffId, Ids, Lane, OutboxId, QueueName, SessionId, Thread, session_id
from gateway.core.message import Author, Outgoing, Status
from gateway.core.parts import Text
from gateway.core.session import Session
from gateway.store import Record
from gateway.store.steps import Fetch, Steps, Write
from tests.events import SITE, said

AT = datetime(2026, 11, 2, 9, 30, 0, 123456, tzinfo=UTC)
QUEUE = QueueName("default")


def later(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def address(thread: str) -> Address:
    return Address(AddressKind.VISITOR, "site", thread)


def new_session(thread: str = "ann", episode: int = 1, *, opened_at: datetime = AT, **fields: Any) -> Session:
    """A session that has not been written yet."""
    return Session(
        id=session_id(SITE, Thread(thread), episode), channel=SITE, thread=Thread(thread), episode=episode, address=address(thread),
        opened_at=opened_at, state_since=opened_at, **fields,
    )  # fmt: skip


def turn(session: Session, text: str, ids: Ids, *, is_pushed: bool = False, cid: str | None = None) -> Changes:
    """A customer's message and the bot's answer."""
    draft = Draft(session, now=AT, ids=ids, is_pushed=is_pushed)
    event = said(session.thread, text, cid)
    heard = draft.hear(event, (Text(text),))
    draft.answering(heard.seq, {"entry": "refund-time"})
    draft.say(Author.BOT, (Text(f"about {text}"),))
    return draft.changes()


def following(session: Session, **fields: Any) -> Session:
    """The session's next version."""
    return structs.replace(session, version=session.version + 1, **fields)


def packet() -> HandoffPacket:
    return HandoffPacket(
        reason=Reason.EXPLICIT_REQUEST, trigger="agent please", wish="agent please", summary="", language="en", seq=1, channel=SITE,
        channel_type="webchat",
    )  # fmt: skip


def handoff(number: int, **fields: Any) -> Handoff:
    values: dict[str, Any] = {
        "stage": Stage.QUEUED, "requested_at": later(number), "version": 1, "queue": QUEUE, "session_id": SessionId(f"session-{number}"),
    }  # fmt: skip
    return Handoff(id=HandoffId(f"handoff-{number}"), channel=SITE, reason=Reason.EXPLICIT_REQUEST, packet=packet(), **values | fields)


def case(number: int, **fields: Any) -> Case:
    values: dict[str, Any] = {"status": CaseStatus.OPEN, "opened_at": later(number), "version": 1, "session_id": SessionId("session-1")}
    return Case(
        id=CaseId(f"case-{number}"), number=f"C-{number}", channel=SITE, subject="refund", reason="no_agent", packet=packet(),
        **values | fields,
    )  # fmt: skip


def agent(name: str, **fields: Any) -> Agent:
    values: dict[str, Any] = {"id": AgentId(f"agent-{name}"), "version": 1}
    return Agent(
        name=name, shown_name=name.title(), role=Role.AGENT, password_hash="$argon2id$", created_at=AT, status_since=AT, **values | fields
    )


def audit_event(number: int) -> AuditEvent:
    return AuditEvent(at=later(number), actor="command", action="agent.add", subject=f"agent-{number}", detail={"role": "agent", "n": 1})


def letter(number: int) -> DeadLetter:
    return DeadLetter(
        id=f"letter-{number}", lane=Lane(3), event=said("ann", f"text {number}"), error="ValueError in decide", at=later(number), attempts=5
    )


def settled(outgoing: Outgoing, token: int, status: Status = Status.SENT, **fields: Any) -> Settled:
    return Settled(id=OutboxId(outgoing.id), session_id=outgoing.session_id, seq=outgoing.message.seq, status=status, token=token, **fields)


async def rows(store: Record, sql: str, *args: Any) -> list[tuple[Any, ...]]:
    """What lies in the database itself."""

    def steps() -> Steps[list[tuple[Any, ...]]]:
        return [tuple(row) for row in (yield Fetch(sql, args))]

    return await store._read(steps())


async def tamper(store: Record, sql: str) -> None:
    """Change the database behind the store's back."""

    def steps() -> Steps[None]:
        yield Write(sql)

    await store._write(steps)
