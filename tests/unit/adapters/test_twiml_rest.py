"""What a call in a cloud can do where its REST interface may be called: be interrupted, be recorded, leave a message, be made by us."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from adapters.phone.driver import Bridged, Digit, Ended, LegEvent, LineFailed, Message, Parted, Reached, Ringing, Transferred
from config.phone import Twiml
from tests.peers.processes import free_port
from tests.peers.twiml.call import ACCOUNT
from tests.peers.twiml.cloud import TOKEN, Cloud
from tests.peers.twiml.rig import KEY, Followed, Rig, cloud_of, rig, ring, speech
from tests.peers.twiml.wav import wav

AGENT = "+12025550107"


@asynccontextmanager
async def served(account: str = "") -> AsyncIterator[tuple[Rig, Cloud]]:
    """A driver and a cloud that serves REST."""
    port = free_port()
    twiml = Twiml(auth_token=TOKEN, api_base=f"http://127.0.0.1:{port}", caller_id="+12025550100", account=account)
    one = rig(twiml=twiml)
    cloud = cloud_of(one)
    runner = web.AppRunner(cloud.api())
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        async with one.running():
            yield one, cloud
    finally:
        await runner.cleanup()


async def taken(call: Followed, count: int) -> list[LegEvent]:
    return [await call.next() for _ in range(count)]


async def test_whoever_waits_hears_music_can_press_keys_and_is_interrupted_when_the_agent_is_ready() -> None:
    async with served() as (one, cloud):
        call, caller = await ring(one, cloud, "Hello.")
        pressing = asyncio.create_task(caller.press("0"))
        assert await taken(call, 2) == [Reached("m1"), Digit("0")]
        await call.leg.play(speech("You are number 2."), "m2")
        await call.leg.music(is_on=True)
        await pressing
        assert caller.heard[1] == "You are number 2."
        assert caller.heard[2].startswith("https://help.example.com/phone/hotline/audio/")
        await caller.wait()
        assert await call.next() == Reached("m2")
        assert caller.heard[3].endswith(".wav")
        pressing = asyncio.create_task(caller.press("1", after_ms=4_000))
        assert await call.next() == Digit("1")
        await pressing
        await call.leg.bridge(AGENT, 25)
        await caller.turn()
        assert caller.heard[-1] == f"rings {AGENT}"
        assert caller.dialling is not None
        assert (caller.dialling.get("timeout"), caller.dialling.get("callerId"), caller.dialling[0].tag) == ("25", "+12025550100", "Number")
        for news in ("ringing", "in-progress", "ringing"):
            await caller.agent(news)
        ending = asyncio.create_task(caller.agent("completed"))
        assert await taken(call, 3) == [Ringing(), Bridged(), Parted("hung_up")]
        await call.leg.play(speech("Goodbye."), "m3")
        await call.leg.hangup()
        await ending
        assert (await call.ended()).why == "by_us"


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ("busy", [Parted("busy")]), ("no-answer", [Parted("no_answer")]), ("failed", [Parted("unreachable")]),
        ("canceled", [Parted("no_answer")]), ("completed", [Bridged(), Parted("hung_up")]),
    ],
)  # fmt: skip
async def test_an_agents_phone_that_does_not_answer_gives_the_caller_back(ends: str, told: list[LegEvent]) -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one))
        pressing = asyncio.create_task(caller.press("0"))
        await call.next()
        await call.leg.bridge("sip:107@pbx.example.com", 25)
        await pressing
        ending = asyncio.create_task(caller.agent(ends))
        assert await taken(call, len(told)) == told
        await call.leg.music(is_on=True)
        await ending
        assert caller.status == "in-progress"


async def test_a_target_that_no_cloud_can_ring_is_refused_before_anything_is_said() -> None:
    async with rig().running() as one:
        call, _ = await ring(one, cloud_of(one))
        for target in ("PJSIP/107", "107", "sip:107@pbx.example.com/><Hangup", "+86 138", ""):
            with pytest.raises(LineFailed) as caught:
                await call.leg.bridge(target, 25)
            assert caught.value.code == "unable"
            with pytest.raises(LineFailed):
                await call.leg.transfer(target)


async def test_a_caller_is_handed_over_for_good_once_the_other_side_answers() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one))
        pressing = asyncio.create_task(caller.press("0"))
        await call.next()
        await call.leg.transfer(AGENT)
        await pressing
        await caller.agent("in-progress")
        assert await call.next() == Transferred()
        assert (await call.ended()).why == "transferred"
        await caller.agent("completed")
        assert caller.status == "completed"


async def test_the_other_side_is_let_go_and_the_caller_stays() -> None:
    async with served() as (one, cloud):
        call, caller = await ring(one, cloud)
        pressing = asyncio.create_task(caller.press("0"))
        await call.next()
        await call.leg.bridge(AGENT, 25)
        await pressing
        await call.leg.part()
        parting = asyncio.create_task(caller.turn())
        assert await call.next() == Parted("no_answer")
        await call.leg.play(speech("Please stay on the line."), "m1")
        await call.leg.hear(KEY)
        await parting
        assert caller.heard[-1] == "Please stay on the line."


async def test_a_message_is_fetched_by_rest_and_never_from_where_the_webhook_says() -> None:
    async with served() as (one, cloud):
        call, caller = await ring(one, cloud)
        pressing = asyncio.create_task(caller.press("2"))
        await call.next()
        await call.leg.play(speech("Speak after the tone."), "m1")
        await call.leg.take_message(120)
        await pressing
        assert caller.heard == ["Speak after the tone.", "tone"]
        leaving = asyncio.create_task(caller.leave(wav(b"\x10\x20" * 8_000)))
        assert await call.next() == Reached("m1")
        message = await call.next()
        assert isinstance(message, Message)
        assert abs(len(message.pcm) - 16_000) < 4
        await call.leg.hangup()
        await leaving
        assert [path for _, path, _ in cloud.asked] == [f"/Recordings/RE{1:032x}.wav"]


async def test_whoever_hangs_up_behind_a_message_has_left_it() -> None:
    async with served() as (one, cloud):
        call, caller = await ring(one, cloud)
        pressing = asyncio.create_task(caller.press("2"))
        await call.next()
        await call.leg.take_message(120)
        await pressing
        caller.status = "completed"
        await caller.tell()  # the end may be told first
        await caller.leave(wav(b"\x10\x20" * 800), is_hanging_up=True)
        message, ended = await taken(call, 2)
        assert isinstance(message, Message)
        assert len(message.pcm) > 1_000
        assert ended == Ended("hung_up", {"seconds": 42, "turns": 2})


async def test_a_message_without_a_word_is_empty_and_one_that_cannot_be_had_too() -> None:
    async with served() as (one, cloud):
        call, caller = await ring(one, cloud)
        for content in (b"", b"no sound at all"):
            pressing = asyncio.create_task(caller.press("2"))
            assert await call.next() == Digit("2")
            await call.leg.take_message(120)
            await pressing
            leaving = asyncio.create_task(caller.leave(content))
            assert await call.next() == Message(b"")
            await call.leg.hear(KEY)
            await leaving


async def test_the_whole_call_is_recorded_and_the_recording_comes_with_its_end() -> None:
    async with served() as (one, cloud):
        call, caller = await ring(one, cloud, "This call is recorded.")
        await call.leg.record(is_on=True)
        pressing = asyncio.create_task(caller.press("1"))
        await call.next()
        await call.leg.hear(KEY)
        await pressing
        cloud.recordings["RE" + "1" * 32] = wav(b"\x10\x20" * 80)
        async with asyncio.timeout(30):
            while not any(path.endswith("/Recordings.json") for _, path, _ in cloud.asked):
                await asyncio.sleep(0.01)
        await caller.hang_up()
        ended = await call.ended()
        assert ended.recording is not None
        assert len(ended.recording) == 160


async def test_without_an_account_what_needs_rest_says_so() -> None:
    async with rig(twiml=Twiml(auth_token=TOKEN, signing="signalwire")).running() as one:
        assert (one.driver.abilities.dial, one.driver.abilities.record) == (False, False)
        call, _ = await ring(one, cloud_of(one))
        with pytest.raises(LineFailed):
            await call.leg.take_message(60)
        with pytest.raises(LineFailed):
            await one.driver.dial(AGENT, caller_id="", ring_s=20)


async def test_somebody_is_called_and_answers() -> None:
    async with served(account=ACCOUNT) as (one, cloud):
        leg = await one.driver.dial(AGENT, caller_id="", ring_s=20)
        call = Followed(leg)
        following = asyncio.create_task(call.follow())
        ((_, path, form),) = cloud.asked
        assert (path, form["To"], form["From"], form["Timeout"]) == ("/Calls.json", AGENT, "+12025550100", "20")
        (caller,) = cloud.calls.values()
        taking = asyncio.create_task(caller.take())
        assert await call.next() == Bridged()
        await leg.play(speech("A customer wants to talk to you."), "m1")
        await leg.bridge("+8613800138000", 20)
        await taking
        assert caller.heard == ["A customer wants to talk to you.", "rings +8613800138000"]
        await caller.hang_up()
        assert (await call.ended()).why == "hung_up"
        await following


async def test_a_call_that_we_make_may_be_given_up_while_it_rings() -> None:
    async with served(account=ACCOUNT) as (one, cloud):
        call = Followed(await one.driver.dial(AGENT, caller_id="", ring_s=20))
        following = asyncio.create_task(call.follow())
        await call.leg.hangup()
        (caller,) = cloud.calls.values()
        await caller.turn()
        assert caller.status == "completed"
        assert (await call.ended()).why == "by_us"
        await following


@pytest.mark.parametrize(("status", "why"), [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "unreachable")])
async def test_somebody_is_called_who_does_not_answer(status: str, why: str) -> None:
    async with served(account=ACCOUNT) as (one, cloud):
        call = Followed(await one.driver.dial(AGENT, caller_id="", ring_s=20))
        following = asyncio.create_task(call.follow())
        (caller,) = cloud.calls.values()
        caller.status = status
        await caller.tell()
        assert (await call.ended()).why == why
        await following


@pytest.mark.parametrize(("status", "code"), [(401, "forbidden"), (400, "refused"), (429, "busy"), (500, "unreachable")])
async def test_a_call_that_the_cloud_does_not_make_says_why(status: int, code: str) -> None:
    async with served(account=ACCOUNT) as (one, cloud):
        cloud.refuses = status
        with pytest.raises(LineFailed) as caught:
            await one.driver.dial(AGENT, caller_id="", ring_s=20)
        assert caught.value.code == code
        assert TOKEN not in str(caught.value)
        health = await one.driver.health()
        assert (health.is_up, health.trouble) == (False, code)
