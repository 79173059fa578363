"""A call's events through the real lanes: what lies there together is decided as if each had come alone, also behind a worker that died."""

import asyncio
from pathlib import Path

from gateway.bus import lane_of
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.events import Called, CallStage, Event, Inbound, Played, Said, Visit
from gateway.core.handoff import Stage
from gateway.core.ids import Thread, WorkerId
from gateway.core.parts import Pick, Spoken
from gateway.core.session import State
from gateway.lanes import Lanes
from gateway.turns import Turns
from tests.integration.calls_house import HOTLINE, NUMBER, CallsHouse, calls_house

CALL: list[tuple[Event, str]] = [
    (Called(call="c1", stage=CallStage.UP, number=NUMBER), ""),
    (Said((Spoken(text="I am locked out", confidence=0.9),)), ""),
    (Played(seq=2, heard_ms=10, of_ms=10), ""),
    (Said((Pick(id="person", text="A person", keys="0"),)), "ivr_zero_out"),
    (Called(call="c1", stage=CallStage.CALLBACK, number=NUMBER), ""),
    (Called(call="c1", stage=CallStage.ENDED, why="by_us"), ""),
]


async def _told(house: CallsHouse, event: Event, person: str, key: str) -> None:
    await house.bus.append(
        Inbound(
            channel=HOTLINE, thread=Thread(NUMBER), key=event_key(HOTLINE, key), sender=Address(AddressKind.PHONE, "", NUMBER),
            at=house.clock.now(), event=event, person=person, visit=Visit(locale="en"),
        )
    )  # fmt: skip


async def _handled(house: CallsHouse, name: str) -> None:
    """Let a worker run until the last event is on record."""
    turns = Turns(store=house.store, bus=house.bus, episodes=house.episodes, clock=house.clock, metrics=house.metrics)
    worker = asyncio.create_task(Lanes(house.bus, turns.work, worker=WorkerId(name), lease_s=5).run())
    lane = lane_of(HOTLINE, Thread(NUMBER), house.bus.lane_count)
    async with asyncio.timeout(30):
        while await house.bus.depth(lane):
            await asyncio.sleep(0.01)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)


async def test_a_whole_call_that_waited_in_its_lane_keeps_its_place(tmp_path: Path) -> None:
    async with calls_house(tmp_path) as house:
        await house.hire(capacity_units=0)
        for number, (event, person) in enumerate(CALL):
            await _told(house, event, person, str(number))
        await _handled(house, "one")
        session, handoff = await house.session(), await house.handoff()
        assert (session.state, handoff.stage, handoff.is_callback) == (State.QUEUED, Stage.QUEUED, True)
        assert handoff.packet.wish == "I am locked out"
        assert (await house.messages())[1].why["heard"] == {"ms": 10, "of_ms": 10}
        assert session.call is not None
        assert session.call.wants_callback


async def test_a_call_that_ended_before_anybody_looked_leaves_no_entry_behind(tmp_path: Path) -> None:
    async with calls_house(tmp_path) as house:
        await house.hire(capacity_units=0)
        for number, (event, person) in enumerate([*CALL[:4], (Called(call="c1", stage=CallStage.ENDED, why="hung_up"), "")]):
            await _told(house, event, person, str(number))
            await _told(house, event, person, str(number))
        await _handled(house, "one")
        assert await house.store.open_handoffs() == []
        assert (await house.session()).state is State.CLOSED
