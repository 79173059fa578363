"""Calls behind an Asterisk as they come, and when sockets, processes and ports are lost."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from adapters.phone.asterisk import recorder
from adapters.phone.asterisk.driver import open_asterisk
from adapters.phone.driver import Bridged, Digit, Ended, Leg, Reached
from config.phone import Asterisk, Phone
from gateway.core.ids import ChannelName
from tests.contract.asterisk_line import MUSIC, AsteriskLine, settings_for, tools_for
from tests.contract.phone_lines import NUMBER, loud_s, until
from tests.integration.asterisk_running import Running, caller_of, sockets_of
from tests.peers.asterisk.media import WebSocketEnd


@pytest.fixture
async def line() -> AsyncIterator[AsteriskLine]:
    async with AsteriskLine() as line:
        yield line


@pytest.fixture
async def running(line: AsteriskLine) -> AsyncIterator[Running]:
    made = Running(line, line.driver)
    await made.up()
    yield made
    await made.stop()


async def test_a_call_brings_its_chinese_name_what_was_dialled_and_what_the_dialplan_adds(running: Running) -> None:
    call = await running.rung(number="+8613800138000", name="上海贸易公司 张", exten="4008", args=("trunk=north", "odd"))
    incoming = call.leg.incoming
    assert (incoming.number, incoming.name, incoming.dialled, incoming.headers) == (
        "+8613800138000", "上海贸易公司 张", "4008", {"trunk": "north"},
    )  # fmt: skip


async def test_fifty_calls_at_once_are_each_answered_and_spoken_to(line: AsteriskLine, running: Running) -> None:
    callers = [line.asterisk.call(f"+86138001380{index:02}") for index in range(50)]
    await running.until(lambda: len(running.calls) == 50, "fifty calls")
    await asyncio.gather(*(call.leg.answer() for call in running.calls))
    for call in running.calls:
        await call.say("a")
    await running.until(lambda: all(call.all(Reached) for call in running.calls), "fifty marks")
    assert all(loud_s(bytes(caller.heard)) == pytest.approx(0.2, abs=0.05) for caller in callers)
    for caller in callers:
        caller.hang_up()
    await running.until(lambda: all(call.all(Ended) for call in running.calls) and not line.left_behind(), "all to be over")


async def test_a_long_answer_fills_no_queue_and_loses_nothing(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    await call.say("a", 40.0)
    await call.say("b" * 300, 1.0)
    end = sockets_of(line.asterisk)[0]
    most = 0
    while len(call.all(Reached)) < 2:
        await line.asterisk.pace.advance(0.2)
        await asyncio.sleep(0.001)
        most = max(most, end.queue.frames_count)
    assert end.queue.dropped_count == 0
    assert most < 900
    assert line.heard_s() == pytest.approx(41.0, abs=0.1)
    assert call.all(Reached)[1].mark == "b" * 300


async def test_a_call_whose_taker_fails_is_not_left_alone(line: AsteriskLine, caplog: pytest.LogCaptureFixture) -> None:
    async def take(leg: Leg) -> None:
        await leg.answer()
        raise ValueError("a mistake")

    task = asyncio.create_task(line.driver.run(take))
    await until(line, lambda: line.driver.is_up, "the Asterisk")
    await line.ring(NUMBER, "")
    await until(line, lambda: not line.is_on_line() and not line.left_behind(), "the call to be over")
    assert "a call was dropped" in caplog.text
    task.cancel()
    await asyncio.wait({task})
    await line.driver.close()


async def test_an_asterisk_without_media_sockets_says_so_and_the_caller_hears_that_it_is_busy(
    line: AsteriskLine, running: Running, caplog: pytest.LogCaptureFixture
) -> None:
    line.asterisk.refuses["externalMedia"] = (501, "The encapsulation and/or transport is not supported")
    call = await running.answered()
    assert (await call.until(Ended)).why == "failed"
    assert caller_of(line).why == 34
    assert not line.is_answered()
    assert any("chan_websocket" in getattr(record, "why", "") for record in caplog.records)


async def test_a_caller_who_is_gone_while_we_answer_has_hung_up(line: AsteriskLine, running: Running) -> None:
    call = await running.rung()
    line.asterisk.refuses[f"channels/{caller_of(line).channel.id}"] = (404, "Channel not found")
    await call.leg.answer()
    assert (await call.until(Ended)).why == "hung_up"


@pytest.mark.parametrize("cause", [38, 102])
async def test_a_caller_whose_network_fails_has_not_hung_up(line: AsteriskLine, running: Running, cause: int) -> None:
    call = await running.answered()
    caller_of(line).hang_up(cause)
    ended = await call.until(Ended)
    assert (ended.why, ended.facts["cause"]) == ("failed", cause)


# Sockets that break


async def test_a_call_goes_on_while_the_events_are_away(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    await line.asterisk.drop_events()
    await running.until(lambda: not running.driver.is_up, "the events to be away")
    caller_of(line).press("12")
    await call.say("a")
    await call.until(Reached)
    await call.until(Digit, 2)
    await running.up()
    caller_of(line).press("3")
    await call.until(Digit, 3)
    assert "".join(event.digit for event in call.all(Digit)) == "123"
    await line.hang_up()
    assert (await call.until(Ended)).why == "hung_up"
    assert len(running.calls) == 1


async def test_a_caller_who_leaves_while_the_events_are_away_is_missed_behind_it(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    await line.asterisk.drop_events()
    await line.hang_up()
    assert (await call.until(Ended)).why == "hung_up"
    await running.until(lambda: not line.left_behind(), "nothing to be left")


async def test_calls_without_us_go_on_in_the_dialplan(line: AsteriskLine, running: Running) -> None:
    await line.asterisk.drop_events()
    await running.until(lambda: not running.driver.is_up, "the events to be away")
    stranded = line.asterisk.call()
    assert line.asterisk.fell_through == [stranded]
    await running.up()
    await running.rung()
    assert len(line.asterisk.fell_through) == 1


async def test_callers_of_a_process_that_died_are_taken_on_by_the_next_and_its_rest_is_cleared(
    line: AsteriskLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder, "FINISH_S", 0.0)  # a dead process waits for nothing
    first = Running(line, line.driver)
    await first.up()
    call = await first.answered()
    await call.leg.record(is_on=True)
    line.agent("answers")
    await call.leg.bridge(line.phone, 20.0)
    await call.until(Bridged)
    first.driver._compare = first.driver._ari.delete = first.driver._ari.post = died  # type: ignore[method-assign]
    await first.stop()
    assert len(line.left_behind()) == 4, "the caller, the agent, the bridge and the recording"
    second = Running(line, open_asterisk(ChannelName("hotline"), settings_for(line.asterisk), tools_for(line.asterisk), music=MUSIC))
    await second.up()
    await second.until(lambda: len(second.calls) == 1, "the caller")
    await line.asterisk.drop_events()
    await second.until(lambda: not second.driver.is_up, "the events to be away")
    await second.until(lambda: line.left_behind() == [caller_of(line).channel.id] and second.driver.is_up, "the rest to be gone")
    found = second.calls[0]
    assert found.leg.incoming.number == "+8613800138000"
    assert found.leg.incoming.call != call.leg.incoming.call
    await found.leg.answer()
    await found.say("a")
    await found.until(Reached)
    await second.stop()


async def died(*_: Any, **__: Any) -> Any:
    """What a killed process asks for: nothing."""
    return None


async def test_a_sound_that_breaks_is_connected_again_and_what_was_not_heard_is_said_again(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    await call.say("a", 0.4)
    await call.say("b", 1.0)
    await call.until(Reached)
    await sockets_of(line.asterisk)[0].close()
    await call.until(Reached, 2)
    assert [event.mark for event in call.all(Reached)] == ["a", "b"]
    await line.hang_up()
    assert (await call.until(Ended)).why == "hung_up"
    await running.until(lambda: not line.left_behind(), "nothing to be left")


async def test_a_sound_that_breaks_again_and_again_is_given_up_and_the_caller_with_it(line: AsteriskLine, running: Running) -> None:
    call = await running.answered()
    broken: list[WebSocketEnd] = []

    def is_there() -> bool:
        return any(end.socket is not None and end not in broken for end in sockets_of(line.asterisk))

    while len(broken) < 4:
        await running.until(is_there, "a socket")
        await line.pass_time(0.1)
        broken.append(sockets_of(line.asterisk)[-1])
        await broken[-1].close()
    assert (await call.until(Ended)).why == "lost"
    await running.until(lambda: not line.is_on_line(), "the caller to be hung up on")


async def test_a_second_program_with_our_name_is_not_fought(line: AsteriskLine, running: Running) -> None:
    taken: list[dict[str, Any]] = []
    for _ in range(3):
        await running.up()
        line.asterisk.exchange.register("frontdesk", taken.append)
        await running.until(lambda: not running.driver.is_up, "to be replaced")
    assert running.driver.health.trouble == "replaced"
    before = running.driver._now()
    await running.up()
    assert running.driver._now() - before >= 1.5, "the distances grow"


async def test_a_wrong_password_is_said_once_and_told_to_nobody(line: AsteriskLine, caplog: pytest.LogCaptureFixture) -> None:
    settings = settings_for(line.asterisk)
    asterisk = Asterisk(**{**_fields(settings.asterisk), "password": "another-s3cret"})
    settings = Phone(**{**_fields(settings), "asterisk": asterisk})
    driver = open_asterisk(ChannelName("hotline"), settings, tools_for(line.asterisk), music=MUSIC)
    running = Running(line, driver)
    await running.until(lambda: driver.health.trouble == "refused", "a refusal")
    await line.pass_time(5.0)
    assert caplog.text.count("does not take our socket") == 1
    assert "another-s3cret" not in caplog.text
    await running.stop()


def _fields(struct: Any) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


async def test_an_asterisk_that_comes_later_is_found_at_growing_distances(line: AsteriskLine) -> None:
    await line.asterisk.stop()
    rests: list[float] = []
    sleep: Callable[[float], Awaitable[None]] = line.asterisk.pace.sleep

    async def noted(seconds: float) -> None:
        rests.append(seconds)
        await sleep(seconds)

    line.driver._sleep = noted
    running = Running(line, line.driver)
    await running.until(lambda: len(rests) == 5, "five tries")
    assert line.driver.health.trouble == "unreachable"
    for rest_s, low_s, high_s in zip(rests, (0.4, 0.8, 1.6, 3.2, 6.4), (0.6, 1.2, 2.4, 4.8, 9.6), strict=True):
        assert low_s <= rest_s <= high_s
    await line.asterisk.start()
    await running.up()
    await running.rung()
    await running.stop()


# Alone


async def test_a_driver_that_was_stopped_runs_again(line: AsteriskLine) -> None:
    for _ in range(2):
        running = Running(line, line.driver)
        await running.up()
        call = await running.answered()
        await call.say("a")
        await call.until(Reached)
        await running.stop()
        assert line.left_behind() == []


async def test_a_port_for_sound_that_is_taken_is_had_once_it_is_free(line: AsteriskLine, caplog: pytest.LogCaptureFixture) -> None:
    taken = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    settings = settings_for(line.asterisk, "audiosocket")
    asterisk = Asterisk(**{**_fields(settings.asterisk), "audiosocket_listen": f"127.0.0.1:{port}"})
    settings = Phone(**{**_fields(settings), "asterisk": asterisk})
    running = Running(line, open_asterisk(ChannelName("hotline"), settings, tools_for(line.asterisk), music=MUSIC))
    await running.until(lambda: running.driver.health.trouble == "unable", "trouble")
    taken.close()
    await running.up()
    call = await running.answered()
    await call.say("a")
    await call.until(Reached)
    await running.stop()
    assert caplog.text.count("audiosocket_listen can't be had") == 1
