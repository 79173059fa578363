"""What drivers with raw sound both ways do besides: silence at a word, what is said and heard, hold, music, recordings."""

from adapters.phone.driver import (
    Bridged,
    Ended,
    Hearing,
    Held,
    Parted,
    Reached,
    Ringing,
    Sound,
)
from tests.contract.phone_driver_kit import DriverKit
from tests.contract.phone_lines import Call, Line, loud_s, spoken, still, until


class StreamingKit(DriverKit):
    """What drivers with raw sound both ways do as well."""

    async def test_silence_is_there_at_once_and_says_what_was_heard(self, line: Line, call: Call) -> None:
        await call.say("a", 3.0)
        await call.say("b", 3.0)
        await until(line, lambda: line.heard_s() >= 0.5, "the first words")
        heard_ms = await call.leg.flush()
        await still(line)
        assert 300 <= heard_ms < 3_000
        assert -0.2 <= heard_ms / 1_000 - line.heard_s() <= line.lost_max_s
        assert not call.all(Reached)
        await call.say("c")
        await call.until(Reached)
        assert call.all(Reached) == [Reached("c")]

    async def test_silence_counts_from_the_last_mark(self, line: Line, call: Call) -> None:
        await call.say("a", 0.4)
        await call.say("b", 3.0)
        await call.until(Reached)
        await until(line, lambda: line.heard_s() >= 0.9, "more words")
        heard_ms = await call.leg.flush()
        await still(line)
        assert -0.2 <= heard_ms / 1_000 - (line.heard_s() - 0.4) <= line.lost_max_s

    async def test_silence_where_nothing_is_said_is_nothing(self, line: Line, call: Call) -> None:
        assert await call.leg.flush() == 0

    async def test_what_the_caller_says_is_heard_where_it_is_asked_for(self, line: Line, call: Call) -> None:
        await line.say(0.3)
        await line.pass_time(0.5)
        assert not call.all(Sound)
        await call.leg.hear(Hearing(speech=True))
        await line.pass_time(0.1)
        await spoken(line, line.say, until_so=lambda: loud_s(call.sound) >= 0.4, what="half a second of speech")
        await call.leg.hear(None)
        await call.leg.flush()
        await line.pass_time(0.1)
        count = len(call.all(Sound))
        await line.say(0.3)
        await line.pass_time(0.3)
        assert len(call.all(Sound)) == count

    async def test_a_hold_is_told_and_its_end(self, line: Line, call: Call) -> None:
        await line.hold(is_on=True)
        assert (await call.until(Held)).is_on
        await line.hold(is_on=False)
        assert not (await call.until(Held, 2)).is_on
        assert len(call.all(Held)) == 2

    async def test_music_goes_on_until_it_is_stopped_and_lets_words_through(self, line: Line, call: Call) -> None:
        await call.leg.music(is_on=True)
        await until(line, lambda: line.heard_s() >= 0.6, "music")
        await call.say("you are the second", 0.4)
        await call.until(Reached)
        heard_s = line.heard_s()
        await until(line, lambda: line.heard_s() - heard_s >= 0.4, "music again")
        await call.leg.music(is_on=False)
        await still(line)

    async def test_an_agent_and_the_caller_hear_each_other_and_no_music(self, line: Line, call: Call) -> None:
        await call.leg.music(is_on=True)
        line.agent("answers")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Bridged)
        assert [type(event) for event in call.told] in ([Ringing, Bridged], [Bridged])
        await still(line)
        heard_s, agent_s = line.heard_s(), line.agent_heard_s()
        await spoken(line, line.agent_says, until_so=lambda: line.heard_s() - heard_s >= 0.2, what="the agent's words")
        await spoken(line, line.say, until_so=lambda: line.agent_heard_s() - agent_s >= 0.2, what="the caller's words")

    async def test_music_is_the_hold_of_an_agent_and_over_those_who_talk_nothing_is_said(self, line: Line, call: Call) -> None:
        line.agent("answers")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Bridged)
        await still(line)
        heard_s = line.heard_s()
        await call.say("over them", 0.2)
        await line.pass_time(0.3)
        assert line.heard_s() - heard_s <= 0.1
        await call.leg.music(is_on=True)
        await call.say("one moment", 0.2)
        await call.until(Reached)
        assert call.all(Reached) == [Reached("one moment")]
        heard_s, agent_s = line.heard_s(), line.agent_heard_s()
        await line.say(0.3)
        await until(line, lambda: line.heard_s() - heard_s >= 0.4, "music")
        assert line.agent_heard_s() == agent_s
        await call.leg.music(is_on=False)
        await still(line)
        heard_s, agent_s = line.heard_s(), line.agent_heard_s()

        def both_are_heard() -> bool:
            return line.heard_s() - heard_s >= 0.2 and line.agent_heard_s() - agent_s >= 0.2

        await spoken(line, line.say, line.agent_says, until_so=both_are_heard, what="both to be heard")
        await call.leg.music(is_on=True)
        await line.agent_hangs_up()
        assert (await call.until(Parted)).why == "hung_up"
        heard_s = line.heard_s()
        await until(line, lambda: line.heard_s() - heard_s >= 0.3, "music still")

    async def test_an_agent_may_be_let_go_of(self, line: Line, call: Call) -> None:
        line.agent("answers")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Bridged)
        await call.leg.part()
        assert (await call.until(Parted)).why == "hung_up"
        assert line.is_on_line()
        line.agent("rings")
        await call.leg.bridge(line.phone, 20.0)
        await call.until(Ringing, len(call.all(Ringing)) + 1)
        await call.leg.part()
        await call.until(Parted, 2)
        assert line.is_on_line()

    async def test_a_call_is_recorded_on_both_sides_where_that_is_asked_for(self, line: Line, call: Call) -> None:
        await call.leg.record(is_on=True)
        await call.say("a", 0.3)
        await call.until(Reached)
        await line.say(0.3)
        await line.pass_time(0.5)
        await call.leg.record(is_on=False)
        await line.pass_time(0.1)
        await call.say("b", 0.5)
        await call.until(Reached, 2)
        await line.hang_up()
        recording = (await call.until(Ended)).recording
        assert recording is not None
        assert 0.6 - line.lost_max_s <= loud_s(recording) <= 0.8

    async def test_a_call_without_recording_has_none(self, line: Line, call: Call) -> None:
        await line.hang_up()
        assert (await call.until(Ended)).recording is None
