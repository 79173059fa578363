"""Starting the parts of a process in order, and stopping them in exactly the reverse order, each within its time.

A part that fails to start stops those before it. A part that fails or is late at stopping is logged and left: the ones below still get
their turn, because a store that is closed late loses nothing and a process that never ends helps nobody.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self

from msgspec import Struct

log = logging.getLogger(__name__)

Step = Callable[[], Awaitable[object]]
STOP_DEADLINE_S = 10.0
START_DEADLINE_S = 60.0


class Part(Struct, frozen=True, kw_only=True):
    """One thing that runs: how it starts, how it stops, and how long either may take."""

    name: str
    start: Step | None = None
    stop: Step | None = None
    start_s: float = START_DEADLINE_S
    stop_s: float = STOP_DEADLINE_S


class Lifecycle:
    """The running parts of a process: `async with Lifecycle() as running: await running.start(Part(...))`."""

    def __init__(self) -> None:
        self._running: list[Part] = []
        self._crashed = asyncio.Event()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def names(self) -> list[str]:
        """What runs, in the order of its start."""
        return [part.name for part in self._running]

    async def start(self, part: Part) -> None:
        """Start it. Raises what its start raises, or TimeoutError; then it does not count as running."""
        if part.start is not None:
            async with asyncio.timeout(part.start_s):
                await part.start()
        self._running.append(part)
        log.debug("started", extra={"part": part.name})

    async def task(
        self, name: str, work: Callable[[], Coroutine[Any, Any, None]], *, stop_s: float = STOP_DEADLINE_S
    ) -> asyncio.Task[None]:
        """Start background work that goes on until it is cancelled, at its turn to stop. Ending by itself is a crash: see `until`."""
        running = asyncio.create_task(work(), name=name)
        running.add_done_callback(self._note_end)

        async def cancel() -> None:
            running.cancel()
            await asyncio.wait([running])

        await self.start(Part(name=name, stop=cancel, stop_s=stop_s))
        return running

    async def until(self, stopping: asyncio.Event) -> int:
        """Wait until somebody asks to stop (0), or background work has crashed (1): the exit code."""
        waits = [asyncio.create_task(stopping.wait()), asyncio.create_task(self._crashed.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        return 1 if self._crashed.is_set() else 0

    async def stop(self) -> None:
        """Stop everything, the last started first. Never raises. Safe to repeat."""
        while self._running:
            await _stop(self._running.pop())

    def _note_end(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        log.error("background work ended by itself", extra={"part": task.get_name()}, exc_info=task.exception())
        self._crashed.set()


async def _stop(part: Part) -> None:
    if part.stop is None:
        return
    try:
        async with asyncio.timeout(part.stop_s):
            await part.stop()
        log.debug("stopped", extra={"part": part.name})
    except TimeoutError:
        log.exception("did not stop in time", extra={"part": part.name, "deadline_s": part.stop_s})
    except Exception:
        log.exception("failed at stopping", extra={"part": part.name})


def stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and SIGINT set; the second one of a kind ends the process the hard way, for whoever has lost patience."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()

    def stop(number: signal.Signals) -> None:
        log.info("stopping", extra={"signal": number.name})
        stopping.set()
        loop.remove_signal_handler(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    return stopping


def run_main(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a program's main on the fast event loop; its exit code."""
    import uvloop  # costs a moment that `--help` need not pay

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())
