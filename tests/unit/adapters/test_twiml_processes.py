"""A call's webhooks come to any process; one of them has the call, and where it is gone another one goes on with it."""

import asyncio
from dataclasses import replace

from adapters.phone.driver import Digit, Reached
from tests.fakes import FrozenClock
from tests.peers.twiml.cloud import PUBLIC
from tests.peers.twiml.rig import KEY, QUICK, Board, cloud_of, rig, ring, speech

HASTY = replace(QUICK, asking_s=0.05)
"""Whoever asks in vain learns it soon."""


async def test_a_process_that_only_serves_the_web_passes_webhooks_to_the_one_that_takes_calls() -> None:
    clock, board = FrozenClock(), Board()
    web, listener = rig(clock=clock, board=board), rig(clock=clock, board=board)
    async with listener.running():
        cloud = cloud_of(web)
        ringing = asyncio.create_task(cloud.ring())
        call = await listener.call()
        await call.leg.play(speech("Hello."), "m1")
        await call.leg.hear(KEY)
        caller = await ringing
        pressing = asyncio.create_task(caller.press("1"))
        assert [await call.next(), await call.next()] == [Reached("m1"), Digit("1")]
        await call.leg.play(speech("Goodbye."), "m2")
        await call.leg.hangup()
        await pressing
        assert caller.said == "Hello. Goodbye."
        assert (await call.ended()).why == "by_us"
        assert not any(board.readers[topic] for topic in board.readers if "/told/" in topic)


async def test_where_the_process_that_had_a_call_is_gone_another_goes_on_with_it_as_a_call_of_its_own() -> None:
    clock, board = FrozenClock(), Board()
    first, second = rig(clock=clock, board=board), rig(clock=clock, board=board, pace=HASTY)
    cloud = cloud_of(first)
    async with first.running():
        call, caller = await ring(first, cloud, "Hello.")
    cloud.door = second.door
    pressing = asyncio.create_task(caller.press("1"))
    async with asyncio.timeout(30):
        while caller.waited_count < 2:  # nobody takes calls for a while
            await asyncio.sleep(0.01)
    async with second.running():
        taken = await second.call()
        assert taken.leg.incoming.call.startswith(f"{caller.sid}~1-")
        assert taken.leg.incoming.number == "+8613800138000"
        await taken.leg.play(speech("We are back."), "m1")
        await taken.leg.hear(KEY)
        await pressing
        assert caller.said == "Hello. We are back."
        assert call.seen == []


async def test_a_process_that_is_stopped_gives_its_callers_to_the_next() -> None:
    clock, board = FrozenClock(), Board()
    first, second = rig(clock=clock, board=board), rig(clock=clock, board=board)
    async with second.running():
        async with first.running():
            cloud = cloud_of(first)
            _, caller = await ring(first, cloud, "Hello.")
            pressing = asyncio.create_task(caller.press("1"))  # whoever follows thinks about it
            await asyncio.sleep(0.05)
            cloud.door = second.door
        taken = await second.call()
        await taken.leg.hear(KEY)
        await pressing
        assert caller.status == "in-progress"
        assert caller.listening is not None


async def test_where_nobody_takes_calls_the_caller_is_told_in_the_end() -> None:
    caller = await cloud_of(rig(pace=HASTY)).ring()
    assert (caller.status, caller.waited_count) == ("completed", 8)
    chinese, english = caller.heard
    assert "抱歉" in chinese
    assert "sorry" in english


async def test_news_that_nobody_waits_for_are_taken_and_forgotten() -> None:
    cloud = cloud_of(rig(pace=HASTY))
    for status in ("completed", "no-answer", "in-progress"):
        form = {"CallSid": "CA" + "9" * 32, "CallStatus": status}
        assert (await cloud.post(f"{PUBLIC}/phone/hotline/status", form)).status == 204


async def test_a_call_that_begins_again_in_the_middle_is_a_call_of_its_own() -> None:
    """A cloud whose webhook failed may go to its first address once more."""
    async with rig().running() as one:
        cloud = cloud_of(one)
        ringing = asyncio.create_task(cloud.ring(CallStatus="in-progress"))
        call = await one.call()
        assert call.leg.incoming.call.startswith("CA00000000000000000000000000000001~0-")
        await call.leg.hear(KEY)
        await ringing


async def test_signals_that_cannot_be_read_and_a_bus_that_is_away_stop_no_call() -> None:
    clock, board = FrozenClock(), Board()
    board.failures = 1
    web, listener = rig(clock=clock, board=board), rig(clock=clock, board=board)
    async with listener.running():
        call, caller = await ring(listener, cloud_of(listener), "Hello.")
        async with asyncio.timeout(30):
            while not board.readers.get("phone/hotline/hooks"):
                await asyncio.sleep(0.01)
        await board.signal("phone/hotline/hooks", b"\xff what an older version says")
        caller.cloud.door = web.door
        pressing = asyncio.create_task(caller.press("1"))
        assert [await call.next(), await call.next()] == [Reached("m1"), Digit("1")]
        await call.leg.hear(KEY)
        await pressing
