"""A call's events are written in order, each until it holds; a record that stays away is said."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from adapters.phone.dialogue.words import Trouble
from adapters.phone.pen import GIVE_UP_COUNT, Pen
from gateway.core.channel import event_key
from gateway.core.contact import Address, AddressKind
from gateway.core.errors import Busy
from gateway.core.events import Called, CallStage, Inbound
from gateway.core.ids import ChannelName, Thread


def inbound(number: int) -> Inbound:
    return Inbound(
        channel=ChannelName("hotline"), thread=Thread("t"), key=event_key(ChannelName("hotline"), str(number)),
        sender=Address(AddressKind.PHONE, "", "+8613800138000"), at=datetime(2026, 11, 2, tzinfo=UTC),
        event=Called(call="c1", stage=CallStage.UP),
    )  # fmt: skip


async def written(refusals: int, count: int = 2) -> tuple[list[str], list[Trouble]]:
    """What gets through, where the record refuses so often at first, and what the caller is told."""
    left, got, told = [refusals], list[str](), list[Trouble]()

    async def accept(event: Inbound) -> bool:
        if left[0]:
            left[0] -= 1
            raise Busy("away", retry_after_s=1)
        got.append(event.key)
        return True

    async def sleep(seconds: float) -> None:
        await asyncio.sleep(0)

    pen = Pen(accept, told.append, sleep=sleep)
    running = asyncio.create_task(pen.run())
    for number in range(count):
        pen.write(inbound(number))
    await pen.all_written()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    return got, told


async def test_events_are_written_in_their_order_and_a_short_absence_is_not_felt() -> None:
    assert await written(2) == (["hotline/0", "hotline/1"], [])


async def test_a_longer_absence_is_said_and_the_call_goes_on() -> None:
    assert await written(5) == (["hotline/0", "hotline/1"], [Trouble()])


async def test_a_record_that_stays_away_ends_the_call() -> None:
    got, told = await written(GIVE_UP_COUNT, count=1)
    assert (got, told[-1]) == ([], Trouble(is_over=True))
