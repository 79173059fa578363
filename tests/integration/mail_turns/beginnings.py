"""How a test of mails as turns begins: the day, and a session brought to where it is to be."""

from datetime import UTC, datetime

from gateway.core.handoff import Agent, AgentStatus, Handoff
from gateway.core.session import Session, State
from tests.integration.mail_floor import MailFloor

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
HOUR = 3600.0


async def brought_to(floor: MailFloor, state: State, thread: str = "t1") -> Session:
    if state is State.BOT:
        return await floor.mail("fees", thread)
    session = await floor.mail("person", thread)
    if state is State.QUEUED:
        return session
    amy = await amy_of(floor)
    await floor.floor.desk.accept(amy, session.id)
    if state is State.WAITING_CUSTOMER:
        await floor.floor.desk.reply(amy, session.id, "Hello")
    return await floor.session(thread)


async def amy_of(floor: MailFloor) -> Agent:
    known = await floor.floor.store.agent_by_name("amy")
    return known or await floor.floor.hire("amy", capacity_units=4, status=AgentStatus.AVAILABLE)


async def entry_of(floor: MailFloor, thread: str = "t1") -> Handoff:
    handoff_id = (await floor.session(thread)).handoff_id
    assert handoff_id is not None
    found = await floor.floor.store.handoff(handoff_id)
    assert found is not None
    return found
