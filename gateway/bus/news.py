"""Waking whoever waits for a lane."""

from asyncio import Future, get_running_loop
from collections.abc import Sequence


class News:
    """Whether a lane may hold something that no reader has come to the end of yet, and who waits for that."""

    def __init__(self) -> None:
        self.is_there = True
        self.count = 0
        """Rises with every news: a reader that asked a server can tell whether more came meanwhile."""
        self.waiters: set[Future[None]] = set()

    def tell(self) -> None:
        self.is_there = True
        self.count += 1
        for waiter in self.waiters:
            _release(waiter)


async def wait_for_news(lanes: Sequence[News], timeout_s: float) -> None:
    """Return as soon as one of them has news, at the latest after `timeout_s`."""
    if any(lane.is_there for lane in lanes):
        return
    loop = get_running_loop()
    waiter = loop.create_future()
    timer = loop.call_later(timeout_s, _release, waiter)
    for lane in lanes:
        lane.waiters.add(waiter)
    try:
        await waiter
    finally:
        timer.cancel()
        for lane in lanes:
            lane.waiters.discard(waiter)


def _release(waiter: Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
