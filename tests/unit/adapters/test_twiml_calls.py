"""A call in a cloud, from its first webhook to its end, as a caller and as the call's follower have it."""

import asyncio

import pytest

from adapters.phone.driver import Digit, Ended, Hearing, Incoming, LegEvent, Nothing, Reached, Understood
from adapters.phone.twiml.sounds import Sounds
from gateway.core.errors import Forged
from tests.peers.twiml.cloud import PUBLIC
from tests.peers.twiml.rig import KEY, WORDS, Followed, cloud_of, rig, ring, speech


async def taken(call: Followed, count: int) -> list[LegEvent]:
    return [await call.next() for _ in range(count)]


async def test_a_caller_hears_what_is_played_and_presses_a_key() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "Hello.", "Press 1.")
        assert call.leg.incoming == Incoming(call=caller.sid, number="+8613800138000", dialled="+12025550100")
        assert caller.heard == ["Hello.", "Press 1."]
        pressing = asyncio.create_task(caller.press("1"))
        assert await taken(call, 3) == [Reached("m1"), Reached("m2"), Digit("1")]
        await call.leg.play(speech("Goodbye."), "m3")
        await call.leg.hangup()
        await pressing
        assert caller.said == "Hello. Press 1. Goodbye."
        assert await call.ended() == Ended("by_us", {"seconds": 42, "turns": 2})


async def test_a_callers_number_may_be_withheld_and_headers_of_sip_come_along() -> None:
    async with rig().running() as one:
        cloud = cloud_of(one)
        for number in ("+266696687", "+86282452253", "anonymous", ""):
            call, _ = await ring(one, cloud, number=number, SipHeader_X_Branch="7", StirVerstat="TN-Validation-Passed-A")
            assert (call.leg.incoming.number, dict(call.leg.incoming.headers)) == (
                "", {"X_Branch": "7", "stir": "TN-Validation-Passed-A"},
            )  # fmt: skip
            await call.leg.hangup()


@pytest.mark.parametrize(
    ("said", "confidence", "understood"),
    [("退款多久到账", 0.87, 0.87), ("退款", None, 0.6), ("退款", 0.0, 0.6), ("退款", 7.0, 1.0), ("退款", float("nan"), 0.6)],
)
async def test_words_come_with_the_confidence_that_the_cloud_gives(said: str, confidence: float | None, understood: float) -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "您好", hearing=WORDS)
        assert caller.listening is not None
        assert dict(caller.listening.items()) | {"action": ""} == {
            "input": "dtmf speech", "action": "", "method": "POST", "numDigits": "1", "finishOnKey": "", "timeout": "6",
            "language": "cmn-Hans-CN", "speechTimeout": "auto", "profanityFilter": "false", "hints": "退款, 物流  快递",
        }  # fmt: skip
        speaking = asyncio.create_task(caller.speak(said, confidence))
        assert await taken(call, 2) == [Reached("m1"), Understood(said, understood)]
        await call.leg.hear(KEY)
        await speaking


async def test_silence_is_told_behind_what_was_heard() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "Are you there?")
        waiting = asyncio.create_task(caller.wait())
        assert await taken(call, 2) == [Reached("m1"), Nothing()]
        await call.leg.hear(KEY)
        await waiting


async def test_a_key_into_a_prompt_ends_it_and_tells_how_much_was_heard() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "Hello.", "This is the long menu of our company, with a great many things in it.")
        pressing = asyncio.create_task(caller.press("#", after_ms=1_500))
        assert await taken(call, 2) == [Reached("m1"), Digit("#")]
        assert await call.leg.flush() == 810  # "Hello." takes about 690 ms
        await call.leg.hear(KEY)
        await pressing


@pytest.mark.parametrize(
    ("pressed", "told"),
    [
        ("1234", [Digit("1"), Digit("2"), Digit("3"), Digit("4")]),
        ("12#", [Digit("1"), Digit("2"), Digit("#")]),
        ("12", [Digit("1"), Digit("2"), Nothing()]),
        ("*2#", [Digit("*"), Digit("2"), Digit("#")]),
        ("#", [Nothing()]),
    ],
)
async def test_several_keys_end_by_their_count_a_key_or_because_no_more_come(pressed: str, told: list[LegEvent]) -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), hearing=Hearing(keys_max_count=4, finish_on="#", silence_s=4))
        pressing = asyncio.create_task(caller.press(pressed))
        assert await taken(call, len(told)) == told
        await call.leg.hear(KEY)
        await pressing


async def test_while_there_is_nothing_to_say_the_cloud_comes_again_and_keys_are_not_lost() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "Hello.")
        await caller.press("1")  # whoever answers takes longer
        assert await taken(call, 2) == [Reached("m1"), Digit("1")]
        assert caller.listening is not None
        assert (caller.listening.get("timeout"), list(caller.listening)) == ("1", [])
        await caller.wait()
        await caller.press("0")
        assert await call.next() == Digit("0")  # no silence was told: nobody had asked for anything
        await call.leg.play(speech("Here it is."), "m2")
        await call.leg.hear(KEY)
        await caller.wait()
        assert caller.said == "Hello. Here it is."
        assert caller.listening.get("timeout") == "6"


async def test_what_is_said_before_it_is_known_what_comes_next_is_heard_meanwhile() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one))
        pressing = asyncio.create_task(caller.press("1"))
        assert await call.next() == Digit("1")
        await call.leg.play(speech("One moment, please."), "m1")
        await pressing
        assert caller.said == "One moment, please."


async def test_what_was_listened_for_is_listened_for_again_where_nobody_says_otherwise() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), hearing=WORDS)
        await caller.press("7")  # whoever follows does not care for this key
        for _ in range(3):
            await caller.wait()
        assert caller.listening is not None
        assert caller.listening.get("input") == "dtmf speech"
        assert await call.next() == Digit("7")


async def test_a_call_that_is_refused_is_never_answered() -> None:
    async with rig().running() as one:
        cloud = cloud_of(one)
        for code, reason in ((486, "busy"), (503, "busy"), (603, "rejected")):
            ringing = asyncio.create_task(cloud.ring())
            call = await one.call()
            await call.leg.reject(code)
            caller = await ringing
            assert (caller.is_rejected, len(caller.answers)) == (reason, 1)
            assert (await call.ended()).why == "by_us"


async def test_a_caller_who_hangs_up_is_gone_and_late_webhooks_start_nothing() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "Hello.")
        await caller.hang_up()
        assert await call.ended() == Ended("hung_up", {"seconds": 42, "turns": 1})
        await call.leg.play(speech("Are you there?"), "m2")
        await call.leg.hear(KEY)
        got = await caller.cloud.post(f"{PUBLIC}/phone/hotline/voice", caller.form(CallStatus="in-progress"))
        assert got.body.count(b"<Hangup") == 1
        assert one.taken.empty()


async def test_a_caller_of_whose_end_nobody_tells_is_missed_after_a_while() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "Hello.")
        await caller.hang_up(is_told=False)
        one.clock.advance(30)
        one.driver.look()
        assert len(call.seen) == 0
        one.clock.advance(30)
        one.driver.look()
        assert await call.ended() == Ended("hung_up", {"noticed": "late", "turns": 1})


async def test_a_webhook_that_comes_again_gets_the_same_answer_and_tells_nothing_twice() -> None:
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "Hello.")
        assert caller.listening is not None
        action = caller.listening.get("action", "")
        form = caller.form(Digits="1")
        first, second = asyncio.create_task(caller.cloud.post(action, form)), asyncio.create_task(caller.cloud.post(action, form))
        assert await call.next() == Digit("1")
        await call.leg.play(speech("Payment."), "m2")
        await call.leg.hear(KEY)
        third = await caller.cloud.post(action, caller.form(Digits="2"))
        assert (await first).body == (await second).body == third.body
        assert b"Payment." in third.body
        again = await caller.cloud.post(f"{PUBLIC}/phone/hotline/voice", caller.form())  # the very first one, late
        assert b"Hello." in again.body
        assert call.seen == [Digit("1")]


async def test_nobody_but_the_cloud_is_believed_nor_the_cloud_about_another_call() -> None:
    async with rig().running() as one:
        cloud = cloud_of(one)
        _, caller = await ring(one, cloud, "Hello.")
        assert caller.listening is not None
        action = caller.listening.get("action", "")
        with pytest.raises(Forged):
            await cloud.post(action.replace("gathered", "dialled"), caller.form(Digits="1"))
        with pytest.raises(Forged):
            await cloud.post(action.replace("/voice", "/status"), caller.form(Digits="1"))
        with pytest.raises(Forged):
            await cloud.post(f"{PUBLIC}/phone/hotline/agent", caller.form(CallStatus="ringing"))
        got = await cloud.post(action, caller.form(Digits="1", CallSid="CA" + "e" * 32))
        assert b"<Hangup" in got.body
        cloud.token = "another"
        with pytest.raises(Forged):
            await cloud.post(action, caller.form(Digits="1"))


async def test_a_follower_that_fails_lets_the_caller_go() -> None:
    one = rig()

    async def fail(_: object) -> None:
        raise ValueError("a bug")

    one.take = fail  # type: ignore[assignment, method-assign]
    async with one.running():
        caller = await cloud_of(one).ring()
        assert caller.status == "completed"


async def test_what_goes_wrong_once_costs_a_second_and_not_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    failures, real = [1], Sounds.lay_out

    async def lay_out(sounds: Sounds, pcm: bytes) -> str:
        if failures:
            failures.pop()
            raise KeyError("a bug")
        return await real(sounds, pcm)

    monkeypatch.setattr("adapters.phone.twiml.sounds.Sounds.lay_out", lay_out)
    async with rig().running() as one:
        call, caller = await ring(one, cloud_of(one), "Hello.")
        pressing = asyncio.create_task(caller.press("0"))
        assert await taken(call, 2) == [Reached("m1"), Digit("0")]
        await call.leg.music(is_on=True)
        await pressing
        assert (caller.waited_count, caller.status) == (1, "in-progress")
        await call.leg.play(speech("Still here."), "m2")
        await call.leg.hear(KEY)
        assert caller.listening is not None
        await caller.wait()
        assert "Still here." in caller.heard


async def test_a_very_long_answer_goes_out_in_several() -> None:
    async with rig().running() as one:
        ringing = asyncio.create_task(cloud_of(one).ring())
        call = await one.call()
        for number in range(30):
            await call.leg.play(speech(f"{number}. " + "这是一句很长的话。" * 120, "zh-CN"), f"m{number}")
        await call.leg.hear(KEY)
        caller = await ringing
        while caller.listening is not None and caller.listening.get("timeout") == "1":
            await caller.wait()
        assert len(caller.answers) > 1
        assert [said.partition(".")[0] for said in caller.heard] == [str(number) for number in range(30)]
