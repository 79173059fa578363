"""Agents, queue entries and sessions for the handoff's tests."""

from datetime import datetime, timedelta
from typing import Any

from gateway.core.contact import Address, AddressKind
from gateway.core.handoff import Agent, AgentStatus, Handoff, HandoffPacket, Reason, Role, Stage
from gateway.core.ids import AgentId, ChannelName, HandoffId, QueueName, Thread, session_id
from gateway.core.session import Session
from tests.fakes import START

SITE = ChannelName("site")
DEFAULT = QueueName("default")


def agent(name: str, **fields: Any) -> Agent:
    """An agent who is connected and available, unless told otherwise."""
    given: dict[str, Any] = {
        "seen_at": START,
        "status": AgentStatus.AVAILABLE,
        "role": Role.AGENT,
        "capacity_units": 4,
        "version": 1,
    } | fields
    return Agent(id=AgentId(name), name=name, shown_name=name.title(), password_hash="", created_at=START, status_since=START, **given)


def packet(**fields: Any) -> HandoffPacket:
    given: dict[str, Any] = {"reason": Reason.EXPLICIT_REQUEST, "trigger": "person", "wish": "转人工", "summary": "转人工"} | fields
    return HandoffPacket(language="zh-CN", seq=1, channel=SITE, channel_type="webchat", **given)


def entry(name: str, *, waited_s: float = 0.0, now: datetime = START, **fields: Any) -> Handoff:
    """A queued entry that has waited so long at `now`."""
    given: dict[str, Any] = {
        "queue": DEFAULT,
        "stage": Stage.QUEUED,
        "reason": Reason.EXPLICIT_REQUEST,
        "packet": packet(),
        "version": 1,
    } | fields
    return Handoff(
        id=HandoffId(name), session_id=session_id(SITE, Thread(name), 1), channel=SITE,
        requested_at=now - timedelta(seconds=waited_s), **given,
    )  # fmt: skip


def session(thread: str = "v1", **fields: Any) -> Session:
    """A thread's first session, with the bot, not yet written."""
    given: dict[str, Any] = {"opened_at": START, "state_since": START} | fields
    return Session(
        id=session_id(SITE, Thread(thread), 1), channel=SITE, thread=Thread(thread), episode=1,
        address=Address(AddressKind.VISITOR, "site", thread), **given,
    )  # fmt: skip
