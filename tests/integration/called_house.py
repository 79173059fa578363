"""The desk's house with a number on it that people call."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import structs

from config.phone import Phone
from gateway.core.contact import Address, AddressKind
from gateway.core.draft import Draft
from gateway.core.errors import StaleSession
from gateway.core.events import CallStage, Inbound, Said
from gateway.core.handoff import Agent, Case, CaseStatus, Failure, Handoff, Stage
from gateway.core.ids import CaseId, ChannelName, EventKey, HandoffId, Thread, session_id
from gateway.core.parts import Spoken
from gateway.core.session import Call, Move, Session
from gateway.core.signals import signals_of
from handoff import moves
from tests.integration.desk_house import DEFAULT, SETTINGS, House, open_house, packet

LINE = ChannelName("hotline")
NUMBER = "+8613800138000"
PHONE = Phone(dial_prefixes=("+86",), agents={"desk08": "sip:108@10.0.0.2"})


@asynccontextmanager
async def open_called_house(folder: Path, phone: Phone = PHONE) -> AsyncIterator[House]:
    """The application with the number among its channels."""
    async with open_house(folder, structs.replace(SETTINGS, channels={**SETTINGS.channels, LINE: phone})) as house:
        yield house


async def called(
    house: House, *, with_: Agent | None = None, stage: CallStage = CallStage.UP, number: str = NUMBER, **more: Any
) -> Session:
    """Somebody who called just now and wants a person; waits in the queue, or is the agent's."""
    now, thread = house.clock.now(), Thread(number)
    call = Call(id="c1", stage=stage, since=now - timedelta(seconds=40), began_at=now - timedelta(seconds=90), number=number, **more)
    draft = Draft(
        Session(
            id=session_id(LINE, thread, 1), channel=LINE, thread=thread, episode=1, address=Address(AddressKind.PHONE, "", number),
            opened_at=now, state_since=now, is_doubtful=True, call=call,
        ),
        now=now, ids=house.deps.ids, is_pushed=False,
    )  # fmt: skip
    said = Said((Spoken(text="我要查退款", confidence=0.62),))
    event = Inbound(channel=LINE, thread=thread, key=EventKey(f"hotline/{number}/1"), sender=draft.session.address, at=now, event=said)
    draft.hear(event, said.parts)
    handoff = Handoff(
        id=HandoffId(f"h-{number}"), session_id=draft.session.id, channel=LINE, queue=DEFAULT, stage=Stage.QUEUED,
        reason=packet("").reason, requested_at=now, packet=packet("我要查退款"),
    )  # fmt: skip
    draft.move(Move.HAND_OFF, queue=DEFAULT, handoff_id=handoff.id)
    handoff = draft.put_handoff(handoff)
    if with_ is not None:
        moves.accept(draft, moves.offer(draft, handoff, with_.id, 30, (), {}), with_, house.deps.texts)
    return await house.commit(None, draft)


async def stands(house: House, session: Session, stage: CallStage) -> Session:
    """The call comes to another stage, whatever else happens to its session at this moment."""
    while True:
        now = await house.session(session.id)
        assert now.call is not None
        draft = Draft(now, now=house.clock.now(), ids=house.deps.ids, is_pushed=False)
        draft.set(call=structs.replace(now.call, stage=stage, since=house.clock.now()))
        changes = draft.changes()
        (outcome,) = await house.deps.store.commit([changes])
        if outcome is None:
            for topic, payload in signals_of(now, changes):
                await house.deps.bus.signal(topic, payload)
            return draft.session
        assert isinstance(outcome, StaleSession)  # the page has read on, say


async def offered(house: House, session: Session, agent: Agent) -> Session:
    """The call is offered to this agent."""
    handoff = await house.deps.store.handoff(HandoffId(f"h-{session.thread}"))
    assert handoff is not None
    draft = Draft(session, now=house.clock.now(), ids=house.deps.ids, is_pushed=False)
    moves.offer(draft, handoff, agent.id, 30, (), {})
    return await house.commit(session, draft)


def a_case(session: Session, at: datetime) -> Case:
    """What is left to do for a caller."""
    return Case(
        id=CaseId("k1"), number="K-1", session_id=session.id, channel=LINE, subject="退款", packet=packet("我要查退款"), opened_at=at,
        queue=DEFAULT, version=1, status=CaseStatus.OPEN, reason=Failure.CLOSED_HOURS, phone=session.call.number if session.call else None,
    )  # fmt: skip
