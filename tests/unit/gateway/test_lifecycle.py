"""Parts start in order, stop in exactly the reverse order, and one bad part does not keep the others from stopping."""

import asyncio
import os
import signal

import pytest

from gateway.lifecycle import Lifecycle, Part, Step, stop_on_signals


def part(name: str, told: list[str], **fields: float) -> Part:
    def tell(what: str) -> Step:
        async def step() -> None:
            told.append(f"{what} {name}")

        return step

    return Part(name=name, start=tell("start"), stop=tell("stop"), **fields)


async def never() -> None:
    await asyncio.Event().wait()


async def broken() -> None:
    raise OSError("no such thing")


async def test_parts_stop_in_the_reverse_order_of_their_start() -> None:
    told: list[str] = []
    async with Lifecycle() as running:
        await running.start(part("store", told))
        await running.start(part("bus", told))
        await running.start(part("web", told))
    assert told == ["start store", "start bus", "start web", "stop web", "stop bus", "stop store"]


async def test_a_part_that_fails_to_start_stops_those_before_it() -> None:
    told: list[str] = []

    async def begin() -> None:
        async with Lifecycle() as running:
            await running.start(part("store", told))
            await running.start(Part(name="bus", start=broken, stop=broken))

    with pytest.raises(OSError, match="no such thing"):
        await begin()
    assert told == ["start store", "stop store"]


async def test_a_part_that_is_late_to_start_is_given_up() -> None:
    with pytest.raises(TimeoutError):
        await Lifecycle().start(Part(name="slow", start=never, start_s=0.001))


async def test_a_part_that_fails_or_hangs_at_stopping_does_not_keep_the_others_up(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []
    async with Lifecycle() as running:
        await running.start(part("store", told))
        await running.start(Part(name="hangs", stop=never, stop_s=0.001))
        await running.start(Part(name="fails", stop=broken))
    assert told == ["start store", "stop store"]
    assert [record.getMessage() for record in caplog.records] == ["failed at stopping", "did not stop in time"]


async def test_stopping_twice_stops_once() -> None:
    told: list[str] = []
    running = Lifecycle()
    await running.start(part("store", told))
    await running.stop()
    await running.stop()
    assert told == ["start store", "stop store"]


async def test_background_work_is_cancelled_at_its_turn_to_stop() -> None:
    told: list[str] = []

    async def work() -> None:
        try:
            await never()
        finally:
            told.append("work is over")

    async with Lifecycle() as running:
        await running.start(part("store", told))
        await running.task("work", work)
        await asyncio.sleep(0)
    assert told == ["start store", "work is over", "stop store"]


async def test_crashed_background_work_ends_the_wait_with_a_finding(caplog: pytest.LogCaptureFixture) -> None:
    async with Lifecycle() as running:
        await running.task("work", broken)
        assert await running.until(asyncio.Event()) == 1
    assert "background work ended by itself" in caplog.text


async def test_a_signal_ends_the_wait_with_success() -> None:
    stopping = stop_on_signals()
    async with Lifecycle() as running:
        os.kill(os.getpid(), signal.SIGTERM)
        assert await running.until(stopping) == 0
    asyncio.get_running_loop().remove_signal_handler(signal.SIGINT)
