"""A call's webhooks come to any process; one of them has the call, and where it is gone another one goes on with it."""

import asyncio
from dataclasses import replace

from adapters.phone.driver import Digit, Ended, Reached
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


async def test_one_of_several_processes_takes_a_call_and_the_others_leave_it_alone() -> None:
    clock, board = FrozenClock(), Board()
    web, *others = (rig(clock=clock, board=board) for _ in range(3))
    async with others[0].running(), others[1].running():
        cloud = cloud_of(web)
        ringing = asyncio.create_task(cloud.ring())
        await asyncio.wait({taking := asyncio.create_task(one.call()) for one in others}, return_when=asyncio.FIRST_COMPLETED)
        (owner,) = [one for one in others if len(one.driver.calls) == 1]
        (call,) = owner.driver.calls
        await call.hear(KEY)
        caller = await ringing
        cloud.door = next(one for one in others if one is not owner).door
        pressing = asyncio.create_task(caller.press("1"))
        await asyncio.sleep(0.05)
        await call.hangup()
        await pressing
        assert caller.status == "completed"
        taking.cancel()


async def test_where_the_process_that_had_a_call_is_gone_another_goes_on_with_it_as_a_call_of_its_own() -> None:
    clock, board = FrozenClock(), Board()
    first, second = rig(clock=clock, board=board), rig(clock=clock, board=board, pace=HASTY)
    async with second.running():
        async with first.running():
            cloud = cloud_of(first)
            call, caller = await ring(first, cloud, "Hello.")
            cloud.door = second.door
            leases = dict(board.holders)
        board.holders.update(leases)  # it was killed, so its leases go on for a while
        board.is_deaf = True
        pressing = asyncio.create_task(caller.press("1"))
        await asyncio.sleep(0.3)
        assert second.taken.empty()
        board.holders.clear()
        taken = await second.call()
        assert taken.leg.incoming.call == f"{caller.sid}~1"
        assert taken.leg.incoming.number == "+8613800138000"
        await taken.leg.play(speech("We are back."), "m1")
        await taken.leg.hear(KEY)
        await pressing
        assert caller.said == "Hello. We are back."
        assert caller.waited_count > 0
        assert call.seen == []


async def test_a_process_that_is_stopped_gives_its_callers_to_the_next_without_a_word_lost() -> None:
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


async def test_a_call_whose_slot_was_lost_ends_here_and_says_so() -> None:
    clock, board = FrozenClock(), Board()
    one = rig(clock=clock, board=board, pace=HASTY)
    async with one.running():
        call, caller = await ring(one, cloud_of(one), "Hello.")
        board.holders = dict.fromkeys(board.holders, object())
        await one.driver.renew()
        assert await call.ended() == Ended("lost")
        await caller.press("1")  # and is told to come again, until somebody has it
        assert caller.waited_count > 0 or caller.status == "completed"


async def test_leases_are_given_back_when_no_call_needs_them() -> None:
    one = rig()
    async with one.running():
        call, caller = await ring(one, cloud_of(one), "Hello.")
        assert len(one.board.holders) == 1
        await caller.hang_up()
        await call.ended()
        await one.driver.renew()
        assert one.board.holders == {}


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
