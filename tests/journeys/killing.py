"""A crowd of visitors talks while processes are killed; afterwards the record must be whole."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from tests.peers.gateway import ENTRY_COUNT, Gateway
from tests.peers.visitor import Visitor, check_record

Harm = Callable[[random.Random], Awaitable[None]]
"""Does one bad thing and mends it."""
ENOUGH_COUNT = 25
"""Messages that must come through for a talk to have shown anything."""
ENOUGH_S = 60.0


async def talk_through(gateway: Gateway, harm: Harm, *, visitor_count: int, harm_count: int, seed: int) -> int:
    """Talk for as long as the harm is done; returns how many messages were acknowledged and answered."""
    chance = random.Random(seed)
    is_over = asyncio.Event()
    async with AsyncExitStack() as stack:
        visitors = [await stack.enter_async_context(Visitor(gateway.url, f"v{number}")) for number in range(visitor_count)]

        def acked_count() -> int:
            return sum(len(visitor.acked) for visitor in visitors)

        talks = [asyncio.create_task(_talk(visitor, is_over, random.Random(seed + number))) for number, visitor in enumerate(visitors)]
        for _ in range(harm_count):
            await asyncio.sleep(chance.uniform(0.05, 0.6))
            await harm(chance)
        async with asyncio.timeout(ENOUGH_S):  # a machine that is busy gets there later
            while acked_count() <= ENOUGH_COUNT:
                await asyncio.sleep(0.05)
        is_over.set()
        await asyncio.gather(*talks)
        for visitor in visitors:
            await _settle(visitor)
            check_record(visitor)
            await _reads_the_same_again(gateway, visitor)
        return acked_count()


async def _talk(visitor: Visitor, is_over: asyncio.Event, chance: random.Random) -> None:
    """Ask one thing after the other, sometimes several without waiting."""
    number = chance.randrange(ENTRY_COUNT)
    while not is_over.is_set():
        cids = []
        for _ in range(chance.choice((1, 1, 1, 3))):
            number = (number + 1) % ENTRY_COUNT
            cids.append(await visitor.say(f"question number {number}"))
        for cid in cids:
            await visitor.acknowledged(cid, timeout_s=60)


async def _settle(visitor: Visitor) -> None:
    last = visitor.acked[visitor.sent[-1]]
    await visitor.answer_to(last, timeout_s=60)


async def _reads_the_same_again(gateway: Gateway, visitor: Visitor) -> None:
    """A second device with the same token sees exactly the same transcript."""
    other = Visitor(gateway.url, "again")
    other.token = visitor.token
    async with other:
        await other.until(lambda: len(other.messages) == len(visitor.messages), "the whole transcript read again")
    assert other.messages == visitor.messages
